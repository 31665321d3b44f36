//! How old what is overdue is, by kind of person, and whose it is.
//!
//! A course of a person counts once, by its earliest due day. What is waived today is not counted. Whoever has left is
//! owed nothing and is not here.

use std::collections::HashMap;

use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use db::{Day, Db, Reader, Result, params, sql};
use paper::{Cell, Columns, Kind};
use roster::engagement::EngagementKind;
use web::{
    Answer, Auditor, Bar, Bars, Column, Filled, Markup, Opening, Place, Screen, Standing, Table, button_link,
    html, panel, table::thousands,
};

use super::figures::{PAGE_SIZE, csv, names, opens, page_number, siblings, whole};
use crate::exports::names::Names;

/// The first and the last day of each age; the last has no end.
const AGES: [(i32, i32); 5] = [(1, 7), (8, 30), (31, 60), (61, 90), (91, i32::MAX)];

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/overdue", get(show))
        .route("/overdue/csv", get(file))
}

/// One course that somebody is late with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    person: String,
    kind: EngagementKind,
    course: String,
    due_on: Day,
    age: usize,
}

/// Which of the ages so many days are; none before the first.
fn age(days: i32) -> Option<usize> {
    AGES.iter().position(|(from, to)| (*from..=*to).contains(&days))
}

fn words(age: usize) -> String {
    match AGES[age] {
        (from, i32::MAX) => format!("{from} days and more"),
        (from, to) => format!("{from} to {to} days"),
    }
}

/// As addresses have it: "31".
fn name(age: usize) -> String {
    AGES[age].0.to_string()
}

/// What is overdue today, in one pass over what is open.
fn overdue(reader: &mut Reader) -> Result<Vec<Line>> {
    let today = reader.today()?;
    let kinds = kinds(reader, today)?;
    let mut lines = Vec::new();
    reader.each(
        sql!(
            "select o.person_id, o.course_id, min(o.due_on)
             from assignment_open o
             where o.due_on < $1
               and o.opens_on <= $1
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
            let (person, due_on): (String, Day) = (row.get(0)?, row.get(2)?);
            if let Some(age) = age(today - due_on) {
                let kind = kinds.get(&person).copied().unwrap_or(EngagementKind::Other);
                lines.push(Line {
                    kind,
                    course: row.get(1)?,
                    due_on,
                    age,
                    person,
                });
            }
            Ok(())
        },
    )?;
    Ok(lines)
}

/// What kind of engagement each person has today.
fn kinds(reader: &mut Reader, today: Day) -> Result<HashMap<String, EngagementKind>> {
    let mut kinds = HashMap::new();
    reader.each(
        sql!(
            "select person_id, kind
             from engagement
             where superseded_at is null
               and start_on <= $1
               and (end_on is null or end_on >= $1)"
        ),
        &params![today],
        |row| {
            let kind: EngagementKind = row
                .str(1)?
                .unwrap_or_default()
                .parse()
                .unwrap_or(EngagementKind::Other);
            kinds.insert(row.get(0)?, kind);
            Ok(())
        },
    )?;
    Ok(kinds)
}

/// The kinds that occur, the most frequent first, with how many lines of each age.
fn by_kind(lines: &[Line]) -> Vec<(EngagementKind, [u64; AGES.len()])> {
    let mut found: Vec<(EngagementKind, [u64; AGES.len()])> = Vec::new();
    for line in lines {
        let place = found
            .iter()
            .position(|(kind, _)| *kind == line.kind)
            .unwrap_or_else(|| {
                found.push((line.kind, [0; AGES.len()]));
                found.len() - 1
            });
        found[place].1[line.age] += 1;
    }
    found.sort_by_key(|(kind, counts)| (std::cmp::Reverse(counts.iter().sum::<u64>()), kind.as_str()));
    found
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let (lines, names, today) = db
        .read(|reader| Ok((overdue(reader)?, names(reader)?, reader.today()?)))
        .await?;
    let kinds = by_kind(&lines);
    let body = html! {
        (Opening::new(finding(&lines))
            .lead(format!("As of {}. A course of a person counts once; what is waived today is left out.", today.long()))
            .actions(html! { (siblings("/overdue")) (button_link("Everything that is owed", "/assignments")) }))
        @if !lines.is_empty() {
            div.stack.roomy {
                (panel("How old it is", html! { a href="/overdue/csv" { "Download (CSV)" } }, chart(&kinds)))
                (people(&lines, &asked, (&names, today)))
            }
        }
    };
    Screen::shell(&place, "Overdue", body).answer()
}

fn finding(lines: &[Line]) -> String {
    let old = lines.iter().filter(|line| line.age >= 2).count() as u64;
    match (lines.len() as u64, old) {
        (0, _) => "Nothing is overdue.".to_owned(),
        (1, 0) => "One course is overdue, by 30 days at most.".to_owned(),
        (1, _) => "One course is overdue, by more than 30 days.".to_owned(),
        (all, 0) => format!(
            "{} courses are overdue, none by more than 30 days.",
            thousands(all)
        ),
        (all, old) => format!(
            "{} courses are overdue, {} of them by more than 30 days.",
            thousands(all),
            thousands(old)
        ),
    }
}

fn chart(kinds: &[(EngagementKind, [u64; AGES.len()])]) -> Bars {
    let employees = |age: usize| {
        kinds
            .iter()
            .filter(|(kind, _)| *kind == EngagementKind::Employee)
            .map(|(_, n)| n[age])
            .sum::<u64>()
    };
    let all = |age: usize| kinds.iter().map(|(_, n)| n[age]).sum::<u64>();
    let bar = |age: usize| Bar {
        label: words(age),
        figure: thousands(all(age)),
        parts: vec![
            (Standing::Gap, employees(age) as f64),
            (Standing::Attention, (all(age) - employees(age)) as f64),
        ],
        between: None,
    };
    let most = (0..AGES.len()).max_by_key(|age| all(*age)).unwrap_or_default();
    let mut columns = vec![Column::new("Overdue by")];
    columns.extend(kinds.iter().map(|(kind, _)| Column::new(kind.label()).number()));
    columns.push(Column::new("All").number());
    let row = |age: usize| {
        let mut cells = vec![html! { (words(age)) }];
        cells.extend(kinds.iter().map(|(kind, counts)| {
            opens(
                counts[age],
                &format!("/overdue?age={}&kind={}", name(age), kind.as_str()),
            )
        }));
        cells.push(opens(all(age), &format!("/overdue?age={}", name(age))));
        cells
    };
    Bars {
        name: "ages",
        title: "Overdue by age".into(),
        sentence: format!(
            "Most of it, {} of {}, is overdue by {}.",
            thousands(all(most)),
            thousands((0..AGES.len()).map(all).sum()),
            words(most)
        ),
        whole: 0.0,
        legend: vec![
            (Standing::Gap, "employees"),
            (Standing::Attention, "everybody else"),
        ],
        bars: (0..AGES.len()).map(bar).collect(),
        table: Table::new("Overdue by age and kind", columns)
            .labelled()
            .rows((0..AGES.len()).map(row)),
    }
}

fn people(lines: &[Line], asked: &Filled, (names, today): (&Names, Day)) -> Markup {
    let wanted_age = (0..AGES.len()).find(|age| name(*age) == asked.one("age"));
    let wanted_kind: Option<EngagementKind> = asked.one("kind").parse().ok();
    let page = page_number(asked);
    let mut chosen: Vec<&Line> = lines
        .iter()
        .filter(|line| {
            wanted_age.is_none_or(|age| age == line.age) && wanted_kind.is_none_or(|kind| kind == line.kind)
        })
        .collect();
    chosen.sort_by_key(|line| (line.due_on, names.call(&line.person), line.course.as_str()));
    let total = chosen.len();
    let columns = [
        Column::new("Person").wide(),
        Column::new("Kind"),
        Column::new("Course"),
        Column::new("Due"),
        Column::new("Days").number(),
    ];
    let caption = match (wanted_age, wanted_kind) {
        (None, None) => "Who is overdue, the oldest first".to_owned(),
        (age, kind) => {
            let parts = [
                age.map(|age| format!("overdue by {}", words(age))),
                kind.map(|kind| kind.label().to_owned()),
            ];
            format!(
                "Only {}",
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            )
        }
    };
    let shown = chosen.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut table = Table::new(caption, columns)
        .labelled()
        .empty(html! { "There is nobody in this list. " a href="/overdue" { "Show everybody" } "." })
        .rows(shown.map(|line| {
            [
                html! { a href={ "/people/" (line.person) } { (names.call(&line.person)) } },
                html! { (line.kind.label()) },
                html! { (line.course) },
                web::day(line.due_on),
                html! { (today - line.due_on) },
            ]
        }))
        .of(total as u64, "courses");
    if wanted_age.is_some() || wanted_kind.is_some() {
        table = table.link("Show everybody", "/overdue");
    }
    if page * PAGE_SIZE < total {
        let age = wanted_age
            .map(|age| format!("&age={}", name(age)))
            .unwrap_or_default();
        let kind = wanted_kind
            .map(|kind| format!("&kind={}", kind.as_str()))
            .unwrap_or_default();
        table = table.link("Show the next", format!("/overdue?page={}{age}{kind}", page + 1));
    }
    html! { (table) }
}

async fn file(_: Auditor, State(db): State<Db>) -> Answer {
    let lines = db.read(overdue).await?;
    let columns = vec![
        paper::Column::new("age", "Overdue by", Kind::Text).required(),
        paper::Column::new("kind", "Kind", Kind::Text).required(),
        paper::Column::new("courses", "Courses", Kind::Integer).required(),
    ];
    let kinds = by_kind(&lines);
    let rows = (0..AGES.len()).flat_map(|age| {
        let of_age = move |(kind, counts): &(EngagementKind, [u64; AGES.len()])| {
            vec![
                Cell::Text(words(age).into()),
                Cell::Text(kind.as_str().into()),
                whole(counts[age]),
            ]
        };
        kinds.iter().map(of_age).collect::<Vec<_>>()
    });
    Ok(csv(
        &Columns::new("overdue", "Overdue by age and kind", columns),
        rows,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_meet_and_leave_no_day_out() {
        assert_eq!(age(0), None);
        let table = [
            (1, 0),
            (7, 0),
            (8, 1),
            (30, 1),
            (31, 2),
            (60, 2),
            (61, 3),
            (90, 3),
            (91, 4),
            (4_000, 4),
        ];
        for (days, place) in table {
            assert_eq!(age(days), Some(place), "{days} days");
        }
    }
}
