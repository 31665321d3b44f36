//! The pause: when somebody who has failed may try again.
//!
//! It comes after every full number of failed attempts at an edition. An accommodation makes that number larger, or
//! does away with the pause. Test-outs have a rule of their own ([`crate::test_out`]) and count for nothing here.

use curriculum::{Course, edition, edition::EditionKind};
use db::{Id, Moment, Reader, Refusal, Result, Zone, params, sql};
use roster::person::PersonKind;

use crate::{accommodation, attempt::AttemptKind, purpose::Purpose};

/// Attempts at one edition that the rule looks back on: fifty pauses of four.
const LOOKED_BACK_MAX: i64 = 200;

/// What the rule knows of an earlier attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub id: Id<AttemptKind>,
    pub number: i64,
    pub purpose: Purpose,
    /// When it was handed in, and whether it is passed, by its first marking or since a regrading.
    pub submitted: Option<(Moment, bool)>,
    pub completed: bool,
}

/// When the next attempt may start, if not now. `failed` counts the attempts since the last one passed.
pub fn paused_until(
    rule: curriculum::Form,
    failed: u32,
    last: Option<Moment>,
    now: Moment,
) -> Option<Moment> {
    if failed == 0 || !failed.is_multiple_of(rule.attempts.max(1)) {
        return None;
    }
    let until = last?.plus_seconds(i64::from(rule.pause_hours) * 3_600);
    (until > now).then_some(until)
}

/// Until when the person has to wait before another attempt at the edition, if at all.
pub fn wait(
    reader: &mut Reader,
    person: &Id<PersonKind>,
    edition: &Id<EditionKind>,
) -> Result<Option<Moment>> {
    let course = edition::load(reader, edition)?;
    let earlier = earlier(reader, person, edition)?;
    let rule = rule(reader, person, &course)?;
    Ok(until(rule, &earlier, reader.now()))
}

/// How many attempts the person has before a pause, and how long that is.
pub fn rule(reader: &mut Reader, person: &Id<PersonKind>, course: &Course) -> Result<curriculum::Form> {
    Ok(accommodation::of(reader, person)?.applied(course.form))
}

/// The attempts at an edition, newest first, whatever they were for.
pub(crate) fn earlier(
    reader: &mut Reader,
    person: &Id<PersonKind>,
    edition: &Id<EditionKind>,
) -> Result<Vec<Earlier>> {
    reader.rows(
        sql!(
            "select a.id, a.number, a.purpose, s.submitted_at, coalesce(r.passed, s.passed), c.id
             from attempt a
             left join submission s on s.attempt_id = a.id
             left join regrading r on r.attempt_id = a.id
             left join completion c on c.attempt_id = a.id
             where a.person_id = $1
               and a.edition_id = $2
             order by a.number desc
             limit $3"
        ),
        &params![person, edition, LOOKED_BACK_MAX],
        |row| {
            let submitted: Option<Moment> = row.get(3)?;
            let passed: Option<bool> = row.get(4)?;
            Ok(Earlier {
                id: row.get(0)?,
                number: row.get(1)?,
                purpose: Purpose::of(&row.get::<String>(2)?)?,
                submitted: submitted.map(|at| (at, passed.unwrap_or(false))),
                completed: row.get::<Option<String>>(5)?.is_some(),
            })
        },
    )
}

pub(crate) fn until(rule: curriculum::Form, earlier: &[Earlier], now: Moment) -> Option<Moment> {
    let failed: Vec<Moment> = earlier
        .iter()
        .filter(|attempt| attempt.purpose == Purpose::Course)
        .map_while(|attempt| attempt.submitted.filter(|(_, passed)| !passed).map(|(at, _)| at))
        .collect();
    let count = u32::try_from(failed.len()).unwrap_or(u32::MAX);
    paused_until(rule, count, failed.first().copied(), now)
}

pub(crate) fn paused(rule: curriculum::Form, until: Moment, zone: &Zone) -> Refusal {
    Refusal::new(
        "attempt-paused",
        format!(
            "You have used {} attempts. You can try again from {}. Until then, read the lessons again, or ask the security team for help.",
            rule.attempts,
            crate::words::when(until, zone)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(attempts: u32, pause_hours: u32) -> curriculum::Form {
        curriculum::Form {
            questions: 5,
            attempts,
            pause_hours,
        }
    }

    #[test]
    fn the_pause_comes_after_every_full_number_of_failed_attempts() {
        let (last, now) = (Moment(0), Moment(3_600_000));
        let table = [
            (0, None),
            (1, None),
            (2, None),
            (3, Some(Moment(24 * 3_600_000))),
            (4, None),
            (6, Some(Moment(24 * 3_600_000))),
        ];
        for (failed, until) in table {
            assert_eq!(
                paused_until(rule(3, 24), failed, Some(last), now),
                until,
                "after {failed}"
            );
        }
        assert_eq!(
            paused_until(rule(3, 24), 3, Some(last), Moment(24 * 3_600_000)),
            None,
            "the pause is over"
        );
        assert_eq!(paused_until(rule(3, 0), 3, Some(last), now), None);
        assert_eq!(
            paused_until(rule(0, 24), 1, Some(last), now),
            Some(Moment(24 * 3_600_000)),
            "never a division by zero"
        );
    }
}
