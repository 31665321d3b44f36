//! The page a reader opens first: what was found, what is in the pack, what is not, and how to check it.
//!
//! It stands alone: no script, no typeface, no address but those inside the folder. It wears the house's clothes.

use db::Result;
use web::{
    Column, Count, Markup, PreEscaped, Render, Standing, Table, html, roll_call, table::thousands, tag,
};

use super::{Binder, Subject, record::LEFT_OUT};
use crate::{
    finding::Finding,
    measure::Outcome,
    wording::{self, counted},
};

/// Exceptions listed under one check; the rest are in the list.
const LINES_MAX: usize = 50;

/// Adds the page. Last of the payload, because it lists what is bound.
pub(crate) fn bind(binder: &mut Binder, subject: &Subject<'_>, records: u64) -> Result<()> {
    let page = page(binder, subject, records).into_string();
    binder.quietly("data/00-README.html", page)
}

/// How a status is drawn.
pub(crate) fn standing(outcome: Outcome) -> Standing {
    match outcome {
        Outcome::Met => Standing::Met,
        Outcome::NotMet => Standing::Gap,
        Outcome::Partial => Standing::Attention,
        Outcome::NotEvaluable | Outcome::Manual => Standing::None,
    }
}

fn page(binder: &Binder, subject: &Subject<'_>, records: u64) -> Markup {
    let finding = wording::tally(&subject.framework.title, &subject.status.checks);
    html! {
        (PreEscaped("<!DOCTYPE html>"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (finding) }
                style { (PreEscaped(web::assets::style_alone())) }
            }
            body {
                main.reading {
                    header.stack {
                        p.soft { (subject.organisation) " · " (wording::days(subject.window)) }
                        h1 { (finding) }
                        p.lead {
                            "Reckoned on " (subject.run_at.day(subject.zone).long()) " from "
                            (counted(subject.status.roster.count, "person", "people"))
                            " who were here on a day of the window, leavers included."
                        }
                        @if let Some(note) = &subject.status.note { p { b { (note) } } }
                        (roll(subject))
                    }
                    (results(subject))
                    (exceptions(subject))
                    (contents(binder, records))
                    (absent())
                    (checking(subject))
                }
            }
        }
    }
}

/// One mark for each person, from the check that is asked of everybody.
fn roll(subject: &Subject<'_>) -> Markup {
    let everybody = |f: &&Finding| f.predicate == controls::Predicate::P02 && f.population > 0;
    let Some(finding) = subject.status.checks.iter().find(everybody) else {
        return html! {};
    };
    html! {
        (roll_call("person", &[
            Count::new(Standing::Met, finding.passing, "covered on every day"),
            Count::new(Standing::Gap, wording::failing(finding), "with days not covered"),
        ]))
    }
}

fn results(subject: &Subject<'_>) -> Markup {
    let columns = [
        Column::new("Check"),
        Column::new("Answer"),
        Column::new("Of whom").number(),
        Column::new("In words").wide(),
    ];
    let mut sections = Vec::new();
    for requirement in &subject.framework.requirements {
        let rows = subject.status.checks.iter().filter(|f| f.requirement == requirement.id).map(|finding| {
            [
                html! { (finding.predicate.to_string()) " " (wording::titled(finding)) },
                tag(standing(finding.status), wording::outcome(finding.status)),
                html! { (wording::of(finding)) },
                html! { (wording::auditors(finding)) @if !finding.note.is_empty() { br; small { (finding.note) } } },
            ]
        });
        let table = Table::new(format!("Checks of {}", requirement.id), columns.clone())
            .caption_hidden()
            .rows(rows);
        sections.push(html! {
            section.stack {
                h2 { (requirement.id) " " (requirement.title) }
                p { (requirement.paraphrase) }
                (table.render())
            }
        });
    }
    html! { @for section in sections { (section) } }
}

fn exceptions(subject: &Subject<'_>) -> Markup {
    html! {
        section.stack {
            h2 { "Exceptions" }
            @for finding in subject.status.checks.iter().filter(|f| f.exceptions.counted() > 0) {
                @let counting = finding.exceptions.counted();
                h3 { (finding.requirement) " · " (finding.predicate.to_string()) " · " (wording::headline(finding)) }
                ul.stack {
                    @for exception in finding.exceptions.counting().take(LINES_MAX) {
                        li { b { (subject.names.call(&exception.person_id)) } " (" (exception.source) " " (exception.person) "): " (wording::dates(&exception)) ". " (exception.reason) }
                    }
                }
                p.soft { (thousands(counting.min(LINES_MAX) as u64)) " of " (thousands(counting as u64)) " lines shown; all are in " a href="03-exceptions.csv" { "03-exceptions.csv" } "." }
            }
            @if !subject.status.checks.iter().any(|f| f.exceptions.counted() > 0) {
                p { "There are none among the checks that can be reckoned." }
            }
        }
    }
}

fn contents(binder: &Binder, records: u64) -> Markup {
    let table = Table::new(
        "Files",
        [
            Column::new("File"),
            Column::new("Rows").number(),
            Column::new("What it is").wide(),
        ],
    )
    .caption_hidden();
    let rows = binder.bound().iter().map(|bound| {
        let name = bound.path.trim_start_matches("data/");
        [
            html! { a href=(name) { (name) } },
            html! { @if let Some((_, file)) = &bound.list { (thousands(file.rows)) } },
            html! { (bound.what) },
        ]
    });
    html! {
        section.stack {
            h2 { "What is in this folder" }
            (table.rows(rows).render())
            p { "Beside each CSV file lies its description (W3C CSV on the Web). " (paper::csv::SAFETY_NOTE) }
            p { "The folders under " span.mono { "curriculum/" } " are the course editions, byte for byte. They hold the questions with their keys, because an edition's SHA-256 is over all of its files: keep them from learners." }
            p { "The folder " span.mono { "attestations/statements/" } " has the words of each statement, under the SHA-256 that the list gives." }
            @if records > 0 {
                p { span.mono { "records.jsonl" } " has " (counted(records, "entry", "entries")) " of the ledger, each with its content and the key of its commitment; outside this folder, under " span.mono { "log/" } ", are the proof of each, the signed checkpoint and the log's public key." }
            } @else {
                p { "There are no ledger records in this pack." }
            }
            p { "Completions, attempts and attestations also hold those from before the window that still counted in it." }
        }
    }
}

fn absent() -> Markup {
    let kinds: Vec<&str> = LEFT_OUT.iter().map(|act| act.text()).collect();
    html! {
        section.stack {
            h2 { "What is not in it" }
            ul.stack {
                li { "Policies and their approvals, awareness activities, phishing simulations, incidents, risks, reviews and findings: muster does not record them yet. Checks that need them say so and are never counted as met." }
                li { "Ledger entries of these kinds: " (kinds.join(", ")) ". They say who signed in, who was away and who was written to." }
                li { "A sample drawn for you: draw your own from roster/people.csv or completions.csv." }
                li { "A certificate of conformity. The pack supports an audit; the judgement is the auditor's." }
            }
        }
    }
}

fn checking(subject: &Subject<'_>) -> Markup {
    html! {
        section.stack {
            h2 { "How to check it" }
            p { "VERIFY.md, beside this folder, has the commands: sha256sum, bagit.py, ssh-keygen and Go's sumdb packages, none of them ours. " span.mono { "muster verify FILE.zip" } " does the same in one go, without a network." }
            ul.stack {
                li { "The hashes and the signature show that nothing in the folder has changed since it was made, and that the holder of the key made it. Compare the key's fingerprint with one you got another way." }
                li { "The proofs show that each record was in the ledger when the checkpoint was signed, in that order. They show that nothing was altered afterwards, not that it was true when it was written." }
                li { "The evidence class says how a fact came to be known: A here, signed in and assessed; B by a connector; C from a file; D by hand." }
            }
            dl.facts {
                dt { "Made by" } dd { "muster " (subject.version) }
                dt { "As known at" } dd { (subject.run_at) }
                dt { "Roster" } dd.mono { (subject.status.roster.hash) }
                dt { "Checkpoint" }
                dd { @match subject.checkpoint {
                    Some(checkpoint) => { (thousands(checkpoint.size)) " entries, root " span.mono { (checkpoint.root.base64()) } },
                    None => "none",
                } }
            }
        }
    }
}
