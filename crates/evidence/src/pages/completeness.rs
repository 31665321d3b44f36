//! How do I know that this list is everybody? The roster's arithmetic by source and kind, when each source was read, and where a
//! source and the roster differ, each explained by somebody.

mod sum;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use db::{Actor, Db, Moment, Reader, Result, Window, Zone};
use roster::{
    difference_note::{self, Difference},
    engagement::EngagementKind,
    source_snapshot::{self, Reading},
};
use web::{
    Answer, Auditor, Column, Error, Filled, Form, Markup, Opening, Owner, Place, Problems, Screen, Standing,
    Table, button, button_link, html, panel, see_other_saying, table::thousands, tag, trail, visitor::Role,
};

use super::{asked_window, figures::opens};
use crate::{
    facts::{Facts, KINDS, Scope, load},
    measures::population::{Arithmetic, by_source},
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/completeness", get(show))
        .route("/roster/completeness/sum", get(sum::show))
        .route("/roster/differences", get(list).post(explain))
}

struct Seen {
    facts: Facts,
    readings: Vec<Reading>,
    differences: Vec<Difference>,
    zone: Zone,
    now: Moment,
}

fn see(reader: &mut Reader, window: Window) -> Result<Seen> {
    let (now, zone) = (reader.now(), reader.zone()?);
    let scope = Scope {
        window,
        known_at: now,
        person: None,
    };
    let facts = load(reader, &scope)?;
    let end = window.to.start(&zone);
    let mut readings = Vec::new();
    for source in &facts.sources {
        readings.extend(source_snapshot::last_reading(
            reader,
            &source.name,
            Moment(end.0 - 1),
        )?);
    }
    Ok(Seen {
        facts,
        differences: difference_note::open_at(reader, end, now)?,
        readings,
        zone,
        now,
    })
}

async fn show(
    place: Place,
    visitor: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let today = db.read(|reader| reader.today()).await?;
    let (window, problems) = asked_window(&asked, today);
    let seen = db.read(move |reader| see(reader, window)).await?;
    let sums = by_source(&seen.facts, window.into());
    let export = |what: &str| format!("/exports?what={what}&{}", super::window_query(window));
    let body = html! {
        (Opening::new(finding(&sums, &seen)).over(trail(&[("People", "/people")], "Completeness"))
            .lead("Whoever was here at the start, plus who joined, minus who left, is who was here at the end: for each source and kind.")
            .actions(html! { (button_link("Take the sums", &export("completeness"))) (button_link("Take the differences", &export("differences"))) }))
        (super::window_form(window, &problems))
        (arithmetic(&sums, window))
        (readings(&seen, visitor.roles.has(Role::Owner)))
        (differing(&seen))
    };
    Screen::shell(&place, "Completeness", body).answer()
}

type Sums = std::collections::BTreeMap<(String, u8), Arithmetic>;

fn agrees([start, begun, ended, end]: &Arithmetic) -> bool {
    start + begun - ended == *end
}

fn finding(sums: &Sums, seen: &Seen) -> String {
    let wrong = sums.values().filter(|sum| !agrees(sum)).count();
    let open = seen.differences.iter().filter(|one| one.note.is_none()).count();
    match (sums.len(), wrong, open) {
        (0, ..) => "Nobody was on the roster in these days.".to_owned(),
        (_, 0, 0) => "Everybody is accounted for.".to_owned(),
        (_, 0, 1) => {
            "The sums agree; 1 difference between a source and the roster is not explained.".to_owned()
        }
        (_, 0, n) => {
            format!("The sums agree; {n} differences between a source and the roster are not explained.")
        }
        (_, 1, _) => "1 sum does not agree.".to_owned(),
        (_, n, _) => format!("{n} sums do not agree."),
    }
}

/// The kind as a page says it.
fn kind(number: u8) -> &'static str {
    let name = KINDS[usize::from(number)];
    let found = EngagementKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    found.map_or(name, EngagementKind::label)
}

fn arithmetic(sums: &Sums, window: Window) -> Markup {
    let columns = [
        Column::new("Source"),
        Column::new("Kind"),
        Column::new("At the start").number(),
        Column::new("Joined").number(),
        Column::new("Left").number(),
        Column::new("At the end").number(),
        Column::new("Agrees"),
    ];
    let rows = sums.iter().map(|((source, number), sum)| {
        let count = |at: usize| opens(sum[at].unsigned_abs(), &sum::href((source, *number), at, window));
        let mark = if agrees(sum) {
            tag(Standing::Met, "yes")
        } else {
            tag(Standing::Gap, "no")
        };
        [
            html! { (source) },
            html! { (kind(*number)) },
            count(0),
            count(1),
            count(2),
            count(3),
            mark,
        ]
    });
    let table = Table::new("Sums", columns)
        .rows(rows)
        .of(sums.len() as u64, "sums")
        .labelled()
        .empty("Nobody was on the roster in these days.");
    html! { (table) }
}

/// When each source was last read up to the end of the window, and what was read.
fn readings(seen: &Seen, receipts: bool) -> Markup {
    let columns = [
        Column::new("Source"),
        Column::new("Last read"),
        Column::new("Rows").number(),
        Column::new("SHA-256 of what was read").wide(),
    ];
    let rows = seen.facts.sources.iter().map(|source| {
        match seen.readings.iter().find(|last| last.source == source.name) {
            Some(last) => [
                html! { (source.name) },
                html! { (web::day(last.read_at.day(&seen.zone))) @if last.file.is_none() { br; small.soft { "as it had spoken by then" } } },
                html! { @match last.file.as_ref().filter(|_| receipts) {
                    Some((file, _)) => a href={ "/roster/files/" (file) } { (thousands(last.rows.unsigned_abs())) },
                    None => (thousands(last.rows.unsigned_abs())),
                } },
                html! { span.mono { (last.sha256) } },
            ],
            None => [
                html! { (source.name) },
                tag(Standing::Gap, "not in these days"),
                html! {},
                html! {},
            ],
        }
    });
    let table = Table::new("Readings", columns)
        .rows(rows)
        .of(seen.facts.sources.len() as u64, "sources")
        .labelled()
        .empty("No source has been read.");
    html! { (table) }
}

fn what(what: &str) -> &'static str {
    match what {
        "end_held" => "Ended there, still on the roster.",
        "unrostered" => "Listed there, not on the roster.",
        "number" => "May be somebody on the roster, by number.",
        _ => "May be somebody on the roster, by address.",
    }
}

fn differing(seen: &Seen) -> Markup {
    let open = seen.differences.iter().filter(|one| one.note.is_none()).count();
    let body = html! {
        @if seen.differences.is_empty() {
            p { "Everything the sources said is on the roster." }
        } @else {
            p { a href="/roster/differences" { (seen.differences.len()) } " in all, of which " (open) " not explained as of " (seen.now.long(&seen.zone)) "." }
            (button_link("See and explain the differences", "/roster/differences"))
        }
    };
    panel("Where a source and the roster differ", html! {}, body)
}

async fn list(place: Place, auditor: Auditor, State(db): State<Db>) -> Answer {
    let may = auditor.roles.has(Role::Owner);
    page(&place, &db, (may, &Filled::nothing(), &Problems::none()))
        .await?
        .answer()
}

async fn page(
    place: &Place,
    db: &Db,
    (may, filled, problems): (bool, &Filled, &Problems),
) -> std::result::Result<Screen, Error> {
    let (open, zone) = db
        .read(|reader| {
            let now = reader.now();
            Ok((
                difference_note::open_at(reader, now.plus_seconds(1), now)?,
                reader.zone()?,
            ))
        })
        .await?;
    let columns = [
        Column::new("Source"),
        Column::new("Id"),
        Column::new("How they differ").wide(),
        Column::new("Since"),
        Column::new("Explained by").wide(),
    ];
    let rows = open.iter().map(|one| {
        [
            html! { (one.source) },
            html! { (one.source_key) },
            html! { (what(&one.what)) },
            html! { (web::day(one.since.day(&zone))) },
            match &one.note {
                Some((note, _)) => html! { (note) },
                None => tag(Standing::Attention, "nobody yet"),
            },
        ]
    });
    let count = open.len() as u64;
    let finding = match count {
        0 => "The sources and the roster agree.".to_owned(),
        1 => "A source and the roster differ in 1 place.".to_owned(),
        n => format!("The sources and the roster differ in {} places.", thousands(n)),
    };
    let steps = [("People", "/people"), ("Completeness", "/roster/completeness")];
    let body = html! {
        (Opening::new(finding).over(trail(&steps, "Differences")).lead("A difference goes away when somebody decides. Until then, say why it is there."))
        @if may && count > 0 { (panel("Decide", html! {}, html! { p.row { (button_link("Rows whose person is not certain", "/roster/waiting")) (button_link("Ends to review", "/roster/ends")) } })) }
        (Table::new("Differences", columns).rows(rows).of(count, "differences").labelled().caption_hidden().empty("Nothing to explain."))
        @if may && count > 0 { (explaining(&open, &Form::new(filled, problems))) }
    };
    Ok(Screen::shell(place, "Differences", body))
}

fn explaining(open: &[Difference], form: &Form<'_>) -> Markup {
    let choices: Vec<web::Choice> = open
        .iter()
        .map(|one| {
            web::Choice::new(
                format!("{} {}", one.source_key, one.source),
                format!("{} {}", one.source, one.source_key),
            )
        })
        .collect();
    let body = html! {
        (form.summary())
        form.stack method="post" action="/roster/differences" {
            (form.select("difference", "Which", &choices))
            (form.textarea("note", "Why they differ", 2).help("It is shown to auditors, and kept in the ledger with your name.").length_max(500))
            (button("Explain"))
        }
    };
    panel("Explain one", html! {}, body)
}

async fn explain(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let (chosen, note) = (filled.one("difference").to_owned(), filled.one("note").to_owned());
    let explained = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            // Keys may hold spaces and so may names: the difference is found, not taken apart.
            let now = tx.now();
            let open = difference_note::open_at(tx, now.plus_seconds(1), now)?;
            let found = open
                .iter()
                .find(|one| format!("{} {}", one.source_key, one.source) == chosen);
            let (source, key) = found.map_or_else(Default::default, |one| {
                (one.source.clone(), one.source_key.clone())
            });
            difference_note::explain(tx, &source, &key, &note)
        })
        .await;
    match explained {
        Ok(()) => Ok(see_other_saying("/roster/differences", "Explained.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &db, (true, &filled, &problems))
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}
