//! An analysis as a list to take away: the same figures as CSV, as JSON and on the command line.
//!
//! A figure that is left out for lack of answers is empty, or null; never zero.

use db::{Fault, Result};
use paper::{About, Cell, Column, Columns, Export, Format, Kind};
use serde_json::{Value, json};
use stats::Proportion;

use super::{Analysis, CORRELATION_MIN, FACILITY_MIN, Item, OPTIONS_MIN};
use crate::ruling::Decision;

/// The columns of the list.
#[must_use]
pub fn columns() -> Columns {
    let (text, whole, decimal) = (Kind::Text, Kind::Integer, Kind::Decimal);
    Columns::new(
        "item_analysis",
        "Questions of an edition",
        vec![
            Column::new("question", "Question", text).required(),
            Column::new("asked", "First attempts that asked it", whole).required(),
            Column::new("right", "Right", whole),
            Column::new("facility", "Share right", decimal),
            Column::new("facility_low", "Share right, low end", decimal).note("Wilson's 95 % interval"),
            Column::new("facility_high", "Share right, high end", decimal),
            Column::new("guess_corrected", "Share right without guessing", decimal),
            Column::new("item_rest", "Correlation with the rest", decimal),
            Column::new("discrimination", "Upper less lower 27 %", decimal).note("People who tie share the places of a tail."),
            Column::new("efficiency", "Discriminative efficiency", decimal),
            Column::new("middle_seconds", "Seconds, the middle", decimal),
            Column::new("hasty", "Share of hasty answers", decimal),
            Column::new("later_right", "Right in later attempts", whole),
            Column::new("later_asked", "Later attempts that asked it", whole),
            Column::new("ruled", "Ruled on since", text).note("withdrawn or corrected"),
            Column::new("flags", "What is the matter", text),
        ],
    )
    .key(&["question"])
    .note(format!(
        "Empty under {FACILITY_MIN} answers; correlations are empty under {CORRELATION_MIN}, options are not shown under {OPTIONS_MIN}."
    ))
}

/// The list in a format.
///
/// # Errors
/// A fault of writing.
pub fn list(analysis: &Analysis, format: Format) -> Result<Vec<u8>> {
    let failed = |e| Fault::of("writing an item analysis", e);
    let mut export = Export::begin(&columns(), format, &About::default(), Vec::new()).map_err(failed)?;
    for item in &analysis.items {
        export.row(&cells(item)).map_err(failed)?;
    }
    Ok(export.finish().map_err(failed)?.out)
}

fn cells(item: &Item) -> Vec<Cell<'static>> {
    let decimal = |figure: Option<f64>| figure.map_or(Cell::Empty, |f| Cell::Decimal(rounded(f)));
    let count = |share: Option<Proportion>, of: fn(Proportion) -> u64| {
        share.map_or(Cell::Empty, |p| {
            Cell::Integer(i64::try_from(of(p)).unwrap_or(i64::MAX))
        })
    };
    let interval = item.facility.and_then(Proportion::interval95);
    let flags: Vec<&str> = item.flags.iter().map(|flag| flag.code()).collect();
    vec![
        Cell::Text(item.question.clone().into()),
        Cell::Integer(i64::try_from(item.asked).unwrap_or(i64::MAX)),
        count(item.facility, |p| p.n),
        decimal(item.facility.and_then(Proportion::share)),
        decimal(interval.map(|i| i.low)),
        decimal(interval.map(|i| i.high)),
        decimal(item.guess_corrected),
        decimal(item.item_rest),
        decimal(item.discrimination),
        decimal(item.efficiency),
        decimal(item.middle_seconds),
        decimal(item.hasty.and_then(Proportion::share)),
        count(item.later, |p| p.n),
        count(item.later, |p| p.of),
        item.ruled
            .map_or(Cell::Empty, |ruled| Cell::Text(ruled.text().into())),
        Cell::Text(flags.join(" ").into()),
    ]
}

/// The whole analysis for programs.
#[must_use]
pub fn document(analysis: &Analysis) -> Value {
    let share = |share: Option<Proportion>| {
        share.map(|p| {
            let interval = p.interval95();
            json!({
                "n": p.n, "of": p.of, "share": p.share().map(rounded),
                "low": interval.map(|i| rounded(i.low)), "high": interval.map(|i| rounded(i.high)),
            })
        })
    };
    let item = |item: &Item| {
        let options = item.options.iter().map(|(number, chosen)| {
            json!({
                "option": number, "n": chosen.share.n, "of": chosen.share.of,
                "upper": rounded(chosen.upper), "lower": rounded(chosen.lower), "with_rest": chosen.with_rest.map(rounded),
            })
        });
        json!({
            "question": item.question,
            "asked": item.asked,
            "facility": share(item.facility),
            "guess_corrected": item.guess_corrected.map(rounded),
            "item_rest": item.item_rest.map(rounded),
            "discrimination": item.discrimination.map(rounded),
            "efficiency": item.efficiency.map(rounded),
            "options": options.collect::<Vec<_>>(),
            "middle_seconds": item.middle_seconds.map(rounded),
            "hasty": share(item.hasty),
            "later": share(item.later),
            "ruled": item.ruled.map(Decision::text),
            "flags": item.flags.iter().map(|flag| flag.code()).collect::<Vec<_>>(),
        })
    };
    json!({
        "people": analysis.people,
        "later_attempts": analysis.retries,
        "passed": share(analysis.passed),
        "score": analysis.score.map(rounded),
        "form": analysis.form,
        "alpha": analysis.reliability.map(|r| rounded(r.alpha)),
        "standard_error": analysis.reliability.map(|r| rounded(r.standard_error)),
        "effort": share(analysis.effort),
        "left_out": analysis.left_out,
        "remarked": analysis.remarked,
        "in_another_language": analysis.elsewhere,
        "objectives": analysis.objectives.iter().map(|one| json!({
            "objective": one.id,
            "questions": one.questions,
            "in_form": one.in_form,
            "facility": one.facility.map(|(mean, _)| rounded(mean)),
            "facility_of": one.facility.map_or(0, |(_, of)| of),
            "alpha": one.alpha.map(rounded),
            "needs_mending": one.flagged,
        })).collect::<Vec<_>>(),
        "limits": { "facility": FACILITY_MIN, "options": OPTIONS_MIN, "correlation": CORRELATION_MIN },
        "questions": analysis.items.iter().map(item).collect::<Vec<_>>(),
    })
}

/// To six places: beyond them two engines could differ in the order of a sum.
fn rounded(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{item_analysis::analyse, ruling::Rulings, tests as sample};

    #[test]
    fn a_question_nobody_answered_is_a_row_with_nothing_said() {
        let analysis = analyse(&sample::course(), &[], &Rulings::default());
        let text = String::from_utf8(list(&analysis, Format::Csv).expect("written")).expect("text");
        let mut lines = text.lines();
        assert!(
            lines
                .next()
                .is_some_and(|head| head.starts_with("question,asked,right,facility"))
        );
        assert_eq!(lines.clone().count(), sample::course().questions.len());
        assert!(lines.all(|line| line.ends_with(",0,,,,,,,,,,,,,,")), "{text}");
        let document = document(&analysis);
        assert_eq!(document["passed"], Value::Null);
        assert_eq!(document["questions"][0]["facility"], Value::Null);
    }
}
