//! Writes the sample pack and its proofs into a folder, for programs that are not ours to check.
//!
//! Invariants: the same files every time. Usage: `cargo run -p seal --example sample -- FOLDER`.
//!
//! Not here: the programs that check them (crates/stories/foreign).

#[path = "../tests/pack/sample.rs"]
#[expect(dead_code, reason = "shared with the tests, which use the rest")]
mod sample;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use seal::proof::consistency_text;

/// The size of the earlier checkpoint.
const OLD: u64 = 23;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name the folder to write into")?);
    fs::create_dir_all(&folder)?;
    let ledger = sample::Ledger::new()?;
    let path = ledger
        .levels
        .consistency(OLD, sample::ENTRIES)
        .ok_or("the sizes are in order")?;
    fs::write(folder.join("pack.zip"), sample::pack()?)?;
    fs::write(folder.join("vkey"), ledger.signer.vkey() + "\n")?;
    fs::write(folder.join("old.checkpoint"), ledger.note(OLD)?)?;
    fs::write(folder.join("new.checkpoint"), ledger.note(sample::ENTRIES)?)?;
    fs::write(folder.join("consistency"), consistency_text(&path))?;
    fs::write(folder.join("3.tlog-proof"), ledger.proof(3)?.text())?;
    fs::write(folder.join("3.record"), ledger.record(3).line()?)?;
    Ok(())
}
