//! No filter and no PATCH makes reading it panic, and a PATCH leaves a resource that can be read again as itself.
//!
//! The first byte chooses what the rest is: a filter for users or groups, a path of an operation, or a whole PATCH.

use scim::body::{Reading, Said};
use scim::filter;
use scim::patch::{self, target};
use scim::quirk::{Profile, Quirks};
use scim::schema::Kind;
use serde_json::{Value, json};

const FILTERS: &[&str] = &[
    r#"userName eq "ada@example.com" and (title pr or not (active eq false))"#,
    r#"emails[type eq "work" and value co "@example.com"].value sw "a""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber ge "7""#,
    r#"meta.lastModified gt "2026-06-01T09:00:00Z" or members eq "x""#,
];

const PATHS: &[&str] = &[
    "name.givenName",
    r#"emails[type eq "work"].value"#,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    r#"members[value eq "1"]"#,
];

const PATCHES: &[&str] = &[
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"title","value":"x"},{"op":"replace","value":{"active":"False","name.givenName":"A"}}]}"#,
    r#"{"Operations":[{"op":"Remove","path":"emails[type eq \"home\"]"},{"op":"add","path":"emails","value":[{"value":"b@example.com","primary":true}]},{"op":"replace","path":"phoneNumbers.value","value":"1"}]}"#,
    r#"{"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","value":{"manager":"7","department":null}}]}"#,
];

fn user() -> Said {
    let user = json!({
        "userName": "ada@example.com",
        "name": { "givenName": "Ada", "familyName": "King" },
        "emails": [{ "type": "work", "value": "ada@example.com", "primary": true }, { "type": "home", "value": "a@example.net" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "1" } },
    });
    user.as_object().cloned().unwrap_or_default()
}

fn team() -> Said {
    Said::from_iter([("displayName".to_owned(), Value::String("Team".to_owned()))])
}

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let kind = if door % 2 == 0 { Kind::User } else { Kind::Group };
    let profile = Profile::ALL[usize::from(door / 8) % 3];
    let mut quirks = Quirks::default();
    match door % 8 {
        0..=2 => filtered(kind, text),
        3..=4 => drop(target::find(kind, text, &mut quirks)),
        _ => patched(kind, profile, text),
    }
}

/// What is read can be asked of both engines, and of nothing but the numbers of its values.
fn filtered(kind: Kind, text: &str) {
    let Ok(test) = filter::read(kind, text, &mut Quirks::default()) else {
        return;
    };
    let mut composed = db::Composed::of(db::piece!(
        "select r.key from scim_resource r where r.kind = 'User'"
    ));
    if filter::sql::push(&mut composed, kind, &test).is_ok() {
        let text = composed.text();
        assert_eq!(text.matches('(').count(), text.matches(')').count());
        assert!(text.is_ascii(), "nothing of the filter is in the statement");
    }
}

fn patched(kind: Kind, profile: Profile, text: &str) {
    let Ok(request) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let have = if kind == Kind::User { user() } else { team() };
    let mut quirks = Quirks::default();
    let mut reading = Reading {
        kind,
        profile,
        quirks: &mut quirks,
    };
    let Ok(done) = patch::apply(&mut reading, ("7", &have), request) else {
        return;
    };
    let again = reading.resource(Value::Object(done.body.clone()));
    if !profile.is_strict() {
        assert_eq!(
            again.as_ref(),
            Ok(&done.body),
            "what was made of it reads as itself"
        );
    }
}

/// What a fuzzer begins with: something for every door that it opens.
pub fn seeds() -> Vec<Vec<u8>> {
    let behind = |door: u8, text: &&str| [&[door], text.as_bytes()].concat();
    let mut seeds = Vec::new();
    for door in [0, 1] {
        seeds.extend(FILTERS.iter().map(|text| behind(door, text)));
    }
    for door in [3, 4] {
        seeds.extend(PATHS.iter().map(|text| behind(door, text)));
    }
    for door in [5, 6, 14, 22] {
        seeds.extend(PATCHES.iter().map(|text| behind(door, text)));
    }
    seeds
}
