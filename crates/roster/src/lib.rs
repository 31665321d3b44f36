//! Who is here: people, their engagements, profiles and leaves, and the sources that say so.
//!
//! A person is an id; everything else about them is dated and hangs below. Each row carries two times: the days on which it
//! holds, and from when to when we believed it. So "who was here on that day" and "whom did we believe to be here" both have an
//! answer, today and in three years. Nothing is deleted by an import, and nobody is matched by name or address alone.
//!
//! Reading order: [`person`], [`engagement`], [`profile`], [`leave`] (what is known) · [`people`] (lists as of a day) · [`erasure`] ·
//! [`sources`] (bytes to a [`snapshot`]) with [`mapping`] and [`directory`] · [`sync`] (a snapshot to a plan, and a plan to
//! rows) · [`source_record`], [`source_setting`], [`precedence`] (several sources, one person) · [`waiting`], [`held_end`],
//! [`difference_note`] (what somebody has to decide) · [`roster_file`] and [`upload`] (the files) · [`supplier`] · [`pages`] and
//! [`jobs`].
//!
//! To add a source: a file in `sources/` that turns its bytes into a [`snapshot::Snapshot`]; the rest is the same for all.
//!
//! Not here: accounts and sign-in (crate `identity`), what anybody owes (crate `assignments`), one person's page (crate `evidence`).

pub mod difference_note;
pub mod directory;
pub mod engagement;
pub mod erasure;
pub mod held_end;
pub mod jobs;
pub mod leave;
pub mod mapping;
pub mod organisation;
pub mod pages;
pub mod people;
pub mod person;
pub mod precedence;
pub mod profile;
pub mod roster_file;
pub mod snapshot;
pub mod source;
pub mod source_record;
pub mod source_setting;
pub mod source_snapshot;
pub mod sources;
pub mod supplier;
pub mod sync;
pub mod upload;
pub mod waiting;
