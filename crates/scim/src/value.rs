//! The values of a resource by their paths, so that a filter finds it by any of them.
//!
//! What has a column in scim_resource is not here. A value stands as it is compared: folded where case means nothing.

use std::collections::BTreeMap;

use db::{Id, Result, Tx, params, sql};
use serde_json::Value;

use crate::body::Said;
use crate::filter::folded;
use crate::resource::ResourceKind;
use crate::schema::{self, Attr, Kind, Type};

/// What identity providers match people by, beside what has a column; an index of these alone stays small.
const HOT: &[&str] = &["emails.value", "e:employeenumber", "displayname"];
/// A text longer than this is not looked for as a whole; comparing sees its beginning.
const WORD_CHARS_MAX: usize = 500;

/// Whether values at this path are looked for often.
pub fn is_hot(path: &str) -> bool {
    HOT.contains(&path)
}

/// Path and item, and the value as it is compared.
pub type Values = BTreeMap<(String, i64), String>;

/// Every value of a body.
pub fn of(kind: Kind, body: &Said) -> Values {
    let mut values = Values::new();
    collect(&mut values, ("", kind.core().attrs), body);
    for schema in kind.extensions() {
        if let Some(Value::Object(inside)) = body.get(schema.urn) {
            collect(&mut values, (schema.mark, schema.attrs), inside);
        }
    }
    values
}

fn collect(values: &mut Values, (mark, attrs): (&str, &'static [Attr]), body: &Said) {
    for attr in attrs.iter().filter(|attr| !has_column(mark, attr)) {
        match body.get(attr.name) {
            Some(Value::Array(list)) => {
                for (item, value) in (0..).zip(list) {
                    one(values, (mark, attr, item), value);
                }
            }
            Some(value) => one(values, (mark, attr, 0), value),
            None => {}
        }
    }
}

fn has_column(mark: &str, attr: &Attr) -> bool {
    mark.is_empty() && matches!(attr.name, "userName" | "active" | "members" | "groups")
}

fn one(values: &mut Values, (mark, attr, item): (&str, &'static Attr, i64), value: &Value) {
    match (attr.kind, value) {
        (Type::Complex, Value::Object(parts)) => {
            for sub in attr.subs {
                if let Some(word) = parts.get(sub.name).and_then(|value| word(sub, value)) {
                    values.insert((schema::path(mark, attr, Some(sub)), item), word);
                }
            }
        }
        _ => {
            if let Some(word) = word(attr, value) {
                values.insert((schema::path(mark, attr, None), item), word);
            }
        }
    }
}

fn word(attr: &Attr, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => folded(attr, text),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    Some(clipped(text))
}

/// As much of a text as is compared.
pub fn clipped(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(WORD_CHARS_MAX) {
        text.truncate(at);
    }
    text
}

/// Puts down what is new or other, and takes away what is gone.
pub fn replace(tx: &mut Tx, resource: &Id<ResourceKind>, (before, after): (&Values, &Values)) -> Result<()> {
    for (path, item) in before.keys().filter(|at| !after.contains_key(*at)) {
        tx.insert(
            sql!(
                "delete from scim_value
                 where resource = $1
                   and path = $2
                   and item = $3"
            ),
            &params![resource, path, *item],
        )?;
    }
    let other: Vec<Vec<db::Value>> = after
        .iter()
        .filter(|(at, word)| before.get(*at) != Some(*word))
        .map(|((path, item), word)| params![resource, path, *item, word, is_hot(path)].to_vec())
        .collect();
    tx.insert_many(
        sql!(
            "insert into scim_value (resource, path, item, word, hot)
             values ($1, $2, $3, $4, $5)
             on conflict (resource, path, item) do update set word = excluded.word"
        ),
        other,
    )
}
