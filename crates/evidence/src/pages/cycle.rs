//! Whether things are done on time: every cycle of the last year and the next quarter, and one cycle day by day.
//!
//! Each share says what it is out of and how sure one can be; each number opens the people behind it.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use db::{Day, Db, Reader, Result};
use paper::{Cell, Columns, Kind};
use stats::moments::median;
use web::{
    Answer, Auditor, Bar, Bars, BurnUp, Column, DayCount, Error, Filled, Forecast, Markup, Opening, Place,
    Screen, Standing, Table, button_link, html, panel, table::thousands, trail,
};

use super::capital;
use super::figures::{PAGE_SIZE, csv, names, opens, page_number, siblings, whole};
use crate::{
    cycle::{Cycle, Cycles, FORECAST_DAYS, Fate, Line, Part, Quarter, forecast, load},
    exports::names::Names,
};

/// Quarters looked back on.
const QUARTERS_BACK: usize = 4;
/// Cycles drawn; the table has them all.
const DRAWN_MAX: usize = 16;
/// Days of a burn-up that are listed; a longer one is listed by week.
const DAYS_LISTED: usize = 40;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/cycles", get(list))
        .route("/cycles/csv", get(file))
        .route("/cycles/{course}/{quarter}", get(show))
}

/// The cycles that are shown, newest quarter first, then by course.
fn recent(reader: &mut Reader) -> Result<(Cycles, Quarter)> {
    let now = Quarter::of(reader.today()?);
    let from = (0..QUARTERS_BACK).fold(now, |quarter, _| quarter.before());
    Ok((load(reader, from, now.next())?, now))
}

fn ordered(cycles: &Cycles) -> Vec<(&str, Quarter, &Cycle)> {
    let mut rows: Vec<_> = cycles
        .found
        .iter()
        .map(|((course, quarter), cycle)| (course.as_str(), *quarter, cycle))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    rows
}

async fn list(place: Place, _: Auditor, State(db): State<Db>) -> Answer {
    let (cycles, now) = db.read(recent).await?;
    let rows = ordered(&cycles);
    let body = html! {
        (Opening::new(finding(&rows, now))
            .lead("A cycle is what falls due of one course within a quarter. On time is reckoned out of what could have been done: neither excused nor still open.")
            .actions(html! { @if let Some((quarter, _)) = newest_due(&rows, now) { (button_link("See each of them", &format!("/cycles/all/{}?show=judged", quarter.name()))) } (siblings("/cycles")) }))
        div.stack.roomy {
            (panel("On time, by cycle", html! { a href="/cycles/csv" { "Download (CSV)" } }, chart(&rows)))
            (table(&rows))
            (panel("New people", "what is asked of them because they are new", joined(&rows)))
        }
    };
    Screen::shell(&place, "On time", body).answer()
}

/// The newest quarter of which anything can be judged, and how much of it was on time.
fn newest_due(rows: &[(&str, Quarter, &Cycle)], now: Quarter) -> Option<(Quarter, (u64, u64))> {
    let of = |quarter: Quarter| {
        let cycles = rows.iter().filter(|(_, other, _)| *other == quarter);
        cycles.fold((0, 0), |(n, of), (_, _, cycle)| {
            (n + cycle.on_time().n, of + cycle.on_time().of)
        })
    };
    [now, now.before()]
        .into_iter()
        .map(|quarter| (quarter, of(quarter)))
        .find(|(_, (_, of))| *of > 0)
}

fn finding(rows: &[(&str, Quarter, &Cycle)], now: Quarter) -> String {
    match newest_due(rows, now) {
        Some((quarter, (n, of))) => format!(
            "{} of {} courses that fell due in {} were done on time.",
            thousands(n),
            thousands(of),
            quarter.words()
        ),
        None => "Nothing has fallen due yet.".to_owned(),
    }
}

fn chart(rows: &[(&str, Quarter, &Cycle)]) -> Bars {
    let bar = |(course, quarter, cycle): &(&str, Quarter, &Cycle)| {
        let on_time = cycle.on_time();
        let counted = on_time.of + cycle.count(Fate::Open);
        let share = |count: u64| {
            if counted == 0 {
                0.0
            } else {
                count as f64 / counted as f64
            }
        };
        Bar {
            label: format!("{course} {}", quarter.name().replace("-q", " Q")),
            figure: format!("{} of {counted} on time", on_time.n),
            parts: vec![
                (Standing::Met, share(on_time.n)),
                (Standing::Attention, share(cycle.count(Fate::Late))),
                (Standing::Gap, share(cycle.count(Fate::Overdue))),
                (Standing::None, share(cycle.count(Fate::Open))),
            ],
            between: None,
        }
    };
    let worst = rows
        .iter()
        .filter(|(_, _, cycle)| cycle.on_time().of > 0)
        .min_by(|a, b| {
            let share = |row: &(&str, Quarter, &Cycle)| row.2.on_time().share().unwrap_or(1.0);
            share(a).total_cmp(&share(b))
        });
    let sentence = match worst {
        Some((course, quarter, cycle)) => format!(
            "The least on time is {course} in {}: {}.",
            quarter.words(),
            cycle.on_time()
        ),
        None => "Nothing has fallen due yet.".to_owned(),
    };
    Bars {
        name: "cycles",
        title: "On time, by cycle".into(),
        sentence,
        whole: 1.0,
        legend: vec![
            (Standing::Met, "on time"),
            (Standing::Attention, "late"),
            (Standing::Gap, "overdue"),
            (Standing::None, "open"),
        ],
        bars: rows.iter().take(DRAWN_MAX).map(bar).collect(),
        table: figures(rows),
    }
}

/// What is drawn, in figures.
fn figures(rows: &[(&str, Quarter, &Cycle)]) -> Table {
    let columns = [
        Column::new("Cycle"),
        Column::new("On time").number(),
        Column::new("Late").number(),
        Column::new("Overdue").number(),
        Column::new("Open").number(),
    ];
    let row = |(course, quarter, cycle): &(&str, Quarter, &Cycle)| {
        let href = format!("/cycles/{course}/{}", quarter.name());
        let count = |fate: Fate| opens(cycle.count(fate), &format!("{href}?show={}", fate.name()));
        [
            html! { (course) ", " (quarter.words()) },
            count(Fate::OnTime),
            count(Fate::Late),
            count(Fate::Overdue),
            count(Fate::Open),
        ]
    };
    Table::new("On time, by cycle", columns)
        .caption_hidden()
        .labelled()
        .rows(rows.iter().take(DRAWN_MAX).map(row))
}

fn table(rows: &[(&str, Quarter, &Cycle)]) -> Table {
    let mut columns = vec![Column::new("Cycle")];
    columns.extend(Fate::ALL.map(|fate| Column::new(capital(fate.words())).number()));
    columns.push(Column::new("On-time rate"));
    let row = |(course, quarter, cycle): &(&str, Quarter, &Cycle)| {
        let href = format!("/cycles/{course}/{}", quarter.name());
        let mut cells = vec![html! { a href=(href) { (course) ", " (quarter.words()) } }];
        cells.extend(Fate::ALL.map(|fate| opens(cycle.count(fate), &format!("{href}?show={}", fate.name()))));
        cells.push(rate(cycle, &format!("{href}?show=judged")));
        cells
    };
    Table::new("Every cycle, and who is behind its numbers", columns)
        .labelled()
        .empty("Nothing falls due between a year ago and the end of the next quarter.")
        .rows(rows.iter().map(row))
        .of(rows.len() as u64, "cycles")
}

/// The share on time, which opens those it is out of.
fn rate(cycle: &Cycle, href: &str) -> Markup {
    html! { @if cycle.on_time().of == 0 { "–" } @else { a href=(href) { (cycle.on_time()) } } }
}

fn joined(rows: &[(&str, Quarter, &Cycle)]) -> Table {
    let mut quarters: Vec<Quarter> = rows.iter().map(|(_, quarter, _)| *quarter).collect();
    quarters.dedup();
    let new = |quarter: Quarter| -> Cycle {
        let cycles = rows.iter().filter(|(_, other, _)| *other == quarter);
        Cycle {
            lines: cycles
                .flat_map(|(_, _, cycle)| cycle.lines.iter().filter(|line| line.new).copied())
                .collect(),
        }
    };
    let columns = [
        Column::new("Due in"),
        Column::new("Courses asked").number(),
        Column::new("On time"),
        Column::new("Open").number(),
        Column::new("Days from start to done, in the middle").number(),
    ];
    let rows = quarters
        .into_iter()
        .map(|quarter| (quarter, new(quarter)))
        .filter(|(_, cycle)| !cycle.lines.is_empty());
    Table::new("New people", columns)
        .caption_hidden()
        .labelled()
        .empty("Nobody was new.")
        .rows(rows.map(|(quarter, cycle)| {
            let days: Vec<f64> = cycle
                .lines
                .iter()
                .filter_map(|line| Some(f64::from(line.done_on? - line.asked_on)))
                .collect();
            let href = |show: &str| format!("/cycles/all/{}?new=1{show}", quarter.name());
            [
                html! { (quarter.words()) },
                opens(cycle.lines.len() as u64, &href("")),
                rate(&cycle, &href("&show=judged")),
                opens(cycle.count(Fate::Open), &href("&show=open")),
                html! { @match median(&days) { Some(days) => (format!("{days:.0}")), None => "–" } },
            ]
        }))
}

async fn file(_: Auditor, State(db): State<Db>) -> Answer {
    let (cycles, _) = db.read(recent).await?;
    let mut columns = vec![
        paper::Column::new("course", "Course", Kind::Text).required(),
        paper::Column::new("quarter", "Quarter", Kind::Text).required(),
    ];
    let names = [
        ("on_time", "On time"),
        ("late", "Late"),
        ("overdue", "Overdue"),
        ("open", "Open"),
        ("excused", "Excused"),
    ];
    columns.extend(names.map(|(name, title)| paper::Column::new(name, title, Kind::Integer).required()));
    let rows = ordered(&cycles).into_iter().map(|(course, quarter, cycle)| {
        let mut cells = vec![
            Cell::Text(course.to_owned().into()),
            Cell::Text(quarter.name().into()),
        ];
        cells.extend(Fate::ALL.map(|fate| whole(cycle.count(fate))));
        cells
    });
    Ok(csv(&Columns::new("cycles", "On time, by cycle", columns), rows)?)
}

/// One cycle with the names of the people listed.
struct Seen {
    cycle: Cycle,
    people: Vec<Box<str>>,
    names: Names,
    today: Day,
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path((course, quarter)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let quarter = Quarter::parse(&quarter).ok_or(Error::Missing)?;
    let asked: Filled = asked.into_iter().collect();
    let key = (course.clone(), quarter);
    let seen = db
        .read(move |reader| {
            let mut cycles = load(reader, quarter, quarter)?;
            let Some(cycle) = cycles.found.remove(&key) else {
                return Ok(None);
            };
            Ok(Some(Seen {
                cycle,
                people: cycles.people,
                names: names(reader)?,
                today: reader.today()?,
            }))
        })
        .await?
        .ok_or(Error::Missing)?;
    let href = format!("/cycles/{course}/{}", quarter.name());
    let on_time = seen.cycle.on_time();
    let finding = match on_time.of {
        0 => format!(
            "{} people have {course} due in {}; none of it is due yet.",
            thousands(seen.cycle.count(Fate::Open)),
            quarter.words()
        ),
        of => format!(
            "{} of {} did {course} on time in {}.",
            thousands(on_time.n),
            thousands(of),
            quarter.words()
        ),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("On time", "/cycles")], &format!("{course}, {}", quarter.words())))
            .actions(button_link("The course", &format!("/courses/{course}"))))
        div.stack.roomy {
            (panel("Will it be finished?", "", burn_up(&seen, &href)))
            (lines(&seen, &asked, &href))
        }
    };
    Screen::shell(&place, format!("{course}, {}", quarter.words()), body).answer()
}

fn burn_up(seen: &Seen, href: &str) -> BurnUp {
    let days = seen.cycle.days(seen.today);
    let due_on = seen
        .cycle
        .lines
        .iter()
        .map(|line| line.due_on)
        .max()
        .unwrap_or(seen.today);
    let ahead = forecast(&days, due_on);
    let sentence = match (days.last(), ahead) {
        (None, _) => "Nothing is asked of anybody yet.".to_owned(),
        (Some(last), _) if last.done >= last.asked => format!("All {} are done.", last.asked),
        (Some(last), Some((low, high))) => format!(
            "{} of {} are done. Going on as in the last days, {:.0} to {:.0} will be by {}.",
            last.done,
            last.asked,
            low.floor(),
            high.ceil(),
            due_on.long()
        ),
        (Some(last), None) if last.day >= due_on => {
            format!("{} of {} are done, and all of it is due.", last.done, last.asked)
        }
        (Some(last), None) => format!(
            "{} of {} are done. A forecast needs {FORECAST_DAYS} days.",
            last.done, last.asked
        ),
    };
    let step = days.len().div_ceil(DAYS_LISTED).max(1);
    let listed = days.iter().rev().step_by(step);
    let columns = [
        Column::new("Day"),
        Column::new("Asked").number(),
        Column::new("Done").number(),
    ];
    let by = |what: &str, day: Day, count: u64| opens(count, &format!("{href}?show={what}-by-{day}"));
    BurnUp {
        name: "burn-up",
        title: "Asked and done, day by day".into(),
        sentence,
        table: Table::new("Asked and done", columns).rows(listed.map(|day| {
            [
                web::day(day.day),
                by("asked", day.day, day.asked),
                by("done", day.day, day.done),
            ]
        })),
        days: days
            .iter()
            .map(|day| DayCount {
                day: day.day,
                asked: day.asked,
                done: day.done,
            })
            .collect(),
        due_on,
        as_of: seen.today,
        forecast: ahead.map(|(low, high)| Forecast { low, high }),
    }
}

fn lines(seen: &Seen, asked: &Filled, href: &str) -> Markup {
    let show = Part::parse(asked.one("show"));
    let page = page_number(asked);
    let mut chosen: Vec<(&str, &Line)> = seen
        .cycle
        .lines
        .iter()
        .filter(|line| show.is_none_or(|part| part.holds(line)))
        .map(|line| (seen.names.call(&seen.people[line.person as usize]), line))
        .collect();
    chosen.sort_by(|a, b| (a.0, a.1.due_on).cmp(&(b.0, b.1.due_on)));
    let total = chosen.len();
    let columns = [
        Column::new("Person").wide(),
        Column::new("Asked"),
        Column::new("Due"),
        Column::new("Done"),
        Column::new("How"),
    ];
    let shown = chosen.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut table = Table::new(
        show.map_or("Everybody".to_owned(), |part| capital(&part.words())),
        columns,
    )
    .labelled()
    .empty(html! { "There is nobody in this list. " a href=(href) { "Show everybody" } "." })
    .rows(shown.map(|(name, line)| {
        [
            html! { a href={ "/people/" (seen.people[line.person as usize]) } { (name) } },
            web::day(line.asked_on),
            web::day(line.due_on),
            html! { @if let Some(done) = line.done_on { (web::day(done)) } },
            web::tag(standing(line.fate), line.fate.words()),
        ]
    }))
    .of(total as u64, "people");
    if page * PAGE_SIZE < total {
        let show = show
            .map(|part| format!("&show={}", part.name()))
            .unwrap_or_default();
        table = table.link("Show the next", format!("{href}?page={}{show}", page + 1));
    }
    html! {
        div.row {
            @for fate in Fate::ALL { a href={ (href) "?show=" (fate.name()) } { (web::tag(standing(fate), html! { (thousands(seen.cycle.count(fate))) " " (fate.words()) })) } }
        }
        (table)
    }
}

pub(super) fn standing(fate: Fate) -> Standing {
    match fate {
        Fate::OnTime => Standing::Met,
        Fate::Late => Standing::Attention,
        Fate::Overdue => Standing::Gap,
        Fate::Open | Fate::Excused => Standing::None,
    }
}
