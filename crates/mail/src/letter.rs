//! Letters and what became of them.

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use jobs::NewJob;

use crate::{post, setting};

/// Failures that are shown: enough to see what is wrong with a relay, or whose address is.
const FAILURES_MAX: i64 = 50;

/// `let_…`
pub enum LetterKind {}
impl Kind for LetterKind {
    const PREFIX: &'static str = "let";
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    /// Why, in a word: 'sign-in', 'reminder'.
    pub purpose: &'static str,
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// When it stops being worth sending.
    pub until: Option<Moment>,
    /// It holds a secret: once it is sent or stale, its text is dropped.
    pub secret: bool,
}

/// A letter that waits, as the posting job sees it.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub purpose: String,
    pub message_id: String,
    pub queued_at: Moment,
    pub until: Option<Moment>,
    pub keeps_text: bool,
}

/// How a try ended. Only a deferred letter is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Deferred,
    /// The relay said no for good.
    Refused,
    /// Whoever wanted it sent no longer did when its turn came.
    Withdrawn,
    /// Nobody took it for so long that we gave up, or it was no longer worth sending.
    Expired,
}

impl Outcome {
    pub fn text(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Deferred => "deferred",
            Outcome::Refused => "refused",
            Outcome::Withdrawn => "withdrawn",
            Outcome::Expired => "expired",
        }
    }
}

/// A letter that did not arrive, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub to: String,
    pub subject: String,
    pub outcome: String,
    pub reply: String,
    pub at: Moment,
}

/// Stands in for the text of a letter that carried a secret.
pub const DROPPED: &str = "(This letter carried a sign-in link. Its text was not kept.)";

/// Stands in for the address of somebody who was erased.
pub const ERASED: &str = "erased";

/// Puts a letter down, to be posted after this transaction.
///
/// # Errors
/// A refusal when the address cannot be one; a fault of the engine.
pub fn post(tx: &mut Tx, letter: &Letter) -> Result<Id<LetterKind>> {
    check_address(&letter.to)?;
    let mut ids = post_many(tx, std::slice::from_ref(letter))?;
    Ok(ids.pop().expect("one letter has one id"))
}

/// Puts many letters down; the caller has looked at the addresses with [`check_address`].
///
/// # Errors
/// A fault of the engine.
pub fn post_many(tx: &mut Tx, letters: &[Letter]) -> Result<Vec<Id<LetterKind>>> {
    let (now, setting) = (tx.now(), setting::current(tx)?);
    let mut ids = Vec::with_capacity(letters.len());
    let (mut rows, mut work) = (Vec::new(), Vec::new());
    for letter in letters {
        let id = tx.new_id::<LetterKind>();
        let message_id = message_id(id.as_str(), setting.host());
        let keeps = i64::from(!letter.secret);
        rows.push(
            params![
                &id,
                &letter.to,
                letter.purpose,
                &letter.subject,
                &letter.text,
                message_id,
                now,
                letter.until,
                keeps
            ]
            .to_vec(),
        );
        work.push(NewJob {
            kind: post::JOB,
            dedup_key: id.to_string(),
            payload: id.to_string(),
            run_at: now,
        });
        ids.push(id);
    }
    tx.insert_many(
        sql!(
            "insert into letter
                 (id, to_address, purpose, subject, text_body, message_id, queued_at, until, keeps_text)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        rows,
    )?;
    jobs::queue::enqueue_many(tx, &work)?;
    Ok(ids)
}

/// The same for every try, so that a relay and a mailbox can tell a letter that comes twice. Empty until it is known from
/// which host letters come.
fn message_id(id: &str, host: Option<&str>) -> String {
    host.map(|host| format!("<{id}@{host}>")).unwrap_or_default()
}

/// One `@`, something on both sides, nothing that could end a header line.
///
/// # Errors
/// A refusal naming the field `email`.
pub fn check_address(address: &str) -> Result<()> {
    let parts: Vec<&str> = address.split('@').collect();
    let fits = parts.len() == 2
        && parts.iter().all(|part| !part.is_empty())
        && address.len() <= 254
        && !address
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>,;\"".contains(c));
    if fits {
        return Ok(());
    }
    Err(Refusal::new(
        "not-an-address",
        "Type an e-mail address such as name@example.com.",
    )
    .field("email")
    .into())
}

pub(crate) fn find(reader: &mut Reader, id: &str) -> Result<Option<Waiting>> {
    reader.one(
        sql!(
            "select id, to_address, subject, text_body, message_id, queued_at, until, purpose, keeps_text
             from letter
             where id = $1"
        ),
        &params![id],
        |row| {
            Ok(Waiting {
                id: row.get(0)?,
                to: row.get(1)?,
                subject: row.get(2)?,
                text: row.get(3)?,
                message_id: row.get(4)?,
                queued_at: row.get(5)?,
                until: row.get(6)?,
                purpose: row.get(7)?,
                keeps_text: row.get::<i64>(8)? == 1,
            })
        },
    )
}

/// How often the letter has been put off, or `None` when it has come to its end.
pub(crate) fn deferrals(reader: &mut Reader, id: &str) -> Result<Option<i64>> {
    let (all, deferred) = reader
        .one(
            sql!(
                "select cast(count(*) as bigint), cast(count(case when outcome = 'deferred' then 1 end) as bigint)
                 from letter_try
                 where letter_id = $1"
            ),
            &params![id],
            |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)),
        )?
        .unwrap_or_default();
    Ok((all == deferred).then_some(deferred))
}

/// Keeps what is handed over, as it is handed over.
pub(crate) fn write(tx: &mut Tx, letter: &Waiting) -> Result<()> {
    tx.execute(
        sql!("update letter set subject = $1, text_body = $2, message_id = $3 where id = $4"),
        &params![&letter.subject, &letter.text, &letter.message_id, &letter.id],
    )?;
    Ok(())
}

/// Gives the letter the id it did not get when it was put down, because mail was off.
pub(crate) fn name(letter: &mut Waiting, host: Option<&str>) {
    if letter.message_id.is_empty() {
        letter.message_id = message_id(&letter.id, host);
    }
}

pub(crate) fn note(tx: &mut Tx, letter: &Waiting, outcome: Outcome, reply: &str) -> Result<()> {
    let id = tx.new_id::<LetterKind>();
    // Whoever was erased while the letter was on its way: a relay repeats addresses in what it says.
    tx.execute(
        sql!(
            "insert into letter_try (id, letter_id, tried_at, outcome, reply)
             select $1, id, cast($2 as bigint), $3, case when to_address = $4 then '' else $5 end
             from letter
             where id = $6"
        ),
        &params![id, tx.now(), outcome.text(), ERASED, reply, &letter.id],
    )?;
    if letter.until.is_some() && !letter.keeps_text && outcome != Outcome::Deferred {
        tx.execute(
            sql!("update letter set text_body = $1 where id = $2"),
            &params![DROPPED, &letter.id],
        )?;
    }
    Ok(())
}

/// Takes the address, the text and what relays said out of every letter to this address. That letters were sent stays; one
/// that still waits is withdrawn when its turn comes.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, address: &str) -> Result<u64> {
    tx.execute(
        sql!(
            "update letter_try
             set reply = ''
             where letter_id in (select id from letter where lower(to_address) = lower($1))"
        ),
        &params![address],
    )?;
    tx.execute(
        sql!("update letter set to_address = $1, text_body = '', subject = '' where lower(to_address) = lower($2)"),
        &params![ERASED, address],
    )
}

/// Takes the words out of a letter that names somebody who is erased. One that still waits is withdrawn when its turn
/// comes, unless whoever wanted it writes it anew.
///
/// # Errors
/// A fault of the engine.
pub fn erase_text(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute(
        sql!("update letter set text_body = '', subject = '' where id = $1"),
        &params![id],
    )?;
    Ok(())
}

/// How many letters have not come to their end.
///
/// # Errors
/// A fault of the engine.
pub fn waiting_count(reader: &mut Reader) -> Result<i64> {
    let n = reader.one(
        sql!("select cast(count(*) as bigint) from job where kind = $1 and given_up_at is null"),
        &params![post::JOB],
        |row| row.get(0),
    )?;
    Ok(n.unwrap_or(0))
}

/// The letters that nobody took, the newest first.
///
/// # Errors
/// A fault of the engine.
pub fn failures(reader: &mut Reader) -> Result<Vec<Failure>> {
    reader.rows(
        sql!(
            "select l.to_address, l.subject, t.outcome, t.reply, t.tried_at
             from letter_try t
             join letter l on l.id = t.letter_id
             where t.outcome in ('refused', 'expired')
             order by t.tried_at desc, t.id desc
             limit $1"
        ),
        &params![FAILURES_MAX],
        |row| {
            Ok(Failure {
                to: row.get(0)?,
                subject: row.get(1)?,
                outcome: row.get(2)?,
                reply: row.get(3)?,
                at: row.get(4)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_add_a_header_is_refused() {
        for address in ["a@b\r\nBcc: c@d", "a b@c", "a@b@c", "@b", "a@", "a@b,c@d", ""] {
            assert!(check_address(address).is_err(), "{address}");
        }
        assert!(check_address("o'neil+x@exämple.com").is_ok());
    }
}
