//! Where a source and the roster differ, and why, in somebody's words: rows that wait, and ends that are held. Everything else a
//! source says is on the roster, because a file is applied whole or not at all.
//!
//! A difference is explained by a note or settled by a decision; an explained one stays on the list until it is settled.
//!
//! Not here: deciding ([`crate::waiting`], [`crate::held_end`]) and judging the whole (crate `evidence`).

use db::{Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Class, Entry};
use serde_json::json;

const NOTE_CHARS_MAX: usize = 500;
/// A page of differences; the count is whole.
pub const LISTED_MAX: i64 = 1_000;

/// The id kind of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteKind;

impl Kind for NoteKind {
    const PREFIX: &'static str = "dif";
}

/// How a source and the roster differ about one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub source: String,
    pub source_key: String,
    /// `address`, `number` or `unrostered` of a row that waits; `end_held` of an end that does.
    pub what: String,
    pub since: Moment,
    /// The newest note, and when it was made.
    pub note: Option<(String, Moment)>,
}

/// Every difference there was at an instant, by source and key, with the newest note up to `known_at`.
pub fn open_at(reader: &mut Reader, at: Moment, known_at: Moment) -> Result<Vec<Difference>> {
    reader.rows(
        sql!(
            "select d.source, d.source_key, d.what, d.since,
                    (select n.note
                     from difference_note n
                     where n.source = d.source
                       and n.source_key = d.source_key
                       and n.noted_at >= d.since
                       and n.noted_at <= $2
                     order by n.noted_at desc, n.id desc
                     limit 1),
                    (select max(n.noted_at)
                     from difference_note n
                     where n.source = d.source
                       and n.source_key = d.source_key
                       and n.noted_at >= d.since
                       and n.noted_at <= $2)
             from (
                 select source, source_key, reason as what, recorded_at as since
                 from waiting_row
                 where recorded_at < $1
                   and recorded_at <= $2
                   and (superseded_at is null or superseded_at >= $1 or superseded_at > $2)
                 union all
                 select source, source_key, 'end_held' as what, said_at as since
                 from held_end
                 where said_at < $1
                   and said_at <= $2
                   and (settled_at is null or settled_at >= $1 or settled_at > $2)) d
             order by d.source, d.source_key, d.what
             limit $3"
        ),
        &params![at, known_at, LISTED_MAX],
        |row| {
            let note: Option<String> = row.get(4)?;
            let noted_at: Option<Moment> = row.get(5)?;
            Ok(Difference {
                source: row.get(0)?,
                source_key: row.get(1)?,
                what: row.get(2)?,
                since: row.get(3)?,
                note: note.zip(noted_at),
            })
        },
    )
}

/// Explains a difference.
///
/// # Errors
/// A refusal when there is no such difference now, or nothing is said.
pub fn explain(tx: &mut Tx, source: &str, source_key: &str, note: &str) -> Result<()> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_CHARS_MAX {
        return Err(Refusal::new(
            "difference-note",
            "Explain the difference in up to 500 characters.",
        )
        .field("note")
        .into());
    }
    let now = tx.now();
    let open = open_at(tx, now.plus_seconds(1), now)?;
    if !open
        .iter()
        .any(|one| one.source == source && one.source_key == source_key)
    {
        return Err(Refusal::new(
            "difference-gone",
            "The source and the roster no longer differ here; somebody has decided, or the source has changed.",
        )
        .into());
    }
    let id = tx.new_id::<NoteKind>();
    let by = tx.actor().to_string();
    tx.execute(
        sql!(
            "insert into difference_note (id, source, source_key, note, noted_at, noted_by)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![id, source, source_key, note, now, by],
    )?;
    let entry = Entry::about(Act::DifferenceNoted, format!("source:{source}")).class(Class::C);
    let payload = json!({ "source": source, "source_id": source_key, "note": note });
    ledger::record(tx, entry.payload(payload))?;
    Ok(())
}
