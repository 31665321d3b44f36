//! The job that posts a letter: one try, one row, and the decision whether to try again.
//!
//! Before a letter is handed over, whoever wanted it is asked again, in the transaction that hands it over: it may have
//! become untrue since it was put down. A letter that was put off is tried again after growing pauses; after
//! [`GIVE_UP_SECONDS`] it comes to its end. Whatever end a letter comes to is a row.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use db::{Actor, Db, Error, Fault, Moment, Tx};
use jobs::{Failed, Job, Runner};
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use tokio::sync::Mutex;

use crate::{
    lane::{Lane, Parcel},
    letter::{self, Outcome, Waiting},
    setting::{self, Relay, Setting},
};

/// The kind of the posting job; its payload is the letter's id.
pub const JOB: &str = "post-letter";
/// With mail off, a waiting letter is looked at again this often.
const OFF_SECONDS: i64 = 60;
/// Five days, as RFC 5321 §4.5.4.1 asks, from when it was put down or the relay was set.
const GIVE_UP_SECONDS: i64 = 5 * 24 * 3600;
/// Pauses after a letter was put off, in seconds; the last one goes on. Greylisting asks for some minutes.
const PAUSES: [i64; 6] = [60, 120, 300, 900, 1_800, 3_600];

/// What whoever wanted a letter says of it when its turn has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    AsItStands,
    Write {
        subject: String,
        text: String,
    },
    /// It is not to be sent, and why.
    NoLonger(String),
    /// It is not to be sent now: the hour or the day is wrong.
    Later(Moment),
}

/// Asked with the letter's id, in the transaction that hands it over.
pub type Writer = fn(&mut Tx, &str) -> db::Result<Say>;

/// Posts letters, one after the other, over one lane.
#[derive(Clone, Default)]
pub struct Poster {
    writers: BTreeMap<&'static str, Writer>,
    lane: Arc<Mutex<Lane>>,
}

/// A letter whose turn has come, and what became of it in the first transaction.
enum Turn {
    HandOver(Box<Waiting>, Setting),
    NotBefore(Moment),
    Ended,
}

impl Poster {
    pub fn new() -> Poster {
        Poster::default()
    }

    /// Says who is asked about letters with this purpose.
    #[must_use]
    pub fn asking(mut self, purpose: &'static str, writer: Writer) -> Poster {
        self.writers.insert(purpose, writer);
        self
    }

    /// Adds posting to the runner.
    pub fn register(self, runner: Runner) -> Runner {
        runner.on(JOB, move |db, job| {
            let poster = self.clone();
            async move { poster.run(db, job).await }
        })
    }

    /// Tries to post the letter once.
    ///
    /// # Errors
    /// `NotBefore` while it may still be taken; `Retry` after a fault; `GiveUp` when there is no such letter.
    async fn run(&self, db: Db, job: Job) -> Result<(), Failed> {
        let mut lane = self.lane.lock().await;
        let setting = db.read(setting::current).await?;
        if let Some(until) = lane.down_until(&setting, db.now()) {
            return self.expire(&db, job.payload, until).await;
        }
        let writers = self.writers.clone();
        let turn = db
            .write(Actor::Job(JOB), move |tx| turn(tx, &writers, &job.payload))
            .await?;
        let (letter, setting) = match turn {
            Turn::HandOver(letter, setting) => (letter, setting),
            Turn::NotBefore(moment) => return Err(Failed::NotBefore(moment)),
            Turn::Ended => return Ok(()),
        };
        let (outcome, reply) = hand_over(&mut lane, &letter, &setting, db.now()).await?;
        let again = db
            .write(Actor::Job(JOB), move |tx| {
                letter::note(tx, &letter, outcome, &reply)?;
                let before = letter::deferrals(tx, &letter.id)?;
                Ok(before.map(|times| tx.now().plus_seconds(pause(times))))
            })
            .await?;
        again.map_or(Ok(()), |moment| Err(Failed::NotBefore(moment)))
    }

    /// While the relay is left alone, letters still come to their end.
    async fn expire(&self, db: &Db, id: String, until: Moment) -> Result<(), Failed> {
        let ended = db
            .write(Actor::Job(JOB), move |tx| {
                let (_, since) = setting::in_force(tx)?;
                match letter::find(tx, &id)? {
                    Some(letter) => stale(tx, &letter, since),
                    None => Ok(true),
                }
            })
            .await?;
        if ended {
            Ok(())
        } else {
            Err(Failed::NotBefore(until))
        }
    }
}

/// The pause before the next try of a letter that has been put off so often.
fn pause(times: i64) -> i64 {
    let last = PAUSES.len() - 1;
    PAUSES[usize::try_from(times - 1).unwrap_or(0).min(last)]
}

fn turn(tx: &mut Tx, writers: &BTreeMap<&'static str, Writer>, id: &str) -> db::Result<Turn> {
    let Some(mut letter) = letter::find(tx, id)? else {
        return Ok(Turn::Ended);
    };
    let (setting, since) = setting::in_force(tx)?;
    // The job is run again when we died between its end and its row's.
    if letter::deferrals(tx, id)?.is_none() || stale(tx, &letter, since)? {
        return Ok(Turn::Ended);
    }
    if letter.to == letter::ERASED {
        letter::note(tx, &letter, Outcome::Withdrawn, "")?;
        return Ok(Turn::Ended);
    }
    if setting.relay == Relay::Off {
        return Ok(Turn::NotBefore(tx.now().plus_seconds(OFF_SECONDS)));
    }
    let said = match writers.get(letter.purpose.as_str()) {
        Some(writer) => writer(tx, id)?,
        None if letter.subject.is_empty() => Say::NoLonger("somebody it named was erased".to_owned()),
        None => Say::AsItStands,
    };
    match said {
        Say::AsItStands => {}
        Say::Write { subject, text } => (letter.subject, letter.text) = (subject, text),
        Say::NoLonger(why) => {
            letter::note(tx, &letter, Outcome::Withdrawn, &why)?;
            return Ok(Turn::Ended);
        }
        Say::Later(moment) => return Ok(Turn::NotBefore(moment)),
    }
    letter::name(&mut letter, setting.host());
    letter::write(tx, &letter)?;
    Ok(Turn::HandOver(Box::new(letter), setting))
}

/// Whether the letter has come to its end by the clock; if so, that is noted. With mail off nothing is given up.
fn stale(tx: &mut Tx, letter: &Waiting, since: Moment) -> db::Result<bool> {
    let now = tx.now();
    let on = setting::current(tx)?.relay != Relay::Off;
    let why = if letter.until.is_some_and(|until| until < now) {
        "it was no longer worth sending"
    } else if on && letter.queued_at.max(since).plus_seconds(GIVE_UP_SECONDS) <= now {
        "no relay took it for five days"
    } else {
        return Ok(false);
    };
    letter::note(tx, letter, Outcome::Expired, why)?;
    Ok(true)
}

async fn hand_over(
    lane: &mut Lane,
    letter: &Waiting,
    setting: &Setting,
    now: Moment,
) -> Result<(Outcome, String), Failed> {
    let message = match message(letter, setting) {
        Ok(message) => message,
        // The address got past us and is none: nobody will ever take it.
        Err(why) => return Ok((Outcome::Refused, why)),
    };
    if let Relay::Folder(path) = &setting.relay {
        return into_folder(Path::new(path), letter, &message.formatted());
    }
    let addresses = (setting.sender.parse::<Address>(), letter.to.parse::<Address>());
    let (Ok(from), Ok(to)) = addresses else {
        return Ok((Outcome::Refused, "the address cannot be written to".to_owned()));
    };
    let bytes = message.formatted();
    Ok(lane.send(setting, &Parcel { from, to, bytes }, now).await)
}

fn message(letter: &Waiting, setting: &Setting) -> Result<Message, String> {
    let address = |text: &str| {
        text.parse::<Address>()
            .map_err(|e| format!("the address cannot be written to: {e}"))
    };
    let name = match setting.sender_name.as_str() {
        "" => "muster",
        name => name,
    };
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_millis(letter.queued_at.0.unsigned_abs());
    Message::builder()
        .from(Mailbox::new(Some(name.to_owned()), address(&setting.sender)?))
        .to(Mailbox::new(None, address(&letter.to)?))
        .subject(&letter.subject)
        .message_id(Some(letter.message_id.clone()))
        .date(date)
        // RFC 3834: nobody's absence answers it.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(|e| format!("the letter cannot be written: {e}"))
}

fn into_folder(folder: &Path, letter: &Waiting, bytes: &[u8]) -> Result<(Outcome, String), Failed> {
    let wrote = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join(format!("{}.eml", letter.id)), bytes));
    match wrote {
        Ok(()) => Ok((Outcome::Accepted, "written into the folder".to_owned())),
        Err(e) => Err(Error::from(Fault::of("writing a letter into the mail folder", e)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::Letter;
    use db::{params, sql};

    fn sample(until: Option<Moment>) -> Letter {
        Letter {
            to: "ann@example.com".to_owned(),
            purpose: "sign-in",
            subject: "Sign in – today".to_owned(),
            text: "Your link: https://muster.example/x\n".to_owned(),
            until,
            secret: true,
        }
    }

    #[tokio::test]
    async fn with_mail_off_letters_wait_and_with_a_folder_they_go_out() {
        let db = Db::in_memory_for_tests();
        let runner = Poster::new().register(Runner::new(db.clone()));
        let until = db.now().plus_seconds(3600);
        db.write(Actor::Operator, move |tx| letter::post(tx, &sample(Some(until))))
            .await
            .expect("a letter");
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(letter::waiting_count).await.expect("reading works"), 1);

        let folder = tempfile::tempdir().expect("a scratch folder");
        let relay = Relay::Folder(folder.path().display().to_string());
        let setting = Setting {
            relay,
            sender: "muster@example.com".to_owned(),
            sender_name: String::new(),
            secret: None,
        };
        db.write(Actor::Operator, move |tx| setting::set(tx, &setting))
            .await
            .expect("a setting");
        db.set_now(db.now().plus_seconds(61));
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(letter::waiting_count).await.expect("reading works"), 0);
        let file = std::fs::read_dir(folder.path())
            .expect("the folder")
            .next()
            .expect("one letter")
            .expect("a file");
        let text = std::fs::read_to_string(file.path()).expect("readable");
        assert!(
            text.contains("To: ann@example.com") && text.contains("https://muster.example/x"),
            "{text}"
        );
        assert!(
            text.contains("@example.com>\r\n"),
            "the id got its host when it was known: {text}"
        );
        let kept: Option<String> = db
            .read(|r| r.one(sql!("select text_body from letter"), &params![], |row| row.get(0)))
            .await
            .expect("reading works");
        assert_eq!(kept.as_deref(), Some(letter::DROPPED), "a secret is not kept");
    }

    #[tokio::test]
    async fn a_letter_that_is_stale_comes_to_its_end_even_with_mail_off() {
        let db = Db::in_memory_for_tests();
        let runner = Poster::new().register(Runner::new(db.clone()));
        let until = db.now().plus_seconds(60);
        db.write(Actor::Operator, move |tx| letter::post(tx, &sample(Some(until))))
            .await
            .expect("a letter");
        db.set_now(db.now().plus_seconds(61));
        runner.run_all().await.expect("the queue works");
        assert_eq!(db.read(letter::waiting_count).await.expect("reading works"), 0);
        let failures = db.read(letter::failures).await.expect("reading works");
        assert_eq!(failures[0].outcome, "expired");
    }

    /// Letters to one address, with mail into a folder.
    async fn posted(letters: usize) -> (Db, Runner, tempfile::TempDir) {
        let db = Db::in_memory_for_tests();
        let folder = tempfile::tempdir().expect("a scratch folder");
        let relay = Relay::Folder(folder.path().display().to_string());
        let setting = Setting {
            relay,
            sender: "muster@example.com".to_owned(),
            sender_name: String::new(),
            secret: None,
        };
        db.write(Actor::Operator, move |tx| {
            setting::set(tx, &setting)?;
            (0..letters).try_for_each(|_| letter::post(tx, &sample(None)).map(|_| ()))
        })
        .await
        .expect("letters");
        let runner = Poster::new().register(Runner::new(db.clone()));
        (db, runner, folder)
    }

    async fn replies(db: &Db) -> Vec<(String, String)> {
        let found = db.read(|r| {
            r.rows(
                sql!("select outcome, reply from letter_try order by id limit 10"),
                &[],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        });
        found.await.expect("reading works")
    }

    #[tokio::test]
    async fn a_letter_that_waits_for_somebody_who_is_erased_is_withdrawn() {
        let (db, runner, folder) = posted(2).await;
        db.write(Actor::Operator, |tx| letter::erase(tx, "ANN@example.com"))
            .await
            .expect("she can be erased");
        runner.run_all().await.expect("the queue works");
        let withdrawn = ("withdrawn".to_owned(), String::new());
        assert_eq!(replies(&db).await, [withdrawn.clone(), withdrawn]);
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    }

    #[tokio::test]
    async fn a_letter_whose_words_were_erased_does_not_leave_empty() {
        let (db, runner, folder) = posted(1).await;
        db.write(Actor::Operator, |tx| {
            let id: Option<String> = tx.one(sql!("select id from letter"), &[], |row| row.get(0))?;
            letter::erase_text(tx, &id.unwrap_or_default())
        })
        .await
        .expect("its words can be erased");
        runner.run_all().await.expect("the queue works");
        assert_eq!(replies(&db).await[0].0, "withdrawn");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    }

    #[tokio::test]
    async fn what_a_relay_says_after_somebody_was_erased_is_not_kept() {
        let (db, _, _folder) = posted(1).await;
        let waiting = db
            .read(|r| {
                let id: Option<String> = r.one(sql!("select id from letter"), &[], |row| row.get(0))?;
                letter::find(r, &id.unwrap_or_default())
            })
            .await
            .expect("reading works")
            .expect("a letter");
        db.write(Actor::Operator, move |tx| {
            letter::erase(tx, "ann@example.com")?;
            letter::note(tx, &waiting, Outcome::Refused, "550 <ann@example.com>: unknown")
        })
        .await
        .expect("a try can be noted");
        assert_eq!(replies(&db).await, [("refused".to_owned(), String::new())]);
    }

    #[test]
    fn pauses_grow_and_the_last_one_stays() {
        let pauses: Vec<i64> = [1, 2, 6, 7, 700].map(pause).into();
        assert_eq!(pauses, [60, 120, 3_600, 3_600, 3_600]);
    }
}
