//! A statement of every shape that a filter can make, for the test that prepares them on both engines.

use db::{Composed, Value, piece};

use super::{Descending, order, push};
use crate::schema::Kind;

/// Attributes of every way of being kept, for [`every_shape`].
const SHAPED: &[&str] = &[
    "id",
    "externalId",
    "userName",
    "displayName",
    "active",
    "meta.created",
    "meta.resourceType",
    "members",
    "groups",
    "emails",
    "emails.value",
    "emails.primary",
    "title",
    "employeeNumber",
    "manager.value",
    "name",
];

const SHAPED_INSIDE: &[&str] = &[
    "value eq \"a\"",
    "type eq \"work\" and value eq \"a\"",
    "type eq \"work\"",
    "not (type eq \"work\")",
    "value pr or type ne \"a\"",
    "primary eq true",
    "value co \"a\" and (type eq \"b\" or value ew \"c\")",
];

/// A statement of every shape that [`push`] and [`order`] can make, for the test that prepares them on both engines.
pub fn every_shape() -> Vec<Composed> {
    let mut filters: Vec<String> = Vec::new();
    for name in SHAPED {
        filters.push(format!("{name} pr"));
        for op in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
            filters.extend(
                ["\"a\"", "true", "\"2026-06-01T09:00:00Z\""].map(|value| format!("{name} {op} {value}")),
            );
        }
    }
    for inner in SHAPED_INSIDE {
        filters.extend(["emails", "members", "groups"].map(|name| format!("{name}[{inner}]")));
    }
    let (open, close) = ("not (".repeat(50), ")".repeat(50));
    filters.push(format!("{open}title pr or not (title eq \"a\"){close}"));
    let mut shapes = Vec::new();
    for kind in Kind::ALL {
        shapes.extend(filters.iter().filter_map(|text| filtered_shape(kind, text)));
        for name in SHAPED {
            shapes.extend(
                [Descending::Yes, Descending::No]
                    .into_iter()
                    .filter_map(|down| ordered_shape(kind, name, down)),
            );
        }
    }
    shapes
}

fn begun_shape() -> Composed {
    let mut composed = Composed::of(piece!("select r.key from scim_resource r where r.kind ="));
    composed.value(Value::from("User"));
    composed
}

fn filtered_shape(kind: Kind, text: &str) -> Option<Composed> {
    let mut composed = begun_shape();
    let test = super::super::read(kind, text, &mut crate::quirk::Quirks::default()).ok()?;
    push(&mut composed, kind, &test).ok()?;
    Some(composed)
}

fn ordered_shape(kind: Kind, name: &str, descending: Descending) -> Option<Composed> {
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (name, None),
    };
    let place = crate::schema::place(kind, None, name, sub)?;
    let mut composed = begun_shape();
    order(&mut composed, kind, (&place, descending)).ok()?;
    Some(composed)
}
