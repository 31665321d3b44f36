//! Which of the six buckets an account falls into, and why: the judgement itself.
//!
//! What somebody decided comes first, as long as it holds; then whose the account is by its keys. What looks like a service
//! account and is nobody's waits for an owner; it is never put in order by its looks.
//!
//! Pure. Bucket D is about people without accounts ([`crate::question`]).

use std::str::FromStr;

use db::{Day, Fault};
use roster::people::Standing;
use serde::Serialize;

use crate::account::{self, Account, AccountKind};
use crate::decision::{Decision, What};
use crate::link::{Link, LinkedBy, link};
use crate::people::{People, is_here};
use crate::system::By;
use crate::training::Training;

/// Where an account stands. `D` has no accounts, only people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Access, and not on the roster.
    A,
    /// Access after leaving.
    B,
    /// Access without the training that has to be done for it, or with any overdue.
    C,
    /// A service or shared account that nobody answers for.
    E,
    /// It could be somebody's.
    F,
    /// Left out by somebody's decision.
    Excluded,
    /// Nobody gets in by it.
    Inactive,
    InOrder,
}

/// What came of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub bucket: Bucket,
    pub reason: String,
    /// Whose it is; of a service account nobody's.
    pub person: Option<(u32, LinkedBy)>,
    pub candidates: Vec<u32>,
}

/// What accounts are judged by.
pub struct Bench<'a> {
    pub people: &'a People,
    pub training: &'a Training,
    pub need: Option<By>,
    /// The day the list was true: who had left before is in bucket B.
    pub snapshot_on: Day,
    pub today: Day,
}

impl Bucket {
    pub const ALL: [Bucket; 8] = [
        Bucket::A,
        Bucket::B,
        Bucket::C,
        Bucket::E,
        Bucket::F,
        Bucket::Excluded,
        Bucket::Inactive,
        Bucket::InOrder,
    ];

    /// Those that are findings.
    pub const FINDINGS: [Bucket; 5] = [Bucket::A, Bucket::B, Bucket::C, Bucket::E, Bucket::F];

    pub fn as_str(self) -> &'static str {
        match self {
            Bucket::A => "a",
            Bucket::B => "b",
            Bucket::C => "c",
            Bucket::E => "e",
            Bucket::F => "f",
            Bucket::Excluded => "excluded",
            Bucket::Inactive => "inactive",
            Bucket::InOrder => "in_order",
        }
    }

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Bucket::A => "Access, not on the roster",
            Bucket::B => "Access after leaving",
            Bucket::C => "Access without the training",
            Bucket::E => "Service or shared, without an owner",
            Bucket::F => "Could be somebody on the roster",
            Bucket::Excluded => "Left out by a decision",
            Bucket::Inactive => "Cannot sign in",
            Bucket::InOrder => "In order",
        }
    }

    pub fn is_finding(self) -> bool {
        Bucket::FINDINGS.contains(&self)
    }
}

impl FromStr for Bucket {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Bucket, Fault> {
        let found = Bucket::ALL.into_iter().find(|bucket| bucket.as_str() == text);
        found.ok_or_else(|| Fault::new("reading a bucket of accounts, which is not known"))
    }
}

impl Bench<'_> {
    /// Judges an account whose access began on `began`.
    pub fn judge(&self, account: &Account, decision: Option<&Decision>, began: Day) -> Judged {
        let holding = decision.filter(|decision| decision.holds_on(self.today));
        if account.inactive {
            return self.put(Bucket::Inactive, String::new());
        }
        match holding.map(|decision| (decision.what, decision)) {
            Some((What::Excluded, _)) => return self.excluded(account),
            Some((What::Service | What::Shared, decision)) => return self.owned(decision),
            Some((What::Person, decision)) => {
                let place = decision
                    .person
                    .as_ref()
                    .and_then(|id| self.people.place(id.as_str()));
                if let Some(place) = place {
                    return self.linked((place, LinkedBy::Decision), began);
                }
            }
            _ => {}
        }
        let said = matches!(account.kind, AccountKind::Service | AccountKind::Shared);
        match link(account, self.people) {
            _ if said => self.ownerless(account.kind, decision, Vec::new()),
            Link::To(place, by) => self.linked((place, by), began),
            Link::Several(candidates) => {
                let reason = "More than one person on the roster has its address or number.";
                self.unsure(reason, candidates)
            }
            other => match (account::looks_like(account), other) {
                (Some(kind), Link::Resembles(candidates)) => self.ownerless(kind, decision, candidates),
                (Some(kind), _) => self.ownerless(kind, decision, Vec::new()),
                (None, Link::Resembles(candidates)) => {
                    let reason =
                        "Nobody has its address or number, and somebody on the roster is called the same.";
                    self.unsure(reason, candidates)
                }
                (None, _) => self.put(
                    Bucket::A,
                    "Nobody on the roster has its address or number.".to_owned(),
                ),
            },
        }
    }

    fn linked(&self, (place, by): (u32, LinkedBy), began: Day) -> Judged {
        let known = self.people.at(place);
        let left = known
            .end_on
            .filter(|end| known.standing == Standing::Left && *end < self.snapshot_on);
        // An account can be older than the work it is used for.
        let began = began.max(known.start_on);
        let lack = || {
            self.training
                .lack(known.id.as_str(), self.need, (began, self.today))
        };
        let (bucket, reason) = if let Some(end) = left {
            let reason = format!(
                "Left on {}; access was still there on {}.",
                end.long(),
                self.snapshot_on.long()
            );
            (Bucket::B, reason)
        } else if known.standing == Standing::Left {
            // Left since the list was made: a newer list will say whether access was taken away.
            (Bucket::InOrder, String::new())
        } else if let Some(lack) = lack() {
            (Bucket::C, lack.sentence())
        } else {
            (Bucket::InOrder, String::new())
        };
        Judged {
            bucket,
            reason,
            person: Some((place, by)),
            candidates: Vec::new(),
        }
    }

    fn owned(&self, decision: &Decision) -> Judged {
        let owner = decision
            .person
            .as_ref()
            .and_then(|id| self.people.place(id.as_str()));
        if owner.is_some_and(|place| is_here(self.people.at(place).standing)) {
            return self.put(Bucket::InOrder, String::new());
        }
        self.put(
            Bucket::E,
            "Whoever answered for it is here no longer; it needs another owner.".to_owned(),
        )
    }

    /// Left out, with whose it is where the keys say so: access is access also where nobody is asked about it.
    fn excluded(&self, account: &Account) -> Judged {
        let person = match link(account, self.people) {
            Link::To(place, by) => Some((place, by)),
            _ => None,
        };
        Judged {
            person,
            ..self.put(Bucket::Excluded, String::new())
        }
    }

    fn ownerless(&self, kind: AccountKind, decision: Option<&Decision>, candidates: Vec<u32>) -> Judged {
        let lapsed = decision.filter(|decision| matches!(decision.what, What::Service | What::Shared));
        let reason = match (lapsed.and_then(|decision| decision.until_on), kind) {
            (Some(until), _) => format!("Its owner vouched for it until {}; that is over.", until.long()),
            (None, AccountKind::Shared) => {
                "A shared account by its name or by the list, and nobody answers for it.".to_owned()
            }
            (None, _) => {
                "A service account by its name or by the list, and nobody answers for it.".to_owned()
            }
        };
        Judged {
            candidates,
            ..self.put(Bucket::E, reason)
        }
    }

    fn unsure(&self, reason: &str, candidates: Vec<u32>) -> Judged {
        Judged {
            candidates,
            ..self.put(Bucket::F, reason.to_owned())
        }
    }

    fn put(&self, bucket: Bucket, reason: String) -> Judged {
        Judged {
            bucket,
            reason,
            person: None,
            candidates: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use db::Moment;

    use super::*;
    use crate::people::tests::six;

    const TODAY: Day = Day(20_605);

    fn account(login: &str, email: &str) -> Account {
        Account {
            key: login.to_owned(),
            login: login.to_owned(),
            email: (!email.is_empty()).then(|| email.to_owned()),
            ..Account::default()
        }
    }

    fn decision(what: What, person: Option<&str>, until: Option<Day>) -> Decision {
        Decision {
            what,
            person: person.map(|number| {
                format!("per_0000000000000000000000000{number}")
                    .parse()
                    .expect("an id")
            }),
            reason: "Because.".to_owned(),
            until_on: until,
            decided_at: Moment(0),
            decided_by: "operator".to_owned(),
        }
    }

    fn judged(account: &Account, decision: Option<&Decision>) -> Judged {
        let people = six();
        let training = Training {
            courses: vec!["D05".to_owned()],
            done: HashMap::from([(people.all[0].id.to_string(), vec![Some(Day(20_000))])]),
            ..Training::default()
        };
        let bench = Bench {
            people: &people,
            training: &training,
            need: Some(By::Days(30)),
            snapshot_on: TODAY,
            today: TODAY,
        };
        bench.judge(account, decision, Day(20_500))
    }

    #[test]
    fn each_account_falls_into_the_bucket_it_belongs_in() {
        let of = |login, email| judged(&account(login, email), None).bucket;
        assert_eq!(of("ada", "ada@example.com"), Bucket::InOrder);
        assert_eq!(of("zz9", "zz@elsewhere.example"), Bucket::A);
        assert_eq!(of("dizorn", "di@example.com"), Bucket::B);
        assert_eq!(of("zm", "zoe.mueller@example.com"), Bucket::C);
        assert_eq!(of("build-bot", ""), Bucket::E);
        assert_eq!(of("team", "shared@example.com"), Bucket::F);
        assert_eq!(
            of("zoe-mueller", ""),
            Bucket::F,
            "called the same is a question, not an answer"
        );
        let gone = Account {
            inactive: true,
            ..account("dizorn", "di@example.com")
        };
        assert_eq!(judged(&gone, None).bucket, Bucket::Inactive);
    }

    #[test]
    fn what_somebody_decided_counts_as_long_as_it_holds() {
        let bot = account("build-bot", "");
        let until = |day| decision(What::Service, Some("1"), Some(day));
        assert_eq!(judged(&bot, Some(&until(TODAY))).bucket, Bucket::InOrder);
        let lapsed = judged(&bot, Some(&until(TODAY - 1)));
        assert_eq!(lapsed.bucket, Bucket::E);
        assert!(lapsed.reason.contains("vouched"), "{}", lapsed.reason);
        let by_leaver = decision(What::Service, Some("4"), Some(TODAY));
        assert!(judged(&bot, Some(&by_leaver)).reason.contains("here no longer"));
        let hers = decision(What::Person, Some("1"), None);
        let linked = judged(&account("zz9", ""), Some(&hers));
        assert_eq!(
            (linked.bucket, linked.person),
            (Bucket::InOrder, Some((0, LinkedBy::Decision)))
        );
        let excluded = decision(What::Excluded, None, Some(TODAY));
        assert_eq!(
            judged(&account("zz9", ""), Some(&excluded)).bucket,
            Bucket::Excluded
        );
    }

    #[test]
    fn what_the_list_calls_a_service_account_is_nobodys_even_with_somebodys_address() {
        let service = Account {
            kind: AccountKind::Service,
            ..account("deploy", "ada@example.com")
        };
        assert_eq!(judged(&service, None).bucket, Bucket::E);
    }

    #[test]
    fn who_left_after_the_list_was_made_is_not_blamed_for_it() {
        let people = six();
        let training = Training::default();
        let bench = Bench {
            people: &people,
            training: &training,
            need: None,
            snapshot_on: Day::ymd(2026, 4, 30),
            today: TODAY,
        };
        let found = bench.judge(&account("dizorn", "di@example.com"), None, TODAY);
        assert_eq!(found.bucket, Bucket::InOrder, "the last day of work was that day");
    }
}
