//! A statement for reading that is put together while the program runs, out of pieces that are all in the source.
//!
//! A filter that somebody sends has as many shapes as they like, so it cannot be one `sql!` literal. What may stand in
//! the text is nevertheless only a [`Piece`], which is a literal of ours, and the number of a value: there is no way to
//! put a character of anybody's input into it. The engines agree on every function that pieces use; where they order
//! text differently, a piece says `collate bytes`, and `dialect.rs` puts the engine's own word there.
//!
//! Not here: anything that writes. Those statements are literals.

use std::fmt;

use crate::{Fault, Reader, Result, Row, Value, dialect, tx::Conn};

/// A part of a statement's text. Made only by the [`crate::piece!`] macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece(&'static str);

impl Piece {
    #[doc(hidden)]
    pub const fn from_literal(text: &'static str) -> Piece {
        Piece(text)
    }
}

/// The text so far, and the values for its `$1`, `$2`, ….
#[derive(Debug, Clone, PartialEq)]
pub struct Composed {
    text: String,
    values: Vec<Value>,
}

/// PostgreSQL takes 65,535 values and SQLite 32,766; a filter of four kilobytes has a few hundred.
const VALUES_MAX: usize = 20_000;

impl Composed {
    /// Begins with the piece, which says `select`.
    pub fn of(piece: Piece) -> Composed {
        Composed {
            text: piece.0.to_owned(),
            values: Vec::new(),
        }
    }

    /// Adds a piece, a space before it.
    pub fn piece(&mut self, piece: Piece) -> &mut Self {
        self.text.push(' ');
        self.text.push_str(piece.0);
        self
    }

    /// Adds a value, and its number to the text.
    pub fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push_str(" $");
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// What the engine is asked to prepare, for the test that prepares every shape.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Reader {
    /// [`Reader::rows`] for a statement that was put together.
    ///
    /// # Errors
    /// A fault of the engine, or of a statement that does not only read; or whatever `read` answers.
    pub fn rows_of<T>(
        &mut self,
        composed: &Composed,
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each_of(composed, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// [`Reader::each`] for a statement that was put together.
    ///
    /// # Errors
    /// As for [`Reader::rows_of`].
    pub fn each_of(&mut self, composed: &Composed, mut visit: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        if !composed.text.starts_with("select ") || composed.values.len() > VALUES_MAX {
            return Err(
                Fault::new("running a composed statement that does not only read, or is too large").into(),
            );
        }
        if let Some(asked) = &mut self.glance
            && std::mem::replace(asked, true)
        {
            return Err(Fault::new("asking a second statement where a glance is one").into());
        }
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let text = dialect::composed_for_sqlite(&composed.text);
                crate::sqlite::each(conn, &text, &composed.values, &mut visit)
            }
            Conn::Postgres(session) => {
                let text = dialect::composed_for_postgres(&composed.text);
                session.each_composed(&text, &composed.values, &mut visit)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, piece};

    #[test]
    fn a_value_is_a_number_in_the_text_whatever_it_holds() {
        let mut composed = Composed::of(piece!("select name from meta where name ="));
        composed
            .value("'; drop table meta; --")
            .piece(piece!("limit"))
            .value(1);
        assert_eq!(composed.text(), "select name from meta where name = $1 limit $2");
        let found = Db::in_memory_for_tests()
            .read_blocking(move |r| r.rows_of(&composed, |row| row.get::<String>(0)))
            .expect("it is a sound statement");
        assert_eq!(found, [] as [&str; 0]);
    }

    #[test]
    fn text_is_ordered_by_its_bytes() {
        let composed = Composed::of(piece!(
            "select v from (select 'b' as v union all select 'A' as v union all select 'a' as v) t order by v collate bytes"
        ));
        let found = Db::in_memory_for_tests()
            .read_blocking(move |r| r.rows_of(&composed, |row| row.get::<String>(0)))
            .expect("it is a sound statement");
        assert_eq!(found, ["A", "a", "b"]);
    }

    #[test]
    fn what_writes_is_refused() {
        let composed = Composed::of(piece!("delete from meta"));
        let refused = Db::in_memory_for_tests().read_blocking(move |r| r.each_of(&composed, |_| Ok(())));
        assert!(refused.is_err());
    }
}
