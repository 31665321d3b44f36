//! What a request that changes something does: all of it in one transaction, or nothing.
//!
//! Everything that can be the client's fault is found out before anything is written, except a name that is taken.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use roster::sync::one;
use serde_json::{Map, Value};

use crate::body::{self, Reading, Said};
use crate::connection::Connection;
use crate::hearing::{self, Groups, Turn};
use crate::list;
use crate::member::{self, Change};
use crate::patch;
use crate::pick::Picked;
use crate::quirk::{Quirk, Quirks};
use crate::resource::{self, Resource};
use crate::schema::Kind;
use crate::wrong::{self, Wrong};

/// A group with more members is answered without a body: RFC 7644 §3.5.2 allows it, and nobody wants a megabyte for each
/// member that is added.
const MEMBERS_ANSWERED_MAX: i64 = 1_000;

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Wish {
    Create(Kind, Value),
    Replace(Kind, String, Value),
    Patch(Kind, String, Value),
    Delete(Kind, String),
}

/// What was done.
#[derive(Debug)]
pub struct Done {
    pub status: u16,
    /// `None` when there is nothing to show.
    pub body: Option<Map<String, Value>>,
    pub location: Option<String>,
    pub tag: Option<String>,
}

/// Who asks, and how.
pub struct Asking<'a> {
    pub connection: &'a Connection,
    pub base: &'a str,
    pub picked: &'a Picked,
    /// The `If-Match` header.
    pub if_match: Option<&'a str>,
}

/// Reads at once what several wishes are going to read, when they are all for changing users or all for making some. Who changes
/// one reads it first, so what was read beforehand is as it is; making one anew and moving in groups begin with other questions.
///
/// # Errors
/// A fault of the engine.
pub fn foresee(tx: &mut Tx, wishes: &[(Asking<'_>, &Wish)]) -> db::Result<()> {
    let (mut known, mut new) = (BTreeMap::new(), Vec::new());
    for (asking, wish) in wishes {
        match wish {
            Wish::Replace(Kind::User, id, _) | Wish::Patch(Kind::User, id, _) => {
                known.insert(id.as_str(), asking);
            }
            Wish::Create(Kind::User, sent) => new.push(sent),
            _ => return Ok(()),
        }
    }
    let Some((first, _)) = wishes.first().filter(|_| wishes.len() > 1) else {
        return Ok(());
    };
    match (known.is_empty(), new.is_empty()) {
        (false, true) => foresee_changes(tx, first.connection, &known),
        (true, false) => foresee_new(tx, first.connection, &new),
        _ => Ok(()),
    }
}

fn foresee_new(tx: &mut Tx, connection: &Connection, users: &[&Value]) -> db::Result<()> {
    let external_ids = users
        .iter()
        .filter_map(|sent| sent.get("externalId").and_then(Value::as_str));
    let external_ids: BTreeSet<&str> = external_ids.collect();
    tx.foresee(|reader| {
        external_ids
            .iter()
            .try_for_each(|id| resource::earlier(reader, connection, (Kind::User, id)).map(|_| ()))
    })?;
    Ok(())
}

fn foresee_changes(
    tx: &mut Tx,
    connection: &Connection,
    users: &BTreeMap<&str, &Asking<'_>>,
) -> db::Result<()> {
    let found = tx.foresee(|reader| {
        let mut found = Vec::with_capacity(users.len());
        for (id, asking) in users {
            if asking.picked.wants(Kind::User, "groups") {
                member::groups_of(reader, connection.id.as_str(), id)?;
            }
            found.extend(resource::find(reader, connection, (Kind::User, id))?);
        }
        Ok(found)
    })?;
    let found = found.unwrap_or_default();
    let keys: BTreeSet<&str> = found.iter().map(|user| user.source_id.as_str()).collect();
    one::foresee(tx, &connection.source, &keys)
}

type Outcome = db::Result<wrong::Result<Done>>;

/// An early return of the client's error, which the transaction keeps nothing for.
macro_rules! told {
    ($outcome:expr) => {
        match $outcome {
            Ok(value) => value,
            Err(wrong) => return Ok(Err(wrong)),
        }
    };
}

/// Does it.
pub fn run(tx: &mut Tx, asking: &Asking<'_>, wish: Wish, quirks: &mut Quirks) -> Outcome {
    match wish {
        Wish::Create(kind, sent) => create(tx, asking, (kind, sent), quirks),
        Wish::Replace(kind, id, sent) => replace(tx, asking, (kind, &id, sent), quirks),
        Wish::Patch(kind, id, sent) => patch(tx, asking, (kind, &id, sent), quirks),
        Wish::Delete(kind, id) => delete(tx, asking, (kind, &id)),
    }
}

fn read(asking: &Asking<'_>, (kind, sent): (Kind, Value), quirks: &mut Quirks) -> wrong::Result<Said> {
    let mut reading = Reading {
        kind,
        profile: asking.connection.profile,
        quirks,
    };
    reading.resource(sent)
}

/// The members that a whole group says, apart from the rest of it.
fn members_of(said: &mut Said) -> wrong::Result<Change> {
    let mut change = Change::default();
    if let Some(members) = said.remove("members") {
        change.replace(&members)?;
    }
    Ok(change)
}

fn create(tx: &mut Tx, asking: &Asking<'_>, (kind, sent): (Kind, Value), quirks: &mut Quirks) -> Outcome {
    let connection = asking.connection;
    let mut said = told!(read(asking, (kind, sent), quirks));
    let members = told!(members_of(&mut said));
    body::tidy(&mut said);
    told!(body::check(kind, &said));
    if kind == Kind::User {
        // Whoever is made is active unless it is said that they are not.
        said.entry("active").or_insert(Value::Bool(true));
    }
    let external_id = body::text(&said, &["externalId"]).filter(|id| !id.is_empty());
    let earlier = match external_id {
        Some(external_id) => resource::earlier(tx, connection, (kind, external_id))?,
        None => None,
    };
    let resource = match earlier {
        Some(earlier) if earlier.is_here => {
            let may = kind == Kind::User && !earlier.active && !connection.profile.is_strict();
            if !may {
                return Ok(Err(Wrong::taken(
                    "A resource with this externalId is here already.",
                )));
            }
            quirks.met(Quirk::MadeAnew);
            let Some(have) = resource::by_key(tx, &earlier.key)? else {
                return Ok(Err(Wrong::missing()));
            };
            let changed = told!(resource::change(tx, connection, &have, said)?);
            note(quirks, &changed);
            hearing::user(tx, connection, turn(&have, &changed, Groups::Same))?;
            return answer(tx, asking, (201, &changed));
        }
        Some(gone) => {
            let resource = told!(resource::create(
                tx,
                connection,
                (kind, said),
                Some(gone.source_id)
            )?);
            if kind == Kind::User {
                hearing::again(tx, connection, &resource)?;
            }
            resource
        }
        None => {
            let resource = told!(resource::create(tx, connection, (kind, said), None)?);
            if kind == Kind::User {
                let turn = Turn {
                    before: None,
                    after: &resource,
                    groups: Groups::Same,
                };
                hearing::user(tx, connection, turn)?;
            }
            resource
        }
    };
    note(quirks, &resource);
    if kind == Kind::User {
        // Whoever has just been made is in no group: the id is as new.
        let shown = asking.picked.of(kind, resource.shown(asking.base));
        return Ok(Ok(done(201, &resource, (shown, asking.base))));
    }
    let touched = member::apply(tx, &resource.key, &members)?;
    hearing::regroup(tx, connection, &touched)?;
    answer(tx, asking, (201, &resource))
}

fn note(quirks: &mut Quirks, resource: &Resource) {
    if resource.kind == Kind::User {
        hearing::note(quirks, &resource.body);
    }
}

fn turn<'a>(before: &'a Resource, after: &'a Resource, groups: Groups) -> Turn<'a> {
    Turn {
        before: Some(&before.body),
        after,
        groups,
    }
}

/// The resource, unless it has changed since the client looked.
fn found(tx: &mut Tx, asking: &Asking<'_>, (kind, id): (Kind, &str)) -> db::Result<wrong::Result<Resource>> {
    let Some(have) = resource::find(tx, asking.connection, (kind, id))? else {
        return Ok(Err(Wrong::missing()));
    };
    match asking.if_match {
        Some(tags) if !matches(tags, &have.tag()) => Ok(Err(Wrong::changed_since())),
        _ => Ok(Ok(have)),
    }
}

/// Whether one of the tags of a header is this one; weak and strong are the same here.
pub fn matches(tags: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.split(',')
        .any(|given| given.trim() == "*" || bare(given) == bare(tag))
}

fn replace(
    tx: &mut Tx,
    asking: &Asking<'_>,
    (kind, id, sent): (Kind, &str, Value),
    quirks: &mut Quirks,
) -> Outcome {
    let have = told!(found(tx, asking, (kind, id))?);
    let mut said = told!(read(asking, (kind, sent), quirks));
    let members = told!(members_of(&mut said));
    // What a PUT leaves out stays; what it says is null or an empty list is cleared. But its name it has to say.
    told!(body::check(kind, &said));
    let body = body::onto(&have.body, said);
    put(tx, asking, (&have, body, members), quirks)
}

fn patch(
    tx: &mut Tx,
    asking: &Asking<'_>,
    (kind, id, sent): (Kind, &str, Value),
    quirks: &mut Quirks,
) -> Outcome {
    let have = told!(found(tx, asking, (kind, id))?);
    let mut reading = Reading {
        kind,
        profile: asking.connection.profile,
        quirks,
    };
    let patched = told!(patch::apply(&mut reading, (&have.id, &have.body), sent));
    put(tx, asking, (&have, patched.body, patched.members), quirks)
}

fn put(
    tx: &mut Tx,
    asking: &Asking<'_>,
    (have, body, members): (&Resource, Said, Change),
    quirks: &mut Quirks,
) -> Outcome {
    let connection = asking.connection;
    let mut changed = told!(resource::change(tx, connection, have, body)?);
    note(quirks, &changed);
    match have.kind {
        Kind::User if changed.version != have.version => {
            hearing::user(tx, connection, turn(have, &changed, Groups::Same))?;
        }
        Kind::User => {}
        Kind::Group => {
            let name = |group: &Resource| body::text(&group.body, &["displayName"]).map(str::to_owned);
            let renamed = name(have) != name(&changed);
            let mut touched = if renamed {
                member::of(tx, &have.key)?
            } else {
                Vec::new()
            };
            let moved = member::apply(tx, &have.key, &members)?;
            if !moved.is_empty() && changed.version == have.version {
                changed = resource::touch(tx, have)?;
            }
            touched.extend(moved);
            touched.sort();
            touched.dedup();
            hearing::regroup(tx, connection, &touched)?;
            let large = member::count(tx, &have.key)? > MEMBERS_ANSWERED_MAX;
            if large && asking.picked.wants(Kind::Group, "members") {
                return Ok(Ok(Done {
                    status: 204,
                    body: None,
                    location: None,
                    tag: Some(changed.tag()),
                }));
            }
        }
    }
    answer(tx, asking, (200, &changed))
}

fn answer(tx: &mut Tx, asking: &Asking<'_>, (status, resource): (u16, &Resource)) -> Outcome {
    let shown = list::one(tx, resource, (asking.connection, asking.picked, asking.base))?;
    Ok(Ok(done(status, resource, (shown, asking.base))))
}

fn done(status: u16, resource: &Resource, (shown, base): (Map<String, Value>, &str)) -> Done {
    Done {
        status,
        body: Some(shown),
        location: Some(resource.location(base)),
        tag: Some(resource.tag()),
    }
}

fn delete(tx: &mut Tx, asking: &Asking<'_>, (kind, id): (Kind, &str)) -> Outcome {
    let have = told!(found(tx, asking, (kind, id))?);
    let members = match kind {
        Kind::Group => member::of(tx, &have.key)?,
        Kind::User => Vec::new(),
    };
    resource::delete(tx, &have)?;
    match kind {
        Kind::User => hearing::gone(tx, asking.connection, &have)?,
        Kind::Group => hearing::regroup(tx, asking.connection, &members)?,
    }
    Ok(Ok(Done {
        status: 204,
        body: None,
        location: None,
        tag: None,
    }))
}
