//! Today: how many people are covered, what the auditors ask and what the answer would be, and what to do next.
//!
//! Owners, editors, auditors and managers start here; anybody else starts with their own training. A manager sees the
//! same of their own people alone. Each number opens the rows behind it, to those who may see them.

use assignments::assignment::{Age, Ageing, ageing};
use axum::{Router, extract::State, routing::get};
use controls::{Framework, Leg, Requirement};
use db::{Day, Db, Moment, Reader, Result, Window, Zone, params, sql};
use web::{
    Answer, Column, Count, Markup, Opening, Place, Role, Screen, Standing as Mark, Table, Visitor, act, big,
    button_link, html, main_link, panel, roll_call, see_other, table::thousands, tag, to_do,
};

use super::{
    adopted, capital,
    coverage::{Whom, reckoned, whom, year},
};
use crate::{
    coverage::{Coverage, SOON_DAYS, Standing},
    finding::Finding,
    measure::Outcome,
    measures::population::{Stale, stale},
    status::answer,
    wording,
};

/// A source not read for this long is asked after.
const SOURCE_DAYS: i32 = 31;

pub(super) fn routes() -> Router<Db> {
    Router::new().route("/", get(show))
}

/// Everything the page shows.
struct Situation {
    today: Day,
    zone: Zone,
    whom: Whom,
    owner: bool,
    has_people: bool,
    has_rules: bool,
    coverage: Coverage,
    frameworks: Vec<&'static Framework>,
    findings: Vec<Finding>,
    overdue: Ageing,
    stale: Vec<Stale>,
    latest: Option<::ledger::proof::Latest>,
    mails: bool,
}

async fn show(place: Place, visitor: Visitor, State(db): State<Db>) -> Answer {
    let starts_here = [Role::Owner, Role::Editor, Role::Auditor, Role::Manager];
    if !starts_here.into_iter().any(|role| visitor.roles.has(role)) {
        return Ok(see_other("/my-training"));
    }
    let situation = db.read(move |reader| situation(reader, &visitor)).await?;
    let date = format!("{} {}", situation.today.weekday_name(), situation.today.long());
    let over = if place.organisation.is_empty() {
        date
    } else {
        format!("{} · {date}", place.organisation)
    };
    let body = match empty(&situation) {
        Some((finding, lead, action)) => {
            html! { (Opening::new(finding).over(over).lead(lead).actions(action)) (record(&situation)) }
        }
        None => html! {
            (Opening::new(headline(&situation.coverage)).over(over).lead(lead(&situation.coverage, &situation.whom)))
            (roll(&situation))
            @if situation.whom == Whom::All || situation.whom == Whom::Counts {
                div.two { (asked(&situation)) (next(&situation)) }
                div.two { (ages(&situation)) (record(&situation)) }
            }
        },
    };
    Screen::shell(&place, "Today", body).answer()
}

fn situation(reader: &mut Reader, visitor: &Visitor) -> Result<Situation> {
    let today = reader.today()?;
    let whom = whom(reader, visitor)?;
    let (facts, coverage) = reckoned(reader, &whom)?;
    let frameworks = adopted(reader)?;
    let findings = match whom {
        Whom::All | Whom::Counts => answer(&facts, &frameworks, year(today)).0,
        Whom::Team(_) => Vec::new(),
    };
    Ok(Situation {
        today,
        zone: reader.zone()?,
        owner: visitor.roles.has(Role::Owner),
        has_people: !facts.people.is_empty(),
        has_rules: has_rules(reader)?,
        coverage,
        frameworks,
        findings,
        overdue: ageing(reader, None)?,
        stale: stale(&facts, Window::on(today), SOURCE_DAYS),
        latest: ::ledger::proof::latest(reader)?,
        mails: mails(reader)?,
        whom,
    })
}

fn has_rules(reader: &mut Reader) -> Result<bool> {
    let now: Moment = reader.now();
    let found = reader.one(
        sql!(
            "select cast(1 as bigint)
             from rule
             where ended_at is null
             and created_at <= $1
             limit 1"
        ),
        &params![now],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whether letters are posted.
fn mails(reader: &mut Reader) -> Result<bool> {
    let relay: Option<String> = reader.one(
        sql!(
            "select relay
             from mail_setting
             order by set_at desc, id desc
             limit 1"
        ),
        &[],
        |row| row.get(0),
    )?;
    Ok(relay.is_some_and(|relay| relay != "off"))
}

/// While something is missing without which nothing can be said: what, and the one step to take.
fn empty(situation: &Situation) -> Option<(&'static str, &'static str, Markup)> {
    if matches!(situation.whom, Whom::Team(_)) {
        return situation.coverage.people.is_empty().then(|| {
            (
                "Nobody on the roster names you as their manager.",
                "Your people appear here once the roster says who they are.",
                html! {},
            )
        });
    }
    if !situation.has_people {
        let step = html! { (main_link("Add people from a file", "/roster/files/new")) };
        return Some((
            "Nobody is on the roster yet.",
            "Start with the list from your HR system; nothing changes before you have seen the plan.",
            step,
        ));
    }
    if !situation.has_rules || !situation.coverage.asked {
        let step = html! { (act("Use the usual programme", "/programme/default", None)) (button_link("Write a rule", "/programme/rules/new")) };
        return Some((
            "Nothing is asked of anybody yet.",
            "A programme says who learns what, and by when. The usual one covers everyone, developers and administrators.",
            step,
        ));
    }
    if situation.frameworks.is_empty() {
        let step = html! { (main_link("Choose a framework", "/frameworks")) };
        return Some((
            "No framework is chosen yet, so there is nothing to answer for.",
            "Choose ISO 27001, SOC 2, or both; each answer is reckoned from the same facts.",
            step,
        ));
    }
    None
}

/// "239 of 250 people are covered today. 11 are not, and 8 of the 239 will lapse within 30 days."
fn headline(coverage: &Coverage) -> String {
    let count = |standing| coverage.count(standing);
    let (soon, uncovered) = (count(Standing::Lapsing), count(Standing::Uncovered));
    let covered = count(Standing::Covered) + soon;
    let asked = covered + uncovered;
    if asked == 0 {
        return "Nobody is due to be covered today.".to_owned();
    }
    let first = match (uncovered, asked) {
        (0, 1) => "The one person who is due is covered today.".to_owned(),
        (0, _) => format!("All {} who are due are covered today.", wording::people(asked)),
        _ => format!(
            "{} of {} people are covered today.",
            thousands(covered),
            thousands(asked)
        ),
    };
    let not = if uncovered == 1 {
        "1 is not".to_owned()
    } else {
        format!("{} are not", thousands(uncovered))
    };
    let lapse = format!("{} will lapse within {SOON_DAYS} days", thousands(soon));
    match (uncovered, soon) {
        (0, 0) => first,
        (0, _) => format!("{first} {lapse}."),
        (_, 0) => format!("{first} {not}."),
        _ => format!("{first} {not}, and {lapse}."),
    }
}

fn lead(coverage: &Coverage, whom: &Whom) -> Markup {
    let more = |standing: Standing| {
        let count = coverage.count(standing);
        (count > 0).then(|| counted_people(count, &format!("/coverage/{}", standing.name()), whom))
    };
    match (more(Standing::FirstDays), more(Standing::Away)) {
        (None, None) => html! { "Everyone who works here today is counted." },
        (Some(first), None) => {
            html! { (first) " more in their first days, with something still to do, are not counted yet." }
        }
        (None, Some(away)) => html! { (away) " more on leave are not counted." },
        (Some(first), Some(away)) => {
            html! { (first) " more in their first days and " (away) " on leave are not counted." }
        }
    }
}

/// A number of people, which opens who they are to those who may see them.
fn counted_people(count: u64, href: &str, whom: &Whom) -> Markup {
    html! { @if *whom == Whom::Counts { (thousands(count)) } @else { a href=(href) { (thousands(count)) } } }
}

fn roll(situation: &Situation) -> Markup {
    let counts: Vec<Count> = Standing::ALL
        .into_iter()
        .map(|standing| (standing, situation.coverage.count(standing)))
        .filter(|(standing, count)| *count > 0 || matches!(standing, Standing::Covered | Standing::Uncovered))
        .map(|(standing, number)| {
            let (kind, word) = match standing {
                Standing::Covered => (Mark::Met, "covered for 30 days and more"),
                Standing::Lapsing => (Mark::Attention, "lapse within 30 days"),
                Standing::Uncovered => (Mark::Gap, "not covered"),
                Standing::FirstDays => (Mark::None, "in their first days"),
                Standing::Away => (Mark::None, "on leave"),
            };
            let count = Count::new(kind, number, word);
            if situation.whom == Whom::Counts {
                count
            } else {
                count.href(format!("/coverage/{}", standing.name()))
            }
        })
        .collect();
    roll_call("person", &counts)
}

/// Legs down, frameworks across: the answer for the last twelve months, and the way to it.
fn asked(situation: &Situation) -> Markup {
    let cores: Vec<(&Framework, &Requirement)> = situation
        .frameworks
        .iter()
        .filter_map(|f| core(f).map(|requirement| (*f, requirement)))
        .collect();
    let mut columns = vec![Column::new("Leg")];
    columns.extend(cores.iter().map(|(framework, requirement)| {
        let name = wording::short_name(framework);
        let href = format!("/frameworks/{}/requirements/{}", framework.id, requirement.id);
        Column::new(html! { a href=(href) { (name) " ·\u{a0}" (requirement.id) } })
    }));
    let rows = [Leg::Awareness, Leg::Education, Leg::Training].map(|leg| {
        let mut cells = vec![html! { (capital(leg.name())) }];
        cells.extend(cores.iter().map(|(framework, requirement)| {
            let of_leg = |f: &&Finding| f.framework == framework.id && f.leg == Some(leg);
            let all: Vec<&Finding> = situation.findings.iter().filter(of_leg).collect();
            let own: Vec<&Finding> = all
                .iter()
                .filter(|f| f.requirement == requirement.id)
                .copied()
                .collect();
            cell(if own.is_empty() { &all } else { &own }, &situation.findings)
        }));
        cells
    });
    let table = Table::new("What the auditors ask", columns)
        .caption_hidden()
        .rows(rows);
    panel(
        "What the auditors ask",
        html! { a href="/frameworks" { "All frameworks" } },
        html! {
            (table)
            p.soft { "Over the last 12 months, " (wording::days(year(situation.today))) "." }
        },
    )
}

/// The requirement a framework shows its three legs with: the one with the most checks that belong to a leg.
fn core(framework: &'static Framework) -> Option<&'static Requirement> {
    let legs = |requirement: &Requirement| {
        requirement
            .checks
            .iter()
            .filter(|check| check.leg.is_some())
            .count()
    };
    // The first of equals: `max_by_key` would give the last.
    framework
        .requirements
        .iter()
        .rev()
        .max_by_key(|requirement| legs(requirement))
}

/// The worst of the answers that could be reckoned, the first of equals, and how many could not. It opens the check with
/// everybody it is asked of.
fn cell(findings: &[&Finding], among: &[Finding]) -> Markup {
    let told =
        |f: &&&Finding| f.population > 0 && !matches!(f.status, Outcome::NotEvaluable | Outcome::Manual);
    let open = findings.len() - findings.iter().filter(told).count();
    let worst = findings.iter().rev().filter(told).max_by_key(|f| rank(f.status));
    let (mark, words) = match worst {
        Some(finding) => (super::standing(finding.status), wording::share(finding)),
        None if findings.is_empty() => (Mark::None, "not asked".to_owned()),
        None => (Mark::None, "cannot be told yet".to_owned()),
    };
    html! {
        @match worst.or(findings.first()) {
            Some(finding) => a href=(check_href(finding, among)) { (tag(mark, words)) },
            None => (tag(mark, words)),
        }
        @if let Some(finding) = worst.filter(|_| open > 0) { br; small.soft { a href=(href(finding)) { (open) " more" } " cannot be told yet" } }
    }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotMet => 3,
        Outcome::Partial => 2,
        Outcome::Met => 1,
        Outcome::NotEvaluable | Outcome::Manual => 0,
    }
}

fn href(finding: &Finding) -> String {
    format!(
        "/frameworks/{}/requirements/{}",
        finding.framework, finding.requirement
    )
}

/// The page of one check, which is numbered among those of its requirement.
fn check_href(finding: &Finding, among: &[Finding]) -> String {
    let of_requirement =
        |f: &&Finding| f.framework == finding.framework && f.requirement == finding.requirement;
    let place = among
        .iter()
        .filter(of_requirement)
        .position(|f| std::ptr::eq(f, finding));
    match place {
        Some(place) => format!("{}/checks/{}", href(finding), place + 1),
        None => href(finding),
    }
}

fn next(situation: &Situation) -> Markup {
    let mut steps: Vec<(Markup, Markup)> = Vec::new();
    let names = situation.whom == Whom::All;
    let (gaps, soon) = (
        situation.coverage.count(Standing::Uncovered),
        situation.coverage.count(Standing::Lapsing),
    );
    if gaps > 0 && names {
        steps.push((
            html! { (wording::people(gaps)) " not covered" },
            button_link("See who", "/coverage/uncovered"),
        ));
    }
    let overdue: i64 = situation.overdue.overdue.iter().sum();
    if overdue > 0 && names {
        let what = wording::counted(overdue.unsigned_abs(), "course is overdue", "courses are overdue");
        steps.push((html! { (what) }, button_link("See what", "/assignments")));
    }
    if soon > 0 && names {
        steps.push((
            html! { (wording::people(soon)) " will lapse within 30 days" },
            button_link("See who", "/coverage/lapsing"),
        ));
    }
    if situation.owner {
        for lack in situation.stale.iter().take(3) {
            let since = lack
                .last_read
                .map_or_else(|| "never".to_owned(), |day| format!("on {}", day.short()));
            steps.push((
                html! { "The source " (lack.source) " was last read " (since) },
                button_link("Read a file", "/roster/files/new"),
            ));
        }
        if !situation.mails {
            steps.push((
                html! { "Letters cannot be sent yet, so nobody can sign in by mail" },
                button_link("Set up mail", "/mail"),
            ));
        }
    }
    html! {
        section.stack {
            h2 { "Do next" }
            @if steps.is_empty() { p { "Nothing is waiting for you." } } @else { (to_do(steps)) }
        }
    }
}

fn ages(situation: &Situation) -> Markup {
    let overdue = situation.overdue;
    let sum = overdue.overdue_in_all().unsigned_abs();
    let names = situation.whom == Whom::All;
    let number = |count: i64, show: &str| {
        let number = thousands(count.unsigned_abs());
        html! { @if names && count > 0 { a href={ "/assignments?show=" (show) } { (number) } } @else { (number) } }
    };
    let parts = ::assignments::assignment::AGES.iter().zip(overdue.overdue);
    let days = |age: &Age| match age.to {
        to if to == Age::ANY.to => format!("over {}", age.from - 1),
        to => format!("{}–{to}", age.from),
    };
    html! {
        section.stack {
            h2 { "Overdue by age" }
            (big(number(overdue.overdue_in_all(), "overdue"), if sum == 1 { "course of one person" } else { "courses, each counted once for each person" }))
            p.soft {
                @for (place, (age, count)) in parts.enumerate() {
                    @if place > 0 { " · " }
                    (days(age)) " days: " (number(count, &format!("overdue_{}", age.from)))
                }
                "." @if overdue.waived > 0 { " " (number(overdue.waived, "waived")) " of them waived." }
            }
            @if names { p { a href="/assignments" { "See them" } } }
        }
    }
}

fn record(situation: &Situation) -> Markup {
    html! {
        section.stack {
            h2 { "The record" }
            @match &situation.latest {
                Some(latest) => {
                    (big(html! { @if situation.whom == Whom::All { a href="/ledger" { (thousands(latest.size)) } } @else { (thousands(latest.size)) } }, if latest.size == 1 { "entry" } else { "entries" }))
                    p.soft { "Sealed " (latest.signed_at.long(&situation.zone)) ". Keep a copy of the " a href="/log/checkpoint" { "checkpoint" } " where we cannot reach it." }
                    @if situation.whom == Whom::All { p { a href="/ledger" { "See the ledger" } } }
                },
                None => p { "The ledger has no checkpoint yet; the first is signed within a minute of the first act." },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Person;

    fn coverage(counts: &[(Standing, u32)]) -> Coverage {
        let people = counts.iter().flat_map(|(standing, count)| {
            (0..*count).map(|person| Person {
                person,
                standing: *standing,
                from: None,
            })
        });
        Coverage {
            people: people.collect(),
            asked: true,
        }
    }

    #[test]
    fn the_heading_says_the_finding() {
        let some = coverage(&[
            (Standing::Covered, 231),
            (Standing::Lapsing, 8),
            (Standing::Uncovered, 11),
            (Standing::Away, 3),
        ]);
        assert_eq!(
            headline(&some),
            "239 of 250 people are covered today. 11 are not, and 8 will lapse within 30 days."
        );
        assert_eq!(
            lead(&some, &Whom::Counts).into_string(),
            "3 more on leave are not counted."
        );
        assert_eq!(
            lead(&some, &Whom::All).into_string(),
            "<a href=\"/coverage/away\">3</a> more on leave are not counted."
        );
        assert_eq!(
            headline(&coverage(&[(Standing::Covered, 2)])),
            "All 2 people who are due are covered today."
        );
        assert_eq!(
            headline(&coverage(&[(Standing::Covered, 2), (Standing::Uncovered, 1)])),
            "2 of 3 people are covered today. 1 is not."
        );
        assert_eq!(
            headline(&coverage(&[(Standing::FirstDays, 2)])),
            "Nobody is due to be covered today."
        );
    }
}
