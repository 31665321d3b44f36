//! That the population is whole: its arithmetic by source and kind, and the files it was read from.

use std::collections::BTreeMap;

use db::{Fault, Moment, Reader, Result, params, sql};
use paper::{About, Cell, Column, Columns, Kind};

use super::{Binder, Subject};
use crate::{
    facts::{Facts, KINDS},
    tenure::{Span, join},
};

/// People of one kind from one source: at the start, begun, ended, at the end.
type Arithmetic = [i64; 4];

/// Adds the reconciliation and the list of files.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let arithmetic = reconciled(subject.facts, subject.window.into());
    let columns = columns();
    let about = About {
        totals: totals(&arithmetic),
        ..subject.about(&columns.title, "reconciliation", &["engagement"])
    };
    binder.csv(("data/roster/reconciliation.csv", &columns, about), |export| {
        for ((source, kind), [start, begun, ended, end]) in &arithmetic {
            let cells: [Cell<'_>; 7] = [
                source.as_str().into(),
                KINDS[usize::from(*kind)].into(),
                (*start).into(),
                (*begun).into(),
                (*ended).into(),
                (*end).into(),
                Cell::Truth(start + begun - ended == *end),
            ];
            export
                .row(&cells)
                .map_err(|e| Fault::of("writing the reconciliation of a pack", e))?;
        }
        Ok(())
    })?;
    files(reader, binder, subject)
}

/// The arithmetic, for every source and kind that occurs. The ends are counted from engagements and the changes from
/// joined spans, so that the one checks the other.
fn reconciled(facts: &Facts, window: Span) -> BTreeMap<(String, u8), Arithmetic> {
    let mut spans: BTreeMap<(u16, u8, u32), Vec<Span>> = BTreeMap::new();
    for line in &facts.lines {
        if let Some(span) = Span::inclusive(line.start, line.end) {
            spans
                .entry((line.source, line.kind, line.person))
                .or_default()
                .push(span);
        }
    }
    let mut found: BTreeMap<(String, u8), Arithmetic> = BTreeMap::new();
    for ((source, kind, _), mut spans) in spans {
        let name = facts.source_names[usize::from(source)].to_string();
        let here = |day| i64::from(spans.iter().any(|span| span.contains(day)));
        let (start, end) = (here(window.from - 1), here(window.to - 1));
        join(&mut spans);
        let within = |day| window.contains(day);
        let counted = spans
            .iter()
            .fold([start, 0, 0, end], |[start, begun, ended, end], span| {
                [
                    start,
                    begun + i64::from(within(span.from)),
                    ended + i64::from(within(span.to)),
                    end,
                ]
            });
        if counted != [0; 4] {
            let sum = found.entry((name, kind)).or_default();
            for (sum, add) in sum.iter_mut().zip(counted) {
                *sum += add;
            }
        }
    }
    found
}

fn totals(arithmetic: &BTreeMap<(String, u8), Arithmetic>) -> BTreeMap<String, i64> {
    ["engaged_at_start", "joiners", "leavers", "engaged_at_end"]
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            (
                name.to_owned(),
                arithmetic.values().map(|counts| counts[place]).sum(),
            )
        })
        .collect()
}

fn columns() -> Columns {
    let columns = vec![
        Column::new("source", "Source", Kind::Text).required(),
        Column::new("kind", "Kind", Kind::Text).required(),
        Column::new("engaged_at_start", "Engaged at the start", Kind::Integer)
            .required()
            .note("On the day before the window."),
        Column::new("joiners", "Joiners", Kind::Integer)
            .required()
            .note("Whose first day lies in the window."),
        Column::new("leavers", "Leavers", Kind::Integer)
            .required()
            .note("Whose first day away lies in the window."),
        Column::new("engaged_at_end", "Engaged at the end", Kind::Integer)
            .required()
            .note("On the window's last day."),
        Column::new("agrees", "Agrees", Kind::Truth)
            .required()
            .note("start + joiners - leavers = end."),
    ];
    Columns::new("reconciliation", "The roster's arithmetic, by source and kind", columns)
        .note("Somebody who changes from one kind or source to another leaves the one and joins the other. Somebody in two at once is counted in both.")
        .key(&["source", "kind"])
}

fn files(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let columns = Columns::new(
        "files",
        "Roster files that were applied",
        vec![
            Column::new("source", "Source", Kind::Text).required(),
            Column::new("file_name", "File", Kind::Text).required(),
            Column::new("file_sha256", "SHA-256", Kind::Text).required(),
            Column::new("plan", "Plan", Kind::Text)
                .required()
                .note("The id of the plan that was approved."),
            Column::new("rows", "Rows", Kind::Integer).required(),
            Column::new("counts", "Counts", Kind::Text)
                .required()
                .note("JSON: joiners, leavers, movers, changed, unchanged."),
            Column::new("recorded_at", "Applied", Kind::Moment).required(),
            Column::new("applied_by", "Applied by", Kind::Text).required(),
        ],
    )
    .note("Every file applied before the window's end. The SHA-256 is of the file as it was given.");
    let about = subject.about(&columns.title, "roster-files", &["roster_file"]);
    let end = subject.window.to.start(subject.zone);
    binder.csv(("data/roster/files.csv", &columns, about), |export| {
        reader.each(
            sql!(
                "select source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by
                 from roster_file
                 where applied_at < $1
                 and applied_at <= $2
                 order by applied_at, id"
            ),
            &params![end, subject.run_at],
            |row| {
                let cells: [Cell<'_>; 8] = [
                    row.str(0)?.into(),
                    row.str(1)?.into(),
                    row.str(2)?.into(),
                    row.str(3)?.into(),
                    row.get::<i64>(4)?.into(),
                    row.str(5)?.into(),
                    row.get::<Moment>(6)?.to_string().into(),
                    row.str(7)?.into(),
                ];
                Ok(export
                    .row(&cells)
                    .map_err(|e| Fault::of("writing the roster files of a pack", e))?)
            },
        )
    })
}
