//! Who owes what today: what is overdue, by age, what is waived, and what is still in time.
//!
//! Everything that is asked for stands in the address, so a list can be sent to somebody as a link.
//!
//! Not here: what one person owes (their own page, and what they see themselves).

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use db::{Day, Db, Id, Reader};
use roster::person::{self, PersonKind};
use web::table::thousands;
use web::{
    Answer, Choice, Column, Count, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    Visitor, button, day, html, roll_call, tag,
};

use super::may_look;
use crate::assignment::{self, AGES, Age, Ageing, CourseCount, Filter, Listed, Show};

/// Lines on one page.
const LINES: i64 = 200;

/// The pages one can turn to: enough for anybody who reads, and no number is too big to reckon with.
const PAGES_MAX: i64 = 10_000;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new().route("/assignments", get(index))
}

struct Seen {
    ageing: Ageing,
    of_course: Ageing,
    courses: Vec<CourseCount>,
    lines: Vec<Listed>,
    names: HashMap<Id<PersonKind>, String>,
    today: Day,
}

async fn index(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_look(&visitor)?;
    let filled: Filled = asked.into_iter().collect();
    let filter = filter(&filled);
    let seen = db.read(move |r| look(r, &filter)).await?;
    let overdue = seen.ageing.overdue_in_all().unsigned_abs();
    let in_time = seen.ageing.in_time.unsigned_abs();
    let finding = match overdue {
        0 => "Nothing is overdue.".to_owned(),
        1 => "One assignment is overdue.".to_owned(),
        count => format!("{} assignments are overdue.", thousands(count)),
    };
    let counts = [
        Count::new(Standing::Met, in_time, "in time").href("/assignments?show=in_time"),
        Count::new(Standing::Gap, overdue, "overdue").href("/assignments"),
    ];
    let body = html! {
        (Opening::new(finding).lead(lead(&seen.ageing)).actions(web::button_link("Waivers", "/waivers")))
        @if overdue + in_time > 0 { (roll_call("assignment", &counts)) }
        (filters(&filled, &seen.courses))
        (lines(&filled, &seen))
        (by_course(&seen.courses))
    };
    Screen::shell(&place, "Assignments", body).answer()
}

fn look(reader: &mut Reader, filter: &Filter) -> db::Result<Seen> {
    let lines = assignment::list(reader, filter)?;
    let mut names = HashMap::new();
    for line in &lines {
        if !names.contains_key(&line.person) {
            let name = person::find(reader, &line.person)?.map_or_else(String::new, |person| person.name());
            names.insert(line.person.clone(), name);
        }
    }
    Ok(Seen {
        ageing: assignment::ageing(reader, None)?,
        of_course: assignment::ageing(reader, filter.course_id.as_deref())?,
        courses: assignment::courses(reader)?,
        lines,
        names,
        today: reader.today()?,
    })
}

/// The parts that can be shown: the value in the address, the label, and what it means.
fn shows() -> Vec<(String, String, Show)> {
    let overdue = AGES.map(|age| {
        let label = match age.to {
            to if to == Age::ANY.to => format!("Overdue by {} days or more", age.from),
            to => format!("Overdue by {} to {to} days", age.from),
        };
        (format!("overdue_{}", age.from), label, Show::Overdue(age))
    });
    let mut shows = vec![(
        "overdue".to_owned(),
        "Overdue".to_owned(),
        Show::Overdue(Age::ANY),
    )];
    shows.extend(overdue);
    shows.push(("waived".to_owned(), "Overdue and waived".to_owned(), Show::Waived));
    shows.push(("in_time".to_owned(), "Owed and in time".to_owned(), Show::InTime));
    shows.push(("all".to_owned(), "Everything owed".to_owned(), Show::All));
    shows
}

fn show(filled: &Filled) -> Show {
    let asked = shows()
        .into_iter()
        .find(|(value, _, _)| value == filled.one("show"));
    asked.map_or(Show::Overdue(Age::ANY), |(_, _, show)| show)
}

fn page_number(filled: &Filled) -> i64 {
    filled.one("page").parse().unwrap_or(1).clamp(1, PAGES_MAX)
}

fn filter(filled: &Filled) -> Filter {
    let course_id = Some(filled.one("course").to_owned()).filter(|course| !course.is_empty());
    Filter {
        show: show(filled),
        course_id,
        skip: (page_number(filled) - 1) * LINES,
        most: LINES,
    }
}

fn lead(ageing: &Ageing) -> Markup {
    let waived =
        |count: i64| html! { a href="/assignments?show=waived" { (thousands(count.unsigned_abs())) } };
    match ageing.waived {
        0 => {
            html! { "What is waived stays owed, and would be listed here with the day until which it is waived." }
        }
        1 => {
            html! { (waived(1)) " of the overdue is waived for now; it stays owed, and is listed with the day." }
        }
        count => {
            html! { (waived(count)) " of the overdue are waived for now; they stay owed, and are listed with the day." }
        }
    }
}

fn filters(filled: &Filled, courses: &[CourseCount]) -> Markup {
    let parts: Vec<Choice> = shows()
        .into_iter()
        .map(|(value, label, _)| Choice::new(value, label))
        .collect();
    let offered: Vec<Choice> = courses
        .iter()
        .map(|one| Choice::new(&one.course_id, format!("{} {}", one.course_id, one.title)))
        .collect();
    let start = if filled.one("show").is_empty() {
        filled.clone().with("show", "overdue")
    } else {
        filled.clone()
    };
    let start: Filled = start
        .pairs()
        .filter(|(_, value)| !value.is_empty())
        .map(owned)
        .collect();
    let problems = Problems::none();
    let form = Form::new(&start, &problems);
    html! {
        form.filter method="get" action="/assignments" {
            (form.select("show", "Show", &parts))
            (form.select("course", "Course", &offered).optional())
            (button("Show"))
        }
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn lines(filled: &Filled, seen: &Seen) -> Markup {
    let total = seen.of_course.count(show(filled)).unsigned_abs();
    let caption = shows()
        .into_iter()
        .find(|(value, _, _)| value == filled.one("show"))
        .map_or_else(|| "Overdue".to_owned(), |(_, label, _)| label);
    let columns = [
        Column::new("Person"),
        Column::new("Course"),
        Column::new("Due"),
        Column::new("How it stands").wide(),
    ];
    let mut table = Table::new(caption, columns)
        .rows(seen.lines.iter().map(|line| row(line, seen)))
        .of(total, "assignments")
        .empty("Nothing here. That is as it should be.")
        .labelled();
    let page = page_number(filled);
    if total.cast_signed() > page * LINES {
        let keep = |name: &str| format!("{name}={}", encoded(filled.one(name)));
        let next = format!(
            "/assignments?{}&{}&page={}",
            keep("show"),
            keep("course"),
            page + 1
        );
        table = table.link(format!("Show the next {LINES}"), next);
    }
    html! { (table) }
}

fn row(line: &Listed, seen: &Seen) -> [Markup; 4] {
    let name = seen.names.get(&line.person).map_or("", String::as_str);
    let title = seen
        .courses
        .iter()
        .find(|one| one.course_id == line.course_id)
        .map_or("", |one| one.title.as_str());
    [
        html! { a href={ "/people/" (line.person) } { (name) } },
        html! { (line.course_id) " " (title) },
        html! { @match line.due_on { Some(due) => (day(due)), None => "no day yet" } },
        stands(line, seen.today),
    ]
}

fn stands(line: &Listed, today: Day) -> Markup {
    let how = match line.due_on {
        None => tag(Standing::None, "away, with no day of return"),
        Some(due) if due < today => tag(Standing::Gap, late(today - due)),
        Some(due) if due == today => tag(Standing::Attention, "due today"),
        Some(due) => tag(Standing::Met, format!("{} left", days(due - today))),
    };
    html! {
        (how)
        @if let Some(until) = line.waived_until { " " (tag(Standing::Attention, format!("waived until {}", until.short()))) }
    }
}

fn late(count: i32) -> String {
    format!("{} overdue", days(count))
}

fn days(count: i32) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

fn by_course(courses: &[CourseCount]) -> Markup {
    let columns = [
        Column::new("Course"),
        Column::new("Owed today").number(),
        Column::new("Overdue").number(),
        Column::new("Of these waived").number(),
    ];
    let rows = courses.iter().map(|one| {
        let href = |show: &str| format!("/assignments?show={show}&course={}", encoded(&one.course_id));
        let count = |count: i64, show: &str| {
            let number = thousands(count.unsigned_abs());
            html! { @if count == 0 { "0" } @else { a href=(href(show)) { (number) } } }
        };
        [
            html! { a href=(href("all")) { (one.course_id) " " (one.title) } },
            count(one.owed, "all"),
            count(one.overdue, "overdue"),
            count(one.waived, "waived"),
        ]
    });
    html! { (Table::new("By course", columns).rows(rows).empty(html! { "Nobody owes a course today. " a href="/programme" { "The rules" } " say who owes what." })) }
}

/// A value as it stands in an address.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte))
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
