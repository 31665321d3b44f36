//! Every waiver that held on a day of the window: who approved it, why, and what stands in for the training.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["waiver", "waiver_end", "account", "engagement", "profile"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("waiver_id", "Waiver", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text).required(),
        Column::new("from_on", "From", Kind::Day).required(),
        Column::new("until_on", "Until", Kind::Day)
            .required()
            .note("The last day it holds, or held when it was ended early."),
        Column::new("reason", "Reason", Kind::Text).required(),
        Column::new("compensating_control", "Compensating control", Kind::Text).required(),
        Column::new("approved_by", "Approved by", Kind::Text)
            .required()
            .note("The approver's account."),
        Column::new("approver", "Approver", Kind::Text).note("The name of that account."),
        occurred_column().note("When it was approved."),
        recorded_column(),
        class_column(),
    ];
    Columns::new("waivers", "Waivers that held in the window", with_who(columns))
        .note("A waiver is shown wherever it counts and is never counted as training.")
        .key(&["waiver_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let window = source.terms.window;
    reader.each(
        sql!(
            "select w.person_id, w.id, w.course_id, w.from_on,
                 case when x.ended_on <= w.until_on then x.ended_on - 1 else w.until_on end, w.reason, w.compensating, w.approved_by,
                 a.name, w.recorded_at
             from waiver w
             left join account a on a.id = w.approved_by
             left join waiver_end x on x.waiver_id = w.id and x.ended_at <= $3
             where w.from_on < $2
             and w.until_on >= $1
             and (x.ended_on is null or x.ended_on > $1)
             and w.recorded_at <= $3
             order by w.recorded_at, w.id"
        ),
        &params![window.from, window.to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] = who_cells(source.names, row.str(0)?.unwrap_or_default());
            let recorded = row.get::<Moment>(9)?.to_string();
            rows(&[
                source_name,
                key,
                person,
                name,
                kind,
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.get::<Day>(3)?.to_string().into(),
                row.get::<Day>(4)?.to_string().into(),
                row.str(5)?.into(),
                row.str(6)?.into(),
                row.str(7)?.into(),
                row.str(8)?.into(),
                recorded.clone().into(),
                recorded.into(),
                "A".into(),
            ])
        },
    )
}
