//! The report on paper: the same findings as a PDF that prints on any printer.
//!
//! Tables of a report have a limit; what is left out is said, with the list that has it.

use std::path::Path;

use controls::Predicate;
use db::{Fault, Result};
use paper::{
    Block, Document, Fact, Grid, GridColumn, Report, Roll, Span as PaperSpan, Stamp, Strip, Tone, Words,
};

use super::Subject;
use crate::{
    finding::Finding,
    measure::Outcome,
    strip::{Shade, Stretch},
    wording,
};

/// Exceptions in the report, over all checks, and of any one.
const EXCEPTIONS_MAX: usize = 600;
const EXCEPTIONS_OF_ONE_MAX: usize = 40;
/// Strips under one check.
const STRIPS_MAX: usize = 25;

/// The report as a PDF. With a program it is typeset in a child process of that, which gives its memory back.
///
/// # Errors
/// A fault when it cannot be typeset.
pub(crate) fn pdf(subject: &Subject<'_>, program: Option<&Path>) -> Result<Vec<u8>> {
    let document = Document::Report(report(subject));
    let made = match program {
        Some(program) => paper::render_in_child(program, &document),
        None => document.render(),
    };
    made.map_err(|fault| Fault::of("typesetting the report of a pack", fault).into())
}

fn report(subject: &Subject<'_>) -> Report {
    let title = wording::tally(&subject.framework.title, &subject.status.checks);
    let mut blocks = Vec::new();
    if let Some(text) = &subject.status.note {
        blocks.push(Block::Note {
            tone: Tone::Attention,
            text: text.clone(),
        });
    }
    blocks.extend(roll(subject));
    let mut room = EXCEPTIONS_MAX;
    for requirement in &subject.framework.requirements {
        blocks.push(Block::Heading {
            text: format!("{} {}", requirement.id, requirement.title),
        });
        blocks.push(Block::Paragraph {
            text: requirement.paraphrase.clone(),
        });
        let findings: Vec<&Finding> = subject
            .status
            .checks
            .iter()
            .filter(|f| f.requirement == requirement.id)
            .collect();
        blocks.push(Block::Table(answers(&findings)));
        for finding in findings {
            blocks.extend(exceptions(subject, finding, &mut room));
        }
    }
    Report {
        stamp: Stamp {
            title: title.clone(),
            author: subject.organisation.to_owned(),
            made_at: subject.run_at.0,
        },
        language: "en".to_owned(),
        organisation: subject.organisation.to_owned(),
        title,
        lead: format!(
            "{}. {} were here on a day of the window, leavers included.",
            wording::days(subject.window),
            wording::people(subject.status.roster.count)
        ),
        facts: vec![
            Fact::new("As known at", subject.run_at.to_string()),
            Fact::new("Roster (SHA-256)", subject.status.roster.hash.clone()),
            Fact::new("Made by", format!("muster {}", subject.version)),
        ],
        blocks,
        foot: format!("{}, as known at {}", subject.framework.title, subject.run_at),
        page_words: "Page {page} of {pages}".to_owned(),
    }
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Met => Tone::Met,
        Outcome::NotMet => Tone::Gap,
        Outcome::Partial => Tone::Attention,
        Outcome::NotEvaluable | Outcome::Manual => Tone::Out,
    }
}

fn roll(subject: &Subject<'_>) -> Option<Block> {
    let finding = subject
        .status
        .checks
        .iter()
        .find(|f| f.predicate == Predicate::P02 && f.population > 0)?;
    let (passing, failing) = (finding.passing, wording::failing(finding));
    // Over the report's limit of marks, one stands for several.
    let each = (passing + failing).div_ceil(1_900).max(1);
    let marks = |count: u64| u32::try_from(count.div_ceil(each)).unwrap_or(u32::MAX);
    // The report puts the number of marks before the word; where a mark stands for several, the word has the people.
    let words = |count: u64, word: &str| match each {
        1 => word.to_owned(),
        _ => format!("marks, {} people {word}", web::table::thousands(count)),
    };
    let title = match each {
        1 => "One mark for each person".to_owned(),
        _ => format!("One mark for {each} people"),
    };
    Some(Block::Roll(Roll {
        title,
        groups: vec![
            (Tone::Met, marks(passing), words(passing, "covered on every day")),
            (Tone::Gap, marks(failing), words(failing, "with days not covered")),
        ],
    }))
}

fn answers(findings: &[&Finding]) -> Grid {
    Grid {
        caption: String::new(),
        columns: vec![
            GridColumn::words("Check", 3),
            GridColumn::words("Answer", 0),
            GridColumn::numbers("Of whom"),
            GridColumn::words("In words", 5),
        ],
        rows: findings
            .iter()
            .map(|f| {
                vec![
                    format!("{} {}", f.predicate, wording::titled(f)).into(),
                    Words::toned(tone(f.status), wording::outcome(f.status)),
                    wording::of(f).into(),
                    wording::auditors(f).into(),
                ]
            })
            .collect(),
    }
}

fn exceptions(subject: &Subject<'_>, finding: &Finding, room: &mut usize) -> Vec<Block> {
    let counting = finding.exceptions.counted();
    if counting == 0 {
        return Vec::new();
    }
    let shown = counting.min(*room).min(EXCEPTIONS_OF_ONE_MAX);
    *room -= shown;
    if shown == 0 {
        let text = format!(
            "{}: {} exceptions, all in 03-exceptions.csv.",
            finding.predicate, counting
        );
        return vec![Block::Paragraph { text }];
    }
    let mut blocks = vec![Block::Table(Grid {
        caption: format!(
            "{}: {} of {} exceptions; all are in 03-exceptions.csv",
            finding.predicate, shown, counting
        ),
        columns: vec![
            GridColumn::words("Who", 3),
            GridColumn::words("When", 3),
            GridColumn::words("Why", 4),
        ],
        rows: finding
            .exceptions
            .counting()
            .take(shown)
            .map(|e| {
                let name = subject.names.call(&e.person_id);
                vec![
                    format!("{name} ({} {})", e.source, e.person).into(),
                    wording::dates(&e).into(),
                    e.reason.into(),
                ]
            })
            .collect(),
    })];
    blocks.extend(strips(subject, finding));
    blocks
}

fn strips(subject: &Subject<'_>, finding: &Finding) -> Option<Block> {
    if finding.predicate != Predicate::P02 {
        return None;
    }
    let requirement = subject.framework.requirement(&finding.requirement)?;
    let check = requirement
        .checks
        .iter()
        .find(|c| c.predicate == finding.predicate && c.parameters == finding.parameters)?;
    let counting = finding
        .exceptions
        .lines()
        .iter()
        .filter(|line| line.kind.counts());
    let mut people: Vec<u32> = counting.map(|line| line.person).collect();
    people.dedup();
    let strips = people.iter().take(STRIPS_MAX).map(|&person| {
        let stretches = crate::strip::strip(subject.facts, person, check, subject.window);
        let lines = finding.exceptions.of(person);
        let counting = lines.iter().filter(|line| line.kind.counts());
        let sentence: Vec<String> = counting.map(wording::dates).collect();
        Strip {
            label: subject
                .names
                .call(&subject.facts.people[person as usize])
                .to_owned(),
            spans: stretches.iter().map(|s| drawn(subject, s)).collect(),
            sentence: sentence.join("; "),
        }
    });
    Some(Block::Strips {
        title: format!("The days of those with gaps, the first {STRIPS_MAX} at most"),
        strips: strips.collect(),
    })
}

fn drawn(subject: &Subject<'_>, stretch: &Stretch) -> PaperSpan {
    let days = f64::from(subject.window.days());
    let place = |day: db::Day| f64::from(day - subject.window.from) / days;
    let tone = match stretch.shade {
        Shade::Covered => Tone::Met,
        Shade::Uncovered => Tone::Gap,
        Shade::FirstDays => Tone::Attention,
        Shade::Away | Shade::NotHere => Tone::Out,
    };
    PaperSpan::new(place(stretch.from), place(stretch.to), tone)
}
