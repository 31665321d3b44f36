//! One person's whole record: what is owed and why, what was done, their days, what was known of them when, and every
//! entry of the ledger about them, with its proof.
//!
//! The person sees the same page about themselves that others see about them.

use assignments::Waiver;
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};
use db::{Day, Db, Id, Moment, Zone};
use roster::person::PersonKind;
use web::{
    Answer, Column, Error, Learner, Markup, Opening, Place, Screen, Standing, Table, Visitor, button_link,
    facts, html, panel, strip, strip_legend, tag, trail,
};

use super::{
    adopted, capital,
    check::spans,
    coverage::{whom, year},
    on, own,
    proofs::proven,
    said::said,
    sees_all, when,
};
use crate::{
    story::{Assigned, Story, story},
    wording::counted,
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/people/{id}", get(show))
        .route("/people/{id}/record.json", get(take))
        .route("/my-record", get(own))
        .route("/my-record/record.json", get(take_own))
        .route("/my-record/copy", post(own::copy_own))
        .route("/people/{id}/copy", post(own::copy_of))
}

/// Who looks: somebody else, who may have more to do here, or the person.
enum Looking {
    Other {
        all: bool,
        owner: bool,
    },
    /// With the account they look with.
    Self_(String),
}

async fn show(place: Place, visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id = admitted(&db, &visitor, &id).await?;
    page(
        &place,
        &db,
        (
            id,
            Looking::Other {
                all: sees_all(&visitor),
                owner: visitor.roles.has(web::Role::Owner),
            },
        ),
    )
    .await
}

async fn own(place: Place, learner: Learner, State(db): State<Db>) -> Answer {
    let id = learner.person().parse().map_err(|_| Error::Missing)?;
    page(&place, &db, (id, Looking::Self_(learner.account.clone()))).await
}

async fn take(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id = admitted(&db, &visitor, &id).await?;
    proven(&db, id).await
}

async fn take_own(learner: Learner, State(db): State<Db>) -> Answer {
    let id = learner.person().parse().map_err(|_| Error::Missing)?;
    proven(&db, id).await
}

/// The person of an address, if the visitor may see them. Who may not is told the same whether they exist or not.
async fn admitted(db: &Db, visitor: &Visitor, id: &str) -> Result<Id<PersonKind>, Error> {
    let (visitor, wanted) = (visitor.clone(), id.to_owned());
    let may = db
        .read(move |reader| Ok(whom(reader, &visitor)?.may_see(&wanted)))
        .await?;
    if !may {
        return Err(Error::forbidden(
            "This page is for owners, auditors, and managers about their own people. Your own is at My record.",
        ));
    }
    id.parse().map_err(|_| Error::Missing)
}

async fn page(place: &Place, db: &Db, (id, looking): (Id<PersonKind>, Looking)) -> Answer {
    let wanted = id.clone();
    let account = match &looking {
        Looking::Self_(account) => Some(account.clone()),
        Looking::Other { .. } => None,
    };
    let (found, own, today) = db
        .read(move |reader| {
            let today = reader.today()?;
            let frameworks = adopted(reader)?;
            let own = match account {
                Some(account) => Some(own::own(reader, &wanted, &account)?),
                None => None,
            };
            Ok((story(reader, &wanted, (&frameworks, year(today)))?, own, today))
        })
        .await?;
    let story = found.ok_or(Error::Missing)?;
    let name = story.person.name();
    let record = match looking {
        Looking::Other { .. } => format!("/people/{id}/record.json"),
        Looking::Self_(_) => "/my-record/record.json".to_owned(),
    };
    let opening = Opening::new(finding(&story, today, &looking)).lead(lead(&story)).actions(html! {
        @if own.is_some() { (own::ways()) }
        (button_link("Download with proofs (JSON)", &record))
        @if matches!(looking, Looking::Other { owner: true, .. }) { form method="post" action={ "/people/" (id) "/copy" } { button.button type="submit" { "Take a copy for them (ZIP)" } } }
        @if matches!(looking, Looking::Other { all: true, .. }) { (button_link("Grant a waiver", &format!("/people/{id}/waivers/new"))) }
    });
    let opening = match looking {
        Looking::Other { .. } => opening.over(trail(&[("People", "/people")], &name)),
        Looking::Self_(_) => opening.over("Everything recorded here about you"),
    };
    let body = html! {
        (opening)
        (owed(&story, &looking))
        (days(&story))
        (done(&story))
        (attempts(&story))
        @if let Some(own) = &own { (own::sections(own)) }
        (waivers(&story))
        (super::access::of_person(&story.access, matches!(looking, Looking::Other { all: true, .. })))
        (known(&story))
        (said(&story))
        (why(&story.assigned, &story.zone))
        (entries(&story))
    };
    Screen::shell(place, name, body).answer()
}

/// "Ada Osei owes 2 courses; 1 is overdue."
fn finding(story: &Story, today: Day, looking: &Looking) -> String {
    let (name, owes, has) = match looking {
        Looking::Self_(_) => ("You".to_owned(), "owe", "have"),
        Looking::Other { .. } => (story.person.name(), "owes", "has"),
    };
    let here = story.person.engagements.iter().any(|e| e.holds_on(today));
    let overdue = story.owed.iter().filter(|o| o.overdue).count() as u64;
    let count = story.owed.len() as u64;
    match (here, count, overdue) {
        (false, ..) => format!("{name} {has} no engagement today; the record stays."),
        (true, 0, _) => format!("{name} {owes} nothing today."),
        (true, 1, 1) => format!("{name} {owes} one course, which is overdue."),
        (true, all, overdue) if all == overdue && all > 0 => {
            format!("{name} {owes} {all} courses; all are overdue.")
        }
        (true, _, 0) => format!(
            "{name} {owes} {}; nothing is overdue.",
            counted(count, "course", "courses")
        ),
        (true, _, 1) => format!(
            "{name} {owes} {}; one is overdue.",
            counted(count, "course", "courses")
        ),
        (true, ..) => format!(
            "{name} {owes} {}; {overdue} are overdue.",
            counted(count, "course", "courses")
        ),
    }
}

fn lead(story: &Story) -> String {
    let facts = &story.person.facts;
    let engagement = story.person.engagements.last();
    let kind = engagement.map_or("Nobody's record of work", |e| e.kind.label());
    let mut parts = vec![kind.to_owned()];
    parts.extend(facts.job_title.clone());
    parts.extend(facts.department.clone());
    if let Some(engagement) = engagement {
        let end = engagement
            .end_on
            .map(|day| format!(" to {}", day.long()))
            .unwrap_or_default();
        parts.push(format!("from {}{end}", engagement.start_on.long()));
        parts.push(format!("{} {}", engagement.source, engagement.source_key));
    }
    parts.join(" · ")
}

fn owed(story: &Story, looking: &Looking) -> Markup {
    let columns = [
        Column::new("Course").wide(),
        Column::new("Due"),
        Column::new("Why").wide(),
    ];
    let rows = story.owed.iter().map(|owed| {
        let due = match (owed.due_on, owed.overdue, owed.waived_until) {
            (_, _, Some(until)) => tag(Standing::None, format!("waived until {}", until.short())),
            (Some(day), true, _) => tag(Standing::Gap, format!("was due {}", day.short())),
            (Some(day), false, _) => tag(Standing::Attention, format!("due {}", day.short())),
            (None, ..) => html! { "after the leave" },
        };
        [
            html! { a href={ "/courses/" (owed.course_id) } { (owed.course_id) " " (owed.title) } },
            due,
            html! { (reason(&owed.reason, looking)) },
        ]
    });
    html! { (Table::new("Owed today", columns).labelled().empty("Nothing is owed today.").rows(rows).of(story.owed.len() as u64, "courses")) }
}

/// The reason is written to the person; others are told the same about them.
fn reason(written: &str, looking: &Looking) -> String {
    if matches!(looking, Looking::Self_(_)) {
        return written.to_owned();
    }
    for (to_them, of_them) in [
        ("You started", "Started"),
        ("You last completed", "Last completed"),
        ("Your access begins", "Access begins"),
        ("Your access began", "Access began"),
        ("Your role changed", "The role changed"),
    ] {
        if let Some(rest) = written.strip_prefix(to_them) {
            return format!("{of_them}{rest}");
        }
    }
    written.to_owned()
}

fn days(story: &Story) -> Markup {
    if story.days.is_empty() {
        return html! {};
    }
    let legend = [
        web::Stretch::Covered,
        web::Stretch::Uncovered,
        web::Stretch::FirstDays,
        web::Stretch::Away,
        web::Stretch::NotHere,
    ];
    panel(
        "The last twelve months",
        html! {},
        html! {
            (strip_legend(&legend))
            @for one in &story.days {
                h3 { (capital(&one.title)) }
                (strip(one.window, &spans(&one.stretches), &one.done))
                p.soft { (web::strip_sentence(one.window, &spans(&one.stretches), &one.done)) }
            }
        },
    )
}

fn done(story: &Story) -> Markup {
    let zone = &story.zone;
    let columns = [
        Column::new("Course").wide(),
        Column::new("Completed"),
        Column::new("Result"),
        Column::new("Recorded"),
        Column::new("From"),
        Column::new("Evidence class"),
    ];
    let rows = story.done.iter().map(|done| {
        let result = if done.passed { tag(Standing::Met, "passed") } else { tag(Standing::Gap, "not passed") };
        [
            html! { (done.course) " " (done.title.as_deref().unwrap_or("")) @if let Some(edition) = done.edition { small { " edition " (edition) } } },
            html! { (on(done.on)) },
            html! { (result) @if let Some(score) = done.score { " " span.nowrap { (format!("{score:.0} %")) } } },
            html! { (when(done.recorded_at, zone)) },
            html! { (done.source) },
            html! { (done.class) },
        ]
    });
    html! { (Table::new("Completed", columns).labelled().empty("Nothing has been completed yet.").rows(rows).of(story.done.len() as u64, "completions")) }
}

fn attempts(story: &Story) -> Markup {
    let zone = &story.zone;
    let columns = [
        Column::new("Course"),
        Column::new("Attempt").number(),
        Column::new("Started"),
        Column::new("Handed in"),
        Column::new("Marks"),
        Column::new("Signed").wide(),
    ];
    let rows = story.attempts.iter().map(|attempt| {
        [
            html! { (attempt.course) @if let Some(edition) = attempt.edition { small { " edition " (edition) } } },
            html! { (attempt.number) },
            html! { (when(attempt.started_at, zone)) },
            html! { @match &attempt.submitted { Some((at, ..)) => (when(*at, zone)), None => "not yet" } },
            html! { @if let Some((_, marks, most, passed)) = &attempt.submitted { span.nowrap { (marks) " of " (most) "," } " " @if *passed { "passed" } @else { "not passed" } } @if let Some((at, marks, most)) = &attempt.regraded { "; regraded " (when(*at, zone)) ": " (marks) " of " (most) ", passed" } },
            html! { @if let Some((name, at)) = &attempt.signed { "as “" (name) "”, " (when(*at, zone)) } },
        ]
    });
    html! { (Table::new("Attempts and signatures", columns).labelled().empty("No course has been attempted here yet.").rows(rows).of(story.attempts.len() as u64, "attempts")) }
}

fn waivers(story: &Story) -> Markup {
    let zone = &story.zone;
    if story.waivers.is_empty() {
        return html! {};
    }
    let columns = [
        Column::new("Course"),
        Column::new("Days"),
        Column::new("Reason").wide(),
        Column::new("Instead").wide(),
        Column::new("Approved by"),
        Column::new("Recorded"),
    ];
    // One decision about several courses is one waiver to a reader.
    let mut said: Vec<(&Waiver, Vec<&str>)> = Vec::new();
    for waiver in &story.waivers {
        let what = |w: &Waiver| {
            let texts = [
                w.reason.clone(),
                w.compensating.clone(),
                w.approved_by.to_string(),
            ];
            (w.from_on, w.until_on, texts)
        };
        match said.iter_mut().find(|(held, _)| what(held) == what(waiver)) {
            Some((_, courses)) => courses.push(waiver.course_id.as_ref()),
            None => said.push((waiver, vec![waiver.course_id.as_ref()])),
        }
    }
    let count = said.len() as u64;
    let rows = said.iter().map(|(waiver, courses)| {
        [
            html! { (courses.join(", ")) },
            html! {
                (on(waiver.from_on)) " to " (on(waiver.until_on))
                @if let Some((day, why)) = &waiver.ended { ", ended on " (on(*day)) ": " (why) }
            },
            html! { (waiver.reason) },
            html! { (waiver.compensating) },
            html! { span.mono { (waiver.approved_by) } },
            html! { (when(waiver.recorded_at, zone)) },
        ]
    });
    html! { (Table::new("Waivers, which are never counted as training", columns).rows(rows).of(count, "waivers")) }
}

fn believed(superseded: Option<Moment>, zone: &Zone) -> Markup {
    match superseded {
        None => html! { "until now" },
        Some(at) => html! { "until " (when(at, zone)) },
    }
}

fn known(story: &Story) -> Markup {
    let zone = &story.zone;
    let engagements = story.history.engagements.iter().map(|e| {
        [
            html! { (e.kind.label()) @if let Some(employer) = &e.employer { ", " (employer) } },
            html! { (on(e.start_on)) " to " @match e.end_on { Some(day) => (on(day)), None => "now" } @if e.end_inferred { small { " (no file gave the end)" } } },
            html! { (e.source) " " (e.source_key) },
            html! { (when(e.recorded_at, zone)) },
            believed(e.superseded_at, zone),
        ]
    });
    let leaves = story.history.leaves.iter().map(|l| {
        [
            html! { "Leave" },
            html! { (on(l.from_on)) " to " @match l.until_on { Some(day) => (on(day)), None => "an open end" } },
            html! {},
            html! { (when(l.recorded_at, zone)) },
            believed(l.superseded_at, zone),
        ]
    });
    let profiles = story.history.profiles.iter().map(|p| {
        let f = &p.facts;
        let known: Vec<&str> = [&f.job_title, &f.department, &f.location, &f.country].into_iter().flatten().map(String::as_str).collect();
        [
            html! { (f.display_name()) @if let Some(email) = &f.email { br; small { (email) } } },
            html! { "from " (on(p.from_on)) },
            html! { (known.join(" · ")) @if !f.tags.is_empty() { br; small { "tags " (f.tags.trim()) } } br; small { "logical access " (f.access.as_str()) } },
            html! { (when(p.recorded_at, zone)) },
            believed(p.superseded_at, zone),
        ]
    });
    let columns = |first: &'static str, third: &'static str| {
        [
            Column::new(first),
            Column::new("Holds"),
            Column::new(third),
            Column::new("Recorded"),
            Column::new("Believed"),
        ]
    };
    let (spells, facts_known) = (
        story.history.engagements.len() + story.history.leaves.len(),
        story.history.profiles.len(),
    );
    html! {
        (Table::new("When they worked here", columns("As", "Source")).rows(engagements.chain(leaves)).of(spells as u64, "rows, those no longer believed included"))
        (Table::new("What was known of them", columns("Name", "What")).rows(profiles).of(facts_known as u64, "rows, those no longer believed included"))
    }
}

fn why(assigned: &[Assigned], zone: &Zone) -> Markup {
    let columns = [
        Column::new("Course"),
        Column::new("Because of"),
        Column::new("Assigned"),
        Column::new("Due"),
        Column::new("Ended"),
    ];
    let rows = assigned.iter().map(|one| {
        [
            html! { (one.course) },
            html! { "rule “" (one.rule) "” for " (one.audience) ": " (one.reason.replace('_', " ")) ", " (basis(&one.basis)) },
            html! { (when(one.assigned_at, zone)) },
            html! { @match one.due_on { Some(day) => (on(day)), None => "after the leave" } },
            html! { @match &one.end { Some((at, reason)) => { (reason.replace('_', " ")) ", " (when(*at, zone)) }, None => "still owed" } },
        ]
    });
    html! { (Table::new("Why each thing was owed", columns).labelled().empty("No rule has asked anything of them yet.").rows(rows).of(assigned.len() as u64, "assignments")) }
}

fn entries(story: &Story) -> Markup {
    let zone = &story.zone;
    let columns = [
        Column::new("Place").number(),
        Column::new("Act"),
        Column::new("By").wide(),
        Column::new("Occurred"),
        Column::new("Recorded"),
    ];
    let rows = story.entries.iter().map(|line| {
        [
            html! { @match line.seq { Some(seq) => (seq), None => "waits" } },
            html! { (line.act) },
            html! { span.mono { (line.actor) } },
            html! { (when(line.occurred_at, zone)) },
            html! { (when(line.recorded_at, zone)) },
        ]
    });
    html! {
        (Table::new("In the ledger", columns).empty("The ledger has no entry about them.").rows(rows).of(story.entry_count, "entries"))
        (facts([("Subject", html! { span.mono { "person:" (story.person.id) } }), ("How to check", html! { "The download has every entry with its content and its proof." })]))
    }
}

/// `start:2026-03-01` as "from the start on 1 Mar 2026".
fn basis(basis: &str) -> String {
    let basis = basis.split('#').next().unwrap_or_default();
    let (what, day) = basis.split_once(':').unwrap_or((basis, ""));
    let what = match what {
        "start" => "counted from the start",
        "role" => "counted from the change of role",
        "after" => "counted from the completion",
        other => other,
    };
    match day.parse::<Day>() {
        Ok(day) => format!("{what} on {}", on(day)),
        Err(_) => format!("{what} {day}").trim_end().to_owned(),
    }
}
