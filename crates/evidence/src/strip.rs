//! One person's days as a strip: covered, not covered, still in the first days, away, not here.
//!
//! Every day of the window is in exactly one stretch, and the red ones are exactly the gaps the measure lists.
//!
//! Not here: drawing it.

use controls::{Check, Predicate};
use db::{Day, Moment, Reader, Result, Window};
use serde::Serialize;

use crate::{
    demand::Layer,
    facts::{Facts, Life, Scope, load},
    measure::{Marks, uncovered},
    measures::{Question, judged_days},
    tenure::{Span, both, join, without},
};

/// What a stretch of days is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shade {
    /// Not engaged, not in the role, or of another kind.
    NotHere,
    /// On leave.
    Away,
    /// Not covered, and not judged: before the deadline, or just back from leave.
    FirstDays,
    /// Every required course is in date.
    Covered,
    /// Some required course is not.
    Uncovered,
}

/// Days of one shade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stretch {
    /// First day.
    pub from: Day,
    /// First day after.
    pub to: Day,
    /// What they are.
    pub shade: Shade,
}

/// One person's strip for a check over a window; empty when nothing can be reckoned for the check.
///
/// # Errors
/// A fault of the database.
pub fn spans_for(reader: &mut Reader, person: &str, check: &Check, window: Window) -> Result<Vec<Stretch>> {
    let scope = Scope {
        window,
        known_at: Moment(i64::MAX),
        person: Some(person.to_owned()),
    };
    let facts = load(reader, &scope)?;
    Ok(if facts.people.is_empty() {
        Vec::new()
    } else {
        strip(&facts, 0, check, window)
    })
}

/// The same from facts that have been read. Pure.
#[must_use]
pub fn strip(facts: &Facts, person: u32, check: &Check, window: Window) -> Vec<Stretch> {
    let question = Question::new(check.predicate, &check.parameters, facts, window);
    let Some(layer) = question.layers.first() else {
        return Vec::new();
    };
    strip_of(&question, layer, &facts.life(person), window)
}

fn strip_of(question: &Question, layer: &Layer, life: &Life, window: Window) -> Vec<Stretch> {
    let frame = [Span::from(window)];
    let units = match question.predicate {
        Predicate::P03 | Predicate::P04 => layer.held(life),
        _ => life.tenures.clone(),
    };
    let outside = life.in_kinds(question.kinds);
    let here = if question.predicate == Predicate::P24 {
        both(&units, &outside)
    } else {
        units.clone()
    };
    let here = both(&here, &frame);
    let present = without(&here, &life.away);
    let mut judged = Vec::new();
    for unit in &units {
        judged.extend(judged_days(question.terms, *unit, &both(&here, &[*unit]), life));
    }
    join(&mut judged);
    let mut lacking: Vec<Span> = uncovered(life, layer, &present, question.terms, &mut Marks::default())
        .into_iter()
        .map(|u| u.days)
        .collect();
    join(&mut lacking);
    let shades = [
        (Shade::NotHere, without(&frame, &here)),
        (Shade::Away, both(&here, &life.away)),
        (Shade::FirstDays, without(&lacking, &judged)),
        (Shade::Covered, without(&present, &lacking)),
        (Shade::Uncovered, both(&lacking, &judged)),
    ];
    let mut strip: Vec<Stretch> = shades
        .into_iter()
        .flat_map(|(shade, spans)| {
            spans.into_iter().map(move |s| Stretch {
                from: s.from,
                to: s.to,
                shade,
            })
        })
        .collect();
    strip.sort_unstable();
    strip
}
