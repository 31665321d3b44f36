//! A ruling: what an editor decided about a question that is already published.
//!
//! The edition is never touched. A ruling stands beside it, with a reason, a name and a time: the question stands, it
//! is mended in the next edition, it is withdrawn, or its key is corrected. A withdrawn question is drawn for nobody
//! and counts for nobody from then on, and stays withdrawn; of corrections the newest counts.
//! Not here: who doubted the question ([`crate::appeal`]), attempts that were marked before ([`crate::regrading`]).

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Feedback, Kind, Question, edition, edition::EditionKind};
use db::{Fault, Id, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 2_000;
/// Rulings of one edition that hold: more than a course can have questions, some of them corrected again and again.
const IN_FORCE_MAX: i64 = 1_000;
/// Rulings of one question that are shown.
const OF_QUESTION_MAX: i64 = 50;

/// `rul_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RulingKind;
impl db::Kind for RulingKind {
    const PREFIX: &'static str = "rul";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It is as it should be.
    Stands,
    /// It will be better in the next edition; until then it counts.
    Mended,
    /// It is asked of nobody and counted for nobody.
    Withdrawn,
    /// Other responses are right than the edition says.
    Corrected,
}

impl Decision {
    pub const ALL: [Decision; 4] = [
        Decision::Stands,
        Decision::Mended,
        Decision::Withdrawn,
        Decision::Corrected,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Decision::Stands => "stands",
            Decision::Mended => "mended",
            Decision::Withdrawn => "withdrawn",
            Decision::Corrected => "corrected",
        }
    }

    pub fn of(text: &str) -> Option<Decision> {
        Decision::ALL.into_iter().find(|decision| decision.text() == text)
    }

    /// As a sentence to whoever asked.
    pub fn sentence(self) -> &'static str {
        match self {
            Decision::Stands => "The question stays as it is.",
            Decision::Mended => "The question will be better in the next edition of the course.",
            Decision::Withdrawn => "The question was withdrawn and is not counted.",
            Decision::Corrected => "What counts as right was corrected.",
        }
    }

    /// Whether attempts that were marked before may be worth more now.
    pub fn changes_marks(self) -> bool {
        matches!(self, Decision::Withdrawn | Decision::Corrected)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    pub id: Id<RulingKind>,
    pub question: String,
    pub decision: Decision,
    /// The responses that are right, since a correction.
    pub accepted: Vec<Vec<usize>>,
    pub reason: String,
    pub ruled_at: Moment,
    /// The actor's name in the ledger.
    pub ruled_by: String,
}

/// What an editor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRuling {
    pub decision: Decision,
    /// Options or lines that are right, for a correction. Of a question that takes several: exactly these together.
    pub right: Vec<usize>,
    pub reason: String,
}

/// What holds for the questions of an edition beside what the edition says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rulings {
    withdrawn: BTreeMap<String, Moment>,
    corrected: BTreeMap<String, Vec<Vec<usize>>>,
}

impl Rulings {
    pub fn is_withdrawn(&self, question: &str) -> bool {
        self.withdrawn.contains_key(question)
    }

    pub fn withdrawn_at(&self, question: &str) -> Option<Moment> {
        self.withdrawn.get(question).copied()
    }

    pub fn is_corrected(&self, question: &str) -> bool {
        self.corrected.contains_key(question)
    }

    pub fn withdrawn(&self) -> BTreeSet<String> {
        self.withdrawn.keys().cloned().collect()
    }

    /// Whether the response is right, by the correction where there is one.
    pub fn is_right(&self, question: &Question, response: &[usize]) -> bool {
        let Some(accepted) = self.corrected.get(&question.id) else {
            return question.is_right(response);
        };
        question.check_response(response).is_ok() && accepted.contains(&sorted(question, response))
    }

    /// What to say about each option, with what is right by the correction where there is one.
    pub fn feedback(&self, question: &Question, response: &[usize]) -> Vec<Feedback> {
        let Some(accepted) = self.corrected.get(&question.id) else {
            return question.feedback(response);
        };
        let right = |number: usize| accepted.iter().flatten().any(|other| *other == number);
        let mut said = question.feedback(response);
        for feedback in &mut said {
            feedback.right = right(feedback.option);
        }
        for number in accepted.iter().flatten() {
            if !said.iter().any(|feedback| feedback.option == *number) {
                said.push(Feedback {
                    text: String::new(),
                    option: *number,
                    chosen: false,
                    right: true,
                });
            }
        }
        said
    }

    fn hold(&mut self, ruling: Ruling) {
        match ruling.decision {
            Decision::Withdrawn => {
                self.withdrawn.entry(ruling.question).or_insert(ruling.ruled_at);
            }
            Decision::Corrected => {
                self.corrected.insert(ruling.question, ruling.accepted);
            }
            Decision::Stands | Decision::Mended => {}
        }
    }
}

/// Rules on a question. `None` when the edition has no such question.
///
/// # Errors
/// Refuses a reason that is missing or too long, a question that was withdrawn before, and a correction that corrects
/// nothing or cannot be one.
pub fn rule(
    tx: &mut Tx,
    edition: &Id<EditionKind>,
    question: &str,
    new: &NewRuling,
) -> Result<Option<Ruling>> {
    let Some(found) = edition::find(tx, edition)? else {
        return Ok(None);
    };
    let course = edition::load_recorded(tx, edition, found.content_sha256)?;
    let Some(asked) = course.question(question) else {
        return Ok(None);
    };
    let rulings = in_force(tx, edition)?;
    if rulings.is_withdrawn(question) {
        return Err(withdrawn_before().into());
    }
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(no_reason().into());
    }
    let accepted = match new.decision {
        Decision::Corrected => accepted(asked, &new.right, &rulings)?,
        _ => Vec::new(),
    };
    let ruling = Ruling {
        id: tx.new_id(),
        question: question.to_owned(),
        decision: new.decision,
        accepted,
        reason: reason.to_owned(),
        ruled_at: tx.now(),
        ruled_by: tx.actor().to_string(),
    };
    insert(tx, edition, &ruling)?;
    let payload = serde_json::json!({
        "accepted": ruling.accepted,
        "decision": ruling.decision.text(),
        "edition": edition.as_str(),
        "question": question,
        "reason": ruling.reason,
        "ruling": ruling.id.as_str(),
    });
    ledger::record(
        tx,
        Entry::about(Act::QuestionRuled, format!("course:{}", found.course_id)).payload(payload),
    )?;
    Ok(Some(ruling))
}

/// The responses that are right since a correction, checked.
fn accepted(question: &Question, right: &[usize], rulings: &Rulings) -> Result<Vec<Vec<usize>>> {
    if question.kind == Kind::Order {
        return Err(order_stays().into());
    }
    let mut right = right.to_vec();
    right.sort_unstable();
    right.dedup();
    let accepted: Vec<Vec<usize>> = match question.kind {
        Kind::Multiple => vec![right],
        _ => right.into_iter().map(|number| vec![number]).collect(),
    };
    let can_be_given = |response: &Vec<usize>| question.check_response(response).is_ok();
    if accepted.is_empty() || !accepted.iter().all(can_be_given) {
        return Err(nothing_right().into());
    }
    let as_before = match rulings.corrected.get(&question.id) {
        Some(before) => *before == accepted,
        None => key(question) == accepted,
    };
    if as_before {
        return Err(nothing_corrected().into());
    }
    Ok(accepted)
}

/// The responses that are right by the edition.
fn key(question: &Question) -> Vec<Vec<usize>> {
    let options = question.options.iter().enumerate();
    let right: Vec<usize> = match question.kind {
        Kind::FindTheLine => {
            let lines = question.lines.iter().filter(|line| line.correct);
            lines.map(|line| line.number).collect()
        }
        _ => options
            .filter(|(_, option)| option.correct)
            .map(|(n, _)| n)
            .collect(),
    };
    match question.kind {
        Kind::Multiple => vec![right],
        _ => right.into_iter().map(|number| vec![number]).collect(),
    }
}

/// Of a set the order does not matter.
fn sorted(question: &Question, response: &[usize]) -> Vec<usize> {
    let mut response = response.to_vec();
    if question.kind != Kind::Order {
        response.sort_unstable();
    }
    response
}

/// What holds for an edition now.
pub fn in_force(reader: &mut Reader, edition: &Id<EditionKind>) -> Result<Rulings> {
    let held = reader.rows(
        sql!(
            "select id, question, decision, accepted, reason, ruled_at, ruled_by
             from ruling
             where edition_id = $1
               and decision in ('withdrawn', 'corrected')
             order by ruled_at, id
             limit $2"
        ),
        &params![edition, IN_FORCE_MAX],
        read,
    )?;
    let mut rulings = Rulings::default();
    for ruling in held {
        rulings.hold(ruling);
    }
    Ok(rulings)
}

/// The rulings on one question, the newest first.
pub fn of_question(reader: &mut Reader, edition: &Id<EditionKind>, question: &str) -> Result<Vec<Ruling>> {
    reader.rows(
        sql!(
            "select id, question, decision, accepted, reason, ruled_at, ruled_by
             from ruling
             where edition_id = $1
               and question = $2
             order by ruled_at desc, id desc
             limit $3"
        ),
        &params![edition, question, OF_QUESTION_MAX],
        read,
    )
}

fn insert(tx: &mut Tx, edition: &Id<EditionKind>, ruling: &Ruling) -> Result<()> {
    let accepted = serde_json::to_string(&ruling.accepted).map_err(|e| Fault::of("writing a ruling", e))?;
    tx.execute(
        sql!(
            "insert into ruling (id, edition_id, question, decision, accepted, reason, ruled_at, ruled_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &ruling.id,
            edition,
            &ruling.question,
            ruling.decision.text(),
            accepted,
            &ruling.reason,
            ruling.ruled_at,
            &ruling.ruled_by
        ],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<Ruling> {
    let decision = Decision::of(&row.get::<String>(2)?);
    Ok(Ruling {
        id: row.get(0)?,
        question: row.get(1)?,
        decision: decision
            .ok_or_else(|| Fault::new("reading a ruling whose decision this program does not know"))?,
        accepted: serde_json::from_str(&row.get::<String>(3)?)
            .map_err(|e| Fault::of("reading a ruling", e))?,
        reason: row.get(4)?,
        ruled_at: row.get(5)?,
        ruled_by: row.get(6)?,
    })
}

fn withdrawn_before() -> Refusal {
    Refusal::new(
        "question-withdrawn",
        "This question was withdrawn before, and stays withdrawn. Write a better one in the next edition.",
    )
    .field("decision")
}

fn no_reason() -> Refusal {
    Refusal::new(
        "ruling-reason",
        format!("Say why, in at most {REASON_CHARS_MAX} characters: those who asked will read it."),
    )
    .field("reason")
}

fn order_stays() -> Refusal {
    Refusal::new(
        "ruling-order",
        "The order of steps cannot be corrected here. Withdraw the question, and mend it in the next edition.",
    )
    .field("right")
}

fn nothing_right() -> Refusal {
    Refusal::new(
        "ruling-nothing-right",
        "Tick what counts as right from now on: one answer at least, out of those offered.",
    )
    .field("right")
}

fn nothing_corrected() -> Refusal {
    Refusal::new(
        "ruling-nothing-corrected",
        "These answers count as right already. Tick others, or choose another decision.",
    )
    .field("right")
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Error};

    use super::*;
    use crate::tests as sample;

    fn edition(db: &Db) -> Id<EditionKind> {
        let found = db.read_blocking(|r| edition::current(r, "T01")).expect("read");
        found.expect("the sample is published").id
    }

    fn ruled(db: &Db, question: &'static str, decision: Decision, right: &[usize]) -> Result<Option<Ruling>> {
        let (edition, right) = (edition(db), right.to_vec());
        db.write_blocking(Actor::Operator, move |tx| {
            let new = NewRuling {
                decision,
                right: right.clone(),
                reason: " Because. ".into(),
            };
            rule(tx, &edition, question, &new)
        })
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
        match result {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_corrected_key_is_what_is_marked_and_told_by() {
        let db = sample::db();
        let course = sample::course();
        let question = course.question("judge-0").expect("a single question");
        assert!(question.is_right(&[0]));
        ruled(&db, "judge-0", Decision::Corrected, &[1, 2]).expect("may be corrected");
        let edition = edition(&db);
        let rulings = db.read_blocking(move |r| in_force(r, &edition)).expect("read");
        assert!(rulings.is_right(question, &[1]) && rulings.is_right(question, &[2]));
        assert!(!rulings.is_right(question, &[0]) && !rulings.is_right(question, &[1, 2]));
        let right: Vec<usize> = rulings
            .feedback(question, &[0])
            .into_iter()
            .filter(|said| said.right)
            .map(|said| said.option)
            .collect();
        assert_eq!(right, [1, 2]);
        ruled(&db, "judge-0", Decision::Corrected, &[1]).expect("may be corrected again");
        assert_eq!(sample::entries(&db, Act::QuestionRuled), 2);
    }

    #[test]
    fn of_several_the_whole_set_is_right() {
        let db = sample::db();
        let course = sample::course();
        let question = course.question("judge-1").expect("a multiple question");
        assert_eq!(question.kind, Kind::Multiple);
        ruled(&db, "judge-1", Decision::Corrected, &[2, 0, 0]).expect("may be corrected");
        let edition = edition(&db);
        let rulings = db.read_blocking(move |r| in_force(r, &edition)).expect("read");
        assert!(rulings.is_right(question, &[2, 0]) && !rulings.is_right(question, &[0]));
    }

    #[test]
    fn what_is_withdrawn_stays_withdrawn_and_every_ruling_has_a_reason() {
        let db = sample::db();
        assert_eq!(
            code(ruled(&db, "judge-0", Decision::Corrected, &[])),
            "ruling-nothing-right"
        );
        assert_eq!(
            code(ruled(&db, "judge-0", Decision::Corrected, &[9])),
            "ruling-nothing-right"
        );
        assert_eq!(
            code(ruled(&db, "judge-0", Decision::Corrected, &[0])),
            "ruling-nothing-corrected"
        );
        let ruling = ruled(&db, "judge-0", Decision::Withdrawn, &[])
            .expect("may be")
            .expect("is there");
        assert_eq!(ruling.reason, "Because.");
        assert_eq!(
            code(ruled(&db, "judge-0", Decision::Stands, &[])),
            "question-withdrawn"
        );
        assert_eq!(
            ruled(&db, "nothing", Decision::Stands, &[]).expect("no such question"),
            None
        );
        let edition = edition(&db);
        let without = db.write_blocking(Actor::Operator, move |tx| {
            let new = NewRuling {
                decision: Decision::Stands,
                right: Vec::new(),
                reason: "  ".into(),
            };
            rule(tx, &edition, "judge-1", &new)
        });
        assert_eq!(code(without), "ruling-reason");
    }
}
