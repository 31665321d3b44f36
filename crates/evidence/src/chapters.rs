//! The chapters of an evidence pack, one file each, and what they are about.
//!
//! A chapter puts files into the binder and remembers nothing. What the binder has bound is what the pack's own pages
//! list.
//!
//! Not here: signing and the bag itself (`seal`).

pub mod binder;
pub mod curriculum;
pub mod lists;
pub mod procedure;
pub mod readme;
pub mod record;
pub mod report;
pub mod results;
pub mod roster;

use controls::Framework;
use db::{Moment, Window, Zone};
use paper::About;

use crate::{
    exports::{Terms, names::Names},
    facts::Facts,
    status::Status,
};

pub(crate) use binder::{Binder, Bound};

/// What a pack is about.
pub(crate) struct Subject<'a> {
    /// The framework that asks.
    pub framework: &'static Framework,
    /// The organisation's name.
    pub organisation: &'a str,
    /// Its zone.
    pub zone: &'a Zone,
    /// The days asked about.
    pub window: Window,
    /// The days whose completions may still count in the window, and the window.
    pub reach: Window,
    /// When it was asked.
    pub run_at: Moment,
    /// The program's version.
    pub version: &'a str,
    /// What happened.
    pub facts: &'a Facts,
    /// What follows from it.
    pub status: &'a Status,
    /// Who is who.
    pub names: &'a Names,
    /// The ledger's checkpoint the pack is under.
    pub checkpoint: Option<&'a ledger::proof::Latest>,
}

impl Subject<'_> {
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            window: self.window,
            known_at: self.run_at,
        }
    }

    /// What is said of every list of the pack.
    pub(crate) fn about(&self, title: &str, query: &str, sources: &[&str]) -> About {
        About {
            title: title.to_owned(),
            query: query.to_owned(),
            sources: sources.iter().map(|&source| source.to_owned()).collect(),
            window: Some(format!("{} to {}", self.window.from, self.window.to - 1)),
            run_at: self.run_at.to_string(),
            run_by: "evidence pack".to_owned(),
            version: self.version.to_owned(),
            checkpoint: self
                .checkpoint
                .map(|c| format!("{} entries, root {}", c.size, c.root.base64())),
            ..About::default()
        }
    }
}
