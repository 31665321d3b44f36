//! Every access that there was on a day of the window: which account of which system, whose it is, and by what we know.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Cell, Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, recorded_column, who_cells};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["access_grant", "access_list", "engagement", "profile"],
    each,
};

fn columns() -> Columns {
    let text = |name, title| Column::new(name, title, Kind::Text);
    let columns = vec![
        text("source", "Source")
            .note("The roster source that knows the person; blank while nobody is known."),
        text("source_id", "Source id").note("The id the source gave the person."),
        text("person_id", "Person").note("The id that ledger entries use."),
        text("name", "Name").note("As known at the end of the window; blank once erased."),
        text("kind", "Kind"),
        text("access_id", "Access").required(),
        text("system", "System").required(),
        text("login", "Login").note("As the system has it; blank once erased."),
        text("role", "Role"),
        Column::new("privileged", "Privileged", Kind::Truth).required(),
        Column::new("from_on", "From", Kind::Day).required(),
        Column::new("observed", "Observed", Kind::Truth)
            .required()
            .note("Yes when no list says when access began: it was there on that day at the latest."),
        Column::new("until_on", "Gone on", Kind::Day).note("The day of the first list without it."),
        text("linked_by", "Known by")
            .note("name_id, email, number or decision: by what the account is the person's."),
        text("list_sha256", "List's SHA-256")
            .required()
            .note("The file that said so."),
        recorded_column(),
        class_column(),
    ];
    Columns::new("access", "Access there was in the window", columns)
        .note("From the lists that were brought in; what no list shows is not here.")
        .key(&["access_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let window = source.terms.window;
    reader.each(
        sql!(
            "select g.person_id, g.id, g.system, g.login, g.role, g.privileged, g.from_on, g.observed, g.until_on, g.linked_by,
                 l.file_sha256, g.recorded_at
             from access_grant g
             join access_list l on l.id = g.list_id
             where g.from_on < $2
             and (g.until_on is null or g.until_on > $1)
             and g.recorded_at <= $3
             and (g.superseded_at is null or g.superseded_at > $3)
             order by g.from_on, g.id"
        ),
        &params![window.from, window.to, source.terms.known_at],
        |row| {
            let person = row.str(0)?.unwrap_or_default();
            let [source_name, key, id, name, kind] = if person.is_empty() {
                [const { Cell::Empty }; 5]
            } else {
                who_cells(source.names, person)
            };
            rows(&[
                source_name,
                key,
                id,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                row.str(4)?.into(),
                Cell::Truth(row.get::<i64>(5)? == 1),
                row.get::<Day>(6)?.to_string().into(),
                Cell::Truth(row.get::<i64>(7)? == 1),
                row.get::<Option<Day>>(8)?.map(|day| day.to_string()).into(),
                row.str(9)?.into(),
                row.str(10)?.into(),
                row.get::<Moment>(11)?.to_string().into(),
                "C".into(),
            ])
        },
    )
}
