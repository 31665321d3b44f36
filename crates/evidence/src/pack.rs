//! An evidence pack answers one framework over one window, in a folder that a stranger can check without us.
//!
//! Invariants: the same ledger, window, instant and program give the same bytes, because everything is read as it was
//! known at that instant and nothing is ordered by chance; two frameworks differ in the answers and in nothing else. The
//! pack is made in a file of its own and named only once it is whole, and recorded only once it is named.
//!
//! The key that signs packs follows from the log's key, so that there is one secret to keep: HMAC-SHA-256 of
//! `evidence-pack` under the seed. Its identity is the log's name with a hyphen for the slash. Its public line is at
//! `/log/pack-key`, and in the ledger with each pack that was built.
//!
//! Not here: what the chapters say (`chapters`), the bag (`seal`).

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use controls::{Framework, Parameters, framework, frameworks};
use db::{Actor, Day, Db, Fault, Id, Kind, Moment, Reader, Refusal, Result, Tx, Window, params, sql};
use ledger::{Act, Entry};
use seal::{BagInfo, PackSigner};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    chapters::{
        Binder, Subject, binder::bound, curriculum, lists, procedure, readme, record, report, results, roster,
    },
    exports::{Terms, names::Names},
    facts::{Scope, load},
    status::{Status, answer, goes_on},
};

/// `pak_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackKind;
impl Kind for PackKind {
    const PREFIX: &'static str = "pak";
}

/// What the pack says it was made by.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Packs shown in a list; the ledger has them all.
const PACKS_MAX: i64 = 100;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct PackOrder {
    /// The framework's id.
    pub framework: String,
    /// The days asked about.
    pub window: Window,
    /// The program that typesets the report in a process of its own; without it this process does.
    pub program: Option<PathBuf>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// SHA-256 of the ZIP file, hex.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// Ledger records in it.
    pub records: u64,
    /// Files of evidence in it.
    pub files: u64,
    /// SHA-256 of `tagmanifest-sha256.txt`, hex, which stands for all that is signed.
    pub tagmanifest_sha256: String,
    /// The line of `allowed_signers`.
    pub signer: String,
    /// As known at this instant.
    pub known_at: Moment,
}

/// A pack that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its id.
    pub id: Id<PackKind>,
    /// The framework's id.
    pub framework: String,
    /// The days it is about.
    pub window: Window,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the ZIP file, hex.
    pub sha256: String,
    /// When.
    pub built_at: Moment,
    /// By whom, as the ledger has it.
    pub built_by: String,
}

impl PackOrder {
    /// `muster-evidence_iso27001_2026-01-01_2026-12-31.zip`, with the last day of the window.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!(
            "muster-evidence_{}_{}_{}.zip",
            self.framework,
            self.window.from,
            self.window.to - 1
        )
    }
}

/// Builds a pack into `out`, from its start, with everything as it was known at `run_at`, which is also the instant the
/// pack says it was made.
///
/// # Errors
/// A refusal when there is no such framework or no ledger to sign with; a fault of the database, of typesetting or of
/// `out`.
pub fn build<W: Read + Write + Seek + Send>(
    reader: &mut Reader,
    order: &PackOrder,
    run_at: Moment,
    mut out: W,
) -> Result<Built> {
    let framework = known(&order.framework)?;
    let signer = signer(reader)?.ok_or_else(|| {
        Refusal::new(
            "no-ledger",
            "The ledger has no entry yet, so there is no key to sign a pack with. Set up first.",
        )
    })?;
    let window = order.window;
    let zone = reader.zone()?;
    let facts = Arc::new(load(
        reader,
        &Scope {
            window,
            known_at: run_at,
            person: None,
        },
    )?);
    let (checks, roster) = answer(&facts, &[framework], window);
    let status = Status {
        as_of: None,
        from: Some(window.from),
        to: Some(window.to),
        known_at: Some(run_at),
        note: goes_on(window, run_at.day(&zone)),
        framework: framework.id.clone(),
        roster,
        checks,
    };
    let names = Names::load(
        reader,
        Terms {
            window,
            known_at: run_at,
        },
    )?;
    let organisation = organisation(reader, run_at)?;
    let checkpoint = ledger::proof::latest_at(reader, run_at)?;
    let subject = Subject {
        framework,
        organisation: &organisation,
        zone: &zone,
        window,
        reach: reach(framework, window),
        run_at,
        version: VERSION,
        facts: &facts,
        status: &status,
        names: &names,
        checkpoint: checkpoint.as_ref(),
    };
    let fill = |binder: &mut Binder| bind(reader, binder, &subject, order.program.as_deref());
    let (writer, records) = bound(&mut out, fill)?;
    let finished = writer
        .finish(&info(&subject)?, &signer)
        .map_err(|e| Fault::of("closing an evidence pack", e))?;
    let (files, tagmanifest_sha256) = (finished.files as u64, finished.tagmanifest_sha256);
    let (sha256, size) = digest(&mut out)?;
    let signer = signer
        .allowed_signers_line()
        .map_err(|e| Fault::of("naming the pack's key", e))?;
    Ok(Built {
        sha256,
        size,
        records,
        files,
        tagmanifest_sha256,
        signer,
        known_at: run_at,
    })
}

/// Builds a pack as a file: everything that waits is sealed first, the file is named when it is whole and on the disk,
/// and recorded when it is named. For threads that may wait.
///
/// # Errors
/// As [`build`]; a refusal when the file is there already or cannot be made.
pub fn build_file(db: &Db, actor: &Actor, order: &PackOrder, path: &Path) -> Result<Built> {
    known(&order.framework)?;
    if path.exists() {
        let sentence = "There is a file of that name already; choose another, or move it away.";
        return Err(Refusal::new("file-exists", sentence).field("out").into());
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = open_part(&part, path)?;
    let made = make_file(db, actor, order, (file, &part, path));
    if made.is_err() && part.exists() {
        // The fault that matters is the one that is being answered with.
        drop(fs::remove_file(&part));
    }
    let built = made?;
    let (order, kept) = (order.clone(), built.clone());
    db.write_blocking(actor.clone(), move |tx| note_pack(tx, &order, &kept))?;
    Ok(built)
}

/// Builds a pack into a temporary file without a name, for sending away; the caller records it with [`note_pack`].
///
/// # Errors
/// As [`build`].
pub fn build_away(db: &Db, actor: &Actor, order: &PackOrder) -> Result<(Built, File)> {
    known(&order.framework)?;
    let mut file = tempfile::tempfile().map_err(|e| Fault::of("making a temporary file for a pack", e))?;
    let target = file
        .try_clone()
        .map_err(|e| Fault::of("making a temporary file for a pack", e))?;
    ledger::sequencer::catch_up(db, actor)?;
    let order = order.clone();
    let built = db.read_blocking(move |reader| build(reader, &order, reader.now(), target))?;
    file.seek(SeekFrom::Start(0))
        .map_err(|e| Fault::of("reading back a pack", e))?;
    Ok((built, file))
}

/// Records that a pack was built.
///
/// # Errors
/// A fault of the database.
pub fn note_pack(tx: &mut Tx, order: &PackOrder, built: &Built) -> Result<Id<PackKind>> {
    let id = tx.new_id::<PackKind>();
    let (now, actor) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into pack (id, framework, from_on, to_on, size, sha256, built_at, built_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            order.framework.as_str(),
            order.window.from,
            order.window.to,
            i64::try_from(built.size).unwrap_or(i64::MAX),
            built.sha256.as_str(),
            now,
            actor
        ],
    )?;
    let payload = json!({
        "framework": order.framework,
        "from": order.window.from,
        "to": order.window.to,
        "known_at": built.known_at,
        "size": built.size,
        "sha256": built.sha256,
        "tagmanifest_sha256": built.tagmanifest_sha256,
        "records": built.records,
        "signer": built.signer,
    });
    ledger::record(
        tx,
        Entry::about(Act::PackBuilt, format!("pack:{id}")).payload(payload),
    )?;
    Ok(id)
}

/// The packs that were built, newest first.
///
/// # Errors
/// A fault of the database.
pub fn built(reader: &mut Reader) -> Result<Vec<Pack>> {
    reader.rows(
        sql!(
            "select id, framework, from_on, to_on, size, sha256, built_at, built_by
             from pack
             order by built_at desc, id desc
             limit $1"
        ),
        &params![PACKS_MAX],
        |row| {
            let (from, to): (Day, Day) = (row.get(2)?, row.get(3)?);
            Ok(Pack {
                id: row.get(0)?,
                framework: row.get(1)?,
                window: Window { from, to },
                size: row.get(4)?,
                sha256: row.get(5)?,
                built_at: row.get(6)?,
                built_by: row.get(7)?,
            })
        },
    )
}

/// The key that signs packs, or `None` before the log was started.
///
/// # Errors
/// A fault of the database.
pub fn signer(reader: &mut Reader) -> Result<Option<PackSigner>> {
    let Some((name, seed)) = ledger::key::current(reader)? else {
        return Ok(None);
    };
    let seed = seal::commit(&seed, "evidence-pack");
    let identity = name.replace('/', "-");
    let signer =
        PackSigner::from_seed(&identity, &seed).map_err(|e| Fault::of("making the pack's key", e))?;
    Ok(Some(signer))
}

fn known(id: &str) -> Result<&'static Framework> {
    framework(id).ok_or_else(|| {
        let known: Vec<&str> = frameworks().iter().map(|f| f.id.as_str()).collect();
        let sentence = format!("There is no framework “{id}”. Known are {}.", known.join(", "));
        Refusal::new("no-such-framework", sentence)
            .field("framework")
            .into()
    })
}

fn make_file(
    db: &Db,
    actor: &Actor,
    order: &PackOrder,
    (file, part, path): (File, &Path, &Path),
) -> Result<Built> {
    let target = file
        .try_clone()
        .map_err(|e| Fault::of("opening a pack's file", e))?;
    ledger::sequencer::catch_up(db, actor)?;
    let order = order.clone();
    let built = db.read_blocking(move |reader| build(reader, &order, reader.now(), target))?;
    file.sync_all()
        .map_err(|e| Fault::of("bringing a pack to the disk", e))?;
    fs::rename(part, path).map_err(|e| Fault::of("naming a pack", e))?;
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(|e| Fault::of("bringing a pack's name to the disk", e))?;
    Ok(built)
}

/// The unfinished pack, empty and held by this process alone. One that a killed process left behind is taken over: its
/// lock died with it.
fn open_part(part: &Path, path: &Path) -> Result<File> {
    let refused = |why: String| {
        let sentence = format!(
            "The file {} cannot be written: {why}. Choose another place.",
            path.display()
        );
        Refusal::new("cannot-write", sentence).field("out")
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(part)
        .map_err(|e| refused(e.to_string()))?;
    if file.try_lock().is_err() {
        return Err(refused("another pack is just being built there".to_owned()).into());
    }
    file.set_len(0)
        .map_err(|e| Fault::of("emptying an unfinished pack", e))?;
    Ok(file)
}

fn bind(
    reader: &mut Reader,
    binder: &mut Binder,
    subject: &Subject<'_>,
    program: Option<&Path>,
) -> Result<u64> {
    let report = report::pdf(subject, program)?;
    binder.add("data/01-report.pdf", "The findings on paper, as PDF.", &report)?;
    results::bind(reader, binder, subject)?;
    roster::bind(reader, binder, subject)?;
    lists::bind(reader, binder, subject)?;
    curriculum::bind(reader, binder, subject)?;
    procedure::bind(reader, binder, subject)?;
    let records = record::bind(reader, binder, subject)?;
    let facts = lists::origins(subject, binder.bound())?;
    let what = "Of every list: the query, its parameters and window, its rows, totals and SHA-256.";
    binder.add("data/export.json", what, &facts)?;
    readme::bind(binder, subject, records)?;
    Ok(records)
}

/// The window, with the days before it whose completions may still count in it.
fn reach(framework: &Framework, window: Window) -> Window {
    let counts = |p: &Parameters| p.max_days.unwrap_or(0).saturating_add(p.grace_days.unwrap_or(0));
    let checks = framework.requirements.iter().flat_map(|r| &r.checks);
    let days = checks.map(|check| counts(&check.parameters)).max().unwrap_or(0);
    Window {
        from: window.from - days,
        to: window.to,
    }
}

fn organisation(reader: &mut Reader, at: Moment) -> Result<String> {
    let name = reader.one(
        sql!(
            "select name
             from organisation
             where set_at <= $1
             order by set_at desc, id desc
             limit 1"
        ),
        &params![at],
        |row| row.get(0),
    )?;
    Ok(name.unwrap_or_else(|| "An organisation without a name".to_owned()))
}

fn info(subject: &Subject<'_>) -> Result<BagInfo> {
    let plain = |text: &str| text.replace(char::is_control, " ");
    let lines = [
        ("Source-Organization", plain(subject.organisation)),
        ("Bagging-Date", subject.run_at.day(&db::Zone::utc()).to_string()),
        (
            "External-Description",
            plain(&format!("Evidence for {}", subject.framework.title)),
        ),
        (
            "External-Identifier",
            format!(
                "{}_{}_{}",
                subject.framework.id,
                subject.window.from,
                subject.window.to - 1
            ),
        ),
        ("Muster-Framework", subject.framework.id.clone()),
        (
            "Muster-Window",
            format!("{} to {}", subject.window.from, subject.window.to - 1),
        ),
        ("Muster-Known-At", subject.run_at.to_string()),
        ("Muster-Version", plain(subject.version)),
    ];
    lines
        .iter()
        .try_fold(BagInfo::new(), |info, (label, value)| info.with(label, value))
        .map_err(|e| Fault::of("describing an evidence pack", e).into())
}

fn digest(mut out: impl Read + Seek) -> Result<(String, u64)> {
    let failed = |e| Fault::of("reading back an evidence pack", e);
    out.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = out.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok((hex::encode(hash.finalize()), size));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}
