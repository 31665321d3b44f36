//! Who is in a group: a row for each member, so that a group of ten thousand is not rewritten for one who comes.
//!
//! A membership is a tag on the roster: the group's name in the form of a tag. What a group's change means for its members'
//! tags is heard by the roster in [`crate::hearing`].

use std::collections::{BTreeMap, BTreeSet};

use db::{Id, Reader, Tx, params, sql};
use serde_json::{Map, Value, json};

use crate::resource::ResourceKind;
use crate::wrong::{self, Wrong};

/// As long as any id of a client is.
const VALUE_CHARS_MAX: usize = 200;
/// Groups that one person is in; their tags would fill a page.
const GROUPS_MAX: i64 = 1_000;

/// What requests make of a group's members, however many operations said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Whoever is not among those added goes.
    pub replaces: bool,
    /// The member's id, and the name that was sent with it.
    pub added: BTreeMap<String, Option<String>>,
    pub removed: BTreeSet<String>,
}

impl Change {
    /// Adds who is listed.
    pub fn add(&mut self, said: &Value) -> wrong::Result<()> {
        for (value, display) in listed(said)? {
            self.removed.remove(&value);
            self.added.insert(value, display);
        }
        Ok(())
    }

    /// Removes who is listed.
    pub fn remove(&mut self, said: &Value) -> wrong::Result<()> {
        for (value, _) in listed(said)? {
            self.remove_one(value);
        }
        Ok(())
    }

    pub fn remove_one(&mut self, value: String) {
        self.added.remove(&value);
        if !self.replaces {
            self.removed.insert(value);
        }
    }

    /// Leaves those who are listed and nobody else.
    pub fn replace(&mut self, said: &Value) -> wrong::Result<()> {
        *self = Change {
            replaces: true,
            ..Change::default()
        };
        self.add(said)
    }

    pub fn is_none(&self) -> bool {
        !self.replaces && self.added.is_empty() && self.removed.is_empty()
    }
}

fn listed(said: &Value) -> wrong::Result<Vec<(String, Option<String>)>> {
    let Value::Array(list) = said else {
        return Ok(Vec::new());
    };
    list.iter()
        .map(|member| {
            let value = member.get("value").and_then(Value::as_str).unwrap_or_default();
            if value.is_empty() || value.chars().count() > VALUE_CHARS_MAX {
                return Err(Wrong::value("Each member has to have a value: the id of a user."));
            }
            let display = member.get("display").and_then(Value::as_str);
            Ok((value.to_owned(), display.map(str::to_owned)))
        })
        .collect()
}

/// Puts the change down and returns the ids of those whose membership is another now.
///
/// # Errors
/// A fault of the engine.
pub fn apply(tx: &mut Tx, group: &Id<ResourceKind>, change: &Change) -> db::Result<Vec<String>> {
    let mut touched = Vec::new();
    if change.replaces {
        let mut gone = Vec::new();
        tx.each(
            sql!("select value from scim_member where group_key = $1"),
            &params![group],
            |row| {
                let value: String = row.get(0)?;
                if !change.added.contains_key(&value) {
                    gone.push(value);
                }
                Ok(())
            },
        )?;
        for value in gone {
            touched.extend(remove(tx, group, value)?);
        }
    }
    for value in &change.removed {
        touched.extend(remove(tx, group, value.clone())?);
    }
    let now = tx.now();
    for (value, display) in &change.added {
        let added = tx.execute(
            sql!(
                "insert into scim_member (group_key, value, display, added_at)
                 values ($1, $2, $3, $4)
                 on conflict do nothing"
            ),
            &params![group, value, display, now],
        )?;
        if added > 0 {
            touched.push(value.clone());
        }
    }
    Ok(touched)
}

fn remove(tx: &mut Tx, group: &Id<ResourceKind>, value: String) -> db::Result<Option<String>> {
    let removed = tx.execute(
        sql!("delete from scim_member where group_key = $1 and value = $2"),
        &params![group, &value],
    )?;
    Ok((removed > 0).then_some(value))
}

/// Everybody leaves: the group or the user is no more.
///
/// # Errors
/// A fault of the engine.
pub fn leave_all(tx: &mut Tx, value: &str) -> db::Result<()> {
    tx.execute(sql!("delete from scim_member where value = $1"), &params![value])?;
    Ok(())
}

/// The ids of the members.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, group: &Id<ResourceKind>) -> db::Result<Vec<String>> {
    let mut found = Vec::new();
    reader.each(
        sql!("select value from scim_member where group_key = $1 order by value"),
        &params![group],
        |row| {
            found.push(row.get(0)?);
            Ok(())
        },
    )?;
    Ok(found)
}

/// The members as a resource shows them. `base` is where SCIM is.
///
/// # Errors
/// A fault of the engine.
pub fn shown(reader: &mut Reader, group: &Id<ResourceKind>, base: &str) -> db::Result<Vec<Value>> {
    let mut found = Vec::new();
    reader.each(
        sql!(
            "select value, display
             from scim_member
             where group_key = $1
             order by added_at, value"
        ),
        &params![group],
        |row| {
            let value: String = row.get(0)?;
            let mut member = Map::new();
            member.insert("$ref".to_owned(), format!("{base}/Users/{value}").into());
            member.insert("type".to_owned(), "User".into());
            if let Some(display) = row.get::<Option<String>>(1)? {
                member.insert("display".to_owned(), display.into());
            }
            member.insert("value".to_owned(), value.into());
            found.push(Value::Object(member));
            Ok(())
        },
    )?;
    Ok(found)
}

/// How many members a group has.
///
/// # Errors
/// A fault of the engine.
pub fn count(reader: &mut Reader, group: &Id<ResourceKind>) -> db::Result<i64> {
    let found = reader.one(
        sql!("select cast(count(*) as bigint) from scim_member where group_key = $1"),
        &params![group],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(0))
}

/// A group that a user is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InGroup {
    pub id: String,
    pub name: String,
}

/// The groups of a connection that the user with this id is in, by name.
///
/// # Errors
/// A fault of the engine.
pub fn groups_of(reader: &mut Reader, connection: &str, user: &str) -> db::Result<Vec<InGroup>> {
    // `cross join`: SQLite would else walk every resource of the connection, because those stand in the order asked for.
    reader.rows(
        sql!(
            "select g.id, g.body
             from scim_member m
             cross join scim_resource g
             where m.value = $1
               and g.key = m.group_key
               and g.kind = 'Group'
               and g.deleted_at is null
               and g.connection = $2
             order by g.key
             limit $3"
        ),
        &params![user, connection, GROUPS_MAX],
        |row| {
            let body = row.str(1)?.unwrap_or_default();
            let body: Value = serde_json::from_str(body)
                .map_err(|error| db::Fault::of("reading the body of a SCIM group", error))?;
            let name = body
                .get("displayName")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Ok(InGroup {
                id: row.get(0)?,
                name: name.to_owned(),
            })
        },
    )
}

/// The groups as a user shows them.
pub fn groups_shown(groups: &[InGroup], base: &str) -> Value {
    let shown = |group: &InGroup| {
        json!({
            "value": group.id, "$ref": format!("{base}/Groups/{}", group.id), "display": group.name, "type": "direct",
        })
    };
    groups.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_on_members_come_to_one_change() {
        let members = |ids: &[&str]| ids.iter().map(|id| json!({ "value": id })).collect::<Value>();
        let mut change = Change::default();
        change.add(&members(&["a", "b"])).expect("ids");
        change.remove(&members(&["b", "c"])).expect("ids");
        change.add(&members(&["c"])).expect("ids");
        let added: Vec<&str> = change.added.keys().map(String::as_str).collect();
        let removed: Vec<&str> = change.removed.iter().map(String::as_str).collect();
        assert_eq!((added, removed), (vec!["a", "c"], vec!["b"]));
        change.replace(&members(&["x"])).expect("ids");
        assert!(change.replaces && change.removed.is_empty());
        assert!(change.add(&json!([{ "display": "Nobody" }])).is_err());
    }
}
