//! PATCH: what a list of operations makes of a resource (RFC 7644 §3.5.2), in memory and before anything is written.
//!
//! Operations are applied one after the other, and either all or none. What clients do otherwise than the RFC says is put
//! up with as the connection's profile has it ([`crate::quirk`]).
//!
//! Not here: a path as text ([`target`]), and who is in a group ([`crate::member`]), which is only read here.

pub mod target;

use serde_json::{Map, Value};

use crate::body::{self, Reading, Said};
use crate::filter::Test;
use crate::filter::holds::{asked, holds};
use crate::member::Change;
use crate::quirk::Quirk;
use crate::schema::{Attr, Kind, Mutability, Place, Type as Kinds};
use crate::wrong::{Result, Type, Wrong};
use target::Target;

/// What §1.7 of any sane client stays far below.
pub const OPERATIONS_MAX: usize = 1_000;
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// What the operations make of a resource.
#[derive(Debug)]
pub struct Patched {
    pub body: Said,
    pub members: Change,
}

/// A resource in the middle of being patched.
struct Work<'a, 'q> {
    reading: &'a mut Reading<'q>,
    id: &'a str,
    body: Said,
    members: Change,
}

/// Applies a PATCH request to the body of the resource with this id.
pub fn apply(reading: &mut Reading<'_>, (id, have): (&str, &Said), request: Value) -> Result<Patched> {
    let operations = operations(reading, request)?;
    let mut work = Work {
        reading,
        id,
        body: have.clone(),
        members: Change::default(),
    };
    for operation in operations {
        work.operation(operation)?;
    }
    let Work {
        mut body,
        members,
        reading,
        ..
    } = work;
    body::tidy(&mut body);
    body::check(reading.kind, &body)?;
    Ok(Patched { body, members })
}

fn operations(reading: &mut Reading<'_>, request: Value) -> Result<Vec<Value>> {
    let Value::Object(request) = request else {
        return Err(Wrong::syntax("A PATCH has to be one JSON object."));
    };
    let named = |wanted: &str| {
        let found = request.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    };
    let is_patch = named("schemas").and_then(Value::as_array).is_some_and(|urns| {
        urns.iter()
            .any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(SCHEMA)))
    });
    if !is_patch {
        if reading.profile.is_strict() {
            return Err(Wrong::syntax(format!("A PATCH has to list the schema {SCHEMA}.")));
        }
        reading.quirks.met(Quirk::NoSchemas);
    }
    let Some(Value::Array(operations)) = named("Operations") else {
        return Err(Wrong::syntax("A PATCH has to have a list of Operations."));
    };
    if operations.len() > OPERATIONS_MAX {
        return Err(Wrong::bad(
            Type::TooMany,
            format!("A PATCH can have at most {OPERATIONS_MAX} operations; send several."),
        ));
    }
    if operations.is_empty() {
        if reading.profile.is_strict() {
            return Err(Wrong::syntax("The list of Operations is empty."));
        }
        reading.quirks.met(Quirk::EmptyOperations);
    }
    Ok(operations.clone())
}

impl Work<'_, '_> {
    fn operation(&mut self, operation: Value) -> Result<()> {
        let Value::Object(operation) = operation else {
            return Err(Wrong::syntax("An operation has to be a JSON object."));
        };
        let (mut op, mut path, mut value) = (None, None, None);
        for (name, given) in operation {
            match name.to_ascii_lowercase().as_str() {
                "op" => op = Some(given),
                "path" => path = Some(given),
                "value" => value = Some(given),
                _ => {}
            }
        }
        let op = self.op(op)?;
        let path = match path {
            None => None,
            Some(Value::String(path)) if !path.trim().is_empty() => Some(path),
            Some(Value::Null | Value::String(_)) => {
                self.reading.quirks.met(Quirk::EmptyPath);
                None
            }
            Some(_) => return Err(Wrong::bad(Type::InvalidPath, "path has to be a text.")),
        };
        if op != Op::Remove && value.is_none() {
            return Err(Wrong::value(
                "An operation that adds or replaces has to have a value.",
            ));
        }
        let target = match &path {
            None => Target::Whole,
            Some(path) => match target::read(self.reading, path)? {
                Some(target) => target,
                None => return Ok(()),
            },
        };
        self.at(op, target, value)
    }

    fn op(&mut self, op: Option<Value>) -> Result<Op> {
        let unknown = || Wrong::syntax("op has to be add, replace or remove.");
        let Some(Value::String(op)) = op else {
            return Err(unknown());
        };
        let lower = op.to_ascii_lowercase();
        if lower != op {
            self.reading.quirks.met(Quirk::OperationCase);
        }
        match lower.as_str() {
            "add" => Ok(Op::Add),
            "replace" => Ok(Op::Replace),
            "remove" => Ok(Op::Remove),
            _ => Err(unknown()),
        }
    }

    fn at(&mut self, op: Op, target: Target, value: Option<Value>) -> Result<()> {
        match target {
            Target::Whole => self.whole(op, value),
            Target::Extension(schema) => {
                if op == Op::Remove {
                    self.body.remove(schema.urn);
                    return Ok(());
                }
                let Some(Value::Object(entries)) = value else {
                    return Err(Wrong::value(
                        "The value for an extension has to be a JSON object.",
                    ));
                };
                for (name, value) in entries {
                    match target::named(self.reading, &format!("{}:{name}", schema.urn))? {
                        Some(target) => self.at(op, target, Some(value))?,
                        None => self.reading.quirks.met(Quirk::UnknownAttribute),
                    }
                }
                Ok(())
            }
            Target::Attr(place) => self.attr(op, place, value),
            Target::Values { place, test, sub } => self.values(op, place, (test, sub), value),
        }
    }

    /// No path: the value says which attributes, each by a name that may itself be a path.
    fn whole(&mut self, op: Op, value: Option<Value>) -> Result<()> {
        if op == Op::Remove {
            return Err(Wrong::bad(
                Type::NoTarget,
                "An operation that removes has to have a path.",
            ));
        }
        let Some(Value::Object(entries)) = value else {
            return Err(Wrong::value("Without a path the value has to be a JSON object."));
        };
        for (name, value) in entries {
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            if name.eq_ignore_ascii_case("id") && value == self.id {
                self.reading.quirks.met(Quirk::ReadOnlySent);
                continue;
            }
            let target = target::named(self.reading, &name)?;
            match target {
                Some(Target::Attr(place)) if place.attr.is_read_only() && place.attr.name != "id" => {
                    self.reading.quirks.met(Quirk::ReadOnlySent);
                }
                Some(target) => {
                    if name.contains(['.', '[']) && !matches!(target, Target::Extension(_)) {
                        self.reading.quirks.met(Quirk::DottedKeys);
                    }
                    self.at(op, target, Some(value))?;
                }
                None => self.reading.quirks.met(Quirk::UnknownAttribute),
            }
        }
        Ok(())
    }

    fn may_change(&mut self, attr: &Attr, value: Option<&Value>) -> Result<bool> {
        match attr.mutability {
            Mutability::ReadOnly if attr.name == "id" && value.is_some_and(|value| value == self.id) => {
                Ok(false)
            }
            Mutability::ReadOnly => Err(Wrong::bad(
                Type::Mutability,
                format!("{} can only be read.", attr.name),
            )),
            Mutability::WriteOnly => {
                self.reading.quirks.met(Quirk::PasswordSent);
                Ok(false)
            }
            Mutability::ReadWrite | Mutability::Immutable => Ok(true),
        }
    }

    fn attr(&mut self, op: Op, place: Place, value: Option<Value>) -> Result<()> {
        if !self.may_change(place.attr, value.as_ref())? {
            return Ok(());
        }
        if self.reading.kind == Kind::Group && place.attr.name == "members" {
            return self.listed_members(op, place, value);
        }
        let change = match (place.sub, place.attr.multi) {
            (None, false) => single,
            (None, true) => many,
            (Some(_), false) => part,
            (Some(_), true) => unfiltered_part,
        };
        let body = container(&mut self.body, &place);
        change(self.reading, body, (op, &place), value)
    }

    fn listed_members(&mut self, op: Op, place: Place, value: Option<Value>) -> Result<()> {
        if place.sub.is_some() {
            return Err(Wrong::bad(
                Type::InvalidPath,
                "Members are added and removed whole.",
            ));
        }
        let said = match value {
            Some(value) => self.reading.attr(place.attr, value)?,
            None => None,
        };
        match (op, said) {
            (Op::Add, Some(said)) => self.members.add(&said)?,
            (Op::Replace, Some(said)) => self.members.replace(&said)?,
            (Op::Remove, Some(Value::Array(list))) => {
                self.reading.quirks.met(Quirk::RemoveList);
                self.members.remove(&Value::Array(list))?;
            }
            // An empty list of whom to remove removes nobody; no list at all removes everybody.
            (Op::Remove, Some(_)) => self.reading.quirks.met(Quirk::RemoveList),
            (Op::Remove, None) => self.members.replace(&Value::Null)?,
            (Op::Add | Op::Replace, None) => {}
        }
        Ok(())
    }

    fn values(
        &mut self,
        op: Op,
        place: Place,
        (test, sub): (Test, Option<&'static Attr>),
        value: Option<Value>,
    ) -> Result<()> {
        if !self.may_change(place.attr, value.as_ref())? {
            return Ok(());
        }
        if self.reading.kind == Kind::Group && place.attr.name == "members" {
            return self.filtered_members(op, &test, sub);
        }
        if !place.attr.multi {
            return Err(Wrong::bad(
                Type::InvalidPath,
                format!(
                    "{} has one value only; name it without brackets.",
                    place.attr.name
                ),
            ));
        }
        let body = container(&mut self.body, &place);
        filtered(self.reading, body, (op, &place), (&test, sub, value))
    }

    fn filtered_members(&mut self, op: Op, test: &Test, sub: Option<&Attr>) -> Result<()> {
        let named = named_members(test);
        match (op, sub, named) {
            (Op::Remove, None, Some(named)) => {
                for value in named {
                    self.members.remove_one(value);
                }
                Ok(())
            }
            _ => Err(Wrong::bad(
                Type::InvalidPath,
                "Between the brackets after members, name the members to remove by their value.",
            )),
        }
    }
}

/// The members that a filter names by `value eq`.
fn named_members(test: &Test) -> Option<Vec<String>> {
    if let Test::Any(tests) = test {
        let named: Option<Vec<Vec<String>>> = tests.iter().map(named_members).collect();
        return Some(named?.concat());
    }
    let found = asked(test)?;
    let values: Vec<String> = found
        .iter()
        .filter(|(place, _)| place.last().name == "value")
        .filter_map(|(_, value)| value.as_str().map(str::to_owned))
        .collect();
    (!values.is_empty() && values.len() == found.len()).then_some(values)
}

/// Where the attribute stands in the body.
fn container<'b>(body: &'b mut Said, place: &Place) -> &'b mut Said {
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

fn single(
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

fn many(
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

fn part(
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
fn unfiltered_part(
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

fn filtered(
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
