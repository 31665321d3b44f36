//! Erasing a person: what identity providers sent about them goes, that they were sent stays.
//!
//! Not here: the roster's own rows (crate `roster`) and accounts (crate `identity`).

use db::{Id, Reader, Result, Tx, params, sql};
use roster::person::PersonKind;

use crate::resource::{self, ResourceKind};

/// More resources than one person has in all connections.
const RESOURCES_MAX: i64 = 1_000;

/// Erases what was sent about the person: before the roster forgets by which keys its sources knew them. Who is still sent
/// by a provider would come again, so they have to be deleted or left out there.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, person: &Id<PersonKind>) -> Result<()> {
    for key in of_person(tx, person)? {
        if let Some(user) = resource::by_key(tx, &key)? {
            resource::delete(tx, &user)?;
        }
        tx.execute(
            sql!("update scim_resource set external_id = null where key = $1"),
            &params![&key],
        )?;
    }
    Ok(())
}

fn of_person(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Id<ResourceKind>>> {
    reader.rows(
        sql!(
            "select r.key
             from scim_resource r
             join scim_connection c on c.id = r.connection
             where r.kind = 'User'
               and r.source_id in (
                   select e.source_key
                   from engagement e
                   where e.person_id = $1
                     and e.source = c.source
               )
             limit $2"
        ),
        &params![person, RESOURCES_MAX],
        |row| row.get(0),
    )
}
