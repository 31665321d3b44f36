//! The engine that reminds: it looks every half hour, decides, puts the letters down, and is missed when it is silent.
//!
//! A run reads everything in one snapshot, plans, and writes in lots, each in its own transaction with an entry in the
//! ledger. A crash between two lots costs nothing: what was written is known to the next run, and a second letter for
//! somebody on one day is refused by the key of `reminder_digest`, whichever node tries; what is held back is written only
//! while nobody else has decided anything since the plan was made. Whoever comes second looks again. The entry of a lot holds the
//! SHA-256 of what it decided: the lines `assignment step addressee letter-or-reason`, sorted, each with a line feed.
//!
//! Not here: what is decided ([`super::plan`]), what the letter says ([`super::digest`]).

use std::collections::BTreeMap;

use db::{Actor, Day, Db, Id, Kind, Moment, Reader, Result, Tx, Value, params, sql};
use jobs::{Failed, Job, Runner};
use ledger::{Act, Entry};
use mail::{Letter, LetterKind};
use sha2::{Digest as _, Sha256};

use super::cadence::OFF_DAYS_MAX;
use super::facts::{self, Facts, Look};
use super::plan::{self, Decision, Digest, Plan, Suppressed};
use super::setting::{self, Setting};
use super::stand_in::{self, StandsIn};

/// The kind of the job.
pub const JOB: &str = "remind";
/// Seconds between two looks: often enough for every zone's hours.
const EVERY_SECONDS: i64 = 30 * 60;
/// After this long without a look, somebody has to be told.
pub const SILENT_SECONDS: i64 = 2 * 3600;
/// What has waited for longer is found by looking at everything: nobody is off for so many days, so it is rare.
const WAITED_DAYS_MAX: i32 = OFF_DAYS_MAX;
/// A letter that was not sent for so long is overtaken by the next. Over Easter nobody is written to for four days.
const WORTH_SECONDS: i64 = 5 * 24 * 3600;
/// Letters put down in one transaction.
const LOT: usize = 1_000;
/// Suppressed reminders written in one transaction.
const SUPPRESSED_LOT: usize = 10_000;

/// `rrn_…`
pub enum RunKind {}
impl Kind for RunKind {
    const PREFIX: &'static str = "rrn";
}

/// `rem_…`
pub enum ReminderKind {}
impl Kind for ReminderKind {
    const PREFIX: &'static str = "rem";
}

/// How much a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub letters: i64,
    pub sent: i64,
    pub suppressed: i64,
}

/// Adds reminding to the runner.
pub fn register(runner: Runner) -> Runner {
    runner.on(JOB, job).every(JOB, EVERY_SECONDS)
}

async fn job(db: Db, _job: Job) -> std::result::Result<(), Failed> {
    let counts = run(&db).await?;
    tracing::info!(
        counts.letters,
        counts.sent,
        counts.suppressed,
        "reminders decided"
    );
    Ok(())
}

/// Looks once. Nothing happens while reminding is off.
///
/// # Errors
/// A fault of the engine.
pub async fn run(db: &Db) -> Result<Counts> {
    let planned = db
        .read(|reader| {
            let setting = setting::current(reader)?.filter(|(setting, _)| setting.on);
            setting
                .map(|(setting, set_at)| {
                    let since = since(reader, set_at)?;
                    let (plan, _) = planned(reader, setting, since, Look::Now)?;
                    Ok::<_, db::Error>((plan, Lately::read(reader)?))
                })
                .transpose()
        })
        .await?;
    let Some((plan, lately)) = planned else {
        return Ok(Counts::default());
    };
    let Plan {
        digests,
        suppressed,
        waits_from,
    } = plan;
    let mut counts = Counts::default();
    for lot in lots(digests) {
        counts.add(db.write(Actor::Job(JOB), move |tx| apply(tx, &lot, &[])).await?);
    }
    for lot in suppressed.chunks(SUPPRESSED_LOT) {
        let lot = lot.to_vec();
        let ours = counts.sent + counts.suppressed;
        let held = db.write(Actor::Job(JOB), move |tx| {
            lately.must_be(tx, ours)?;
            apply(tx, &[], &lot)
        });
        counts.add(held.await?);
    }
    db.write(Actor::Job(JOB), move |tx| finish(tx, counts, waits_from))
        .await?;
    Ok(counts)
}

/// How much had been decided shortly before a plan was made.
#[derive(Debug, Clone, Copy)]
struct Lately {
    since: Moment,
    count: i64,
}

impl Lately {
    /// Clocks of nodes do not differ by more.
    const SECONDS: i64 = 3_600;

    fn read(reader: &mut Reader) -> Result<Lately> {
        let since = reader.now().plus_seconds(-Lately::SECONDS);
        let count = Lately::count(reader, since)?;
        Ok(Lately { since, count })
    }

    fn count(reader: &mut Reader, since: Moment) -> Result<i64> {
        let count = reader.one(
            sql!("select cast(count(*) as bigint) from reminder where decided_at >= $1"),
            &params![since],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default())
    }

    /// What was decided since is ours, or the plan is not true any more: what is held back has no letter whose key would
    /// refuse it, and would stand in the ledger's counts twice.
    fn must_be(self, reader: &mut Reader, ours: i64) -> Result<()> {
        if Lately::count(reader, self.since)? == self.count + ours {
            return Ok(());
        }
        Err(db::Fault::new("deciding on reminders that another node decided on meanwhile").into())
    }
}

/// What a setting would do today, if it were in force and nothing had been said before.
///
/// # Errors
/// A fault of the engine.
pub fn preview(reader: &mut Reader, setting: &Setting) -> Result<(Plan, Facts)> {
    planned(reader, setting.clone(), None, Look::Everything)
}

fn planned(reader: &mut Reader, setting: Setting, since: Option<Day>, look: Look) -> Result<(Plan, Facts)> {
    let mut facts = facts::read(reader, setting, since, look)?;
    let keys = plan::manager_keys(&facts);
    facts::managers(reader, &mut facts, &keys)?;
    // Their managers, and theirs again for whoever is on leave.
    for _ in 0..2 {
        let keys = plan::upper_keys(&facts);
        facts::managers(reader, &mut facts, &keys)?;
    }
    stand_in::read(reader, &mut facts)?;
    Ok((plan::plan(&facts), facts))
}

/// The first day whose steps may be undecided after the newest look under this setting; `None` when there was none, or
/// when what waits has waited for very long.
fn since(reader: &mut Reader, set_at: Moment) -> Result<Option<Day>> {
    let last: Option<Option<Day>> = reader.one(
        sql!(
            "select undecided_from
             from reminder_run
             where ran_at >= $1
             order by ran_at desc, id desc
             limit 1"
        ),
        &params![set_at],
        |row| row.get(0),
    )?;
    Ok(last.flatten())
}

/// What the next look begins with: somewhere it is still the day before, and what waits is asked again.
fn undecided_from(reader: &mut Reader, waits_from: Option<Day>) -> Result<Option<Day>> {
    let yesterday = reader.today()? - 1;
    let first = waits_from.map_or(yesterday, |waits| waits.min(yesterday));
    Ok((first >= yesterday - WAITED_DAYS_MAX).then_some(first))
}

/// In lots, with all letters about one assignment's step in the same: the owners' share theirs.
fn lots(mut digests: Vec<Digest>) -> Vec<Vec<Digest>> {
    let is_shared = |digest: &Digest| {
        digest
            .decisions
            .iter()
            .any(|one| one.step.line() == super::Line::Upper)
    };
    digests.sort_by_key(|digest| !is_shared(digest));
    let shared = digests.iter().take_while(|digest| is_shared(digest)).count();
    let rest = digests.split_off(shared);
    let mut lots: Vec<Vec<Digest>> = Vec::new();
    if !digests.is_empty() {
        lots.push(digests);
    }
    lots.extend(rest.chunks(LOT).map(<[Digest]>::to_vec));
    lots
}

fn apply(tx: &mut Tx, digests: &[Digest], suppressed: &[(Decision, String, Suppressed)]) -> Result<Counts> {
    let until = tx.now().plus_seconds(WORTH_SECONDS);
    let letters: Vec<Letter> = digests
        .iter()
        .map(|digest| Letter {
            to: digest.to.clone(),
            purpose: super::PURPOSE,
            // What it says is written when it leaves, from what is true then.
            subject: "Security training".to_owned(),
            text: String::new(),
            until: Some(until),
            secret: false,
        })
        .collect();
    let ids = mail::letter::post_many(tx, &letters)?;
    let days = digests
        .iter()
        .zip(&ids)
        .map(|(digest, id)| params![&digest.addressee, digest.on_day, id].to_vec())
        .collect();
    tx.insert_many(
        sql!("insert into reminder_digest (addressee, on_day, letter_id) values ($1, $2, $3)"),
        days,
    )?;
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for (digest, id) in digests.iter().zip(&ids) {
        for decision in &digest.decisions {
            rows.push(row(tx, decision, &digest.addressee, Some(id)));
            lines.push(line(decision, &digest.addressee, id.as_str()));
        }
    }
    let sent = rows.len();
    let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
    for (decision, addressee, why) in suppressed {
        let mut row = row(tx, decision, addressee, None);
        row[REASON] = Value::from(why.as_str());
        rows.push(row);
        lines.push(line(decision, addressee, why.as_str()));
        *reasons.entry(why.as_str()).or_default() += 1;
    }
    tx.insert_many(
        sql!(
            "insert into reminder (id, assignment_id, step, addressee, person_id, course_id, letter_id, reason, decided_at,
                 in_place_of, stands_in)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (assignment_id, step, addressee) do nothing"
        ),
        rows,
    )?;
    lines.sort_unstable();
    let sha256 = hex::encode(Sha256::digest(lines.concat()));
    let payload = serde_json::json!({
        "letters": ids.len(), "sent": sent, "suppressed": reasons, "sha256": sha256,
    });
    ledger::record(
        tx,
        Entry::about(Act::RemindersDecided, "reminders").payload(payload),
    )?;
    Ok(Counts {
        letters: ids.len() as i64,
        sent: sent as i64,
        suppressed: suppressed.len() as i64,
    })
}

/// Where the reason stands in a row.
const REASON: usize = 7;

fn row(tx: &mut Tx, decision: &Decision, addressee: &str, letter: Option<&Id<LetterKind>>) -> Vec<Value> {
    let id = tx.new_id::<ReminderKind>();
    let place = decision.place.as_ref();
    params![
        id,
        &decision.assignment,
        decision.step.to_string(),
        addressee,
        &decision.person,
        &decision.course_id,
        letter.map(Id::as_str),
        None::<&str>,
        tx.now(),
        place.map(|place| place.of.as_str()),
        place.map(|place| place.stands_in).map(StandsIn::as_str)
    ]
    .to_vec()
}

fn line(decision: &Decision, addressee: &str, fate: &str) -> String {
    format!("{} {} {addressee} {fate}\n", decision.assignment, decision.step)
}

/// Notes that the engine looked; after a silence the owners are told.
fn finish(tx: &mut Tx, counts: Counts, waits_from: Option<Day>) -> Result<()> {
    if let Some(last) = silent_since(tx)? {
        tell_owners(tx, last)?;
    }
    let id = tx.new_id::<RunKind>();
    let (now, from) = (tx.now(), undecided_from(tx, waits_from)?);
    tx.execute(
        sql!(
            "insert into reminder_run (id, ran_at, letters, sent, suppressed, undecided_from)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![id, now, counts.letters, counts.sent, counts.suppressed, from],
    )?;
    Ok(())
}

/// Since when the engine has been silent, when it has been for too long.
///
/// # Errors
/// A fault of the engine.
pub fn silent_since(reader: &mut Reader) -> Result<Option<Moment>> {
    let Some((_, set_at)) = setting::current(reader)?.filter(|(setting, _)| setting.on) else {
        return Ok(None);
    };
    let last: Option<Moment> = reader.one(
        sql!("select ran_at from reminder_run order by ran_at desc limit 1"),
        &[],
        |row| row.get(0),
    )?;
    let last = last.map_or(set_at, |last| last.max(set_at));
    Ok((last.plus_seconds(SILENT_SECONDS) < reader.now()).then_some(last))
}

fn tell_owners(tx: &mut Tx, last: Moment) -> Result<()> {
    let (zone, now) = (tx.zone()?, tx.now());
    let organisation = roster::organisation::find(tx)?
        .map(|one| one.name)
        .unwrap_or_default();
    let letters: Vec<Letter> = facts::owners(tx)?
        .into_iter()
        .map(|owner| Letter {
            to: owner.email,
            purpose: "alarm",
            subject: format!("Security training at {organisation}: reminders were silent"),
            text: format!(
                "Hello,\n\nnobody was reminded from {} to {}, because the program that does it was not running.\n\n\
                 It is running again. What was to be said meanwhile is said now, once.\n\
                 If the server was not stopped on purpose, ask whoever runs it what happened.\n",
                last.long(&zone),
                now.long(&zone)
            ),
            until: None,
            secret: false,
        })
        .collect();
    mail::letter::post_many(tx, &letters)?;
    Ok(())
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.letters += other.letters;
        self.sent += other.sent;
        self.suppressed += other.suppressed;
    }
}
