//! One question of an analysis: what is the matter with it and what to do, and which options people choose.

use axum::extract::{Path, State};
use curriculum::{Kind, Question, render};
use db::Db;
use maud::{Markup, html};
use web::{
    Answer, Bar, Bars, Column, Error, Opening, Place, Screen, Standing, Table, Visitor, button_link, facts,
    panel, to_do, trail,
};

use super::{Judged, correlation, flag_tag, judged, may_read, percent, right, signed};
use crate::item_analysis::{CORRELATION_MIN, Item, OPTIONS_MIN};

/// Lines of code nobody chose are left out; so many are shown at most.
const LINES_MAX: usize = 40;

pub(super) async fn show(
    place: Place,
    visitor: Visitor,
    State(db): State<Db>,
    Path((id, number, question)): Path<(String, String, String)>,
) -> Answer {
    may_read(&visitor)?;
    let judged = judged(&db, (id, number), None).await?;
    let item = judged
        .analysis
        .items
        .iter()
        .find(|item| item.question == question)
        .ok_or(Error::Missing)?;
    let question = judged.question(&question).ok_or(Error::Missing)?;
    let edition_href = format!(
        "/courses/{}/editions/{}",
        judged.edition.course_id, judged.edition.number
    );
    let opening = Opening::new(finding(item))
        .over(trail(
            &[
                ("Courses", "/courses"),
                (&judged.course.title, &edition_href),
                ("Item analysis", &judged.href()),
            ],
            &item.question,
        ))
        .actions(button_link("Read it in the course", &edition_href));
    let body = html! {
        (opening)
        div.stack.roomy {
            (panel("The question", question.id.as_str(), html! {
                (render::text(&question.stem))
                @if let Some(code) = &question.code { (render::numbered_code(code, question.language.as_deref())) }
            }))
            @if !item.flags.is_empty() {
                (panel("What is the matter", "the worst first", to_do(item.flags.iter().map(|flag| (html! { (flag.sentence()) }, flag_tag(*flag))))))
            }
            (panel("What people choose", "", options(question, item)))
            (panel("Figures", "first attempts", figures(&judged, item)))
        }
    };
    Screen::shell(
        &place,
        format!("{}: {}", judged.edition.course_id, question.id),
        body,
    )
    .answer()
}

fn finding(item: &Item) -> String {
    match (item.facility, item.flags.first()) {
        (None, _) => format!(
            "{} answers so far: too few to say anything of this question.",
            item.asked
        ),
        (Some(share), _) => format!(
            "{} of {} people have it right at the first attempt.",
            share.n, share.of
        ),
    }
}

fn options(question: &Question, item: &Item) -> Markup {
    if question.kind == Kind::Order {
        return html! { p { "An order is right or wrong as a whole; there are no options to compare." } };
    }
    if item.options.is_empty() {
        return html! { p { "Shown from " (OPTIONS_MIN) " first attempts; there are " (item.asked) "." } };
    }
    let shown: Vec<Line> = item
        .options
        .iter()
        .filter_map(|(number, chosen)| Line::of(question, *number, chosen))
        .take(LINES_MAX)
        .collect();
    let columns = [
        Column::new("Option").wide(),
        Column::new("Chosen").number(),
        Column::new("Of the best 27 %").number(),
        Column::new("Of the last 27 %").number(),
    ];
    let row = |line: &Line| {
        [
            html! { (line.label) ". " (line.text) @if line.correct { " " (web::tag(Standing::Met, "right")) } },
            html! { (line.chosen.share.n) " of " (line.chosen.share.of) },
            html! { (percent(line.chosen.upper)) },
            html! { (percent(line.chosen.lower)) },
        ]
    };
    let bar = |line: &Line| {
        let share = line.chosen.share.share().unwrap_or(0.0);
        Bar {
            label: if line.correct {
                format!("{} (right)", line.label)
            } else {
                line.label.clone()
            },
            figure: percent(share),
            parts: vec![(
                if line.correct {
                    Standing::Met
                } else {
                    Standing::None
                },
                share,
            )],
            between: None,
        }
    };
    let bars = Bars {
        name: "options",
        title: "Options chosen".into(),
        sentence: "A good wrong option is chosen by those who do not know, and hardly by those who do."
            .into(),
        whole: 1.0,
        legend: vec![(Standing::Met, "right"), (Standing::None, "wrong")],
        bars: shown.iter().map(bar).collect(),
        table: Table::new("Options, who chooses them", columns)
            .labelled()
            .rows(shown.iter().map(row)),
    };
    html! { (bars) }
}

/// One option as it is shown.
struct Line<'a> {
    label: String,
    text: Markup,
    correct: bool,
    chosen: &'a stats::distractor::Chosen,
}

impl<'a> Line<'a> {
    fn of(question: &Question, number: usize, chosen: &'a stats::distractor::Chosen) -> Option<Line<'a>> {
        if question.kind == Kind::FindTheLine {
            let correct = question
                .lines
                .iter()
                .any(|line| line.number == number && line.correct);
            return (correct || chosen.share.n > 0).then(|| Line {
                label: format!("Line {number}"),
                text: html! {},
                correct,
                chosen,
            });
        }
        let choice = question.options.get(number)?;
        Some(Line {
            label: format!("Option {}", number + 1),
            text: if choice.code {
                html! { code { (choice.text) } }
            } else {
                render::inline(&choice.text)
            },
            correct: choice.correct,
            chosen,
        })
    }
}

fn figures(judged: &Judged, item: &Item) -> Markup {
    let dash = || html! { span.soft { "shown from " (CORRELATION_MIN) " first attempts" } };
    let or_dash = |figure: Option<f64>| figure.map_or_else(dash, |f| html! { (signed(f)) });
    let mut lines: Vec<(&str, Markup)> = vec![
        (
            "Asked",
            html! { (item.asked) " of " (judged.analysis.people) " first attempts" },
        ),
        (
            "Right",
            match item.facility {
                Some(share) => html! { (share) },
                None => right(item),
            },
        ),
        (
            "Without guessing",
            item.guess_corrected
                .map_or_else(|| html! { "–" }, |f| html! { (percent(f.max(0.0))) }),
        ),
        (
            "Correlation with the rest",
            correlation(item.item_rest, item.asked),
        ),
        ("Best 27 % less last 27 %", or_dash(item.discrimination)),
        (
            "Discriminative efficiency",
            item.efficiency.map_or_else(dash, |f| html! { (percent(f)) }),
        ),
    ];
    if let Some(seconds) = item.middle_seconds {
        lines.push((
            "Time, in the middle",
            html! { (format!("{seconds:.0}")) " seconds" },
        ));
    }
    if let Some(hasty) = item.hasty {
        lines.push(("Faster than it can be read", html! { (hasty) }));
    }
    lines.push((
        "Right in later attempts",
        item.later
            .map_or_else(|| html! { "–" }, |share| html! { (share) }),
    ));
    facts(lines)
}
