//! One attribute, part or value of a body is set, added to or taken away.
//!
//! Not here: which one, and whether it may be ([`crate::patch`]).

use serde_json::{Map, Value};

use super::Op;
use crate::body::{self, Reading, Said};
use crate::filter::Test;
use crate::filter::holds::{asked, holds};
use crate::quirk::Quirk;
use crate::schema::{Attr, Place, Type as Kinds};
use crate::wrong::{Result, Type, Wrong};

/// Where the attribute stands in the body.
pub(super) fn container<'b>(body: &'b mut Said, place: &Place) -> &'b mut Said {
    let Some(schema) = place.extension else {
        return body;
    };
    let inside = body
        .entry(schema.urn.to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    if !inside.is_object() {
        *inside = Value::Object(Map::new());
    }
    inside.as_object_mut().expect("it was made an object above")
}

fn removing_required(attr: &Attr) -> Wrong {
    Wrong::bad(Type::Mutability, format!("{} has to stay.", attr.name))
}

pub(super) fn single(
    reading: &mut Reading<'_>,
    body: &mut Said,
    (op, place): (Op, &Place),
    value: Option<Value>,
) -> Result<()> {
    let attr = place.attr;
    let said = match (op, value) {
        (Op::Remove, _) | (_, None) => Value::Null,
        (_, Some(value)) => reading.attr(attr, value)?.unwrap_or(Value::Null),
    };
    if said == Value::Null {
        if attr.required {
            return Err(removing_required(attr));
        }
        body.remove(attr.name);
        return Ok(());
    }
    match (body.get_mut(attr.name), said) {
        // Parts that are not said stay, unless the value is a reference: those of another are not this one's.
        (Some(Value::Object(parts)), Value::Object(said))
            if attr.kind == Kinds::Complex && attr.sub("value").is_none() =>
        {
            parts.extend(said);
        }
        (_, said) => {
            body.insert(attr.name.to_owned(), said);
        }
    }
    Ok(())
}

fn list<'b>(body: &'b mut Said, attr: &Attr) -> &'b mut Vec<Value> {
    let value = body
        .entry(attr.name.to_owned())
        .or_insert_with(|| Value::Array(Vec::new()));
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().expect("it was made a list above")
}

pub(super) fn many(
    reading: &mut Reading<'_>,
    body: &mut Said,
    (op, place): (Op, &Place),
    value: Option<Value>,
) -> Result<()> {
    let attr = place.attr;
    let said = match value {
        Some(value) => reading.attr(attr, value)?.unwrap_or(Value::Null),
        None => Value::Null,
    };
    match (op, said) {
        (Op::Remove, Value::Array(gone)) => {
            reading.quirks.met(Quirk::RemoveList);
            list(body, attr).retain(|have| !gone.iter().any(|gone| is_meant(gone, have)));
        }
        (Op::Remove | Op::Replace, Value::Null) => {
            body.remove(attr.name);
        }
        (Op::Replace, said) => {
            body.insert(attr.name.to_owned(), said);
        }
        (_, Value::Array(more)) => {
            let values = list(body, attr);
            let mut newest = None;
            for value in more {
                if !values.contains(&value) {
                    values.push(value);
                    newest = Some(values.len() - 1);
                }
            }
            body::one_primary(values, newest);
        }
        (_, _) => {}
    }
    Ok(())
}

/// Whether a value that is to be removed is this one: all it says is so.
fn is_meant(gone: &Value, have: &Value) -> bool {
    match (gone, have) {
        (Value::Object(gone), Value::Object(have)) => {
            !gone.is_empty() && gone.iter().all(|(name, value)| have.get(name) == Some(value))
        }
        (gone, have) => gone == have,
    }
}

pub(super) fn part(
    reading: &mut Reading<'_>,
    body: &mut Said,
    (op, place): (Op, &Place),
    value: Option<Value>,
) -> Result<()> {
    let (attr, sub) = (place.attr, place.last());
    let mut parts = match body.remove(attr.name) {
        Some(Value::Object(parts)) => parts,
        _ => Map::new(),
    };
    set(reading, &mut parts, sub, value.filter(|_| op != Op::Remove))?;
    let empty_reference = attr.name == "manager" && parts.get("value").is_none_or(|value| value == "");
    if !parts.is_empty() && !empty_reference {
        body.insert(attr.name.to_owned(), Value::Object(parts));
    }
    Ok(())
}

/// Sets a part, or takes it away.
fn set(reading: &mut Reading<'_>, parts: &mut Said, sub: &'static Attr, value: Option<Value>) -> Result<()> {
    if sub.is_read_only() {
        return Err(Wrong::bad(
            Type::Mutability,
            format!("{} can only be read.", sub.name),
        ));
    }
    let value = match value {
        Some(Value::Array(mut one)) if one.len() == 1 => {
            reading.quirks.met(Quirk::ListOfOne);
            one.pop()
        }
        value => value,
    };
    match value {
        None | Some(Value::Null) => {
            parts.remove(sub.name);
        }
        Some(value) => {
            let value = reading.scalar(sub, value)?;
            parts.insert(sub.name.to_owned(), value);
        }
    }
    Ok(())
}

/// `emails.value`, without saying which: the primary one, or the first.
pub(super) fn unfiltered_part(
    reading: &mut Reading<'_>,
    body: &mut Said,
    (op, place): (Op, &Place),
    value: Option<Value>,
) -> Result<()> {
    reading.quirks.met(Quirk::UnfilteredPart);
    let (attr, sub) = (place.attr, place.last());
    let values = list(body, attr);
    let is_primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
    if values.is_empty() && op != Op::Remove {
        values.push(Value::Object(Map::new()));
    }
    let at = values.iter().position(is_primary).unwrap_or(0);
    if let Some(Value::Object(parts)) = values.get_mut(at) {
        set(reading, parts, sub, value.filter(|_| op != Op::Remove))?;
    }
    values.retain(|value| value.as_object().is_none_or(|parts| !parts.is_empty()));
    Ok(())
}

pub(super) fn filtered(
    reading: &mut Reading<'_>,
    body: &mut Said,
    (op, place): (Op, &Place),
    (test, sub, value): (&Test, Option<&'static Attr>, Option<Value>),
) -> Result<()> {
    let attr = place.attr;
    let values = list(body, attr);
    let mut meant: Vec<usize> = (0..values.len()).filter(|at| holds(test, &values[*at])).collect();
    let strict = reading.profile.is_strict();
    let no_target = || Wrong::bad(Type::NoTarget, "The path names a value that is not there.");
    if op == Op::Remove {
        if meant.is_empty() && strict {
            return Err(no_target());
        }
        return remove_filtered(reading, values, (&meant, sub));
    }
    if meant.is_empty() {
        let asked = asked(test).filter(|_| !strict).ok_or_else(no_target)?;
        reading.quirks.met(Quirk::MadeToMatch);
        let parts = asked
            .into_iter()
            .map(|(place, value)| (place.last().name.to_owned(), value));
        values.push(Value::Object(parts.collect()));
        meant.push(values.len() - 1);
    }
    let value = value.unwrap_or(Value::Null);
    for at in &meant {
        let Some(parts) = values[*at].as_object_mut() else {
            continue;
        };
        match sub {
            Some(sub) => set(reading, parts, sub, Some(value.clone()))?,
            None => {
                if let Value::Object(said) = reading.complex(attr, value.clone())? {
                    parts.extend(said);
                }
            }
        }
    }
    body::one_primary(values, meant.last().copied());
    Ok(())
}

fn remove_filtered(
    reading: &mut Reading<'_>,
    values: &mut Vec<Value>,
    (meant, sub): (&[usize], Option<&'static Attr>),
) -> Result<()> {
    let Some(sub) = sub else {
        let mut at = 0;
        values.retain(|_| {
            at += 1;
            !meant.contains(&(at - 1))
        });
        return Ok(());
    };
    for at in meant {
        if let Some(parts) = values[*at].as_object_mut() {
            set(reading, parts, sub, None)?;
        }
    }
    // What is left of a value that had nothing but a type and a flag says nothing.
    values.retain(|value| {
        value.as_object().is_none_or(|parts| {
            parts
                .keys()
                .any(|name| !matches!(name.as_str(), "type" | "primary"))
        })
    });
    Ok(())
}
