//! One system: how its newest list stands, bucket by bucket, and the record of what was compared with what.

use std::collections::HashMap;

use access::account::{self, Sorted};
use access::finding::{self, Open};
use access::list::{self, List};
use access::record::{self, Counts, Record};
use access::system::{self, By, Need, System};
use access::{Bucket, link::LinkedBy};
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use db::{Db, Moment, Reader, Result, Zone};
use web::{
    Answer, Auditor, Column, Count, Error, Markup, Opening, Place, Role, Screen, Standing, Table,
    button_link, html, main_link, note, panel, roll_call, trail,
};

use super::super::{coverage::year, on, when};
use super::account_href;
use crate::exports::{Terms, names::Names};
use crate::wording::counted;

/// Accounts of one bucket that the page of its system shows.
const SHOWN_MAX: i64 = 20;
/// How much of a digest tells two files apart by eye; the whole is in the ledger.
const DIGEST_SHOWN: usize = 12;
/// Records that are shown; the ledger has them all.
const RECORDS_SHOWN: usize = 10;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/access/{system}", get(show))
}

struct Seen {
    system: System,
    list: Option<List>,
    records: Vec<Record>,
    buckets: Vec<(Bucket, Vec<Sorted>)>,
    open: Open,
    names: Names,
    /// Whether some rule owes training because of access to this system.
    ruled: bool,
    zone: Zone,
}

async fn show(place: Place, auditor: Auditor, State(db): State<Db>, Path(name): Path<String>) -> Answer {
    let seen = db.read(move |reader| look(reader, &name)).await?;
    let seen = seen.ok_or(Error::Missing)?;
    let owns = auditor.roles.has(Role::Owner);
    let name = &seen.system.name;
    let newest = seen.records.first();
    let mut opening = Opening::new(finding(name, newest.map(|record| &record.counts)))
        .over(trail(&[("Access", "/access")], name))
        .lead(lead(&seen));
    if owns {
        opening = opening.actions(html! {
            (main_link("Bring the next list in", &format!("/access/lists/new?system={name}")))
            (button_link("Change what holds for it", &format!("/access/{name}/terms")))
        });
    }
    let body = html! {
        (opening)
        @if let Some(record) = newest { (counts(name, &record.counts)) }
        @for (bucket, accounts) in &seen.buckets { (section(&seen, *bucket, accounts)) }
        @if let Some(record) = newest { (others(name, &record.counts)) }
        (holds(&seen.system, owns && !seen.ruled))
        @if !seen.records.is_empty() { (records(&seen)) }
    };
    Screen::shell(&place, format!("Access to {name}"), body).answer()
}

fn look(reader: &mut Reader, name: &str) -> Result<Option<Seen>> {
    let Some(system) = system::find(reader, name)? else {
        return Ok(None);
    };
    let mut buckets = Vec::new();
    for bucket in Bucket::FINDINGS {
        let accounts = account::in_bucket(reader, (name, bucket), "", SHOWN_MAX)?;
        if !accounts.is_empty() {
            buckets.push((bucket, accounts));
        }
    }
    let terms = Terms {
        window: year(reader.today()?),
        known_at: Moment(i64::MAX),
    };
    Ok(Some(Seen {
        list: list::newest(reader, name)?,
        records: record::recent(reader, name)?,
        open: finding::open(reader, name)?,
        names: if buckets.is_empty() {
            Names::default()
        } else {
            Names::load(reader, terms)?
        },
        ruled: assignments::rule::list(reader)?.iter().any(|rule| {
            rule.audience.asks_for_grants() && rule.audience.to_json().contains(&format!("\"{name}\""))
        }),
        zone: reader.zone()?,
        buckets,
        system,
    }))
}

fn finding(name: &str, counts: Option<&Counts>) -> String {
    let Some(counts) = counts else {
        return format!("No list of {name} has been brought in yet.");
    };
    let accounts = web::table::thousands(counts.accounts);
    match (counts.accounts, counts.findings()) {
        (_, 0) => format!("Every account of {name} is in order."),
        (1, _) => format!("The one account of {name} is not in order."),
        (_, 1) => format!("One of {accounts} accounts of {name} is not in order."),
        (_, n) => format!(
            "{} of {accounts} accounts of {name} are not in order.",
            web::table::thousands(n)
        ),
    }
}

fn lead(seen: &Seen) -> String {
    let Some(list) = &seen.list else {
        return "Bring in the list of its members or users, as the system exports it.".to_owned();
    };
    let owner = match &seen.system.terms.owner_email {
        Some(owner) => format!(" {owner} answers for it."),
        None => " Nobody answers for it yet.".to_owned(),
    };
    format!(
        "{} of {}: {} from {}.{owner}",
        list.profile.label(),
        list.snapshot_on.long(),
        counted(list.rows, "row", "rows"),
        list.file_name
    )
}

fn counts(name: &str, counts: &Counts) -> Markup {
    let count = |kind, bucket: Bucket, words: &str| {
        Count::new(kind, counts.of(bucket), words).href(format!("/access/{name}/{}", bucket.as_str()))
    };
    roll_call(
        "account",
        &[
            count(Standing::Met, Bucket::InOrder, "in order"),
            count(Standing::Gap, Bucket::A, "not on the roster (A)"),
            count(Standing::Gap, Bucket::B, "after leaving (B)"),
            count(Standing::Gap, Bucket::C, "without the training (C)"),
            count(Standing::Attention, Bucket::E, "service or shared, no owner (E)"),
            count(Standing::Attention, Bucket::F, "could be somebody’s (F)"),
            count(Standing::None, Bucket::Inactive, "cannot sign in"),
            count(Standing::None, Bucket::Excluded, "left out by a decision"),
        ],
    )
}

fn section(seen: &Seen, bucket: Bucket, accounts: &[Sorted]) -> Markup {
    let name = &seen.system.name;
    let total = seen
        .records
        .first()
        .map(|record| record.counts.of(bucket))
        .unwrap_or_default();
    let caption = format!("{}: {}", bucket.as_str().to_uppercase(), lower(bucket.label()));
    let mut table = table(&caption, name, accounts, (&seen.open, &seen.names)).of(total, "accounts");
    if total > accounts.len() as u64 {
        table = table.link("Show all", format!("/access/{name}/{}", bucket.as_str()));
    }
    html! {
        section.stack {
            (table)
            p.soft { (way_out(bucket)) }
        }
    }
}

/// A table of accounts, with what was found about them.
pub(super) fn table(
    caption: &str,
    system: &str,
    accounts: &[Sorted],
    (open, names): (&HashMap<String, finding::Finding>, &Names),
) -> Table {
    let columns = [
        Column::new("Account"),
        Column::new("Line").number(),
        Column::new("Whose"),
        Column::new("Role"),
        Column::new("Why").wide(),
        Column::new("See to it by"),
    ];
    let rows = accounts.iter().map(|one| {
        [
            html! { a href=(account_href(system, &one.account.key)) { (one.account.login) } },
            html! { (one.account.line) },
            whose(one, names),
            html! { (one.account.role.as_deref().unwrap_or("")) @if one.privileged { " " span.nowrap.soft { "(privileged)" } } },
            html! { (one.reason) },
            html! { @if let Some(finding) = open.get(&one.account.key) { (on(finding.due_on)) } },
        ]
    });
    Table::new(caption, columns).labelled().rows(rows)
}

fn whose(one: &Sorted, names: &Names) -> Markup {
    match (&one.person, &one.linked_by) {
        (Some(person), Some(by)) => html! {
            a href={ "/people/" (person) } title={ "Known " (LinkedBy::words(by)) } { (names.call(person)) }
        },
        _ => html! { @match &one.account.name { Some(name) => (name), None => span.soft { "unknown" } } },
    }
}

/// What to do about the accounts of a bucket.
pub(super) fn way_out(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::A => {
            "Take the access away, or put the person on the roster. When an account is somebody’s after all, open it and say whose."
        }
        Bucket::B => "Take the access away today; the next list shows that it is gone.",
        Bucket::C => "Have the training done, or take the access away until it is.",
        Bucket::E => "Open each and name who answers for it, or take the access away.",
        Bucket::F => "Open each and say whose it is. A name alone is never taken for proof.",
        Bucket::Excluded => "Left out until the decision runs out; then it is looked at again.",
        Bucket::Inactive => "Suspended, invited or unassigned: nobody gets in by these.",
        Bucket::InOrder => "Each belongs to somebody who is here and has what is asked, or has an owner.",
    }
}

fn others(name: &str, counts: &Counts) -> Markup {
    let links = [Bucket::InOrder, Bucket::Excluded, Bucket::Inactive];
    html! {
        p.row.table-foot {
            @for bucket in links {
                @if counts.of(bucket) > 0 {
                    a href={ "/access/" (name) "/" (bucket.as_str()) } { (bucket.label()) ": " (web::table::thousands(counts.of(bucket))) }
                }
            }
        }
    }
}

fn holds(system: &System, unruled: bool) -> Markup {
    let terms = &system.terms;
    let need = match &terms.need {
        Some(need) => super::super::capital(&need.to_string()),
        None => "No training of its own; whatever else is overdue counts".to_owned(),
    };
    let words = if terms.privileged.is_empty() {
        "none".to_owned()
    } else {
        terms.privileged.join(", ")
    };
    panel(
        "What holds for it",
        html! {},
        html! {
            (web::facts([
                ("Training", need),
                ("Answers for it", terms.owner_email.clone().unwrap_or_else(|| "nobody yet".to_owned())),
                ("Privileged roles contain", words),
            ]))
            @if let Some(need) = terms.need.as_ref().filter(|_| unruled) {
                (note(Standing::Attention, html! { p {
                    "No rule owes anybody this training because of access. " a href=(rule_href(&system.name, need)) { "Make it a rule" }
                    ", and whoever gets in is told."
                } }))
            }
        },
    )
}

/// The form of a rule, filled with what holds for the system.
fn rule_href(name: &str, need: &Need) -> String {
    let by = match need.by {
        By::BeforeAccess => "by=before_access".to_owned(),
        By::Days(days) => format!("by=days&onboarding_days={days}&mover_days={days}"),
    };
    format!(
        "/programme/rules/new?name=Access+to+{name}&audience=any&system_access={name}&{by}&refresh_days=365"
    )
}

fn records(seen: &Seen) -> Markup {
    let columns = [
        Column::new("Compared"),
        Column::new("List of"),
        Column::new("File").wide(),
        Column::new("Accounts").number(),
        Column::new("Not in order").number(),
        Column::new("Decisions").number(),
        Column::new("Roster from").wide(),
    ];
    let rows = seen.records.iter().take(RECORDS_SHOWN).map(|record| {
        let sources: Vec<String> = record
            .inputs
            .iter()
            .map(|input| format!("{} {}", input.source, shown(&input.file_sha256)))
            .collect();
        [
            when(record.reconciled_at, &seen.zone),
            html! { (on(record.snapshot_on)) },
            html! { (record.file_name) br; small.soft.mono { (shown(&record.file_sha256)) } },
            html! { (record.counts.accounts) },
            html! { (record.counts.findings()) },
            html! { (record.counts.decisions) },
            html! { small.mono { (sources.join(", ")) } },
        ]
    });
    let table = Table::new("Comparisons", columns)
        .caption_hidden()
        .labelled()
        .rows(rows)
        .of(seen.records.len() as u64, "comparisons");
    panel(
        "What was compared with what",
        html! { a href="/ledger?act=access-reconciled" { "In the ledger" } },
        html! {
            p { "For an auditor who asks how the list of people is known to be complete. Each comparison is an entry of the ledger, with the digests of the files and of everything that was not in order." }
            (table)
        },
    )
}

fn shown(digest: &str) -> &str {
    digest.get(..DIGEST_SHOWN).unwrap_or(digest)
}

/// A label as it stands within a sentence.
pub(super) fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
