//! The people behind one number of the roster's arithmetic, or everybody who was here in a window.

use axum::extract::{Query, State};
use db::{Day, Db, Moment, Window};
use web::{
    Answer, Auditor, Column, Error, Filled, Opening, Place, Screen, Table, html, table::thousands, trail,
};

use super::kind;
use crate::{
    facts::{KINDS, Scope, load},
    measures::population::{Among, Which, behind},
    pages::{
        asked_window, encoded,
        figures::{PAGE_SIZE, names, page_number},
        window_query,
    },
    wording,
};

/// Where the number in a column of the sums leads: 0 is at the start, 3 at the end.
pub(super) fn href((source, kind): (&str, u8), column: usize, window: Window) -> String {
    let which = Which::ALL.get(column).map_or("", |which| which.name());
    let kind = KINDS[usize::from(kind)];
    format!(
        "/roster/completeness/sum?source={}&kind={kind}&which={which}&{}",
        encoded(source),
        window_query(window)
    )
}

/// GET /roster/completeness/sum
pub(super) async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = query.into_iter().collect();
    let which = Which::ALL
        .into_iter()
        .find(|which| which.name() == asked.one("which"))
        .ok_or(Error::Missing)?;
    let number = KINDS.iter().position(|kind| *kind == asked.one("kind"));
    if number.is_none() && !asked.one("kind").is_empty() {
        return Err(Error::Missing);
    }
    let among_kind = number.and_then(|number| u8::try_from(number).ok());
    let (today, filled) = (db.read(|reader| reader.today()).await?, asked.clone());
    let (window, _) = asked_window(&asked, today);
    let (mut lines, names) = db
        .read(move |reader| {
            let scope = Scope {
                window,
                known_at: Moment(i64::MAX),
                person: None,
            };
            let facts = load(reader, &scope)?;
            let source = Some(filled.one("source")).filter(|source| !source.is_empty());
            let among = Among {
                source,
                kind: among_kind,
            };
            let found = behind(&facts, window.into(), among, which);
            let lines = found
                .into_iter()
                .map(|(person, day)| (day, facts.people[person as usize].to_string()));
            Ok((lines.collect::<Vec<_>>(), names(reader)?))
        })
        .await?;
    lines.sort_by_cached_key(|(day, person)| (names.call(person).to_owned(), *day));
    let total = lines.len();
    let whose = [
        among_kind.map(|number| kind(number).to_lowercase()),
        Some(asked.one("source").to_owned()).filter(|source| !source.is_empty()),
    ];
    let whose: Vec<String> = whose.into_iter().flatten().collect();
    let heading = finding(which, total as u64);
    let lead = html! { (wording::days(window)) @if !whose.is_empty() { ": only " (whose.join(", ")) } "." };
    let up = format!("/roster/completeness?{}", window_query(window));
    let body = html! {
        (Opening::new(heading.clone()).over(trail(&[("People", "/people"), ("Completeness", &up)], said(which))).lead(lead))
        (table(&lines, &names, (which, &asked, window)))
    };
    Screen::shell(&place, heading, body).answer()
}

fn said(which: Which) -> &'static str {
    match which {
        Which::Start => "At the start",
        Which::Joined => "Joined",
        Which::Left => "Left",
        Which::End => "At the end",
        Which::Here => "Everybody",
    }
}

fn finding(which: Which, count: u64) -> String {
    let people = wording::people(count);
    let were = if count == 1 { "was" } else { "were" };
    match which {
        Which::Start => format!("{people} {were} here the day before these days began."),
        Which::Joined => format!("{people} joined in these days."),
        Which::Left => format!("{people} left in these days."),
        Which::End => format!("{people} {were} here on the last of these days."),
        Which::Here => format!("{people} {were} here on any of these days."),
    }
}

fn table(
    lines: &[(Day, String)],
    names: &crate::exports::names::Names,
    (which, asked, window): (Which, &Filled, Window),
) -> Table {
    let page = page_number(asked);
    let day = if which == Which::Left {
        "Last day"
    } else {
        "First day"
    };
    let columns = [Column::new("Person").wide(), Column::new(day)];
    let shown = lines.iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let mut table = Table::new("People", columns)
        .caption_hidden()
        .labelled()
        .empty("There is nobody in this list.")
        .rows(shown.map(|(day, person)| {
            [
                html! { a href={ "/people/" (person) } { (names.call(person)) } },
                web::day(*day),
            ]
        }))
        .of(lines.len() as u64, "people");
    if page * PAGE_SIZE < lines.len() {
        let keep = |name: &str| format!("{name}={}", encoded(asked.one(name)));
        let next = format!(
            "/roster/completeness/sum?{}&{}&which={}&{}&page={}",
            keep("source"),
            keep("kind"),
            which.name(),
            window_query(window),
            page + 1
        );
        table = table.link(format!("Show the next {}", thousands(PAGE_SIZE as u64)), next);
    }
    table
}
