//! Reading from one snapshot, and writing as one actor, at one instant, in one commit.
//!
//! A [`Tx`] is lent to a closure by the lane that owns the connection; it cannot be kept. It knows five
//! things and is not to learn more: reading, writing, who, when, and new unpredictable bytes.

use std::ops::{Deref, DerefMut};

use crate::{
    Actor, Day, Fault, Id, Kind, Moment, Result, Row, Value, Zone,
    clock::Dice,
    dialect,
    postgres::{Lasts, Session},
    sql,
    value::Sql,
};

pub(crate) enum Conn {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Session>),
}

/// One consistent view of the rows.
pub struct Reader {
    pub(crate) conn: Conn,
    pub(crate) now: Moment,
    pub(crate) zone: Option<Zone>,
    /// No snapshot surrounds the statement, so there is only one; `Some(true)` once it was asked.
    pub(crate) glance: Option<bool>,
}

impl Reader {
    pub(crate) fn new(conn: Conn) -> Reader {
        Reader {
            conn,
            now: Moment(0),
            zone: None,
            glance: None,
        }
    }

    /// Every row, each turned into a `T`. The statement carries its own limit.
    ///
    /// # Errors
    /// A fault of the engine, or whatever `read` answers.
    pub fn rows<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The only row, or `None`.
    ///
    /// # Errors
    /// A fault when there is more than one, or of the engine; or whatever `read` answers.
    pub fn one<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.each(sql, values, |row| {
            if found.is_some() {
                return Err(Fault::new("reading one row where there are several").into());
            }
            found = Some(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Visits every row in constant memory.
    ///
    /// # Errors
    /// A fault of the engine, or whatever `visit` answers, which ends the visit.
    pub fn each(
        &mut self,
        sql: Sql,
        values: &[Value],
        mut visit: impl FnMut(&Row) -> Result<()>,
    ) -> Result<()> {
        self.visit(sql, values, &mut visit)
    }

    // Compiled once, not for every question.
    fn visit(&mut self, sql: Sql, values: &[Value], visit: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
        if let Some(asked) = &mut self.glance
            && std::mem::replace(asked, true)
        {
            return Err(Fault::new("asking a second statement where a glance is one").into());
        }
        match &mut self.conn {
            Conn::Sqlite(conn) => crate::sqlite::each(conn, sql.0, values, visit),
            Conn::Postgres(session) => session.each(sql.0, values, visit),
        }
    }

    /// Asks at once what `reads` is going to ask one after another, so that the server is waited for only once. The reads
    /// themselves follow, and find their answers there; a write in between makes them ask again.
    ///
    /// Here they find no row: what a question is about has to be known before, and what they answer counts for nothing.
    /// The embedded engine is asked when it is asked.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn ahead(&mut self, reads: impl FnOnce(&mut Reader) -> Result<()>) -> Result<()> {
        self.ask_at_once(reads, Lasts::UntilWritten)
    }

    fn ask_at_once<T>(&mut self, reads: impl FnOnce(&mut Reader) -> Result<T>, lasts: Lasts) -> Result<()> {
        let Conn::Postgres(session) = &mut self.conn else {
            return Ok(());
        };
        session.note();
        let zone = self.zone.clone();
        drop(reads(self));
        self.zone = zone;
        match &mut self.conn {
            Conn::Postgres(session) => session.ask_noted(lasts),
            Conn::Sqlite(_) => Ok(()),
        }
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The organisation's zone; UTC until it has been set.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn zone(&mut self) -> Result<Zone> {
        if let Some(zone) = &self.zone {
            return Ok(zone.clone());
        }
        let name: Option<String> =
            self.one(sql!("select value from meta where name = 'zone'"), &[], |row| {
                row.get(0)
            })?;
        let zone = name.and_then(|name| Zone::named(&name)).unwrap_or_else(Zone::utc);
        self.zone = Some(zone.clone());
        Ok(zone)
    }

    /// The day it is in the organisation's zone.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn today(&mut self) -> Result<Day> {
        Ok(self.now.day(&self.zone()?))
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(conn) => Ok(conn
                .execute_batch(text)
                .map_err(|e| crate::sqlite::fault("running a batch", e))?),
            Conn::Postgres(session) => session.batch(text),
        }
    }
}

/// One actor, one instant, one commit.
pub struct Tx {
    pub(crate) reader: Reader,
    pub(crate) actor: Actor,
    pub(crate) dice: Dice,
    /// A closure of this lane found the disk full.
    pub(crate) no_room: bool,
}

impl Tx {
    /// [`Reader::rows`], here again so that `tx.now()` can stand among the values.
    ///
    /// # Errors
    /// As there.
    pub fn rows<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.reader.rows(sql, values, read)
    }

    /// [`Reader::one`], likewise.
    ///
    /// # Errors
    /// As there.
    pub fn one<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        self.reader.one(sql, values, read)
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Moment {
        self.reader.now
    }

    /// Runs a statement that changes rows and says how many.
    ///
    /// # Errors
    /// A fault of the engine, a broken constraint among them.
    pub fn execute(&mut self, sql: Sql, values: &[Value]) -> Result<u64> {
        match &mut self.reader.conn {
            Conn::Sqlite(conn) => crate::sqlite::execute(conn, sql.0, values),
            Conn::Postgres(session) => session.execute(sql.0, values),
        }
    }

    /// [`Tx::execute`] for an insert, or a change, whose count nobody needs. On PostgreSQL nobody waits for it either: it goes out
    /// with the next statement or with the commit, and its fault, if it has one, is theirs.
    ///
    /// # Errors
    /// A fault of the engine, a broken constraint among them.
    pub fn insert(&mut self, sql: Sql, values: &[Value]) -> Result<()> {
        match &mut self.reader.conn {
            Conn::Sqlite(conn) => crate::sqlite::execute(conn, sql.0, values).map(|_| ()),
            Conn::Postgres(session) => session.leave(sql.0, values),
        }
    }

    /// Runs a one-row `insert … values ($1, …, $n)` for many rows.
    ///
    /// # Errors
    /// A fault of the engine, a broken constraint among them.
    pub fn execute_many(&mut self, sql: Sql, rows: impl IntoIterator<Item = Vec<Value>>) -> Result<u64> {
        match &mut self.reader.conn {
            Conn::Sqlite(conn) => crate::sqlite::execute_many(conn, sql.0, rows),
            Conn::Postgres(session) => dialect::execute_many(session, sql.0, rows),
        }
    }

    /// [`Tx::execute_many`] where nobody needs the count; as with [`Tx::insert`], nobody waits when the rows are few.
    ///
    /// # Errors
    /// As for [`Tx::insert`].
    pub fn insert_many(&mut self, sql: Sql, rows: Vec<Vec<Value>>) -> Result<()> {
        match &mut self.reader.conn {
            Conn::Sqlite(conn) => crate::sqlite::execute_many(conn, sql.0, rows).map(|_| ()),
            Conn::Postgres(session) => dialect::leave_many(session, sql.0, rows),
        }
    }

    /// [`Reader::ahead`] for several pieces of work of this transaction: each answer is kept for the first who asks, through
    /// whatever is written until then. So nobody may write what a question is about without having asked it.
    ///
    /// Says what `reads` read; `None` on the embedded engine, which is asked when it is asked.
    ///
    /// # Errors
    /// A fault of the engine, or whatever `reads` answers.
    pub fn foresee<T>(&mut self, reads: impl Fn(&mut Reader) -> Result<T>) -> Result<Option<T>> {
        self.reader.ask_at_once(&reads, Lasts::UntilAsked)?;
        match &mut self.reader.conn {
            Conn::Sqlite(_) => return Ok(None),
            Conn::Postgres(session) => session.peek(true),
        }
        let read = reads(&mut self.reader);
        if let Conn::Postgres(session) = &mut self.reader.conn {
            session.peek(false);
        }
        read.map(Some)
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn new_id<K: Kind>(&mut self) -> Id<K> {
        let now = self.reader.now;
        Id::from_ulid(self.dice.ulid(now))
    }

    /// Unpredictable bytes, good enough for keys and tokens.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.dice.fill(&mut bytes);
        bytes
    }

    /// Sets the zone in which instants become days.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn set_zone(&mut self, zone: &Zone) -> Result<()> {
        self.execute(
            sql!(
                "insert into meta (name, value)
                 values ('zone', $1)
                 on conflict (name) do update set value = excluded.value"
            ),
            &[Value::from(zone.name())],
        )?;
        self.reader.zone = Some(zone.clone());
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}
