//! One requirement: what it asks in our words, and each of its checks with the finding in a sentence.

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use controls::{Duty, Framework, Requirement};
use db::Db;
use web::{Answer, Auditor, Error, Filled, Markup, Opening, Place, Screen, html, panel, tag, trail};

use super::{asked_window, button_row, named_framework, standing, window_form, window_query};
use crate::{
    finding::Finding,
    measure::Outcome,
    status::{Asked, Period, status},
    wording,
};

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/frameworks/{framework}/requirements/{requirement}", get(show))
}

/// The framework and the requirement of an address.
pub(super) fn named(
    framework: &str,
    number: &str,
) -> Result<(&'static Framework, &'static Requirement), Error> {
    let framework = named_framework(framework)?;
    framework
        .requirement(number)
        .map(|requirement| (framework, requirement))
        .ok_or(Error::Missing)
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path((framework, number)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let (framework, requirement) = named(&framework, &number)?;
    let asked: Filled = asked.into_iter().collect();
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
    let findings: Vec<&Finding> = answers
        .checks
        .iter()
        .filter(|f| f.requirement == requirement.id)
        .collect();
    let query = window_query(window);
    let home = format!("/frameworks/{}?{query}", framework.id);
    let opening = Opening::new(finding(requirement, &findings))
        .over(trail(
            &[(&framework.title, &home)],
            &format!("{} {}", requirement.id, requirement.title),
        ))
        .lead(requirement.paraphrase.as_str())
        .actions(button_row(&[(
            "Take the evidence away",
            &format!("/packs?framework={}&{query}", framework.id),
        )]));
    let sections = findings.iter().enumerate().map(|(place, finding)| {
        let href = format!(
            "/frameworks/{}/requirements/{}/checks/{}?{query}",
            framework.id,
            requirement.id,
            place + 1
        );
        section(finding, &href)
    });
    let body = html! {
        (opening)
        p.soft { (wording::days(window)) ". " (binding(requirement.duty)) " " @if !requirement.aliases.is_empty() { "Before it was " (requirement.aliases.join(", ")) ". " } "The words are ours; the standard's own are its publisher's." }
        @if let Some(note) = &answers.note { (web::note(web::Standing::Attention, html! { (note) })) } (window_form(window, &problems))
        @for section in sections { (section) }
    };
    Screen::shell(&place, format!("{} {}", requirement.id, requirement.title), body).answer()
}

fn binding(duty: Duty) -> String {
    let meaning = duty.meaning();
    let mut letters = meaning.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).chain(['.']).collect())
        .unwrap_or_default()
}

fn finding(requirement: &Requirement, findings: &[&Finding]) -> String {
    let count = |outcome| findings.iter().filter(|f| f.status == outcome).count();
    let (met, gaps) = (
        count(Outcome::Met),
        count(Outcome::NotMet) + count(Outcome::Partial),
    );
    let rest = findings.len() - met - gaps;
    let mut text = format!(
        "{} {}: {met} of {} {} met",
        requirement.id,
        requirement.title,
        wording::counted(findings.len() as u64, "check", "checks"),
        if met == 1 { "is" } else { "are" }
    );
    if gaps > 0 {
        let verb = if gaps == 1 { "is" } else { "are" };
        text.push_str(&format!(", {gaps} {verb} not met in full"));
    }
    if rest > 0 {
        let verb = if rest == 1 { "is" } else { "are" };
        text.push_str(&format!(", {rest} cannot be told or {verb} for a person"));
    }
    text.push('.');
    text
}

fn section(finding: &Finding, href: &str) -> Markup {
    let aside = html! { a href=(href) { (tag(standing(finding.status), wording::share(finding))) } };
    panel(
        &format!("{} {}", finding.predicate, wording::titled(finding)),
        aside,
        html! {
            p { (wording::headline(finding)) }
            @if !finding.note.is_empty() { p.soft { (wording::spoken(&finding.note)) } }
            p { a href=(href) { "See " @if finding.population > 0 { "who and when" } @else { "what is asked" } } }
        },
    )
}
