//! What the roster made of what it heard of one person.

use db::{Id, Result, Tx};
use roster::person::{self, PersonKind};
use roster::snapshot::Wanted;

pub struct Heard {
    pub person: Option<Id<PersonKind>>,
}

pub fn hear(tx: &mut Tx, source: &str, rows: &[Wanted]) -> Result<Heard> {
    let person = match rows.first() {
        Some(row) => person::by_source_key(tx, source, &row.source_id)?,
        None => None,
    };
    Ok(Heard { person })
}
