//! The server engine: several lanes, each one connection, statements kept prepared.
//!
//! Every transaction is serializable, so that what is right on the single SQLite writer is right here;
//! what loses the race is run again, a bounded number of times, with a pause.

use std::{collections::HashMap, error::Error as StdError, time::Duration};

use ::postgres::{
    Client, NoTls, Statement,
    error::SqlState,
    fallible_iterator::FallibleIterator,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{
    Fault, FaultKind, Result, Row, Value,
    lane::{Outcome, Work},
    row::Inner,
    tx::{Conn, Tx},
};

/// How often a write that lost a race is run again before the caller is told.
const TRIES_MAX: u32 = 30;

pub(crate) struct Session {
    url: String,
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(crate) fn open(url: &str) -> Result<Session> {
        Ok(Session {
            url: url.to_owned(),
            client: connect(url)?,
            statements: HashMap::new(),
        })
    }

    /// A connection that was lost is made anew before the next piece of work.
    pub(crate) fn mend(&mut self) -> Result<()> {
        if self.client.is_closed() {
            self.client = connect(&self.url)?;
            self.statements.clear();
        }
        Ok(())
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        Ok(self.client.batch_execute(text).map_err(|e| fault(text, e))?)
    }

    pub(crate) fn each(
        &mut self,
        text: &'static str,
        values: &[Value],
        visit: impl FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        self.each_text(text, values, visit)
    }

    pub(crate) fn each_text(
        &mut self,
        text: &str,
        values: &[Value],
        mut visit: impl FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepare(text)?;
        let mut rows = self
            .client
            .query_raw(&statement, values)
            .map_err(|e| fault(text, e))?;
        while let Some(row) = rows.next().map_err(|e| fault(text, e))? {
            visit(&Row(Inner::Postgres(&row)))?;
        }
        Ok(())
    }

    pub(crate) fn execute(&mut self, text: &str, values: &[Value]) -> Result<u64> {
        let statement = self.prepare(text)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as &(dyn ToSql + Sync)).collect();
        Ok(self
            .client
            .execute(&statement, &values)
            .map_err(|e| fault(text, e))?)
    }

    fn prepare(&mut self, text: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(text).map_err(|e| fault(text, e))?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn connect(url: &str) -> Result<Client> {
    Ok(Client::connect(url, NoTls).map_err(|e| fault("connecting to PostgreSQL", e))?)
}

fn fault(doing: &str, source: ::postgres::Error) -> Fault {
    let state = source.code();
    let kind = if state == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
        || state == Some(&SqlState::T_R_DEADLOCK_DETECTED)
    {
        FaultKind::Busy
    } else if state == Some(&SqlState::DISK_FULL) {
        FaultKind::Full
    } else {
        FaultKind::Other
    };
    let detail = source
        .as_db_error()
        .map(|e| e.message().to_owned())
        .unwrap_or_default();
    Fault::of(format!("{doing} ({detail})"), source).kind(kind)
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
    session(tx)?.mend().map_err(into_fault)?;
    session(tx)?
        .batch("begin isolation level serializable")
        .map_err(into_fault)?;
    let outcome = work.run(tx);
    let end = if matches!(outcome, Outcome::Keep) {
        "commit"
    } else {
        "rollback"
    };
    session(tx)?.batch(end).map_err(into_fault)?;
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
