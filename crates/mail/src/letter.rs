//! Letters and what became of them.

use db::{Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use jobs::NewJob;

use crate::post;

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
    /// When it stops being worth sending; its text is dropped then, and when it was taken.
    pub until: Option<Moment>,
}

/// A letter that waits, as the posting job sees it.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub message_id: String,
    pub queued_at: Moment,
    pub until: Option<Moment>,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Deferred,
    Refused,
}

impl Outcome {
    pub fn text(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Deferred => "deferred",
            Outcome::Refused => "refused",
        }
    }
}

/// Stands in for the text of a letter that carried a secret.
pub const DROPPED: &str = "(This letter carried a sign-in link. Its text was not kept.)";

/// Puts a letter down, to be posted after this transaction.
///
/// # Errors
/// A refusal when the address cannot be one; a fault of the engine.
pub fn post(tx: &mut Tx, letter: &Letter) -> Result<Id<LetterKind>> {
    check_address(&letter.to)?;
    let id = tx.new_id::<LetterKind>();
    let message_id = format!("<{id}@muster.invalid>");
    tx.execute(
        sql!(
            "insert into letter (id, to_address, purpose, subject, text_body, message_id, queued_at, until)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            &letter.to,
            letter.purpose,
            &letter.subject,
            &letter.text,
            message_id,
            tx.now(),
            letter.until
        ],
    )?;
    let job = NewJob {
        kind: post::JOB,
        dedup_key: id.to_string(),
        payload: id.to_string(),
        run_at: tx.now(),
    };
    jobs::enqueue(tx, &job)?;
    Ok(id)
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
            "select id, to_address, subject, text_body, message_id, queued_at, until
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
            })
        },
    )
}

pub(crate) fn note(tx: &mut Tx, letter: &Waiting, outcome: Outcome, reply: &str) -> Result<()> {
    let id = tx.new_id::<LetterKind>();
    tx.execute(
        sql!("insert into letter_try (id, letter_id, tried_at, outcome, reply) values ($1, $2, $3, $4, $5)"),
        &params![id, &letter.id, tx.now(), outcome.text(), reply],
    )?;
    if letter.until.is_some() && outcome != Outcome::Deferred {
        tx.execute(
            sql!("update letter set text_body = $1 where id = $2"),
            &params![DROPPED, &letter.id],
        )?;
    }
    Ok(())
}

/// Takes the address and the text out of every letter to this address. That letters were sent stays.
///
/// # Errors
/// A fault of the engine.
pub fn erase(tx: &mut Tx, address: &str) -> Result<u64> {
    tx.execute(
        sql!("update letter set to_address = 'erased', text_body = '', subject = '' where lower(to_address) = lower($1)"),
        &params![address],
    )
}

/// How many letters have been neither taken nor refused.
///
/// # Errors
/// A fault of the engine.
pub fn waiting_count(reader: &mut Reader) -> Result<i64> {
    let n = reader.one(
        sql!(
            "select cast(count(l.id) as bigint)
             from letter l
             where not exists (
                 select 1
                 from letter_try t
                 where t.letter_id = l.id
                   and t.outcome in ('accepted', 'refused')
             )"
        ),
        &[],
        |row| row.get(0),
    )?;
    Ok(n.unwrap_or(0))
}
