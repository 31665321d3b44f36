//! Directories that are read for their people: each with what the last reading said, how it is read, and a button to read it now.
//!
//! The password of the account goes in and never comes out. Not here: what would change, which is the plan's page.

mod settings;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use db::{Actor, Db, Moment, Zone};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use web::table::thousands;
use web::visitor::Owner;
use web::{
    Answer, Column, Error, Markup, Opening, Place, Screen, Standing as Mark, Table, act, button_link, facts,
    html, main_link, note, panel, see_other_saying, tag, trail,
};

use crate::directory::reading::{self, Ended, Look, Outcome, Reading};
use crate::directory::{self, Directory, Protection};
use crate::jobs;

const HOME: &str = "/roster/directories";

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(list).post(settings::create))
        .route("/roster/directories/new", get(settings::new))
        .route("/roster/directories/{source}", get(show))
        .route(
            "/roster/directories/{source}/settings",
            get(settings::edit).post(settings::set),
        )
        .route("/roster/directories/{source}/readings", post(read))
}

fn address(source: &str) -> String {
    format!("{HOME}/{}", utf8_percent_encode(source, NON_ALPHANUMERIC))
}

async fn list(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let (seen, zone) = db
        .read(|r| {
            let mut seen = Vec::new();
            for directory in directory::all(r)? {
                let past = reading::recent(r, &directory.source)?;
                seen.push((directory, past));
            }
            Ok((seen, r.zone()?))
        })
        .await?;
    let now = db.now();
    let columns = ["Directory", "Server", "Read", "Last time"].map(Column::new);
    let rows = seen.iter().map(|(directory, past)| {
        [
            html! { a href=(address(&directory.source)) { (directory.source) } },
            html! { (directory.settings.host) },
            html! { (pace(directory.hours)) },
            html! { (last(past, now, &zone)) },
        ]
    });
    let table = Table::new("Directories", columns)
        .rows(rows)
        .of(seen.len() as u64, "directories")
        .caption_hidden()
        .labelled()
        .empty(html! {
            "No directory is read. " a href="/roster/directories/new" { "Read people from a directory" } "."
        });
    let finding = match seen.len() {
        0 => "No directory is read yet.".to_owned(),
        1 => "1 directory is read for its people.".to_owned(),
        n => format!("{n} directories are read for their people."),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("People", "/people")], "Directories"))
            .lead("Active Directory, OpenLDAP and others. muster only reads there; it never writes.")
            .actions(main_link("Read people from a directory", "/roster/directories/new")))
        (table)
    };
    Screen::shell(&place, "Directories", body).answer()
}

fn pace(hours: i64) -> String {
    match hours {
        0 => "by hand".to_owned(),
        1 => "every hour".to_owned(),
        24 => "every day".to_owned(),
        n => format!("every {n} hours"),
    }
}

fn last(past: &[Reading], now: Moment, zone: &Zone) -> Markup {
    html! {
        @match past.first() {
            None => "never",
            Some(reading) => { (mark(reading, now)) " " span.nowrap { (reading.began_at.long(zone)) } }
        }
    }
}

fn mark(reading: &Reading, now: Moment) -> Markup {
    let outcome = reading.outcome.as_ref();
    match outcome.map(|outcome| outcome.ended) {
        Some(Ended::Applied) => tag(Mark::Met, "applied"),
        Some(Ended::Waits) => match outcome.map(|outcome| outcome.look) {
            Some(Look::Applied) => tag(Mark::Met, "looked at and applied"),
            Some(Look::Gone) => tag(Mark::None, "not looked at"),
            _ => tag(Mark::Attention, "to be looked at"),
        },
        Some(Ended::Failed) => tag(Mark::Gap, "failed"),
        None if reading.goes_on(now) => tag(Mark::None, "being read"),
        None => tag(Mark::Gap, "broken off"),
    }
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(source): Path<String>) -> Answer {
    let name = source.clone();
    let (found, past, zone) = db
        .read(move |r| Ok((directory::find(r, &name)?, reading::recent(r, &name)?, r.zone()?)))
        .await?;
    let directory = found.ok_or(Error::Missing)?;
    let here = address(&source);
    let now = db.now();
    let body = html! {
        (Opening::new(finding(&directory, &past, now))
            .over(trail(&[("People", "/people"), ("Directories", HOME)], &source))
            .actions(act("Read now", &format!("{here}/readings"), None)))
        @if let Some(outcome) = past.first().and_then(|reading| reading.outcome.as_ref()) { (said(outcome)) }
        @if past.first().is_some_and(|reading| reading.goes_on(now)) {
            (note(Mark::None, html! { "The directory is being read. " a href=(here) { "Look again" } "." }))
        }
        (readings(&past, now, &zone))
        (panel("How it is read", button_link("Change", &format!("{here}/settings")), how(&directory)))
    };
    Screen::shell(&place, format!("Directory {source}"), body).answer()
}

fn people(outcome: &Outcome) -> impl std::fmt::Display {
    thousands(outcome.people.unsigned_abs())
}

fn on_the_roster(source: &str, outcome: &Outcome) -> String {
    format!(
        "{source} gave {} people, and they are on the roster.",
        people(outcome)
    )
}

fn finding(directory: &Directory, past: &[Reading], now: Moment) -> String {
    let source = &directory.source;
    match past.first() {
        None => format!("{source} has not been read yet."),
        Some(reading) => match &reading.outcome {
            Some(outcome) => match outcome.ended {
                Ended::Applied => on_the_roster(source, outcome),
                Ended::Waits => match outcome.look {
                    Look::Open => format!("{source} gave {} people. Somebody should look.", people(outcome)),
                    Look::Applied => on_the_roster(source, outcome),
                    Look::Gone => format!(
                        "{source} gave {} people, and nobody looked in time.",
                        people(outcome)
                    ),
                },
                Ended::Failed => format!("{source} could not be read."),
            },
            None if reading.goes_on(now) => format!("{source} is being read."),
            None => format!("Reading {source} was broken off."),
        },
    }
}

fn said(outcome: &Outcome) -> Markup {
    let kind = match (outcome.ended, outcome.look) {
        (Ended::Applied, _) | (Ended::Waits, Look::Applied) => Mark::Met,
        (Ended::Waits, _) => Mark::Attention,
        (Ended::Failed, _) => Mark::Gap,
    };
    let open = outcome.upload.as_ref().filter(|_| outcome.look == Look::Open);
    let words = html! {
        @match (outcome.ended, outcome.look) {
            (Ended::Waits, Look::Applied) => "Somebody looked and applied what it said.",
            (Ended::Waits, Look::Gone) => "The list was kept for a day and nobody applied it. Read the directory again.",
            _ => (outcome.sentence),
        }
        @if let Some(upload) = open {
            " " a href={ "/roster/plans/" (upload) } { "See what would change" } ". The list is kept for a day."
        }
    };
    html! {
        (note(kind, words))
        @if !outcome.notes.is_empty() {
            (panel("Worth knowing", html! {}, html! { ul.plain-list { @for one in &outcome.notes { li { (one) } } } }))
        }
    }
}

fn readings(past: &[Reading], now: Moment, zone: &Zone) -> Table {
    let columns = [
        Column::new("When"),
        Column::new("What came of it").wide(),
        Column::new("People").number(),
    ];
    let rows = past.iter().map(|reading| {
        let outcome = reading.outcome.as_ref();
        [
            html! { span.nowrap { (reading.began_at.long(zone)) } },
            html! { (mark(reading, now)) @if let Some(outcome) = outcome { br; (outcome.sentence) } },
            html! { @if let Some(outcome) = outcome.filter(|outcome| outcome.people > 0) { (thousands(outcome.people.unsigned_abs())) } },
        ]
    });
    Table::new("The last readings", columns)
        .rows(rows)
        .labelled()
        .empty(html! { "It has not been read yet." })
}

fn how(directory: &Directory) -> Markup {
    let settings = &directory.settings;
    let protection = match settings.protection {
        Protection::Tls => "encrypted from the start",
        Protection::StartTls => "encrypted by StartTLS",
        Protection::Nothing => "not encrypted",
    };
    let issuers = if settings.issuers.is_empty() {
        "public ones"
    } else {
        "your own"
    };
    facts([
        ("Read", pace(directory.hours)),
        ("Server", format!("{}, {protection}", settings.host)),
        ("Issuers of certificates", issuers.to_owned()),
        ("Account", settings.account.clone()),
        ("Below", settings.base.clone()),
        ("Filter", settings.filter.clone()),
        ("Groups that become tags", settings.terms.groups.len().to_string()),
    ])
}

async fn read(_: Place, owner: Owner, State(db): State<Db>, Path(source): Path<String>) -> Answer {
    let (name, account) = (source.clone(), owner.account.clone());
    let is_known = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let is_known = directory::find(tx, &name)?.is_some();
            if is_known {
                jobs::ask_for(tx, &name, &account)?;
            }
            Ok(is_known)
        })
        .await?;
    if !is_known {
        return Err(Error::Missing);
    }
    Ok(see_other_saying(
        &address(&source),
        "The directory is being read. Look again in a moment.",
    ))
}
