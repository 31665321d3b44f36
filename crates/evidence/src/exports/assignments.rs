//! Everything that was owed on a day of the window, and how it came to be owed no longer.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["assignment", "assignment_end", "rule", "engagement", "profile"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("assignment_id", "Assignment", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text).required(),
        Column::new("rule", "Rule", Kind::Text)
            .required()
            .note("The rule that made it owed."),
        Column::new("reason", "Reason", Kind::Text)
            .required()
            .note("onboarding, annual, role_change or access_grant."),
        Column::new("basis", "Basis", Kind::Text)
            .required()
            .note("What made it due, with its day."),
        Column::new("opens_on", "Shown from", Kind::Day).required(),
        Column::new("due_on", "Due", Kind::Day).note("The last day in time; blank while a leave has no end."),
        Column::new("ended_at", "Ended", Kind::Moment).note("Blank while it is owed."),
        Column::new("end_reason", "Ended because", Kind::Text)
            .note("completed, left, moved, rule_ended or moved_date."),
        Column::new("completion_id", "Completion", Kind::Text),
        occurred_column().note("When it was assigned."),
        recorded_column(),
        class_column(),
    ];
    Columns::new("assignments", "What was owed in the window", with_who(columns))
        .note("Every assignment shown before the window's end and not ended before its start.")
        .key(&["assignment_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (from, _) = source.instants();
    reader.each(
        sql!(
            "select a.person_id, a.id, a.course_id, r.name, a.reason, a.basis, a.opens_on, a.due_on, x.ended_at,
                 x.reason, x.completion_id, a.assigned_at
             from assignment a
             join rule r on r.id = a.rule_id
             left join assignment_end x on x.assignment_id = a.id and x.ended_at <= $3
             where a.opens_on < $2
             and a.assigned_at <= $3
             and (x.ended_at is null or x.ended_at >= $1)
             order by a.assigned_at, a.id"
        ),
        &params![from, source.terms.window.to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] = who_cells(source.names, row.str(0)?.unwrap_or_default());
            let (due, ended): (Option<Day>, Option<Moment>) = (row.get(7)?, row.get(8)?);
            let assigned = row.get::<Moment>(11)?.to_string();
            rows(&[
                source_name,
                key,
                person,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                row.str(4)?.into(),
                row.str(5)?.into(),
                row.get::<Day>(6)?.to_string().into(),
                due.map(|day| day.to_string()).into(),
                ended.map(|at| at.to_string()).into(),
                row.str(9)?.into(),
                row.str(10)?.into(),
                assigned.clone().into(),
                assigned.into(),
                "A".into(),
            ])
        },
    )
}
