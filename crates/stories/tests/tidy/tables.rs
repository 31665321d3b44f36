//! Tables and the SQL over them: who writes what, and what no statement may say.
//!
//! The owner of a table is named where it is made: `-- person: written by crates/roster.` Only that
//! crate's source inserts into it, updates it or deletes from it.

use std::collections::BTreeMap;

use crate::repository::{Source, source, sources};
use crate::tokens::{Statement, shipped, statements};
use crate::{Finding, assert_tidy};

const MIGRATE: &str = "crates/db/src/migrate.rs";

/// Table → owning crate, and the tables that do not say.
fn owners(path: &str, text: &str) -> (BTreeMap<String, String>, Vec<Finding>) {
    let (mut said, mut owners, mut findings) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        if let Some((table, rest)) = line
            .strip_prefix("-- ")
            .and_then(|line| line.split_once(": written by crates/"))
        {
            let owner = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            said.insert(table.to_owned(), owner.to_owned());
        }
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || c == '(')
            .filter(|word| !word.is_empty())
            .collect();
        if let ["create", "table", table, ..] = words[..] {
            match said.get(table) {
                Some(owner) => {
                    owners.insert(table.to_owned(), owner.clone());
                }
                None => findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("`{table}` does not say who writes it: `-- {table}: written by crates/…`"),
                )),
            }
        }
    }
    (owners, findings)
}

/// Lower-case words and single marks; quoted text is one word.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for character in sql.chars() {
        if character == '\'' {
            quoted = !quoted;
            word.push(character);
        } else if quoted || character.is_alphanumeric() || "_$.".contains(character) {
            word.push(character.to_ascii_lowercase());
        } else {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !character.is_whitespace() {
                words.push(character.to_string());
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The tables a statement writes.
fn written(sql: &str) -> Vec<String> {
    let words = words(sql);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let mut tables = Vec::new();
    for at in 0..words.len() {
        let table = match (word(at), word(at + 1)) {
            ("insert", "into") | ("delete", "from") => word(at + 2),
            ("update", "set") => continue,
            // `on conflict do update set` and `for update of x` write no table of their own.
            ("update", table) if at == 0 || !matches!(word(at - 1), "for" | "do") => table,
            _ => continue,
        };
        tables.push(table.to_owned());
    }
    tables
}

fn writers(
    path: &str,
    crate_name: &str,
    found: &[Statement],
    owners: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in found {
        for table in written(&statement.text) {
            match owners.get(&table) {
                Some(owner) if owner == crate_name => {}
                Some(owner) => findings.push(Finding::new(
                    path,
                    statement.line,
                    format!("writes `{table}`, which only crates/{owner} writes; call it"),
                )),
                None => findings.push(Finding::new(
                    path,
                    statement.line,
                    format!("writes `{table}`, which no file in schema/ makes"),
                )),
            }
        }
    }
    findings
}

/// `select *`, `person.*`, `returning *`. Counting rows and multiplying are fine.
fn stars(sql: &str) -> bool {
    let words = words(sql);
    (1..words.len()).any(|at| {
        let before = words[at - 1].as_str();
        words[at] == "*"
            && (matches!(before, "select" | "returning" | "," | "distinct" | "all") || before.ends_with('.'))
    })
}

fn upper_case(sql: &str) -> bool {
    let outside_quotes: String = sql.split('\'').step_by(2).collect();
    outside_quotes.chars().any(char::is_uppercase)
}

/// A list that is collected has a limit, or the four lines above say `bounded:` and by what.
fn limits(path: &str, text: &str, found: &[Statement]) -> Vec<Finding> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    for statement in found.iter().filter(|statement| statement.listed) {
        let words = words(&statement.text);
        let says = |word: &str| words.iter().any(|said| said == word);
        let above = &lines[statement.line.saturating_sub(5)..statement.line.min(lines.len())];
        if says("from") && !says("limit") && !above.iter().any(|line| line.contains("bounded:")) {
            findings.push(Finding::new(
                path,
                statement.line,
                "lists without `limit`; give it one, stream with `each`, or say `// bounded: by what`",
            ));
        }
    }
    findings
}

fn shape(path: &str, found: &[Statement], odd: &[usize]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in found {
        if stars(&statement.text) {
            findings.push(Finding::new(
                path,
                statement.line,
                "selects `*`; name the columns, so that a new one changes nothing",
            ));
        }
        if upper_case(&statement.text) {
            findings.push(Finding::new(path, statement.line, "SQL is lower case"));
        }
    }
    let literal = "gives sql! something else than one string, so no test can find the statement";
    findings.extend(odd.iter().map(|line| Finding::new(path, *line, literal)));
    findings
}

/// Each migration `schema/NNNN_*.sql` has rows to try it on, `schema/samples/NNNN*.sql`.
fn samples(paths: &[&str]) -> Vec<Finding> {
    let number = |path: &str, folder: &str| -> Option<String> {
        let name = path.strip_prefix(folder)?.strip_suffix(".sql")?;
        (!name.contains('/')).then(|| name.chars().take_while(char::is_ascii_digit).collect())
    };
    let have: Vec<String> = paths
        .iter()
        .filter_map(|path| number(path, "schema/samples/"))
        .collect();
    let lacks = |path: &&&str| number(path, "schema/").is_some_and(|number| !have.contains(&number));
    paths
        .iter()
        .filter(lacks)
        .map(|path| Finding::new(path, 0, "has no sample rows in schema/samples/ under its number"))
        .collect()
}

/// Each schema file is named in the list that is compiled into the program.
fn registered(paths: &[&str], list: &str) -> Vec<Finding> {
    let lacks = |path: &&&str| {
        let name = path
            .strip_prefix("schema/")
            .and_then(|name| name.strip_suffix(".sql"));
        name.is_some_and(|name| !name.contains('/') && !list.contains(&format!("\"{name}\"")))
    };
    let message = format!("is not in the list in {MIGRATE}, so it is never applied");
    paths
        .iter()
        .filter(lacks)
        .map(|path| Finding::new(path, 0, &*message))
        .collect()
}

fn migrations() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| {
        source.path.starts_with("schema/")
            && source.path.matches('/').count() == 1
            && source.path.ends_with(".sql")
    })
}

/// Every shipped Rust file with its statements. A file that does not parse is found by `files`.
fn shipped_statements() -> impl Iterator<Item = (&'static Source, &'static str, Vec<Statement>, Vec<usize>)> {
    sources().iter().filter_map(|source| {
        let name = source.shipped_by()?;
        let (found, odd) = statements(&shipped(&source.text).ok()?);
        Some((source, name, found, odd))
    })
}

fn statement(text: &str, listed: bool) -> Statement {
    Statement {
        text: text.to_owned(),
        line: 5,
        listed,
    }
}

#[test]
fn a_table_without_an_owner_is_found() {
    let (owners, findings) = owners(
        "schema/0001.sql",
        "-- a: written by crates/db. Insert only.\ncreate table a (\ncreate table b (\n",
    );
    assert_eq!(owners.get("a").map(String::as_str), Some("db"));
    assert_eq!(findings.len(), 1);
}

#[test]
fn every_table_names_its_owner_which_exists() {
    let mut all = Vec::new();
    for migration in migrations() {
        let (owners, findings) = owners(&migration.path, &migration.text);
        all.extend(findings);
        for (table, owner) in owners {
            if source(&format!("crates/{owner}/Cargo.toml")).is_none() {
                all.push(Finding::new(
                    &migration.path,
                    0,
                    format!("`{table}` is written by crates/{owner}, which does not exist"),
                ));
            }
        }
    }
    assert_tidy(all);
}

#[test]
fn a_strangers_write_is_found_in_every_shape() {
    let owners = BTreeMap::from([("person".to_owned(), "roster".to_owned())]);
    let check = |name: &str, sql: &str| writers("a.rs", name, &[statement(sql, false)], &owners).len();
    for sql in [
        "insert into person (id) values ($1) on conflict (id) do update set id = $1",
        "update person set id = $1",
        "with gone as (delete from person where id = $1 returning id) select id from gone",
    ] {
        assert_eq!((check("roster", sql), check("learning", sql)), (0, 1), "{sql}");
    }
    assert_eq!(
        check(
            "learning",
            "select id from person where id = $1 for update skip locked"
        ),
        0
    );
    assert_eq!(
        check("roster", "insert into persn (id) values ($1)"),
        1,
        "no such table"
    );
}

#[test]
fn each_table_is_written_by_its_owner_alone() {
    let mut all: BTreeMap<String, String> = migrations()
        .flat_map(|source| owners(&source.path, &source.text).0)
        .collect();
    // Which migrations were applied: made before any schema file can say so.
    all.insert("schema_migration".to_owned(), "db".to_owned());
    assert_tidy(
        shipped_statements()
            .flat_map(|(source, name, found, _)| writers(&source.path, name, &found, &all))
            .collect(),
    );
}

#[test]
fn a_star_a_capital_and_a_statement_made_elsewhere_are_found() {
    for sql in [
        "select * from person",
        "select p.* from person p",
        "delete from person returning *",
        "SELECT id from person",
    ] {
        assert_eq!(shape("a.rs", &[statement(sql, false)], &[]).len(), 1, "{sql}");
    }
    assert_eq!(
        shape(
            "a.rs",
            &[statement("select count(*), 2 * n, 'A *' from person", false)],
            &[]
        ),
        []
    );
    assert_eq!(shape("a.rs", &[], &[7]).len(), 1);
}

#[test]
fn every_statement_names_its_columns_in_lower_case() {
    // crates/db hands on what others wrote, so there alone sql! may be given a macro's argument.
    assert_tidy(
        shipped_statements()
            .flat_map(|(source, name, found, odd)| {
                shape(&source.path, &found, if name == "db" { &[] } else { &odd })
            })
            .collect(),
    );
}

#[test]
fn a_list_without_a_limit_is_found() {
    let check = |sql: &str, text: &str, listed: bool| limits("a.rs", text, &[statement(sql, listed)]).len();
    assert_eq!(check("select id from person", "", true), 1);
    assert_eq!(check("select id from person limit $1", "", true), 0);
    assert_eq!(
        check("select id from person", "", false),
        0,
        "one row, or a stream"
    );
    assert_eq!(
        check(
            "select id from role",
            "\n// bounded: there are six roles\n\n\n\n",
            true
        ),
        0
    );
}

#[test]
fn every_list_has_a_limit() {
    assert_tidy(
        shipped_statements()
            .flat_map(|(source, _, found, _)| limits(&source.path, &source.text, &found))
            .collect(),
    );
}

#[test]
fn a_migration_without_sample_rows_is_found() {
    assert_eq!(
        samples(&[
            "schema/0001_db.sql",
            "schema/0002_ledger.sql",
            "schema/samples/0001.sql"
        ])
        .len(),
        1
    );
}

#[test]
fn every_migration_has_sample_rows() {
    assert_tidy(samples(
        &sources()
            .iter()
            .map(|source| source.path.as_str())
            .collect::<Vec<_>>(),
    ));
}

#[test]
fn a_schema_file_that_is_never_applied_is_found() {
    let paths = [
        "schema/0001_db.sql",
        "schema/0002_ledger.sql",
        "schema/samples/0002.sql",
    ];
    assert_eq!(registered(&paths, "migrations! { 1 \"0001_db\" }").len(), 1);
}

#[test]
fn every_schema_file_is_applied() {
    if let Some(list) = source(MIGRATE) {
        assert_tidy(registered(
            &sources()
                .iter()
                .map(|source| source.path.as_str())
                .collect::<Vec<_>>(),
            &list.text,
        ));
    }
}
