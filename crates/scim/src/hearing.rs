//! What a user means for the roster and for the door: who they are, that they are here, and that they may come in.
//!
//! The roster hears of each change in the same transaction, by the rules of a file of changes. Whoever is no longer active
//! loses access at once; that they have left is for the roster to decide, which holds it back when it would be too many.
//! SCIM gives no role, and nobody is found by an address.
//!
//! Not here: rows of the roster (crate `roster`) and sessions (crate `identity`).

use db::{Id, Reader, Result, Tx, params, sql};
use identity::suspension::{self, Outcome};
use roster::engagement::EngagementKind;
use roster::person;
use roster::profile::{self, Access};
use roster::snapshot::{Cell, Status, Wanted};
use roster::sources::word;
use roster::sync::one::{hear, hear_new};
use serde_json::Value;

use crate::body::{self, Said};
use crate::connection::{self, Connection, ConnectionKind};
use crate::member;
use crate::quirk::{Quirk, Quirks};
use crate::resource::{self, Resource, ResourceKind};
use crate::schema::{ENTERPRISE, ROSTER};

/// Members whose tags are heard of in the request that changed a group; the others' wait for the job.
const NOW_MAX: usize = 100;
/// Heard of in one transaction of the job.
const BATCH: i64 = 200;

/// Whether the groups of a user may be others than when the roster last heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    Same,
    Changed,
}

/// A user before and after a request.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    pub before: Option<&'a Said>,
    pub after: &'a Resource,
    pub groups: Groups,
}

/// Tells the roster and the door.
///
/// # Errors
/// A refusal of the roster; a fault of the engine.
pub fn user(tx: &mut Tx, connection: &Connection, turn: Turn<'_>) -> Result<()> {
    let Turn {
        before,
        after,
        groups,
    } = turn;
    let mut wanted = wanted(connection, &after.source_id, (before, &after.body));
    wanted.manager = manager(tx, connection, (before, &after.body))?;
    if groups == Groups::Changed {
        let groups = member::groups_of(tx, connection.id.as_str(), &after.id)?;
        let tags = tags(groups.iter().map(|group| group.name.as_str()));
        wanted.tags = if tags.is_empty() {
            Cell::Cleared
        } else {
            Cell::Said(tags)
        };
    }
    if !after.is_active() {
        return out(tx, connection, wanted);
    }
    let heard = match before {
        Some(_) => hear(tx, &connection.source, &[wanted])?,
        None => hear_new(tx, &connection.source, wanted)?,
    };
    let was_out = before.is_some_and(|before| !body::is_active(before));
    if let (Some(person), true) = (heard.person, was_out) {
        suspension::lift(tx, person.as_str(), &connection.source)?;
    }
    Ok(())
}

/// Somebody who is no longer active: the door is shut first. The last owner stays, at the door and on the roster.
fn out(tx: &mut Tx, connection: &Connection, mut wanted: Wanted) -> Result<()> {
    let known = person::by_source_key(tx, &connection.source, &wanted.source_id)?;
    if let Some(person) = &known
        && suspension::suspend(tx, person.as_str(), &connection.source)? == Outcome::Kept
    {
        wanted.status = None;
        wanted.end_on = Cell::Unsaid;
    }
    let heard = hear(tx, &connection.source, &[wanted])?;
    if let (None, Some(person)) = (known, heard.person) {
        suspension::suspend(tx, person.as_str(), &connection.source)?;
    }
    Ok(())
}

/// Tells the roster and the door that a user was deleted.
///
/// # Errors
/// As for [`user`].
pub fn gone(tx: &mut Tx, connection: &Connection, user: &Resource) -> Result<()> {
    let wanted = Wanted {
        line: 1,
        source_id: user.source_id.clone(),
        kind: Some(kind(connection, &user.body)),
        status: Some(Status::Ended),
        ..Wanted::default()
    };
    out(tx, connection, wanted)
}

/// A user who was gone is here again under the same externalId, so the door has to be told.
///
/// # Errors
/// As for [`user`].
pub fn again(tx: &mut Tx, connection: &Connection, user: &Resource) -> Result<()> {
    let out = Said::from_iter([("active".to_owned(), Value::Bool(false))]);
    self::user(
        tx,
        connection,
        Turn {
            before: Some(&out),
            after: user,
            groups: Groups::Same,
        },
    )
}

/// The tags of these users may be others: the first are heard of now, the rest as soon as the job comes.
///
/// # Errors
/// As for [`user`].
pub fn regroup(tx: &mut Tx, connection: &Connection, ids: &[String]) -> Result<()> {
    let (now, later) = ids.split_at(ids.len().min(NOW_MAX));
    for id in now {
        if let Some(user) = resource::find(tx, connection, (crate::schema::Kind::User, id))? {
            same(tx, connection, &user)?;
        }
    }
    let since = tx.now();
    for id in later {
        tx.insert(
            sql!(
                "insert into scim_waiting (resource, since)
                 select key, cast($1 as bigint)
                 from scim_resource
                 where id = $2
                   and connection = $3
                   and kind = 'User'
                   and deleted_at is null
                 on conflict do nothing"
            ),
            &params![since, id, &connection.id],
        )?;
    }
    Ok(())
}

fn same(tx: &mut Tx, connection: &Connection, user: &Resource) -> Result<()> {
    self::user(
        tx,
        connection,
        Turn {
            before: Some(&user.body),
            after: user,
            groups: Groups::Changed,
        },
    )
}

/// Lets the roster hear of some who wait; says how many there were.
///
/// # Errors
/// A fault of the engine. Somebody whom the roster refuses waits no longer.
pub fn waiting(tx: &mut Tx) -> Result<usize> {
    let found: Vec<(Id<ResourceKind>, Id<ConnectionKind>)> = waiters(tx)?;
    for (key, connection) in &found {
        let connection = connection::find(tx, connection)?;
        let user = resource::by_key(tx, key)?;
        if let (Some(connection), Some(user)) = (connection, user) {
            match same(tx, &connection, &user) {
                Ok(()) => {}
                Err(db::Error::Refused(refusal)) => {
                    tracing::warn!(
                        code = refusal.code,
                        "the roster refused a user whose groups changed"
                    );
                }
                Err(fault) => return Err(fault),
            }
        }
        tx.execute(
            sql!("delete from scim_waiting where resource = $1"),
            &params![key],
        )?;
    }
    Ok(found.len())
}

fn waiters(reader: &mut Reader) -> Result<Vec<(Id<ResourceKind>, Id<ConnectionKind>)>> {
    reader.rows(
        sql!(
            "select w.resource, r.connection
             from scim_waiting w
             join scim_resource r on r.key = w.resource
             order by w.since, w.resource
             limit $1"
        ),
        &params![BATCH],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The manager as the roster knows them. One who has not come yet will come under the id that was sent.
fn manager(
    reader: &mut Reader,
    connection: &Connection,
    (before, after): (Option<&Said>, &Said),
) -> Result<Cell<String>> {
    let path = [ENTERPRISE, "manager", "value"];
    let was = before.and_then(|body| body::text(body, &path));
    match body::text(after, &path) {
        Some(id) if was == Some(id) => Ok(Cell::Unsaid),
        Some(id) => {
            let known = resource::source_id(reader, connection, id)?;
            Ok(Cell::Said(known.unwrap_or_else(|| id.to_owned())))
        }
        None if was.is_some() => Ok(Cell::Cleared),
        None => Ok(Cell::Unsaid),
    }
}

/// What the body says of the person. What it said before and says no longer is cleared; what it never said is unsaid, so
/// that another source's word stands.
fn wanted(connection: &Connection, source_id: &str, (before, after): (Option<&Said>, &Said)) -> Wanted {
    let cell = |find: &dyn Fn(&Said) -> Option<String>| match find(after) {
        Some(value) => Cell::Said(value),
        None if before.and_then(find).is_some() => Cell::Cleared,
        None => Cell::Unsaid,
    };
    let field = |path: &[&str]| cell(&|body| plain(body, path));
    let day = |path: &[&str]| match body::text(after, path).and_then(body::day) {
        Some(day) => Cell::Said(day),
        None if before.is_some_and(|body| body::text(body, path).is_some()) => Cell::Cleared,
        None => Cell::Unsaid,
    };
    let active = body::is_active(after);
    let leave_from = day(&[ROSTER, "leave", "from"]);
    let status = match (active, &leave_from) {
        (false, _) => Status::Ended,
        (true, Cell::Said(_)) => Status::Leave,
        (true, _) => Status::Active,
    };
    Wanted {
        line: 1,
        source_id: source_id.to_owned(),
        employee_number: field(&[ENTERPRISE, "employeeNumber"]),
        kind: Some(kind(connection, after)),
        status: Some(status),
        start_on: day(&[ROSTER, "startDate"]),
        end_on: day(&[ROSTER, "endDate"]),
        leave_from,
        leave_until: day(&[ROSTER, "leave", "until"]),
        email: cell(&email),
        given_name: cell(&|body| names(body).0),
        family_name: cell(&|body| names(body).1),
        preferred_name: cell(&|body| names(body).2),
        manager: Cell::Unsaid,
        sponsor_email: cell(&|body| plain(body, &[ROSTER, "sponsor"]).and_then(|text| address(&text))),
        employer: field(&[ROSTER, "vendor"]),
        department: field(&[ENTERPRISE, "department"]),
        division: field(&[ENTERPRISE, "division"]),
        cost_center: field(&[ENTERPRISE, "costCenter"]),
        job_title: field(&["title"]),
        location: cell(&|body| best(body, "addresses", "locality")),
        country: cell(&|body| best(body, "addresses", "country")),
        language: cell(&|body| plain(body, &["preferredLanguage"]).or_else(|| plain(body, &["locale"]))),
        // Whoever an identity provider lets sign in has access to something.
        access: if active {
            Cell::Said(Access::Yes)
        } else {
            Cell::Unsaid
        },
        tags: Cell::Unsaid,
    }
}

/// A text with its white space put right; `None` when nothing is left.
fn plain(body: &Said, path: &[&str]) -> Option<String> {
    let text = body::text(body, path)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn names(body: &Said) -> (Option<String>, Option<String>, Option<String>) {
    let (given, family) = (
        plain(body, &["name", "givenName"]),
        plain(body, &["name", "familyName"]),
    );
    let nick = plain(body, &["nickName"]);
    if given.is_some() || family.is_some() || nick.is_some() {
        return (given, family, nick);
    }
    let whole = plain(body, &["displayName"]).or_else(|| plain(body, &["name", "formatted"]));
    (None, None, whole)
}

/// The value of a list to use: the primary one, else the one for work, else the first.
fn best(body: &Said, list: &str, part: &str) -> Option<String> {
    let values = body.get(list)?.as_array()?;
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    let is_work = |value: &&Value| {
        let kind = value.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let found = values
        .iter()
        .find(is_primary)
        .or_else(|| values.iter().find(is_work))
        .or_else(|| values.first())?;
    plain(found.as_object()?, &[part])
}

/// The address to write to; a user name that is an address will do.
fn email(body: &Said) -> Option<String> {
    best(body, "emails", "value")
        .and_then(|text| address(&text))
        .or_else(|| address(&plain(body, &["userName"])?))
}

fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, host) = text.split_once('@')?;
    let fits = !name.is_empty()
        && host.contains('.')
        && !host.contains('@')
        && text.len() <= 254
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>,;\"".contains(c));
    fits.then_some(text)
}

/// In what capacity they work. Entra's own userType says Member or Guest of its directory, which is something else.
fn kind(connection: &Connection, body: &Said) -> EngagementKind {
    plain(body, &[ROSTER, "personType"])
        .and_then(|text| word::kind(&text))
        .or_else(|| {
            let text = plain(body, &["userType"]).filter(|text| !is_directory_type(text))?;
            word::kind(&text)
        })
        .unwrap_or(connection.kind)
}

fn is_directory_type(text: &str) -> bool {
    text.eq_ignore_ascii_case("member") || text.eq_ignore_ascii_case("guest")
}

/// Notes when a user's type is the directory's own, and days that cannot be read and so say nothing.
pub fn note(quirks: &mut Quirks, body: &Said) {
    if plain(body, &["userType"]).is_some_and(|text| is_directory_type(&text)) {
        quirks.met(Quirk::DirectoryType);
    }
    let days: [&[&str]; 4] = [
        &[ROSTER, "startDate"],
        &[ROSTER, "endDate"],
        &[ROSTER, "leave", "from"],
        &[ROSTER, "leave", "until"],
    ];
    let unread = |path: &[&str]| body::text(body, path).is_some_and(|text| body::day(text).is_none());
    if days.into_iter().any(unread) {
        quirks.met(Quirk::UnreadableDay);
    }
}

/// Groups' names as tags: letters and digits in lower case, a dash for anything between.
fn tags<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let slugs: Vec<String> = names.map(slug).collect();
    profile::tags(&slugs.join(" "))
}

fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::quirk::Profile;

    fn connection() -> Connection {
        Connection {
            id: "con_00000000000000000000000001".parse().expect("an id"),
            source: "entra".to_owned(),
            profile: Profile::Entra,
            kind: EngagementKind::Employee,
            made_at: db::Moment(0),
        }
    }

    fn said(value: Value) -> Said {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_user_says_who_they_are() {
        let body = said(json!({
            "userName": "LF@example.com", "active": true, "title": " Developer ", "userType": "Contractor",
            "name": { "givenName": "Lena", "familyName": "Field" },
            "emails": [{ "value": "home@example.net", "type": "home" }, { "value": "Lena@Example.com", "type": "work" }],
            ENTERPRISE: { "department": "Engineering", "employeeNumber": "7" },
            ROSTER: { "startDate": "2026-05-01T00:00:00Z", "leave": { "from": "2026-06-01" } },
        }));
        let wanted = wanted(&connection(), "s-1", (None, &body));
        assert_eq!(wanted.email, Cell::Said("lena@example.com".to_owned()));
        assert_eq!(wanted.kind, Some(EngagementKind::Contractor));
        assert_eq!(wanted.job_title, Cell::Said("Developer".to_owned()));
        assert_eq!(wanted.employee_number, Cell::Said("7".to_owned()));
        assert_eq!(wanted.start_on, Cell::Said(db::Day::ymd(2026, 5, 1)));
        assert_eq!(wanted.status, Some(Status::Leave));
        assert_eq!(wanted.division, Cell::Unsaid);
    }

    #[test]
    fn what_is_said_no_longer_is_cleared_and_a_guest_of_the_directory_is_no_kind() {
        let before =
            said(json!({ "userName": "a@example.com", "title": "Developer", "userType": "Contractor" }));
        let after = said(json!({ "userName": "a@example.com", "userType": "Guest", "active": false }));
        let wanted = wanted(&connection(), "s-1", (Some(&before), &after));
        assert_eq!(wanted.job_title, Cell::Cleared);
        assert_eq!(wanted.kind, Some(EngagementKind::Employee));
        assert_eq!(wanted.status, Some(Status::Ended));
        assert_eq!(wanted.access, Cell::Unsaid);
    }

    #[test]
    fn a_group_is_a_tag() {
        assert_eq!(
            tags(["Sales & Marketing (EMEA)", "admins", "!"].into_iter()),
            " admins sales-marketing-emea "
        );
    }
}
