//! One account: the row of the file, whose it is and by what, who it could be, what was decided, and the form to decide.

use access::account::{self, Sorted};
use access::decision::{self, Decision, NewDecision, What};
use access::finding::{self, Finding};
use access::grant::{self, Grant};
use access::link::LinkedBy;
use access::list::{self, List};
use access::people::{Known, People};
use access::system;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use db::{Actor, Day, Db, Id, Reader, Refusal, Result, Tx, Zone};
use roster::person::{self, PersonKind};
use web::{
    Answer, Auditor, Choice, Column, Error, Filled, Form, Markup, Opening, Owner, Place, Problems, Role,
    Screen, Table, button, html, panel, see_other_saying, trail,
};

use super::super::{on, when};
use super::account_href;
use crate::access::again;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/access/{system}/account", get(show).post(create))
}

struct Seen {
    system: String,
    one: Sorted,
    list: Option<List>,
    whose: Option<Known>,
    candidates: Vec<Known>,
    finding: Option<Finding>,
    grants: Vec<Grant>,
    decisions: Vec<(Decision, Option<String>)>,
    zone: Zone,
}

async fn show(
    place: Place,
    auditor: Auditor,
    State(db): State<Db>,
    Path(system): Path<String>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let asked: Filled = asked.into_iter().collect();
    let seen = look(&db, system, asked.raw("key").to_owned()).await?;
    let filled = Filled::nothing()
        .with("key", &seen.one.account.key)
        .with(
            "what",
            if asked.one("person").is_empty() {
                suggested(&seen)
            } else {
                "person"
            },
        )
        .with("person", asked.one("person"));
    page(
        &place,
        &seen,
        (&filled, &Problems::none()),
        auditor.roles.has(Role::Owner),
    )
    .answer()
}

/// What the form begins with: of an account that is nobody's by its looks, that it is a service account.
fn suggested(seen: &Seen) -> &'static str {
    match account::looks_like(&seen.one.account) {
        Some(kind) => kind.as_str(),
        None if seen.candidates.is_empty() => "excluded",
        None => "person",
    }
}

async fn look(db: &Db, system: String, key: String) -> std::result::Result<Seen, Error> {
    let found = db.read(move |reader| seen(reader, &system, &key)).await?;
    found.ok_or(Error::Missing)
}

fn seen(reader: &mut Reader, system: &str, key: &str) -> Result<Option<Seen>> {
    let Some(one) = account::find(reader, system, key)? else {
        return Ok(None);
    };
    let today = reader.today()?;
    let people = People::load(reader, today)?;
    let known = |id: &str| people.place(id).map(|place| people.at(place).clone());
    let mut candidates: Vec<Known> = one.candidates.iter().filter_map(|id| known(id)).collect();
    if one.person.is_none() {
        // For a human only: the names most like this one, the most alike first.
        let name = one.account.name.as_deref().unwrap_or(&one.account.login);
        for (place, _) in people.most_alike(name) {
            if !candidates
                .iter()
                .any(|candidate| candidate.id == people.at(place).id)
            {
                candidates.push(people.at(place).clone());
            }
        }
    }
    let mut decisions = Vec::new();
    for decision in decision::about(reader, system, key)? {
        let name = decision
            .person
            .as_ref()
            .and_then(|id| known(id.as_str()))
            .map(|known| known.name);
        decisions.push((decision, name));
    }
    Ok(Some(Seen {
        system: system.to_owned(),
        list: list::newest(reader, system)?,
        whose: one.person.as_deref().and_then(known),
        candidates,
        finding: finding::open(reader, system)?.remove(key),
        grants: grant::of_account(reader, system, key)?,
        decisions,
        zone: reader.zone()?,
        one,
    }))
}

fn page(place: &Place, seen: &Seen, (filled, problems): (&Filled, &Problems), owns: bool) -> Screen {
    let login = &seen.one.account.login;
    let system = format!("/access/{}", seen.system);
    let bucket = seen.one.bucket;
    let heading = format!("{login}: {}.", super::system::lower(bucket.label()));
    let form = Form::new(filled, problems);
    let body = html! {
        (Opening::new(heading)
            .over(trail(&[("Access", "/access"), (&seen.system, &system)], login))
            .lead(html! { @if seen.one.reason.is_empty() { (super::system::way_out(bucket)) } @else { (seen.one.reason) } }))
        (form.summary())
        (row(seen))
        @if !seen.candidates.is_empty() { (candidates(seen, owns)) }
        @if owns { (decide(seen, &form)) }
        @if !seen.decisions.is_empty() { (decided(seen)) }
        (grants(seen))
    };
    Screen::shell(place, format!("{login} in {}", seen.system), body)
}

fn row(seen: &Seen) -> Markup {
    let one = &seen.one;
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "not said".to_owned());
    let day = |day: Option<Day>| day.map_or_else(|| "not said".to_owned(), |day| day.long());
    let file = seen
        .list
        .as_ref()
        .map(|list| format!("line {} of {}", one.account.line, list.file_name));
    let mut facts: Vec<(&str, Markup)> = vec![
        ("In the file", html! { (file.unwrap_or_default()) }),
        ("Login", html! { (one.account.login) }),
        ("Address", html! { (said(&one.account.email)) }),
        ("Name", html! { (said(&one.account.name)) }),
        (
            "Role",
            html! { (said(&one.account.role)) @if one.privileged { " (privileged)" } },
        ),
        ("Last active", html! { (day(one.account.last_seen_on)) }),
        (
            "Second factor",
            html! { (match one.account.mfa { Some(true) => "on", Some(false) => "off", None => "not said" }) },
        ),
    ];
    if let Some(number) = &one.account.number {
        facts.push(("Employee number", html! { (number) }));
    }
    if let Some(name_id) = &one.account.name_id {
        facts.push(("Identity provider’s name", html! { (name_id) }));
    }
    if let (Some(known), Some(by)) = (&seen.whose, &one.linked_by) {
        let whose = html! { a href={ "/people/" (known.id) } { (known.name) } ", " (LinkedBy::words(by)) };
        facts.insert(0, ("Whose", whose));
    }
    if let Some(finding) = &seen.finding {
        let owner = finding
            .owner_email
            .clone()
            .unwrap_or_else(|| "nobody yet".to_owned());
        facts.push(("Found", html! { (finding.found_on.long()) }));
        facts.push(("See to it by", html! { (finding.due_on.long()) }));
        facts.push(("Answers for it", html! { (owner) }));
    }
    panel("What the list says", html! {}, web::facts(facts))
}

fn candidates(seen: &Seen, owns: bool) -> Markup {
    let columns = [
        Column::new("Person").wide(),
        Column::new("Stands"),
        Column::new("Since"),
        Column::new("Decide"),
    ];
    let rows = seen.candidates.iter().map(|known| {
        let href = format!("{}&person={}#field-what", account_href(&seen.system, &seen.one.account.key), known.id);
        [
            html! { a href={ "/people/" (known.id) } { (known.name) } },
            html! { (known.standing.as_str().replace('_', " ")) @if let Some(end) = known.end_on { " until " (on(end)) } },
            web::day(known.start_on),
            html! { @if owns { a href=(href) { "It is " (known.name) } } },
        ]
    });
    let table = Table::new("Who it could be", columns).labelled().rows(rows);
    html! {
        section.stack {
            (table.of(seen.candidates.len() as u64, "people"))
            p.soft { "Alike by name, the most alike first. A name is no proof: look before you say whose it is." }
        }
    }
}

fn decide(seen: &Seen, form: &Form<'_>) -> Markup {
    let mut choices = vec![
        Choice::new("person", "It is somebody’s own").why("Name whose. It holds until another decision."),
        Choice::new("service", "A service account").why("Name who answers for it, and until when."),
        Choice::new("shared", "A shared account").why("Name who answers for it, and until when."),
        Choice::new("excluded", "Leave it out")
            .why("Say why and until when. Nobody can leave out their own."),
    ];
    if seen
        .decisions
        .first()
        .is_some_and(|(decision, _)| decision.what != What::Withdrawn)
    {
        choices.push(
            Choice::new("withdrawn", "Take the last decision back")
                .why("What was decided before holds no longer."),
        );
    }
    let action = format!("/access/{}/account", seen.system);
    panel(
        "Decide",
        html! {},
        html! {
            form.stack.roomy method="post" action=(action) {
                (form.hidden("key"))
                (form.radios("what", "What holds for this account", &choices))
                (form.text("person", "Whose it is, or who answers for it").help("An address, the source’s id, or the person’s own id.").length_max(254).optional())
                (form.date("until", "Last day it holds").help("A year from today at most. Not needed when it is somebody’s own.").optional())
                (form.textarea("reason", "Why", 3).help("It is kept in the ledger with your name.").length_max(500))
                (button("Decide"))
            }
        },
    )
}

fn decided(seen: &Seen) -> Markup {
    let columns = [
        Column::new("When"),
        Column::new("What"),
        Column::new("Who"),
        Column::new("Until"),
        Column::new("Why").wide(),
    ];
    let rows = seen.decisions.iter().map(|(decision, name)| {
        [
            when(decision.decided_at, &seen.zone),
            html! { (words(decision.what)) },
            html! { @if let Some(id) = &decision.person { a href={ "/people/" (id) } { (name.as_deref().unwrap_or("erased")) } } },
            html! { @if let Some(until) = decision.until_on { (on(until)) } },
            html! { (decision.reason) },
        ]
    });
    html! { (Table::new("Decided so far", columns).labelled().rows(rows).of(seen.decisions.len() as u64, "decisions")) }
}

fn words(what: What) -> &'static str {
    match what {
        What::Person => "somebody’s own",
        What::Service => "service account",
        What::Shared => "shared account",
        What::Excluded => "left out",
        What::Withdrawn => "taken back",
    }
}

fn grants(seen: &Seen) -> Markup {
    let columns = [
        Column::new("From"),
        Column::new("Gone on"),
        Column::new("Role").wide(),
        Column::new("How we know"),
    ];
    let rows = seen.grants.iter().map(|grant| {
        let known = if grant.observed {
            "first list with it"
        } else {
            "the list says so"
        };
        [
            html! { (on(grant.from_on)) },
            html! { @match grant.until_on { Some(day) => (on(day)), None => "still there" } },
            html! { (grant.role.as_deref().unwrap_or("")) @if grant.privileged { " (privileged)" } },
            html! { (known) },
        ]
    });
    html! {
        (Table::new("Access there was", columns)
            .labelled()
            .rows(rows)
            .of(seen.grants.len() as u64, "spans")
            .empty("No list has shown access by this account."))
    }
}

async fn create(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(system): Path<String>,
    filled: Filled,
) -> Answer {
    let key = filled.raw("key").to_owned();
    let actor = Actor::Person(owner.account.clone());
    let decider = owner.person.clone();
    let (wanted, sent) = (system.clone(), filled.clone());
    let made = db
        .write(actor, move |tx| {
            let new = read(tx, (&wanted, decider.as_deref()), &sent)?;
            decision::decide(tx, &new)?;
            if let Some(system) = system::find(tx, &wanted)? {
                again(tx, &system)?;
            }
            Ok(())
        })
        .await;
    match made {
        Ok(()) => Ok(see_other_saying(
            &account_href(&system, &key),
            "Decided. The list was compared again.",
        )),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            let seen = look(&db, system, key).await?;
            page(&place, &seen, (&filled, &problems), true)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

fn read(tx: &mut Tx, (system, decider): (&str, Option<&str>), filled: &Filled) -> Result<NewDecision> {
    let what: What = filled.one("what").parse()?;
    let until_on = match filled.one("until") {
        "" => None,
        text => Some(text.parse::<Day>().map_err(|_| {
            Refusal::new("not-a-date", "Write the last day as a date, such as 2026-12-31.").field("until")
        })?),
    };
    let holds = matches!(what, What::Service | What::Shared | What::Excluded);
    let person = match (what, filled.one("person")) {
        (What::Excluded | What::Withdrawn, _) | (_, "") => None,
        (_, reference) => Some(only(tx, reference)?),
    };
    Ok(NewDecision {
        system: system.to_owned(),
        account: filled.raw("key").to_owned(),
        what,
        person,
        reason: filled.one("reason").to_owned(),
        until_on: until_on.filter(|_| holds),
        decider: decider.map(str::parse).transpose()?,
    })
}

fn only(reader: &mut Reader, reference: &str) -> Result<Id<PersonKind>> {
    let mut found = person::by_reference(reader, reference)?;
    let refused = |sentence: &str| Refusal::new("decision-person", sentence).field("person");
    match (found.pop(), found.is_empty()) {
        (Some(id), true) => Ok(id),
        (Some(_), false) => {
            Err(refused("Several people are known by this. Give the person’s own id, which stands in the address of their page.").into())
        }
        (None, _) => Err(refused("Nobody on the roster is known by this. Give an address or the source’s id.").into()),
    }
}
