//! Starting to test out of a course: one press, and the questions are those of any attempt.

use axum::extract::{Path, State};
use db::Db;
use web::{Answer, Learner, see_other};

use super::{attempt_href, question_href};
use crate::{attempt::Start, taker::Taker, test_out};

/// POST /my-training/{course}/test-outs
pub(super) async fn start(learner: Learner, State(db): State<Db>, Path(course_id): Path<String>) -> Answer {
    let taker = Taker::of(&learner)?;
    let started = db
        .write(taker.actor(), move |tx| test_out::start(tx, &taker, &course_id))
        .await?;
    Ok(match started {
        Start::Answer(id) => see_other(&question_href(&id, 1)),
        Start::Sign(id) => see_other(&attempt_href(&id, "attestation")),
    })
}
