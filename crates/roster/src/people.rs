//! Lists of people as of any day: who is here, who is away, who is to come and who has left.
//!
//! A person with several engagements is listed once, by the one that counts on the day. The list is sorted here and not by the
//! engine, so that both engines give the same pages; only the page asked for is held in memory.
//!
//! Not here: one person's page (crate `evidence`).

use std::collections::HashSet;

use db::{Day, Id, Reader, Result, Row, params, sql};
use serde::Serialize;

use crate::engagement::{EngagementKind, stored_kind};
use crate::person::{PersonKind, called};
use crate::profile::{Facts, stored_access};

/// The most people on one page.
pub const PAGE_MAX: usize = 1_000;

/// Where somebody stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Here,
    OnLeave,
    /// Has yet to start.
    Joining,
    Left,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Here => "here",
            Standing::OnLeave => "on_leave",
            Standing::Joining => "joining",
            Standing::Left => "left",
        }
    }
}

/// Whom to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Looked for in the name, the address and the source's key.
    pub text: String,
    pub kind: Option<EngagementKind>,
    pub department: Option<String>,
    pub whom: Whom,
}

/// Which standings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whom {
    /// Here on the day, on leave or not.
    #[default]
    Engaged,
    OnLeave,
    Joining,
    Left,
    Everybody,
}

impl Whom {
    fn includes(self, standing: Standing) -> bool {
        match self {
            Whom::Engaged => matches!(standing, Standing::Here | Standing::OnLeave),
            Whom::OnLeave => standing == Standing::OnLeave,
            Whom::Joining => standing == Standing::Joining,
            Whom::Left => standing == Standing::Left,
            Whom::Everybody => true,
        }
    }
}

/// Which part of the list: `number` from 1, `size` up to [`PAGE_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub number: usize,
    pub size: usize,
}

/// One person as of a day.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    pub person: Id<PersonKind>,
    pub name: String,
    pub source: String,
    pub source_id: String,
    pub kind: EngagementKind,
    pub start_on: Day,
    pub end_on: Option<Day>,
    pub employer: Option<String>,
    pub standing: Standing,
    #[serde(flatten)]
    pub facts: Facts,
}

/// The page of people the filter asks for, by family name, and how many it finds in all.
pub fn people(reader: &mut Reader, as_of: Day, filter: &Filter, page: Page) -> Result<(Vec<Listed>, u64)> {
    let size = page.size.clamp(1, PAGE_MAX);
    let skipped = page.number.saturating_sub(1).saturating_mul(size);
    let keep = skipped.saturating_add(size);
    let text = filter.text.trim().to_lowercase();
    let mut total = 0_u64;
    let mut kept: Vec<(SortKey, Listed)> = Vec::new();
    each(reader, as_of, |listed| {
        if matches(&listed, filter, &text) {
            total += 1;
            kept.push((sort_key(&listed), listed));
            if kept.len() >= keep.saturating_mul(2).max(PAGE_MAX) {
                kept.sort_by(|a, b| a.0.cmp(&b.0));
                kept.truncate(keep);
            }
        }
        Ok(())
    })?;
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    Ok((
        kept.into_iter()
            .take(keep)
            .skip(skipped)
            .map(|(_, listed)| listed)
            .collect(),
        total,
    ))
}

type SortKey = (String, String, Id<PersonKind>);

fn sort_key(listed: &Listed) -> SortKey {
    (
        listed.facts.family_name.to_lowercase(),
        listed.facts.given_name.to_lowercase(),
        listed.person.clone(),
    )
}

fn matches(listed: &Listed, filter: &Filter, text: &str) -> bool {
    let found = || {
        let facts = &listed.facts;
        let texts = [
            &listed.name,
            &facts.given_name,
            &facts.family_name,
            &listed.source_id,
        ];
        texts
            .into_iter()
            .chain(facts.email.as_ref())
            .any(|one| one.to_lowercase().contains(text))
    };
    filter.whom.includes(listed.standing)
        && filter.kind.is_none_or(|kind| listed.kind == kind)
        && filter
            .department
            .as_ref()
            .is_none_or(|department| listed.facts.department.as_ref() == Some(department))
        && (text.is_empty() || found())
}

/// Visits everybody ever on the roster, once each, as of a day, in no particular order.
///
/// What is visited is what is believed now about that day.
pub fn each(reader: &mut Reader, as_of: Day, mut visit: impl FnMut(Listed) -> Result<()>) -> Result<()> {
    let away = away_on(reader, as_of)?;
    let mut held: Option<Listed> = None;
    reader.each(
        sql!(
            "select e.person_id, e.source, e.source_key, e.kind, e.start_on, e.end_on, e.employer,
                    p.email, p.given_name, p.family_name, p.preferred_name, p.manager_key, p.department, p.division,
                    p.cost_center, p.job_title, p.location, p.country, p.language, p.access, p.tags
             from engagement e
             join profile p
               on p.person_id = e.person_id
              and p.superseded_at is null
              and p.from_on = (
                  select max(q.from_on)
                  from profile q
                  where q.person_id = e.person_id
                    and q.superseded_at is null
                    and q.from_on <= case when e.start_on > $1 then e.start_on else $1 end)
             where e.superseded_at is null
             order by e.person_id, e.start_on, e.id"
        ),
        &params![as_of],
        |row| {
            let next = read(row, as_of, &away)?;
            match held.take() {
                Some(before) if before.person == next.person => held = Some(counting(before, next)),
                Some(before) => {
                    held = Some(next);
                    visit(before)?;
                }
                None => held = Some(next),
            }
            Ok(())
        },
    )?;
    held.map_or(Ok(()), visit)
}

/// Of two engagements of one person the one by which they are listed: here before to come before over, then the kind, then the later.
fn counting(one: Listed, other: Listed) -> Listed {
    let rank = |listed: &Listed| match listed.standing {
        Standing::Here | Standing::OnLeave => (0, listed.kind, 0),
        // The next to begin, and the last to have ended.
        Standing::Joining => (1, EngagementKind::Employee, i64::from(listed.start_on.0)),
        Standing::Left => (
            2,
            EngagementKind::Employee,
            -listed.end_on.map_or(i64::MAX, |end| i64::from(end.0)),
        ),
    };
    if rank(&other) < rank(&one) { other } else { one }
}

/// The departments people are in on a day, in order.
pub fn departments(reader: &mut Reader, as_of: Day) -> Result<Vec<String>> {
    let mut found = std::collections::BTreeSet::new();
    each(reader, as_of, |listed| {
        if Whom::Engaged.includes(listed.standing) {
            found.extend(listed.facts.department);
        }
        Ok(())
    })?;
    Ok(found.into_iter().collect())
}

fn away_on(reader: &mut Reader, day: Day) -> Result<HashSet<Id<PersonKind>>> {
    let mut away = HashSet::new();
    reader.each(
        sql!(
            "select person_id
             from leave
             where superseded_at is null
               and from_on <= $1
               and (until_on is null or until_on >= $1)"
        ),
        &params![day],
        |row| {
            away.insert(row.get(0)?);
            Ok(())
        },
    )?;
    Ok(away)
}

fn read(row: &Row, as_of: Day, away: &HashSet<Id<PersonKind>>) -> Result<Listed> {
    let person: Id<PersonKind> = row.get(0)?;
    let source_id: String = row.get(2)?;
    let (start_on, end_on): (Day, Option<Day>) = (row.get(4)?, row.get(5)?);
    let facts = Facts {
        email: row.get(7)?,
        given_name: row.get(8)?,
        family_name: row.get(9)?,
        preferred_name: row.get(10)?,
        manager_key: row.get(11)?,
        department: row.get(12)?,
        division: row.get(13)?,
        cost_center: row.get(14)?,
        job_title: row.get(15)?,
        location: row.get(16)?,
        country: row.get(17)?,
        language: row.get(18)?,
        access: stored_access(row.str(19)?.unwrap_or_default())?,
        tags: row.get(20)?,
    };
    let standing = if start_on > as_of {
        Standing::Joining
    } else if end_on.is_some_and(|end| end < as_of) {
        Standing::Left
    } else if away.contains(&person) {
        Standing::OnLeave
    } else {
        Standing::Here
    };
    Ok(Listed {
        name: called(&facts, &source_id),
        person,
        source: row.get(1)?,
        source_id,
        kind: stored_kind(row.str(3)?.unwrap_or_default())?,
        start_on,
        end_on,
        employer: row.get(6)?,
        standing,
        facts,
    })
}

/// How many people are here on a day.
pub fn count_here(reader: &mut Reader, as_of: Day) -> Result<i64> {
    let count = reader.one(
        sql!(
            "select cast(count(distinct person_id) as bigint)
             from engagement
             where superseded_at is null
               and start_on <= $1
               and (end_on is null or end_on >= $1)"
        ),
        &params![as_of],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};

    use super::*;
    use crate::source::Mode;
    use crate::sources::file;
    use crate::sync::Settings;
    use crate::sync::apply::{Application, apply};

    const FILE: &[u8] =
        b"source_id,email,given_name,family_name,person_type,status,start_date,end_date,department\n\
        1,ada@example.com,Ada,Lovelace,employee,leave,2024-01-15,,Engineering\n\
        2,bo@example.com,Bo,Ek,contractor,active,2025-02-01,2026-05-31,Sales\n\
        3,cy@example.com,Cy,Abel,board,active,2026-09-01,,Board\n\
        4,di@example.com,Di,Zorn,employee,active,2024-01-15,,Engineering\n";

    fn world() -> Db {
        let db = Db::in_memory_for_tests();
        let snapshot = file::read(FILE, &file::Options::default()).expect("the file is readable");
        db.write_blocking(Actor::Operator, move |tx| {
            let settings = Settings { mode: Mode::Full };
            let application = Application {
                source: "hr",
                settings,
                snapshot: &snapshot,
                file_name: "hr.csv",
                file_sha256: "00",
                approval: None,
            };
            apply(tx, &application)
        })
        .expect("the first file is not held");
        db
    }

    fn names(db: &Db, day: Day, filter: Filter, page: Page) -> (Vec<String>, u64) {
        let (listed, total) = db
            .read_blocking(move |r| people(r, day, &filter, page))
            .expect("the rows are readable");
        (listed.into_iter().map(|one| one.name).collect(), total)
    }

    const ALL: Page = Page { number: 1, size: 50 };

    #[test]
    fn the_list_is_as_of_the_day_asked_for() {
        let db = world();
        let on = |day| names(&db, day, Filter::default(), ALL).0;
        assert_eq!(on(Day::ymd(2024, 1, 14)), Vec::<String>::new());
        assert_eq!(
            on(Day::ymd(2026, 5, 31)),
            ["Bo Ek", "Ada Lovelace", "Di Zorn"],
            "the last day of work counts"
        );
        assert_eq!(on(Day::ymd(2026, 6, 1)), ["Ada Lovelace", "Di Zorn"]);
        assert_eq!(on(Day::ymd(2026, 9, 1)), ["Cy Abel", "Ada Lovelace", "Di Zorn"]);
        let here = db
            .read_blocking(|r| count_here(r, Day::ymd(2026, 6, 1)))
            .expect("the rows are readable");
        assert_eq!(here, 2);
    }

    #[test]
    fn a_filter_finds_by_name_address_kind_department_and_standing() {
        let db = world();
        let today = Day::ymd(2026, 6, 1);
        let find = |filter| names(&db, today, filter, ALL).0;
        assert_eq!(
            find(Filter {
                text: "ZORN".to_owned(),
                ..Filter::default()
            }),
            ["Di Zorn"]
        );
        assert_eq!(
            find(Filter {
                text: "ada@".to_owned(),
                ..Filter::default()
            }),
            ["Ada Lovelace"]
        );
        assert_eq!(
            find(Filter {
                whom: Whom::OnLeave,
                ..Filter::default()
            }),
            ["Ada Lovelace"]
        );
        assert_eq!(
            find(Filter {
                whom: Whom::Joining,
                ..Filter::default()
            }),
            ["Cy Abel"]
        );
        assert_eq!(
            find(Filter {
                whom: Whom::Left,
                ..Filter::default()
            }),
            ["Bo Ek"]
        );
        assert_eq!(
            find(Filter {
                kind: Some(EngagementKind::Board),
                whom: Whom::Everybody,
                ..Filter::default()
            }),
            ["Cy Abel"]
        );
        assert_eq!(
            find(Filter {
                department: Some("Sales".to_owned()),
                ..Filter::default()
            }),
            Vec::<String>::new()
        );
    }

    #[test]
    fn pages_follow_each_other_and_know_the_total() {
        let db = world();
        let everybody = Filter {
            whom: Whom::Everybody,
            ..Filter::default()
        };
        let page = |number| {
            names(
                &db,
                Day::ymd(2026, 6, 1),
                everybody.clone(),
                Page { number, size: 3 },
            )
        };
        assert_eq!(
            page(1),
            (
                ["Cy Abel", "Bo Ek", "Ada Lovelace"].map(str::to_owned).to_vec(),
                4
            )
        );
        assert_eq!(page(2), (vec!["Di Zorn".to_owned()], 4));
        assert_eq!(page(3), (Vec::new(), 4));
    }

    #[test]
    fn a_person_is_found_by_key_address_and_id_and_never_by_name() {
        let db = world();
        db.read_blocking(|r| {
            let ada = crate::person::by_source_key(r, "hr", "1")?.expect("the file brought her");
            assert_eq!(crate::person::by_reference(r, "1")?, std::slice::from_ref(&ada));
            assert_eq!(
                crate::person::by_reference(r, "Ada@Example.com")?,
                std::slice::from_ref(&ada)
            );
            assert_eq!(
                crate::person::by_reference(r, ada.as_str())?,
                std::slice::from_ref(&ada)
            );
            assert_eq!(crate::person::by_reference(r, "Ada Lovelace")?, []);
            let person = crate::person::find(r, &ada)?.expect("she is on the roster");
            assert_eq!(
                (person.name().as_str(), person.engagements.len()),
                ("Ada Lovelace", 1)
            );
            Ok(())
        })
        .expect("the rows are readable");
    }

    #[test]
    fn a_job_of_two_engagements_is_one_person() {
        let db = Db::in_memory_for_tests();
        let file = b"source_id,given_name,family_name,person_type,start_date,end_date\n1,Ada,King,contractor,2024-01-01,2024-12-31\n1,Ada,King,employee,2026-01-01,\n";
        let snapshot = file::read(file, &file::Options::default()).expect("the file is readable");
        db.write_blocking(Actor::Operator, move |tx| {
            let settings = Settings { mode: Mode::Full };
            apply(
                tx,
                &Application {
                    source: "hr",
                    settings,
                    snapshot: &snapshot,
                    file_name: "f",
                    file_sha256: "0",
                    approval: None,
                },
            )
        })
        .expect("the first file is not held");
        let everybody = Filter {
            whom: Whom::Everybody,
            ..Filter::default()
        };
        assert_eq!(names(&db, Day::ymd(2026, 6, 1), everybody, ALL).1, 1);
        let kinds = db
            .read_blocking(|r| people(r, Day::ymd(2024, 6, 1), &Filter::default(), ALL))
            .expect("the rows are readable");
        assert_eq!(kinds.0[0].kind, EngagementKind::Contractor);
    }
}
