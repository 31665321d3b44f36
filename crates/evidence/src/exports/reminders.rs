//! Every reminder that was decided in the window: to whom it went, or why it was held back, and what the relay said.

use db::{Moment, Reader, Result, params, sql};
use paper::{Column, Columns, Kind};

use super::{Listing, Rows, Source, class_column, occurred_column, recorded_column, who_cells, with_who};

pub const LISTING: Listing = Listing {
    columns,
    sources: &[
        "reminder",
        "reminder_withdrawal",
        "letter_try",
        "engagement",
        "profile",
    ],
    each,
};

fn columns() -> Columns {
    let columns = vec![
        Column::new("assignment_id", "Assignment", Kind::Text).required(),
        Column::new("course", "Course", Kind::Text).required(),
        Column::new("step", "Step", Kind::Text).required().note(
            "opened; joined, before, after, manager, upper or owner with a number of days; back with a day.",
        ),
        Column::new("addressee", "Addressee", Kind::Text)
            .required()
            .note("The person or account written to; nobody, or task for the owners' list."),
        Column::new("outcome", "Outcome", Kind::Text).required().note(
            "sent, waiting, undelivered, withdrawn or suppressed, as known at the instant asked about.",
        ),
        Column::new("why", "Why", Kind::Text)
            .note("Why it was suppressed or withdrawn, or what the relay said."),
        Column::new("in_place_of", "In place of", Kind::Text)
            .note("The manager who was on leave, where somebody was written to in their place."),
        Column::new("stands_in", "Stands in as", Kind::Text)
            .note("delegate: the manager had asked them to; manager: they manage the manager."),
        Column::new("letter_id", "Letter", Kind::Text),
        Column::new("settled_at", "Settled", Kind::Moment)
            .note("When the relay took it, or it came to another end."),
        occurred_column().note("When it was decided."),
        recorded_column(),
        class_column(),
    ];
    Columns::new("reminders", "Reminders decided in the window", with_who(columns))
        .note("One line for each assignment, step and addressee. A letter holds all of an addressee's for a day.")
        .key(&["assignment_id", "step", "addressee"])
}

fn each(reader: &mut Reader, source: &Source<'_>, rows: Rows<'_>) -> Result<()> {
    let (from, to) = source.instants();
    reader.each(
        sql!(
            "select r.person_id, r.assignment_id, r.course_id, r.step, r.addressee, r.letter_id, r.reason, r.decided_at,
                 w.reason, w.withdrawn_at, t.outcome, t.reply, t.tried_at, r.in_place_of, r.stands_in
             from reminder r
             left join reminder_withdrawal w on w.assignment_id = r.assignment_id
                 and w.step = r.step
                 and w.addressee = r.addressee
                 and w.withdrawn_at <= $3
             left join letter_try t on t.letter_id = r.letter_id
                 and t.outcome <> 'deferred'
                 and t.tried_at <= $3
             where r.decided_at >= $1
             and r.decided_at < $2
             and r.decided_at <= $3
             order by r.decided_at, r.id"
        ),
        &params![from, to, source.terms.known_at],
        |row| {
            let [source_name, key, person, name, kind] = who_cells(source.names, row.str(0)?.unwrap_or_default());
            let (withdrawn_at, tried_at): (Option<Moment>, Option<Moment>) = (row.get(9)?, row.get(12)?);
            let (outcome, why, settled) = match (row.str(6)?, row.str(8)?, row.str(10)?) {
                (Some(why), _, _) => ("suppressed", Some(why), None),
                (None, Some(why), _) => ("withdrawn", Some(why), withdrawn_at),
                (None, None, None) => ("waiting", None, None),
                (None, None, Some("accepted")) => ("sent", row.str(11)?, tried_at),
                (None, None, Some("withdrawn")) => ("withdrawn", row.str(11)?, tried_at),
                (None, None, Some(_)) => ("undelivered", row.str(11)?, tried_at),
            };
            let decided = row.get::<Moment>(7)?.to_string();
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
                outcome.into(),
                why.into(),
                row.str(13)?.into(),
                row.str(14)?.into(),
                row.str(5)?.into(),
                settled.map(|at| at.to_string()).into(),
                decided.clone().into(),
                decided.into(),
                "A".into(),
            ])
        },
    )
}
