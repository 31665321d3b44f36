//! What needs somebody's attention about a supplier on a day: reckoned from the register, the roster and what was accepted.
//!
//! Pure. Not here: where what is seen comes from ([`super::register`]).

use db::Day;

use super::{Coverage, Terms};

/// From so many days before evidence ends, somebody should ask for the next.
pub const SOON_DAYS: i32 = 30;

/// What the roster and the acceptances say of one supplier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its people who are here today.
    pub people: u64,
    pub owner_has_left: bool,
    /// The last day on which anything that was accepted for its people counts.
    pub evidence_until: Option<Day>,
}

/// What needs somebody's attention, as a finished sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    NoOwner,
    OwnerLeft,
    ContractOver { since: Day, people: u64 },
    NoEvidence,
    EvidenceOver { since: Day },
    EvidenceEnds { on: Day },
}

impl Concern {
    pub fn sentence(self) -> String {
        match self {
            Concern::NoOwner => "Nobody inside answers for it.".to_owned(),
            Concern::OwnerLeft => "Whoever answered for it has left.".to_owned(),
            Concern::ContractOver { since, people: 1 } => {
                format!(
                    "The contract was over on {}, and one of its people is still here.",
                    since.long()
                )
            }
            Concern::ContractOver { since, people } => {
                format!(
                    "The contract was over on {}, and {people} of its people are still here.",
                    since.long()
                )
            }
            Concern::NoEvidence => {
                "Its people have training of their own, and no evidence of it was accepted yet.".to_owned()
            }
            Concern::EvidenceOver { since } => format!(
                "The evidence of its people’s training counted until {}.",
                since.long()
            ),
            Concern::EvidenceEnds { on } => format!(
                "The evidence of its people’s training counts until {} only.",
                on.long()
            ),
        }
    }

    /// In two words, for a list.
    pub fn label(self) -> &'static str {
        match self {
            Concern::NoOwner => "no owner",
            Concern::OwnerLeft => "owner left",
            Concern::ContractOver { .. } => "contract over",
            Concern::NoEvidence => "no evidence",
            Concern::EvidenceOver { .. } => "evidence over",
            Concern::EvidenceEnds { .. } => "evidence ends soon",
        }
    }

    /// Whether it is wrong today, rather than soon.
    pub fn is_gap(self) -> bool {
        !matches!(self, Concern::EvidenceEnds { .. })
    }
}

/// What needs attention on this day, the worst first.
pub fn concerns(terms: &Terms, seen: &Seen, today: Day) -> Vec<Concern> {
    let mut found = Vec::new();
    if let Some(since) = terms.to_on.filter(|to| *to < today && seen.people > 0) {
        found.push(Concern::ContractOver {
            since,
            people: seen.people,
        });
    }
    if terms.coverage == Coverage::Own && seen.people > 0 {
        match seen.evidence_until {
            None => found.push(Concern::NoEvidence),
            Some(since) if since < today => found.push(Concern::EvidenceOver { since }),
            Some(on) if on < today + SOON_DAYS => found.push(Concern::EvidenceEnds { on }),
            Some(_) => {}
        }
    }
    match terms.owner {
        None => found.push(Concern::NoOwner),
        Some(_) if seen.owner_has_left => found.push(Concern::OwnerLeft),
        Some(_) => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supplier::tests::terms;

    #[test]
    fn what_needs_attention_is_found_on_its_day() {
        let seen = |people, until: Option<i32>| Seen {
            people,
            owner_has_left: false,
            evidence_until: until.map(Day),
        };
        let found = |seen: &Seen, today: i32| concerns(&terms("A"), seen, Day(today));
        assert_eq!(
            found(&seen(0, None), 150),
            [Concern::NoOwner],
            "nobody is here, so nothing has to be shown"
        );
        assert_eq!(
            found(&seen(2, None), 150),
            [Concern::NoEvidence, Concern::NoOwner]
        );
        assert_eq!(
            found(&seen(2, Some(149)), 150)[0],
            Concern::EvidenceOver { since: Day(149) }
        );
        assert_eq!(
            found(&seen(2, Some(179)), 150)[0],
            Concern::EvidenceEnds { on: Day(179) }
        );
        assert_eq!(found(&seen(2, Some(180)), 150), [Concern::NoOwner]);
        let over = Concern::ContractOver {
            since: Day(200),
            people: 2,
        };
        assert_eq!(
            found(&seen(2, Some(900)), 200),
            [Concern::NoOwner],
            "the last day counts"
        );
        assert_eq!(found(&seen(2, Some(900)), 201), [over, Concern::NoOwner]);
        let owned = Terms {
            owner: Some("per_00000000000000000000000001".parse().expect("an id")),
            ..terms("A")
        };
        let left = Seen {
            owner_has_left: true,
            ..Seen::default()
        };
        assert_eq!(concerns(&owned, &left, Day(150)), [Concern::OwnerLeft]);
    }
}
