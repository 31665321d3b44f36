//! The log's signing key: made once, kept in the database, so that every node signs as the same log.
//!
//! Whoever can write the database can also sign. What protects against that is not the key but the
//! checkpoints that others have kept; docs/ledger-format.md says so.

use db::{Fault, Reader, Result, Tx, params, sql};
use seal::Signer;

use crate::{
    entry::{Act, Entry},
    record::record,
};

/// The seed of the newest key and the log's name, or `None` before the log was started.
///
/// # Errors
/// A fault of the engine.
pub fn current(reader: &mut Reader) -> Result<Option<(String, [u8; 32])>> {
    let found: Option<(String, Vec<u8>)> = reader.one(
        sql!(
            "select vkey, seed
             from ledger_key
             order by created_at desc, vkey
             limit 1"
        ),
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((vkey, seed)) = found else {
        return Ok(None);
    };
    let seed = seed
        .try_into()
        .map_err(|_| Fault::new("reading a log key that is not 32 bytes"))?;
    Ok(Some((
        vkey.split('+').next().unwrap_or_default().to_owned(),
        seed,
    )))
}

/// The log's signer; starts the log on the first call, under a name that says whose it is.
///
/// # Errors
/// A fault of the engine, or a name that a signed note cannot carry.
pub fn signer(tx: &mut Tx) -> Result<Signer> {
    if let Some((name, seed)) = current(tx)? {
        return Signer::from_seed(&name, &seed).map_err(|e| Fault::of("reading the log key", e).into());
    }
    let seed = tx.random::<32>();
    let tail: [u8; 4] = tx.random();
    let name = format!("muster.invalid/{:08x}", u32::from_be_bytes(tail));
    let signer = Signer::from_seed(&name, &seed).map_err(|e| Fault::of("making the log key", e))?;
    tx.execute(
        sql!("insert into ledger_key (vkey, seed, created_at) values ($1, $2, $3)"),
        &params![signer.vkey(), seed, tx.now()],
    )?;
    record(
        tx,
        Entry::about(Act::LogStarted, "log").payload(serde_json::json!({ "vkey": signer.vkey() })),
    )?;
    Ok(signer)
}

/// The newest verification key, as a C2SP vkey line.
///
/// # Errors
/// A fault of the engine.
pub fn vkey(reader: &mut Reader) -> Result<Option<String>> {
    reader.one(
        sql!(
            "select vkey
             from ledger_key
             order by created_at desc, vkey
             limit 1"
        ),
        &[],
        |row| row.get(0),
    )
}
