//! The frameworks, and one of them: every requirement with its answers over a window.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use controls::Framework;
use db::{Actor, Db};
use web::{
    Answer, Auditor, Column, Filled, Markup, Opening, Owner, Place, Screen, Table, act, html,
    see_other_saying, tag, trail,
};

use super::{
    asked_window, button_row, figures::opens, named_framework, standing, when, window_form, window_query,
};
use crate::{
    finding::Finding,
    measure::Outcome,
    status::{Asked, Period, status},
    wording,
};

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/frameworks", get(index))
        .route("/frameworks/{framework}", get(show))
        .route("/frameworks/{framework}/adoption", post(adopt))
        .route("/frameworks/{framework}/adoption/end", post(end))
}

async fn index(place: Place, visitor: Auditor, State(db): State<Db>) -> Answer {
    let (adopted, zone) = db
        .read(|reader| Ok((controls::adopted(reader)?, reader.zone()?)))
        .await?;
    let may_choose = visitor.roles.has(web::Role::Owner);
    let rows = controls::frameworks().iter().map(|framework| {
        let since = adopted
            .iter()
            .find(|a| a.framework == framework.id)
            .map(|a| a.adopted_at);
        [
            html! { a href={ "/frameworks/" (framework.id) } { (framework.title) } },
            html! { (framework.version) },
            html! { a href={ "/frameworks/" (framework.id) } { (framework.requirements.len()) } },
            html! { @match since { Some(at) => { "since " (when(at, &zone)) }, None => "not answered for" } },
            html! { @if may_choose { (choice(framework, since.is_some())) } },
        ]
    });
    let columns = [
        Column::new("Framework").wide(),
        Column::new("Version"),
        Column::new("Requirements").number(),
        Column::new("Answered for"),
        Column::new("Choose"),
    ];
    let finding = match adopted.len() {
        0 => "No framework is answered for yet.".to_owned(),
        1 => "One framework is answered for.".to_owned(),
        count => format!("{count} frameworks are answered for."),
    };
    let lead = "Each asks in its own words; the answers are reckoned from the same facts.";
    let body = html! {
        (Opening::new(finding).lead(lead))
        (Table::new("Frameworks", columns).caption_hidden().labelled().rows(rows).of(controls::frameworks().len() as u64, "frameworks"))
    };
    Screen::shell(&place, "Frameworks", body).answer()
}

fn choice(framework: &Framework, adopted: bool) -> Markup {
    let action = format!("/frameworks/{}/adoption", framework.id);
    if adopted {
        let question = format!(
            "Stop answering for {}? What was shown before stays.",
            framework.title
        );
        return act("Stop", &format!("{action}/end"), Some(&question));
    }
    act("Answer for it", &action, None)
}

async fn adopt(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let framework = named_framework(&id)?;
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        controls::adoption::adopt(tx, framework)
    })
    .await?;
    Ok(see_other_saying(
        "/frameworks",
        &format!("{} is answered for from now on.", framework.title),
    ))
}

async fn end(owner: Owner, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let framework = named_framework(&id)?;
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        controls::adoption::end(tx, &framework.id)
    })
    .await?;
    Ok(see_other_saying(
        "/frameworks",
        &format!("{} is no longer answered for.", framework.title),
    ))
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path(id): Path<String>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let framework = named_framework(&id)?;
    let asked: Filled = asked.into_iter().collect();
    let show = Outcome::ALL
        .into_iter()
        .find(|outcome| outcome.name() == asked.one("show"));
    let (answers, window, problems) = db
        .read(move |reader| {
            let (window, problems) = asked_window(&asked, reader.today()?);
            let asked = Asked {
                frameworks: vec![framework.id.clone()],
                period: Period::Over(window),
                known_at: None,
            };
            Ok((status(reader, &asked)?, window, problems))
        })
        .await?;
    let query = window_query(window);
    let finding = wording::tally(&framework.title, &answers.checks);
    let opening = Opening::new(finding)
        .over(trail(&[("Frameworks", "/frameworks")], &framework.title))
        .lead(html! {
            (wording::days(window)) ". "
            a href={ "/roster/completeness/sum?which=here&" (query) } { (wording::people(answers.roster.count)) }
            " were here, leavers included. " (wording::counted(framework.requirements.len() as u64, "requirement", "requirements")) "."
        })
        .actions(button_row(&[(
            "Take the evidence away",
            &format!("/packs?framework={}&{query}", framework.id),
        )]));
    let body = html! { (opening) @if let Some(note) = &answers.note { (web::note(web::Standing::Attention, html! { (note) })) } (window_form(window, &problems)) (tallied(framework, &answers.checks, &query)) (table((framework, show), &answers.checks, &query)) p.soft { (framework.source) } };
    Screen::shell(&place, &framework.title, body).answer()
}

/// How many checks have which answer; each number shows those alone.
fn tallied(framework: &Framework, findings: &[Finding], query: &str) -> Markup {
    let counts =
        Outcome::ALL.map(|outcome| (outcome, findings.iter().filter(|f| f.status == outcome).count()));
    html! {
        div.row { @for (outcome, count) in counts { @if count > 0 {
            a href={ "/frameworks/" (framework.id) "?" (query) "&show=" (outcome.name()) } { (tag(standing(outcome), format!("{count} {}", wording::outcome(outcome)))) }
        } } }
    }
}

fn table((framework, show): (&Framework, Option<Outcome>), findings: &[Finding], query: &str) -> Markup {
    let columns = [
        Column::new("Requirement"),
        Column::new("Check").wide(),
        Column::new("Answer"),
        Column::new("Exceptions").number(),
    ];
    let total = findings
        .iter()
        .filter(|f| show.is_none_or(|show| f.status == show))
        .count();
    let mut table = Table::new("Every check", columns)
        .caption_hidden()
        .labelled()
        .of(total as u64, "checks");
    if show.is_some() {
        table = table.link(
            "Show every check",
            format!("/frameworks/{}?{query}", framework.id),
        );
    }
    let (mut last, mut named) = ("", "");
    let mut number = 0;
    for finding in findings {
        let requirement = framework.requirement(&finding.requirement);
        number = if finding.requirement == last {
            number + 1
        } else {
            1
        };
        let href = format!(
            "/frameworks/{}/requirements/{}",
            framework.id, finding.requirement
        );
        last = &finding.requirement;
        if show.is_some_and(|show| finding.status != show) {
            continue;
        }
        let check = format!("{href}/checks/{number}?{query}");
        table.row([
            html! {
                @if named != finding.requirement { a href={ (href) "?" (query) } { (finding.requirement) } " " (requirement.map_or("", |r| r.title.as_str())) }
                @else { span.visually-hidden { (finding.requirement) } }
            },
            html! { a href=(check) { (wording::titled(finding)) } },
            html! { a href=(check) { (tag(standing(finding.status), wording::share(finding))) } },
            html! { @if finding.population > 0 { (opens(wording::failing(finding), &check)) } },
        ]);
        named = &finding.requirement;
    }
    html! { (table) }
}
