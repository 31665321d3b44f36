//! `muster roster access`: a list of who can get into a system, held against the roster.

use std::path::PathBuf;

use access::{Bucket, Outcome, list::NewList, sources::file, sources::mapping::Mapping};
use clap::Args;
use db::{Actor, Refusal, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Done,
    roster::{read_bytes, read_text},
    status::day,
};
use crate::{app::App, config::Options};

/// Accounts that the text names in each bucket; the JSON has them all.
const NAMED_MAX: usize = 50;

/// The six buckets with the letters people know them by. D is about people without accounts.
const LETTERS: [(char, Option<Bucket>, &str); 6] = [
    ('A', Some(Bucket::A), "access, not on the roster"),
    ('B', Some(Bucket::B), "access after leaving"),
    ('C', Some(Bucket::C), "access without the training"),
    ('D', None, "on the roster, no known access (a question, no fault)"),
    ('E', Some(Bucket::E), "service or shared, without an owner"),
    ('F', Some(Bucket::F), "could be somebody on the roster"),
];

#[derive(Args)]
pub(super) struct Access {
    /// The list, CSV or JSON, as the system exports it.
    file: PathBuf,
    /// Whose accounts these are: github, aws-production, …
    #[arg(long, value_name = "NAME")]
    system: String,
    /// A TOML file that says which column is which.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The day the list was exported. [default: today]
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
}

impl Access {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let name = access::system::named(&self.system).map_err(|refusal| refusal.field("--system"))?;
        let mapping = match &self.map {
            None => Mapping::default(),
            Some(path) => Mapping::from_toml(&read_text(path)?).map_err(|refusal| refusal.field("--map"))?,
        };
        let snapshot_on = self
            .as_of
            .as_deref()
            .map(|text| day(text, "--as-of"))
            .transpose()?;
        let bytes = read_bytes(&self.file)?;
        let snapshot = file::read(&bytes, &mapping).map_err(in_the_file)?;
        let notes = snapshot.notes.clone();
        let profile = snapshot.profile;
        let file_name = self
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let file_sha256 = hex::encode(Sha256::digest(&bytes));
        let db = options.config()?.open()?;
        let outcome = db.write_blocking(Actor::Operator, move |tx| {
            let new = NewList {
                system: evidence::access::system_named(tx, &name)?,
                file_name: file_name.clone().unwrap_or_default(),
                file_sha256: file_sha256.clone(),
                snapshot_on,
                snapshot: snapshot.clone(),
            };
            evidence::access::import(tx, new)
        })?;
        App::settle(&db)?;
        let mut text = in_words(&outcome, profile.label());
        for note in &notes {
            text.push_str(&format!("\nNote: {note}"));
        }
        let document = document(&outcome, &notes);
        if outcome.counts.findings() == 0 {
            Ok(Done::well(text, document))
        } else {
            Ok(Done::no(text, document))
        }
    }
}

/// Whatever is wrong in the list is bad input, whichever column it names.
fn in_the_file(refusal: Refusal) -> Refusal {
    match refusal.field.as_deref() {
        Some("map") => refusal.field("--map"),
        _ => refusal.field("file"),
    }
}

fn in_words(outcome: &Outcome, profile: &str) -> String {
    let counts = &outcome.counts;
    let mut text = format!(
        "{} rows of {profile} from {}, as of {}: {} accounts of {}.",
        counts.rows, outcome.file_name, outcome.snapshot_on, counts.accounts, outcome.system
    );
    for (letter, bucket, words) in LETTERS {
        let number = bucket.map_or(counts.people_without_access, |bucket| counts.of(bucket));
        text.push_str(&format!("\n{letter}  {number:>7}  {words}"));
    }
    for bucket in [Bucket::InOrder, Bucket::Inactive, Bucket::Excluded] {
        text.push_str(&format!(
            "\n   {:>7}  {}",
            counts.of(bucket),
            bucket.label().to_lowercase()
        ));
    }
    for (letter, bucket, _) in LETTERS {
        let Some(bucket) = bucket else { continue };
        let of_bucket = || outcome.accounts.iter().filter(|one| one.bucket == bucket);
        for one in of_bucket().take(NAMED_MAX) {
            text.push_str(&format!(
                "\n{letter}  line {}, {}: {}",
                one.account.line, one.account.login, one.reason
            ));
        }
        let more = of_bucket().count().saturating_sub(NAMED_MAX);
        if more > 0 {
            text.push_str(&format!("\n{letter}  and {more} more; --json has them all"));
        }
    }
    text
}

fn document(outcome: &Outcome, notes: &[String]) -> Value {
    let accounts = |bucket: Bucket| -> Vec<Value> {
        let of_bucket = outcome.accounts.iter().filter(|one| one.bucket == bucket);
        of_bucket.map(|one| json!(one)).collect()
    };
    let mut buckets = serde_json::Map::new();
    for (letter, bucket, _) in LETTERS {
        let value = match bucket {
            Some(bucket) => json!({ "count": outcome.counts.of(bucket), "accounts": accounts(bucket) }),
            None => json!({ "count": outcome.counts.people_without_access }),
        };
        buckets.insert(letter.to_string(), value);
    }
    json!({
        "system": outcome.system,
        "list": outcome.list,
        "file_sha256": outcome.file_sha256,
        "snapshot_on": outcome.snapshot_on,
        "rows": outcome.counts.rows,
        "accounts": outcome.counts.accounts,
        "findings": outcome.counts.findings(),
        "buckets": buckets,
        "in_order": outcome.counts.of(Bucket::InOrder),
        "inactive": outcome.counts.of(Bucket::Inactive),
        "excluded": outcome.counts.of(Bucket::Excluded),
        "people_here": outcome.counts.people_here,
        "notes": notes,
    })
}
