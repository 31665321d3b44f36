//! One person of a team: what is open, what is done, what was asked of them, closed rules included.

use axum::extract::{Path, State};
use db::{Day, Db, Id, Reader, Result, Zone};
use roster::person::{self, PersonKind};
use web::{
    Answer, Column, Error, Markup, Opening, Place, Screen, Standing, Table, Visitor, day, html, panel, tag,
    trail,
};

use super::{done, look_after, not_a_manager, nudge_button};
use crate::{
    assignment::{self, Owed, Past},
    nudge::{self, Nudge},
    reconcile::Why,
};

struct Seen {
    person: Id<PersonKind>,
    name: String,
    today: Day,
    zone: Zone,
    owed: Vec<Owed>,
    later: Vec<Owed>,
    past: Vec<Past>,
    /// In the last year.
    done: u64,
    nudges: Vec<Nudge>,
    rests_until: Option<Day>,
}

pub(super) async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Answer {
    let id: Id<PersonKind> = id.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |reader| match look_after(reader, &visitor)? {
            Some(team) if team.contains_key(&id) => seen(reader, id).map(|seen| Some(Some(seen))),
            Some(_) => Ok(Some(None)),
            None => Ok(None),
        })
        .await?;
    let seen = found.ok_or_else(not_a_manager)?.ok_or(Error::Missing)?;
    let open: Vec<&Owed> = seen
        .owed
        .iter()
        .filter(|one| one.waived_until.is_none())
        .collect();
    let opening = Opening::new(finding(&seen.name, &open))
        .over(trail(&[("My team", "/team")], &seen.name))
        .lead(lead(&open, seen.done))
        .actions(html! { @if !open.is_empty() && seen.rests_until.is_none() { (nudge_button(&seen.person, &seen.name)) } });
    let body = html! {
        (opening)
        div.stack.roomy {
            div id="open" { (owed_table(&seen)) }
            div id="done" { (past_table(&seen)) }
            @if !seen.nudges.is_empty() { (panel("Asked by letter", "", asked(&seen))) }
        }
    };
    Screen::shell(&place, &seen.name, body).answer()
}

fn seen(reader: &mut Reader, person: Id<PersonKind>) -> Result<Seen> {
    Ok(Seen {
        name: person::find(reader, &person)?
            .map(|found| found.name())
            .unwrap_or_default(),
        today: reader.today()?,
        zone: reader.zone()?,
        owed: assignment::owed(reader, &person)?,
        later: assignment::upcoming(reader, &person)?,
        past: assignment::history(reader, &person)?,
        done: done(reader, &person)?,
        nudges: nudge::of_person(reader, &person)?,
        rests_until: nudge::rests_until(reader, &person)?,
        person,
    })
}

fn finding(name: &str, open: &[&Owed]) -> String {
    let overdue = open.iter().filter(|one| one.overdue).count();
    match (open.len(), overdue) {
        (0, _) => format!("{name} has nothing open."),
        (1, 0) => format!("{name} has one course open, in time."),
        (1, _) => format!("{name} has one course overdue."),
        (count, 0) => format!("{name} has {count} courses open, all in time."),
        (count, overdue) if count == overdue => format!("{name} has {count} courses overdue."),
        (count, overdue) => format!("{name} has {count} courses open, {overdue} of them overdue."),
    }
}

/// The numbers of the team's list.
fn lead(open: &[&Owed], done: u64) -> String {
    let overdue = open.iter().filter(|one| one.overdue).count();
    format!(
        "{overdue} overdue, {} open in time, {done} done in the last year.",
        open.len() - overdue
    )
}

fn owed_table(seen: &Seen) -> Table {
    let columns = [
        Column::new("Course").wide(),
        Column::new("Due"),
        Column::new("How it stands"),
    ];
    let row = |one: &Owed| {
        [
            html! { (one.title) br; small.soft { (one.course_id) } },
            html! { @match one.due_on { Some(due) => (day(due)), None => span.soft { "after the leave" } } },
            stands(one, seen.today),
        ]
    };
    Table::new("Open", columns)
        .labelled()
        .empty("Nothing is open.")
        .rows(seen.owed.iter().chain(&seen.later).map(row))
}

fn stands(one: &Owed, today: Day) -> Markup {
    match (one.waived_until, one.overdue) {
        (Some(until), _) => html! { (tag(Standing::None, "waived")) " until " (day(until)) },
        (None, true) => html! {
            (tag(Standing::Gap, "overdue"))
            @if let Some(due) = one.due_on { " by " (today - due) @if today - due == 1 { " day" } @else { " days" } }
        },
        (None, false) if one.opens_on > today => {
            html! { (tag(Standing::None, "later")) " opens " (day(one.opens_on)) }
        }
        (None, false) => tag(Standing::Attention, "open, in time"),
    }
}

fn past_table(seen: &Seen) -> Table {
    let columns = [
        Column::new("Course").wide(),
        Column::new("Was due"),
        Column::new("Ended"),
        Column::new("How"),
    ];
    let ended = seen.past.iter().filter_map(|one| Some((one, one.end?)));
    let rows: Vec<[Markup; 4]> = ended
        .filter(|(_, (_, why))| *why != Why::MovedDate)
        .map(|(one, (at, why))| {
            let on = at.day(&seen.zone);
            [
                html! { (one.title) br; small.soft { (one.course_id) } },
                html! { @if let Some(due) = one.due_on { (day(due)) } },
                day(on),
                how(why, one.due_on.is_some_and(|due| on > due)),
            ]
        })
        .collect();
    Table::new("Done and ended", columns)
        .labelled()
        .empty("Nothing has been done yet.")
        .rows(rows)
}

fn how(why: Why, late: bool) -> Markup {
    match (why, late) {
        (Why::Completed, false) => tag(Standing::Met, "done in time"),
        (Why::Completed, true) => tag(Standing::Attention, "done late"),
        _ => tag(Standing::None, "no longer asked"),
    }
}

fn asked(seen: &Seen) -> Markup {
    html! {
        ul.plain-list { @for one in &seen.nudges { li { (one.nudged_at.long(&seen.zone)) ", by " (one.by) } } }
        @if let Some(again) = seen.rests_until { p.soft { "They can be asked again from " (again.long()) "." } }
    }
}
