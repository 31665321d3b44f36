//! The lists of a copy: each table that holds something about a person, as a list of theirs.
//!
//! A test holds this against the schema: a table that names a person or their account is here, or stands among those left out with why.

use db::{Sql, sql};
use paper::Kind::{self, Day, Decimal, Integer, Moment, Text, Truth};

/// One list.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// `$1` is the person, `$2` the most rows.
    pub(super) rows: Sql,
    pub(super) columns: &'static [(&'static str, Kind)],
}

/// Every list, in the order of the copy.
pub(super) const ALL: &[Part] = &[
        Part {
            name: "person",
            what: "Your number here, and when it was given.",
            rows: sql!(
                "select id, created_at
                 from person
                 where id = $1
                 order by id
                 limit $2"
            ),
            columns: &[("id", Text), ("created_at", Moment)],
        },
        Part {
            name: "roster",
            what: "What is believed or was believed of you, with both times.",
            rows: sql!(
                "select from_on, email, given_name, family_name, preferred_name, manager_key, department, division, cost_center, job_title, location, country, language, access, tags, recorded_at, superseded_at
                 from profile
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("from_on", Day), ("email", Text), ("given_name", Text), ("family_name", Text), ("preferred_name", Text), ("manager_key", Text), ("department", Text), ("division", Text), ("cost_center", Text), ("job_title", Text), ("location", Text), ("country", Text), ("language", Text), ("access", Text), ("tags", Text), ("recorded_at", Moment), ("superseded_at", Moment)],
        },
        Part {
            name: "roster-sources",
            what: "What each source of the roster said of you, and when.",
            rows: sql!(
                "select source, source_key, employee_number, email, given_name, family_name, preferred_name, manager_key, department, division, cost_center, job_title, location, country, language, access, tags, recorded_at, superseded_at
                 from source_record
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("source", Text), ("source_key", Text), ("employee_number", Text), ("email", Text), ("given_name", Text), ("family_name", Text), ("preferred_name", Text), ("manager_key", Text), ("department", Text), ("division", Text), ("cost_center", Text), ("job_title", Text), ("location", Text), ("country", Text), ("language", Text), ("access", Text), ("tags", Text), ("recorded_at", Moment), ("superseded_at", Moment)],
        },
        Part {
            name: "engagements",
            what: "When you worked here, and as what.",
            rows: sql!(
                "select source, source_key, kind, start_on, end_on, employer, sponsor_email, end_inferred, recorded_at, superseded_at
                 from engagement
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("source", Text), ("source_key", Text), ("kind", Text), ("start_on", Day), ("end_on", Day), ("employer", Text), ("sponsor_email", Text), ("end_inferred", Truth), ("recorded_at", Moment), ("superseded_at", Moment)],
        },
        Part {
            name: "leaves",
            what: "When you were on leave.",
            rows: sql!(
                "select source, from_on, until_on, recorded_at, superseded_at
                 from leave
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("source", Text), ("from_on", Day), ("until_on", Day), ("recorded_at", Moment), ("superseded_at", Moment)],
        },
        Part {
            name: "ends-held",
            what: "Ends of your work that a source gave and that were looked at by somebody.",
            rows: sql!(
                "select source, source_key, said_at, settled_at, outcome
                 from held_end
                 where person_id = $1
                 order by said_at, id
                 limit $2"
            ),
            columns: &[("source", Text), ("source_key", Text), ("said_at", Moment), ("settled_at", Moment), ("outcome", Text)],
        },
        Part {
            name: "matches",
            what: "Decisions that a row of a source is about you.",
            rows: sql!(
                "select source, source_key, reason, decided_at
                 from match_decision
                 where person_id = $1
                 order by decided_at, id
                 limit $2"
            ),
            columns: &[("source", Text), ("source_key", Text), ("reason", Text), ("decided_at", Moment)],
        },
        Part {
            name: "access",
            what: "The accounts elsewhere that were found to be yours.",
            rows: sql!(
                "select system, login, privileged, role, from_on, until_on, recorded_at, superseded_at
                 from access_grant
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("system", Text), ("login", Text), ("privileged", Truth), ("role", Text), ("from_on", Day), ("until_on", Day), ("recorded_at", Moment), ("superseded_at", Moment)],
        },
        Part {
            name: "access-decisions",
            what: "Decisions about accounts elsewhere that are yours.",
            rows: sql!(
                "select system, what, reason, until_on, decided_at
                 from access_decision
                 where person_id = $1
                 order by decided_at, id
                 limit $2"
            ),
            columns: &[("system", Text), ("what", Text), ("reason", Text), ("until_on", Day), ("decided_at", Moment)],
        },
        Part {
            name: "accounts",
            what: "The accounts you sign in with.",
            rows: sql!(
                "select id, email, name, created_at
                 from account
                 where person_id = $1
                 order by created_at, id
                 limit $2"
            ),
            columns: &[("id", Text), ("email", Text), ("name", Text), ("created_at", Moment)],
        },
        Part {
            name: "roles",
            what: "The roles your accounts hold or held.",
            rows: sql!(
                "select g.role, g.granted_at, g.ended_at
                 from role_grant g
                 join account a on a.id = g.account_id
                 where a.person_id = $1
                 order by g.granted_at, g.id
                 limit $2"
            ),
            columns: &[("role", Text), ("granted_at", Moment), ("ended_at", Moment)],
        },
        Part {
            name: "sessions",
            what: "When you signed in, and how.",
            rows: sql!(
                "select s.id, s.method, s.started_at, s.expires_at, s.ended_at
                 from session s
                 join account a on a.id = s.account_id
                 where a.person_id = $1
                 order by s.started_at, s.id
                 limit $2"
            ),
            columns: &[("id", Text), ("method", Text), ("started_at", Moment), ("expires_at", Moment), ("ended_at", Moment)],
        },
        Part {
            name: "sign-in-links",
            what: "The links that were made to let you in, without their secrets.",
            rows: sql!(
                "select l.way, l.made_at, l.expires_at, l.used_at
                 from sign_in_link l
                 join account a on a.id = l.account_id
                 where a.person_id = $1
                 order by l.made_at, l.id
                 limit $2"
            ),
            columns: &[("way", Text), ("made_at", Moment), ("expires_at", Moment), ("used_at", Moment)],
        },
        Part {
            name: "suspensions",
            what: "When a source said that you may not sign in.",
            rows: sql!(
                "select s.source, s.suspended_at, e.ended_at
                 from suspension s
                 left join suspension_end e on e.suspension_id = s.id
                 where s.person_id = $1
                 order by s.suspended_at, s.id
                 limit $2"
            ),
            columns: &[("source", Text), ("suspended_at", Moment), ("ended_at", Moment)],
        },
        Part {
            name: "passkeys",
            what: "Your passkeys, by name.",
            rows: sql!(
                "select p.name, p.credential_id, p.made_at, p.used_at, p.ended_at
                 from passkey p
                 join account a on a.id = p.account_id
                 where a.person_id = $1
                 order by p.made_at, p.id
                 limit $2"
            ),
            columns: &[("name", Text), ("credential_id", Text), ("made_at", Moment), ("used_at", Moment), ("ended_at", Moment)],
        },
        Part {
            name: "letters",
            what: "The letters sent to the addresses of your accounts. Letters that let you in have lost their text.",
            rows: sql!(
                "select l.purpose, l.to_address, l.subject, l.text_body, l.queued_at, (select t.outcome from letter_try t where t.letter_id = l.id order by t.tried_at desc, t.id desc limit 1)
                 from letter l
                 where lower(l.to_address) in (select a.email from account a where a.person_id = $1)
                   and l.keeps_text = 1
                 order by l.queued_at, l.id
                 limit $2"
            ),
            columns: &[("purpose", Text), ("to_address", Text), ("subject", Text), ("text", Text), ("queued_at", Moment), ("outcome", Text)],
        },
        Part {
            name: "letters-with-secrets",
            what: "The letters that let you in: that they were sent, and what became of them.",
            rows: sql!(
                "select l.purpose, l.to_address, l.queued_at, (select t.outcome from letter_try t where t.letter_id = l.id order by t.tried_at desc, t.id desc limit 1)
                 from letter l
                 where lower(l.to_address) in (select a.email from account a where a.person_id = $1)
                   and l.keeps_text = 0
                 order by l.queued_at, l.id
                 limit $2"
            ),
            columns: &[("purpose", Text), ("to_address", Text), ("queued_at", Moment), ("outcome", Text)],
        },
        Part {
            name: "assignments",
            what: "What you owed or owe, by which rule and why.",
            rows: sql!(
                "select a.id, a.course_id, r.name, r.audience, a.reason, a.basis, a.assigned_at, a.opens_on, a.due_on, e.ended_at, e.reason
                 from assignment a
                 join rule r on r.id = a.rule_id
                 left join assignment_end e on e.assignment_id = a.id
                 where a.person_id = $1
                 order by a.assigned_at, a.id
                 limit $2"
            ),
            columns: &[("id", Text), ("course", Text), ("rule", Text), ("audience", Text), ("reason", Text), ("basis", Text), ("assigned_at", Moment), ("opens_on", Day), ("due_on", Day), ("ended_at", Moment), ("ended_because", Text)],
        },
        Part {
            name: "waivers",
            what: "What was not asked of you for a time, and why.",
            rows: sql!(
                "select course_id, reason, compensating, approved_by, from_on, until_on, recorded_at
                 from waiver
                 where person_id = $1
                 order by recorded_at, id
                 limit $2"
            ),
            columns: &[("course", Text), ("reason", Text), ("compensating", Text), ("approved_by", Text), ("from_on", Day), ("until_on", Day), ("recorded_at", Moment)],
        },
        Part {
            name: "lessons-read",
            what: "The lessons you read to their end.",
            rows: sql!(
                "select e.course_id, e.number, l.lesson, l.read_at
                 from lesson_read l
                 join edition e on e.id = l.edition_id
                 where l.person_id = $1
                 order by l.read_at, l.lesson
                 limit $2"
            ),
            columns: &[("course", Text), ("edition", Integer), ("lesson", Text), ("read_at", Moment)],
        },
        Part {
            name: "attempts",
            what: "Your attempts at questions, with their results.",
            rows: sql!(
                "select a.id, e.course_id, e.number, a.number, a.started_at, s.submitted_at, s.marks, s.marks_max, s.passed, s.marking
                 from attempt a
                 join edition e on e.id = a.edition_id
                 left join submission s on s.attempt_id = a.id
                 where a.person_id = $1
                 order by a.started_at, a.id
                 limit $2"
            ),
            columns: &[("id", Text), ("course", Text), ("edition", Integer), ("number", Integer), ("started_at", Moment), ("handed_in_at", Moment), ("marks", Integer), ("marks_max", Integer), ("passed", Truth), ("marking", Text)],
        },
        Part {
            name: "answers",
            what: "Every answer you gave.",
            rows: sql!(
                "select n.attempt_id, n.question, n.response, n.given_at
                 from answer n
                 join attempt a on a.id = n.attempt_id
                 where a.person_id = $1
                 order by n.given_at, n.id
                 limit $2"
            ),
            columns: &[("attempt", Text), ("question", Text), ("response", Text), ("given_at", Moment)],
        },
        Part {
            name: "reminders",
            what: "Every reminder of what you owe, those that were held back with why.",
            rows: sql!(
                "select course_id, step, letter_id, reason, decided_at
                 from reminder
                 where person_id = $1
                 order by decided_at, id
                 limit $2"
            ),
            columns: &[("course", Text), ("step", Text), ("letter", Text), ("held_back_because", Text), ("decided_at", Moment)],
        },
        Part {
            name: "reminder-preferences",
            what: "What you chose for your reminders.",
            rows: sql!(
                "select zone, calendar, set_at
                 from reminder_preference
                 where person_id = $1
                 order by set_at, id
                 limit $2"
            ),
            columns: &[("zone", Text), ("calendar", Truth), ("set_at", Moment)],
        },
        Part {
            name: "calendars",
            what: "The calendars you made an address for, without its secret.",
            rows: sql!(
                "select f.shows, f.made_at, f.ended_at
                 from calendar_feed f
                 join account a on a.id = f.account_id
                 where a.person_id = $1
                 order by f.made_at, f.id
                 limit $2"
            ),
            columns: &[("shows", Text), ("made_at", Moment), ("ended_at", Moment)],
        },
        Part {
            name: "appeals",
            what: "What you said about questions that seemed wrong, and what was decided about those questions.",
            rows: sql!(
                "select p.attempt_id, p.question, p.said, p.wishes_answer, p.raised_at,
                        (select r.decision from ruling r where r.edition_id = p.edition_id and r.question = p.question order by r.ruled_at desc, r.id desc limit 1)
                 from appeal p
                 where p.person_id = $1
                 order by p.raised_at, p.id
                 limit $2"
            ),
            columns: &[("attempt", Text), ("question", Text), ("said", Text), ("wishes_answer", Truth), ("raised_at", Moment), ("decision", Text)],
        },
        Part {
            name: "regradings",
            what: "Attempts of yours that were passed after all.",
            rows: sql!(
                "select g.attempt_id, g.marks, g.marks_max, g.passed, g.marking, g.regraded_at
                 from regrading g
                 join attempt a on a.id = g.attempt_id
                 where a.person_id = $1
                 order by g.regraded_at, g.attempt_id
                 limit $2"
            ),
            columns: &[("attempt", Text), ("marks", Integer), ("marks_max", Integer), ("passed", Truth), ("marking", Text), ("regraded_at", Moment)],
        },
        Part {
            name: "accommodations",
            what: "What you are given beyond what a course gives.",
            rows: sql!(
                "select attempts, granted_at
                 from accommodation
                 where person_id = $1
                 order by granted_at, id
                 limit $2"
            ),
            columns: &[("attempts", Text), ("granted_at", Moment)],
        },
        Part {
            name: "short-checks",
            what: "The short checks you took, with your answers.",
            rows: sql!(
                "select c.course_id, c.box, c.started_at, n.question, n.response, n.correct, n.given_at
                 from spaced_check c
                 left join spaced_answer n on n.check_id = c.id
                 where c.person_id = $1
                 order by c.started_at, c.id, n.question
                 limit $2"
            ),
            columns: &[("course", Text), ("box", Integer), ("started_at", Moment), ("question", Text), ("response", Text), ("right", Truth), ("given_at", Moment)],
        },
        Part {
            name: "completions",
            what: "What you completed, here and elsewhere, with your certificates.",
            rows: sql!(
                "select c.course_id, c.occurred_on, c.recorded_at, c.source, c.class, c.passed, c.score, c.evidence_url, f.code
                 from completion c
                 left join certificate f on f.completion_id = c.id
                 where c.person_id = $1
                 order by c.occurred_at, c.id
                 limit $2"
            ),
            columns: &[("course", Text), ("completed_on", Day), ("recorded_at", Moment), ("source", Text), ("evidence_class", Text), ("passed", Truth), ("score", Decimal), ("evidence_url", Text), ("certificate", Text)],
        },
        Part {
            name: "statements-shown",
            what: "When a statement was put before you.",
            rows: sql!(
                "select p.attempt_id, p.statement_sha256, p.presented_at
                 from presentation p
                 join attempt a on a.id = p.attempt_id
                 where a.person_id = $1
                 order by p.presented_at, p.attempt_id
                 limit $2"
            ),
            columns: &[("attempt", Text), ("statement_sha256", Text), ("presented_at", Moment)],
        },
        Part {
            name: "drafts",
            what: "What you looked over before signing, signed or not.",
            rows: sql!(
                "select d.id, d.attempt_id, d.record, d.drafted_at
                 from attestation_draft d
                 join attempt a on a.id = d.attempt_id
                 where a.person_id = $1
                 order by d.drafted_at, d.id
                 limit $2"
            ),
            columns: &[("id", Text), ("attempt", Text), ("record", Text), ("drafted_at", Moment)],
        },
        Part {
            name: "signatures",
            what: "What you signed.",
            rows: sql!(
                "select t.id, t.attempt_id, t.statement, t.statement_sha256, t.name_typed, t.presented_at, t.signed_at, t.bound, t.auth, r.record, r.record_sha256
                 from attestation t
                 left join attestation_record r on r.attestation_id = t.id
                 where t.person_id = $1
                 order by t.signed_at, t.id
                 limit $2"
            ),
            columns: &[("id", Text), ("attempt", Text), ("statement", Text), ("statement_sha256", Text), ("name_typed", Text), ("presented_at", Moment), ("signed_at", Moment), ("bound", Text), ("auth", Text), ("record", Text), ("record_sha256", Text)],
        },
        Part {
            name: "badges",
            what: "Your certificates as Open Badges, where you asked for them.",
            rows: sql!(
                "select b.code, b.scored, b.token, b.made_at
                 from badge b
                 join certificate f on f.code = b.code
                 join completion c on c.id = f.completion_id
                 where c.person_id = $1
                 order by b.made_at, b.code
                 limit $2"
            ),
            columns: &[("certificate", Text), ("scored", Truth), ("token", Text), ("made_at", Moment)],
        },
        Part {
            name: "consents",
            what: "When you agreed to sign electronically, and withdrew it.",
            rows: sql!(
                "select c.notice_version, c.notice_sha256, c.given_at, w.withdrawn_at
                 from consent c
                 left join consent_withdrawal w on w.consent_id = c.id
                 where c.person_id = $1
                 order by c.given_at, c.id
                 limit $2"
            ),
            columns: &[("notice_version", Integer), ("notice_sha256", Text), ("given_at", Moment), ("withdrawn_at", Moment)],
        },
        Part {
            name: "corrections",
            what: "The corrections you asked for, and the answers.",
            rows: sql!(
                "select c.about, c.asked, c.asked_at, a.outcome, a.answer, a.answered_at
                 from correction c
                 left join correction_answer a on a.correction_id = c.id
                 where c.person_id = $1
                 order by c.asked_at, c.id
                 limit $2"
            ),
            columns: &[("about", Text), ("asked", Text), ("asked_at", Moment), ("outcome", Text), ("answer", Text), ("answered_at", Moment)],
        },
];

#[cfg(test)]
mod tests {
    /// What names a person or an account and is not given, with why.
    const LEFT_OUT: &[(&str, &str)] = &[
        (
            "assignment_open",
            "the assignments that are open, which the list of assignments has",
        ),
        (
            "access_account",
            "the newest list of a system as it was read; what it means for the person is in access",
        ),
        ("passkey_challenge", "random bytes of five minutes"),
    ];

    #[test]
    fn every_table_about_a_person_is_in_the_copy_or_left_out_with_a_reason() {
        let lists = concat!(include_str!("programme.rs"), include_str!("parts.rs"));
        let lists = lists.split("#[cfg(test)]").next().expect("its first part");
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema");
        let mut wrong = Vec::new();
        for file in std::fs::read_dir(schema).expect("the schema is there") {
            let path = file.expect("a name").path();
            if path.extension().is_none_or(|ending| ending != "sql") {
                continue;
            }
            let text = std::fs::read_to_string(path).expect("a schema file is text");
            for table in text.split("create table ").skip(1) {
                let (name, columns) = table.split_once('(').expect("a table has columns");
                let columns = columns.split("\n);").next().expect("a table ends");
                let is_about = ["person_id", "account_id", "attempt_id"].iter().any(|column| {
                    columns
                        .lines()
                        .any(|line| line.trim_start().starts_with(&format!("{column} ")))
                });
                let name = name.trim();
                let given = lists
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == name);
                let left_out = LEFT_OUT.iter().any(|(table, _)| *table == name);
                if is_about && given == left_out {
                    wrong.push(name.to_owned());
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}
