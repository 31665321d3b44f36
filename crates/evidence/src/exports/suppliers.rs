//! Every supplier as registered at the instant asked about, with how its people are covered: the relevant interested parties.

use db::{Day, Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source};

pub const LISTING: Listing = Listing {
    columns,
    sources: &["supplier", "acceptance", "acceptance_end"],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("supplier_id", "Supplier id", Kind::Text).required(),
        Column::new("name", "Supplier", Kind::Text).required(),
        Column::new("names", "Other names", Kind::Text).note("What sources call it as an employer, as JSON."),
        Column::new("owner_id", "Owner", Kind::Text).note("The person inside who answers for it."),
        Column::new("touches", "What its people touch", Kind::Text).required(),
        Column::new("access", "Access", Kind::Text)
            .required()
            .note("yes, no or unknown."),
        Column::new("contract_from", "Contract from", Kind::Day),
        Column::new("contract_to", "Contract to", Kind::Day).note("The last day."),
        Column::new("coverage", "Coverage", Kind::Text)
            .required()
            .note("courses (ours), own (theirs, with evidence) or out (of scope)."),
        Column::new("reason", "Reason", Kind::Text).note("Why its people are out of scope."),
        Column::new("approver_id", "Approver", Kind::Text).note("The person who approved that."),
        Column::new("evidence_until", "Evidence until", Kind::Day)
            .note("The last day on which any accepted evidence counts."),
        Column::new("registered_at", "Registered", Kind::Moment).required(),
        Column::new("registered_by", "Registered by", Kind::Text).required(),
    ];
    Columns::new("suppliers", "Suppliers as registered", columns)
        .note("The newest version of each; a supplier stays in the list when its contract is over.")
        .key(&["supplier_id"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    reader.each(
        sql!(
            "select s.supplier_id, s.name, s.names, s.owner_id, s.touches, s.access, s.from_on, s.to_on, s.coverage, s.reason,
                 s.approver_id,
                 (select max(case when e.ended_on is null or e.ended_on > a.covers_to then a.covers_to else e.ended_on - 1 end)
                  from acceptance a
                  left join acceptance_end e on e.acceptance_id = a.id and e.ended_at <= $1
                  where a.supplier_id = s.supplier_id
                  and a.recorded_at <= $1),
                 s.set_at, s.set_by
             from supplier s
             where s.set_at <= $1
             and not exists (
                 select 1
                 from supplier later
                 where later.supplier_id = s.supplier_id
                 and later.set_at <= $1
                 and (later.set_at > s.set_at or (later.set_at = s.set_at and later.id > s.id)))
             order by s.supplier_id"
        ),
        &params![source.terms.known_at],
        |row| {
            let day = |place: usize| -> Result<Option<String>> { Ok(row.get::<Option<Day>>(place)?.map(|day| day.to_string())) };
            let (from, to, until) = (day(6)?, day(7)?, day(11)?);
            rows(&[
                row.str(0)?.into(),
                row.str(1)?.into(),
                row.str(2)?.into(),
                row.str(3)?.into(),
                row.str(4)?.into(),
                row.str(5)?.into(),
                from.into(),
                to.into(),
                row.str(8)?.into(),
                row.str(9)?.into(),
                row.str(10)?.into(),
                until.into(),
                row.get::<Moment>(12)?.to_string().into(),
                row.str(13)?.into(),
            ])
        },
    )
}
