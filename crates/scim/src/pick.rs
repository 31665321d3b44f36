//! Which attributes an answer has: those that were asked for, or all but those that were not wanted (RFC 7644 §3.9).

use serde_json::{Map, Value};

use crate::schema::Kind;

/// Longer than any list of names that is meant.
const NAMES_MAX: usize = 200;

/// What is shown. Names are in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Picked {
    #[default]
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

impl Picked {
    /// From `attributes` and `excludedAttributes`; when both are given, the first counts.
    pub fn read(only: Option<&str>, except: Option<&str>) -> Picked {
        match (only.map(names), except.map(names)) {
            (Some(only), _) if !only.is_empty() => Picked::Only(only),
            (_, Some(except)) if !except.is_empty() => Picked::Except(except),
            _ => Picked::All,
        }
    }

    /// Whether a whole attribute is looked at, so that it has to be fetched.
    pub fn wants(&self, kind: Kind, name: &str) -> bool {
        let own = lower(name);
        let core = lower(kind.core().urn);
        let is = |given: &String| {
            let given = given
                .strip_prefix(&core)
                .and_then(|rest| rest.strip_prefix(':'))
                .unwrap_or(given);
            given == own || given.strip_prefix(&own).is_some_and(|rest| rest.starts_with('.'))
        };
        let whole = |given: &String| {
            given
                .strip_prefix(&core)
                .and_then(|rest| rest.strip_prefix(':'))
                .unwrap_or(given)
                == own
        };
        match self {
            Picked::All => true,
            Picked::Only(names) => names.iter().any(is),
            Picked::Except(names) => !names.iter().any(whole),
        }
    }

    /// The resource with what was picked of it; id and schemas are always there.
    pub fn of(&self, kind: Kind, resource: Map<String, Value>) -> Map<String, Value> {
        let core = lower(kind.core().urn);
        match self {
            Picked::All => resource,
            Picked::Only(names) => kept(resource, &core, names),
            Picked::Except(names) => without(resource, &core, names),
        }
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(|name| lower(name.trim()))
        .filter(|name| !name.is_empty())
        .take(NAMES_MAX)
        .collect()
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn is_always(name: &str) -> bool {
    matches!(name, "id" | "schemas")
}

/// What the names say below this one: nothing, the whole, or these parts.
enum Below {
    Nothing,
    Whole,
    Parts(Vec<String>),
}

fn below(name: &str, core: &str, names: &[String]) -> Below {
    let own = lower(name);
    let mark = if own.starts_with("urn:") { ':' } else { '.' };
    let mut parts = Vec::new();
    for given in names {
        let given = given
            .strip_prefix(core)
            .and_then(|rest| rest.strip_prefix(':'))
            .unwrap_or(given);
        if given == own {
            return Below::Whole;
        }
        if let Some(part) = given.strip_prefix(&own).and_then(|rest| rest.strip_prefix(mark)) {
            parts.push(part.to_owned());
        }
    }
    if parts.is_empty() {
        Below::Nothing
    } else {
        Below::Parts(parts)
    }
}

fn kept(resource: Map<String, Value>, core: &str, names: &[String]) -> Map<String, Value> {
    let mut shown = Map::new();
    for (name, value) in resource {
        let value = match below(&name, core, names) {
            _ if is_always(&name) => Some(value),
            Below::Whole => Some(value),
            Below::Parts(parts) => Some(each(value, &|object| kept(object, "", &parts))),
            // A name without its URN means an extension's attribute too.
            Below::Nothing if name.starts_with("urn:") => match value {
                Value::Object(inside) => {
                    let inside = kept(inside, "", names);
                    (!inside.is_empty()).then_some(Value::Object(inside))
                }
                _ => None,
            },
            Below::Nothing => None,
        };
        if let Some(value) = value {
            shown.insert(name, value);
        }
    }
    shown
}

fn without(resource: Map<String, Value>, core: &str, names: &[String]) -> Map<String, Value> {
    let mut shown = Map::new();
    for (name, value) in resource {
        let value = match below(&name, core, names) {
            _ if is_always(&name) => Some(value),
            Below::Whole => None,
            Below::Parts(parts) => Some(each(value, &|object| without(object, "", &parts))),
            Below::Nothing => Some(value),
        };
        if let Some(value) = value {
            shown.insert(name, value);
        }
    }
    shown
}

fn each(value: Value, change: &dyn Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Object(object) => Value::Object(change(object)),
        Value::Array(list) => list.into_iter().map(|value| each(value, change)).collect(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::ENTERPRISE;

    fn shown(picked: &Picked) -> Value {
        let resource = json!({
            "schemas": ["s"], "id": "1", "userName": "a",
            "name": { "givenName": "A", "familyName": "B" },
            "emails": [{ "value": "a@example.com", "type": "work" }],
            ENTERPRISE: { "department": "D", "costCenter": "C" },
        });
        Value::Object(picked.of(Kind::User, resource.as_object().expect("an object").clone()))
    }

    #[test]
    fn names_are_picked_in_any_case_down_to_their_parts() {
        let urn = "URN:ietf:params:scim:schemas:core:2.0:User:userName";
        let only = format!("{urn}, name.givenname,emails.VALUE,{ENTERPRISE}:department");
        assert_eq!(
            shown(&Picked::read(Some(&only), None)),
            json!({
                "schemas": ["s"], "id": "1", "userName": "a", "name": { "givenName": "A" },
                "emails": [{ "value": "a@example.com" }], ENTERPRISE: { "department": "D" },
            })
        );
        let except = format!("id,name,emails.type,{ENTERPRISE}:costCenter");
        assert_eq!(
            shown(&Picked::read(None, Some(&except))),
            json!({
                "schemas": ["s"], "id": "1", "userName": "a", "emails": [{ "value": "a@example.com" }],
                ENTERPRISE: { "department": "D" },
            })
        );
        assert!(!Picked::read(None, Some("members")).wants(Kind::Group, "members"));
        assert!(Picked::read(Some("members.value"), None).wants(Kind::Group, "members"));
        assert!(!Picked::read(Some("displayName"), None).wants(Kind::Group, "members"));
    }
}
