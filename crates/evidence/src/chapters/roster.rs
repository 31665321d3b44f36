//! That the population is whole: its arithmetic by source and kind, the files it was read from, and the snapshots of sources
//! that send none.

use std::collections::BTreeMap;

use db::{Fault, Moment, Reader, Result, params, sql};
use paper::{About, Cell, Column, Columns, Kind};

use super::{Binder, Subject};
use crate::{
    exports::completeness::columns,
    facts::KINDS,
    measures::population::{Arithmetic, by_source},
};

/// Adds the reconciliation and the lists of files and snapshots.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let arithmetic = by_source(subject.facts, subject.window.into());
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
    files(reader, binder, subject)?;
    snapshots(reader, binder, subject)
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

fn snapshots(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let columns = Columns::new(
        "snapshots",
        "Snapshots of sources",
        vec![
            Column::new("source", "Source", Kind::Text).required(),
            Column::new("rows", "People", Kind::Integer)
                .required()
                .note("How many people the source told of."),
            Column::new("sha256", "SHA-256", Kind::Text)
                .required()
                .note("Over what the source had said of them."),
            Column::new("recorded_at", "Taken", Kind::Moment).required(),
        ],
    )
    .note("Sources that send no files but speak of one person at a time; taken each day, up to the window's end.");
    let about = subject.about(&columns.title, "source-snapshots", &["source_snapshot"]);
    let end = subject.window.to.start(subject.zone);
    binder.csv(("data/roster/snapshots.csv", &columns, about), |export| {
        reader.each(
            sql!(
                "select source, row_count, sha256, taken_at
                 from source_snapshot
                 where taken_at < $1
                   and taken_at <= $2
                 order by taken_at, id"
            ),
            &params![end, subject.run_at],
            |row| {
                let cells: [Cell<'_>; 4] = [
                    row.str(0)?.into(),
                    row.get::<i64>(1)?.into(),
                    row.str(2)?.into(),
                    row.get::<Moment>(3)?.to_string().into(),
                ];
                Ok(export
                    .row(&cells)
                    .map_err(|e| Fault::of("writing the snapshots of a pack", e))?)
            },
        )
    })
}
