//! One check over a window: the finding, whom it does not hold for and when, drawn as strips of time.
//!
//! Those with gaps come first, then those listed without counting, then everybody else the check is asked of. Each strip
//! is said in words under it.
//!
//! Not here: taking the list of exceptions away (`exceptions`).

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use controls::{Check, Framework, Predicate, Requirement};
use db::{Day, Db, Moment, Reader, Result, Window, Zone};
use web::{
    Answer, Auditor, Column, Error, Filled, Markup, Opening, Place, Problems, Screen, Span, Table, act, axis,
    facts, html, panel, strip, strip_legend, tag, trail,
};

use super::{asked_window, checkpoint_fact, figures::opens, requirement::named, window_form, window_query};
use crate::{
    exceptions::Exception,
    exports::{Terms, names::Names},
    facts::{Facts, Scope, load},
    finding::Finding,
    measures::{Question, population::Which},
    status::{answer, goes_on},
    strip::{Shade, Stretch, strip as days_of},
    tenure::Span as Days,
    wording,
};

/// Strips on one page.
const PAGE_SIZE: usize = 50;

pub(super) fn routes() -> Router<Db> {
    Router::new().route(
        "/frameworks/{framework}/requirements/{requirement}/checks/{number}",
        get(show),
    )
}

/// The check of an address: which it is, counted from 1.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) framework: &'static Framework,
    pub(super) requirement: &'static Requirement,
    check: &'static Check,
    pub(super) number: usize,
}

/// Somebody the check is asked of, ready to be drawn.
struct Line {
    id: String,
    name: String,
    about: String,
    stretches: Vec<Stretch>,
    done: Vec<Day>,
    words: Vec<String>,
    tag: Markup,
}

struct Shown {
    window: Window,
    problems: Problems,
    note: Option<String>,
    finding: Finding,
    roster: u64,
    people: usize,
    lines: Vec<Line>,
    sources: Vec<String>,
    latest: Option<::ledger::proof::Latest>,
    zone: Zone,
}

impl Named {
    pub(super) fn of(
        (framework, requirement, number): (String, String, String),
    ) -> std::result::Result<Self, Error> {
        let (framework, requirement) = named(&framework, &requirement)?;
        let number: usize = number.parse().map_err(|_| Error::Missing)?;
        let check = number
            .checked_sub(1)
            .and_then(|at| requirement.checks.get(at))
            .ok_or(Error::Missing)?;
        Ok(Self {
            framework,
            requirement,
            check,
            number,
        })
    }

    fn href(self) -> String {
        format!(
            "/frameworks/{}/requirements/{}/checks/{}",
            self.framework.id, self.requirement.id, self.number
        )
    }

    /// Its finding among all of its framework's, which have to be reckoned together.
    pub(super) fn answered(self, facts: &Arc<Facts>, window: Window) -> Option<(Finding, u64)> {
        let (checks, roster) = answer(facts, &[self.framework], window);
        let mut own = checks
            .into_iter()
            .filter(|f| f.requirement == self.requirement.id);
        own.nth(self.number - 1).map(|finding| (finding, roster.count))
    }
}

async fn show(
    place: Place,
    _: Auditor,
    State(db): State<Db>,
    Path(path): Path<(String, String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let named = Named::of(path)?;
    let asked: Filled = asked.into_iter().collect();
    let page = asked.one("page").parse::<usize>().unwrap_or(1).max(1);
    let shown = db
        .read(move |reader| shown(reader, named, (&asked, page)))
        .await?
        .ok_or(Error::Missing)?;
    let (finding, window) = (&shown.finding, shown.window);
    let query = window_query(window);
    let (home, up) = (
        format!("/frameworks/{}?{query}", named.framework.id),
        format!(
            "/frameworks/{}/requirements/{}?{query}",
            named.framework.id, named.requirement.id
        ),
    );
    let number = format!("{} {}", named.requirement.id, named.requirement.title);
    let opening = Opening::new(wording::headline(finding))
        .over(trail(&[(&named.framework.title, &home), (&number, &up)], &finding.predicate.to_string()))
        .lead(lead(finding, window))
        .actions(html! {
            @if !finding.exceptions.is_empty() { (act("Download the exceptions (CSV)", &format!("{}/exceptions?{query}", named.href()), None)) }
        });
    let body = html! {
        (opening)
        @if let Some(note) = &shown.note { (web::note(web::Standing::Attention, html! { (note) })) }
        (window_form(window, &shown.problems))
        @if !shown.lines.is_empty() { (strips(&shown, named, page)) }
        @else if !finding.exceptions.is_empty() { (exceptions(finding)) }
        (totals(finding, &query))
        div.two {
            section.stack {
                h2 { "In words an auditor uses" }
                p { (wording::auditors(finding)) }
                @if !finding.note.is_empty() { p.soft { (wording::spoken(&finding.note)) } }
                details { summary { "How this is reckoned" } p { (wording::reckoning(finding.predicate)) } }
            }
            (facts([
                ("Population", html! { (population(&shown)) }),
                ("Rule", html! { (wording::rule(finding)) }),
                ("Duty", html! { (finding.duty.meaning()) }),
                ("Sources", html! { (sources(&shown.sources)) }),
                ("Ledger", checkpoint_fact(shown.latest.as_ref(), &shown.zone)),
            ]))
        }
    };
    Screen::shell(&place, wording::headline(finding), body).answer()
}

fn shown(reader: &mut Reader, named: Named, (asked, page): (&Filled, usize)) -> Result<Option<Shown>> {
    let (window, problems) = asked_window(asked, reader.today()?);
    let facts = Arc::new(load(
        reader,
        &Scope {
            window,
            known_at: Moment(i64::MAX),
            person: None,
        },
    )?);
    let Some((finding, roster)) = named.answered(&facts, window) else {
        return Ok(None);
    };
    let names = Names::load(
        reader,
        Terms {
            window,
            known_at: Moment(i64::MAX),
        },
    )?;
    let people = asked_of(&facts, &finding, (named.check, window), &names);
    let from = people.len().min((page - 1).saturating_mul(PAGE_SIZE));
    let to = people.len().min(page.saturating_mul(PAGE_SIZE));
    let lines = people[from..to]
        .iter()
        .map(|person| line(&facts, &finding, (named.check, window), (*person, &names)));
    let lines: Vec<Line> = lines.collect();
    Ok(Some(Shown {
        note: goes_on(window, reader.today()?),
        window,
        problems,
        roster,
        people: people.len(),
        lines,
        sources: read_on(&facts),
        latest: ::ledger::proof::latest(reader)?,
        zone: reader.zone()?,
        finding,
    }))
}

fn read_on(facts: &Facts) -> Vec<String> {
    facts
        .sources
        .iter()
        .map(|source| match source.snapshots.last() {
            Some(day) => format!("{} (read {})", source.name, day.short()),
            None => format!("{} (never read)", source.name),
        })
        .collect()
}

/// Everybody whose days can be drawn: those it does not hold for, the longest first; those listed; the others.
fn asked_of(facts: &Facts, finding: &Finding, (check, window): (&Check, Window), names: &Names) -> Vec<u32> {
    let question = Question::new(check.predicate, &check.parameters, facts, window);
    let Some(layer) = question.layers.first() else {
        return Vec::new();
    };
    let frame = Days::from(window);
    // Whether anything counts against somebody, and for how many days.
    let mut excepted: HashMap<u32, (bool, i64)> = HashMap::new();
    for exception in finding.exceptions.lines() {
        let weight = excepted.entry(exception.person).or_default();
        weight.0 |= exception.kind.counts();
        weight.1 += exception
            .from
            .zip(exception.to)
            .map_or(0, |(from, to)| i64::from(to - from));
    }
    let mut order: Vec<(bool, i64, bool, &str, u32)> = Vec::new();
    for person in 0..facts.people.len() as u32 {
        let life = facts.life(person);
        let spans = match check.predicate {
            Predicate::P03 | Predicate::P04 => layer.held(&life),
            Predicate::P24 => life.in_kinds(question.kinds),
            _ => life.tenures.clone(),
        };
        let here = match check.predicate {
            Predicate::P01 | Predicate::P04 => spans.iter().any(|span| frame.contains(span.from)),
            _ => spans.iter().any(|span| span.meet(frame).is_some()),
        };
        if here {
            let id = &*facts.people[person as usize];
            let weight = excepted.get(&person);
            let (counts, days) = weight.copied().unwrap_or_default();
            order.push((!counts, -days, weight.is_none(), names.call(id), person));
        }
    }
    order.sort_unstable();
    order.into_iter().map(|(.., person)| person).collect()
}

fn line(
    facts: &Facts,
    finding: &Finding,
    (check, window): (&Check, Window),
    (person, names): (u32, &Names),
) -> Line {
    let id = &*facts.people[person as usize];
    let stretches = days_of(facts, person, check, window);
    let life = facts.life(person);
    let layer = check.parameters.layer.as_deref().unwrap_or_default();
    let courses: Vec<u16> = facts.rules_of(layer).iter().map(|rule| rule.course).collect();
    let done = life
        .done
        .iter()
        .filter(|d| courses.contains(&d.course) && window.contains(d.day));
    let own = finding.exceptions.of(person);
    let mark = match (own.iter().find(|e| e.kind.counts()), own.first()) {
        (Some(exception), _) => tag(web::Standing::Gap, wording::kind(exception.kind)),
        (None, Some(exception)) => tag(web::Standing::None, wording::kind(exception.kind)),
        (None, None) if finding.population == 0 => tag(web::Standing::None, "not judged"),
        (None, None) => tag(web::Standing::Met, "covered"),
    };
    let (source, key) = facts.name(person);
    let since = life
        .tenures
        .iter()
        .rev()
        .find(|t| t.meet(window.into()).is_some())
        .map(|t| match t.last() {
            Some(last) if last < window.to => format!(", left {}", last.short()),
            _ if window.contains(t.from) => format!(" since {}", t.from.short()),
            _ => String::new(),
        });
    Line {
        id: id.to_owned(),
        name: names.call(id).to_owned(),
        about: format!(
            "{}{} · {source} {key}",
            super::kind_label(names, id),
            since.unwrap_or_default()
        ),
        words: words(&own, &stretches),
        done: done.map(|d| d.day).collect(),
        stretches,
        tag: mark,
    }
}

fn words(own: &[Exception], stretches: &[Stretch]) -> Vec<String> {
    if own.is_empty() {
        let away = stretches.iter().any(|s| s.shade == Shade::Away);
        let first = stretches.iter().any(|s| s.shade == Shade::FirstDays);
        return vec![match (away, first) {
            (true, _) => "no uncovered day; leave is not counted".to_owned(),
            (false, true) => "no uncovered day; the first days are not counted".to_owned(),
            (false, false) => "no uncovered day".to_owned(),
        }];
    }
    own.iter()
        .map(|exception| {
            let waived = wording::waived(exception);
            let space = if waived.is_empty() { "" } else { " " };
            format!(
                "{}. {}{space}{waived}",
                wording::dates(exception),
                wording::spoken(&exception.reason)
            )
        })
        .collect()
}

fn strips(shown: &Shown, named: Named, page: usize) -> Markup {
    let columns = [
        Column::new("Person"),
        Column::new(axis(shown.window)).wide(),
        Column::new("Result"),
    ];
    let rows = shown.lines.iter().map(|line| {
        [
            html! { a href={ "/people/" (line.id) } { b { (line.name) } } br; small { (line.about) } },
            html! {
                (strip(shown.window, &spans(&line.stretches), &line.done))
                @for (place, words) in line.words.iter().enumerate() { @if place > 0 { br; } small { (words) } }
            },
            line.tag.clone(),
        ]
    });
    let mut table = Table::new("People and their days", columns)
        .caption_hidden()
        .stacked()
        .rows(rows)
        .of(shown.people as u64, "people");
    let href = |page: usize| format!("{}?{}&page={page}", named.href(), window_query(shown.window));
    if page > 1 {
        table = table.link("Show those before", href(page - 1));
    }
    if page.saturating_mul(PAGE_SIZE) < shown.people {
        table = table.link("Show the next", href(page + 1));
    }
    let legend = [
        web::Stretch::Covered,
        web::Stretch::Uncovered,
        web::Stretch::FirstDays,
        web::Stretch::Away,
        web::Stretch::NotHere,
    ];
    panel(
        "Those with gaps first",
        html! {},
        html! { (strip_legend(&legend)) (table) },
    )
}

/// A strip's days as pages draw them.
pub(super) fn spans(stretches: &[Stretch]) -> Vec<Span> {
    stretches
        .iter()
        .map(|s| {
            let stretch = match s.shade {
                Shade::Covered => web::Stretch::Covered,
                Shade::Uncovered => web::Stretch::Uncovered,
                Shade::FirstDays => web::Stretch::FirstDays,
                Shade::Away => web::Stretch::Away,
                Shade::NotHere => web::Stretch::NotHere,
            };
            Span::new(
                Window {
                    from: s.from,
                    to: s.to,
                },
                stretch,
            )
        })
        .collect()
}

fn exceptions(finding: &Finding) -> Markup {
    let columns = [
        Column::new("Whom it is about"),
        Column::new("When"),
        Column::new("Why").wide(),
        Column::new("Kind"),
    ];
    let rows = finding.exceptions.iter().take(PAGE_SIZE).map(|exception| {
        [
            html! { @if exception.person_id.is_empty() { (exception.person) } @else { a href={ "/people/" (exception.person_id) } { (exception.source) " " (exception.person) } } },
            html! { (wording::dates(&exception)) },
            html! { (wording::spoken(&exception.reason)) },
            html! { (wording::kind(exception.kind)) },
        ]
    });
    html! { (Table::new("Exceptions", columns).rows(rows).of(finding.exceptions.len() as u64, "lines; the download has all")) }
}

fn totals(finding: &Finding, query: &str) -> Markup {
    if finding.totals.is_empty() {
        return html! {};
    }
    let columns = ["Kind", "At the start", "Begun", "Ended", "At the end", "Adds up"]
        .into_iter()
        .enumerate()
        .map(|(place, heading)| {
            if (1..5).contains(&place) {
                Column::new(heading).number()
            } else {
                Column::new(heading)
            }
        });
    let rows = finding.totals.iter().map(|t| {
        let adds_up = if t.agrees() {
            tag(web::Standing::Met, "yes")
        } else {
            tag(web::Standing::Gap, "no")
        };
        let count = |count: u64, which: Which| {
            let (kind, which) = (t.kind, which.name());
            opens(
                count,
                &format!("/roster/completeness/sum?kind={kind}&which={which}&{query}"),
            )
        };
        [
            html! { (t.kind) },
            count(t.engaged_at_start, Which::Start),
            count(t.begun, Which::Joined),
            count(t.ended, Which::Left),
            count(t.engaged_at_end, Which::End),
            adds_up,
        ]
    });
    html! { (Table::new("The roster's arithmetic", columns).rows(rows).of(finding.totals.len() as u64, "kinds")) }
}

fn lead(finding: &Finding, window: Window) -> Markup {
    let days = wording::person_days(finding, window);
    html! {
        (wording::days(window)) ". "
        @if finding.population > 0 {
            b { (wording::of(finding)) } @if wording::failing(finding) == 0 { ", without exception." } @else { "; " b { (web::table::thousands(wording::failing(finding))) } " not" @if days > 0 { ", " b { (wording::counted(days, "person-day", "person-days")) } " in all" } "." }
            " Leavers are counted for the days they were here."
        } @else { (finding.note) }
    }
}

fn population(shown: &Shown) -> String {
    let finding = &shown.finding;
    let mut text = format!(
        "{} asked about, of {} on the roster",
        web::table::thousands(finding.population),
        wording::people(shown.roster)
    );
    if finding.left_before_due > 0 {
        text.push_str(&format!(
            "; {} left before it was due",
            web::table::thousands(finding.left_before_due)
        ));
    }
    if finding.not_yet_due > 0 {
        text.push_str(&format!(
            "; {} not due yet",
            web::table::thousands(finding.not_yet_due)
        ));
    }
    text
}

fn sources(sources: &[String]) -> String {
    if sources.is_empty() {
        "none yet".to_owned()
    } else {
        sources.join(", ")
    }
}
