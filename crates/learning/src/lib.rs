//! What somebody did about it: the lessons they read, the questions they answered, the statement they signed.
//!
//! An **attempt** asks a **form** drawn from an edition; handed in it is a **submission** with a **marking**;
//! passed, it is signed with an **attestation**, and so becomes a **completion** with a **certificate**.
//! Every table here is insert only. Who acts comes from the session alone ([`taker`]). Keys of questions
//! leave the server only after submission.
//!
//! What is read and asked is in a **language** that the person chose, or the roster gives.
//!
//! A question that seems wrong is an **appeal**; what an editor decides is a **ruling**; an attempt that is passed since
//! then is a **regrading**.
//!
//! Read `form` and `marking` (pure), then `attempt`, `submission`, `attestation`, `completion`; `import` brings
//! completions in from a file, `acceptance` what was learnt elsewhere, `outside_training` what a person sends in about that,
//! `live_session` what people were taught together; `item_analysis` judges the questions by the attempts at them, `angoff` the
//! pass mark by a panel. The next noun is a file with its type, rules, rows and tests, and a page in `pages/`.
//! Not here: what can be learnt (`curriculum`), who owes what (`assignments`), what counts as covered (`evidence`).

pub mod acceptance;
pub mod accommodation;
pub mod angoff;
pub mod appeal;
pub mod attempt;
pub mod attestation;
pub mod badge;
pub mod certificate;
pub mod completion;
pub mod consent;
pub mod correction;
pub mod form;
pub mod import;
pub mod item_analysis;
pub mod kept;
pub mod language;
pub mod lesson;
mod letter;
pub mod live_session;
pub mod marking;
pub mod method;
pub mod name;
pub mod outside_training;
pub mod pages;
pub mod pause;
pub mod purpose;
pub mod receipt;
pub mod record;
pub mod regrading;
pub mod ruling;
pub mod sources;
pub mod spaced_check;
pub mod submission;
pub mod taker;
pub mod test_out;
#[cfg(test)]
mod tests;
pub mod words;

pub use attempt::{Attempt, AttemptKind};
pub use attestation::{Attestation, AttestationKind};
pub use certificate::{Certificate, Code, Printer};
pub use completion::{Completion, CompletionKind};
pub use pages::routes;
pub use purpose::Purpose;
pub use taker::Taker;

use sha2::{Digest, Sha256};

/// SHA-256 of a text, in hex.
pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
