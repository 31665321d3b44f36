//! Everybody who worked here on a day of the window, a row for each engagement.

use std::collections::HashMap;

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

/// What was known of somebody, in the order of the columns from the address on; a blank text where nothing was.
type Known = [Box<str>; 8];

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let known = profiles(reader, source)?;
    let window = source.terms.window;
    reader.each(
        sql!(
            "select person_id, source, source_key, kind, start_on, end_on, end_inferred, employer, recorded_at
             from engagement
             where start_on < $2
             and (end_on is null or end_on >= $1)
             and recorded_at <= $3
             and (superseded_at is null or superseded_at > $3)
             order by person_id, start_on, id"
        ),
        &params![window.from, window.to, source.terms.known_at],
        |row| {
            let person = row.str(0)?.unwrap_or_default();
            let [_, _, id, name, kind] = who_cells(source.names, person);
            let end: Option<Day> = row.get(5)?;
            let mut cells = vec![
                row.str(1)?.into(),
                row.str(2)?.into(),
                id,
                name,
                kind,
                row.str(3)?.into(),
                row.get::<Day>(4)?.to_string().into(),
                end.map(|day| day.to_string()).into(),
                Cell::Truth(row.get::<i64>(6)? == 1),
                row.str(7)?.into(),
            ];
            match known.get(person) {
                Some(known) => cells.extend(
                    known
                        .iter()
                        .map(|text| Some(&**text).filter(|t| !t.is_empty()).into()),
                ),
                None => cells.extend([const { Cell::Empty }; 8]),
            }
            cells.push(row.get::<Moment>(8)?.to_string().into());
            rows(&cells)
        },
    )
}

/// The profile in force on the window's last day, or else the first, for each person. Chosen here and not by a join: no
/// index serves what was known at an instant, and a join without one takes time that grows with the square of the people.
fn profiles(reader: &mut Reader, source: &Source<'_>) -> Result<HashMap<Box<str>, Known>> {
    let to = source.terms.window.to;
    let mut chosen: HashMap<Box<str>, ((bool, i32), Known)> = HashMap::new();
    reader.each(
        sql!(
            "select person_id, from_on, email, manager_key, department, job_title, location, country, access, tags
             from profile
             where recorded_at <= $1
             and (superseded_at is null or superseded_at > $1)"
        ),
        &params![source.terms.known_at],
        |row| {
            let person = row.str(0)?.unwrap_or_default();
            let from: Day = row.get(1)?;
            let rank = if from < to { (true, from.0) } else { (false, -from.0) };
            if chosen.get(person).is_some_and(|(held, _)| *held >= rank) {
                return Ok(());
            }
            let mut known = Known::default();
            for (place, text) in known.iter_mut().enumerate() {
                *text = row.str(place + 2)?.unwrap_or_default().trim().into();
            }
            chosen.insert(person.into(), (rank, known));
            Ok(())
        },
    )?;
    Ok(chosen
        .into_iter()
        .map(|(person, (_, known))| (person, known))
        .collect())
}
