//! Where the two engines differ; nothing else in the program may know.
//!
//! Schema text is written for SQLite and adapted; a one-row insert is widened to many rows for PostgreSQL,
//! where each statement costs a round trip; advisory locks and skipping locked rows exist only there.

use crate::{Fault, Reader, Result, Row, Sql, Tx, Value, postgres::Session, tx::Conn};

/// PostgreSQL takes at most 65,535 values in a statement; 1,000 rows are past the point of gain.
const VALUES_MAX: usize = 60_000;
const ROWS_MAX: usize = 1_000;

/// The schema text as PostgreSQL wants it.
pub fn for_postgres(schema: &str) -> String {
    schema
        .lines()
        .map(|line| {
            let (code, comment) = line.split_at(line.find("--").unwrap_or(line.len()));
            let words: Vec<&str> = code
                .split(' ')
                .map(|word| match word {
                    "blob" => "bytea",
                    "blob," => "bytea,",
                    // By bytes, as SQLite and Rust compare: the same order and the same ranges on both engines,
                    // whatever language the server was set up in.
                    "text" => "text collate \"C\"",
                    "text," => "text collate \"C\",",
                    _ => word,
                })
                .collect();
            words.join(" ") + comment + "\n"
        })
        .collect()
}

/// How each engine says that text is ordered by its bytes; left alone, PostgreSQL orders by the server's language.
pub(crate) fn composed_for_sqlite(text: &str) -> String {
    text.replace("collate bytes", "collate binary")
}

pub(crate) fn composed_for_postgres(text: &str) -> String {
    text.replace("collate bytes", "collate \"C\"")
}

pub(crate) fn execute_many(
    session: &mut Session,
    text: &'static str,
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> Result<u64> {
    let mut changed = 0;
    let mut flat: Vec<Value> = Vec::new();
    let mut waiting = 0;
    let mut width = 1;
    for row in rows {
        width = row.len().max(1);
        flat.extend(row);
        waiting += 1;
        if waiting == ROWS_MAX.min(VALUES_MAX / width) {
            changed += session.execute(&widen(text, width, waiting)?, &flat)?;
            flat.clear();
            waiting = 0;
        }
    }
    // The rest in powers of two, so that only a few texts of each statement are ever prepared.
    let mut rest = flat.as_slice();
    while waiting > 0 {
        let take = 1 << waiting.ilog2();
        let (now, later) = rest.split_at(take * width);
        changed += session.execute(&widen(text, width, take)?, now)?;
        rest = later;
        waiting -= take;
    }
    Ok(changed)
}

/// Rows that go out in one statement without being waited for; each number of rows is a text that stays prepared.
const LEFT_ROWS_MAX: usize = 32;

pub(crate) fn leave_many(session: &mut Session, text: &'static str, rows: Vec<Vec<Value>>) -> Result<()> {
    match rows.first().map(Vec::len) {
        None => Ok(()),
        Some(width) if rows.len() <= LEFT_ROWS_MAX => {
            session.leave(&widen(text, width, rows.len())?, &rows.concat())
        }
        Some(_) => execute_many(session, text, rows).map(|_| ()),
    }
}

/// Repeats the `($1, …, $n)` of an insert `rows` times with the numbers going on.
fn widen(text: &str, width: usize, rows: usize) -> Result<String> {
    let broken = || Fault::new("widening an insert that is not `values ($1, …)`");
    let start = text.rfind("values (").ok_or_else(broken)? + "values ".len();
    let end = start + text[start..].find(')').ok_or_else(broken)? + 1;
    let columns = text[start + 1..end - 1].split(',').map(str::trim);
    if !columns.enumerate().all(|(i, c)| c == format!("${}", i + 1))
        || text[start..end].matches('$').count() != width
    {
        return Err(broken().into());
    }
    let mut wide = String::with_capacity(text.len() + rows * width * 7);
    wide.push_str(&text[..start]);
    for row in 0..rows {
        wide.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            let comma = if column == 0 { "" } else { ", " };
            wide.push_str(&format!("{comma}${}", row * width + column + 1));
        }
        wide.push(')');
    }
    wide.push_str(&text[end..]);
    Ok(wide)
}

impl Tx {
    /// Makes this the only transaction of that number, on every node: waits until no other holds it. To be called before
    /// anything else. On SQLite there is one writer, which is alone anyhow.
    ///
    /// On PostgreSQL such a transaction sees one snapshot and is not watched for what others read and write meanwhile, as
    /// all others are: it would lose every race against busy writers, and never get done. So it is for work whose rows
    /// nobody else changes; if somebody did since it looked, it is run again.
    ///
    /// # Errors
    /// A fault of the engine, or of the caller if the transaction has begun already.
    pub fn alone(&mut self, number: i64) -> Result<()> {
        match &mut self.reader.conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(session) => session.alone(number),
        }
    }

    /// Like [`Reader::rows`], for claiming: rows that another node is just claiming are passed over.
    /// The statement must end where a locking clause may follow.
    ///
    /// # Errors
    /// A fault of the engine, or whatever `read` answers.
    pub fn claimable<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        match &mut self.reader.conn {
            Conn::Sqlite(_) => self.reader.rows(sql, values, read),
            Conn::Postgres(session) => session.claimable(sql.0, values, read),
        }
    }
}

impl Session {
    fn alone(&mut self, number: i64) -> Result<()> {
        self.begin_unwatched()?;
        self.each(
            "select pg_advisory_xact_lock($1)",
            &[Value::Int(number)],
            &mut |_| Ok(()),
        )
    }

    fn claimable<T>(
        &mut self,
        text: &str,
        values: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(&format!("{text} for update skip locked"), values, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

impl Reader {
    /// Bytes the database takes on disk.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn size_on_disk(&mut self) -> Result<i64> {
        let text = match self.conn {
            Conn::Sqlite(_) => "select page_count * page_size from pragma_page_count(), pragma_page_size()",
            Conn::Postgres(_) => "select pg_database_size(current_database())",
        };
        Ok(self.one(Sql(text), &[], |row| row.get(0))?.unwrap_or(0))
    }

    pub fn engine(&self) -> &'static str {
        match self.conn {
            Conn::Sqlite(_) => "SQLite",
            Conn::Postgres(_) => "PostgreSQL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_text_changes_types_but_not_comments() {
        assert_eq!(
            for_postgres("    key blob not null, -- a blob"),
            "    key bytea not null, -- a blob\n"
        );
        assert_eq!(
            for_postgres("    name text, -- a text"),
            "    name text collate \"C\", -- a text\n"
        );
    }

    #[test]
    fn an_insert_is_widened_with_its_tail_kept() {
        let wide = widen(
            "insert into t (a, b) values ($1, $2) on conflict do nothing",
            2,
            2,
        )
        .expect("a plain insert");
        assert_eq!(
            wide,
            "insert into t (a, b) values ($1, $2), ($3, $4) on conflict do nothing"
        );
        assert!(widen("insert into t (a) values (1)", 1, 2).is_err());
        assert!(widen("update t set a = $1", 1, 2).is_err());
    }
}
