//! Writing a rule: the form, who would be in it, and whom it would touch, before it is saved.
//!
//! Not here: how the form becomes a rule (`draft`).

use axum::extract::{Query, State};
use axum::http::StatusCode;
use db::{Actor, Day, Db, Id, Reader};
use roster::engagement::EngagementKind;
use web::table::thousands;
use web::{
    Answer, Choice, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, button,
    html, note, panel, see_other_saying, trail,
};

use super::draft::{self, LOOK};
use super::published;
use crate::change::{self, Change};
use crate::members::{self, Members};
use crate::named_audience::{self, NamedAudience};
use crate::pages::change as touched;
use crate::rule::{self, NewRule, Rule, RuleKind};

/// Names shown of those who would be in a rule: enough to see whether the right people are meant.
const NAMES_MAX: usize = 50;

/// The days between two completions that the frameworks with the strictest text allow.
const STRICTEST_DAYS: i32 = 365;

/// What the form offers.
struct Offered {
    courses: Vec<Choice>,
    audiences: Vec<NamedAudience>,
    today: Day,
}

/// A rule that was looked at: who is in it, and what changes.
struct Seen {
    new: NewRule,
    members: Members,
    change: Change,
}

fn offered(reader: &mut Reader) -> db::Result<Offered> {
    let courses = published(reader)?;
    Ok(Offered {
        courses: courses
            .iter()
            .map(|(id, title)| Choice::new(id, format!("{id} {title}")))
            .collect(),
        audiences: named_audience::list(reader)?,
        today: reader.today()?,
    })
}

/// The rule that an address asks to replace.
fn replaced(filled: &Filled) -> Option<Id<RuleKind>> {
    filled.one("replaces").parse().ok()
}

pub(super) async fn new(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    let fresh = filled.pairs().all(|(name, _)| name == "replaces");
    let old = replaced(&filled);
    let (offered, old) = db
        .read(move |r| {
            let old = match &old {
                Some(id) => rule::find(r, id)?.map(|(rule, _)| rule),
                None => None,
            };
            Ok((offered(r)?, old))
        })
        .await?;
    if fresh {
        let start = old.map_or_else(
            || draft::blank(offered.today),
            |old| draft::of_rule(&old, offered.today),
        );
        return page(&place, (&start, &Problems::none()), &offered, None).answer();
    }
    if !filled.ticked(LOOK) {
        return page(&place, (&filled, &Problems::none()), &offered, None).answer();
    }
    match draft::read(&filled, &offered.audiences) {
        Err(problems) => page(&place, (&filled, &problems), &offered, None)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
        Ok(new) => {
            let old = replaced(&filled);
            let seen = db
                .read(move |r| look(r, &new, old.as_ref(), touched::LINES))
                .await?;
            page(&place, (&filled, &Problems::none()), &offered, Some(&seen)).answer()
        }
    }
}

fn look(
    reader: &mut Reader,
    new: &NewRule,
    replaces: Option<&Id<RuleKind>>,
    most: usize,
) -> db::Result<Seen> {
    let members = members::of(reader, &[&new.audience], NAMES_MAX)?
        .into_iter()
        .next()
        .unwrap_or_default();
    let before = rule::list(reader)?;
    let old: Option<Rule> = before.iter().find(|rule| Some(&rule.id) == replaces).cloned();
    let after = change::with(&before, new, old.as_ref());
    let change = change::look(reader, &before, &after, most)?;
    Ok(Seen {
        new: new.clone(),
        members,
        change,
    })
}

/// Everybody a rule would touch, as a file.
pub(super) async fn file(
    _: Editor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    let found = db
        .read(move |r| {
            let offered = offered(r)?;
            let Ok(new) = draft::read(&filled, &offered.audiences) else {
                return Ok(None);
            };
            let old = replaced(&filled);
            Ok(Some(look(r, &new, old.as_ref(), change::LINES_MAX)?))
        })
        .await?;
    let seen = found.ok_or(Error::Missing)?;
    Ok(touched::file(&seen.change)?)
}

pub(super) async fn create(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let offered = db.read(offered).await?;
    let problems = match draft::read(&filled, &offered.audiences) {
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
    page(&place, (&filled, &problems), &offered, None)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

/// The form, and beneath it who is in the rule when that was asked.
fn page(
    place: &Place,
    (filled, problems): (&Filled, &Problems),
    offered: &Offered,
    seen: Option<&Seen>,
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
        @if let Some(seen) = seen { (who(filled, seen)) }
        form.stack.roomy method="get" action="/programme/rules/new" {
            input type="hidden" name=(LOOK) value="yes";
            @if !filled.one("replaces").is_empty() { (form.hidden("replaces")) }
            (fields(&form, offered))
            (button("Look at who is in it"))
        }
    };
    Screen::shell(place, title, body)
}

fn fields(form: &Form<'_>, offered: &Offered) -> Markup {
    let by = [
        Choice::new("days", "Within some days of starting"),
        Choice::new("before_access", "Before access").why("On the first day in the audience at the latest."),
        Choice::new("event", "Because something happened")
            .why("An incident, a new policy, a changed product: everybody who is in the audience on the first day owes it again, once."),
    ];
    let others: Vec<Choice> = offered.courses.clone();
    html! {
        (form.text("name", "Name of the rule").help("Such as “Everyone: report it”.").length_max(120))
        (form.select("course", "Course", &offered.courses))
        (form.checks("others", "Or any of these", &others).help("Each of them does as well as the course above."))
        (audience(form, &offered.audiences))
        (form.radios("by", "By when", &by))
        (form.number("onboarding_days", "Days to complete it the first time").help("Counted from the first day in the audience, or from what happened.").optional())
        (form.number("mover_days", "Days for people who move into the audience").help("Left empty, they have the same days as newcomers.").optional())
        (form.number("refresh_days", "Repeat after how many days").help("365 is once a year from each person’s own day. Left empty, once is enough, or the day below says when.").optional())
        (form.text("calendar", "Or repeat by the same day every year").help("Month and day, such as 11-30.").optional().short())
        (form.number("active_days", "Days a completion counts at least before that day").help("Whoever starts shortly before the day is asked a year later; 90 when left empty.").optional())
        (form.number("grace_days", "Days of grace after that").optional())
        (form.number("leave_days", "Again after more than how many days away").help("Such as 90. Whoever comes back has fourteen days. Left empty, a leave changes nothing.").optional())
        (form.number("priority", "Priority").help("1 is shown first, 9 last; 5 when left empty.").optional())
        (form.date("from_on", "First day the rule binds, or when it happened").help("People who are already here have their days from then on, or from their own start where those days are not over yet."))
        (form.date("until_on", "Last day the rule binds").optional())
        (form.textarea("why", "Why", 2).help("A framework, a contract, a risk. What happened, when the rule is about that: people read it.").optional().length_max(1_000))
    }
}

fn audience(form: &Form<'_>, audiences: &[NamedAudience]) -> Markup {
    let who = [
        Choice::new("everyone", "Everyone").why("Leave the conditions empty."),
        Choice::new("any", "Whoever meets any of the conditions"),
        Choice::new("all", "Whoever meets all of the conditions"),
        Choice::new("named", "A named audience"),
        Choice::new("written", "As written below"),
    ];
    let named: Vec<Choice> = audiences
        .iter()
        .map(|one| Choice::new(&one.id, &one.name))
        .collect();
    let kinds = EngagementKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label()));
    let access = [
        Choice::new("yes", "Yes"),
        Choice::new("no", "No"),
        Choice::new("unknown", "Unknown"),
    ];
    html! {
        (form.radios("audience", "Who", &who))
        (form.select("named", "Named audience", &named).optional())
        (form.textarea("written", "Written", 3).help("Such as: kind is contractor and (department is Engineering or tag is developer)").optional())
        (form.checks("kind", "Kind", &kinds))
        (form.text("department", "Department").help("Several with commas between.").optional())
        (form.text("tag", "Tag").help("Such as developer. Several with commas between.").optional())
        (form.text("job_title", "Job title contains").help("Such as engineer. Several with commas between.").optional())
        (form.text("location", "Location").help("Several with commas between.").optional())
        (form.select("access", "Logical access", &access).optional())
        (form.text("system_access", "Access to a system").help("As in the lists under Access, such as github, or any. Several with commas between.").optional())
        (form.text("privileged_access", "Privileged in a system").help("Such as aws-production, or any. Several with commas between.").optional())
    }
}

fn who(filled: &Filled, seen: &Seen) -> Markup {
    let (new, members) = (&seen.new, &seen.members);
    let more = members.count.saturating_sub(members.first.len() as u64);
    let pairs: Vec<(&str, &str)> = filled.pairs().filter(|(name, _)| *name != LOOK).collect();
    let body = html! {
        p {
            "For " (new.audience.to_string()) ": " (new.course_id)
            @for other in &new.terms.others { " or " (other) }
            " " (new.duty.to_string()) ", from " (new.from_on.long()) "."
        }
        @if let Some(longest) = new.duty.longest() && longest > STRICTEST_DAYS {
            (note(Standing::Attention, html! {
                p { "Up to " (longest) " days can pass between two completions. Frameworks that ask for every " (STRICTEST_DAYS) " days will find days that are not covered." }
            }))
        }
        @if members.first.is_empty() {
            p { "Nobody is in this audience today. People who come into it later will owe the course." }
        } @else {
            ul.plain-list {
                @for (id, name) in &members.first { li { a href={ "/people/" (id) } { (name) } } }
            }
            @if more > 0 { p.soft { "and " (thousands(more)) " more" } }
        }
        (touched::shown(&seen.change))
        (touched::file_form("/programme/rules/change.csv", &pairs))
        form method="post" action="/programme/rules" {
            @for (name, value) in pairs {
                input type="hidden" name=(name) value=(value);
            }
            (button("Save this rule"))
        }
    };
    let aside = format!("{} of {} people", thousands(members.count), thousands(members.of));
    panel("Who is in it today", aside, body)
}
