//! Each time a directory was read, and what came of it: applied, left for somebody to look at, or failed.
//!
//! A reading by the clock is applied by itself when nothing holds its plan and the source was applied before; everything else waits
//! on the plan's page for a day. Nothing is applied twice at once: a reading that has begun and not ended keeps the next one away.
//! After failures the pauses grow, up to the pause there is anyway.
//!
//! Not here: the conversation ([`super::connection`]), when a plan is held ([`crate::sync::brake`]).

use db::{Actor, Db, Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::connection;
use crate::roster_file;
use crate::source::Mode;
use crate::sources::file;
use crate::sources::ldap::Heard;
use crate::sync::Settings;
use crate::sync::apply::{Application, apply, plan_now};
use crate::upload::{self, Upload, UploadKind};

/// After this a reading without an outcome was broken off, by a restart for example.
const LOST_SECONDS: i64 = connection::READ_SECONDS_MAX.cast_signed() + 60;
/// The first pause after a failure; it doubles.
const RETRY_SECONDS: i64 = 15 * 60;
/// Failures looked at: by then the pause is the longest there is.
const PAST_MAX: i64 = 20;

/// The id kind of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadingKind;

impl Kind for ReadingKind {
    const PREFIX: &'static str = "drd";
}

/// How a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Applied,
    /// For somebody to look at.
    Waits,
    Failed,
}

impl Ended {
    fn as_str(self) -> &'static str {
        match self {
            Ended::Applied => "applied",
            Ended::Waits => "waits",
            Ended::Failed => "failed",
        }
    }
}

/// What has become of a list that somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is kept, and its plan can be seen.
    Open,
    /// Somebody looked and applied it.
    Applied,
    /// Nobody did within a day; the next reading gives a newer one.
    Gone,
}

/// What came of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub ended: Ended,
    /// A finished sentence for whoever looks after the directory.
    pub sentence: String,
    pub people: i64,
    pub sha256: Option<String>,
    pub upload: Option<Id<UploadKind>>,
    pub look: Look,
    pub notes: Vec<String>,
    pub ended_at: Moment,
}

/// One reading.
#[derive(Debug, Clone)]
pub struct Reading {
    pub began_at: Moment,
    pub began_by: String,
    /// `None` while it goes on, or when it was broken off.
    pub outcome: Option<Outcome>,
}

impl Reading {
    pub fn goes_on(&self, now: Moment) -> bool {
        self.outcome.is_none() && now < self.began_at.plus_seconds(LOST_SECONDS)
    }

    fn failed(&self) -> bool {
        self.outcome
            .as_ref()
            .is_none_or(|outcome| outcome.ended == Ended::Failed)
    }
}

/// Who wants a reading, and whether they will look at the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Somebody on the directory's page.
    ByHand,
    ByTheClock,
}

/// Whether it is time to read again, given the readings so far, the newest first.
pub fn is_due(hours: i64, past: &[Reading], now: Moment) -> bool {
    let Some(last) = past.first() else {
        return hours > 0;
    };
    if hours == 0 || last.goes_on(now) {
        return false;
    }
    let failures = past.iter().take_while(|reading| reading.failed()).count();
    let pause = match u32::try_from(failures).unwrap_or(u32::MAX) {
        0 => hours * 3600,
        n => RETRY_SECONDS
            .saturating_mul(1_i64.checked_shl(n - 1).unwrap_or(i64::MAX))
            .min(hours * 3600),
    };
    now >= last.began_at.plus_seconds(pause)
}

/// The newest readings first.
pub fn recent(reader: &mut Reader, source: &str) -> Result<Vec<Reading>> {
    reader.rows(
        sql!(
            "select r.began_at, r.began_by, o.outcome, o.sentence, o.people, o.sha256, o.upload, o.notes, o.ended_at,
                    cast((select count(*) from roster_upload as u where u.id = o.upload) as bigint),
                    cast((select count(*) from roster_file as f
                          where f.source = r.source and f.file_sha256 = o.sha256 and f.applied_at >= o.ended_at) as bigint)
             from directory_read as r
             left join directory_outcome as o on o.read_id = r.id
             where r.source = $1
             order by r.began_at desc, r.id desc
             limit $2"
        ),
        &params![source, PAST_MAX],
        read,
    )
}

fn read(row: &Row) -> Result<Reading> {
    let ended: Option<String> = row.get(2)?;
    let outcome = match ended.as_deref() {
        None => None,
        Some(text) => {
            let upload: Option<String> = row.get(6)?;
            let notes: String = row.get(7)?;
            Some(Outcome {
                ended: [Ended::Applied, Ended::Waits, Ended::Failed]
                    .into_iter()
                    .find(|ended| ended.as_str() == text)
                    .ok_or_else(|| Fault::new("reading how a directory's reading ended"))?,
                sentence: row.get(3)?,
                people: row.get(4)?,
                sha256: row.get(5)?,
                upload: upload
                    .map(|id| id.parse())
                    .transpose()
                    .map_err(|e| Fault::of("reading the id of a directory's list", e))?,
                look: match (row.get::<i64>(9)?, row.get::<i64>(10)?) {
                    (0, 0) => Look::Gone,
                    (0, _) => Look::Applied,
                    _ => Look::Open,
                },
                notes: serde_json::from_str(&notes)
                    .map_err(|e| Fault::of("reading the notes of a directory's reading", e))?,
                ended_at: row.get(8)?,
            })
        }
    };
    Ok(Reading {
        began_at: row.get(0)?,
        began_by: row.get(1)?,
        outcome,
    })
}

/// Reads the directory and keeps or applies what it says.
///
/// # Errors
/// A fault of the engine; a refusal when there is no such directory, or it is being read already. That the directory did not
/// answer is an outcome.
pub async fn run(db: &Db, source: &str, asked: Asked, by: Actor) -> Result<Outcome> {
    let begun = {
        let source = source.to_owned();
        db.write(by.clone(), move |tx| begin(tx, &source, asked)).await?
    };
    let heard = listen(db, source).await;
    let (source, by) = (source.to_owned(), by);
    db.write(by, move |tx| match &heard {
        Ok(heard) => conclude(tx, &begun, &source, (heard, asked)),
        Err(Error::Refused(refusal)) => end(tx, &begun, &source, failed(refusal)),
        Err(Error::Fault(fault)) => Err(Fault::new(fault.to_string()).into()),
    })
    .await
}

/// What the directory says now; nothing is kept.
///
/// # Errors
/// A refusal when there is no such directory, or it did not give a whole answer.
pub async fn listen(db: &Db, source: &str) -> Result<Heard> {
    let name = source.to_owned();
    let (directory, password, zone) = db
        .read(move |r| Ok((super::find(r, &name)?, super::password(r, &name)?, r.zone()?)))
        .await?;
    let directory = directory.ok_or_else(|| unknown(source))?;
    let password = password.ok_or_else(|| {
        Refusal::new(
            "directory-password",
            "The password of the account is not known. Give it on the directory’s page.",
        )
        .field("password")
    })?;
    Ok(connection::read(&directory.settings, &password, &zone).await?)
}

fn unknown(source: &str) -> Refusal {
    Refusal::new(
        "directory-unknown",
        format!("There is no directory whose people are called {source}. See People, Directories."),
    )
    .field("source")
}

fn begin(tx: &mut Tx, source: &str, asked: Asked) -> Result<Id<ReadingKind>> {
    if super::find(tx, source)?.is_none() {
        return Err(unknown(source).into());
    }
    let now = tx.now();
    if recent(tx, source)?.first().is_some_and(|last| last.goes_on(now)) {
        return Err(Refusal::new(
            "directory-busy",
            "The directory is being read already. Wait for the outcome; it is on the directory’s page.",
        )
        .into());
    }
    let id: Id<ReadingKind> = tx.new_id();
    let by = tx.actor().to_string();
    tx.execute(
        sql!(
            "insert into directory_read (id, source, began_at, asked, began_by) values ($1, $2, $3, $4, $5)"
        ),
        &params![&id, source, now, i64::from(asked == Asked::ByHand), by],
    )?;
    Ok(id)
}

/// Applies the list, or keeps it for somebody to look at.
fn conclude(
    tx: &mut Tx,
    begun: &Id<ReadingKind>,
    source: &str,
    (heard, asked): (&Heard, Asked),
) -> Result<Outcome> {
    let list = List::of(tx, source, heard)?;
    let snapshot = match file::read(&list.upload.bytes, &file::Options::default()) {
        Ok(snapshot) => snapshot,
        Err(refusal) => return end(tx, begun, source, failed(&refusal)),
    };
    let settings = Settings { mode: Mode::Full };
    let plan = plan_now(tx, source, &snapshot, settings)?;
    // A source may be described long before anything of it is applied.
    let is_first = roster_file::last_of(tx, source)?.is_none();
    let looks = is_first || (asked == Asked::ByHand && !plan.changes_nothing());
    let mut outcome = Outcome {
        ended: Ended::Waits,
        sentence: String::new(),
        people: i64::try_from(heard.people).unwrap_or(i64::MAX),
        sha256: Some(list.sha256.clone()),
        upload: None,
        look: Look::Open,
        notes: heard.notes.clone(),
        ended_at: tx.now(),
    };
    if plan.refused.is_empty() && plan.held.is_empty() && !looks {
        let application = Application {
            source,
            settings,
            snapshot: &snapshot,
            file_name: &list.upload.file_name,
            file_sha256: &list.sha256,
            approval: None,
        };
        let plan = apply(tx, &application)?.plan;
        outcome.ended = Ended::Applied;
        outcome.sentence = format!(
            "Applied: {} joined, {} left, {} moved and {} changed otherwise.",
            plan.joiners, plan.leavers, plan.movers, plan.changed
        );
    } else {
        let why = match (plan.refused.first(), plan.held.first()) {
            (Some(refused), _) => format!("Nothing can be applied: {}", refused.reason),
            (None, Some(held)) => format!("Somebody has to look: {held}"),
            (None, None) if is_first => {
                "The first list of a source is looked at before it is applied.".to_owned()
            }
            (None, None) => "Look at what would change, and apply it.".to_owned(),
        };
        outcome.sentence = why;
        outcome.upload = Some(upload::keep(tx, &list.upload)?);
    }
    end(tx, begun, source, outcome)
}

/// A list as it is kept and applied.
pub struct List {
    pub upload: Upload,
    pub sha256: String,
}

impl List {
    /// # Errors
    /// A fault of the engine.
    pub fn of(reader: &mut Reader, source: &str, heard: &Heard) -> Result<List> {
        let zone = reader.zone()?;
        let upload = Upload {
            source: source.to_owned(),
            kind: None,
            mode: Mode::Full,
            file_name: format!("Directory of {source}, {}", reader.now().long(&zone)),
            bytes: heard.csv.clone(),
            uploaded_by: String::new(),
        };
        let sha256 = hex::encode(Sha256::digest(&upload.bytes));
        Ok(List { upload, sha256 })
    }
}

fn failed(refusal: &Refusal) -> Outcome {
    Outcome {
        ended: Ended::Failed,
        sentence: refusal.sentence.clone(),
        people: 0,
        sha256: None,
        upload: None,
        look: Look::Gone,
        notes: Vec::new(),
        ended_at: Moment(0),
    }
}

fn end(tx: &mut Tx, begun: &Id<ReadingKind>, source: &str, outcome: Outcome) -> Result<Outcome> {
    let outcome = Outcome {
        ended_at: tx.now(),
        ..outcome
    };
    let notes = serde_json::to_string(&outcome.notes)
        .map_err(|e| Fault::of("writing the notes of a directory's reading", e))?;
    tx.execute(
        sql!(
            "insert into directory_outcome (read_id, outcome, sentence, people, sha256, upload, notes, ended_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            begun,
            outcome.ended.as_str(),
            outcome.sentence.as_str(),
            outcome.people,
            outcome.sha256.clone(),
            outcome.upload.as_ref().map(ToString::to_string),
            notes,
            outcome.ended_at
        ],
    )?;
    // The sentence may quote somebody's row, so it stays out of what is kept for ever.
    let payload = json!({
        "source": source,
        "outcome": outcome.ended.as_str(),
        "people": outcome.people,
        "sha256": outcome.sha256,
    });
    ledger::record(
        tx,
        Entry::about(Act::DirectoryRead, format!("source:{source}")).payload(payload),
    )?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{set, tests::directory};

    fn reading(hours_ago: i64, ended: Option<Ended>) -> Reading {
        let began_at = Moment(0).plus_seconds(-hours_ago * 3600);
        let outcome = ended.map(|ended| Outcome {
            ended,
            ..failed(&Refusal::new("x", "X."))
        });
        Reading {
            began_at,
            began_by: String::new(),
            outcome,
        }
    }

    #[test]
    fn a_directory_is_read_when_it_is_time() {
        let due = |hours: i64, past: &[Reading]| is_due(hours, past, Moment(0));
        assert!(
            due(6, &[]) && !due(0, &[]),
            "never by the clock when it is read by hand"
        );
        assert!(due(6, &[reading(6, Some(Ended::Applied))]));
        assert!(!due(6, &[reading(5, Some(Ended::Waits))]));
        assert!(!due(6, &[reading(0, None)]), "it goes on");
        assert!(
            due(6, &[reading(1, None)]),
            "it was broken off, which is a failure"
        );
    }

    #[test]
    fn after_failures_the_pauses_grow_to_the_usual_one() {
        let failures = |count: usize, hours_ago: i64| vec![reading(hours_ago, Some(Ended::Failed)); count];
        let due = |past: &[Reading]| is_due(6, past, Moment(0));
        assert!(due(&failures(3, 1)), "the third pause is an hour");
        assert!(!due(&failures(4, 1)));
        assert!(due(&failures(20, 6)), "and never longer than the usual one");
        let mut past = failures(3, 1);
        past.insert(0, reading(1, Some(Ended::Applied)));
        assert!(!due(&past), "a success ends them");
    }

    fn run_by_hand(db: &Db) -> Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        runtime.block_on(run(db, "hr", Asked::ByHand, Actor::Operator))
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_outcome_and_changes_nothing() {
        let db = Db::in_memory_for_tests();
        assert!(
            matches!(run_by_hand(&db), Err(Error::Refused(_))),
            "nothing is set"
        );
        let mut nowhere = directory("127.0.0.1:1");
        nowhere.settings.protection = crate::directory::Protection::Nothing;
        db.write_blocking(Actor::Operator, move |tx| set(tx, &nowhere, Some("secret")))
            .expect("it is set");
        let outcome = run_by_hand(&db).expect("an outcome");
        assert_eq!(outcome.ended, Ended::Failed);
        assert!(
            outcome.sentence.contains("nothing listens there"),
            "{}",
            outcome.sentence
        );
        let past = db.read_blocking(|r| recent(r, "hr")).expect("reading works");
        assert_eq!(past[0].outcome.as_ref(), Some(&outcome));
    }

    fn concluded(db: &Db, ids: std::ops::Range<u32>, asked: Asked) -> Outcome {
        let rows: String = ids
            .map(|id| format!("{id},Person {id},employee,active\n"))
            .collect();
        let heard = Heard {
            csv: format!("source_id,full_name,person_type,status\n{rows}").into_bytes(),
            people: 1,
            notes: vec!["Noted.".to_owned()],
        };
        db.set_now(db.now().plus_seconds(3600));
        db.write_blocking(Actor::Source("hr".to_owned()), move |tx| {
            let begun = begin(tx, "hr", asked)?;
            conclude(tx, &begun, "hr", (&heard, asked))
        })
        .expect("it is concluded")
    }

    #[test]
    fn the_first_list_and_a_held_one_wait_and_others_are_applied() {
        let db = Db::in_memory_for_tests();
        db.write_blocking(Actor::Operator, |tx| {
            set(tx, &directory("dc1.example.com"), Some("x"))
        })
        .expect("it is set");
        let first = concluded(&db, 0..40, Asked::ByTheClock);
        assert_eq!((first.ended, first.upload.is_some()), (Ended::Waits, true));
        let upload = first.upload.expect("it was kept");
        db.write_blocking(Actor::Operator, move |tx| {
            let upload = upload::find(tx, &upload)?;
            let snapshot = file::read(&upload.bytes, &file::Options::default())?;
            let application = Application {
                source: "hr",
                settings: Settings { mode: Mode::Full },
                snapshot: &snapshot,
                file_name: "x",
                file_sha256: "00",
                approval: None,
            };
            apply(tx, &application)
        })
        .expect("somebody applies it");
        assert_eq!(
            concluded(&db, 0..40, Asked::ByHand).ended,
            Ended::Applied,
            "nothing changes"
        );
        assert_eq!(concluded(&db, 0..41, Asked::ByTheClock).ended, Ended::Applied);
        assert_eq!(
            concluded(&db, 0..42, Asked::ByHand).ended,
            Ended::Waits,
            "whoever asks, looks"
        );
        let half = concluded(&db, 0..20, Asked::ByTheClock);
        assert_eq!(half.ended, Ended::Waits);
        assert!(half.sentence.contains("would leave"), "{}", half.sentence);
    }
}
