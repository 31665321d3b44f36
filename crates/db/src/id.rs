//! Typed identifiers: a prefix that says what it is, and a ULID that sorts by time of making.
//!
//! Ids are made by us, never by a database sequence, so that any engine will do.

use std::{cmp::Ordering, fmt, hash::Hash, hash::Hasher, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// What an id is the id of.
pub trait Kind {
    /// Three lower-case letters.
    const PREFIX: &'static str;
}

/// "per_01J…": text in the database, in URLs and in JSON.
pub struct Id<K>(String, PhantomData<fn() -> K>);

impl<K: Kind> Id<K> {
    pub(crate) fn from_ulid(ulid: u128) -> Id<K> {
        Id(format!("{}_{}", K::PREFIX, ulid::Ulid(ulid)), PhantomData)
    }

    /// The smallest id that can be made at this moment or later: where ids made since then begin.
    pub fn first_at(moment: crate::Moment) -> Id<K> {
        Id::from_ulid(u128::from(moment.0.unsigned_abs()) << 80)
    }

    /// An id read back from the database.
    pub(crate) fn trusted(text: String) -> Id<K> {
        Id(text, PhantomData)
    }
}

impl<K> Id<K> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Id<K>, Refusal> {
        let rest = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'));
        match rest {
            Some(rest) if rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Ok(Id(text.to_owned(), PhantomData))
            }
            _ => Err(Refusal::new(
                "not-an-id",
                "This address names nothing here. Go back and follow the link again.",
            )),
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Id<K> {
        Id(self.0.clone(), PhantomData)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Id<K>) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Id<K>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Id<K>) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Id<K>, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
