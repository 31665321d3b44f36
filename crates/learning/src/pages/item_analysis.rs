//! The item analysis of an edition, for those who write courses and those who audit them: which questions to mend first, and the figures behind it.
//!
//! Nobody's answers are shown: figures of few people are left out where they are reckoned, and no page here names anybody.
//! What each figure means stands beside it. One question's page is in [`question`].

mod objective;
mod question;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::header,
    response::IntoResponse,
    routing::get,
};
use curriculum::{
    Course, Question,
    edition::{self, Edition},
    render,
};
use db::{Day, Db, Reader, Window};
use maud::{Markup, html};
use paper::Format;
use stats::Proportion;
use web::{
    Answer, Bar, Bars, Column, Error, Filled, Form, Opening, Place, Problems, Role, Screen, Standing, Table,
    Visitor, button, button_link, facts, panel, table::thousands, tag, trail,
};

use crate::{
    item_analysis::{self, Analysis, CORRELATION_MIN, FACILITY_MIN, Flag, Item, written},
    ruling::Decision,
};

/// Ten years: no edition is learnt with for longer.
const WINDOW_DAYS_MAX: i32 = 3_660;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/courses/{id}/editions/{number}/item-analysis", get(show))
        .route("/courses/{id}/editions/{number}/item-analysis/csv", get(csv))
        .route("/courses/{id}/editions/{number}/item-analysis/json", get(json))
        .route(
            "/courses/{id}/editions/{number}/item-analysis/questions/{question}",
            get(question::show),
        )
}

/// An edition with what the attempts at it say.
struct Judged {
    edition: Edition,
    course: Arc<Course>,
    analysis: Analysis,
}

impl Judged {
    fn href(&self) -> String {
        format!(
            "/courses/{}/editions/{}/item-analysis",
            self.edition.course_id, self.edition.number
        )
    }

    fn question(&self, id: &str) -> Option<&Question> {
        self.course.question(id)
    }
}

async fn judged(db: &Db, (id, number): (String, String), window: Option<Window>) -> Result<Judged, Error> {
    let number: i64 = number.parse().map_err(|_| Error::Missing)?;
    let found = db
        .read(move |reader| match edition::numbered(reader, &id, number)? {
            Some(edition) => judge(reader, edition, window).map(Some),
            None => Ok(None),
        })
        .await?;
    found.ok_or(Error::Missing)
}

fn judge(reader: &mut Reader, edition: Edition, window: Option<Window>) -> db::Result<Judged> {
    let course = edition::load(reader, &edition.id)?;
    let analysis = item_analysis::of_edition(reader, &edition.id, &course, window)?;
    Ok(Judged {
        edition,
        course,
        analysis,
    })
}

/// Those who see keys see how questions do.
fn may_read(visitor: &Visitor) -> Result<(), Error> {
    if [Role::Editor, Role::Owner, Role::Auditor]
        .into_iter()
        .any(|role| visitor.roles.has(role))
    {
        return Ok(());
    }
    Err(Error::forbidden(
        "This page is for those who write courses, and for auditors.",
    ))
}

/// The days asked for, and what is wrong with them; none when neither is given.
fn asked_window(asked: &Filled) -> (Option<Window>, Problems) {
    let mut problems = Problems::none();
    let mut day = |name: &'static str| match asked.one(name) {
        "" => None,
        text => {
            let day: Option<Day> = text.parse().ok();
            if day.is_none() {
                problems.add(name, "Write the day as YYYY-MM-DD, for example 2026-06-01.");
            }
            day
        }
    };
    let (from, to) = (day("from"), day("to"));
    let window = from
        .zip(to)
        .and_then(|(from, to)| Window::new(from, to))
        .filter(|w| (1..=WINDOW_DAYS_MAX).contains(&w.days()));
    let asks = !asked.one("from").is_empty() || !asked.one("to").is_empty();
    if window.is_none() && asks && problems.is_empty() {
        problems.add(
            "to",
            "Give both days, the last after the first, and ten years at most.",
        );
    }
    (window, problems)
}

async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_read(&visitor)?;
    let asked: Filled = asked.into_iter().collect();
    let (window, problems) = asked_window(&asked);
    let judged = judged(&db, path, window).await?;
    let analysis = &judged.analysis;
    let course_href = format!("/courses/{}", judged.edition.course_id);
    let query = window
        .map(|w| format!("?from={}&to={}", w.from, w.to))
        .unwrap_or_default();
    let opening = Opening::new(finding(&judged))
        .over(trail(
            &[("Courses", "/courses"), (&judged.course.title, &course_href)],
            "Item analysis",
        ))
        .lead(lead(&judged))
        .actions(html! {
            (button_link("Download (CSV)", &format!("{}/csv{query}", judged.href())))
            (button_link("For programs (JSON)", &format!("{}/json{query}", judged.href())))
        });
    let body = html! {
        (opening)
        (window_form(&asked, &problems))
        @if analysis.people > 0 {
            div.stack.roomy {
                (objective::table(&judged))
                (questions(&judged))
                (panel("How hard the questions are", "share of first attempts that have it right", facilities(&judged)))
                (panel("The test as a whole", "", whole(&judged)))
                (panel("What the figures mean", "", meaning()))
            }
        }
    };
    Screen::shell(&place, format!("Item analysis of {}", judged.course.title), body).answer()
}

async fn csv(
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_read(&visitor)?;
    let (window, _) = asked_window(&asked.into_iter().collect());
    let judged = judged(&db, path, window).await?;
    let bytes = written::list(&judged.analysis, Format::Csv)?;
    let name = format!(
        "item_analysis_{}_{}.csv",
        judged.edition.course_id, judged.edition.number
    );
    let headers = [
        (header::CONTENT_TYPE, Format::Csv.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

async fn json(
    visitor: Visitor,
    State(db): State<Db>,
    Path(path): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    may_read(&visitor)?;
    let (window, _) = asked_window(&asked.into_iter().collect());
    let judged = judged(&db, path, window).await?;
    let headers = [(header::CONTENT_TYPE, Format::Json.media_type())];
    Ok((headers, written::document(&judged.analysis).to_string()).into_response())
}

fn finding(judged: &Judged) -> String {
    let (analysis, edition) = (&judged.analysis, &judged.edition);
    let of = analysis.items.len();
    if analysis.people == 0 {
        return format!(
            "Nobody has handed in edition {} of {} yet.",
            edition.number, edition.course_id
        );
    }
    let said = analysis.items.iter().any(|item| item.facility.is_some());
    if !said {
        return format!(
            "{} handed in; no question has {FACILITY_MIN} answers yet.",
            people(analysis.people)
        );
    }
    match analysis
        .items
        .iter()
        .filter(|item| item.flags.iter().any(|flag| flag.is_pressing()))
        .count()
    {
        0 => format!(
            "No question of {} needs mending, as far as {} answers tell.",
            edition.course_id, analysis.people
        ),
        1 => format!("1 of {of} questions needs mending."),
        count => format!("{count} of {of} questions need mending."),
    }
}

/// "1 person has", "12 people have"
fn people(count: u64) -> String {
    match count {
        1 => "1 person has".to_owned(),
        _ => format!("{} people have", thousands(count)),
    }
}

fn lead(judged: &Judged) -> Markup {
    let analysis = &judged.analysis;
    html! {
        "Edition " (judged.edition.number) ", in the language “" (judged.course.language) "”. "
        b { (analysis.people) } " first and " b { (analysis.retries) } " later attempts. No figure here can be told to be anybody’s."
        @if analysis.elsewhere > 0 {
            " It is one analysis for all languages: " b { (analysis.elsewhere) } " of the answers were given in another one."
        }
        @match analysis.left_out {
            0 => {},
            1 => { " " b { "1" } " answer is left out, because its question was withdrawn since." },
            count => { " " b { (thousands(count)) } " answers are left out, because their question was withdrawn since." },
        }
        @match analysis.remarked {
            None | Some(0) => {},
            Some(1) => { " " b { "1" } " answer is right by a key that was corrected since." },
            Some(count) => { " " b { (thousands(count)) } " answers are right by a key that was corrected since." },
        }
    }
}

fn window_form(asked: &Filled, problems: &Problems) -> Markup {
    let form = Form::new(asked, problems);
    html! {
        form.filter method="get" {
            (form.date("from", "Handed in from"))
            (form.date("to", "Up to, not including"))
            (button("Show"))
        }
    }
}

fn questions(judged: &Judged) -> Markup {
    let columns = [
        Column::new("Question").wide(),
        Column::new("What is the matter"),
        Column::new("Right").number(),
        Column::new("With the rest").number(),
    ];
    let rows = judged.analysis.items.iter().map(|item| {
        let href = format!("{}/questions/{}", judged.href(), item.question);
        [
            html! { a href=(href) { (named(judged, &item.question)) } br; small.soft { (item.question) } },
            flags(item),
            right(item),
            correlation(item.item_rest, item.asked),
        ]
    });
    let table = Table::new("Questions, what to mend first", columns)
        .labelled()
        .rows(rows);
    html! { (table.of(judged.analysis.items.len() as u64, "questions")) }
}

/// The question's first words.
fn named(judged: &Judged, id: &str) -> Markup {
    let stem = judged.question(id).map_or(id, |question| question.stem.as_str());
    render::inline(stem.trim().split("\n\n").next().unwrap_or_default())
}

fn flags(item: &Item) -> Markup {
    match item.ruled {
        Some(Decision::Withdrawn) => tag(Standing::None, "withdrawn since"),
        Some(_) => html! { (tag(Standing::None, "key corrected since")) " " (found(item)) },
        None => found(item),
    }
}

fn found(item: &Item) -> Markup {
    html! {
        @if item.flags.is_empty() { @if item.facility.is_some() { (tag(Standing::Met, "nothing")) } @else { span.soft { "too few answers" } } }
        @for flag in item.flags.iter().filter(|flag| !is_idle(flag)) { (flag_tag(*flag)) " " }
        @match item.flags.iter().filter(|flag| is_idle(flag)).count() {
            0 => {},
            1 => (tag(Standing::Attention, "An option nobody chooses")),
            count => (tag(Standing::Attention, format!("{count} options nobody chooses"))),
        }
    }
}

fn is_idle(flag: &Flag) -> bool {
    matches!(flag, Flag::IdleOption { .. })
}

fn flag_tag(flag: Flag) -> Markup {
    tag(
        if flag.is_pressing() {
            Standing::Gap
        } else {
            Standing::Attention
        },
        flag.name(),
    )
}

fn right(item: &Item) -> Markup {
    match item.facility {
        Some(share) => html! { (share.n) "\u{a0}of\u{a0}" (share.of) },
        None if item.ruled == Some(Decision::Withdrawn) => html! { "–" },
        None => html! { span.soft { (item.asked) " so far" } },
    }
}

fn correlation(figure: Option<f64>, asked: u64) -> Markup {
    match figure {
        Some(r) => html! { (signed(r)) },
        None if asked < CORRELATION_MIN => html! { span.soft { "from " (CORRELATION_MIN) } },
        None => html! { "–" },
    }
}

/// `-0.12` with a true minus.
fn signed(figure: f64) -> String {
    format!("{figure:.2}").replace('-', "−")
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn facilities(judged: &Judged) -> Bars {
    let mut items: Vec<(&Item, Proportion)> = judged
        .analysis
        .items
        .iter()
        .filter_map(|item| Some((item, item.facility?)))
        .collect();
    items.sort_by(|a, b| a.1.share().unwrap_or(0.0).total_cmp(&b.1.share().unwrap_or(0.0)));
    let bar = |(item, share): &(&Item, Proportion)| {
        let standing = if item.flags.iter().any(|flag| flag.is_pressing()) {
            Standing::Gap
        } else {
            Standing::Met
        };
        Bar {
            label: item.question.clone(),
            figure: percent(share.share().unwrap_or(0.0)),
            parts: vec![(standing, share.share().unwrap_or(0.0))],
            between: share.interval95().map(|i| (i.low, i.high)),
        }
    };
    let columns = [
        Column::new("Question"),
        Column::new("Right").number(),
        Column::new("Share").number(),
        Column::new("95 % interval").number(),
    ];
    let row = |(item, share): &(&Item, Proportion)| {
        [
            html! { a href={ (judged.href()) "/questions/" (item.question) } { (item.question) } },
            html! { (share.n) " of " (share.of) },
            html! { (percent(share.share().unwrap_or(0.0))) },
            html! { @if let Some(i) = share.interval95() { (percent(i.low)) " to " (percent(i.high)) } },
        ]
    };
    let sentence = match (items.first(), items.last()) {
        (Some((hard, _)), Some((easy, _))) => format!(
            "Hardest is {}, easiest {}. The thin line is how far off the share may be.",
            hard.question, easy.question
        ),
        _ => format!("No question has {FACILITY_MIN} answers yet."),
    };
    Bars {
        name: "facility",
        title: "Share of right answers".into(),
        sentence,
        whole: 1.0,
        legend: vec![
            (Standing::Met, "nothing pressing"),
            (Standing::Gap, "needs mending"),
        ],
        bars: items.iter().map(bar).collect(),
        table: Table::new("Share of right answers by question", columns)
            .labelled()
            .rows(items.iter().map(row)),
    }
}

fn whole(judged: &Judged) -> Markup {
    let analysis = &judged.analysis;
    let from = |least: u64| html! { span.soft { "shown from " (least) " first attempts" } };
    let mut lines: Vec<(&str, Markup)> = vec![
        (
            "Passed at the first attempt",
            analysis
                .passed
                .map_or_else(|| from(FACILITY_MIN), |p| html! { (p) }),
        ),
        (
            "Right answers, in the middle",
            analysis
                .score
                .map_or_else(|| from(FACILITY_MIN), |s| html! { (percent(s)) }),
        ),
    ];
    lines.push((
        "A score may be off by",
        analysis.reliability.map_or_else(
            || from(CORRELATION_MIN),
            |r| html! { "about " (format!("{:.1}", r.standard_error)) " of " (analysis.form) " marks (standard error)" },
        ),
    ));
    lines.push((
        "Reliability (alpha)",
        analysis.reliability.map_or_else(
            || from(CORRELATION_MIN),
            |r| html! { (signed(r.alpha)) span.soft { "; 0.7 and more is usual for a certificate. A short test has a low one by arithmetic: go by the marks it may be off." } },
        ),
    ));
    if let Some(effort) = analysis.effort {
        lines.push(("Answers given with time to read", html! { (effort) }));
    }
    facts(lines)
}

fn meaning() -> Markup {
    html! {
        (facts([
            ("Right", html! { "Answers that counted, in first attempts. From " (FACILITY_MIN) " answers." }),
            ("With the rest", html! { "The correlation of having it right with having the rest right: 0 tells nothing, 0.2 and more is good, below 0 misleads. From " (CORRELATION_MIN) " answers." }),
            ("Later attempts", html! { "Shown apart on each question’s page: by then people have read an explanation." }),
        ]))
    }
}
