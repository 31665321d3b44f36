//! What is in the ledger: how many entries, what was sealed, the newest acts, and how anybody can check it.

use ::ledger::Act;
use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use db::{Db, Moment, Reader, Result, Zone, params, sql};
use web::{
    Answer, Auditor, Choice, Column, Filled, Form, Markup, Opening, Place, Problems, Screen, Table, button,
    html, panel, table::thousands,
};

use super::when;

/// Entries shown on one page; the export has all.
const ENTRIES_MAX: i64 = 100;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/ledger", get(index))
}

struct Line {
    seq: i64,
    act: String,
    subject: String,
    actor: String,
    class: String,
    occurred_at: Moment,
    recorded_at: Moment,
}

async fn index(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let kind = Act::ALL
        .iter()
        .map(|act| act.text())
        .find(|text| *text == asked.one("act"))
        .unwrap_or_default();
    let before = asked
        .one("before")
        .parse::<i64>()
        .ok()
        .filter(|seq| *seq >= 0)
        .unwrap_or(i64::MAX);
    let ((lines, total, zone), latest, waiting, vkey) = db
        .read(move |reader| {
            let lines = lines(reader, kind, before)?;
            let total = count(reader, kind)?;
            let latest = ::ledger::proof::latest(reader)?;
            Ok((
                (lines, total, reader.zone()?),
                latest,
                waiting(reader)?,
                ::ledger::key::vkey(reader)?,
            ))
        })
        .await?;
    let finding = match &latest {
        Some(latest) => format!(
            "{} sealed, the newest on {}.",
            if latest.size == 1 {
                "1 entry is".to_owned()
            } else {
                format!("{} entries are", thousands(latest.size))
            },
            latest.signed_at.long(&zone)
        ),
        None => "The ledger has no sealed entry yet.".to_owned(),
    };
    let wait = format!(
        "{} for a place in the order, which takes some seconds.",
        if waiting == 1 {
            "1 waits".to_owned()
        } else {
            format!("{} wait", thousands(waiting.unsigned_abs()))
        }
    );
    let body = html! {
        (Opening::new(finding).lead(if waiting == 0 { "Every entry has its place.".to_owned() } else { wait }))
        (filter(&asked))
        (table(&lines, (total, kind), &zone))
        @if let (Some(latest), Some(vkey)) = (&latest, &vkey) { (how(&latest.note, vkey)) }
    };
    Screen::shell(&place, "Ledger", body).answer()
}

fn lines(reader: &mut Reader, act: &str, before: i64) -> Result<Vec<Line>> {
    reader.rows(
        sql!(
            "select seq, kind, subject, actor, class, occurred_at, recorded_at
             from ledger_entry
             where seq < $1
             and ($2 = '' or kind = $2)
             order by seq desc
             limit $3"
        ),
        &params![before, act, ENTRIES_MAX],
        |row| {
            Ok(Line {
                seq: row.get(0)?,
                act: row.get(1)?,
                subject: row.get(2)?,
                actor: row.get(3)?,
                class: row.get(4)?,
                occurred_at: row.get(5)?,
                recorded_at: row.get(6)?,
            })
        },
    )
}

fn count(reader: &mut Reader, act: &str) -> Result<u64> {
    let count: Option<i64> = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from ledger_entry
             where seq is not null
             and ($1 = '' or kind = $1)"
        ),
        &params![act],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

fn waiting(reader: &mut Reader) -> Result<i64> {
    let count = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from ledger_entry
             where seq is null"
        ),
        &[],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

fn filter(asked: &Filled) -> Markup {
    let mut choices = vec![Choice::new("", "Every act")];
    choices.extend(Act::ALL.iter().map(|act| Choice::new(act.text(), act.text())));
    let problems = Problems::none();
    let form = Form::new(asked, &problems);
    html! { form.filter method="get" { (form.select("act", "Act", &choices).optional()) (button("Show")) } }
}

fn table(lines: &[Line], (total, kind): (u64, &str), zone: &Zone) -> Markup {
    let columns = [
        Column::new("Place").number(),
        Column::new("Act"),
        Column::new("Subject").wide(),
        Column::new("Actor"),
        Column::new("Evidence class"),
        Column::new("Occurred"),
        Column::new("Recorded"),
    ];
    let rows = lines.iter().map(|line| {
        [
            html! { (line.seq) },
            html! { (line.act) },
            subject(&line.subject),
            html! { span.mono { (line.actor) } },
            html! { (line.class) },
            html! { (when(line.occurred_at, zone)) },
            html! { (when(line.recorded_at, zone)) },
        ]
    });
    let mut table = Table::new("The newest entries", columns)
        .empty("There is no such entry yet.")
        .rows(rows)
        .of(total, "entries")
        .link("Take all away as a list", "/exports?what=ledger");
    if let Some(last) = lines
        .last()
        .filter(|line| line.seq > 0 && lines.len() as i64 == ENTRIES_MAX)
    {
        table = table.link("Older entries", format!("/ledger?act={kind}&before={}", last.seq));
    }
    html! { (table) }
}

/// A subject, with the way to its page where it has one.
fn subject(subject: &str) -> Markup {
    match subject.strip_prefix("person:") {
        Some(id) => html! { a.mono href={ "/people/" (id) } { (subject) } },
        None => html! { span.mono { (subject) } },
    }
}

fn how(note: &str, vkey: &str) -> Markup {
    panel(
        "The newest checkpoint",
        html! { a href="/log/checkpoint" { "as a file" } },
        html! {
            pre.mono.scroll tabindex="0" { (note) }
            p { "Signed by the log's key " span.mono { (vkey) } " (" a href="/log/vkey" { "/log/vkey" } "). Keep a copy of a checkpoint somewhere we cannot reach: it is what shows later that nothing before it was changed." }
            p { "Anybody can check it with Go's " span.mono { "golang.org/x/mod/sumdb/note" } " and " span.mono { "tlog" } ", which read " span.mono { "/log/checkpoint" } " and the tiles under " span.mono { "/log/tile" } " (C2SP tlog-tiles). " span.mono { "muster ledger verify" } " makes every hash anew from the entries." }
            p { "Packs are signed with the key at " a href="/log/pack-key" { "/log/pack-key" } "." }
        },
    )
}
