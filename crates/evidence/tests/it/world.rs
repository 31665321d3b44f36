//! A small company as rows: one source, courses B01 for everyone and D01 for those tagged developer.

use controls::Predicate;
use db::{Actor, Day, Db, Moment, Sql, Value, params, sql};
use evidence::{Asked, Exception, Finding, Kind, Period, Status};

/// The rows of a company, told one fact at a time.
pub(crate) struct World {
    db: Db,
}

impl World {
    /// A company in which muster is set up on 2026-06-01 and the rules hold from then.
    pub(crate) fn new() -> Self {
        let world = Self {
            db: Db::in_memory_for_tests(),
        };
        let now = world.instant("2026-06-01");
        world.row(
            sql!("insert into source (name, mode, created_at) values ('hr', 'full', $1)"),
            &params![now],
        );
        for (course, layer) in [("B01", "baseline"), ("D01", "developer")] {
            world.course(course, layer);
        }
        world.rule("B01", r#"{"all":true}"#, "2026-06-01");
        world.rule(
            "D01",
            r#"{"any":[{"field":"tag","is":"developer"}]}"#,
            "2026-06-01",
        );
        world
    }

    /// The database, with the clock moved past everything that is told.
    pub(crate) fn db(&self) -> Db {
        self.db
            .set_now(Moment(day("2026-12-31").noon(&db::Zone::utc()).0));
        self.db.clone()
    }

    pub(crate) fn course(&self, course: &str, layer: &str) {
        let now = self.instant("2026-06-01");
        self.row(
            sql!("insert into course (id, created_at) values ($1, $2)"),
            &params![course, now],
        );
        self.row(
            sql!(
                "insert into edition (id, course_id, number, title, leg, layer, method, minutes, reviewed_on, review_due_on,
                    content_sha256, published_at, published_by)
                 values ($1, $2, 1, 'A course', 'education', $3, 'online', 10, 1, 2, 'hash', $4, 'operator')"
            ),
            &params![format!("edi_{course}"), course, layer, now],
        );
    }

    pub(crate) fn rule(&self, course: &str, audience: &str, from: &str) {
        let id = format!("rul_{course}_{from}");
        self.row(
            sql!(
                "insert into rule (id, name, audience, course_id, duty, from_on, created_at, created_by, ended_at)
                 values ($1, 'A rule', $2, $3, '{\"onboarding_days\":30}', $4, $5, 'operator', null)"
            ),
            &params![id, audience, course, day(from), self.instant(from)],
        );
    }

    /// Somebody engaged from `start`, up to and with `end` unless that is blank.
    pub(crate) fn engaged(&self, name: &str, kind: &str, start: &str, end: &str) -> &Self {
        let now = self.instant("2026-06-01");
        self.row(
            sql!("insert into person (id, created_at) values ($1, $2) on conflict (id) do nothing"),
            &params![person(name), now],
        );
        self.row(
            sql!(
                "insert into engagement (id, person_id, source, source_key, kind, start_on, end_on, employer,
                    sponsor_email, recorded_at, superseded_at)
                 values ($1, $2, 'hr', $3, $4, $5, $6, null, null, $7, null)"
            ),
            &params![
                format!("eng_{name}_{start}"),
                person(name),
                name,
                kind,
                day(start),
                maybe(end),
                now
            ],
        );
        self
    }

    pub(crate) fn employee(&self, name: &str, start: &str) -> &Self {
        self.engaged(name, "employee", start, "")
    }

    pub(crate) fn done(&self, name: &str, course: &str, on: &str) -> &Self {
        self.completed(name, course, on, 1)
    }

    pub(crate) fn completed(&self, name: &str, course: &str, on: &str, passed: i64) -> &Self {
        self.row(
            sql!(
                "insert into completion (id, person_id, course_id, edition_id, occurred_on, occurred_at, recorded_at,
                    source, class, passed, score, attempt_id, attestation_id, evidence_url)
                 values ($1, $2, $3, null, $4, $5, $6, 'import:old', 'C', $7, null, null, null, null)"
            ),
            &params![
                format!("com_{name}_{course}_{on}"),
                person(name),
                course,
                day(on),
                self.instant(on),
                self.instant("2026-06-01"),
                passed
            ],
        );
        self
    }

    /// A completion in muster: with an attestation and a passed attempt, both of the edition named.
    pub(crate) fn done_here(&self, name: &str, course: &str, on: &str, edition_attested: &str) -> &Self {
        let (attempt, attestation) = (format!("att_{name}_{on}"), format!("ast_{name}_{on}"));
        let at = self.instant(on);
        let edition = format!("edi_{course}");
        self.row(
            sql!(
                "insert into attempt (id, person_id, account_id, edition_id, number, form, started_at)
                 values ($1, $2, 'acc', $3, 1, '[]', $4)"
            ),
            &params![attempt.as_str(), person(name), edition.as_str(), at],
        );
        self.row(
            sql!(
                "insert into submission (attempt_id, submitted_at, marks, marks_max, passed, marking)
                 values ($1, $2, 9, 10, 1, '[]')"
            ),
            &params![attempt.as_str(), at],
        );
        self.row(
            sql!(
                "insert into attestation (id, person_id, account_id, attempt_id, edition_id, statement, statement_sha256,
                    bound, name_typed, presented_at, signed_at, auth)
                 values ($1, $2, 'acc', $3, $4, 'I did', 'hash', '{}', 'A', $5, $5, '{}')"
            ),
            &params![attestation.as_str(), person(name), attempt.as_str(), edition_attested, at],
        );
        self.row(
            sql!(
                "insert into completion (id, person_id, course_id, edition_id, occurred_on, occurred_at, recorded_at,
                    source, class, passed, score, attempt_id, attestation_id, evidence_url)
                 values ($1, $2, $3, $4, $5, $6, $6, 'muster', 'A', 1, 90, $7, $8, null)"
            ),
            &params![format!("com_{name}_{on}"), person(name), course, edition, day(on), at, attempt, attestation],
        );
        self
    }

    /// On leave, up to and with `until` unless that is blank.
    pub(crate) fn away(&self, name: &str, from: &str, until: &str) -> &Self {
        self.row(
            sql!(
                "insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at, superseded_at)
                 values ($1, $2, 'hr', $1, $3, $4, $5, null)"
            ),
            &params![
                format!("lea_{name}_{from}"),
                person(name),
                day(from),
                maybe(until),
                self.instant("2026-06-01")
            ],
        );
        self
    }

    /// Tags from a day on: `" developer "`, or nothing.
    pub(crate) fn tags(&self, name: &str, from: &str, tags: &str) -> &Self {
        self.row(
            sql!(
                "insert into profile (id, person_id, from_on, given_name, family_name, access, tags, recorded_at)
                 values ($1, $2, $3, 'A', 'B', 'yes', $4, $5)"
            ),
            &params![format!("pro_{name}_{from}"), person(name), day(from), tags, self.instant("2026-06-01")],
        );
        self
    }

    pub(crate) fn waived(&self, name: &str, course: &str, from: &str, until: &str) -> &Self {
        self.row(
            sql!(
                "insert into waiver (id, person_id, course_id, reason, compensating, approved_by, from_on, until_on,
                    recorded_at)
                 values ($1, $2, $3, 'Parental leave to be entered', 'No access', 'acc_boss', $4, $5, $6)"
            ),
            &params![format!("wai_{name}"), person(name), course, day(from), day(until), self.instant("2026-06-01")],
        );
        self
    }

    /// A file of the source was applied.
    pub(crate) fn read(&self, on: &str) -> &Self {
        self.row(
            sql!(
                "insert into roster_file (id, source, file_name, file_sha256, plan, row_count, counts, applied_at,
                    applied_by)
                 values ($1, 'hr', 'people.csv', 'hash', 'plan', 1, '{}', $2, 'operator')"
            ),
            &params![format!("fil_{on}"), self.instant(on)],
        );
        self
    }

    pub(crate) fn row(&self, sql: Sql, values: &[Value]) {
        let values = values.to_vec();
        self.db
            .write_blocking(Actor::Setup, move |tx| tx.execute(sql, &values).map(|_| ()))
            .expect("the row fits its table");
    }

    pub(crate) fn over(&self, from: &str, to: &str) -> Status {
        let window = db::Window::new(day(from), day(to)).expect("the window is not empty");
        self.ask(Period::Over(window))
    }

    pub(crate) fn ask(&self, period: Period) -> Status {
        let asked = Asked {
            frameworks: vec!["iso27001".to_owned()],
            period,
            known_at: None,
        };
        self.asked(asked)
            .expect("the framework ships and the rows can be read")
    }

    pub(crate) fn asked(&self, asked: Asked) -> db::Result<Status> {
        self.db
            .read_blocking(move |reader| evidence::status(reader, &asked))
    }

    pub(crate) fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut db::Reader) -> db::Result<T> + Send + 'static,
    ) -> T {
        self.db.read_blocking(look).expect("the rows can be read")
    }

    fn instant(&self, on: &str) -> Moment {
        day(on).noon(&db::Zone::utc())
    }
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("the day is written in a test")
}

fn maybe(text: &str) -> Option<Day> {
    (!text.is_empty()).then(|| day(text))
}

pub(crate) fn person(name: &str) -> String {
    format!("per_{name}")
}

/// The check of A.6.3 with this predicate, for the layer where one is named.
pub(crate) fn check(status: &Status, predicate: Predicate, layer: Option<&str>) -> Finding {
    status
        .checks
        .iter()
        .find(|c| {
            c.requirement == "A.6.3"
                && c.predicate == predicate
                && layer.is_none_or(|l| c.parameters.layer.as_deref() == Some(l))
        })
        .cloned()
        .expect("A.6.3 asks it")
}

/// The first line.
pub(crate) fn first(finding: &Finding) -> Exception {
    finding.exceptions.iter().next().expect("there is a line")
}

/// The lines of one kind, short: "ada 2026-03-31 2026-04-05".
pub(crate) fn lines(finding: &Finding, kind: Kind) -> Vec<String> {
    let text = |day: Option<Day>| day.map_or("-".to_owned(), |d| d.to_string());
    finding
        .exceptions
        .iter()
        .filter(|e| e.kind == kind)
        .map(|e| {
            let (first, second) = if kind == Kind::Gap {
                (e.from, e.to)
            } else {
                (e.due_on, e.done_on)
            };
            format!("{} {} {}", e.person, text(first), text(second))
        })
        .collect()
}
