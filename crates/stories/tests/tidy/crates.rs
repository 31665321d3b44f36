//! Which crate may know of which: the direction of the house, as a table.
//!
//! Cargo forbids circles. This forbids new edges: one that is missing here is a question of design,
//! asked when somebody adds the line. Dependencies of tests are free.

use std::collections::BTreeSet;

use crate::repository::sources;
use crate::{Finding, assert_tidy};

/// What each crate may depend on. Mechanisms first: `seal` and `stats` know nothing of ours.
const EDGES: &[(&str, &[&str])] = &[
    ("seal", &[]),
    ("stats", &[]),
    ("paper", &[]),
    ("db", &[]),
    ("jobs", &["db"]),
    ("mail", &["db", "jobs"]),
    ("chat", &["db"]),
    ("web", &["db"]),
    ("ledger", &["db", "jobs", "seal", "web"]),
    ("identity", &["db", "jobs", "mail", "web", "ledger"]),
    ("roster", &["db", "jobs", "paper", "web", "ledger", "identity"]),
    ("access", &["db", "jobs", "web", "ledger", "identity", "roster"]),
    ("scim", &["db", "jobs", "web", "ledger", "identity", "roster"]),
    ("controls", &["db", "web", "ledger", "identity"]),
    ("curriculum", &["db", "web", "ledger", "identity"]),
    (
        "assignments",
        &[
            "db",
            "jobs",
            "mail",
            "chat",
            "paper",
            "web",
            "ledger",
            "identity",
            "roster",
            "access",
            "controls",
            "curriculum",
        ],
    ),
    (
        "learning",
        &[
            "db",
            "jobs",
            "mail",
            "paper",
            "seal",
            "stats",
            "web",
            "ledger",
            "identity",
            "roster",
            "curriculum",
            "assignments",
        ],
    ),
    (
        "evidence",
        &[
            "db",
            "jobs",
            "paper",
            "seal",
            "stats",
            "web",
            "ledger",
            "identity",
            "roster",
            "access",
            "controls",
            "curriculum",
            "assignments",
            "learning",
        ],
    ),
    (
        "muster",
        &[
            "db",
            "jobs",
            "mail",
            "paper",
            "seal",
            "stats",
            "web",
            "ledger",
            "identity",
            "roster",
            "access",
            "scim",
            "controls",
            "curriculum",
            "assignments",
            "learning",
            "evidence",
        ],
    ),
    (
        "stories",
        &[
            "db",
            "jobs",
            "mail",
            "paper",
            "seal",
            "stats",
            "web",
            "ledger",
            "identity",
            "roster",
            "access",
            "scim",
            "controls",
            "curriculum",
            "assignments",
            "learning",
            "evidence",
            "muster",
        ],
    ),
];

/// The edges `manifest` draws to `ours` that the table does not have, and lints it does not inherit.
fn edges(path: &str, manifest: &str, ours: &BTreeSet<String>) -> Vec<Finding> {
    let table: toml::Table = match manifest.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(path, 0, format!("is not TOML: {error}"))],
    };
    let name = path.split('/').nth(1).unwrap_or(path);
    let mut findings = Vec::new();
    let Some((_, allowed)) = EDGES.iter().find(|(from, _)| *from == name) else {
        return vec![Finding::new(
            path,
            0,
            "is a crate without a row in the table of edges in tidy/crates.rs",
        )];
    };
    let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
    for to in dependencies.into_iter().flat_map(toml::Table::keys) {
        if ours.contains(to) && !allowed.contains(&to.as_str()) {
            findings.push(Finding::new(
                path,
                0,
                format!("`{name}` may not know of `{to}`; leave a ledger entry and a row in reactions"),
            ));
        }
    }
    let inherits = table
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        findings.push(Finding::new(path, 0, "does not say `[lints] workspace = true`"));
    }
    findings
}

#[test]
fn a_new_edge_a_new_crate_and_missing_lints_are_found() {
    let ours: BTreeSet<String> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let check = |name: &str, text: &str| edges(&format!("crates/{name}/Cargo.toml"), text, &ours).len();
    assert_eq!(
        check(
            "db",
            "[lints]\nworkspace = true\n[dependencies]\nroster.workspace = true\n"
        ),
        1
    );
    assert_eq!(
        check(
            "db",
            "[lints]\nworkspace = true\n[dev-dependencies]\nroster.workspace = true\n"
        ),
        0
    );
    assert_eq!(
        check("jobs", "[dependencies]\ndb.workspace = true\nserde = \"1\"\n"),
        1,
        "no lints"
    );
    assert_eq!(
        check("billing", "[lints]\nworkspace = true\n"),
        1,
        "not in the table"
    );
}

#[test]
fn the_table_has_no_circle_and_mechanisms_know_no_word_of_the_domain() {
    let place = |name: &str| {
        EDGES
            .iter()
            .position(|(from, _)| *from == name)
            .expect("every crate named has a row")
    };
    for (from, allowed) in EDGES {
        for to in *allowed {
            assert!(
                place(to) < place(from),
                "{from} comes before {to}, which it depends on"
            );
        }
    }
}

#[test]
fn every_edge_between_crates_is_in_the_table() {
    let manifests: Vec<_> = sources()
        .iter()
        .filter(|source| {
            source.path.starts_with("crates/")
                && source.path.matches('/').count() == 2
                && source.name() == "Cargo.toml"
        })
        .collect();
    let ours: BTreeSet<String> = manifests
        .iter()
        .filter_map(|source| source.path.split('/').nth(1))
        .map(str::to_owned)
        .collect();
    assert!(ours.contains("stories"), "the walk found the crates");
    assert_tidy(
        manifests
            .iter()
            .flat_map(|source| edges(&source.path, &source.text, &ours))
            .collect(),
    );
}
