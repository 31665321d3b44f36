//! What goes into a statement: four types that both engines keep exactly.

use crate::{Day, Id, Moment};

/// A statement's text. Made only by the [`crate::sql!`] macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql(pub(crate) &'static str);

impl Sql {
    #[doc(hidden)]
    pub const fn from_literal(text: &'static str) -> Sql {
        Sql(text)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(v: &str) -> Value {
        Value::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Value {
        Value::Text(v)
    }
}
impl From<&String> for Value {
    fn from(v: &String) -> Value {
        Value::Text(v.clone())
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Int(v)
    }
}
impl From<i32> for Value {
    fn from(v: i32) -> Value {
        Value::Int(i64::from(v))
    }
}
impl From<u32> for Value {
    fn from(v: u32) -> Value {
        Value::Int(i64::from(v))
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Value {
        Value::Int(i64::from(v))
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Value {
        Value::Real(v)
    }
}
impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Value {
        Value::Blob(v)
    }
}
impl From<&[u8]> for Value {
    fn from(v: &[u8]) -> Value {
        Value::Blob(v.to_vec())
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(v: [u8; N]) -> Value {
        Value::Blob(v.to_vec())
    }
}
impl<const N: usize> From<&[u8; N]> for Value {
    fn from(v: &[u8; N]) -> Value {
        Value::Blob(v.to_vec())
    }
}
impl From<Moment> for Value {
    fn from(v: Moment) -> Value {
        Value::Int(v.0)
    }
}
impl From<Day> for Value {
    fn from(v: Day) -> Value {
        Value::Int(i64::from(v.0))
    }
}
impl<K> From<Id<K>> for Value {
    fn from(v: Id<K>) -> Value {
        Value::Text(v.as_str().to_owned())
    }
}
impl<K> From<&Id<K>> for Value {
    fn from(v: &Id<K>) -> Value {
        Value::Text(v.as_str().to_owned())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}
impl From<&Option<String>> for Value {
    fn from(v: &Option<String>) -> Value {
        v.as_deref().into()
    }
}
impl<K> From<&Option<Id<K>>> for Value {
    fn from(v: &Option<Id<K>>) -> Value {
        v.as_ref().into()
    }
}
