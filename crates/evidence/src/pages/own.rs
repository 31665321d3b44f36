//! What only the person is shown on the page of their own record: certificates and receipts, letters, who can see what, and the ways to take
//! a copy, to ask for a correction and to see to their signature.
//!
//! Who can see what is reckoned from the roles as they are held today. Not here: the record itself (`person`), the copy (`crate::copy`).

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use db::{Actor, Db, Id, Moment, Reader, Result, Zone, params, sql};
use identity::{account::AccountKind, passkey, role};
use learning::{
    completion::{self, Completion},
    consent::{self, Consent},
    correction::{self, Correction},
};
use roster::person::PersonKind;
use web::{
    Answer, Column, Error, Learner, Markup, Owner, Role, Standing, Table, button_link, facts, html, panel,
    tag,
};

use super::{on, when};
use crate::{copy, wording::counted};

/// Letters a page shows; the copy has them all.
const LETTERS_MAX: i64 = 100;

/// What is shown to the person alone.
pub(super) struct Own {
    done: Vec<Completion>,
    letters: Vec<Letter>,
    consent: Option<Consent>,
    passkeys: usize,
    corrections: Vec<Correction>,
    /// How many accounts hold each role today.
    holders: BTreeMap<Role, usize>,
    has_manager: bool,
    zone: Zone,
}

struct Letter {
    purpose: String,
    subject: String,
    queued_at: Moment,
    outcome: Option<String>,
}

/// Reads it.
pub(super) fn own(reader: &mut Reader, person: &Id<PersonKind>, account: &str) -> Result<Own> {
    let mut holders = BTreeMap::new();
    for grant in role::current(reader)? {
        *holders.entry(grant.role).or_default() += 1;
    }
    let passkeys = match account.parse::<Id<AccountKind>>() {
        Ok(account) => passkey::of_account(reader, &account)?.len(),
        Err(_) => 0,
    };
    let known = roster::person::find(reader, person)?;
    Ok(Own {
        done: completion::of_person(reader, person)?,
        letters: letters(reader, person)?,
        consent: consent::current(reader, person)?,
        passkeys,
        corrections: correction::of_person(reader, person)?,
        holders,
        has_manager: known.is_some_and(|known| known.facts.manager_key.is_some()),
        zone: reader.zone()?,
    })
}

fn letters(reader: &mut Reader, person: &Id<PersonKind>) -> Result<Vec<Letter>> {
    reader.rows(
        sql!(
            "select l.purpose, l.subject, l.queued_at,
                    (select t.outcome
                     from letter_try t
                     where t.letter_id = l.id
                     order by t.tried_at desc, t.id desc
                     limit 1)
             from letter l
             where lower(l.to_address) in (select a.email from account a where a.person_id = $1)
             order by l.queued_at desc, l.id desc
             limit $2"
        ),
        &params![person, LETTERS_MAX],
        |row| {
            Ok(Letter {
                purpose: row.get(0)?,
                subject: row.get(1)?,
                queued_at: row.get(2)?,
                outcome: row.get(3)?,
            })
        },
    )
}

/// The sections of the page, after the record.
pub(super) fn sections(own: &Own) -> Markup {
    html! {
        (certificates(own))
        (letters_table(own))
        (who_sees(own))
        (signing(own))
        (corrections(own))
    }
}

/// The ways on, at the head of the page.
pub(super) fn ways() -> Markup {
    html! {
        form method="post" action="/my-record/copy" { (web::button("Take a copy of everything (ZIP)")) }
        (button_link("Ask for a correction", "/my-record/corrections"))
    }
}

fn certificates(own: &Own) -> Markup {
    let rows = own.done.iter().filter_map(|done| {
        let code = done.certificate.as_ref()?;
        Some([
            html! { (done.course_id) },
            html! { (on(done.occurred_on)) },
            html! { a href=(code.href()) { (code) } },
            html! { @if let Some(attempt) = &done.attempt { a href={ "/attempts/" (attempt) "/receipt" } { "Receipt" } } },
        ])
    });
    let count = own.done.iter().filter(|done| done.certificate.is_some()).count();
    let columns = ["Course", "Completed", "Certificate", "What you signed"].map(Column::new);
    let table = Table::new("Your certificates and receipts", columns)
        .rows(rows)
        .of(count as u64, "certificates")
        .labelled()
        .empty("What you complete here gets a certificate, and a receipt of your signature.");
    html! { (table) }
}

fn letters_table(own: &Own) -> Markup {
    let rows = own.letters.iter().map(|letter| {
        let became = match letter.outcome.as_deref() {
            Some("accepted") => tag(Standing::Met, "taken by the mail server"),
            Some("refused") => tag(Standing::Gap, "refused"),
            Some(_) => tag(Standing::Attention, "put off; it is tried again"),
            None => html! { "waits to be sent" },
        };
        [
            html! { (when(letter.queued_at, &own.zone)) },
            html! { (letter.purpose) },
            html! { (letter.subject) },
            became,
        ]
    });
    let columns = [
        Column::new("Sent"),
        Column::new("Why"),
        Column::new("About").wide(),
        Column::new("What became of it"),
    ];
    let table = Table::new("Letters sent to you", columns)
        .rows(rows)
        .of(own.letters.len() as u64, "letters, the newest first")
        .labelled()
        .empty("No letter has been sent to you.");
    html! {
        (table)
        p { a href="/my-reminders" { "Your reminders, and those that were held back, with why" } }
    }
}

fn who_sees(own: &Own) -> Markup {
    let held = |role: Role| {
        let count = own.holders.get(&role).copied().unwrap_or(0);
        counted(count as u64, "account", "accounts")
    };
    let mut rows = vec![
        ["You".to_owned(), "this account".to_owned(), "Everything on this page, and a copy of it.".to_owned()],
        ["Owners".to_owned(), held(Role::Owner), "This record, a copy of everything when you need one and cannot fetch it, your requests for corrections. They cannot sign for you.".to_owned()],
        ["Auditors".to_owned(), held(Role::Auditor), "This record without your letters and requests, and lists and packs with your name, until their role is ended.".to_owned()],
        ["Editors".to_owned(), held(Role::Editor), "Courses and rules. Not your record.".to_owned()],
    ];
    let manager = if own.has_manager {
        "Your manager, as the roster names them"
    } else {
        "Nobody: the roster names no manager of yours"
    };
    rows.push([
        "Managers".to_owned(),
        manager.to_owned(),
        "Your record, and nobody's who is not their own.".to_owned(),
    ]);
    rows.push([
        "Whoever runs the server".to_owned(),
        "not counted here".to_owned(),
        "The database. What they do at its command line with your record leaves an entry.".to_owned(),
    ]);
    let columns = [
        Column::new("Who"),
        Column::new("How many today"),
        Column::new("What they can see of you").wide(),
    ];
    let count = rows.len() as u64;
    let table = Table::new("Who can see what about you", columns)
        .rows(rows.into_iter().map(|cells| cells.map(|cell| html! { (cell) })))
        .of(count, "kinds of reader")
        .labelled();
    html! { (table) }
}

fn signing(own: &Own) -> Markup {
    let consent = match &own.consent {
        Some(consent) => html! {
            "You agreed on " (when(consent.given_at, &own.zone)) ". " a href="/consent" { "Read it again, or withdraw it" } "."
        },
        None => {
            html! { "You have not agreed, so you sign nothing here. " a href="/consent" { "Read what it means" } "." }
        }
    };
    let passkeys = html! {
        (counted(own.passkeys as u64, "passkey", "passkeys")) ". " a href="/passkeys" { "See to them" } "."
    };
    panel(
        "Your signature",
        "",
        html! {
            (facts([("Signing electronically", consent), ("Passkeys", passkeys)]))
            p { a href="/procedure" { "How a signature comes about" } }
        },
    )
}

fn corrections(own: &Own) -> Markup {
    let waiting = own.corrections.iter().filter(|one| one.answer.is_none()).count();
    panel(
        "If something is wrong",
        "",
        html! {
            p {
                "Your name, job and dates come from the roster and are corrected where the roster comes from. For anything, "
                a href="/my-record/corrections" { "ask for a correction" } "."
            }
            @if !own.corrections.is_empty() {
                p { (counted(own.corrections.len() as u64, "request", "requests")) ", " (waiting) " without an answer yet." }
            }
        },
    )
}

/// POST /my-record/copy
pub(super) async fn copy_own(learner: Learner, State(db): State<Db>) -> Answer {
    let person = learner.person().parse().map_err(|_| Error::Missing)?;
    taken(&db, &learner.account, person).await
}

/// POST /people/{id}/copy: for somebody who cannot fetch it themselves, because they have left.
pub(super) async fn copy_of(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let person: Id<PersonKind> = id.parse().map_err(|_| Error::Missing)?;
    let wanted = person.clone();
    let known = db
        .read(move |reader| roster::person::find(reader, &wanted))
        .await?;
    if known.is_none() {
        return Err(Error::Missing);
    }
    taken(&db, &owner.account, person).await
}

async fn taken(db: &Db, account: &str, person: Id<PersonKind>) -> Answer {
    let (of, by) = (person.clone(), format!("person:{account}"));
    let bytes = db.read(move |reader| copy::of(reader, &of, &by)).await?;
    let made = bytes.clone();
    db.write(Actor::Person(account.to_owned()), move |tx| {
        copy::note(tx, &person, &made)
    })
    .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"my-record.zip\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}
