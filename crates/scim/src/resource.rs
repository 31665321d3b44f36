//! A user or group as it is kept: its body as it was sent, its version, and what the roster knows it by.
//!
//! An id is a random UUID and means nothing; the client's own id is opaque and never anybody's key but that client's. What
//! was deleted keeps its row, so that somebody who comes back under the same externalId is the same person to the roster.
//!
//! Not here: what it means for the roster ([`crate::hearing`]).

use db::{Fault, Id, Kind as IdKind, Moment, Reader, Result, Row, Tx, params, sql};
use serde_json::{Map, Value, json};

use crate::body::{self, Said};
use crate::connection::Connection;
use crate::filter::fold;
use crate::member;
use crate::schema::Kind;
use crate::value;
use crate::wrong::{self, Wrong};

/// `scr_…`: ours alone; clients see the UUID.
#[derive(Debug)]
pub enum ResourceKind {}
impl IdKind for ResourceKind {
    const PREFIX: &'static str = "scr";
}

/// Names and ids that are looked for by an index.
const KEY_CHARS_MAX: usize = 500;

/// A resource as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub key: Id<ResourceKind>,
    pub kind: Kind,
    pub id: String,
    pub source_id: String,
    pub body: Said,
    pub version: i64,
    pub created_at: Moment,
    pub changed_at: Moment,
}

impl Resource {
    pub fn is_active(&self) -> bool {
        body::is_active(&self.body)
    }

    /// The weak tag of its version.
    pub fn tag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    pub fn location(&self, base: &str) -> String {
        format!("{base}/{}/{}", self.kind.endpoint(), self.id)
    }

    /// As it is answered, less what is in other tables.
    pub fn shown(&self, base: &str) -> Map<String, Value> {
        let mut shown = self.body.clone();
        let extensions = self.kind.extensions().iter().map(|schema| schema.urn);
        let schemas: Vec<&str> = std::iter::once(self.kind.core().urn)
            .chain(extensions.filter(|urn| self.body.contains_key(*urn)))
            .collect();
        shown.insert("schemas".to_owned(), json!(schemas));
        shown.insert("id".to_owned(), self.id.as_str().into());
        shown.insert(
            "meta".to_owned(),
            json!({
                "resourceType": self.kind.name(),
                "created": self.created_at,
                "lastModified": self.changed_at,
                "location": self.location(base),
                "version": self.tag(),
            }),
        );
        shown
    }
}

/// What is in columns of its own.
struct Keys {
    external_id: Option<String>,
    name_key: String,
    active: bool,
}

fn keys(kind: Kind, said: &Said) -> wrong::Result<Keys> {
    body::check(kind, said)?;
    let name = body::text(said, &[kind.naming()]).unwrap_or_default();
    let external_id = body::text(said, &["externalId"]).filter(|id| !id.is_empty());
    for (text, named) in [(Some(name), kind.naming()), (external_id, "externalId")] {
        if text.is_some_and(|text| text.chars().count() > KEY_CHARS_MAX) {
            return Err(Wrong::value(format!(
                "{named} can have at most {KEY_CHARS_MAX} characters."
            )));
        }
    }
    Ok(Keys {
        external_id: external_id.map(str::to_owned),
        name_key: fold(name.trim()),
        active: body::is_active(said),
    })
}

fn taken(kind: Kind) -> Wrong {
    Wrong::taken(format!(
        "A {} with this {} or externalId is here already.",
        kind.name().to_lowercase(),
        kind.naming()
    ))
}

/// Somebody with the externalId of a request, here or gone.
#[derive(Debug)]
pub struct Earlier {
    pub key: Id<ResourceKind>,
    pub source_id: String,
    pub active: bool,
    pub is_here: bool,
}

/// Whoever the client knew by this id of its own: one who is here rather than one who is gone, and of those the last.
///
/// # Errors
/// A fault of the engine.
pub fn earlier(
    reader: &mut Reader,
    connection: &Connection,
    (kind, external_id): (Kind, &str),
) -> Result<Option<Earlier>> {
    let mut found = reader.rows(
        sql!(
            "select key, source_id, active, deleted_at
             from scim_resource
             where connection || '' = $1
               and kind || '' = $2
               and external_id = $3
             order by case when deleted_at is null then 0 else 1 end, key desc
             limit 1"
        ),
        &params![&connection.id, kind.name(), external_id],
        |row| {
            Ok(Earlier {
                key: row.get(0)?,
                source_id: row.get(1)?,
                active: row.get(2)?,
                is_here: row.get::<Option<Moment>>(3)?.is_none(),
            })
        },
    )?;
    Ok(found.pop())
}

/// Makes a resource; `source_id` is that of an earlier one that it carries on.
///
/// # Errors
/// A fault of the engine. The inner error is the client's.
pub fn create(
    tx: &mut Tx,
    connection: &Connection,
    (kind, said): (Kind, Said),
    source_id: Option<String>,
) -> Result<wrong::Result<Resource>> {
    let keys = match keys(kind, &said) {
        Ok(keys) => keys,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let id = uuid(tx.random::<16>());
    let resource = Resource {
        key: tx.new_id(),
        kind,
        source_id: source_id.unwrap_or_else(|| id.clone()),
        id,
        body: said,
        version: 1,
        created_at: tx.now(),
        changed_at: tx.now(),
    };
    let made = tx.execute(
        sql!(
            "insert into scim_resource
                 (key, connection, kind, id, external_id, name_key, source_id, active, body, version, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict do nothing"
        ),
        &params![
            &resource.key,
            &connection.id,
            kind.name(),
            &resource.id,
            keys.external_id,
            keys.name_key,
            &resource.source_id,
            keys.active,
            written(&resource.body)?,
            resource.version,
            resource.created_at,
            resource.changed_at
        ],
    )?;
    if made == 0 {
        return Ok(Err(taken(kind)));
    }
    let values = value::of(kind, &resource.body);
    value::replace(tx, &resource.key, (&value::Values::new(), &values))?;
    Ok(Ok(resource))
}

/// Gives the resource another body. One that is the same changes nothing, its version neither.
///
/// # Errors
/// A fault of the engine. The inner error is the client's.
pub fn change(
    tx: &mut Tx,
    connection: &Connection,
    have: &Resource,
    body: Said,
) -> Result<wrong::Result<Resource>> {
    if body == have.body {
        return Ok(Ok(have.clone()));
    }
    let (before, after) = match (keys(have.kind, &have.body), keys(have.kind, &body)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(wrong), _) | (_, Err(wrong)) => return Ok(Err(wrong)),
    };
    let moved = before.name_key != after.name_key
        || (after.external_id.is_some() && before.external_id != after.external_id);
    if moved && is_taken(tx, connection, (have, &after))? {
        return Ok(Err(taken(have.kind)));
    }
    let changed = Resource {
        body,
        version: have.version + 1,
        changed_at: tx.now(),
        ..have.clone()
    };
    tx.insert(
        sql!(
            "update scim_resource
             set external_id = $1, name_key = $2, active = $3, body = $4, version = $5, changed_at = $6
             where key = $7"
        ),
        &params![
            after.external_id,
            after.name_key,
            after.active,
            written(&changed.body)?,
            changed.version,
            changed.changed_at,
            &changed.key
        ],
    )?;
    let values = (
        value::of(have.kind, &have.body),
        value::of(have.kind, &changed.body),
    );
    value::replace(tx, &changed.key, (&values.0, &values.1))?;
    Ok(Ok(changed))
}

fn is_taken(reader: &mut Reader, connection: &Connection, (have, keys): (&Resource, &Keys)) -> Result<bool> {
    let found: Vec<Id<ResourceKind>> = reader.rows(
        sql!(
            "select key
             from scim_resource
             where connection || '' = $1
               and kind || '' = $2
               and deleted_at is null
               and key <> $3
               and name_key = $4
             union all
             select key
             from scim_resource
             where connection || '' = $1
               and kind || '' = $2
               and deleted_at is null
               and key <> $3
               and external_id = $5
             limit 1"
        ),
        &params![
            &connection.id,
            have.kind.name(),
            &have.key,
            &keys.name_key,
            &keys.external_id
        ],
        |row| row.get(0),
    )?;
    Ok(!found.is_empty())
}

/// Notes that the members of a group changed.
///
/// # Errors
/// A fault of the engine.
pub fn touch(tx: &mut Tx, have: &Resource) -> Result<Resource> {
    let changed = Resource {
        version: have.version + 1,
        changed_at: tx.now(),
        ..have.clone()
    };
    tx.insert(
        sql!("update scim_resource set version = $1, changed_at = $2 where key = $3"),
        &params![changed.version, changed.changed_at, &changed.key],
    )?;
    Ok(changed)
}

/// Takes the resource away: what is left is that it was there, and what the roster knew it by.
///
/// # Errors
/// A fault of the engine.
pub fn delete(tx: &mut Tx, have: &Resource) -> Result<()> {
    tx.execute(
        sql!(
            "update scim_resource
             set body = '{}', name_key = id, active = 0, version = version + 1, changed_at = $1, deleted_at = $1
             where key = $2"
        ),
        &params![tx.now(), &have.key],
    )?;
    tx.execute(
        sql!("delete from scim_value where resource = $1"),
        &params![&have.key],
    )?;
    tx.execute(
        sql!("delete from scim_waiting where resource = $1"),
        &params![&have.key],
    )?;
    if have.kind == Kind::User {
        member::leave_all(tx, &have.id)?;
    } else {
        tx.execute(
            sql!("delete from scim_member where group_key = $1"),
            &params![&have.key],
        )?;
    }
    Ok(())
}

/// The resource of a connection with this id.
///
/// # Errors
/// A fault of the engine.
pub fn find(
    reader: &mut Reader,
    connection: &Connection,
    (kind, id): (Kind, &str),
) -> Result<Option<Resource>> {
    // By the id alone, which is one row's: with more to go by, an engine that knows little of the table yet may walk it.
    let found = reader.one(
        sql!(
            "select key, kind, id, source_id, body, version, created_at, changed_at, connection, deleted_at
             from scim_resource
             where id = $1"
        ),
        &params![id],
        |row| {
            let is_theirs = row.str(8)? == Some(connection.id.as_str());
            let is_here = row.get::<Option<Moment>>(9)?.is_none();
            if is_theirs && is_here {
                read(row).map(Some)
            } else {
                Ok(None)
            }
        },
    )?;
    Ok(found.flatten().filter(|resource| resource.kind == kind))
}

/// The resource with this key, unless it was deleted.
///
/// # Errors
/// A fault of the engine.
pub fn by_key(reader: &mut Reader, key: &Id<ResourceKind>) -> Result<Option<Resource>> {
    reader.one(
        sql!(
            "select key, kind, id, source_id, body, version, created_at, changed_at
             from scim_resource
             where key = $1
               and deleted_at is null"
        ),
        &params![key],
        read,
    )
}

/// What the roster knows a user by, whether they are here or gone.
///
/// # Errors
/// A fault of the engine.
pub fn source_id(reader: &mut Reader, connection: &Connection, id: &str) -> Result<Option<String>> {
    reader.one(
        sql!("select source_id from scim_resource where id = $1 and connection = $2"),
        &params![id, &connection.id],
        |row| row.get(0),
    )
}

/// How many users and groups of a connection are here.
///
/// # Errors
/// A fault of the engine.
pub fn counts(reader: &mut Reader, connection: &str) -> Result<(i64, i64)> {
    let found = reader.one(
        sql!(
            "select cast(coalesce(sum(case when kind = 'User' then 1 else 0 end), 0) as bigint),
                    cast(coalesce(sum(case when kind = 'Group' then 1 else 0 end), 0) as bigint)
             from scim_resource
             where connection = $1
               and deleted_at is null"
        ),
        &params![connection],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found.unwrap_or((0, 0)))
}

/// Reads key, kind, id, source_id, body, version, created_at and changed_at, in this order.
pub fn read(row: &Row) -> Result<Resource> {
    let kind = match row.str(1)?.unwrap_or_default() {
        "Group" => Kind::Group,
        _ => Kind::User,
    };
    let body = serde_json::from_str(row.str(4)?.unwrap_or_default())
        .map_err(|error| Fault::of("reading the body of a SCIM resource", error))?;
    Ok(Resource {
        key: row.get(0)?,
        kind,
        id: row.get(2)?,
        source_id: row.get(3)?,
        body,
        version: row.get(5)?,
        created_at: row.get(6)?,
        changed_at: row.get(7)?,
    })
}

fn written(body: &Said) -> Result<String> {
    Ok(serde_json::to_string(body)
        .map_err(|error| Fault::of("writing the body of a SCIM resource", error))?)
}

/// A random UUID (RFC 9562, version 4).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_4() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
