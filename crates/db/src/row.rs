//! What comes out of a statement: one row, read by position, the same from both engines.

use crate::{Day, Fault, Id, Kind, Moment, Result};

/// One row of a result, on loan while it is being read.
pub struct Row<'a>(pub(crate) Inner<'a>);

pub(crate) enum Inner<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The value in the column at `index`, from 0.
    ///
    /// # Errors
    /// A fault when the column is absent, null where `T` cannot be, or of another type.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T> {
        T::read(self, index)
    }

    fn int(&self, index: usize) -> Result<Option<i64>> {
        match self.0 {
            Inner::Sqlite(row) => row.get(index).map_err(|e| unreadable(index, e)),
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }

    fn real(&self, index: usize) -> Result<Option<f64>> {
        match self.0 {
            Inner::Sqlite(row) => row.get(index).map_err(|e| unreadable(index, e)),
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }

    fn text(&self, index: usize) -> Result<Option<String>> {
        match self.0 {
            Inner::Sqlite(row) => row.get(index).map_err(|e| unreadable(index, e)),
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }

    /// The text in the column, without copying it; `None` when null.
    ///
    /// # Errors
    /// As for [`Row::get`].
    pub fn str(&self, index: usize) -> Result<Option<&str>> {
        match self.0 {
            Inner::Sqlite(row) => {
                let value = row.get_ref(index).map_err(|e| unreadable(index, e))?;
                value.as_str_or_null().map_err(|e| unreadable(index, e))
            }
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }

    /// The bytes in the column, without copying them; `None` when null.
    ///
    /// # Errors
    /// As for [`Row::get`].
    pub fn bytes(&self, index: usize) -> Result<Option<&[u8]>> {
        match self.0 {
            Inner::Sqlite(row) => {
                let value = row.get_ref(index).map_err(|e| unreadable(index, e))?;
                value.as_blob_or_null().map_err(|e| unreadable(index, e))
            }
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }

    fn blob(&self, index: usize) -> Result<Option<Vec<u8>>> {
        match self.0 {
            Inner::Sqlite(row) => row.get(index).map_err(|e| unreadable(index, e)),
            Inner::Postgres(row) => row.try_get(index).map_err(|e| unreadable(index, e)),
        }
    }
}

fn unreadable(index: usize, source: impl std::error::Error + Send + Sync + 'static) -> crate::Error {
    Fault::of(format!("reading column {index} of a row"), source).into()
}

fn present<T>(index: usize, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Fault::new(format!("reading column {index} of a row, which is null")).into())
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// # Errors
    /// A fault when the column is not of this type.
    fn read(row: &Row<'_>, index: usize) -> Result<Self>;
    /// # Errors
    /// A fault when the column is neither null nor of this type.
    fn read_nullable(row: &Row<'_>, index: usize) -> Result<Option<Self>>;
}

macro_rules! readable {
    ($type:ty, $column:ident, $make:expr) => {
        impl FromValue for $type {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                present(index, Self::read_nullable(row, index)?)
            }
            fn read_nullable(row: &Row<'_>, index: usize) -> Result<Option<Self>> {
                Ok(row.$column(index)?.map($make))
            }
        }
    };
}

readable!(i64, int, |v| v);
readable!(bool, int, |v| v != 0);
readable!(Moment, int, Moment);
readable!(f64, real, |v| v);
readable!(String, text, |v| v);
readable!(Vec<u8>, blob, |v| v);

impl FromValue for Day {
    fn read(row: &Row<'_>, index: usize) -> Result<Day> {
        present(index, Day::read_nullable(row, index)?)
    }
    fn read_nullable(row: &Row<'_>, index: usize) -> Result<Option<Day>> {
        let Some(days) = row.int(index)? else {
            return Ok(None);
        };
        let days = i32::try_from(days).map_err(|e| unreadable(index, e))?;
        Ok(Some(Day(days)))
    }
}

impl<K: Kind> FromValue for Id<K> {
    fn read(row: &Row<'_>, index: usize) -> Result<Id<K>> {
        present(index, Id::read_nullable(row, index)?)
    }
    fn read_nullable(row: &Row<'_>, index: usize) -> Result<Option<Id<K>>> {
        Ok(row.text(index)?.map(Id::trusted))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn read(row: &Row<'_>, index: usize) -> Result<Option<T>> {
        T::read_nullable(row, index)
    }
    fn read_nullable(row: &Row<'_>, index: usize) -> Result<Option<Option<T>>> {
        Ok(Some(T::read_nullable(row, index)?))
    }
}
