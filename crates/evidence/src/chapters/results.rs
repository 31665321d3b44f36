//! The answers: every check with its numbers, and everyone it does not hold for.

use std::io::Write;

use db::{Day, Fault, Reader, Result, Window};
use paper::{Cell, Column, Columns, Kind};

use super::{Binder, Subject};
use crate::{exceptions::Exception, exports::names::Names, finding::Finding, wording};

/// Adds the results as CSV and as the JSON of `muster status`, and the exceptions.
pub(crate) fn bind(_: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let columns = columns();
    let about = subject.about(
        &columns.title,
        "status",
        &["catalogue/frameworks", "rule", "completion", "engagement"],
    );
    binder.csv(("data/02-results.csv", &columns, about), |export| {
        for finding in &subject.status.checks {
            write(export, &cells(subject, finding))?;
        }
        Ok(())
    })?;
    binder.json(
        "data/02-results.json",
        "The same answers as the JSON of muster status, with every exception.",
        subject.status,
    )?;
    let columns = exception_columns();
    let about = subject.about(&columns.title, "exceptions", &["status"]);
    binder.csv(("data/03-exceptions.csv", &columns, about), |export| {
        for finding in &subject.status.checks {
            for exception in finding.exceptions.iter() {
                write(export, &exception_cells(finding, &exception, subject.names))?;
            }
        }
        Ok(())
    })
}

/// The columns of a list of exceptions.
pub(crate) fn exception_columns() -> Columns {
    let columns = vec![
        Column::new("framework", "Framework", Kind::Text).required(),
        Column::new("requirement", "Requirement", Kind::Text).required(),
        Column::new("predicate", "Check", Kind::Text).required(),
        Column::new("layer", "Layer", Kind::Text),
        Column::new("source", "Source", Kind::Text),
        Column::new("source_id", "Source id", Kind::Text).required(),
        Column::new("person_id", "Person", Kind::Text).note("Blank where the line is about a source."),
        Column::new("name", "Name", Kind::Text),
        Column::new("kind", "Kind", Kind::Text)
            .required()
            .note("gap and missed count; the others are listed only."),
        Column::new("counts", "Counts", Kind::Truth).required(),
        Column::new("from", "Uncovered from", Kind::Day),
        Column::new("to", "Covered again from", Kind::Day).note("The first day after; half-open."),
        Column::new("due_on", "Due", Kind::Day),
        Column::new("done_on", "Done", Kind::Day),
        Column::new("reason", "Reason", Kind::Text).required(),
        Column::new("waivers", "Waivers", Kind::Text).note("What explains it; it changes no number."),
    ];
    Columns::new("exceptions", "Exceptions, each with its dates", columns)
        .note("Everyone for whom a check did not hold, and those listed without counting.")
}

/// One exception as cells.
pub(crate) fn exception_cells<'a>(
    finding: &'a Finding,
    exception: &'a Exception,
    names: &'a Names,
) -> [Cell<'a>; 16] {
    let day = |day: Option<Day>| day.map(|day| day.to_string()).into();
    let name = names.of(&exception.person_id).map(|who| &*who.name);
    let waivers = wording::waived(exception);
    [
        finding.framework.as_str().into(),
        finding.requirement.as_str().into(),
        finding.predicate.to_string().into(),
        finding.parameters.layer.as_deref().into(),
        exception.source.as_str().into(),
        exception.person.as_str().into(),
        Some(exception.person_id.as_str())
            .filter(|id| !id.is_empty())
            .into(),
        name.into(),
        wording::kind(exception.kind).into(),
        Cell::Truth(exception.kind.counts()),
        day(exception.from),
        day(exception.to),
        day(exception.due_on),
        day(exception.done_on),
        exception.reason.as_str().into(),
        Some(waivers).filter(|text| !text.is_empty()).into(),
    ]
}

fn columns() -> Columns {
    let columns = vec![
        Column::new("framework", "Framework", Kind::Text).required(),
        Column::new("requirement", "Requirement", Kind::Text).required(),
        Column::new("requirement_title", "Heading", Kind::Text)
            .required()
            .note("In our words, not the publisher's."),
        Column::new("predicate", "Check", Kind::Text).required(),
        Column::new("title", "Question", Kind::Text).required(),
        Column::new("duty", "Duty", Kind::Text)
            .required()
            .note("T the text demands it, E auditors expect it, G guidance."),
        Column::new("leg", "Leg", Kind::Text).note("awareness, education or training."),
        Column::new("status", "Status", Kind::Text).required(),
        Column::new("population", "Population", Kind::Integer).required(),
        Column::new("passing", "Passing", Kind::Integer).required(),
        Column::new("failing", "Exceptions", Kind::Integer)
            .required()
            .note("Of the population, those it does not hold for."),
        Column::new("left_before_due", "Left before due", Kind::Integer).required(),
        Column::new("not_yet_due", "Not yet due", Kind::Integer).required(),
        Column::new("person_days", "Person-days uncovered", Kind::Integer).required(),
        Column::new("parameters", "Parameters", Kind::Text)
            .required()
            .note("JSON."),
        Column::new("note", "Note", Kind::Text),
    ];
    Columns::new("results", "Results, check by check", columns)
        .note("population = passing + failing + left_before_due + not_yet_due; where nothing can be told all are 0.")
}

fn cells<'a>(subject: &Subject<'_>, finding: &'a Finding) -> [Cell<'a>; 16] {
    let count = |count: u64| Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let title = subject
        .framework
        .requirement(&finding.requirement)
        .map_or("", |r| r.title.as_str());
    let window: Window = subject.window;
    let parameters = serde_json::to_string(&finding.parameters).unwrap_or_default();
    [
        finding.framework.as_str().into(),
        finding.requirement.as_str().into(),
        title.to_owned().into(),
        finding.predicate.to_string().into(),
        finding.title.into(),
        finding.duty.meaning().into(),
        finding.leg.map(controls::Leg::name).into(),
        wording::outcome(finding.status).into(),
        count(finding.population),
        count(finding.passing),
        count(wording::failing(finding)),
        count(finding.left_before_due),
        count(finding.not_yet_due),
        count(wording::person_days(finding, window)),
        parameters.into(),
        finding.note.as_str().into(),
    ]
}

fn write<W: Write + Send>(export: &mut paper::Export<W>, cells: &[Cell<'_>]) -> Result<()> {
    Ok(export
        .row(cells)
        .map_err(|e| Fault::of("writing the results of a pack", e))?)
}
