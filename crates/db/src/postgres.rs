//! The server engine: several lanes, each one connection, statements kept prepared.
//!
//! Every transaction is serializable, so that what is right on the single SQLite writer is right here;
//! what loses the race is run again, a bounded number of times, with a pause.

use std::{collections::HashMap, error::Error as StdError, pin::pin, time::Duration};

use futures_util::{
    StreamExt, TryStreamExt,
    future::{join, join_all},
};
use tokio_postgres::{
    Client, Statement,
    error::{DbError, Severity, SqlState},
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{
    Fault, FaultKind, Result, Row, Value,
    address::Address,
    lane::{Outcome, Work},
    row::Inner,
    tx::{Conn, Tx},
    wire::{Unconnected, Wire},
};

/// How often a write that lost a race is run again before the caller is told.
const TRIES_MAX: u32 = 30;
/// What is right on the single writer of SQLite is right under this, or is run again.
const WRITER: &str = "set session characteristics as transaction isolation level serializable";
const BEGIN: &str = "begin";
/// For [`Tx::alone`].
const BEGIN_UNWATCHED: &str = "begin isolation level repeatable read";
/// A closure for reading sees one state of the database, and changes nothing.
const READER: &str = "set session characteristics as transaction isolation level repeatable read, read only";
/// Inserts that wait to go out with what follows them: few enough that what the server answers to them fits a socket, so that
/// neither end waits for the other to read.
const LEFT_MAX: usize = 128;
/// Statements that were put together and are kept prepared: those that are asked again and again are few.
const COMPOSED_MAX: usize = 64;

pub(crate) struct Session {
    address: Address,
    /// What its transactions are, told to the server whenever it connects.
    characteristics: &'static str,
    /// `None` until the first piece of work, and once it was lost until the next.
    wire: Option<Wire>,
    statements: HashMap<String, Statement>,
    composed: HashMap<String, Statement>,
    /// How the transaction is still to be begun, which goes out with the first statement.
    to_begin: Option<&'static str>,
    /// What was asked for and not sent yet. The transaction has begun when there is any.
    left: Vec<Left>,
    /// What was answered before it was asked.
    foretold: Vec<Foretold>,
    /// Questions are noted now, not asked.
    noting: Option<Vec<(String, Vec<Value>)>>,
    /// What was foretold is looked at now, and stays for whoever it is for.
    peeking: bool,
    /// How a statement failed, after which the transaction can only be undone.
    broken: Option<FaultKind>,
}

/// An insert nobody waits for: it goes out with the next statement or with the commit, and fails it.
struct Left {
    text: String,
    statement: Statement,
    values: Vec<Value>,
}

/// A question that was sent together with others, and its answer.
struct Foretold {
    text: String,
    values: Vec<Value>,
    rows: Vec<tokio_postgres::Row>,
    lasts: Lasts,
}

/// How long an answer holds that was given ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    UntilWritten,
    /// Nothing that is written meanwhile changes it.
    UntilAsked,
}

impl Session {
    pub(crate) fn writer(url: &str) -> Result<Session> {
        Session::new(url, WRITER)
    }

    pub(crate) fn reader(url: &str) -> Result<Session> {
        Session::new(url, READER)
    }

    /// Connects to nothing yet: a command that asks one question needs one connection, not one for each lane.
    fn new(url: &str, characteristics: &'static str) -> Result<Session> {
        Ok(Session {
            address: Address::parse(url)?,
            characteristics,
            wire: None,
            statements: HashMap::new(),
            composed: HashMap::new(),
            to_begin: None,
            left: Vec::new(),
            foretold: Vec::new(),
            noting: None,
            peeking: false,
            broken: None,
        })
    }

    /// Connects, before the first piece of work and before the next one after a connection was lost.
    pub(crate) fn mend(&mut self) -> Result<()> {
        if self.wire.is_none() {
            let wire = Wire::open(&self.address).map_err(|e| fault("connecting to PostgreSQL", e))?;
            self.wire = Some(wire);
            let told = self.batch(self.characteristics);
            if told.is_err() {
                self.wire = None;
            }
            return told;
        }
        Ok(())
    }

    /// Opens a transaction for one piece of work; nothing is sent yet.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.mend()?;
        self.to_begin = Some(BEGIN);
        self.left.clear();
        self.foretold.clear();
        self.noting = None;
        self.peeking = false;
        self.broken = None;
        Ok(())
    }

    /// The transaction, which must not have begun yet, sees one snapshot and is not held against what others read.
    pub(crate) fn begin_unwatched(&mut self) -> Result<()> {
        if self.to_begin.is_none() {
            return Err(Fault::new("asking to be alone in the middle of a transaction").into());
        }
        self.to_begin = Some(BEGIN_UNWATCHED);
        Ok(())
    }

    /// Makes what was written durable. The inserts that were left go out together with the commit: if one fails, the
    /// server undoes the transaction instead.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.to_begin.take().is_some() {
            return Ok(());
        }
        if let Some(kind) = self.broken {
            self.undo();
            return Err(Fault::new("committing what a failed statement has undone")
                .kind(kind)
                .into());
        }
        self.together("commit", async |client| client.batch_execute("commit").await)
    }

    /// Undoes the transaction, if one was begun. Nobody waits for the answer: it is read with the next one, and if
    /// the connection is lost, so is the transaction.
    pub(crate) fn undo(&mut self) {
        self.left.clear();
        if self.to_begin.take().is_none()
            && let Some(wire) = &mut self.wire
        {
            wire.far.tell(wire.client.batch_execute("rollback"));
        }
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        self.together(text, async |client| client.batch_execute(text).await)
    }

    /// From here on questions are noted, and answered with no row.
    pub(crate) fn note(&mut self) {
        self.noting = Some(Vec::new());
    }

    /// Asks what was noted and is not foretold already, all at once, and keeps the answers until each is asked for.
    pub(crate) fn ask_noted(&mut self, lasts: Lasts) -> Result<()> {
        let noted = self.noting.take().unwrap_or_default();
        let mut asked = Vec::with_capacity(noted.len());
        for (text, values) in noted {
            if self.foretold(&text, &values).is_some() {
                continue;
            }
            let statement = self.prepare(&text)?;
            asked.push((text, values, statement));
        }
        if asked.is_empty() {
            return Ok(());
        }
        let answers = self.together("asking ahead", async |client| {
            let answers = asked.iter().map(async |(_, values, statement)| {
                let rows = client.query_raw(statement, values).await?;
                rows.try_collect::<Vec<_>>().await
            });
            join_all(answers)
                .await
                .into_iter()
                .collect::<std::result::Result<Vec<_>, _>>()
        })?;
        let foretold = asked.into_iter().zip(answers);
        self.foretold
            .extend(foretold.map(|((text, values, _), rows)| Foretold {
                text,
                values,
                rows,
                lasts,
            }));
        Ok(())
    }

    /// Whether what is foretold is looked at, or taken by whoever asks.
    pub(crate) fn peek(&mut self, peeking: bool) {
        self.peeking = peeking;
    }

    fn foretold(&self, text: &str, values: &[Value]) -> Option<usize> {
        let is_asked = |one: &Foretold| one.text == text && one.values == values;
        self.foretold.iter().position(is_asked)
    }

    /// What is written may change what was foretold.
    fn writing(&mut self) {
        self.foretold.retain(|one| one.lasts == Lasts::UntilAsked);
    }

    pub(crate) fn each(
        &mut self,
        text: &str,
        values: &[Value],
        visit: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        if let Some(noted) = &mut self.noting {
            noted.push((text.to_owned(), values.to_vec()));
            return Ok(());
        }
        if let Some(at) = self.foretold(text, values) {
            let mut visit = |row| visit(&Row(Inner::Postgres(row)));
            if self.peeking {
                return self.foretold[at].rows.iter().try_for_each(&mut visit);
            }
            let Foretold { rows, .. } = self.foretold.swap_remove(at);
            return rows.iter().try_for_each(&mut visit);
        }
        let statement = self.prepare(text)?;
        self.visit(text, statement, values, visit)
    }

    /// [`Session::each`] for a text that may never come again.
    pub(crate) fn each_composed(
        &mut self,
        text: &str,
        values: &[Value],
        visit: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        if self.noting.is_some() {
            return Ok(());
        }
        let statement = match self.composed.get(text) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.together(text, async |client| client.prepare(text).await)?;
                if self.composed.len() == COMPOSED_MAX {
                    self.composed.clear();
                }
                self.composed.insert(text.to_owned(), statement.clone());
                statement
            }
        };
        self.visit(text, statement, values, visit)
    }

    fn visit(
        &mut self,
        text: &str,
        statement: Statement,
        values: &[Value],
        visit: &mut dyn FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        // If the server refused to begin, what goes out with it would run by itself: only what changes nothing may.
        if !text.starts_with("select") {
            self.begun()?;
        }
        self.together(text, async |client| {
            let mut rows = pin!(client.query_raw(&statement, values).await?);
            while let Some(row) = rows.next().await {
                if let Err(error) = visit(&Row(Inner::Postgres(&row?))) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    pub(crate) fn execute(&mut self, text: &str, values: &[Value]) -> Result<u64> {
        self.writing();
        let statement = self.prepare(text)?;
        self.begun()?;
        self.together(text, async |client| client.execute_raw(&statement, values).await)
    }

    /// [`Session::execute`] without waiting for it.
    pub(crate) fn leave(&mut self, text: &str, values: &[Value]) -> Result<()> {
        self.writing();
        if self.left.len() == LEFT_MAX {
            return self.execute(text, values).map(|_| ());
        }
        let statement = self.prepare(text)?;
        self.begun()?;
        self.left.push(Left {
            text: text.to_owned(),
            statement,
            values: values.to_vec(),
        });
        Ok(())
    }

    fn prepare(&mut self, text: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.together(text, async |client| client.prepare(text).await)?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    fn begun(&mut self) -> Result<()> {
        if let Some(begin) = self.to_begin.take() {
            self.batch(begin)?;
        }
        Ok(())
    }

    /// Sends what waits, and `last` behind it, and waits for all the answers at once.
    fn together<T>(
        &mut self,
        doing: &str,
        last: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        let begin = self.to_begin.take();
        let left = std::mem::take(&mut self.left);
        let Some(Wire { client, far }) = &mut self.wire else {
            return Err(Fault::new(format!("asking on a lost connection: {doing}")).into());
        };
        let before = async {
            if let Some(begin) = begin {
                client.batch_execute(begin).await.map_err(|e| (begin, e))?;
            }
            let sent = left
                .iter()
                .map(|left| client.execute_raw(&left.statement, &left.values));
            for (left, done) in left.iter().zip(join_all(sent).await) {
                done.map_err(|e| (left.text.as_str(), e))?;
            }
            Ok(())
        };
        // In this order: a future sends when it is first polled.
        let (doing, error) = match far.answer(join(before, last(client))) {
            Ok((Ok(()), Ok(done))) => return Ok(done),
            Ok((Err((first, error)), _)) => (first, error.into()),
            Ok((Ok(()), Err(error))) => (doing, error.into()),
            Err(lost) => (doing, lost),
        };
        if is_end(&error) {
            self.wire = None;
            self.statements.clear();
            self.composed.clear();
        }
        let fault = fault(doing, error);
        self.broken = Some(fault.kind);
        Err(fault.into())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.close();
        }
    }
}

fn said_by_server(error: &Unconnected) -> Option<&DbError> {
    match error {
        Unconnected::Server(error) => error.as_db_error(),
        _ => None,
    }
}

/// Whether the connection is of no more use: the server hung up, or what came is not an answer.
fn is_end(error: &Unconnected) -> bool {
    said_by_server(error)
        .is_none_or(|said| matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)))
}

fn fault(doing: &str, error: Unconnected) -> Fault {
    let said = said_by_server(&error);
    let kind = match said.map(DbError::code) {
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => FaultKind::Busy,
        Some(&SqlState::DISK_FULL) => FaultKind::Full,
        _ => FaultKind::Other,
    };
    let detail = said.map(|said| format!(" ({})", said.message()));
    Fault::of(format!("{doing}{}", detail.unwrap_or_default()), error).kind(kind)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(v) if *ty == Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
            Value::Int(v) if *ty == Type::INT2 => i16::try_from(*v)?.to_sql(ty, out),
            #[expect(clippy::cast_precision_loss, reason = "a whole number given for a double")]
            Value::Int(v) if *ty == Type::FLOAT8 => (*v as f64).to_sql(ty, out),
            Value::Int(v) if *ty == Type::INT8 => v.to_sql(ty, out),
            Value::Real(v) if *ty == Type::FLOAT8 => v.to_sql(ty, out),
            Value::Text(v) if <String as ToSql>::accepts(ty) => v.to_sql(ty, out),
            Value::Blob(v) if *ty == Type::BYTEA => v.to_sql(ty, out),
            _ => Err(format!("a value does not fit the column type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Runs one piece of work in its own transaction, again when it lost a race, and answers it.
///
/// Returns the fault that kept it from being committed, if one did.
pub(crate) fn run(tx: &mut Tx, mut work: Box<dyn Work>) -> Option<Fault> {
    let mut last = None;
    for attempt in 0..TRIES_MAX {
        match try_once(tx, work.as_mut()) {
            Ok(Outcome::Again) => last = Some(Fault::new("writing, beaten by other writers each time")),
            Ok(Outcome::Keep | Outcome::Undo) => {
                work.answer(None);
                return None;
            }
            Err(fault) if fault.kind == FaultKind::Busy => last = Some(fault),
            Err(fault) => {
                work.answer(Some(fault.shared()));
                return Some(fault);
            }
        }
        pause(attempt);
    }
    work.answer(last.as_ref().map(Fault::shared));
    last
}

#[expect(
    clippy::disallowed_methods,
    reason = "the lane's own thread waits for the other writers, nobody else"
)]
fn pause(attempt: u32) {
    std::thread::sleep(Duration::from_millis(u64::from(attempt + 1)));
}

fn try_once(tx: &mut Tx, work: &mut dyn Work) -> std::result::Result<Outcome, Fault> {
    session(tx)?.begin().map_err(into_fault)?;
    let outcome = work.run(tx);
    match outcome {
        Outcome::Keep => session(tx)?.commit().map_err(into_fault)?,
        Outcome::Undo | Outcome::Again => session(tx)?.undo(),
    }
    Ok(outcome)
}

fn session(tx: &mut Tx) -> std::result::Result<&mut Session, Fault> {
    match &mut tx.reader.conn {
        Conn::Postgres(session) => Ok(session),
        Conn::Sqlite(_) => Err(Fault::new("running a server lane on the embedded engine")),
    }
}

fn into_fault(error: crate::Error) -> Fault {
    match error {
        crate::Error::Fault(fault) => fault,
        crate::Error::Refused(refusal) => Fault::new(refusal.sentence),
    }
}
