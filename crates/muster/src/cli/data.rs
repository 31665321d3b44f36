//! `muster export`, `muster backup`, `muster restore`.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use db::{Actor, Fault, Place, Refusal, Result};
use evidence::export::{self, List, Order};
use serde_json::json;

use super::{Done, out::problem, status::WindowArgs};
use crate::{
    app::App,
    config::{Options, private_file, private_folder},
};

/// Lists with the header an auditor needs.
#[derive(Args)]
pub(super) struct Export {
    /// people, completions, attempts, attestations, assignments, waivers, reminders, access or ledger.
    what: String,
    #[command(flatten)]
    window: WindowArgs,
    /// csv, json or xlsx.
    #[arg(long, default_value = "csv", value_name = "FORMAT")]
    format: String,
    /// Where to. Beside a file goes its header, FILE.export.json. [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let list = List::parse(&self.what)?;
        let window = self.window.window()?;
        let format = export::format(&self.format)?;
        let db = options.config()?.open()?;
        ledger::sequencer::catch_up(&db, &Actor::Operator)?;
        let order = Order {
            list,
            window,
            format,
            run_by: Actor::Operator.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let out = self.out.clone();
        let made = db.read_blocking(move |r| match &out {
            None => Ok(export::write(r, &order, BufWriter::new(std::io::stdout()))?.0),
            Some(path) => {
                let part = PathBuf::from(format!("{}.part", path.display()));
                let file = File::create(&part).map_err(|e| Fault::of("making the export file", e))?;
                let (made, file) = export::write(r, &order, BufWriter::new(file))?;
                let file = file
                    .into_inner()
                    .map_err(|e| Fault::of("writing the export file", e.into_error()))?;
                file.sync_all()
                    .map_err(|e| Fault::of("putting the export file on disk", e))?;
                std::fs::rename(&part, path).map_err(|e| Fault::of("naming the export file", e))?;
                Ok(made)
            }
        })?;
        let noted = made.clone();
        db.write_blocking(Actor::Operator, move |tx| export::note_export(tx, &noted))?;
        App::settle(&db)?;
        let sidecar = made
            .about
            .sidecar(std::slice::from_ref(&made.file))
            .map_err(|e| Fault::of("writing the header of an export", e))?;
        let header: serde_json::Value =
            serde_json::from_slice(&sidecar).map_err(|e| Fault::of("reading the header of an export", e))?;
        match &self.out {
            Some(path) => {
                let side = PathBuf::from(format!("{}.export.json", path.display()));
                write_beside(&side, &sidecar)?;
                let text = format!(
                    "{} rows in {}; sha256 {}",
                    made.file.rows,
                    path.display(),
                    made.file.sha256
                );
                Ok(Done::well(text, header))
            }
            None => {
                let text = format!("{} rows; sha256 {}", made.file.rows, made.file.sha256);
                problem(&text).map_err(|e| Fault::of("printing", e))?;
                Ok(Done::silent())
            }
        }
    }
}

fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|e| Fault::of("writing beside the export file", e).into())
}

/// A consistent copy of everything in one file, while the server runs.
#[derive(Args)]
pub(super) struct Backup {
    /// Where to; the file must not exist. `-` writes to standard output.
    file: String,
}

impl Backup {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        drop(config.open()?);
        let Place::File(database) = &config.place else {
            return Err(Refusal::new(
                "not-embedded",
                "This data is in PostgreSQL. Back it up with pg_dump.",
            )
            .into());
        };
        if self.file == "-" {
            let scratch = config.data.join(".backup.db");
            if scratch.exists() {
                std::fs::remove_file(&scratch).map_err(|e| Fault::of("removing an unfinished copy", e))?;
            }
            db::db::copy_file(database, &scratch)?;
            let copied = File::open(&scratch).and_then(|mut copy| {
                let mut out = std::io::stdout().lock();
                std::io::copy(&mut copy, &mut out)?;
                out.flush()
            });
            std::fs::remove_file(&scratch).map_err(|e| Fault::of("removing the copy", e))?;
            copied.map_err(|e| Fault::of("writing the copy", e))?;
            return Ok(Done::silent());
        }
        let target = PathBuf::from(&self.file);
        if target.exists() {
            let sentence = format!("{} exists already. Name a file that does not.", target.display());
            return Err(Refusal::new("target-exists", sentence).field("file").into());
        }
        let part = PathBuf::from(format!("{}.part", self.file));
        if part.exists() {
            std::fs::remove_file(&part).map_err(|e| Fault::of("removing an unfinished copy", e))?;
        }
        db::db::copy_file(database, &part)?;
        private_file(&part)?;
        std::fs::rename(&part, &target).map_err(|e| Fault::of("naming the copy", e))?;
        let bytes = std::fs::metadata(&target)
            .map_err(|e| Fault::of("looking at the copy", e))?
            .len();
        Ok(Done::well(
            format!("Everything is in {} ({bytes} bytes).", target.display()),
            json!({ "file": target, "bytes": bytes }),
        ))
    }
}

/// Puts a copy back into an empty data folder.
#[derive(Args)]
pub(super) struct Restore {
    /// The copy.
    file: PathBuf,
    /// Only says whether the copy is whole and its ledger verifies.
    #[arg(long)]
    verify_only: bool,
}

impl Restore {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        if !self.file.exists() {
            let sentence = format!("{} cannot be read: there is no such file.", self.file.display());
            return Err(Refusal::new("unreadable-file", sentence).field("file").into());
        }
        let Place::File(target) = &config.place else {
            return Err(Refusal::new("not-embedded", "Restore into PostgreSQL with pg_restore.").into());
        };
        let scratch = std::env::temp_dir().join(format!("muster-restore-{}", std::process::id()));
        private_folder(&scratch)?;
        let copy = scratch.join("muster.db");
        let checked = std::fs::copy(&self.file, &copy)
            .map_err(|e| Fault::of("copying the file to look at it", e).into())
            .and_then(|_| check(&copy, &config));
        std::fs::remove_dir_all(&scratch).map_err(|e| Fault::of("removing the scratch folder", e))?;
        let (entries, wrong) = checked?;
        let document =
            json!({ "file": self.file, "entries": entries, "wrong": wrong, "restored": !self.verify_only });
        if let Some(wrong) = wrong {
            return Ok(Done::no(format!("The copy is not good. {wrong}"), document));
        }
        if self.verify_only {
            return Ok(Done::well(
                format!("The copy is good: {entries} entries verify."),
                document,
            ));
        }
        if target.exists() {
            let sentence = format!(
                "{} holds data already. Name an empty folder with --data.",
                config.data.display()
            );
            return Err(Refusal::new("data-exists", sentence).field("--data").into());
        }
        private_folder(&config.data)?;
        let part = target.with_extension("part");
        std::fs::copy(&self.file, &part).map_err(|e| Fault::of("copying the file", e))?;
        private_file(&part)?;
        File::open(&part)
            .and_then(|copy| copy.sync_all())
            .map_err(|e| Fault::of("putting the file on disk", e))?;
        std::fs::rename(&part, target).map_err(|e| Fault::of("naming the file", e))?;
        Ok(Done::well(
            format!(
                "Restored into {}: {entries} entries verify.",
                config.data.display()
            ),
            document,
        ))
    }
}

/// Opens a copy as a database and verifies its ledger.
fn check(copy: &Path, config: &crate::config::Config) -> Result<(u64, Option<String>)> {
    let db = db::Db::open(
        Place::File(copy.to_path_buf()),
        config.clock.clone(),
        db::Entropy::System,
    )?;
    let found = db.read_blocking(ledger::verify::verify)?;
    Ok((found.entries, found.wrong))
}
