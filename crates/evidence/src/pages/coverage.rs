//! The people behind the roll call, one list for each standing, and whose people a visitor may see.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use db::{Day, Db, Moment, Reader, Result, Window};
use web::{
    Answer, Column, Error, Filled, Markup, Opening, Place, Role, Screen, Table, Visitor, button_link, html,
    trail,
};

use super::{YEAR_DAYS, adopted, sees_all};
use crate::{
    coverage::{Coverage, Standing, coverage},
    exports::{Terms, names::Names},
    facts::{Facts, Scope, load},
    wording::people,
};

/// People on one page.
const PAGE_SIZE: usize = 200;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/coverage/{standing}", get(list))
}

/// Whom a visitor may see by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    /// Everybody.
    All,
    /// These, by id.
    Team(BTreeSet<String>),
    /// Nobody, only counts.
    Counts,
}

impl Whom {
    pub(super) fn may_see(&self, person: &str) -> bool {
        match self {
            Self::All => true,
            Self::Team(people) => people.contains(person),
            Self::Counts => false,
        }
    }
}

/// Whom the visitor may see: owners and auditors everybody, managers those in their team today.
pub(super) fn whom(reader: &mut Reader, visitor: &Visitor) -> Result<Whom> {
    if sees_all(visitor) {
        return Ok(Whom::All);
    }
    if visitor.roles.has(Role::Manager) {
        let team = assignments::team::seen_by(reader, visitor)?;
        return Ok(Whom::Team(
            team.into_keys().map(|person| person.to_string()).collect(),
        ));
    }
    Ok(Whom::Counts)
}

/// The last twelve months, today included.
pub(super) fn year(today: Day) -> Window {
    Window {
        from: today - (YEAR_DAYS - 1),
        to: today + 1,
    }
}

/// The facts of the last twelve months and how those the visitor may see stand today.
pub(super) fn reckoned(reader: &mut Reader, whom: &Whom) -> Result<(Arc<Facts>, Coverage)> {
    let today = reader.today()?;
    let facts = load(
        reader,
        &Scope {
            window: year(today),
            known_at: Moment(i64::MAX),
            person: None,
        },
    )?;
    let mut coverage = coverage(&facts, &adopted(reader)?, today);
    if let Whom::Team(team) = whom {
        coverage
            .people
            .retain(|p| team.contains(&*facts.people[p.person as usize]));
    }
    Ok((Arc::new(facts), coverage))
}

struct Line {
    id: String,
    name: String,
    kind: &'static str,
    source: String,
    from: Option<Day>,
}

async fn list(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(standing): Path<String>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let standing = Standing::parse(&standing).ok_or(Error::Missing)?;
    let asked: Filled = asked.into_iter().collect();
    let page = asked.one("page").parse::<usize>().unwrap_or(1).max(1);
    let found = db
        .read(move |reader| {
            let whom = whom(reader, &visitor)?;
            if whom == Whom::Counts {
                return Ok(None);
            }
            let (facts, coverage) = reckoned(reader, &whom)?;
            lines(reader, (&facts, &coverage), standing).map(Some)
        })
        .await?;
    let lines = found.ok_or_else(|| {
        Error::forbidden("This page is for owners, auditors, and managers about their own people.")
    })?;
    let total = lines.len();
    let shown =
        &lines[total.min((page - 1).saturating_mul(PAGE_SIZE))..total.min(page.saturating_mul(PAGE_SIZE))];
    let mut table = table(standing, shown).of(total as u64, "people");
    if page.saturating_mul(PAGE_SIZE) < total {
        table = table.link(
            "Show the next",
            format!("/coverage/{}?page={}", standing.name(), page + 1),
        );
    }
    let opening = Opening::new(finding(standing, total as u64))
        .over(trail(&[("Today", "/")], called(standing)))
        .lead(if total == 0 { "" } else { meaning(standing) });
    let body = html! { (opening.actions(way_out(standing))) (table) };
    Screen::shell(&place, finding(standing, total as u64), body).answer()
}

fn lines(
    reader: &mut Reader,
    (facts, coverage): (&Facts, &Coverage),
    standing: Standing,
) -> Result<Vec<Line>> {
    let today = reader.today()?;
    let names = Names::load(
        reader,
        Terms {
            window: year(today),
            known_at: Moment(i64::MAX),
        },
    )?;
    let mut lines: Vec<Line> = coverage
        .people
        .iter()
        .filter(|p| p.standing == standing)
        .map(|p| {
            let id = &*facts.people[p.person as usize];
            let (source, key) = facts.name(p.person);
            Line {
                id: id.to_owned(),
                name: names.call(id).to_owned(),
                kind: super::kind_label(&names, id),
                source: format!("{source} {key}"),
                from: p.from,
            }
        })
        .collect();
    lines.sort_by(|a, b| (a.from, &a.name, &a.id).cmp(&(b.from, &b.name, &b.id)));
    Ok(lines)
}

fn table(standing: Standing, lines: &[Line]) -> Table {
    // Only these standings have a day; a column of empty cells would say nothing.
    let since = match standing {
        Standing::Uncovered => Some("Not covered since"),
        Standing::Lapsing => Some("Lapses on"),
        Standing::FirstDays => Some("Not covered from"),
        Standing::Covered | Standing::Away => None,
    };
    let mut columns = vec![
        Column::new("Person").wide(),
        Column::new("Source id"),
        Column::new("Kind"),
    ];
    columns.extend(since.map(Column::new));
    Table::new("People", columns)
        .caption_hidden()
        .labelled()
        .empty("There is nobody in this list.")
        .rows(lines.iter().map(|line| {
            let mut cells = vec![
                html! { a href={ "/people/" (line.id) } { (line.name) } },
                html! { (line.source) },
                html! { (line.kind) },
            ];
            if since.is_some() {
                cells.push(html! { @if let Some(day) = line.from { (web::day(day)) } });
            }
            cells
        }))
}

/// What the list is called where it stands among others.
fn called(standing: Standing) -> &'static str {
    match standing {
        Standing::Covered => "Covered",
        Standing::Lapsing => "Will lapse",
        Standing::Uncovered => "Not covered",
        Standing::FirstDays => "In their first days",
        Standing::Away => "On leave",
    }
}

fn finding(standing: Standing, count: u64) -> String {
    let (who, verb) = match count {
        0 => ("Nobody".to_owned(), "is"),
        1 => (people(1), "is"),
        _ => (people(count), "are"),
    };
    match standing {
        Standing::Covered => format!("{who} {verb} covered today and for the next 30 days."),
        Standing::Lapsing => format!("{who} {verb} covered today and will lapse within 30 days."),
        Standing::Uncovered if count == 0 => "Nobody lacks training today.".to_owned(),
        Standing::Uncovered => format!("{who} {verb} not covered today."),
        Standing::FirstDays => format!("{who} {verb} in the first days, with something still to do."),
        Standing::Away => format!("{who} {verb} on leave and not asked."),
    }
}

fn meaning(standing: Standing) -> &'static str {
    match standing {
        Standing::Covered => "Everything that is asked of them is in date.",
        Standing::Lapsing => {
            "Something that is asked of them runs out within 30 days unless they do it again."
        }
        Standing::Uncovered => {
            "Something that is asked of them is not in date, and the days they were given are over."
        }
        Standing::FirstDays => "They have not done everything yet, and it is not due yet.",
        Standing::Away => "Days on leave are not judged; a deadline moves to their return.",
    }
}

fn way_out(standing: Standing) -> Markup {
    match standing {
        Standing::Uncovered => html! { (button_link("See what is overdue", "/assignments")) },
        Standing::Lapsing | Standing::FirstDays => {
            html! { (button_link("See what is owed", "/assignments")) }
        }
        Standing::Covered | Standing::Away => html! { (button_link("Back to today", "/")) },
    }
}
