//! Who can get in: the systems whose lists are held against the roster, and how each stands.
//!
//! Owners and auditors look; only owners bring lists in and decide. Not here: the comparison (crate `access`).

mod account;
mod bucket;
mod list;
mod system;
mod terms;

use access::Bucket;
use access::grant::Grant;
use access::record::{self, Record};
use access::system::System;
use axum::{Router, extract::State, routing::get};
use db::{Day, Db, Reader, Result};
use web::{
    Answer, Auditor, Column, Markup, Opening, Place, Role, Screen, Standing, Table, html, main_link, tag,
};

use super::on;
use crate::wording::{counted, people};

/// A list older than this says little about today.
const STALE_DAYS: i32 = 35;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/access", get(index))
        .merge(list::routes())
        .merge(system::routes())
        .merge(terms::routes())
        .merge(bucket::routes())
        .merge(account::routes())
}

struct Line {
    system: System,
    newest: Option<Record>,
}

struct Seen {
    lines: Vec<Line>,
    without: u64,
    here: u64,
    today: Day,
}

async fn index(place: Place, auditor: Auditor, State(db): State<Db>) -> Answer {
    let seen = db.read(look).await?;
    let owns = auditor.roles.has(Role::Owner);
    let finding = finding(&seen);
    let mut opening = Opening::new(&finding).lead(
        "A list of accounts, as a system exports it, is held against the roster: who can get in and should not, and who can get in without the training for it.",
    );
    if owns {
        opening = opening.actions(main_link("Bring a list in", "/access/lists/new"));
    }
    let body = html! {
        (opening)
        (table(&seen))
        @if !seen.lines.is_empty() { (letters()) (question(&seen)) }
    };
    Screen::shell(&place, "Access", body).answer()
}

fn look(reader: &mut Reader) -> Result<Seen> {
    let today = reader.today()?;
    let mut lines = Vec::new();
    for system in access::system::all(reader)? {
        let newest = record::recent(reader, &system.name)?.into_iter().next();
        lines.push(Line { system, newest });
    }
    let here = roster::people::count_here(reader, today)?.unsigned_abs();
    let mut without = 0;
    if !lines.is_empty() {
        access::question::each(reader, today, |_| {
            without += 1;
            Ok(())
        })?;
    }
    Ok(Seen {
        lines,
        without,
        here,
        today,
    })
}

fn finding(seen: &Seen) -> String {
    let findings: u64 = seen
        .lines
        .iter()
        .filter_map(|line| line.newest.as_ref())
        .map(|record| record.counts.findings())
        .sum();
    let systems = counted(seen.lines.len() as u64, "system", "systems");
    match (seen.lines.is_empty(), findings) {
        (true, _) => "No list of accounts has been brought in yet.".to_owned(),
        (false, 0) => format!("Every account of {systems} is in order."),
        (false, 1) => format!("One account of {systems} is not in order."),
        (false, n) => format!(
            "{} accounts of {systems} are not in order.",
            web::table::thousands(n)
        ),
    }
}

fn table(seen: &Seen) -> Table {
    let mut columns = vec![
        Column::new("System").wide(),
        Column::new("List of"),
        Column::new("Accounts").number(),
        Column::new("Not in order").number(),
    ];
    columns.extend(Bucket::FINDINGS.map(|bucket| Column::new(letter(bucket)).number()));
    columns.push(Column::new("Answers for it"));
    let rows = seen.lines.iter().map(|line| {
        let counts = line.newest.as_ref().map(|record| &record.counts);
        let mut cells = vec![
            html! { a href={ "/access/" (line.system.name) } { (line.system.name) } },
            listed(line, seen.today),
            html! { @if let Some(counts) = counts { (counts.accounts) } },
            html! { @if let Some(counts) = counts { (standing(counts.findings())) } },
        ];
        cells.extend(Bucket::FINDINGS.map(|bucket| {
            let number = counts.map(|counts| counts.of(bucket)).unwrap_or_default();
            html! {
                @if number > 0 { a href={ "/access/" (line.system.name) "/" (bucket.as_str()) } { (number) } }
                @else { "0" }
            }
        }));
        cells.push(html! { @match &line.system.terms.owner_email { Some(owner) => (owner), None => span.soft { "nobody yet" } } });
        cells
    });
    Table::new("Systems", columns)
        .caption_hidden()
        .labelled()
        .rows(rows)
        .of(seen.lines.len() as u64, "systems")
        .empty(html! {
            "Export the list of members or users of a system that matters, for example GitHub, Okta, AWS, Google or Entra, and bring it in. Nothing is sent anywhere, and the file itself is not kept."
        })
}

fn listed(line: &Line, today: Day) -> Markup {
    match &line.newest {
        None => html! { span.soft { "no list yet" } },
        Some(record) if record.snapshot_on < today - STALE_DAYS => {
            tag(Standing::Attention, html! { (on(record.snapshot_on)) ", old" })
        }
        Some(record) => html! { (on(record.snapshot_on)) },
    }
}

fn standing(findings: u64) -> Markup {
    if findings == 0 {
        tag(Standing::Met, "0")
    } else {
        tag(Standing::Gap, findings)
    }
}

fn question(seen: &Seen) -> Markup {
    let sentence = match seen.without {
        0 => format!(
            "Each of the {} who are here has an account in some list.",
            people(seen.here)
        ),
        n => format!(
            "{} of the {} who are here have no account in any list.",
            web::table::thousands(n),
            people(seen.here)
        ),
    };
    html! {
        (web::panel("D: on the roster, no known access", html! {}, html! {
            p { (sentence) " That is no fault, but a question: is a list missing, or do they really get in nowhere?" }
            @if seen.without > 0 { p { a href="/access/without" { "See who they are" } } }
        }))
    }
}

/// What one person could get into, on their page; whoever may see every account is led to it.
pub(super) fn of_person(grants: &[Grant], sees_all: bool) -> Markup {
    if grants.is_empty() {
        return html! {};
    }
    let columns = [
        Column::new("System"),
        Column::new("Account"),
        Column::new("Role").wide(),
        Column::new("From"),
        Column::new("Gone on"),
    ];
    let rows = grants.iter().map(|grant| {
        let account = html! {
            @if sees_all && grant.until_on.is_none() { a href=(account_href(&grant.system, &grant.account)) { (grant.login) } }
            @else { (grant.login) }
        };
        [
            html! { (grant.system) },
            account,
            html! { (grant.role.as_deref().unwrap_or("")) @if grant.privileged { " (privileged)" } },
            html! { (on(grant.from_on)) @if grant.observed { " " small.soft { "or before" } } },
            html! { @match grant.until_on { Some(day) => (on(day)), None => "still there" } },
        ]
    });
    let table = Table::new("Access, as lists of accounts show it", columns)
        .labelled()
        .rows(rows);
    html! { (table.of(grants.len() as u64, "grants")) }
}

/// "A": what it stands for is said under the table.
fn letter(bucket: Bucket) -> String {
    bucket.as_str().to_uppercase()
}

/// What the letters stand for.
fn letters() -> Markup {
    let said: Vec<String> = Bucket::FINDINGS
        .iter()
        .map(|bucket| format!("{}: {}", letter(*bucket), system::lower(bucket.label())))
        .collect();
    html! { p.soft { (said.join("; ")) "." } }
}

/// The address of one account's page.
fn account_href(system: &str, key: &str) -> String {
    format!("/access/{system}/account?key={}", encoded(key))
}

/// A value as it stands in an address.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte))
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
