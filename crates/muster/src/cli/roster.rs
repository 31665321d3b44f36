//! `muster roster plan|apply|map|sync|list|access`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use db::{Actor, Day, Db, Fault, Refusal, Result};
use roster::{
    directory::reading,
    engagement::EngagementKind,
    mapping, people,
    snapshot::Snapshot,
    source::{self, Mode},
    sources::{
        file::{self, Options as Reading},
        mapping::Mapping,
    },
    sync::{
        Plan, Settings,
        apply::{Application, Approval, apply, plan_now},
    },
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Done, access, status::day};
use crate::{app::App, config::Options};

/// People from a file.
#[derive(Subcommand)]
pub(super) enum Roster {
    /// What would change; changes nothing; prints a plan id.
    Plan(FileArgs),
    /// Applies the file in one transaction.
    Apply {
        #[command(flatten)]
        file: FileArgs,
        /// Applies exactly this plan, also when it is held.
        #[arg(long, value_name = "PLAN")]
        approve: Option<String>,
    },
    /// Keeps what the columns and words of a source's files mean, or shows what is kept.
    Map {
        /// A TOML file that says which column is which. Without it the mapping that is kept is shown.
        file: Option<PathBuf>,
        /// Whose files are read by it.
        #[arg(long, value_name = "NAME")]
        source: String,
    },
    /// Reads a directory (LDAP, Active Directory) that is set on its page, and applies what it says.
    Sync {
        /// What its people are called on the roster: hr, directory, …
        source: String,
        /// What would change; changes nothing; prints a plan id.
        #[arg(long, conflicts_with = "approve")]
        plan: bool,
        /// Applies exactly this plan, also when it is held.
        #[arg(long, value_name = "PLAN")]
        approve: Option<String>,
    },
    /// Who is here.
    List {
        /// As of this day. [default: today]
        #[arg(long, value_name = "DAY")]
        as_of: Option<String>,
    },
    /// Holds a list of who can get into a system against the roster; exits with 1 when anything is not in order.
    Access(access::Access),
}

#[derive(Args)]
pub(super) struct FileArgs {
    /// The CSV or .xlsx file.
    file: PathBuf,
    /// Where it comes from: hr, contractors, …
    #[arg(long, value_name = "NAME")]
    source: String,
    /// What everybody in the file is, when the file does not say.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// A TOML file that says which column is which. [default: the mapping kept for the source]
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Whether people who are absent from the file have left.
    #[arg(long, value_enum, default_value = "full")]
    mode: ModeArg,
}

#[derive(ValueEnum, Clone, Copy)]
enum ModeArg {
    /// The file is the whole list: who is absent has left.
    Full,
    /// The file holds only what changed.
    Delta,
}

struct Given {
    source: String,
    file_name: String,
    file_sha256: String,
    snapshot: Snapshot,
    settings: Settings,
}

impl FileArgs {
    fn read(&self, db: &Db) -> Result<Given> {
        let source = source::named(&self.source).map_err(|refusal| refusal.field("--source"))?;
        let kind = self.kind.as_deref().map(kind).transpose()?;
        let reading = match &self.map {
            None => {
                let source = source.clone();
                db.read_blocking(move |r| mapping::options(r, &source, kind))?
            }
            Some(path) => Reading {
                kind,
                mapping: mapping_at(path, "--map")?,
            },
        };
        let bytes = read_bytes(&self.file)?;
        let snapshot = file::read(&bytes, &reading).map_err(|refusal| refusal.field("file"))?;
        let mode = match self.mode {
            ModeArg::Full => Mode::Full,
            ModeArg::Delta => Mode::Delta,
        };
        Ok(Given {
            source,
            file_name: self
                .file
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            file_sha256: format!("{:x}", Sha256::digest(&bytes)),
            snapshot,
            settings: Settings { mode },
        })
    }
}

fn kind(text: &str) -> Result<EngagementKind> {
    let found = EngagementKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = EngagementKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let sentence = format!(
            "{text} is not a kind of person. The kinds are {}.",
            known.join(", ")
        );
        Refusal::new("unknown-kind", sentence).field("--kind").into()
    })
}

/// The largest file that is read at all; the readers have their own limits.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |why: String| {
        Refusal::new(
            "unreadable-file",
            format!("{} cannot be read: {why}.", path.display()),
        )
        .field("file")
    };
    let length = std::fs::metadata(path)
        .map_err(|e| unreadable(e.to_string()))?
        .len();
    if length > FILE_BYTES_MAX {
        return Err(unreadable("it is larger than 256 MB".to_owned()).into());
    }
    Ok(std::fs::read(path).map_err(|e| unreadable(e.to_string()))?)
}

pub(super) fn read_text(path: &Path) -> Result<String> {
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|e| Fault::of("reading a mapping file that is not UTF-8", e).into())
}

impl Roster {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        match self {
            Roster::Plan(file) => {
                let db = options.config()?.open()?;
                let given = file.read(&db)?;
                planned(&db, given)
            }
            Roster::Apply { file, approve } => {
                let db = options.config()?.open()?;
                let given = file.read(&db)?;
                applied(&db, given, approve)
            }
            Roster::Sync {
                source,
                plan,
                approve,
            } => {
                let db = options.config()?.open()?;
                let given = heard(&db, &source)?;
                if plan {
                    planned(&db, given)
                } else {
                    applied(&db, given, approve)
                }
            }
            Roster::Map { file, source } => map(options, file.as_deref(), &source),
            Roster::List { as_of } => list(options, as_of.as_deref()),
            Roster::Access(access) => access.run(options),
        }
    }
}

fn mapping_at(path: &Path, field: &str) -> Result<Mapping> {
    Ok(Mapping::from_toml(&read_text(path)?).map_err(|refusal| refusal.field(field))?)
}

fn map(options: &Options, file: Option<&Path>, source: &str) -> Result<Done> {
    let source = source::named(source).map_err(|refusal| refusal.field("--source"))?;
    let db = options.config()?.open()?;
    if let Some(path) = file {
        let (mapping, source) = (mapping_at(path, "file")?, source.clone());
        db.write_blocking(Actor::Operator, move |tx| mapping::save(tx, &source, &mapping))?;
    }
    let wanted = source.clone();
    let kept = db.read_blocking(move |r| mapping::of(r, &wanted))?;
    let text = match &kept {
        Some(saved) => format!(
            "Files of {source} are read by this mapping:\n{}",
            saved.text.trim_end()
        ),
        None => format!("Files of {source} are read without a mapping."),
    };
    Ok(Done::well(
        text,
        json!({
            "source": source,
            "mapping": kept.as_ref().map(|saved| &saved.text),
            "saved_at": kept.as_ref().map(|saved| saved.saved_at),
            "saved_by": kept.as_ref().map(|saved| &saved.saved_by),
        }),
    ))
}

fn planned(db: &Db, given: Given) -> Result<Done> {
    let plan = db.read_blocking(move |r| plan_now(r, &given.source, &given.snapshot, given.settings))?;
    let (text, json) = (in_words(&plan), plan.to_json());
    if plan.refused.is_empty() && plan.held.is_empty() {
        Ok(Done::well(text, json))
    } else {
        Ok(Done::no(text, json))
    }
}

fn applied(db: &Db, given: Given, approve: Option<String>) -> Result<Done> {
    let applied = db.write_blocking(Actor::Operator, move |tx| {
        let approval = approve.as_deref().map(|plan| Approval {
            plan,
            reason: "",
            sent_by: None,
        });
        let application = Application {
            source: &given.source,
            settings: given.settings,
            snapshot: &given.snapshot,
            file_name: &given.file_name,
            file_sha256: &given.file_sha256,
            approval,
        };
        apply(tx, &application)
    })?;
    App::settle(db)?;
    let mut json = applied.plan.to_json();
    if let Value::Object(map) = &mut json {
        map.insert("applied".to_owned(), json!(true));
    }
    Ok(Done::well(format!("Applied. {}", in_words(&applied.plan)), json))
}

/// What a directory says now, as if it had come in a file.
fn heard(db: &Db, source: &str) -> Result<Given> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::of("starting to read a directory", e))?;
    let heard = runtime.block_on(reading::listen(db, source))?;
    let name = source.to_owned();
    let list = db.read_blocking({
        let heard = heard.clone();
        move |r| reading::List::of(r, &name, &heard)
    })?;
    let mut snapshot = file::read(&list.upload.bytes, &Reading::default())?;
    snapshot.notes.extend(heard.notes);
    Ok(Given {
        source: source.to_owned(),
        file_name: list.upload.file_name,
        file_sha256: list.sha256,
        snapshot,
        settings: Settings { mode: Mode::Full },
    })
}

fn in_words(plan: &Plan) -> String {
    let mut text = format!(
        "{} rows from {}: {} join, {} leave, {} move, {} change, {} stay as they are.\nPlan {}",
        plan.rows,
        plan.source,
        plan.joiners,
        plan.leavers,
        plan.movers,
        plan.changed,
        plan.unchanged,
        plan.id
    );
    for refused in &plan.refused {
        text.push_str(&format!(
            "\nRefused, line {}, {}: {}",
            refused.line, refused.column, refused.reason
        ));
    }
    for held in &plan.held {
        text.push_str(&format!("\nHeld: {held}"));
    }
    for note in &plan.notes {
        text.push_str(&format!("\nNote: {note}"));
    }
    text
}

fn list(options: &Options, as_of: Option<&str>) -> Result<Done> {
    let db = options.config()?.open()?;
    let wanted = as_of.map(|text| day(text, "--as-of")).transpose()?;
    let (as_of, listed): (Day, Vec<people::Listed>) = db.read_blocking(move |r| {
        let as_of = match wanted {
            Some(day) => day,
            None => r.today()?,
        };
        let mut listed = Vec::new();
        people::each(r, as_of, |person| {
            if matches!(
                person.standing,
                people::Standing::Here | people::Standing::OnLeave
            ) {
                listed.push(person);
            }
            Ok(())
        })?;
        Ok((as_of, listed))
    })?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for person in &listed {
        let end = person.end_on.map(|d| format!(" to {d}")).unwrap_or_default();
        text.push_str(&format!(
            "{}\t{}\t{}\tsince {}{end}\n",
            person.source_id,
            person.name,
            person.kind.as_str(),
            person.start_on
        ));
        rows.push(json!({
            "source": person.source,
            "source_id": person.source_id,
            "name": person.name,
            "email": person.facts.email,
            "kind": person.kind.as_str(),
            "start_on": person.start_on,
            "end_on": person.end_on,
            "department": person.facts.department,
        }));
    }
    text.push_str(&format!("{} people on {as_of}.", listed.len()));
    Ok(Done::well(
        text,
        json!({ "as_of": as_of, "count": listed.len(), "people": rows }),
    ))
}
