//! What a PATCH path names: the whole resource, an extension, an attribute or part of one, or some of its values.

use std::str::FromStr;

use scim_v2::filter::PatchPath;

use crate::body::Reading;
use crate::filter::{self, BYTES_MAX, Test};
use crate::quirk::{Quirk, Quirks};
use crate::schema::{self, Attr, Kind, Place, Schema};
use crate::wrong::{Result, Type, Wrong};

/// What an operation is about.
#[derive(Debug)]
pub enum Target {
    Whole,
    Extension(&'static Schema),
    Attr(Place),
    Values {
        place: Place,
        test: Test,
        sub: Option<&'static Attr>,
    },
}

fn invalid(detail: &str) -> Wrong {
    Wrong::bad(Type::InvalidPath, detail)
}

/// Reads the path of an operation; `None` when it names a schema that is not known here and the profile passes that over.
pub fn read(reading: &mut Reading<'_>, path: &str) -> Result<Option<Target>> {
    if let Some(target) = named(reading, path)? {
        return Ok(Some(target));
    }
    // A name that is misspelt is told; what another schema has is not ours to judge.
    let foreign = path.trim().to_ascii_lowercase().starts_with("urn:");
    if foreign && !reading.profile.is_strict() {
        reading.quirks.met(Quirk::UnknownSchema);
        return Ok(None);
    }
    Err(invalid(
        "The path names an attribute that a resource of this kind does not have.",
    ))
}

/// What a path or a key names; `None` when the schemas have nothing of the name.
pub fn named(reading: &mut Reading<'_>, path: &str) -> Result<Option<Target>> {
    find(reading.kind, path, reading.quirks)
}

/// What a path names.
pub fn find(kind: Kind, path: &str, quirks: &mut Quirks) -> Result<Option<Target>> {
    let path = path.trim();
    if path.len() > BYTES_MAX || path.contains('\0') {
        return Err(invalid(
            "The path is too long, or has a character that no path has.",
        ));
    }
    if let Some(schema) = kind.extension(path) {
        return Ok(Some(Target::Extension(schema)));
    }
    if kind.core().urn.eq_ignore_ascii_case(path) {
        return Ok(Some(Target::Whole));
    }
    if let Some(at) = path.find('[') {
        let inside = filter::rewrite::lower_truth(&path[at..]);
        return bracketed(kind, &format!("{}{inside}", &path[..at]), quirks);
    }
    if !path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.:$".contains(&b))
    {
        return Err(invalid("The path is not one that RFC 7644 §3.5.2 describes."));
    }
    let (urn, name) = match path.rsplit_once(':') {
        Some((urn, name)) if urn.to_ascii_lowercase().starts_with("urn:") => {
            split_urn(kind, path, (urn, name))
        }
        _ => (None, path),
    };
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (name, None),
    };
    let found = schema::place(kind, urn, name, sub);
    if found.is_some_and(|place| name != place.attr.name) {
        quirks.met(Quirk::NameCase);
    }
    Ok(found.map(Target::Attr))
}

/// A URN has dots and colons of its own; what is after a known one is the name.
fn split_urn<'a>(kind: Kind, path: &'a str, fallback: (&'a str, &'a str)) -> (Option<&'a str>, &'a str) {
    let urns = kind
        .extensions()
        .iter()
        .map(|schema| schema.urn)
        .chain([kind.core().urn]);
    for urn in urns {
        if let Some(start) = path.get(..urn.len())
            && start.eq_ignore_ascii_case(urn)
            && let Some(name) = path[urn.len()..].strip_prefix(':')
        {
            return (Some(start), name);
        }
    }
    (Some(fallback.0), fallback.1)
}

fn bracketed(kind: Kind, path: &str, quirks: &mut Quirks) -> Result<Option<Target>> {
    let wrong = |_| invalid("The path is not one that RFC 7644 §3.5.2 describes.");
    let PatchPath::Value(found) = PatchPath::from_str(path).map_err(wrong)? else {
        return Err(invalid("The path is not one that RFC 7644 §3.5.2 describes."));
    };
    if found.attr.sub_attr.is_some() {
        return Err(invalid("What stands before [ has to be an attribute with parts."));
    }
    let Some(place) = schema::place(kind, found.attr.uri.as_deref(), &found.attr.name, None) else {
        return Ok(None);
    };
    if place.attr.name != found.attr.name {
        quirks.met(Quirk::NameCase);
    }
    let test = filter::inside(place.attr, found.filter).map_err(|wrong| Wrong {
        kind: Some(Type::InvalidPath),
        ..wrong
    })?;
    let sub = match &found.sub_attr {
        None => None,
        Some(name) => match place.attr.sub(name) {
            Some(sub) => Some(sub),
            None => return Ok(None),
        },
    };
    Ok(Some(Target::Values { place, test, sub }))
}
