//! The programme: every rule in a plain sentence with how many people are in it today, and setting and ending rules.
//!
//! A rule is looked at before it is saved: the page says who would be in it today. Owners and editors change rules;
//! auditors read them.
//!
//! Not here: how the form becomes a rule (`draft`).

mod draft;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use db::{Actor, Db, Id, Reader};
use roster::engagement::EngagementKind;
use web::table::thousands;
use web::{
    Answer, Choice, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table,
    Visitor, act, actions, button, button_link, day, html, main_link, panel, see_other_saying, trail,
};

use super::{may_change, may_look};
use crate::members::{self, Members};
use crate::programme;
use crate::rule::{self, NewRule, Rule, RuleKind};
use draft::LOOK;

/// Names shown of those who would be in a rule: enough to see whether the right people are meant.
const NAMES_MAX: usize = 50;

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/programme", get(index))
        .route("/programme/default", post(adopt))
        .route("/programme/rules", post(create))
        .route("/programme/rules/new", get(new))
        .route("/programme/rules/{id}/end", post(end))
}

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (rules, members, titles, missing) = db
        .read(|r| {
            let rules = rule::list(r)?;
            let audiences: Vec<_> = rules.iter().map(|rule| &rule.audience).collect();
            let members = members::of(r, &audiences, 0)?;
            Ok((rules, members, published(r)?, programme::missing(r)?))
        })
        .await?;
    let finding = match (rules.len(), members.first()) {
        (0, _) => "Nobody owes anything yet: the programme has no rules.".to_owned(),
        (1, Some(first)) => format!("One rule says what {}.", owe(first.of)),
        (count, Some(first)) => format!("{count} rules say what {}.", owe(first.of)),
        (count, None) => format!("{count} rules say who owes what."),
    };
    let change = may_change(&visitor);
    let columns = [
        Column::new("Rule"),
        Column::new("Course"),
        Column::new("By when").wide(),
        Column::new("People today").number(),
        Column::new("Change"),
    ];
    let rows = rules
        .iter()
        .zip(&members)
        .map(|(rule, members)| row(rule, members, &titles, change));
    let table = Table::new("Rules", columns)
        .labelled()
        .rows(rows)
        .empty("A rule says who owes which course, and by when. Publish a course, then add a rule.");
    let opening = Opening::new(finding).lead(
        "A rule is never changed: a new one takes its place, and what was owed until then stays on record.",
    );
    let opening = if change {
        opening.actions(main_link("Add a rule", "/programme/rules/new"))
    } else {
        opening
    };
    let body = html! {
        (opening)
        @if change && !missing.is_empty() { (offer(&missing)) }
        (table)
    };
    Screen::shell(&place, "Rules", body).answer()
}

async fn new(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    let replaced = filled.one("replaces").to_owned();
    let fresh = filled.pairs().all(|(name, _)| name == "replaces");
    let (titles, today, old) = db
        .read(move |r| {
            let old = match replaced.parse::<Id<RuleKind>>() {
                Ok(id) => rule::find(r, &id)?.map(|(rule, _)| rule),
                Err(_) => None,
            };
            Ok((published(r)?, r.today()?, old))
        })
        .await?;
    if fresh {
        let start = match &old {
            Some(old) => {
                draft::of_rule(old, today).ok_or_else(|| Error::Refused(draft::beyond_the_form()))?
            }
            None => draft::blank(today),
        };
        return page(&place, &start, &Problems::none(), &titles, None).answer();
    }
    if !filled.ticked(LOOK) {
        return page(&place, &filled, &Problems::none(), &titles, None).answer();
    }
    match draft::read(&filled) {
        Err(problems) => page(&place, &filled, &problems, &titles, None)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
        Ok(new) => {
            let audience = new.audience.clone();
            let members = db.read(move |r| members::of(r, &[&audience], NAMES_MAX)).await?;
            let members = members.into_iter().next().unwrap_or_default();
            page(
                &place,
                &filled,
                &Problems::none(),
                &titles,
                Some((&new, &members)),
            )
            .answer()
        }
    }
}

async fn create(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let problems = match draft::read(&filled) {
        Err(problems) => problems,
        Ok(new) => {
            let replaces = match filled.one("replaces") {
                "" => None,
                id => Some(id.parse::<Id<RuleKind>>().map_err(|_| Error::Missing)?),
            };
            let actor = Actor::Person(editor.account.clone());
            match db
                .write(actor, move |tx| rule::set(tx, &new, replaces.as_ref()))
                .await
            {
                Ok(_) => {
                    let sentence = "The rule is set. What people owe follows within moments.";
                    return Ok(see_other_saying("/programme", sentence));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    let titles = db.read(published).await?;
    page(&place, &filled, &problems, &titles, None)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn end(editor: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let id: Id<RuleKind> = id.parse().map_err(|_| Error::Missing)?;
    db.write(Actor::Person(editor.account.clone()), move |tx| {
        rule::end(tx, &id)
    })
    .await?;
    Ok(see_other_saying(
        "/programme",
        "The rule has ended. What was owed because of it ends within moments.",
    ))
}

async fn adopt(editor: Editor, State(db): State<Db>) -> Answer {
    let set = db
        .write(Actor::Person(editor.account.clone()), programme::adopt)
        .await?;
    let sentence = match set.len() {
        0 => "Every rule of the default programme was already set.".to_owned(),
        1 => "One rule is set. What people owe follows within moments.".to_owned(),
        count => format!("{count} rules are set. What people owe follows within moments."),
    };
    Ok(see_other_saying("/programme", &sentence))
}

fn owe(people: u64) -> String {
    match people {
        0 => "people owe".to_owned(),
        1 => "one person owes".to_owned(),
        _ => format!("{} people owe", thousands(people)),
    }
}

/// The published courses: id and title.
fn published(reader: &mut Reader) -> db::Result<Vec<(String, String)>> {
    let listed = curriculum::edition::courses(reader)?;
    Ok(listed
        .into_iter()
        .map(|one| (one.edition.course_id, one.edition.title))
        .collect())
}

fn row(rule: &Rule, members: &Members, titles: &[(String, String)], change: bool) -> [Markup; 5] {
    let title = titles
        .iter()
        .find(|(id, _)| *id == rule.course_id)
        .map_or("", |(_, title)| title.as_str());
    let end = format!("/programme/rules/{}/end", rule.id);
    let question = "End this rule? What is owed because of it will be owed no longer.";
    [
        html! { b { (rule.name) } br; span.soft { "For " (rule.audience.to_string()) } },
        html! { a href={ "/courses/" (rule.course_id) } { (rule.course_id) " " (title) } },
        html! { (draft::sentence(&rule.duty)) br; span.soft { "From " (day(rule.from_on)) } },
        html! { (thousands(members.count)) },
        html! {
            @if change {
                (actions([
                    button_link("Change", &format!("/programme/rules/new?replaces={}", rule.id)),
                    act("End", &end, Some(question)),
                ]))
            }
        },
    ]
}

fn offer(missing: &[NewRule]) -> Markup {
    let body = html! {
        p { "These rules meet what the common frameworks ask for: thirty days for newcomers, and once a year." }
        ul {
            @for new in missing {
                li { (new.course_id) ", for " (new.audience.to_string()) ": " (new.duty.to_string()) }
            }
        }
        (act("Use the default programme", "/programme/default", None))
    };
    panel("Default programme", "ready to use", body)
}

/// The form, and beneath it who is in the rule when that was asked.
fn page(
    place: &Place,
    filled: &Filled,
    problems: &Problems,
    titles: &[(String, String)],
    seen: Option<(&NewRule, &Members)>,
) -> Screen {
    let form = Form::new(filled, problems);
    let title = if filled.one("replaces").is_empty() {
        "Add a rule"
    } else {
        "Put a rule in the place of another"
    };
    let body = html! {
        (Opening::new(title)
            .over(trail(&[("Rules", "/programme")], title))
            .lead("Say who owes which course and by when, and look at who that is before you save."))
        (form.summary())
        @if let Some((new, members)) = seen { (who(filled, new, members)) }
        form.stack.roomy method="get" action="/programme/rules/new" {
            input type="hidden" name=(LOOK) value="yes";
            @if !filled.one("replaces").is_empty() { (form.hidden("replaces")) }
            (fields(&form, titles))
            (button("Look at who is in it"))
        }
    };
    Screen::shell(place, title, body)
}

fn fields(form: &Form<'_>, titles: &[(String, String)]) -> Markup {
    let courses: Vec<Choice> = titles
        .iter()
        .map(|(id, title)| Choice::new(id, format!("{id} {title}")))
        .collect();
    let joints = [
        Choice::new("everyone", "Everyone").why("Leave the conditions empty."),
        Choice::new("any", "Whoever meets any of the conditions"),
        Choice::new("all", "Whoever meets all of the conditions"),
    ];
    let kinds = EngagementKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label()));
    let access = [
        Choice::new("yes", "Yes"),
        Choice::new("no", "No"),
        Choice::new("unknown", "Unknown"),
    ];
    let by = [
        Choice::new("days", "Within some days of starting"),
        Choice::new("before_access", "Before access").why("On the first day in the audience at the latest."),
    ];
    html! {
        (form.text("name", "Name of the rule").help("Such as “Everyone: report it”.").length_max(120))
        (form.select("course", "Course", &courses))
        (form.radios("audience", "Who", &joints))
        (form.checks("kind", "Kind", &kinds).optional())
        (form.text("department", "Department").help("Several with commas between.").optional())
        (form.text("tag", "Tag").help("Such as developer. Several with commas between.").optional())
        (form.text("job_title", "Job title contains").help("Such as engineer. Several with commas between.").optional())
        (form.text("location", "Location").help("Several with commas between.").optional())
        (form.select("access", "Logical access", &access).optional())
        (form.text("system_access", "Access to a system").help("As in the lists under Access, such as github, or any. Several with commas between.").optional())
        (form.text("privileged_access", "Privileged in a system").help("Such as aws-production, or any. Several with commas between.").optional())
        (form.radios("by", "By when", &by))
        (form.number("onboarding_days", "Days to complete it the first time").help("Counted from the first day in the audience.").optional())
        (form.number("mover_days", "Days for people who move into the audience").help("Left empty, they have the same days as newcomers.").optional())
        (form.number("refresh_days", "Repeat after how many days").help("365 is once a year. Left empty, once is enough.").optional())
        (form.number("grace_days", "Days of grace after that").optional())
        (form.date("from_on", "First day the rule binds").help("People who are already here have their days from then on, or from their own start where those days are not over yet."))
    }
}

fn who(filled: &Filled, new: &NewRule, members: &Members) -> Markup {
    let more = members.count.saturating_sub(members.first.len() as u64);
    let body = html! {
        p {
            "For " (new.audience.to_string()) ": " (new.course_id) " " (new.duty.to_string())
            ", from " (new.from_on.long()) "."
        }
        @if members.first.is_empty() {
            p { "Nobody is in this audience today. People who come into it later will owe the course." }
        } @else {
            ul.plain-list {
                @for (id, name) in &members.first { li { a href={ "/people/" (id) } { (name) } } }
            }
            @if more > 0 { p.soft { "and " (thousands(more)) " more" } }
        }
        form method="post" action="/programme/rules" {
            @for (name, value) in filled.pairs().filter(|(name, _)| *name != LOOK) {
                input type="hidden" name=(name) value=(value);
            }
            (button("Save this rule"))
        }
    };
    let aside = format!("{} of {} people", thousands(members.count), thousands(members.of));
    panel("Who is in it today", aside, body)
}
