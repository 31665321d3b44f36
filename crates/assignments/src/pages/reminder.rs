//! What was said to whom about their training, what was held back and why, and what only an owner can decide.
//!
//! Owners and auditors look; nothing is changed here. Everything that is asked for stands in the address.
//!
//! Not here: setting how people are reminded ([`setting`]), what a person chooses ([`own`]), the whole list as a file
//! (crate `evidence`, with the other exports).

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use db::{Db, Reader, Zone};
use roster::person;
use web::table::thousands;
use web::{
    Answer, Auditor, Choice, Column, Filled, Form, Markup, Opening, Place, Problems, Role, Screen, Standing,
    Table, button, button_link, html, tag,
};

use crate::reminder::kept::{self, Count, Fate, Part, Reminder, Show};
use crate::reminder::{Setting, calendar as holidays, setting as settings};

pub mod calendar;
pub mod channel;
pub mod own;
pub mod setting;

/// Lines on one page.
const LINES: i64 = 200;
/// The pages one can turn to.
const PAGES_MAX: i64 = 10_000;

/// Every page about reminders.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/reminders", get(index))
        .merge(setting::routes())
        .merge(own::routes())
        .merge(calendar::routes())
        .merge(channel::routes())
}

struct Seen {
    setting: Option<Setting>,
    count: Count,
    lines: Vec<Reminder>,
    tasks: Vec<Reminder>,
    names: HashMap<String, String>,
    holidays: usize,
    zone: Zone,
}

async fn index(
    place: Place,
    auditor: Auditor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    let (show, page) = (Show::named(filled.one("show")), page_number(&filled));
    let part = Part {
        show,
        skip: (page - 1) * LINES,
        most: LINES,
    };
    let seen = db.read(move |r| look(r, part)).await?;
    let is_owner = auditor.visitor().roles.has(Role::Owner);
    let body = html! {
        (Opening::new(finding(&seen)).lead(lead(&seen)).actions(html! {
            @if is_owner {
                (button_link("How people are reminded", "/reminders/setting"))
                (button_link("Channels", "/reminders/channels"))
            }
        }))
        @if !seen.tasks.is_empty() { (tasks(&seen)) }
        (filter(show))
        (lines(&seen, show, page))
    };
    Screen::shell(&place, "Reminders", body).answer()
}

fn look(reader: &mut Reader, part: Part) -> db::Result<Seen> {
    let (lines, tasks) = (kept::list(reader, part)?, kept::tasks(reader)?);
    let mut names = HashMap::new();
    for line in lines.iter().chain(&tasks) {
        let place = line.place.as_ref().map(|place| place.of.as_str());
        let ids = [Some(line.person.as_str()), Some(line.addressee.as_str()), place];
        for id in ids.into_iter().flatten() {
            if !names.contains_key(id) {
                let name = name_of(reader, id)?;
                names.insert(id.to_owned(), name);
            }
        }
    }
    Ok(Seen {
        setting: settings::current(reader)?.map(|(setting, _)| setting),
        count: kept::count(reader)?,
        holidays: holidays::lists(reader)?.len(),
        zone: reader.zone()?,
        lines,
        tasks,
        names,
    })
}

fn name_of(reader: &mut Reader, id: &str) -> db::Result<String> {
    if let Ok(id) = id.parse() {
        return Ok(person::find(reader, &id)?.map_or_else(String::new, |person| person.name()));
    }
    Ok(match id.parse() {
        Ok(account) => {
            identity::account::find(reader, &account)?.map_or_else(String::new, |account| account.name)
        }
        Err(_) => String::new(),
    })
}

fn finding(seen: &Seen) -> String {
    match (&seen.setting, seen.count.all) {
        (None, _) => "Nobody is reminded yet.".to_owned(),
        (Some(setting), _) if !setting.on => "Reminders are switched off.".to_owned(),
        (Some(_), 0) => "Reminders are on, and none has been due.".to_owned(),
        (Some(_), all) => {
            let sent = thousands((all - seen.count.suppressed - seen.count.withdrawn).unsigned_abs());
            let held = thousands((seen.count.suppressed + seen.count.withdrawn).unsigned_abs());
            format!("{sent} reminders were put into letters, and {held} were held back.")
        }
    }
}

fn lead(seen: &Seen) -> &'static str {
    match (&seen.setting, seen.holidays) {
        (None, _) => "Look at what it would do, and switch it on when it is right.",
        (Some(_), 0) => "Nobody is written to on weekends. No holidays are known yet; they can be imported.",
        (Some(_), _) => {
            "Each person gets one letter a day at most, in their hours, and none about what they have done."
        }
    }
}

/// What has been open for so long that only an owner can decide.
fn tasks(seen: &Seen) -> Markup {
    let columns = [
        Column::new("Person"),
        Column::new("Course"),
        Column::new("On the list since"),
        Column::new("What to do").wide(),
    ];
    let rows = seen.tasks.iter().map(|one| {
        [
            html! { a href=(format!("/people/{}", one.person)) { (name(seen, one.person.as_str())) } },
            html! { (one.course_id) },
            html! { (one.decided_at.long(&seen.zone)) },
            html! { "Talk to them or their manager, or " a href=(format!("/people/{}/waivers/new", one.person)) { "waive it for " (name(seen, one.person.as_str())) } " and say why." },
        ]
    });
    html! { (Table::new("For an owner to decide", columns).rows(rows).labelled()) }
}

fn filter(show: Show) -> Markup {
    let choices = [
        Choice::new("all", "Everything"),
        Choice::new("written", "Put into a letter"),
        Choice::new("suppressed", "Held back"),
        Choice::new("withdrawn", "Taken out before the letter left"),
    ];
    let start = Filled::nothing().with("show", show.as_str());
    let problems = Problems::none();
    let form = Form::new(&start, &problems);
    html! {
        form.filter method="get" action="/reminders" {
            (form.select("show", "Show", &choices))
            (button("Show"))
        }
    }
}

fn lines(seen: &Seen, show: Show, page: i64) -> Markup {
    let columns = [
        Column::new("About"),
        Column::new("Course"),
        Column::new("When").wide(),
        Column::new("To"),
        Column::new("What came of it").wide(),
        Column::new("Decided"),
    ];
    let rows = seen.lines.iter().map(|one| {
        [
            html! { a href=(format!("/people/{}", one.person)) { (name(seen, one.person.as_str())) } },
            html! { (one.course_id) },
            html! { (one.step.words()) },
            html! {
                (to(seen, one))
                @if let Some(place) = &one.place {
                    br; small.soft { "in place of " (name(seen, &place.of)) ", " (place.stands_in.words()) }
                }
            },
            fate(&one.fate, &seen.zone),
            html! { (one.decided_at.long(&seen.zone)) },
        ]
    });
    let total = match show {
        Show::All => seen.count.all,
        Show::Written => seen.count.all - seen.count.suppressed,
        Show::Suppressed => seen.count.suppressed,
        Show::Withdrawn => seen.count.withdrawn,
    };
    let mut table = Table::new("Reminders, the newest first", columns)
        .rows(rows)
        .of(total.unsigned_abs(), "reminders")
        .empty("Nothing here.")
        .labelled();
    if total > page * LINES {
        let next = format!("/reminders?show={}&page={}", show.as_str(), page + 1);
        table = table.link(format!("Show the next {LINES}"), next);
    }
    html! { (table.link("Download the whole list", "/exports")) }
}

fn name<'a>(seen: &'a Seen, id: &str) -> &'a str {
    let found = seen.names.get(id).map(String::as_str);
    found
        .filter(|name| !name.is_empty())
        .unwrap_or("Somebody who was erased")
}

fn to(seen: &Seen, one: &Reminder) -> String {
    match one.addressee.as_str() {
        crate::reminder::plan::NOBODY => "Nobody".to_owned(),
        crate::reminder::plan::TASK => "The owners’ list".to_owned(),
        id => name(seen, id).to_owned(),
    }
}

/// What became of it, in a sentence.
pub(crate) fn fate(fate: &Fate, zone: &Zone) -> Markup {
    match fate {
        Fate::Waiting => html! { (tag(Standing::None, "On its way")) },
        Fate::Sent(at, said) => {
            html! { (tag(Standing::Met, "Sent")) " " (at.long(zone)) ". The relay said: " (said) }
        }
        Fate::Undelivered(at, said) => {
            html! { (tag(Standing::Gap, "Not delivered")) " " (at.long(zone)) ". " (said) }
        }
        Fate::Withdrawn(at, why) => {
            html! { (tag(Standing::None, "Taken out")) " " (at.long(zone)) ", because " (because(why)) "." }
        }
        Fate::Suppressed(why) => html! { (tag(Standing::None, "Held back")) " " (why.words()) },
    }
}

fn because(why: &str) -> &str {
    match why {
        "completed" => "it had been completed",
        "waived" => "it had been waived",
        "left" => "the person had left",
        "moved" => "it was no longer theirs to do",
        "rule_ended" => "the rule had ended",
        "moved_date" => "its date had moved",
        "overtaken" => "a newer letter said the same",
        "erased" => "the person was erased",
        "taken_back" => "the manager looked after the team themselves again",
        other => other,
    }
}

fn page_number(filled: &Filled) -> i64 {
    filled.one("page").parse().unwrap_or(1).clamp(1, PAGES_MAX)
}
