//! How people are reminded: shown what it would do today before it is saved.
//!
//! Owners only. Saving has effect on everything that is open.
//!
//! Not here: what was said ([`super`]).

use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Db, Refusal};
use identity::Door;
use web::table::thousands;
use web::{
    Answer, Column, Filled, Form, Markup, Opening, Owner, Place, Problems, Screen, Standing, Table, Upload,
    button, day, html, note, panel, see_other_saying, trail,
};

use crate::reminder::calendar::{self, List};
use crate::reminder::facts::Facts;
use crate::reminder::plan::Plan;
use crate::reminder::{Cadence, Line, Setting, run, setting};

/// Letters whose addressee is named in a preview.
const NAMED_MAX: usize = 20;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/reminders/setting", get(show).post(change))
        .route("/reminders/holidays", post(import))
}

/// What a setting would do today.
struct Preview {
    letters: usize,
    learners: usize,
    managers: usize,
    owners: usize,
    held: usize,
    mail: bool,
    first: Vec<(String, usize)>,
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Extension(door): Extension<Door>) -> Answer {
    let now = db.read(setting::current).await?.map(|(setting, _)| setting);
    let start = now.unwrap_or_else(|| Setting {
        on: true,
        address: door.public_url().to_owned(),
        ..Setting::default()
    });
    page(&place, &db, &filled_from(&start), &Problems::none(), None)
        .await?
        .answer()
}

async fn change(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let wanted = match read(&filled) {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(&place, &db, &filled, refusal.into()).await,
    };
    if filled.one("act") != "save" {
        let preview = db.read(move |r| run::preview(r, &wanted)).await?;
        let preview = Some(preview_of(&preview.0, &preview.1));
        return page(&place, &db, &filled, &Problems::none(), preview)
            .await?
            .answer();
    }
    let actor = Actor::Person(owner.account.clone());
    match db.write(actor, move |tx| setting::set(tx, &wanted)).await {
        Ok(()) => Ok(see_other_saying(
            "/reminders",
            "Saved. It counts for everything that is open.",
        )),
        Err(error) => refused(&place, &db, &filled, error).await,
    }
}

async fn import(place: Place, owner: Owner, State(db): State<Db>, sent: Upload) -> Answer {
    let country = sent.filled.one("country").to_owned();
    let Some(file) = sent.file("file").map(|file| file.bytes.clone()) else {
        let refusal = Refusal::new(
            "holiday-file",
            "Choose an iCalendar file (.ics) of public holidays.",
        )
        .field("file");
        return refused_import(&place, &db, &sent.filled, refusal.into()).await;
    };
    let actor = Actor::Person(owner.account.clone());
    match db
        .write(actor, move |tx| calendar::import(tx, &country, &file))
        .await
    {
        Ok(days) => Ok(see_other_saying(
            "/reminders/setting",
            &format!("{days} days are known."),
        )),
        Err(error) => refused_import(&place, &db, &sent.filled, error).await,
    }
}

async fn refused_import(place: &Place, db: &Db, filled: &Filled, error: db::Error) -> Answer {
    let now = db
        .read(setting::current)
        .await?
        .map(|(setting, _)| setting)
        .unwrap_or_default();
    let filled = filled_from(&now).with("country", filled.one("country"));
    refused(place, db, &filled, error).await
}

async fn refused(place: &Place, db: &Db, filled: &Filled, error: db::Error) -> Answer {
    let problems = Problems::or_fault(error)?;
    page(place, db, filled, &problems, None)
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn filled_from(setting: &Setting) -> Filled {
    let list = |days: &[i32]| days.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let cadence = &setting.cadence;
    let start = Filled::nothing();
    let start = if setting.on {
        start.with("on", "yes")
    } else {
        start
    };
    start
        .with("before", list(&cadence.before))
        .with("joined", list(&cadence.joined))
        .with("after", cadence.after)
        .with("again", cadence.again)
        .with("manager", cadence.manager)
        .with("upper", cadence.upper)
        .with("owner", cadence.owner)
        .with("hours_from", setting.hours.0)
        .with("hours_to", setting.hours.1)
        .with("address", &setting.address)
        .with("contact", &setting.contact)
}

fn read(filled: &Filled) -> Result<Setting, Refusal> {
    let refused = |field: &str| {
        Refusal::new(
            "reminder-setting",
            "Write whole numbers of days, with commas between them where there are several.",
        )
        .field(field)
    };
    let number = |field: &'static str| {
        filled
            .one(field)
            .trim()
            .parse::<i32>()
            .map_err(|_| refused(field))
    };
    let hour = |field: &'static str| {
        let found = filled.one(field).trim().parse::<u8>();
        found.map_err(|_| {
            Refusal::new("reminder-setting", "Write the hour as a number from 0 to 24.").field(field)
        })
    };
    let list = |field: &'static str| -> Result<Vec<i32>, Refusal> {
        let parts = filled
            .one(field)
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let mut days = parts
            .map(|part| part.parse::<i32>().map_err(|_| refused(field)))
            .collect::<Result<Vec<_>, _>>()?;
        days.sort_unstable();
        days.dedup();
        Ok(days)
    };
    let mut before = list("before")?;
    before.reverse();
    // The first day itself is always spoken of.
    let joined = list("joined")?.into_iter().filter(|n| *n != 0).collect();
    let setting = Setting {
        on: filled.ticked("on"),
        cadence: Cadence {
            before,
            joined,
            after: number("after")?,
            again: number("again")?,
            manager: number("manager")?,
            upper: number("upper")?,
            owner: number("owner")?,
        },
        hours: (hour("hours_from")?, hour("hours_to")?),
        address: filled.one("address").trim_end_matches('/').to_owned(),
        contact: filled.one("contact").to_owned(),
    };
    setting.check()?;
    Ok(setting)
}

fn preview_of(plan: &Plan, facts: &Facts) -> Preview {
    let of = |line: Line| {
        let is = |digest: &&crate::reminder::plan::Digest| {
            digest.decisions.iter().any(|one| one.step.line() == line)
        };
        plan.digests.iter().filter(is).count()
    };
    let is_owner = |addressee: &str| facts.owners.iter().any(|owner| owner.addressee == addressee);
    let owners = plan
        .digests
        .iter()
        .filter(|digest| is_owner(&digest.addressee))
        .count();
    Preview {
        letters: plan.digests.len(),
        learners: of(Line::Learner),
        managers: of(Line::Manager),
        owners,
        held: plan.suppressed.len(),
        mail: facts.mail,
        first: plan
            .digests
            .iter()
            .take(NAMED_MAX)
            .map(|digest| (digest.to.clone(), digest.decisions.len()))
            .collect(),
    }
}

async fn page(
    place: &Place,
    db: &Db,
    filled: &Filled,
    problems: &Problems,
    preview: Option<Preview>,
) -> Result<Screen, web::Error> {
    let lists = db.read(calendar::lists).await?;
    let form = Form::new(filled, problems);
    let finding = match &preview {
        None => "How people are reminded".to_owned(),
        Some(preview) => would(preview),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Reminders", "/reminders")], "How people are reminded"))
            .lead("Everything you change counts for what is open already. You are shown what it would do before it is saved."))
        (form.summary())
        form.stack.roomy method="post" action="/reminders/setting" {
            @if let Some(preview) = &preview { (shown(preview)) }
            (form.check("on", "People are reminded"))
            (form.text("before", "Days before it is due").help("With commas between them, such as 14, 7, 1."))
            (form.text("joined", "For somebody new: days after the start").help("Besides the first day, and in place of all but the last of those before it is due."))
            (form.number("after", "Days after it was due, for the first time"))
            (form.number("again", "And again every so many days"))
            (form.number("manager", "Days after it was due until the manager is told"))
            (form.number("upper", "Until the manager’s manager is told, or you where there is none"))
            (form.number("owner", "Until it is yours to decide"))
            (form.number("hours_from", "Letters are sent from this hour of a person’s day"))
            (form.number("hours_to", "To this hour"))
            (form.text("address", "The address people type").help("It stands in every letter, and no other does.").autocomplete("off"))
            (form.text("contact", "Whom they can ask").help("A name or an address; it stands in every letter.").autocomplete("off").optional())
            (button("Show what it would do today"))
        }
        (holidays(&form, &lists))
    };
    Ok(Screen::shell(place, "How people are reminded", body))
}

fn people(n: usize, one: &str, several: &str) -> String {
    match n {
        0 => format!("no {one}"),
        1 => format!("one {one}"),
        n => format!("{} {several}", thousands(n as u64)),
    }
}

fn would(preview: &Preview) -> String {
    match preview.letters {
        0 => "Today nobody would get a letter.".to_owned(),
        n => format!("Today {} would get a letter.", people(n, "person", "people")),
    }
}

fn shown(preview: &Preview) -> Markup {
    let rows = preview
        .first
        .iter()
        .map(|(to, about)| [html! { (to) }, html! { (about) }]);
    html! {
        (note(Standing::None, html! {
            p {
                "Among them " (people(preview.learners, "learner", "learners")) ", "
                (people(preview.managers, "manager", "managers")) " and "
                (people(preview.owners, "owner", "owners")) ". "
                (people(preview.held, "reminder", "reminders")) " would be held back, each with its reason."
            }
            @if !preview.mail { p { "Mail is off, so nothing would leave: " a href="/mail" { "set up mail first" } "." } }
        }))
        @if !preview.first.is_empty() {
            (Table::new("The first of them", [Column::new("To"), Column::new("Reminders in the letter").number()])
                .rows(rows)
                .of(preview.letters as u64, "letters"))
        }
        p { button.button type="submit" name="act" value="save" { "Save it as it stands" } }
    }
}

fn holidays(form: &Form<'_>, lists: &[List]) -> Markup {
    let rows = lists.iter().map(|list| {
        let country = if list.country.is_empty() {
            "Everybody"
        } else {
            list.country.as_str()
        };
        [html! { (country) }, html! { (list.days) }, day(list.last)]
    });
    let columns = [
        Column::new("Country"),
        Column::new("Days").number(),
        Column::new("Last of them"),
    ];
    panel(
        "Holidays",
        html! {},
        html! {
            @if !lists.is_empty() { (Table::new("Days on which nobody is written to", columns).rows(rows)) }
            form.stack.roomy method="post" action="/reminders/holidays" enctype="multipart/form-data" {
                (form.text("country", "Country").help("As your roster spells it, such as DE. Empty for everybody who has no list of their own. The list there is replaced.").autocomplete("off").optional())
                (form.file("file", "File of holidays").accept(".ics,text/calendar").help("An iCalendar file (.ics), as many calendars offer for public holidays."))
                (button("Import"))
            }
        },
    )
}
