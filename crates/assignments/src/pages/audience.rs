//! The named audiences: which there are, who is in each on any day, and setting one, as text or put together by a form.
//!
//! Before an audience is saved the page says who comes in, who goes out and whom that touches. The text is what counts;
//! the form under it only writes text. Owners and editors change audiences; auditors read them.
//!
//! Not here: the language ([`crate::expression`]).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Day, Db, Id, Reader};
use web::table::thousands;
use web::{
    Answer, Choice, Column, Editor, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Table,
    Visitor, actions, button, button_link, html, main_link, panel, see_other_saying, trail,
};

use super::change::{self as touched, LINES};
use super::{may_change, may_look};
use crate::audience::{Audience, Field};
use crate::change::{self, Change};
use crate::expression;
use crate::members::{self, Compared, Members};
use crate::named_audience::{self, AudienceKind, NamedAudience, NewAudience};
use crate::rule;

const HOME: &str = "/programme/audiences";
/// Names shown of those in an audience.
const NAMES_MAX: usize = 50;
/// The mark of a form that was sent to be looked at, and of one that only adds a condition to the text.
const LOOK: &str = "look";
const ADD: &str = "add";

/// Every page of this file.
pub fn routes() -> Router<Db> {
    Router::new()
        .route(HOME, get(index).post(create))
        .route("/programme/audiences/new", get(new))
        .route("/programme/audiences/change.csv", get(file))
        .route("/programme/audiences/{id}", get(show))
}

async fn index(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    may_look(&visitor)?;
    let (audiences, members, rules) = db
        .read(|r| {
            let audiences = named_audience::list(r)?;
            let said: Vec<&Audience> = audiences.iter().map(|one| &one.audience).collect();
            let members = members::of(r, &said, 0)?;
            Ok((audiences, members, rule::list(r)?))
        })
        .await?;
    let columns = [
        Column::new("Audience"),
        Column::new("Who").wide(),
        Column::new("People today").number(),
        Column::new("Rules").number(),
    ];
    let rows = audiences.iter().zip(&members).map(|(one, members)| {
        let used = rules
            .iter()
            .filter(|rule| rule.terms.named.as_ref() == Some(&one.id))
            .count();
        [
            html! { a href={ (HOME) "/" (one.id) } { (one.name) } },
            html! { (one.audience.to_string()) },
            html! { (thousands(members.count)) },
            html! { (used) },
        ]
    });
    let table = Table::new("Audiences", columns)
        .rows(rows)
        .labelled()
        .caption_hidden()
        .empty("An audience says once who is meant, and any number of rules can go by it.");
    let finding = match audiences.len() {
        0 => "No audience has a name yet.".to_owned(),
        1 => "One audience has a name.".to_owned(),
        count => format!("{count} audiences have a name."),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Rules", "/programme")], "Audiences"))
            .lead("Change an audience, and every rule that goes by it changes with it. Whoever was asked before keeps their day.")
            .actions(html! { @if may_change(&visitor) { (main_link("Add an audience", "/programme/audiences/new")) } }))
        (table)
    };
    Screen::shell(&place, "Audiences", body).answer()
}

struct Shown {
    versions: Vec<NamedAudience>,
    members: Members,
    rules: Vec<(String, String)>,
    on: Day,
}

async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(id): Path<String>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_look(&visitor)?;
    let id: Id<AudienceKind> = id.parse().map_err(|_| Error::Missing)?;
    let filled: Filled = asked.into_iter().collect();
    let wanted = filled.one("as_of").to_owned();
    let found = db
        .read(move |r| {
            let versions = named_audience::versions(r, &id)?;
            let Some(now) = versions.first() else {
                return Ok(None);
            };
            let on = match wanted.as_str() {
                "" => Ok(r.today()?),
                text => text.parse::<Day>(),
            };
            let on = on.unwrap_or(r.today()?);
            let compared = members::compare(r, (None, &now.audience), on, NAMES_MAX)?;
            let rules = rule::list(r)?
                .into_iter()
                .filter(|rule| rule.terms.named.as_ref() == Some(&id));
            let rules = rules
                .map(|rule| (rule.name.clone(), format!("{} {}", rule.course_id, rule.duty)))
                .collect();
            Ok(Some(Shown {
                members: compared.new,
                rules,
                on,
                versions,
            }))
        })
        .await?;
    let shown = found.ok_or(Error::Missing)?;
    screen(&place, &shown, may_change(&visitor)).answer()
}

fn screen(place: &Place, shown: &Shown, change: bool) -> Screen {
    // `show` has seen that there is one.
    let Some(now) = shown.versions.first() else {
        return Screen::shell(place, "Audience", html! {});
    };
    let filled = Filled::nothing().with("as_of", shown.on);
    let problems = Problems::none();
    let form = Form::new(&filled, &problems);
    let finding = format!(
        "{} of {} people are in it on {}.",
        thousands(shown.members.count),
        thousands(shown.members.of),
        shown.on.long()
    );
    let versions = shown
        .versions
        .iter()
        .skip(1)
        .map(|one| [html! { (expression::write(&one.audience)) }, html! { (one.why) }]);
    let rules = shown
        .rules
        .iter()
        .map(|(name, what)| [html! { (name) }, html! { (what) }]);
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("Rules", "/programme"), ("Audiences", HOME)], &now.name))
            .lead(html! { code { (expression::write(&now.audience)) } })
            .actions(html! { @if change { (main_link("Change it", &format!("{HOME}/new?id={}", now.id))) } }))
        @if !now.why.is_empty() { p { (now.why) } }
        form.line method="get" { (form.date("as_of", "As of").help("Any day, past or to come, as the roster is known now.")) (button("Look")) }
        (names("Who is in it", &shown.members))
        (Table::new("Rules that go by it", ["Rule", "What"].map(Column::new)).rows(rows(rules)).labelled().empty("No rule goes by it yet."))
        @if shown.versions.len() > 1 {
            (Table::new("What it said before", ["Audience", "Why"].map(Column::new)).rows(rows(versions)).labelled())
        }
    };
    Screen::shell(place, &now.name, body)
}

fn rows(some: impl Iterator<Item = [Markup; 2]>) -> Vec<[Markup; 2]> {
    some.collect()
}

fn names(heading: &str, members: &Members) -> Markup {
    let more = members.count.saturating_sub(members.first.len() as u64);
    let body = html! {
        @if members.first.is_empty() { p { "Nobody." } }
        ul.plain-list {
            @for (id, name) in &members.first { li { a href={ "/people/" (id) } { (name) } } }
        }
        @if more > 0 { p.soft { "and " (thousands(more)) " more" } }
    };
    panel(
        heading,
        format!("{} of {} people", thousands(members.count), thousands(members.of)),
        body,
    )
}

struct Seen {
    compared: Compared,
    change: Change,
    on: Day,
    is_new: bool,
}

async fn new(
    place: Place,
    _: Editor,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    if filled.ticked(ADD) {
        return match add(&filled) {
            Ok(filled) => page(&place, &filled, &Problems::none(), None).answer(),
            Err(problems) => page(&place, &filled, &problems, None)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer(),
        };
    }
    if !filled.ticked(LOOK) {
        let id = filled.one("id").to_owned();
        let start = db.read(move |r| start(r, &id)).await?;
        return page(&place, &start, &Problems::none(), None).answer();
    }
    let new = match read(&filled) {
        Ok(new) => new,
        Err(problems) => {
            return page(&place, &filled, &problems, None)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer();
        }
    };
    let on = filled.one("as_of").parse::<Day>().ok();
    let seen = db.read(move |r| look(r, &new, on, LINES)).await?;
    page(&place, &filled, &Problems::none(), Some(&seen)).answer()
}

/// The form with the audience that is to be changed, or empty.
fn start(reader: &mut Reader, id: &str) -> db::Result<Filled> {
    let today = reader.today()?;
    let known = named_audience::list(reader)?
        .into_iter()
        .find(|one| one.id.as_str() == id);
    Ok(match known {
        Some(one) => Filled::nothing()
            .with("id", &one.id)
            .with("name", &one.name)
            .with("said", expression::write(&one.audience))
            .with("why", &one.why)
            .with("as_of", today),
        None => Filled::nothing().with("as_of", today),
    })
}

fn look(reader: &mut Reader, new: &NewAudience, on: Option<Day>, most: usize) -> db::Result<Seen> {
    let today = reader.today()?;
    let on = on.unwrap_or(today);
    let old = named_audience::list(reader)?
        .into_iter()
        .find(|one| Some(&one.id) == new.id.as_ref());
    let compared = members::compare(
        reader,
        (old.as_ref().map(|one| &one.audience), &new.audience),
        on,
        NAMES_MAX,
    )?;
    let before = rule::list(reader)?;
    let mut after = before.clone();
    if let Some(id) = &new.id {
        for (old, new) in named_audience::follow(&before, id, &new.audience, today) {
            after = change::with(&after, &new, Some(&old));
        }
    }
    let change = change::look(reader, &before, &after, most)?;
    Ok(Seen {
        compared,
        change,
        on,
        is_new: old.is_none(),
    })
}

async fn file(_: Editor, State(db): State<Db>, Query(asked): Query<Vec<(String, String)>>) -> Answer {
    let filled: Filled = asked.into_iter().collect();
    let new = read(&filled).map_err(|_| Error::Missing)?;
    let seen = db.read(move |r| look(r, &new, None, change::LINES_MAX)).await?;
    Ok(touched::file(&seen.change)?)
}

async fn create(place: Place, editor: Editor, State(db): State<Db>, filled: Filled) -> Answer {
    let problems = match read(&filled) {
        Err(problems) => problems,
        Ok(new) => {
            let actor = Actor::Person(editor.account.clone());
            match db.write(actor, move |tx| named_audience::set(tx, &new)).await {
                Ok(id) => {
                    let sentence = "The audience is set. What people owe follows within moments.";
                    return Ok(see_other_saying(&format!("{HOME}/{id}"), sentence));
                }
                Err(error) => Problems::or_fault(error)?,
            }
        }
    };
    page(&place, &filled, &problems, None)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

fn read(filled: &Filled) -> Result<NewAudience, Problems> {
    let mut problems = Problems::none();
    let audience = expression::read(filled.one("said"))
        .map_err(|refusal| problems.add("said", refusal.sentence))
        .ok();
    let id = match filled.one("id") {
        "" => None,
        text => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => {
                problems.add(
                    "name",
                    "There is no such audience. Look at the list of audiences.",
                );
                None
            }
        },
    };
    if filled.one("name").is_empty() {
        problems.add(
            "name",
            "Give the audience a name of up to 80 characters, such as Developers.",
        );
    }
    match audience {
        Some(audience) if problems.is_empty() => Ok(NewAudience {
            id,
            name: filled.one("name").to_owned(),
            audience,
            why: filled.raw("why").trim().to_owned(),
        }),
        _ => Err(problems),
    }
}

/// The text with one more condition, as the form beside it says.
fn add(filled: &Filled) -> Result<Filled, Problems> {
    let field = filled.one("add_field");
    let value = filled.one("add_value");
    if value.is_empty() {
        return Err(Problems::none().with("add_value", "Write what it should be, such as developer."));
    }
    let value = format!("\"{}\"", value.replace('"', "\"\""));
    let condition = match filled.one("add_test") {
        "is_not" => format!("{field} is not {value}"),
        "contains" => format!("{field} contains {value}"),
        "does_not_contain" => format!("{field} does not contain {value}"),
        _ => format!("{field} is {value}"),
    };
    let text = match (filled.one("said"), filled.one("add_joint")) {
        ("" | "everyone", _) => condition,
        (said, "or") => format!("{said} or {condition}"),
        (said, _) if said.contains(" or ") => format!("({said}) and {condition}"),
        (said, _) => format!("{said} and {condition}"),
    };
    let read = expression::read(&text).map_err(|refusal| Problems::none().with("said", refusal.sentence))?;
    let kept = filled
        .pairs()
        .filter(|(name, _)| !name.starts_with("add") && *name != "said" && *name != LOOK);
    let kept: Filled = kept
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Ok(kept.with("said", expression::write(&read)))
}

fn page(place: &Place, filled: &Filled, problems: &Problems, seen: Option<&Seen>) -> Screen {
    let mut begun = filled.clone();
    for (name, usual) in [("add_joint", "and"), ("add_test", "is")] {
        if filled.one(name).is_empty() {
            begun = begun.with(name, usual);
        }
    }
    let form = Form::new(&begun, problems);
    let title = if filled.one("id").is_empty() {
        "Add an audience"
    } else {
        "Change an audience"
    };
    let body = html! {
        (Opening::new(title)
            .over(trail(&[("Rules", "/programme"), ("Audiences", HOME)], title))
            .lead("Write who is meant, or put it together below, and look at who that is before you save."))
        (form.summary())
        @if let Some(seen) = seen { (who(filled, seen)) }
        form.stack.roomy method="get" action="/programme/audiences/new" {
            @if !filled.one("id").is_empty() { (form.hidden("id")) }
            (form.text("name", "Name").help("Such as Developers.").length_max(80))
            (form.textarea("said", "Who", 3).help("Such as: kind is contractor and (department is Engineering or tag is developer). Or: everyone."))
            (form.textarea("why", "Why", 2).help("What it is for; shown wherever it is used.").optional().length_max(1_000))
            (form.date("as_of", "Look at it as of").optional())
            button.button.main type="submit" name=(LOOK) value="yes" { "Look at who is in it" }
            (builder(&form))
        }
    };
    Screen::shell(place, title, body)
}

fn builder(form: &Form<'_>) -> Markup {
    let joints = [Choice::new("and", "and"), Choice::new("or", "or")];
    let fields = Field::every().map(|field| Choice::new(field.name(), field.name().replace('_', " ")));
    let tests = [
        Choice::new("is", "is"),
        Choice::new("is_not", "is not"),
        Choice::new("contains", "contains"),
        Choice::new("does_not_contain", "does not contain"),
    ];
    let body = html! {
        (form.select("add_joint", "Joined by", &joints).optional())
        (form.select("add_field", "What is looked at", &fields).optional())
        (form.select("add_test", "How", &tests).optional())
        (form.text("add_value", "What it should be").help("Such as developer.").optional())
        button.button type="submit" name=(ADD) value="yes" { "Add this condition to the text" }
    };
    panel("Put it together", "", html! { div.stack { (body) } })
}

fn who(filled: &Filled, seen: &Seen) -> Markup {
    let pairs: Vec<(&str, &str)> = filled
        .pairs()
        .filter(|(name, _)| *name != LOOK && !name.starts_with("add"))
        .collect();
    html! {
        (names(&format!("Who is in it on {}", seen.on.long()), &seen.compared.new))
        @if !seen.is_new {
            (names("Who would come in", &seen.compared.comes_in))
            (names("Who would go out", &seen.compared.goes_out))
        }
        (touched::shown(&seen.change))
        (touched::file_form("/programme/audiences/change.csv", &pairs))
        form method="post" action=(HOME) {
            @for (name, value) in &pairs { input type="hidden" name=(name) value=(value); }
            (actions([button("Save this audience"), button_link("Leave it as it is", HOME)]))
        }
    }
}
