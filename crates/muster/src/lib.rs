//! muster, whole: nothing here but wiring. The binary is `main.rs`; stories use this library.
//!
//! Reading order: [`config`] (where everything is), [`app`] (the parts put together), [`admission`] (who is
//! asking), [`menu`] (what they are offered), [`routes`], [`schedule`] (what runs by the clock), [`reactions`] (what follows from what
//! happened), [`cli`].
//!
//! Invariant: nothing is decided here that a context could decide.
//!
//! Not here: any rule of the domain.

pub mod admission;
pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod menu;
pub mod pages;
pub mod programme;
pub mod reactions;
pub mod routes;
pub mod schedule;
