//! Walks through a source's rows and the people it is known to speak of, in step, and makes the plan.
//!
//! Both are in the order of the source's key, and the roster is read a span at a time. Nothing is written.
//!
//! Not here: one person ([`crate::sync::difference`]) and who a new row is about ([`crate::sync::matching`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::{Day, Fault, Id, Reader, Result, params, sql};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::person;
use crate::precedence::Precedence;
use crate::snapshot::rows::{Heading, Rows};
use crate::snapshot::{Snapshot, Wanted};
use crate::source::Mode;
use crate::source_setting;
use crate::sync::brake::{self, Measure};
use crate::sync::difference::{self, Case, Outcome};
use crate::sync::known::{self, Known, Span};
use crate::sync::matching::{Number, Others, Verdict};
use crate::sync::{Change, Plan, Settings, Sort, Wait};
use crate::waiting::{self, WaitingKind};

/// People read at a time: bounds memory, and few enough statements not to matter.
const SPAN_ROWS: usize = 4_000;
/// How many ids or addresses a note names.
const NOTED_MAX: usize = 10;
/// Managers that are looked up one by one for a note.
const MANAGERS_MAX: usize = 2_000;

/// The plan as it would be now. Changes nothing.
pub fn plan_now(reader: &mut Reader, source: &str, want: &Snapshot, settings: Settings) -> Result<Plan> {
    let setting = source_setting::of(reader, source)?;
    let precedence = Precedence::load(reader)?;
    let today = reader.today()?;
    let case = Case {
        source,
        today,
        mode: settings.mode,
        setting: &setting,
        precedence: &precedence,
    };
    let last_rows = last_rows(reader, source)?;
    let rows = by_person(&want.wanted);
    let mut draft = Draft::default();
    // A first file that was taken back leaves none.
    draft.measure.is_first = last_rows.unwrap_or_default() == 0;
    draft.measure.rows = want.rows;
    draft.measure.last_rows = last_rows.unwrap_or_default();
    if want.refused.is_empty() {
        draft.walk(reader, (&want.wanted, &rows), case)?;
    }
    let mut refused = want.refused.clone();
    refused.append(&mut draft.refused);
    refused.sort();
    let mut notes = notes(reader, want, (&rows, !refused.is_empty()), &draft)?;
    if !refused.is_empty() {
        draft = Draft::default();
        notes.push(
            "Nothing changes while a row is refused. Correct the rows and send the whole file again."
                .to_owned(),
        );
    }
    let held = if refused.is_empty() {
        brake::held(&draft.measured(), settings.mode, &setting.brakes)
    } else {
        Vec::new()
    };
    let count = |sort| draft.changes.iter().filter(|change| change.sort == sort).count() as u64;
    let mut plan = Plan {
        id: String::new(),
        source: source.to_owned(),
        mode: settings.mode,
        rows: want.rows,
        joiners: count(Sort::Joins),
        leavers: count(Sort::Leaves),
        movers: count(Sort::Moves),
        changed: count(Sort::Changes),
        unchanged: draft.unchanged,
        refused,
        held,
        notes,
        changes: draft.changes,
        waits: draft.waits,
        settled: draft.settled,
    };
    plan.id = identify(&plan, draft.known, today)?;
    Ok(plan)
}

fn last_rows(reader: &mut Reader, source: &str) -> Result<Option<u64>> {
    let rows = reader.one(
        sql!(
            "select row_count
             from roster_file
             where source = $1
             order by applied_at desc, id desc
             limit 1"
        ),
        &params![source],
        |row| row.get::<i64>(0),
    )?;
    Ok(rows.and_then(|rows| u64::try_from(rows).ok()))
}

#[derive(Default)]
struct Draft {
    changes: Vec<Change>,
    waits: Vec<Wait>,
    settled: Vec<Id<WaitingKind>>,
    refused: Vec<crate::snapshot::RefusedRow>,
    unchanged: u64,
    left_out: u64,
    start_assumed: u64,
    measure: Measure,
    /// A digest of everybody who was compared.
    known: Sha256,
}

/// What is read once, when the first row that is new to the source comes.
struct Arrivals {
    others: Option<Others>,
    waiting: BTreeMap<String, waiting::Known>,
}

impl Draft {
    /// Rows are unpacked a span at a time.
    fn walk(
        &mut self,
        reader: &mut Reader,
        (packed, rows): (&Rows, &[Heading<'_>]),
        case: Case<'_>,
    ) -> Result<()> {
        let mut arrivals = Arrivals {
            others: None,
            waiting: waiting::known(reader, case.source)?,
        };
        let people: Vec<&[Heading<'_>]> = rows.chunk_by(|a, b| a.source_id == b.source_id).collect();
        let spans: Vec<&[&[Heading<'_>]]> = if people.is_empty() {
            vec![&[]]
        } else {
            people.chunks(SPAN_ROWS).collect()
        };
        for (at, people) in spans.iter().enumerate() {
            let first = people.first().map_or("", |rows| rows[0].source_id);
            let next = spans.get(at + 1).and_then(|next| next.first());
            let next = next.map(|rows| rows[0].source_id);
            let span = Span {
                source: case.source,
                from: if at == 0 { "" } else { first },
                to: next,
            };
            let have = known::load(reader, span)?;
            let unpacked: Vec<Wanted> = people.concat().iter().map(|row| packed.get(row.place)).collect();
            let unpacked: Vec<&Wanted> = unpacked.iter().collect();
            let people: Vec<&[&Wanted]> = unpacked.chunk_by(|a, b| a.source_id == b.source_id).collect();
            self.step(reader, have, &people, (case, &mut arrivals))?;
        }
        let heard: HashSet<&str> = self.waits.iter().map(|wait| wait.source_id.as_str()).collect();
        let spoken_of: HashSet<&str> = rows.iter().map(|row| row.source_id).collect();
        let over = arrivals.waiting.iter().filter(|(key, _)| {
            !heard.contains(key.as_str()) && (case.mode == Mode::Full || spoken_of.contains(key.as_str()))
        });
        self.settled.extend(over.map(|(_, known)| known.id.clone()));
        let changed = self.waits.iter().filter(|wait| !wait.is_as_it_was);
        let superseded = changed.filter_map(|wait| arrivals.waiting.get(&wait.source_id));
        self.settled.extend(superseded.map(|known| known.id.clone()));
        Ok(())
    }

    fn step(
        &mut self,
        reader: &mut Reader,
        have: Vec<Known>,
        rows: &[&[&Wanted]],
        (case, arrivals): (Case<'_>, &mut Arrivals),
    ) -> Result<()> {
        let mut people = have.into_iter().peekable();
        for rows in rows {
            let key = &rows[0].source_id;
            while let Some(absent) = people.next_if(|known| known.source_key < *key) {
                self.miss(reader, absent, case)?;
            }
            match people.next_if(|known| known.source_key == *key) {
                Some(known) => self.hear(reader, known, rows, case)?,
                None => self.meet(reader, rows, case, arrivals)?,
            }
        }
        for absent in people {
            self.miss(reader, absent, case)?;
        }
        Ok(())
    }

    fn hear(
        &mut self,
        reader: &mut Reader,
        mut known: Known,
        rows: &[&Wanted],
        case: Case<'_>,
    ) -> Result<()> {
        self.see(&known, case.today);
        let mut outcome = difference::compare(&known.source_key, Some(&known), rows, case);
        if let Outcome::LookAround = outcome {
            known::look_around(reader, &mut known, case.today)?;
            outcome = difference::compare(&known.source_key, Some(&known), rows, case);
        }
        known.feed(&mut self.known);
        self.add(outcome);
        Ok(())
    }

    /// Somebody the source has never spoken of.
    fn meet(
        &mut self,
        reader: &mut Reader,
        rows: &[&Wanted],
        case: Case<'_>,
        arrivals: &mut Arrivals,
    ) -> Result<()> {
        let waited = match arrivals.waiting.get(&rows[0].source_id) {
            Some(before) => before.followed_by(rows)?,
            None => Vec::new(),
        };
        let waited: Vec<&Wanted> = waited.iter().collect();
        let rows = if waited.is_empty() { rows } else { &waited };
        let (first, setting) = (rows[0], case.setting);
        let others = match &mut arrivals.others {
            Some(others) => others,
            none => none.insert(Others::load(reader, case.source)?),
        };
        match others.judge(first, Number::of(first, setting), setting.engages) {
            Verdict::New => self.add(difference::compare(&first.source_id, None, rows, case)),
            Verdict::Known(person) => {
                let mut known = Known::found(&first.source_id, person);
                known::look_around(reader, &mut known, case.today)?;
                known.feed(&mut self.known);
                self.add(difference::compare(&first.source_id, Some(&known), rows, case));
            }
            Verdict::Uncertain { doubt, candidates } => {
                let rows: Vec<Wanted> = rows.iter().map(|row| (*row).clone()).collect();
                let mut wait = Wait {
                    source_id: first.source_id.clone(),
                    line: first.line,
                    name: waiting::called(first),
                    doubt,
                    candidates,
                    rows,
                    is_as_it_was: false,
                };
                let before = arrivals.waiting.get(&wait.source_id);
                wait.is_as_it_was = before.is_some_and(|before| before.is(&wait));
                self.waits.push(wait);
            }
        }
        Ok(())
    }

    /// Only a full file says something by leaving somebody out.
    fn miss(&mut self, reader: &mut Reader, mut known: Known, case: Case<'_>) -> Result<()> {
        self.see(&known, case.today);
        if case.mode == Mode::Full {
            let mut outcome = difference::absent(&known, case);
            if let Outcome::LookAround = outcome {
                known::look_around(reader, &mut known, case.today)?;
                outcome = difference::absent(&known, case);
            }
            self.add(outcome);
        }
        known.feed(&mut self.known);
        Ok(())
    }

    fn see(&mut self, known: &Known, today: Day) {
        if known.holds_on(today) {
            self.measure.here += 1;
            let is_managed = known.facts().is_some_and(|facts| facts.manager_key.is_some());
            self.measure.managed += u64::from(is_managed);
        }
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Same => self.unchanged += 1,
            Outcome::Silent | Outcome::LookAround => {}
            Outcome::LeftOut => self.left_out += 1,
            Outcome::Refused(row) => self.refused.push(row),
            Outcome::Differs {
                change,
                start_assumed,
            } => {
                self.start_assumed += u64::from(start_assumed);
                self.changes.push(*change);
            }
        }
    }

    fn measured(&self) -> Measure {
        let count = |is: &dyn Fn(&&Change) -> bool| self.changes.iter().filter(is).count() as u64;
        let stays = |change: &&Change| matches!(change.sort, Sort::Moves | Sort::Changes);
        Measure {
            joins: count(&|change| change.sort == Sort::Joins),
            ends: count(&|change| change.ends),
            touched: self.changes.len() as u64,
            emails: count(&|change| change.columns.contains(&"email")),
            managers_lost: count(&|change| change.loses_manager),
            kinds: count(&|change| stays(change) && change.columns.contains(&"person_type")),
            ..self.measure
        }
    }
}

/// In the order of source_id, and each person's in the order of start.
fn by_person(wanted: &Rows) -> Vec<Heading<'_>> {
    let mut rows: Vec<Heading<'_>> = wanted.headings().collect();
    rows.sort_by_key(|row| (row.source_id, row.start_on));
    rows
}

fn identify(plan: &Plan, known: Sha256, today: Day) -> Result<String> {
    let mut digest = Sha256::new();
    let head = json!([
        "muster roster plan 2",
        plan.source,
        plan.mode,
        today,
        plan.refused,
        plan.held,
        plan.waits,
        plan.settled
    ]);
    let unwritable = |e| Fault::of("writing a roster plan to its digest", e);
    serde_json::to_writer(&mut digest, &head).map_err(unwritable)?;
    digest.update(known.finalize());
    for change in &plan.changes {
        serde_json::to_writer(&mut digest, change).map_err(unwritable)?;
    }
    Ok(hex::encode(digest.finalize()))
}

fn notes(
    reader: &mut Reader,
    want: &Snapshot,
    (rows, is_refused): (&[Heading<'_>], bool),
    draft: &Draft,
) -> Result<Vec<String>> {
    let mut notes = want.notes.clone();
    if draft.left_out > 0 {
        notes.push(format!("{} people who had already ended are left out: they were never on the roster and have no end date.", draft.left_out));
    }
    if draft.start_assumed > 0 {
        notes.push(format!(
            "{} people have no start date: they are taken to start on the day the file is applied.",
            draft.start_assumed
        ));
    }
    if is_refused {
        return Ok(notes);
    }
    match draft.waits.len() {
        0 => {}
        1 => notes
            .push("1 row waits until somebody has said who it is about; it changes nothing yet.".to_owned()),
        n => notes.push(format!(
            "{n} rows wait until somebody has said who they are about; they change nothing yet."
        )),
    }
    let mut by_email: HashMap<&str, &str> = HashMap::with_capacity(rows.len());
    let shared = sorted(rows.iter().filter_map(|row| {
        let email = row.email?;
        let first = *by_email.entry(email).or_insert(row.source_id);
        (first != row.source_id).then_some(email)
    }));
    if !shared.is_empty() {
        notes.push(format!(
            "{} addresses belong to more than one person of the file: {}.",
            shared.len(),
            named(&shared)
        ));
    }
    notes.extend(manager_notes(reader, rows, &by_email)?);
    Ok(notes)
}

/// A manager who is not in the file is no error: exports leave managers out.
fn manager_notes(
    reader: &mut Reader,
    rows: &[Heading<'_>],
    by_email: &HashMap<&str, &str>,
) -> Result<Vec<String>> {
    let is_in_file =
        |key: &str| rows.binary_search_by(|row| row.source_id.cmp(key)).is_ok() || by_email.contains_key(key);
    let managed = || rows.iter().filter_map(|row| Some((row, row.manager?)));
    let is_own =
        |row: &Heading<'_>, key: &str| key == row.source_id || row.email.is_some_and(|email| email == key);
    let managers: HashSet<&str> = managed().map(|(_, key)| key).collect();
    let mut unknown = Vec::new();
    for key in sorted(managers.into_iter().filter(|key| !is_in_file(key)))
        .into_iter()
        .take(MANAGERS_MAX)
    {
        if person::by_key(reader, key)?.is_empty() && person::by_email(reader, key)?.is_empty() {
            unknown.push(key);
        }
    }
    let own = sorted(
        managed()
            .filter(|(row, key)| is_own(row, key))
            .map(|(row, _)| row.source_id),
    );
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        notes.push(format!(
            "{} managers are in no row and not on the roster: {}.",
            unknown.len(),
            named(&unknown)
        ));
    }
    if !own.is_empty() {
        notes.push(format!(
            "{} people are given as their own manager: {}.",
            own.len(),
            named(&own)
        ));
    }
    Ok(notes)
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

fn named(texts: &[&str]) -> String {
    let shown = texts
        .iter()
        .take(NOTED_MAX)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = texts.len().saturating_sub(NOTED_MAX);
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}
