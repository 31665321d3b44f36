//! Who is in an audience, today or on any other day.
//!
//! Only people who work for us on that day are looked at, each once, whatever number of engagements they have.
//!
//! Not here: who comes into the audience later, or owes what because of it.

use std::collections::HashMap;

use db::{Day, Reader, Result, Row, params, sql};

use crate::audience::{Audience, Traits, systems};

/// Those of an audience.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    pub count: u64,
    /// The first by family name, with their ids: no more than were asked for.
    pub first: Vec<(String, String)>,
    /// How many people were looked at.
    pub of: u64,
}

/// Two audiences held against each other on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Those in the new one.
    pub new: Members,
    /// Those who are only in the new one.
    pub comes_in: Members,
    /// Those who are only in the old one.
    pub goes_out: Members,
}

/// Looks at everybody once and says who is in each audience today, with the first `most` names of each.
///
/// # Errors
/// A fault of the engine.
pub fn of(reader: &mut Reader, audiences: &[&Audience], most: usize) -> Result<Vec<Members>> {
    let today = reader.today()?;
    let mut found = vec![Members::default(); audiences.len()];
    let grants = audiences.iter().any(|audience| audience.asks_for_grants());
    each(reader, (today, grants), |id, name, traits| {
        for (audience, members) in audiences.iter().zip(&mut found) {
            members.add(audience.matches(traits), (id, name), most);
        }
    })?;
    Ok(found)
}

/// Who is in an audience on any day, as the roster is believed now, and how that differs from another audience.
///
/// # Errors
/// A fault of the engine.
pub fn compare(
    reader: &mut Reader,
    (old, new): (Option<&Audience>, &Audience),
    day: Day,
    most: usize,
) -> Result<Compared> {
    let mut found = Compared::default();
    let grants = new.asks_for_grants() || old.is_some_and(Audience::asks_for_grants);
    each(reader, (day, grants), |id, name, traits| {
        let (was, is) = (old.is_some_and(|old| old.matches(traits)), new.matches(traits));
        found.new.add(is, (id, name), most);
        found.comes_in.add(is && !was, (id, name), most);
        found.goes_out.add(was && !is, (id, name), most);
    })?;
    Ok(found)
}

impl Members {
    fn add(&mut self, belongs: bool, (id, name): (&str, &str), most: usize) {
        self.of += 1;
        if belongs {
            self.count += 1;
            if self.first.len() < most {
                self.first.push((id.to_owned(), name.to_owned()));
            }
        }
    }
}

/// Everybody who works for us on a day, once, by family name, with what is known of them on it.
fn each(
    reader: &mut Reader,
    (today, grants): (Day, bool),
    mut visit: impl FnMut(&str, &str, &Traits),
) -> Result<()> {
    let granted = if grants {
        granted(reader, today)?
    } else {
        Granted::new()
    };
    let mut person: Option<Person> = None;
    reader.each(
        sql!(
            "select e.person_id, e.kind, p.given_name, p.family_name, p.preferred_name, p.email,
                    p.department, p.division, p.job_title, p.location, p.country, p.access, p.tags
             from engagement e
             left join profile p on p.person_id = e.person_id
                 and p.superseded_at is null
                 and p.from_on = coalesce(
                     (select max(q.from_on)
                      from profile q
                      where q.person_id = e.person_id
                        and q.superseded_at is null
                        and q.from_on <= $1),
                     (select min(q.from_on)
                      from profile q
                      where q.person_id = e.person_id
                        and q.superseded_at is null))
             where e.superseded_at is null
               and e.start_on <= $1
               and (e.end_on is null or e.end_on >= $1)
             order by p.family_name, p.given_name, e.person_id, e.kind"
        ),
        &params![today],
        |row| {
            let id = row.str(0)?.unwrap_or_default();
            if let Some(known) = person.as_mut().filter(|known| known.id == id) {
                known.kinds.push(row.get(1)?);
                return Ok(());
            }
            if let Some(known) = person.replace(Person::read(row)?) {
                known.shown(&granted, &mut visit);
            }
            Ok(())
        },
    )?;
    if let Some(known) = person {
        known.shown(&granted, &mut visit);
    }
    Ok(())
}

/// For each person the systems they can get into and those in which they are privileged.
type Granted = HashMap<String, (String, String)>;

fn granted(reader: &mut Reader, today: Day) -> Result<Granted> {
    let mut rows: HashMap<String, Vec<(String, bool)>> = HashMap::new();
    reader.each(
        sql!(
            "select person_id, system, privileged
             from access_grant
             where person_id is not null
               and superseded_at is null
               and from_on <= $1
               and (until_on is null or until_on > $1)"
        ),
        &params![today],
        |row| {
            let grant = (row.get(1)?, row.get::<i64>(2)? == 1);
            rows.entry(row.get(0)?).or_default().push(grant);
            Ok(())
        },
    )?;
    let said = |grants: &[(String, bool)], all: bool| {
        let counting = grants.iter().filter(|(_, privileged)| all || *privileged);
        systems(counting.map(|(system, _)| system.as_str()))
    };
    let rows = rows.into_iter();
    Ok(rows
        .map(|(person, grants)| (person, (said(&grants, true), said(&grants, false))))
        .collect())
}

struct Person {
    id: String,
    kinds: Vec<String>,
    name: String,
    department: Option<String>,
    division: Option<String>,
    job_title: Option<String>,
    location: Option<String>,
    country: Option<String>,
    access: Option<String>,
    tags: String,
}

impl Person {
    fn read(row: &Row) -> Result<Person> {
        let id: String = row.get(0)?;
        let (given, family) = (row.str(2)?.unwrap_or_default(), row.str(3)?.unwrap_or_default());
        let mut name = roster::profile::display_name(row.str(4)?, given, family);
        if name.is_empty() {
            name = row.str(5)?.unwrap_or(&id).to_owned();
        }
        Ok(Person {
            kinds: vec![row.get(1)?],
            name,
            department: row.get(6)?,
            division: row.get(7)?,
            job_title: row.get(8)?,
            location: row.get(9)?,
            country: row.get(10)?,
            access: row.get(11)?,
            tags: row.str(12)?.unwrap_or_default().to_owned(),
            id,
        })
    }

    fn shown(self, granted: &Granted, visit: &mut impl FnMut(&str, &str, &Traits)) {
        let (systems, privileged) = granted
            .get(&self.id)
            .map_or(("", ""), |(systems, privileged)| (systems, privileged));
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        let traits = Traits {
            kinds: &kinds,
            department: self.department.as_deref(),
            division: self.division.as_deref(),
            job_title: self.job_title.as_deref(),
            location: self.location.as_deref(),
            country: self.country.as_deref(),
            access: self.access.as_deref(),
            tags: &self.tags,
            systems,
            privileged,
        };
        visit(&self.id, &self.name, &traits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ADA, BEN, day, people};
    use db::Actor;

    #[test]
    fn everybody_here_today_is_counted_once_and_named_in_order() {
        let db = people();
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!(
                    "insert into engagement (id, person_id, source, source_key, kind, start_on, recorded_at)
                     values ('eng_2', $1, 'hr', 'board', 'board', $2, 0)"
                ),
                &params![BEN, day("2026-01-01")],
            )
        })
        .expect("an engagement can be put down");
        let board = Audience::parse(r#"{"any":[{"field":"kind","is":"board"}]}"#).expect("well formed");
        let found = db
            .read_blocking(move |r| of(r, &[&Audience::Everyone, &board], 10))
            .expect("reading works");
        let named = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let everyone = vec![named(BEN, "Ben Adler"), named(ADA, "Ada Osei")];
        assert_eq!(
            found[0],
            Members {
                count: 2,
                first: everyone,
                of: 2
            }
        );
        assert_eq!(
            found[1],
            Members {
                count: 1,
                first: vec![named(BEN, "Ben Adler")],
                of: 2
            }
        );
    }

    #[test]
    fn whoever_has_left_or_not_started_is_in_no_audience() {
        let db = people();
        db.write_blocking(Actor::Setup, |tx| {
            tx.execute(
                sql!("update engagement set end_on = $1 where person_id = $2"),
                &params![day("2026-05-31"), ADA],
            )?;
            tx.execute(
                sql!("update engagement set start_on = $1 where person_id = $2"),
                &params![day("2026-06-02"), BEN],
            )
        })
        .expect("engagements can be changed in a test");
        let found = db
            .read_blocking(|r| of(r, &[&Audience::Everyone], 10))
            .expect("reading works");
        assert_eq!(found, [Members::default()]);
    }

    #[test]
    fn an_audience_is_looked_at_as_of_any_day_and_against_what_it_was() {
        let db = people();
        let looked = |old: Option<&'static str>, new: &'static str, on: &'static str| {
            let read = |text| crate::expression::read(text).expect("well formed");
            db.read_blocking(move |r| compare(r, (old.map(read).as_ref(), &read(new)), day(on), 10))
                .expect("reading works")
        };
        let before_ada = looked(None, "everyone", "2026-05-19");
        assert_eq!(
            (before_ada.new.count, before_ada.new.of),
            (1, 1),
            "Ada starts a day later"
        );
        assert_eq!(looked(None, "everyone", "2026-05-20").new.count, 2);
        let compared = looked(Some("kind is board"), "kind is employee", "2026-06-01");
        assert_eq!((compared.comes_in.count, compared.goes_out.count), (2, 0));
        let compared = looked(Some("everyone"), "job_title is engineer", "2026-06-01");
        assert_eq!(
            (
                compared.new.count,
                compared.comes_in.count,
                compared.goes_out.count
            ),
            (2, 0, 0)
        );
        assert_eq!(
            looked(Some("everyone"), "tag is x", "2026-06-01")
                .goes_out
                .first
                .len(),
            2
        );
    }
}
