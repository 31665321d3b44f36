//! A resource as it was sent, in one form: the schema's own names, a list where there are several, no value where there is none.
//!
//! What is kept is what came, to the letter of its values; only what cannot be read by the schema's types is put right or
//! refused. What only the server writes, passwords and what no schema here knows are left out.
//!
//! Not here: changing a resource that is there ([`crate::patch`]).

use std::str::FromStr as _;

use db::{Day, Moment};
use serde_json::{Map, Value};

use crate::quirk::{Profile, Quirk, Quirks};
use crate::schema::{self, Attr, Kind, Mutability, Schema, Type};
use crate::wrong::{Result, Wrong};

/// Long enough for a certificate, and for everything people write.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// More addresses, numbers or certificates than anybody has; members are counted by the request.
const VALUES_MAX: usize = 200;
/// A request's bytes bound it before this does.
pub const MEMBERS_MAX: usize = 20_000;

/// Where something is read: of what kind, by which habits, and what was met.
pub struct Reading<'a> {
    pub kind: Kind,
    pub profile: Profile,
    pub quirks: &'a mut Quirks,
}

/// What a body says of each attribute: a value, or that it is cleared (`Null`). What it does not say is not in it.
pub type Said = Map<String, Value>;

impl Reading<'_> {
    /// A whole resource, as POST and PUT send it.
    pub fn resource(&mut self, sent: Value) -> Result<Said> {
        let Value::Object(sent) = sent else {
            return Err(Wrong::syntax("The body has to be one JSON object."));
        };
        self.schemas(&sent)?;
        let mut said = Said::new();
        for (name, value) in sent {
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            self.entry(&mut said, &name, value)?;
        }
        Ok(said)
    }

    fn schemas(&mut self, sent: &Map<String, Value>) -> Result<()> {
        let listed = sent.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas"));
        let Some((_, Value::Array(listed))) = listed else {
            if self.profile.is_strict() {
                return Err(Wrong::syntax("The body has to list its schemas."));
            }
            self.quirks.met(Quirk::NoSchemas);
            return Ok(());
        };
        let core = self.kind.core().urn;
        let is = |urn: &Value, wanted: &str| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(wanted));
        for urn in listed {
            let known = is(urn, core) || self.kind.extensions().iter().any(|schema| is(urn, schema.urn));
            if !known {
                self.quirks.met(Quirk::UnknownSchema);
            }
        }
        for schema in self.kind.extensions() {
            let there = sent.keys().any(|name| name.eq_ignore_ascii_case(schema.urn));
            if there && !listed.iter().any(|urn| is(urn, schema.urn)) {
                self.quirks.met(Quirk::SchemaUnsaid);
            }
        }
        if !listed.iter().any(|urn| is(urn, core)) && self.profile.is_strict() {
            return Err(Wrong::syntax(format!("The body has to list the schema {core}.")));
        }
        Ok(())
    }

    fn entry(&mut self, said: &mut Said, name: &str, value: Value) -> Result<()> {
        if let Some(schema) = self.kind.extension(name) {
            let inside = self.extension(schema, value)?;
            put(said, schema.urn, inside);
            return Ok(());
        }
        let found = self.kind.core().attr(name).or_else(|| {
            schema::SHARED
                .iter()
                .find(|attr| attr.name.eq_ignore_ascii_case(name))
        });
        match found {
            Some(attr) => {
                self.case(attr.name, name);
                if let Some(value) = self.attr(attr, value)? {
                    put(said, attr.name, value);
                }
            }
            None => self.quirks.met(Quirk::UnknownAttribute),
        }
        Ok(())
    }

    fn extension(&mut self, schema: &'static Schema, value: Value) -> Result<Value> {
        let sent = match value {
            Value::Object(sent) => sent,
            Value::Null => return Ok(Value::Null),
            _ => return Err(Wrong::value("An extension has to be a JSON object.")),
        };
        let mut inside = Said::new();
        for (name, value) in sent {
            let Some(attr) = schema.attr(&name) else {
                self.quirks.met(Quirk::UnknownAttribute);
                continue;
            };
            self.case(attr.name, &name);
            if let Some(value) = self.attr(attr, value)? {
                put(&mut inside, attr.name, value);
            }
        }
        Ok(Value::Object(inside))
    }

    fn case(&mut self, ours: &str, theirs: &str) {
        if ours != theirs {
            self.quirks.met(Quirk::NameCase);
        }
    }

    /// The value of an attribute: `None` when it is not the client's to set, `Null` when it is cleared.
    pub fn attr(&mut self, attr: &'static Attr, value: Value) -> Result<Option<Value>> {
        match attr.mutability {
            Mutability::ReadOnly => {
                self.quirks.met(Quirk::ReadOnlySent);
                return Ok(None);
            }
            Mutability::WriteOnly => {
                self.quirks.met(Quirk::PasswordSent);
                return Ok(None);
            }
            Mutability::ReadWrite | Mutability::Immutable => {}
        }
        let value = if attr.multi {
            self.several(attr, value)?
        } else {
            self.single(attr, value)?
        };
        Ok(Some(value))
    }

    fn several(&mut self, attr: &'static Attr, value: Value) -> Result<Value> {
        let sent = match value {
            Value::Array(sent) => sent,
            Value::Null => Vec::new(),
            one => {
                self.quirks.met(Quirk::ListOfOne);
                vec![one]
            }
        };
        let most = if attr.name == "members" {
            MEMBERS_MAX
        } else {
            VALUES_MAX
        };
        if sent.len() > most {
            return Err(Wrong::value(format!(
                "{} can have at most {most} values.",
                attr.name
            )));
        }
        let mut values = Vec::with_capacity(sent.len());
        for element in sent {
            let value = self.element(attr, element)?;
            if value != Value::Null {
                values.push(value);
            }
        }
        if values.is_empty() {
            self.quirks.met(Quirk::NullClears);
            return Ok(Value::Null);
        }
        if one_primary(&mut values, None) {
            self.quirks.met(Quirk::SecondPrimary);
        }
        Ok(Value::Array(values))
    }

    /// One value of a list.
    pub fn element(&mut self, attr: &'static Attr, value: Value) -> Result<Value> {
        match attr.kind {
            Type::Complex => self.complex(attr, value),
            _ => self.scalar(attr, value),
        }
    }

    fn single(&mut self, attr: &'static Attr, value: Value) -> Result<Value> {
        let value = match value {
            Value::Array(mut list) => {
                self.quirks.met(Quirk::ListOfOne);
                match (list.pop(), list.is_empty()) {
                    (Some(one), true) => one,
                    (None, _) => Value::Null,
                    (Some(_), false) => {
                        return Err(Wrong::value(format!("{} can have one value only.", attr.name)));
                    }
                }
            }
            value => value,
        };
        match attr.kind {
            _ if value == Value::Null => {
                self.quirks.met(Quirk::NullClears);
                Ok(Value::Null)
            }
            Type::Complex => self.complex(attr, value),
            _ => self.scalar(attr, value),
        }
    }

    /// The parts of a complex value; `Null` when none has a value.
    pub fn complex(&mut self, attr: &'static Attr, value: Value) -> Result<Value> {
        let sent = match value {
            Value::Object(sent) => sent,
            Value::Null => return Ok(Value::Null),
            Value::Array(_) => return Err(Wrong::value(format!("A value of {} is not a list.", attr.name))),
            bare if attr.sub("value").is_some() => {
                self.quirks.met(Quirk::BareReference);
                Map::from_iter([("value".to_owned(), bare)])
            }
            _ => return Err(Wrong::value(format!("{} has to be a JSON object.", attr.name))),
        };
        let mut parts = Said::new();
        for (name, value) in sent {
            let Some(sub) = attr.sub(&name) else {
                self.quirks.met(Quirk::UnknownAttribute);
                continue;
            };
            self.case(sub.name, &name);
            if sub.is_read_only() {
                self.quirks.met(Quirk::ReadOnlySent);
                continue;
            }
            let value = self.single(sub, value)?;
            if value != Value::Null {
                parts.insert(sub.name.to_owned(), value);
            }
        }
        // A reference to nobody is none: Entra takes a manager away by an empty text.
        if attr.name == "manager" && parts.get("value").is_none_or(|value| value == "") {
            self.quirks.met(Quirk::EmptyReference);
            return Ok(Value::Null);
        }
        Ok(if parts.is_empty() {
            Value::Null
        } else {
            Value::Object(parts)
        })
    }

    /// A text or a truth value, put right by the attribute's type.
    pub fn scalar(&mut self, attr: &'static Attr, value: Value) -> Result<Value> {
        match (attr.kind, value) {
            (Type::Boolean, Value::Bool(value)) => Ok(Value::Bool(value)),
            (Type::Boolean, Value::String(text)) if !self.profile.is_strict() => {
                self.quirks.met(Quirk::BooleanAsText);
                truth(&text)
                    .map(Value::Bool)
                    .ok_or_else(|| Wrong::value(format!("{} has to be true or false.", attr.name)))
            }
            (Type::Boolean, _) => Err(Wrong::value(format!("{} has to be true or false.", attr.name))),
            (_, Value::String(text)) => self.text(attr, text),
            (_, Value::Number(number)) if !self.profile.is_strict() => {
                self.quirks.met(Quirk::NumberAsText);
                Ok(Value::String(number.to_string()))
            }
            (_, Value::Bool(value)) if !self.profile.is_strict() => Ok(Value::String(value.to_string())),
            _ => Err(Wrong::value(format!("{} has to be a text.", attr.name))),
        }
    }

    fn text(&mut self, attr: &'static Attr, text: String) -> Result<Value> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Wrong::value(format!(
                "{} is longer than {TEXT_BYTES_MAX} bytes.",
                attr.name
            )));
        }
        if text.contains('\0') {
            return Err(Wrong::value(format!(
                "{} has the character U+0000 in it.",
                attr.name
            )));
        }
        Ok(Value::String(text))
    }
}

fn put(said: &mut Said, name: &str, value: Value) {
    said.insert(name.to_owned(), value);
}

/// True or false, in any case.
pub fn truth(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The day of a date, or of a time in UTC.
pub fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    Day::from_str(text)
        .ok()
        .or_else(|| Some(Moment::from_str(text).ok()?.day(&db::Zone::utc())))
}

/// Leaves one value of a list primary: the one at `newest`, else the first. Says whether there were more.
pub fn one_primary(values: &mut [Value], newest: Option<usize>) -> bool {
    let is = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
    let primaries: Vec<usize> = (0..values.len()).filter(|at| is(&values[*at])).collect();
    if primaries.len() < 2 {
        return false;
    }
    let kept = newest.filter(|at| primaries.contains(at)).unwrap_or(primaries[0]);
    for at in primaries {
        if at != kept {
            values[at]["primary"] = Value::Bool(false);
        }
    }
    true
}

/// What holds once `said` was heard: what it does not say stays.
pub fn onto(have: &Said, said: Said) -> Said {
    let mut body = have.clone();
    for (name, value) in said {
        let extension = name.starts_with("urn:");
        match (value, body.get_mut(&name)) {
            (Value::Null, _) => {
                body.remove(&name);
            }
            (Value::Object(inside), Some(Value::Object(before))) if extension => {
                *before = onto(before, inside);
            }
            (value, _) => {
                body.insert(name, value);
            }
        }
    }
    tidy(&mut body);
    body
}

/// Takes out what says nothing: cleared values, and extensions without any.
pub fn tidy(body: &mut Said) {
    body.retain(|name, value| {
        if name.starts_with("urn:")
            && let Value::Object(inside) = value
        {
            tidy(inside);
        }
        match value {
            Value::Null => false,
            Value::Array(values) => !values.is_empty(),
            Value::Object(parts) => !parts.is_empty(),
            _ => true,
        }
    });
}

/// The text of a part of the body: `name`, `familyName`.
pub fn text<'a>(body: &'a Said, path: &[&str]) -> Option<&'a str> {
    let (last, before) = path.split_last()?;
    let mut at = body;
    for name in before {
        at = at.get(*name)?.as_object()?;
    }
    at.get(*last)?.as_str()
}

/// Whether the user may sign in; who is not said to be out is in.
pub fn is_active(body: &Said) -> bool {
    body.get("active") != Some(&Value::Bool(false))
}

/// What has to be there.
pub fn check(kind: Kind, body: &Said) -> Result<()> {
    let name = kind.naming();
    match text(body, &[name]) {
        Some(text) if !text.trim().is_empty() => Ok(()),
        _ => Err(Wrong::value(format!(
            "{name} has to be there, and has to be a text that is not empty."
        ))),
    }
}
