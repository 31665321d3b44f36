//! The fictional company: who works there, since when, and what happens to each of them.
//!
//! Pure: a seed, a day and a size give the same company on every machine. Every name is invented, every
//! address is under `.example`.

use std::collections::BTreeMap;

use db::Day;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::answering::Knowledge;

/// The company's name.
pub const NAME: &str = "Halden Robotics";
const MANAGER_KEY: &str = "E0998";
/// Above so many people a department has team leads.
const TEAM_SIZE: usize = 12;
/// How far back its history goes.
pub const HISTORY_DAYS: i32 = 426;

/// One invented person.
#[derive(Debug, Clone)]
pub struct Member {
    pub key: String,
    pub given: String,
    pub family: String,
    pub email: String,
    pub kind: &'static str,
    pub start_on: Day,
    pub end_on: Option<Day>,
    pub leave: Option<(Day, Option<Day>)>,
    pub employer: Option<&'static str>,
    pub post: Post,
    /// A new post, and the day it began.
    pub moved: Option<(Day, Post)>,
    pub manner: Manner,
    pub knowledge: Knowledge,
    /// By key: whom they report to.
    pub manager: Option<String>,
}

/// Where somebody works and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    pub department: &'static str,
    pub title: &'static str,
    pub tags: &'static str,
}

/// How somebody deals with what they owe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Prompt,
    Late,
    Never,
    Waived,
}

const GIVEN: &[&str] = &[
    "Ada", "Bruno", "Chidi", "Dana", "Emil", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kaya", "Leif", "Mira",
    "Noor", "Otis", "Pia", "Quinn", "Rosa", "Sami", "Tilda", "Uma", "Viktor", "Wren", "Xenia", "Yara",
    "Zeno", "Anouk", "Bao", "Celia", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kofi",
    "Lena", "Matteo", "Nadia", "Oskar", "Priya", "Rafael", "Selma", "Tariq", "Ulla", "Vera", "Willem",
    "Yusuf", "Zofia",
];
const FAMILY: &[&str] = &[
    "Osei",
    "Keller",
    "Nwosu",
    "Ruiz",
    "Lund",
    "Idris",
    "Petrov",
    "Sato",
    "Novak",
    "Park",
    "Demir",
    "Berg",
    "Rossi",
    "Haddad",
    "Webb",
    "Moreau",
    "Adeyemi",
    "Silva",
    "Khan",
    "Lindqvist",
    "Rao",
    "Horvat",
    "Doyle",
    "Weil",
    "Nasser",
    "Brandt",
    "Costa",
    "Tran",
    "Okafor",
    "Marin",
    "Yilmaz",
    "Mensah",
    "Falk",
    "Ito",
    "Serrano",
    "Weiss",
    "Boateng",
    "Field",
    "Conti",
    "Rahman",
    "Nyman",
    "Iyer",
    "Santos",
    "Dahl",
    "Aziz",
    "Jansen",
    "Popov",
    "Visser",
    "Demirci",
    "Kowalska",
];
const SUPPLIERS: &[&str] = &["Vantage Systems Ltd", "Brightwater Cleaning", "Helio Staffing"];

const ENGINEER: Post = Post {
    department: "Platform",
    title: "Software Engineer",
    tags: "developer",
};
const FIRMWARE: Post = Post {
    department: "Motion",
    title: "Firmware Engineer",
    tags: "developer",
};
const POSTS: &[(u32, Post)] = &[
    (22, ENGINEER),
    (16, FIRMWARE),
    (
        8,
        Post {
            department: "Product",
            title: "Product Manager",
            tags: "",
        },
    ),
    (
        8,
        Post {
            department: "Finance",
            title: "Accountant",
            tags: "finance",
        },
    ),
    (
        6,
        Post {
            department: "People",
            title: "People Partner",
            tags: "hr",
        },
    ),
    (
        18,
        Post {
            department: "Sales",
            title: "Account Manager",
            tags: "",
        },
    ),
    (
        12,
        Post {
            department: "Support",
            title: "Support Specialist",
            tags: "",
        },
    ),
    (
        10,
        Post {
            department: "Operations",
            title: "Operations Lead",
            tags: "",
        },
    ),
];

/// The dice of the demonstration.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from 0 to `below` − 1; `below` is at least 1.
    pub fn below(&mut self, below: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(below.max(1));
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    pub fn between(&mut self, from: i32, to: i32) -> i32 {
        from + i32::try_from(self.below(u32::try_from(to - from + 1).unwrap_or(1))).unwrap_or(0)
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let index = self.below(u32::try_from(of.len()).unwrap_or(1));
        &of[usize::try_from(index).unwrap_or(0)]
    }
}

/// Invents a company of which `people` are there on `today`; its first three members are the owner, a learner and a manager.
pub fn invent(seed: u64, today: Day, people: u32) -> Vec<Member> {
    let mut dice = Dice::new(seed);
    let begin = today - HISTORY_DAYS;
    let mut members = vec![owner(begin), learner(today), manager(begin)];
    let mut here = 3;
    let mut number = 1000;
    while here < people {
        number += 1;
        let member = member(&mut dice, number, begin, today);
        if member.end_on.is_none_or(|end| end >= today) && member.start_on <= today {
            here += 1;
        }
        members.push(member);
    }
    report(&mut members, begin);
    members
}

/// Who reports to whom: each department to its head, through team leads where it is large; the heads to the owner.
fn report(members: &mut [Member], begin: Day) {
    let mut departments: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (index, member) in members.iter().enumerate().skip(1) {
        departments.entry(member.post.department).or_default().push(index);
    }
    for people in departments.into_values() {
        let mut leads: Vec<usize> = people
            .iter()
            .copied()
            .filter(|index| leads_others(&members[*index], begin))
            .collect();
        leads.sort_by_key(|index| {
            (
                members[*index].key != MANAGER_KEY,
                members[*index].start_on,
                *index,
            )
        });
        leads.truncate(1 + people.len() / TEAM_SIZE);
        let head = leads.first().copied();
        for (place, index) in people.iter().enumerate() {
            let manager = match (head, leads.len()) {
                (None, _) => 0,
                (Some(head), _) if *index == head => 0,
                (Some(head), 1) => head,
                (Some(head), _) if leads.contains(index) => head,
                (_, count) => leads[1 + place % (count - 1)],
            };
            members[*index].manager = Some(members[manager].key.clone());
        }
    }
}

/// Whether somebody was there from the beginning and stays.
fn leads_others(member: &Member, begin: Day) -> bool {
    member.employer.is_none()
        && member.kind == "employee"
        && member.start_on < begin
        && member.end_on.is_none()
        && member.leave.is_none()
        && member.moved.is_none()
}

fn owner(begin: Day) -> Member {
    Member {
        key: "E1000".to_owned(),
        given: "Marta".to_owned(),
        family: "Halden".to_owned(),
        email: super::OWNER.to_owned(),
        kind: "employee",
        start_on: begin - 900,
        end_on: None,
        leave: None,
        employer: None,
        post: Post {
            department: "Security",
            title: "Head of Security",
            tags: "",
        },
        moved: None,
        manner: Manner::Prompt,
        knowledge: Knowledge::Well,
        manager: None,
    }
}

/// Heads the department with the most people.
fn manager(begin: Day) -> Member {
    Member {
        key: MANAGER_KEY.to_owned(),
        given: "Noor".to_owned(),
        family: "Sato".to_owned(),
        email: super::MANAGER.to_owned(),
        start_on: begin - 700,
        post: Post {
            title: "Head of Platform",
            ..ENGINEER
        },
        ..owner(begin)
    }
}

fn learner(today: Day) -> Member {
    Member {
        key: "E0999".to_owned(),
        given: "Lena".to_owned(),
        family: "Field".to_owned(),
        email: super::LEARNER.to_owned(),
        kind: "employee",
        start_on: today - 4,
        end_on: None,
        leave: None,
        employer: None,
        post: ENGINEER,
        moved: None,
        manner: Manner::Never,
        knowledge: Knowledge::Mostly,
        manager: None,
    }
}

fn member(dice: &mut Dice, number: u32, begin: Day, today: Day) -> Member {
    let given = (*dice.pick(GIVEN)).to_owned();
    let family = (*dice.pick(FAMILY)).to_owned();
    let (kind, prefix) = match dice.below(100) {
        0..82 => ("employee", "E"),
        82..93 => ("contractor", "C"),
        93..98 => ("vendor_staff", "V"),
        _ => ("board", "E"),
    };
    let outside = matches!(kind, "contractor" | "vendor_staff");
    let domain = if outside {
        "partners.example"
    } else {
        "halden.example"
    };
    // One in four joined within the history; the rest were there before it.
    let start_on = if dice.chance(27) {
        begin + dice.between(1, HISTORY_DAYS + 20)
    } else {
        begin - dice.between(30, 1800)
    };
    let first = if start_on > begin { start_on } else { begin };
    let end_on =
        (dice.chance(12) && first + 45 < today).then(|| first + dice.between(40, (today - first).max(41)));
    let leave = (end_on.is_none() && dice.chance(5) && first + 60 < today).then(|| {
        let from = first + dice.between(30, (today - first - 20).max(31));
        let until = dice.chance(80).then(|| from + dice.between(20, 160));
        (from, until)
    });
    let post = if kind == "vendor_staff" {
        Post {
            department: "Facilities",
            title: "Site Technician",
            tags: "",
        }
    } else {
        draw_post(dice)
    };
    let moves = end_on.is_none() && !outside && post.tags.is_empty() && dice.chance(8) && first + 90 < today;
    let moved = moves.then(|| (first + dice.between(60, (today - first - 10).max(61)), ENGINEER));
    let manner = match dice.below(100) {
        0..90 => Manner::Prompt,
        90..96 => Manner::Late,
        96..99 => Manner::Never,
        _ => Manner::Waived,
    };
    Member {
        key: format!("{prefix}{number}"),
        email: format!(
            "{}.{}{}@{domain}",
            given.to_lowercase(),
            family.to_lowercase(),
            number % 1000
        ),
        given,
        family,
        kind,
        start_on,
        end_on,
        leave,
        employer: outside.then(|| *dice.pick(SUPPLIERS)),
        post,
        moved,
        manner,
        knowledge: Knowledge::draw(dice),
        manager: None,
    }
}

fn draw_post(dice: &mut Dice) -> Post {
    let mut left = dice.below(100);
    for (share, post) in POSTS {
        if left < *share {
            return *post;
        }
        left -= share;
    }
    ENGINEER
}

impl Member {
    /// Which list the person is on.
    pub fn source(&self) -> &'static str {
        if self.employer.is_some() {
            "contractors"
        } else {
            "hr"
        }
    }

    /// The post on a day.
    pub fn post_on(&self, day: Day) -> Post {
        match self.moved {
            Some((from, post)) if from <= day => post,
            _ => self.post,
        }
    }

    /// Whether a completion can happen on this day.
    pub fn works_on(&self, day: Day) -> bool {
        let away = self
            .leave
            .is_some_and(|(from, until)| from <= day && until.is_none_or(|until| day <= until));
        self.start_on <= day && self.end_on.is_none_or(|end| day <= end) && !away
    }
}

/// The list a source would export on `day`: everybody who has started by then or starts within a month, leavers
/// included, in the columns of our template.
pub fn csv(members: &[Member], source: &str, day: Day) -> String {
    let mut text = String::from(
        "source_id,email,given_name,family_name,person_type,start_date,end_date,leave_from,leave_until,\
         employer_or_vendor,department,job_title,tags,manager_source_id\r\n",
    );
    let known = |date: Option<Day>| {
        date.filter(|d| *d <= day + 30)
            .map(|d| d.to_string())
            .unwrap_or_default()
    };
    for member in members
        .iter()
        .filter(|m| m.source() == source && m.start_on <= day + 30)
    {
        let post = member.post_on(day);
        let leave = member.leave.filter(|(from, _)| *from <= day + 14);
        let row = [
            member.key.clone(),
            member.email.clone(),
            member.given.clone(),
            member.family.clone(),
            member.kind.to_owned(),
            member.start_on.to_string(),
            known(member.end_on),
            leave.map(|(from, _)| from.to_string()).unwrap_or_default(),
            leave
                .and_then(|(_, until)| until)
                .map(|d| d.to_string())
                .unwrap_or_default(),
            member.employer.unwrap_or_default().to_owned(),
            post.department.to_owned(),
            post.title.to_owned(),
            post.tags.to_owned(),
            member.manager.clone().unwrap_or_default(),
        ];
        text.push_str(&row.join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_company_and_another_another() {
        let today = Day::ymd(2026, 6, 1);
        let once = csv(&invent(7, today, 250), "hr", today);
        assert_eq!(once, csv(&invent(7, today, 250), "hr", today));
        assert_ne!(once, csv(&invent(8, today, 250), "hr", today));
    }

    #[test]
    fn a_company_of_250_has_every_sort_of_story() {
        let today = Day::ymd(2026, 6, 1);
        let members = invent(1, today, 250);
        let here = members
            .iter()
            .filter(|m| m.start_on <= today && m.end_on.is_none_or(|e| e >= today))
            .count();
        assert_eq!(here, 250);
        let some = |test: &dyn Fn(&Member) -> bool| members.iter().any(test);
        assert!(some(&|m| m.end_on.is_some_and(|e| e < today)), "leavers");
        assert!(some(&|m| m.moved.is_some()), "movers");
        assert!(some(&|m| m.leave.is_some()), "leave");
        assert!(some(&|m| m.kind == "vendor_staff"), "suppliers' people");
        let (reports, leads): (Vec<_>, Vec<_>) = members.iter().partition(|m| {
            let key = Some(m.key.as_str());
            members.iter().all(|other| other.manager.as_deref() != key)
        });
        assert!(
            leads.len() > 8 && reports.len() > 200,
            "{} lead {}",
            leads.len(),
            reports.len()
        );
        assert!(
            members.iter().skip(1).all(|m| m.manager.is_some()),
            "only the owner reports to nobody"
        );
        assert!(
            some(&|m| m.manner == Manner::Late) && some(&|m| m.manner == Manner::Waived),
            "late and waived"
        );
    }
}
