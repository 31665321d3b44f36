//! The company's months, played through the same code that real people use.
//!
//! Every list is planned and applied, every answer given, marked and signed, each at its own time and by its own
//! account. Not here: who works there ([`super::company`]).

use std::collections::BTreeSet;

use assignments::waiver::{self, NewWaiver};
use curriculum::{Course, Question, edition};
use db::{Actor, Day, Db, Fault, Moment, Result, Zone};
use identity::{account, role, session};
use learning::{
    attempt::{self, Start},
    attestation::{self, Signing},
    consent, import,
    record::Client,
    submission::{self, Unanswered},
    taker::Taker,
};
use roster::{
    person,
    source::Mode,
    sources::{file, mapping::Mapping},
    sync::{
        Settings,
        apply::{Application, Approval, apply, plan_now},
    },
};

use sha2::{Digest as _, Sha256};

use super::{
    MANAGER, OWNER,
    answering::{Knowledge, answer, response},
    company::{self, Manner, Member},
};
use crate::{
    app::App,
    programme::{self, Start as Begin},
};

pub(super) fn at(day: Day, hour: i64, minute: i64) -> Moment {
    day.start(&Zone::utc()).plus_seconds(hour * 3600 + minute * 60)
}

/// Something that happens on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    List(&'static str),
    Learn { member: usize, course: &'static str },
    Waive { member: usize, course: &'static str },
}

/// Who answers, and how many attempts they have behind them this time.
#[derive(Clone, Copy)]
struct Answerer {
    member: usize,
    knowledge: Knowledge,
    earlier: u32,
}

/// One course that somebody takes again and again.
#[derive(Clone, Copy)]
struct Taking {
    member: usize,
    course: &'static str,
    /// The day it is first owed from.
    from: Day,
    begin: Day,
    today: Day,
}

/// The company as it lives through its months.
pub(super) struct History {
    db: Db,
    pub(super) members: Vec<Member>,
    dice: company::Dice,
    pub(super) completions: usize,
}

const BASELINE: &[&str] = &["B02", "B10"];
const DEVELOPER: &[&str] = &["D05"];

/// Days that the default programme gives newcomers.
fn first_days(course: &str) -> i32 {
    if BASELINE.contains(&course) { 7 } else { 30 }
}

impl History {
    pub(super) fn new(db: Db, members: Vec<Member>, seed: u64) -> History {
        History {
            db,
            members,
            dice: company::Dice::new(seed ^ 0x5eed),
            completions: 0,
        }
    }

    pub(super) fn play(&mut self, begin: Day, today: Day, now: Moment) -> Result<()> {
        self.start()?;
        for source in ["hr", "contractors"] {
            self.list(source, begin)?;
        }
        self.import(begin)?;
        self.managers()?;
        App::settle(&self.db)?;
        let mut events = self.plan(begin, today);
        events.sort();
        let mut last = begin;
        for (n, (day, event)) in events.iter().enumerate() {
            if *day != last {
                App::settle(&self.db)?;
                last = *day;
            }
            let minutes = i64::try_from(n % 240).unwrap_or(0);
            self.db.set_now(at(*day, 9, minutes).min(now));
            match event {
                Event::List(source) => self.list(source, *day)?,
                Event::Learn { member, course } => self.learn(*member, course, now)?,
                Event::Waive { member, course } => self.waive(*member, course, *day)?,
            }
        }
        self.db.set_now(now);
        App::settle(&self.db)
    }

    /// Set-up: the organisation, its frameworks, its owner, the programme.
    fn start(&self) -> Result<()> {
        self.db.write_blocking(Actor::Setup, |tx| {
            let start = Begin {
                organisation: company::NAME.to_owned(),
                zone: "UTC".to_owned(),
                frameworks: vec!["iso27001".to_owned(), "soc2".to_owned()],
            };
            programme::begin(tx, &start)?;
            identity::setup::owner(tx, OWNER, "Marta Halden")?;
            programme::adopt_default(tx)?;
            Ok(())
        })
    }

    /// Heads of departments, and whoever leads a team, look after their people.
    fn managers(&self) -> Result<()> {
        let leads: BTreeSet<&str> = self.members.iter().filter_map(|m| m.manager.as_deref()).collect();
        let lead = |member: &&Member| leads.contains(member.key.as_str()) && member.email != OWNER;
        let emails: Vec<String> = self
            .members
            .iter()
            .filter(lead)
            .map(|m| m.email.clone())
            .collect();
        let owner = self.owner()?;
        self.db.write_blocking(owner, move |tx| {
            for email in emails.iter().map(String::as_str).chain([MANAGER, OWNER]) {
                if let Some(account) = account::admit(tx, email)? {
                    role::grant(tx, &account.id, web::Role::Manager)?;
                }
            }
            Ok(())
        })
    }

    fn owner(&self) -> Result<Actor> {
        let owner = self
            .db
            .read_blocking(|r| account::by_email(r, OWNER))?
            .ok_or_else(|| Fault::new("finding the owner of the demonstration"))?;
        Ok(Actor::Person(owner.id.to_string()))
    }

    /// Who learns what, when: drawn once, before anything happens.
    fn plan(&mut self, begin: Day, today: Day) -> Vec<(Day, Event)> {
        let mut events = Vec::new();
        for months in 1.. {
            let day = begin + months * 30;
            if day >= today {
                break;
            }
            events.extend(["hr", "contractors"].map(|source| (day, Event::List(source))));
        }
        events.extend(["hr", "contractors"].map(|source| (today, Event::List(source))));
        for index in 0..self.members.len() {
            let member = self.members[index].clone();
            for course in BASELINE {
                let taking = Taking {
                    member: index,
                    course,
                    from: member.start_on,
                    begin,
                    today,
                };
                self.course_of(&member, taking, &mut events);
            }
            let developer_from = if member.post.tags.contains("developer") {
                Some(member.start_on)
            } else {
                member.moved.map(|(day, _)| day)
            };
            if let Some(from) = developer_from {
                for course in DEVELOPER {
                    self.course_of(
                        &member,
                        Taking {
                            member: index,
                            course,
                            from,
                            begin,
                            today,
                        },
                        &mut events,
                    );
                }
            }
        }
        events.retain(|(day, _)| *day <= today);
        events
    }

    /// The dates on which somebody takes one course: when it first falls due, and each year after.
    fn course_of(&mut self, member: &Member, taking: Taking, events: &mut Vec<(Day, Event)>) {
        let Taking {
            member: index,
            course,
            from,
            begin,
            today,
        } = taking;
        let mut done = if from > begin {
            None
        } else {
            earlier(member, course, begin)
        };
        for _ in 0..3 {
            let due = match done {
                None => from.max(begin) + first_days(course),
                Some(last) => last + 365,
            };
            let notice = if done.is_none() {
                first_days(course) - 1
            } else {
                26
            };
            let offset = match member.manner {
                Manner::Prompt => -self.dice.between(1, notice.min(26)),
                Manner::Late => self.dice.between(2, 40),
                Manner::Never => return,
                Manner::Waived => {
                    events.push((
                        due.max(begin) + 1,
                        Event::Waive {
                            member: index,
                            course,
                        },
                    ));
                    return;
                }
            };
            let mut day = (due + offset).max(from + 1).max(begin + 1);
            while day <= today && !member.works_on(day) {
                day = day + 1;
            }
            if day > today || !member.works_on(day) {
                return;
            }
            events.push((
                day,
                Event::Learn {
                    member: index,
                    course,
                },
            ));
            done = Some(day);
        }
    }

    fn list(&self, source: &'static str, day: Day) -> Result<()> {
        // A small company has nobody from outside, and no list of them.
        if !self
            .members
            .iter()
            .any(|member| member.source() == source && member.start_on <= day)
        {
            return Ok(());
        }
        let text = company::csv(&self.members, source, day);
        let snapshot = file::read(
            text.as_bytes(),
            &file::Options {
                kind: None,
                mapping: Mapping::default(),
            },
        )?;
        let settings = Settings { mode: Mode::Full };
        let file_name = format!("{source}-{day}.csv");
        let file_sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        self.db
            .write_blocking(Actor::Source(source.to_owned()), move |tx| {
                let plan = plan_now(tx, source, &snapshot, settings)?;
                let approval = Approval {
                    sent_by: None,
                    plan: &plan.id,
                    reason: "Looked at by the owner.",
                };
                let application = Application {
                    source,
                    settings,
                    snapshot: &snapshot,
                    file_name: &file_name,
                    file_sha256: &file_sha256,
                    approval: Some(approval),
                };
                apply(tx, &application)?;
                Ok(())
            })
    }

    /// What people did in the old system, before the history begins.
    fn import(&self, begin: Day) -> Result<()> {
        let mut text = String::from("source_id,course,completed_on,score,passed,evidence_url\r\n");
        for member in self.members.iter().filter(|m| m.start_on <= begin) {
            let developer = member.post.tags.contains("developer");
            for course in BASELINE.iter().chain(DEVELOPER.iter().filter(|_| developer)) {
                if let Some(day) = earlier(member, course, begin) {
                    let score = 80 + day.0.rem_euclid(21);
                    text.push_str(&format!("{},{course},{day},{score},yes,\r\n", member.key));
                }
            }
        }
        self.db
            .write_blocking(Actor::Source("oldlms".to_owned()), move |tx| {
                let plan = import::plan(tx, "oldlms", text.as_bytes())?;
                import::apply(tx, "oldlms", text.as_bytes(), &plan.id)?;
                Ok(())
            })
    }

    fn learn(&mut self, member: usize, course: &'static str, now: Moment) -> Result<()> {
        let email = self.members[member].email.clone();
        let knowledge = self.members[member].knowledge;
        let Some(taker) = self.sign_in(email)? else {
            return Ok(());
        };
        for earlier in 0..3 {
            let who = Answerer {
                member,
                knowledge,
                earlier,
            };
            if self.attempt(&taker, course, (who, now))? {
                self.completions += 1;
                return Ok(());
            }
            self.pass(26 * 3600, now);
        }
        Ok(())
    }

    fn name(&self, member: usize) -> String {
        format!("{} {}", self.members[member].given, self.members[member].family)
    }

    fn sign_in(&self, email: String) -> Result<Option<Taker>> {
        self.db.write_blocking(Actor::Job("sign-in"), move |tx| {
            let Some(account) = account::admit(tx, &email)? else {
                return Ok(None);
            };
            let secret = session::start(tx, &account, session::Method::Link)?;
            let Some(visitor) = session::visitor(tx, &secret)? else {
                return Ok(None);
            };
            let Some(person) = visitor.person else {
                return Ok(None);
            };
            Ok(Some(Taker {
                person: person.parse()?,
                account: visitor.account,
                session: visitor.session,
                method: visitor.method,
                authenticated_at: visitor.authenticated_at,
            }))
        })
    }

    /// One attempt, from the first question to the signature; says whether it was passed.
    fn attempt(
        &mut self,
        taker: &Taker,
        course: &'static str,
        (who, now): (Answerer, Moment),
    ) -> Result<bool> {
        let by = taker.clone();
        let started = self.db.write_blocking(taker.actor(), move |tx| {
            let id = match attempt::start(tx, &by, course)? {
                Start::Answer(id) | Start::Sign(id) => id,
            };
            let Some(attempt) = attempt::find(tx, &by.person, &id)? else {
                return Ok(None);
            };
            let course = edition::load(tx, &attempt.edition)?;
            let asked = attempt.form.questions.iter();
            let questions = asked.map(|asked| attempt::question_of(&course, asked).cloned());
            Ok(Some((id, questions.collect::<Result<Vec<Question>>>()?)))
        })?;
        let Some((id, questions)) = started else {
            return Ok(false);
        };
        // Each answer at its own time: how long somebody thought is part of what there is to see.
        for (place, question) in questions.iter().enumerate() {
            let given = answer(question, who.knowledge, who.earlier, &mut self.dice);
            self.pass(given.seconds, now);
            let (by, id) = (taker.clone(), id.clone());
            self.db.write_blocking(taker.actor(), move |tx| {
                attempt::answer(tx, &by, &id, place + 1, &given.response)?;
                Ok(())
            })?;
        }
        let name = self.name(who.member);
        self.pass(40, now);
        let (by, handed_in) = (taker.clone(), id.clone());
        let marked = self.db.write_blocking(taker.actor(), move |tx| {
            submission::submit(tx, &by, &handed_in, Unanswered::Refuse)
        })?;
        if !marked.is_some_and(|submission| submission.marking.passed) {
            return Ok(false);
        }
        self.pass(60, now);
        let (by, shown) = (taker.clone(), id.clone());
        self.db
            .write_blocking(taker.actor(), move |tx| attestation::present(tx, &by, &shown))?;
        self.pass(40, now);
        let by = taker.clone();
        self.db.write_blocking(taker.actor(), move |tx| {
            consent::give(tx, &by)?;
            let client = Client::seen("https://muster.example", None, "The demonstration");
            match attestation::draft(tx, &by, &id, (&name, &client))? {
                Some(draft) => attestation::sign(tx, &by, &id, &Signing { draft, passkey: None }),
                None => Ok(None),
            }
        })?;
        Ok(true)
    }

    /// Time goes on, but never past the present.
    fn pass(&self, seconds: i64, now: Moment) {
        self.db.set_now(self.db.now().plus_seconds(seconds).min(now));
    }

    fn waive(&self, member: usize, course: &'static str, day: Day) -> Result<()> {
        let member = &self.members[member];
        let (source, key) = (member.source(), member.key.clone());
        let owner = self.owner()?;
        self.db.write_blocking(owner, move |tx| {
            let Some(person) = person::by_source_key(tx, source, &key)? else {
                return Ok(());
            };
            let waiver = NewWaiver {
                person,
                course_id: course.to_owned(),
                reason: "Works on a machine without network access; briefed in person instead.".to_owned(),
                compensating: "Briefing by the shift lead, recorded on paper each quarter.".to_owned(),
                until_on: day + 180,
            };
            waiver::grant(tx, &waiver)?;
            Ok(())
        })
    }
}

/// The day somebody who was there before did the course in the old system.
fn earlier(member: &Member, course: &str, begin: Day) -> Option<Day> {
    let spread: u32 = member.key.bytes().chain(course.bytes()).map(u32::from).sum();
    let ago = 20 + i32::try_from(spread * 7 % 320).unwrap_or(0);
    let prompt = matches!(member.manner, Manner::Prompt | Manner::Late);
    (prompt && member.start_on <= begin - ago).then(|| begin - ago)
}

/// How many questions a course's key answers: every question of every shipped course has a right response.
pub fn answerable(course: &Course) -> usize {
    course
        .questions
        .iter()
        .filter(|question| question.is_right(&response(question, None)))
        .count()
}
