//! Puts entries down in the transaction of the act itself: either both are kept or neither.
//!
//! The place in the tree comes later, from the sequencer, so that no act waits for another.

use db::{Fault, Id, Result, Tx, Value, sql};

use crate::entry::{Entry, EntryKind};

/// Records one entry.
///
/// # Errors
/// A fault of the engine, or a payload that has no canonical form.
pub fn record(tx: &mut Tx, entry: Entry) -> Result<Id<EntryKind>> {
    let id = tx.new_id::<EntryKind>();
    let (head, payload) = rows(tx, &id, entry)?;
    insert(tx, vec![head], vec![payload])?;
    Ok(id)
}

/// Records many entries in the order given.
///
/// # Errors
/// As for [`record()`].
pub fn record_many(tx: &mut Tx, entries: Vec<Entry>) -> Result<()> {
    let mut heads = Vec::with_capacity(entries.len());
    let mut payloads = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = tx.new_id::<EntryKind>();
        let (head, payload) = rows(tx, &id, entry)?;
        heads.push(head);
        payloads.push(payload);
    }
    insert(tx, heads, payloads)
}

fn insert(tx: &mut Tx, heads: Vec<Vec<Value>>, payloads: Vec<Vec<Value>>) -> Result<()> {
    tx.insert_many(
        sql!(
            "insert into ledger_entry (id, kind, subject, actor, class, occurred_at, recorded_at, commitment)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        heads,
    )?;
    tx.insert_many(
        sql!("insert into ledger_payload (entry_id, key, body) values ($1, $2, $3)"),
        payloads,
    )
}

fn rows(tx: &mut Tx, id: &Id<EntryKind>, entry: Entry) -> Result<(Vec<Value>, Vec<Value>)> {
    let actor = tx.actor().to_string();
    let body = serde_json::json!({ "actor": actor, "payload": entry.payload, "subject": entry.subject });
    let body = seal::canonical(&body).map_err(|e| Fault::of("writing a ledger payload canonically", e))?;
    let key = tx.random::<32>();
    let commitment = seal::commit(&key, &body);
    let head = vec![
        id.into(),
        entry.act.text().into(),
        entry.subject.into(),
        actor.into(),
        entry.class.text().into(),
        entry.occurred_at.unwrap_or(tx.now()).into(),
        tx.now().into(),
        commitment.into(),
    ];
    Ok((head, vec![id.into(), key.into(), body.into()]))
}
