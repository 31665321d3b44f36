//! What can be learnt: courses as their authors keep them, judged, published as editions and shown.
//!
//! A course is a folder of text files. `lint` judges it; an **edition** is the folder, byte for byte,
//! as it was published, and never changes, so that an auditor sees years later what a learner saw.
//! A lesson is read, a question answered. The key of a question leaves this crate only as feedback.
//!
//! A course in several languages is one course: `translation`.
//!
//! Read `course`, then `question`, then `edition`. The next rule for authors is a function in a file of
//! `lint/`, with a code, a sentence, a way to mend it, and a test that breaks the sample course.
//! Not here: who has to take a course (`assignments`), drawing and marking an attempt (`learning`),
//! what a framework asks of a course (`controls`).

pub mod course;
pub mod draft;
pub mod edition;
pub mod fault;
pub mod folder;
pub mod language;
pub mod lesson;
pub mod lint;
pub mod pages;
pub mod pinned;
pub mod proposal;
pub mod question;
mod reading;
pub mod render;
#[cfg(test)]
mod sample;
pub mod taxonomy;
pub mod translation;
mod writing;

pub use course::{Change, Course, Form, Objective, Source, Statement, TestOut};
pub use edition::{Edition, EditionKind, Listed};
pub use folder::{Folder, catalogue, content_sha256, shipped};
pub use lesson::Lesson;
pub use lint::lint;
pub use question::{Choice, Feedback, KeyLine, Kind, Pool, Question, Shown, ShownOption};
pub use taxonomy::{Layer, Leg, Method, TOPICS, Word};
pub use translation::{Spoken, State, Translated, What};
