//! A manager's page: who in the team has something overdue, something open, or nothing; and the way to ask them.
//!
//! Status only: nothing here comes from an answer or a score. Whoever is not in the visitor's team is a page that does
//! not exist. One person is in [`member`], handing the team over in [`delegation`].

mod delegation;
mod member;

use std::collections::HashMap;

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use db::{Actor, Day, Db, Id, Reader, Result, params, sql};
use roster::person::{self, PersonKind};
use web::{
    Answer, Column, Count, Error, Filled, Markup, Opening, Place, Role, Screen, Standing, Table, Visitor,
    button_link, day, html, roll_call, see_other_saying, table::thousands, tag,
};

use crate::{
    nudge,
    team::{self, Team},
};

/// People on one page.
const PAGE_SIZE: usize = 100;
/// What was done is shown this far back.
const DONE_DAYS: i32 = 365;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/team", get(list))
        .route(
            "/team/delegations",
            get(delegation::show).post(delegation::hand_over),
        )
        .route("/team/delegations/{id}/end", post(delegation::end))
        .route("/team/{person}", get(member::show))
        .route("/team/{person}/nudges", post(send))
}

/// How much of what somebody owes is how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Owes {
    overdue: u64,
    open: u64,
    next: Option<Day>,
}

struct Line {
    person: Id<PersonKind>,
    level: u8,
    name: String,
    owes: Owes,
    done: u64,
    /// The day from which they may be asked again; `None` when that is now.
    rests_until: Option<Day>,
}

struct Seen {
    lines: Vec<Line>,
    /// Overdue, open only, nothing.
    counts: [u64; 3],
    shown: u64,
}

impl Owes {
    fn place(self) -> usize {
        match (self.overdue, self.open) {
            (0, 0) => 2,
            (0, _) => 1,
            _ => 0,
        }
    }
}

/// The visitor's team; refuses those who have none to look after.
fn look_after(reader: &mut Reader, visitor: &Visitor) -> Result<Option<Team>> {
    let team = team::seen_by(reader, visitor)?;
    Ok((visitor.roles.has(Role::Manager) || !team.is_empty()).then_some(team))
}

fn not_a_manager() -> Error {
    Error::forbidden(
        "This page is for managers, about their own people, and for those who look after a team for them.",
    )
}

async fn list(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let show = ["overdue", "open", "nothing"]
        .iter()
        .position(|name| *name == asked.one("show"));
    let page = asked.one("page").parse().unwrap_or(1_usize).clamp(1, 1_000);
    let may_delegate = visitor.roles.has(Role::Manager);
    let seen = db
        .read(move |reader| match look_after(reader, &visitor)? {
            Some(team) => seen(reader, &team, show, page).map(Some),
            None => Ok(None),
        })
        .await?
        .ok_or_else(not_a_manager)?;
    let opening = Opening::new(finding(seen.counts))
        .lead(lead(seen.counts))
        .actions(html! {
            @if may_delegate { (button_link("Let somebody look after my team", "/team/delegations")) }
        });
    let body = html! { (opening) (roll(seen.counts)) (table(&seen, show, page)) };
    Screen::shell(&place, "My team", body).answer()
}

fn seen(reader: &mut Reader, team: &Team, show: Option<usize>, page: usize) -> Result<Seen> {
    let owes = owes(reader, team)?;
    let mut counts = [0; 3];
    let mut people: Vec<(usize, Option<Day>, &Id<PersonKind>, u8)> = Vec::new();
    for (person, level) in team {
        let one = owes.get(person.as_str()).copied().unwrap_or_default();
        counts[one.place()] += 1;
        if show.is_none_or(|show| show == one.place()) {
            people.push((one.place(), one.next, person, *level));
        }
    }
    people.sort();
    let total = people.len() as u64;
    let shown = people.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut lines = Vec::new();
    for (_, _, person, level) in shown {
        lines.push(Line {
            name: person::find(reader, person)?
                .map(|found| found.name())
                .unwrap_or_default(),
            owes: owes.get(person.as_str()).copied().unwrap_or_default(),
            done: done(reader, person)?,
            rests_until: nudge::rests_until(reader, person)?,
            person: person.clone(),
            level,
        });
    }
    Ok(Seen {
        lines,
        counts,
        shown: total,
    })
}

/// What is owed today, in one pass over what is open; a course that is waived is not asked for.
fn owes(reader: &mut Reader, team: &Team) -> Result<HashMap<String, Owes>> {
    let today = reader.today()?;
    let mut found: HashMap<String, Owes> = HashMap::new();
    reader.each(
        sql!(
            "select o.person_id, min(o.due_on)
             from assignment_open o
             where o.opens_on <= $1
               and not exists (
                   select 1
                   from waiver_held w
                   where w.person_id = o.person_id
                     and w.course_id = o.course_id
                     and w.from_on <= $1
                     and w.until_on >= $1)
             group by o.person_id, o.course_id"
        ),
        &params![today],
        |row| {
            let person: Id<PersonKind> = row.get(0)?;
            if team.contains_key(&person) {
                let due: Option<Day> = row.get(1)?;
                let owes = found.entry(person.to_string()).or_default();
                if due.is_some_and(|due| due < today) {
                    owes.overdue += 1;
                } else {
                    owes.open += 1;
                }
                owes.next = match (owes.next, due) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// What somebody completed in the last year, closed rules included.
fn done(reader: &mut Reader, person: &Id<PersonKind>) -> Result<u64> {
    let zone = reader.zone()?;
    let since = (reader.today()? - DONE_DAYS).start(&zone);
    let count: Option<i64> = reader.one(
        sql!(
            "select cast(count(distinct n.completion_id) as bigint)
             from assignment a
             join assignment_end n on n.assignment_id = a.id
             where a.person_id = $1
               and n.reason = 'completed'
               and n.ended_at >= $2"
        ),
        &params![person, since],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

fn finding([overdue, open, nothing]: [u64; 3]) -> String {
    let all = overdue + open + nothing;
    match (overdue, open, all) {
        (_, _, 0) => "Nobody on the roster names you as their manager.".to_owned(),
        (0, 0, 1) => "The one person in your team has nothing open.".to_owned(),
        (0, 0, _) => format!("All {} people in your team are up to date.", thousands(all)),
        (0, 1, _) => format!(
            "Nobody in your team of {} is overdue; one has something open.",
            thousands(all)
        ),
        (0, open, _) => format!(
            "Nobody in your team of {} is overdue; {} have something open.",
            thousands(all),
            thousands(open)
        ),
        (1, _, _) => format!(
            "1 of {} people in your team has something overdue.",
            thousands(all)
        ),
        (overdue, _, _) => format!(
            "{} of {} people in your team have something overdue.",
            thousands(overdue),
            thousands(all)
        ),
    }
}

fn lead(counts: [u64; 3]) -> &'static str {
    if counts.iter().sum::<u64>() == 0 {
        "Your people appear here once the roster says who they are, through up to three levels."
    } else {
        "Your direct reports, theirs, and theirs again, as the roster has it today. You see what is open and done; answers and scores are theirs alone."
    }
}

fn roll(counts: [u64; 3]) -> Markup {
    let words = [
        (Standing::Gap, "overdue", "overdue"),
        (Standing::Attention, "open, in time", "open"),
        (Standing::Met, "nothing open", "nothing"),
    ];
    let counts: Vec<Count> = words
        .into_iter()
        .zip(counts)
        .map(|((kind, word, show), n)| Count::new(kind, n, word).href(format!("/team?show={show}")))
        .collect();
    roll_call("person", &counts)
}

fn table(seen: &Seen, show: Option<usize>, page: usize) -> Table {
    let columns = [
        Column::new("Person").wide(),
        Column::new("Overdue").number(),
        Column::new("Open").number(),
        Column::new("Next due"),
        Column::new("Done in a year").number(),
        Column::new("Ask"),
    ];
    let rows = seen.lines.iter().map(|line| {
        [
            html! {
                a href={ "/team/" (line.person) } { (line.name) }
                @if line.level > 1 { br; small.soft { "through " (line.level - 1) @if line.level == 2 { " other" } @else { " others" } } }
            },
            html! { @if line.owes.overdue > 0 { a href=(open(line)) { (tag(Standing::Gap, line.owes.overdue)) } } @else { "0" } },
            html! { @if line.owes.open > 0 { a href=(open(line)) { (line.owes.open) } } @else { "0" } },
            html! { @if let Some(next) = line.owes.next { (day(next)) } },
            html! { @if line.done > 0 { a href={ "/team/" (line.person) "#done" } { (line.done) } } @else { "0" } },
            ask(line),
        ]
    });
    let mut table = Table::new("People", columns)
        .caption_hidden()
        .labelled()
        .empty(html! { "There is nobody in this list. " a href="/team" { "Show everybody" } "." })
        .rows(rows)
        .of(seen.shown, "people");
    if show.is_some() {
        table = table.link("Show everybody", "/team");
    }
    if (page * PAGE_SIZE) < seen.shown as usize {
        let show = show
            .map(|at| format!("&show={}", ["overdue", "open", "nothing"][at]))
            .unwrap_or_default();
        table = table.link("Show the next", format!("/team?page={}{show}", page + 1));
    }
    table
}

/// Where what somebody owes is listed.
fn open(line: &Line) -> String {
    format!("/team/{}#open", line.person)
}

fn ask(line: &Line) -> Markup {
    html! {
        @if line.owes == Owes::default() { span.soft { "–" } }
        @else if let Some(again) = line.rests_until { span.soft { "asked; again from " (day(again)) } }
        @else { (nudge_button(&line.person, &line.name)) }
    }
}

/// Sends the letter; the name is for those who hear the button without its row.
fn nudge_button(person: &Id<PersonKind>, name: &str) -> Markup {
    html! {
        form.act method="post" action={ "/team/" (person) "/nudges" } {
            button.button type="submit" { "Nudge" span.visually-hidden { " " (name) } }
        }
    }
}

async fn send(visitor: Visitor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<PersonKind> = id.parse().map_err(|_| Error::Missing)?;
    let actor = Actor::Person(visitor.account.clone());
    let sent = db
        .write(actor, move |tx| {
            let Some(team) = look_after(tx, &visitor)? else {
                return Ok(None);
            };
            if !team.contains_key(&id) {
                return Ok(Some(None));
            }
            nudge::send(tx, &id, &visitor.name)?;
            Ok(Some(person::find(tx, &id)?.map(|found| found.name())))
        })
        .await?;
    let name = sent.ok_or_else(not_a_manager)?.ok_or(Error::Missing)?;
    Ok(see_other_saying(
        "/team",
        &format!("A letter to {name} is on its way. They see that you asked."),
    ))
}
