//! PATCH: what a list of operations makes of a resource (RFC 7644 §3.5.2), in memory and before anything is written.
//!
//! Operations are applied one after the other, and either all or none. What clients do otherwise than the RFC says is put
//! up with as the connection's profile has it ([`crate::quirk`]).
//!
//! Not here: a path as text ([`target`]), one value of a body ([`mod@value`]), and who is in a group ([`crate::member`]), which is only read here.

pub mod target;
mod value;

use serde_json::Value;

use crate::body::{self, Reading, Said};
use crate::filter::Test;
use crate::filter::holds::asked;
use crate::member::Change;
use crate::quirk::Quirk;
use crate::schema::{Attr, Kind, Mutability, Place};
use crate::wrong::{Result, Type, Wrong};
use target::Target;
use value::{container, filtered, many, part, single, unfiltered_part};

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
