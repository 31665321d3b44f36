//! How each course stands today: how many people owe it, how many are late, and how many of those are waived.

use db::{Reader, Result, params, sql};

/// The most courses that are counted apart.
const COURSES_MAX: i64 = 1_000;

/// How one course stands today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseCount {
    pub course_id: String,
    pub title: String,
    /// People who owe it today, the overdue ones included.
    pub owed: i64,
    pub overdue: i64,
    /// Overdue, and waived today.
    pub waived: i64,
}

/// How each course that anybody owes today stands, by id.
///
/// # Errors
/// A fault of the engine.
pub fn courses(reader: &mut Reader) -> Result<Vec<CourseCount>> {
    let today = reader.today()?;
    reader.rows(
        sql!(
            "select owed.course_id, coalesce(max(e.title), owed.course_id),
                    cast(count(*) as bigint),
                    cast(count(case when owed.due < $1 then 1 end) as bigint),
                    cast(count(case when owed.due < $1 and owed.waived = 1 then 1 end) as bigint)
             from (select o.course_id, min(o.due_on) as due, max(case when w.id is null then 0 else 1 end) as waived
                   from assignment_open o
                   left join waiver_held w on w.person_id = o.person_id
                       and w.course_id = o.course_id
                       and w.from_on <= $1
                       and w.until_on >= $1
                   where o.opens_on <= $1
                   group by o.person_id, o.course_id) owed
             left join edition e on e.course_id = owed.course_id
                 and e.number = (select max(newest.number) from edition newest where newest.course_id = owed.course_id)
             group by owed.course_id
             order by owed.course_id
             limit $2"
        ),
        &params![today, COURSES_MAX],
        |row| {
            Ok(CourseCount {
                course_id: row.get(0)?,
                title: row.get(1)?,
                owed: row.get(2)?,
                overdue: row.get(3)?,
                waived: row.get(4)?,
            })
        },
    )
}
