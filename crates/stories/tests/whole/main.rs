//! Stories of the whole product, each told on SQLite and on PostgreSQL.
//!
//! [`main_job`]: from two lists to two verified packs. [`reckoning`]: what the answers have to be, by hand. [`people`]:
//! who comes, goes, moves and is away. [`files`]: lists as other systems send them. [`directory`]: the same from a real
//! directory. [`scim_cases`], [`scim_quirks`], [`scim_protocol`]: how identity providers speak; [`scim_people`]: what it
//! means. [`reminder`]: who is told what, when, and never after it is done. [`supplier`]: whose people they are. [`programme`]: who is asked
//! what, and what counts for it.
//! [`access`]: who can get in, held against who is here. [`roles`]: who may do and see what. [`quiz`]: questions that are
//! doubted, and what goes wrong in the middle of them. [`reading`]: pages change nothing and give nothing away. [`same`]:
//! a past answer stays what it is. [`editor`]: courses that are written here. [`language`]: a course in several of them.
//! [`item_analysis`], [`panel`]: what questions are worth.
//! [`team`]: a manager and their people. [`progress`]: where the programme stands.
//!
//! [`lindqvist`] is the company of the fixtures, [`pupil`] somebody who learns, [`rows`] what is in the tables.

mod access;
mod directory;
mod editor;
mod files;
mod item_analysis;
mod language;
mod lindqvist;
mod main_job;
mod panel;
mod people;
mod programme;
mod progress;
mod pupil;
mod quiz;
mod reading;
mod reckoning;
mod record;
mod reminder;
mod roles;
mod rows;
mod same;
mod scim_cases;
mod scim_people;
mod scim_protocol;
mod scim_quirks;
mod supplier;
mod team;
