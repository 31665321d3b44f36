//! A panel that sets a pass mark (Angoff): judges say, question by question and each alone, how many of a hundred people who
//! just know enough would get it right.
//!
//! An edition has one panel. No judge sees what another said before having judged every question. The cut is what the
//! judges' middles come to, with its error and how far they agree; what is recommended is somebody's decision, with a reason.
//! An edition is never changed: the author puts the pass mark into the next one.
//!
//! Not here: the formulas (`stats`), the pages (`pages/angoff.rs`).

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Course, Question, edition::EditionKind, question::Pool};
use db::{Actor, Fault, Id, Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use identity::account::AccountKind;
use ledger::{Act, Entry};
use stats::{agreement, moments};

/// Judges of one panel. Advice ends at fifteen.
pub const JUDGES_MAX: i64 = 50;
/// Fewer judges than this say nothing that holds, even for a course of little weight.
pub const JUDGES_MIN: usize = 3;
/// With so many mixed judges more change little.
pub const JUDGES_WELL: usize = 15;
/// Questions of an edition; a folder holds no more.
const QUESTIONS_MAX: i64 = 2_000;
/// Decisions that are listed.
const DECISIONS_MAX: i64 = 50;
const REASON_LENGTH_MAX: usize = 2_000;

/// `apn_…`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelKind;
impl Kind for PanelKind {
    const PREFIX: &'static str = "apn";
}

struct JudgementKind;
impl Kind for JudgementKind {
    const PREFIX: &'static str = "apj";
}

struct DecisionKind;
impl Kind for DecisionKind {
    const PREFIX: &'static str = "apd";
}

/// Who judges, and how far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    pub account: String,
    pub name: String,
    /// By question, percent.
    pub judged: BTreeMap<String, i64>,
}

/// A panel with everything said in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    pub id: Id<PanelKind>,
    pub edition: Id<EditionKind>,
    pub judges: Vec<Judge>,
    /// The newest first.
    pub decisions: Vec<Decision>,
}

/// A pass mark somebody recommends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub pass_mark: i64,
    pub reason: String,
    pub by: String,
    pub at: Moment,
}

/// What those who judged every question come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How many judges that is.
    pub judges: usize,
    /// As a share of the marks.
    pub cut: f64,
    pub standard_error: Option<f64>,
    /// ICC(2,k).
    pub agreement: Option<f64>,
    /// Each judge's own middle, lowest first, without a name.
    pub middles: Vec<f64>,
    /// By question, how far the judges are apart: the lowest and the highest.
    pub apart: BTreeMap<String, (i64, i64)>,
}

impl Panel {
    #[must_use]
    pub fn judge(&self, account: &str) -> Option<&Judge> {
        self.judges.iter().find(|judge| judge.account == account)
    }

    /// Whether the account may see what others said: whoever judges, only once they are through.
    #[must_use]
    pub fn may_see(&self, account: &str, course: &Course) -> bool {
        self.judge(account).is_none_or(|judge| judge.is_through(course))
    }
}

impl Judge {
    /// Every question is judged.
    #[must_use]
    pub fn is_through(&self, course: &Course) -> bool {
        asked(course).all(|question| self.judged.contains_key(&question.id))
    }
}

/// The questions that are judged: those drawn for the course. Showing that one knows it already has a mark of its own.
pub fn asked(course: &Course) -> impl Iterator<Item = &Question> {
    course
        .questions
        .iter()
        .filter(|question| question.pool == Pool::Course)
}

/// What a panel comes to; `None` before two judges are through.
#[must_use]
pub fn outcome(panel: &Panel, course: &Course) -> Option<Outcome> {
    let through: Vec<&Judge> = panel
        .judges
        .iter()
        .filter(|judge| judge.is_through(course))
        .collect();
    if through.len() < 2 {
        return None;
    }
    let shares = |judge: &&Judge| -> Vec<f64> {
        asked(course)
            .filter_map(|question| Some(*judge.judged.get(&question.id)? as f64 / 100.0))
            .collect()
    };
    let shares: Vec<Vec<f64>> = through.iter().map(shares).collect();
    let cut = agreement::angoff(&shares)?;
    let mut middles: Vec<f64> = shares.iter().filter_map(|own| moments::mean(own)).collect();
    middles.sort_by(f64::total_cmp);
    let apart = asked(course).filter_map(|question| {
        let said = || {
            through
                .iter()
                .filter_map(|judge| judge.judged.get(&question.id).copied())
        };
        Some((question.id.clone(), (said().min()?, said().max()?)))
    });
    Some(Outcome {
        judges: through.len(),
        cut: cut.share,
        standard_error: cut.standard_error,
        agreement: agreement::icc2k(&shares),
        middles,
        apart: apart.collect(),
    })
}

/// The panel of an edition.
///
/// # Errors
/// A fault of the engine.
pub fn of_edition(reader: &mut Reader, edition: &Id<EditionKind>) -> Result<Option<Panel>> {
    let id: Option<Id<PanelKind>> = reader.one(
        sql!("select id from angoff_panel where edition_id = $1"),
        &params![edition],
        |row| row.get(0),
    )?;
    let Some(id) = id else { return Ok(None) };
    let mut judges = judges(reader, &id)?;
    for judge in &mut judges {
        judge.judged = judged(reader, &id, &judge.account)?;
    }
    let decisions = reader.rows(
        sql!(
            "select d.pass_mark, d.reason, a.name, d.decided_at
             from angoff_decision d
             join account a on a.id = d.decided_by
             where d.panel_id = $1
             order by d.decided_at desc, d.id desc
             limit $2"
        ),
        &params![&id, DECISIONS_MAX],
        |row| {
            Ok(Decision {
                pass_mark: row.get(0)?,
                reason: row.get(1)?,
                by: row.get(2)?,
                at: row.get(3)?,
            })
        },
    )?;
    Ok(Some(Panel {
        id,
        edition: edition.clone(),
        judges,
        decisions,
    }))
}

fn judges(reader: &mut Reader, panel: &Id<PanelKind>) -> Result<Vec<Judge>> {
    reader.rows(
        sql!(
            "select j.account_id, a.name
             from angoff_judge j
             join account a on a.id = j.account_id
             where j.panel_id = $1
             order by j.invited_at, j.account_id
             limit $2"
        ),
        &params![panel, JUDGES_MAX],
        |row| {
            Ok(Judge {
                account: row.get(0)?,
                name: row.get(1)?,
                judged: BTreeMap::new(),
            })
        },
    )
}

fn judged(reader: &mut Reader, panel: &Id<PanelKind>, account: &str) -> Result<BTreeMap<String, i64>> {
    let latest = reader.rows(
        sql!(
            "select j.question, j.percent
             from angoff_judgement j
             where j.panel_id = $1
               and j.account_id = $2
               and not exists (
                   select 1
                   from angoff_judgement later
                   where later.panel_id = j.panel_id
                     and later.account_id = j.account_id
                     and later.question = j.question
                     and (later.given_at > j.given_at
                          or (later.given_at = j.given_at and later.id > j.id)))
             order by j.question
             limit $3"
        ),
        &params![panel, account, QUESTIONS_MAX],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(latest.into_iter().collect())
}

/// Opens the panel of an edition; opening it again changes nothing.
///
/// # Errors
/// A fault of the engine.
pub fn open(tx: &mut Tx, edition: &Id<EditionKind>) -> Result<()> {
    let by = signed_in(tx)?;
    if of_edition(tx, edition)?.is_some() {
        return Ok(());
    }
    let id = tx.new_id::<PanelKind>();
    tx.execute(
        sql!("insert into angoff_panel (id, edition_id, opened_at, opened_by) values ($1, $2, $3, $4)"),
        &params![&id, edition, tx.now(), by],
    )?;
    let payload = serde_json::json!({ "panel": id });
    ledger::record(
        tx,
        Entry::about(Act::PanelOpened, format!("edition:{edition}")).payload(payload),
    )?;
    Ok(())
}

/// Invites an account to judge; inviting it again changes nothing.
///
/// # Errors
/// A refusal when the panel is full; a fault of the engine.
pub fn invite(tx: &mut Tx, panel: &Panel, judge: &Id<AccountKind>) -> Result<()> {
    let by = signed_in(tx)?;
    if panel.judge(judge.as_str()).is_some() {
        return Ok(());
    }
    if panel.judges.len() as i64 >= JUDGES_MAX {
        let sentence =
            format!("{JUDGES_MAX} people judge already, and more change little. Wait for their judgement.");
        return Err(Refusal::new("panel-full", sentence).field("email").into());
    }
    tx.execute(
        sql!(
            "insert into angoff_judge (panel_id, account_id, invited_at, invited_by) values ($1, $2, $3, $4)"
        ),
        &params![&panel.id, judge, tx.now(), by],
    )?;
    let payload = serde_json::json!({ "panel": panel.id, "edition": panel.edition });
    ledger::record(
        tx,
        Entry::about(Act::JudgeInvited, format!("account:{judge}")).payload(payload),
    )?;
    Ok(())
}

/// Keeps what the judge who writes said, question by question; the same again is not kept twice.
///
/// # Errors
/// A refusal that names the question when a figure is not from 0 to 100, or when the writer was not invited.
pub fn judge(tx: &mut Tx, panel: &Panel, course: &Course, said: &BTreeMap<String, i64>) -> Result<()> {
    let by = signed_in(tx)?;
    let Some(own) = panel.judge(&by) else {
        return Err(Refusal::new(
            "not-a-judge",
            "You were not asked to judge this edition. An editor can invite you.",
        )
        .into());
    };
    let known: BTreeSet<&str> = asked(course).map(|question| question.id.as_str()).collect();
    let mut kept = 0;
    for (question, percent) in said
        .iter()
        .filter(|(question, _)| known.contains(question.as_str()))
    {
        if !(0..=100).contains(percent) {
            let sentence = "Give a whole number from 0 to 100: so many of a hundred people.";
            return Err(Refusal::new("not-a-percentage", sentence)
                .field(question.as_str())
                .into());
        }
        if own.judged.get(question) == Some(percent) {
            continue;
        }
        let id = tx.new_id::<JudgementKind>();
        tx.execute(
            sql!(
                "insert into angoff_judgement (id, panel_id, account_id, question, percent, given_at)
                 values ($1, $2, $3, $4, $5, $6)"
            ),
            &params![id, &panel.id, &by, question, *percent, tx.now()],
        )?;
        kept += 1;
    }
    if kept > 0 {
        let payload = serde_json::json!({ "panel": panel.id, "judged": kept });
        ledger::record(
            tx,
            Entry::about(Act::PanelJudged, format!("edition:{}", panel.edition)).payload(payload),
        )?;
    }
    Ok(())
}

/// Records the pass mark that is recommended for the next edition.
///
/// # Errors
/// A refusal that names the field.
pub fn decide(tx: &mut Tx, panel: &Panel, pass_mark: i64, reason: &str) -> Result<()> {
    let by = signed_in(tx)?;
    if !(1..=100).contains(&pass_mark) {
        return Err(Refusal::new(
            "pass-mark",
            "Give a whole number from 1 to 100: percent of the marks.",
        )
        .field("pass_mark")
        .into());
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_LENGTH_MAX {
        return Err(Refusal::new(
            "pass-mark-reason",
            "Say in a sentence or two why it is this mark. An auditor will ask.",
        )
        .field("reason")
        .into());
    }
    let id = tx.new_id::<DecisionKind>();
    tx.execute(
        sql!(
            "insert into angoff_decision (id, panel_id, pass_mark, reason, decided_by, decided_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        &params![id, &panel.id, pass_mark, reason, by, tx.now()],
    )?;
    let payload = serde_json::json!({ "panel": panel.id, "pass_mark": pass_mark, "reason": reason });
    ledger::record(
        tx,
        Entry::about(Act::PassMarkRecommended, format!("edition:{}", panel.edition)).payload(payload),
    )?;
    Ok(())
}

fn signed_in(tx: &Tx) -> Result<String> {
    match tx.actor() {
        Actor::Person(account) => Ok(account.clone()),
        _ => Err(Fault::new("acting in a panel without somebody signed in").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests as sample;

    fn judge(n: usize, percent: impl Fn(usize) -> Option<i64>) -> Judge {
        let said = sample::course().questions.into_iter().enumerate();
        Judge {
            account: format!("acc_{n}"),
            name: format!("Judge {n}"),
            judged: said
                .filter_map(|(j, question)| Some((question.id, percent(j)?)))
                .collect(),
        }
    }

    fn panel(judges: Vec<Judge>) -> Panel {
        Panel {
            id: "apn_01K00000000000000000000001".parse().expect("an id"),
            edition: "edi_01K00000000000000000000001".parse().expect("an id"),
            judges,
            decisions: Vec::new(),
        }
    }

    #[test]
    fn a_cut_is_the_middle_of_those_who_judged_everything() {
        let course = sample::course();
        let judges = vec![
            judge(1, |_| Some(60)),
            judge(2, |_| Some(80)),
            judge(3, |j| (j > 0).then_some(10)),
        ];
        let found = outcome(&panel(judges), &course).expect("two are through");
        assert_eq!((found.judges, found.middles.len()), (2, 2));
        assert!((found.cut - 0.7).abs() < 1e-9, "{found:?}");
        assert!(
            found
                .standard_error
                .is_some_and(|error| (error - 0.1).abs() < 1e-9)
        );
        assert!(found.apart.values().all(|apart| *apart == (60, 80)));
        assert_eq!(outcome(&panel(vec![judge(1, |_| Some(60))]), &course), None);
    }

    #[test]
    fn a_judge_sees_nothing_of_others_before_being_through() {
        let course = sample::course();
        let panel = panel(vec![judge(1, |_| Some(60)), judge(2, |j| (j > 0).then_some(80))]);
        assert!(panel.may_see("acc_1", &course) && !panel.may_see("acc_2", &course));
        assert!(panel.may_see("acc_of_an_editor_who_does_not_judge", &course));
    }
}
