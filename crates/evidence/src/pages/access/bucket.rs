//! Everything in one bucket of a system, page by page, and as a file to take away; and bucket D, the people without accounts.

use std::io::BufWriter;

use access::account::{self, Sorted};
use access::{Bucket, finding, list, system};
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use db::{Actor, Day, Db, Fault, Moment, Reader, Result};
use paper::{About, Column as Cells, Columns, Export, FileFacts, Format, Kind};
use web::{Answer, Auditor, Column, Error, Filled, Opening, Place, Screen, Table, html, trail};

use super::super::{coverage::year, sending};
use super::encoded;
use super::system::{lower, table, way_out};
use crate::export::{Made, note_export};
use crate::exports::{Terms, names::Names};

/// Accounts on one page.
const PAGE_SIZE: i64 = 200;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/access/without", get(without))
        .route("/access/{system}/{bucket}", get(show))
        .route("/access/{system}/{bucket}/file", post(take))
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path((name, bucket)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let bucket: Bucket = bucket.parse().map_err(|_| Error::Missing)?;
    let asked: Filled = asked.into_iter().collect();
    let after = asked.raw("after").to_owned();
    let wanted = name.clone();
    let found = db
        .read(move |reader| {
            if system::find(reader, &wanted)?.is_none() {
                return Ok(None);
            }
            let accounts = account::in_bucket(reader, (&wanted, bucket), &after, PAGE_SIZE)?;
            let counts = account::counts(reader, &wanted)?;
            let total = counts
                .iter()
                .find(|(one, _)| *one == bucket)
                .map_or(0, |(_, count)| *count);
            let terms = terms(reader)?;
            let names = Names::load(reader, terms)?;
            Ok(Some((accounts, total, finding::open(reader, &wanted)?, names)))
        })
        .await?;
    let (accounts, total, open, names) = found.ok_or(Error::Missing)?;
    let label = bucket.label();
    let mut table = table(label, &name, &accounts, (&open, &names))
        .caption_hidden()
        .of(total.unsigned_abs(), "accounts")
        .empty("There is no account in this list.");
    if let Some(last) = accounts.last().filter(|_| accounts.len() as i64 == PAGE_SIZE) {
        let next = format!(
            "/access/{name}/{}?after={}",
            bucket.as_str(),
            encoded(&last.account.key)
        );
        table = table.link("Show the next", next);
    }
    let finding = match total {
        0 => format!("No account of {name} is in this list."),
        1 => format!("One account of {name}: {}.", lower(label)),
        n => format!(
            "{} accounts of {name}: {}.",
            web::table::thousands(n.unsigned_abs()),
            lower(label)
        ),
    };
    let system = format!("/access/{name}");
    let body = html! {
        (Opening::new(finding).over(trail(&[("Access", "/access"), (&name, &system)], label)).lead(way_out(bucket)))
        (table)
        @if total > 0 { (web::act("Download all (CSV)", &format!("/access/{name}/{}/file", bucket.as_str()), None)) }
    };
    Screen::shell(&place, format!("{label}: {name}"), body).answer()
}

fn terms(reader: &mut Reader) -> Result<Terms> {
    Ok(Terms {
        window: year(reader.today()?),
        known_at: Moment(i64::MAX),
    })
}

async fn take(
    auditor: Auditor,
    State(db): State<Db>,
    Path((name, bucket)): Path<(String, String)>,
) -> Answer {
    let bucket: Bucket = bucket.parse().map_err(|_| Error::Missing)?;
    let actor = Actor::Person(auditor.account.clone());
    let by = actor.to_string();
    let (made, file) = db
        .read(move |reader| written(reader, (&name, bucket), &by))
        .await?;
    let (name, size) = (made.file.name.clone(), made.file.bytes);
    db.write(actor, move |tx| note_export(tx, &made)).await?;
    sending::file(file, size, (&name, Format::Csv.media_type()))
}

fn columns(bucket: Bucket) -> Columns {
    let text = |name, title| Cells::new(name, title, Kind::Text);
    let columns = vec![
        text("system", "System").required(),
        text("bucket", "Bucket").required(),
        text("account", "Account")
            .required()
            .note("By what the system knows it."),
        Cells::new("line", "Line", Kind::Integer)
            .required()
            .note("Where it stands in the file."),
        text("login", "Login"),
        text("email", "Address"),
        text("account_name", "Name in the list"),
        text("role", "Role"),
        Cells::new("privileged", "Privileged", Kind::Truth).required(),
        text("source", "Source"),
        text("source_id", "Source id"),
        text("person_id", "Person"),
        text("name", "Name on the roster"),
        text("linked_by", "Known by"),
        text("reason", "Why"),
        Cells::new("found_on", "Found", Kind::Day),
        Cells::new("due_on", "See to it by", Kind::Day),
        text("owner", "Answers for it"),
    ];
    Columns::new(
        "accounts",
        format!("Accounts of a system: {}", lower(bucket.label())),
        columns,
    )
    .key(&["system", "account"])
}

fn written(reader: &mut Reader, (name, bucket): (&str, Bucket), by: &str) -> Result<(Made, std::fs::File)> {
    let failed = |e| Fault::of("making a temporary file for an export", e);
    let columns = columns(bucket);
    let terms = terms(reader)?;
    let names = Names::load(reader, terms)?;
    let open = finding::open(reader, name)?;
    let sha256 = list::newest(reader, name)?
        .map(|list| list.file_sha256)
        .unwrap_or_default();
    let about = About {
        title: columns.title.to_string(),
        query: format!("access-{name}-{}", bucket.as_str()),
        sources: vec!["access_account".to_owned(), "access_finding".to_owned()],
        parameters: [("list_sha256".to_owned(), sha256)].into(),
        run_at: reader.now().to_string(),
        run_by: by.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..About::default()
    };
    let mut file = tempfile::tempfile().map_err(failed)?;
    let target = BufWriter::new(file.try_clone().map_err(failed)?);
    let unwritten = |e| Fault::of("writing an export", e);
    let mut export = Export::begin(&columns, Format::Csv, &about, target).map_err(unwritten)?;
    account::each(reader, name, |one| {
        if one.bucket != bucket {
            return Ok(());
        }
        Ok(export
            .row(&cells((name, &one), &names, open.get(&one.account.key)))
            .map_err(unwritten)?)
    })?;
    let finished = export.finish().map_err(unwritten)?;
    let facts: FileFacts = finished.facts(
        &format!("access_{name}_{}.csv", bucket.as_str()),
        Format::Csv.media_type(),
    );
    finished.out.into_inner().map_err(|e| failed(e.into_error()))?;
    std::io::Seek::rewind(&mut file).map_err(failed)?;
    Ok((Made { about, file: facts }, file))
}

fn cells<'a>(
    (system, one): (&'a str, &'a Sorted),
    names: &'a Names,
    found: Option<&'a finding::Finding>,
) -> Vec<paper::Cell<'a>> {
    let who = one.person.as_deref().and_then(|person| names.of(person));
    let day = |day: Option<Day>| day.map(|day| day.to_string()).into();
    vec![
        system.into(),
        one.bucket.as_str().into(),
        (&one.account.key).into(),
        i64::try_from(one.account.line).unwrap_or(i64::MAX).into(),
        (&one.account.login).into(),
        one.account.email.as_ref().into(),
        one.account.name.as_ref().into(),
        one.account.role.as_ref().into(),
        one.privileged.into(),
        who.map(|who| &*who.source).into(),
        who.map(|who| &*who.key).into(),
        one.person.as_ref().into(),
        who.map(|who| &*who.name).into(),
        one.linked_by.as_ref().into(),
        (&one.reason).into(),
        day(found.map(|found| found.found_on)),
        day(found.map(|found| found.due_on)),
        found.and_then(|found| found.owner_email.as_ref()).into(),
    ]
}

async fn without(place: Place, _: Auditor, State(db): State<Db>) -> Answer {
    let (shown, total) = db
        .read(|reader| {
            let today = reader.today()?;
            let (mut shown, mut total) = (Vec::new(), 0_u64);
            access::question::each(reader, today, |listed| {
                total += 1;
                if shown.len() < PAGE_SIZE as usize {
                    shown.push(listed);
                }
                Ok(())
            })?;
            Ok((shown, total))
        })
        .await?;
    let columns = [
        Column::new("Person").wide(),
        Column::new("Source id"),
        Column::new("Kind"),
        Column::new("Department"),
        Column::new("Since"),
    ];
    let rows = shown.iter().map(|one| {
        [
            html! { a href={ "/people/" (one.person) } { (one.name) } },
            html! { (one.source) " " (one.source_id) },
            html! { (one.kind.label()) },
            html! { (one.facts.department.as_deref().unwrap_or("")) },
            web::day(one.start_on),
        ]
    });
    let finding = match total {
        0 => "Everybody who is here has an account in some list.".to_owned(),
        1 => "One person is here and has no account in any list.".to_owned(),
        n => format!(
            "{} people are here and have no account in any list.",
            web::table::thousands(n)
        ),
    };
    let table = Table::new("People without a known account", columns)
        .caption_hidden()
        .labelled()
        .rows(rows)
        .of(total, "people")
        .empty("There is nobody in this list.");
    let body = html! {
        (Opening::new(&finding)
            .over(trail(&[("Access", "/access")], "No known access"))
            .lead("No fault, but a question of scope: a list may be missing, or they really get in nowhere. People who get in nowhere can still owe training; the framework’s scope says so, not this list."))
        (table)
    };
    Screen::shell(&place, finding, body).answer()
}
