//! What muster is built from: licences, sources and bans, by the lists in `deny.toml`.
//!
//! The same lists serve `cargo deny`, which takes minutes to build and is not on every machine. This reads
//! what cargo itself says of every package it locked, for every platform. Not here: known vulnerabilities,
//! which need a database fetched from the network (`cargo deny check advisories`).

use std::process::Command;

use serde_json::Value;

use crate::repository::{root, source};
use crate::{Finding, assert_tidy};

/// The lists of `deny.toml`.
struct Terms {
    licences: Vec<String>,
    bans: Vec<String>,
    registries: Vec<String>,
}

impl Terms {
    fn parse(text: &str) -> Self {
        let table: toml::Table = text.parse().expect("deny.toml is TOML");
        let list = |section: &str, key: &str| -> Vec<String> {
            let items = table[section][key].as_array().expect("deny.toml has the list");
            let name = |item: &toml::Value| {
                item.as_str()
                    .or_else(|| item["crate"].as_str())
                    .map(str::to_owned)
            };
            items
                .iter()
                .map(|item| name(item).expect("an item is a text or names a crate"))
                .collect()
        };
        Self {
            licences: list("licenses", "allow"),
            bans: list("bans", "deny"),
            registries: list("sources", "allow-registry"),
        }
    }
}

/// The findings about one package of `cargo metadata`.
fn package(package: &Value, terms: &Terms) -> Vec<Finding> {
    let name = package["name"].as_str().unwrap_or_default();
    let mut findings = Vec::new();
    let mut find =
        |message: String| findings.push(Finding::new("Cargo.lock", 0, format!("`{name}` {message}")));
    if terms.bans.iter().any(|banned| banned == name) {
        find("is banned in deny.toml, which says why".to_owned());
    }
    match package["source"].as_str() {
        None => {}
        Some(source)
            if terms
                .registries
                .iter()
                .any(|allowed| source.strip_prefix("registry+") == Some(allowed)) => {}
        Some(source) => find(format!("comes from {source}, which deny.toml does not allow")),
    }
    match package["license"].as_str() {
        None => find("states no licence".to_owned()),
        Some(licence) if may_be_used(licence, &terms.licences) => {}
        Some(licence) => find(format!("is under `{licence}`, which deny.toml does not allow")),
    }
    findings
}

/// Whether an SPDX expression can be met with the `allowed` licences. `/` is the old way to write `or`.
fn may_be_used(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&words, &mut at, allowed);
    met && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        let other = both(words, at, allowed);
        met = met || other;
    }
    met
}

fn both(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        let other = one(words, at, allowed);
        met = met && other;
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(first) = words.get(*at) else { return false };
    *at += 1;
    if *first == "(" {
        let met = either(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return met && closed;
    }
    let mut name = (*first).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn an_expression_is_met_only_by_what_is_allowed() {
    let allowed = [
        "MIT".to_owned(),
        "ISC".to_owned(),
        "Apache-2.0 WITH LLVM-exception".to_owned(),
    ];
    for met in [
        "MIT",
        "MIT/GPL-3.0",
        "GPL-3.0 OR MIT",
        "MIT AND ISC",
        "(GPL-3.0 OR MIT) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(may_be_used(met, &allowed), "{met}");
    }
    for unmet in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND GPL-3.0",
        "Apache-2.0",
        "",
        "(MIT",
        "MIT ISC",
    ] {
        assert!(!may_be_used(unmet, &allowed), "{unmet}");
    }
}

#[test]
fn a_banned_package_a_private_source_and_a_foreign_licence_are_found() {
    let text = &source("deny.toml").expect("deny.toml is in the repository").text;
    let terms = Terms::parse(text);
    let bad =
        serde_json::json!({ "name": "openssl", "source": "git+https://example.org/x", "license": "GPL-3.0" });
    assert_eq!(package(&bad, &terms).len(), 3);
    let unlicensed = serde_json::json!({ "name": "x", "source": null, "license": null });
    assert_eq!(package(&unlicensed, &terms).len(), 1);
}

#[test]
fn everything_muster_is_built_from_is_allowed_by_deny_toml() {
    let terms = Terms::parse(&source("deny.toml").expect("deny.toml is in the repository").text);
    let said = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo, which built this test, can be run");
    assert!(
        said.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    let metadata: Value = serde_json::from_slice(&said.stdout).expect("cargo metadata writes JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("cargo metadata lists packages");
    assert!(
        packages.len() > 50,
        "cargo metadata lists everything, not only what is ours"
    );
    assert_tidy(packages.iter().flat_map(|found| package(found, &terms)).collect());
}
