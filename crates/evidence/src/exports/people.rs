//! Everybody who worked here on a day of the window, a row for each engagement.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Cell, Column, Columns, Kind};

use super::{Listing, Rows, Source, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["engagement", "profile", "person"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("engagement_kind", "Engaged as", Kind::Text).required().note("The kind of this engagement."),
        Column::new("start_on", "First day", Kind::Day).required(),
        Column::new("end_on", "Last day", Kind::Day).note("The last day of work; blank while there is none."),
        Column::new("end_inferred", "End inferred", Kind::Truth)
            .required()
            .note("True when no file gave the last day: the person was absent from a full list, or only marked as ended."),
        Column::new("employer", "Employer", Kind::Text).note("Of people who are not our own employees."),
        Column::new("email", "Address", Kind::Text),
        Column::new("manager", "Manager", Kind::Text).note("As the source gave it: an id or an address."),
        Column::new("department", "Department", Kind::Text),
        Column::new("job_title", "Job title", Kind::Text),
        Column::new("location", "Location", Kind::Text),
        Column::new("country", "Country", Kind::Text),
        Column::new("logical_access", "Logical access", Kind::Text).note("yes, no or unknown."),
        Column::new("tags", "Tags", Kind::Text),
        recorded_column(),
    ];
    Columns::new("people", "People engaged on a day of the window", with_who(columns))
        .note("One row for each engagement with a day in the window, leavers included. Facts such as the department are those in force on the window's last day.")
        .key(&["source", "source_id", "person_id", "engagement_kind", "start_on"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let window = source.terms.window;
    reader.each(
        sql!(
            "with known as (
                 select person_id, coalesce(max(case when from_on < $2 then from_on end), min(from_on)) as from_on
                 from profile
                 where recorded_at <= $3
                 and (superseded_at is null or superseded_at > $3)
                 group by person_id)
             select e.person_id, e.source, e.source_key, e.kind, e.start_on, e.end_on, e.end_inferred, e.employer,
                 p.email, p.manager_key, p.department, p.job_title, p.location, p.country, p.access, p.tags,
                 e.recorded_at
             from engagement e
             left join known k on k.person_id = e.person_id
             left join profile p on p.person_id = k.person_id and p.from_on = k.from_on and p.recorded_at <= $3
                 and (p.superseded_at is null or p.superseded_at > $3)
             where e.start_on < $2
             and (e.end_on is null or e.end_on >= $1)
             and e.recorded_at <= $3
             and (e.superseded_at is null or e.superseded_at > $3)
             order by e.person_id, e.start_on, e.id"
        ),
        &params![window.from, window.to, source.terms.known_at],
        |row| {
            let person = row.str(0)?.unwrap_or_default();
            let [_, _, person, name, kind] = who_cells(source.names, person);
            let end: Option<Day> = row.get(5)?;
            rows(&[
                row.str(1)?.into(),
                row.str(2)?.into(),
                person,
                name,
                kind,
                row.str(3)?.into(),
                row.get::<Day>(4)?.to_string().into(),
                end.map(|day| day.to_string()).into(),
                Cell::Truth(row.get::<i64>(6)? == 1),
                row.str(7)?.into(),
                row.str(8)?.into(),
                row.str(9)?.into(),
                row.str(10)?.into(),
                row.str(11)?.into(),
                row.str(12)?.into(),
                row.str(13)?.into(),
                row.str(14)?.into(),
                row.str(15)?.map(str::trim).into(),
                row.get::<Moment>(16)?.to_string().into(),
            ])
        },
    )
}
