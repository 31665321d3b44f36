//! The lists of a copy that come from the programme around the courses: in which language, training elsewhere, live sessions, nudges,
//! who stands in for whom, and panels on pass marks.
//!
//! The test beside the other lists reads these too.

use db::sql;
use paper::Kind::{Day, Integer, Moment, Text, Truth};

use super::parts::Part;

/// Every list, in the order of the copy.
pub(super) const ALL: &[Part] = &[
    Part {
        name: "languages-of-attempts",
        what: "The languages your attempts were shown in, where a course has several, and from when on.",
        rows: sql!(
            "select l.attempt_id, l.language, l.from_at
             from attempt_language l
             join attempt a on a.id = l.attempt_id
             where a.person_id = $1
             order by l.from_at, l.attempt_id
             limit $2"
        ),
        columns: &[("attempt", Text), ("language", Text), ("from_at", Moment)],
    },
    Part {
        name: "language",
        what: "The language you chose to read in.",
        rows: sql!(
            "select language, chosen_at
             from language_choice
             where person_id = $1
             order by chosen_at
             limit $2"
        ),
        columns: &[("language", Text), ("chosen_at", Moment)],
    },
    Part {
        name: "training-elsewhere",
        what: "Training you did elsewhere and sent evidence of.",
        rows: sql!(
            "select course_id, done_on, provider, file_name, file_kind, file_sha256, sent_at
             from outside_training
             where person_id = $1
             order by sent_at, id
             limit $2"
        ),
        columns: &[
            ("course", Text),
            ("done_on", Day),
            ("provider", Text),
            ("file", Text),
            ("file_kind", Text),
            ("file_sha256", Text),
            ("sent_at", Moment),
        ],
    },
    Part {
        name: "live-sessions",
        what: "The live sessions you were listed for.",
        rows: sql!(
            "select session_id, attended, understood
             from live_session_person
             where person_id = $1
             order by session_id
             limit $2"
        ),
        columns: &[("session", Text), ("attended", Truth), ("understood", Truth)],
    },
    Part {
        name: "nudges",
        what: "When somebody had a letter sent to you about what you owe.",
        rows: sql!(
            "select owed, letter_id, nudged_at
             from nudge
             where person_id = $1
             order by nudged_at, id
             limit $2"
        ),
        columns: &[("courses", Integer), ("letter", Text), ("nudged_at", Moment)],
    },
    Part {
        name: "delegations",
        what: "When you looked after the people of somebody, or somebody after yours.",
        rows: sql!(
            "select d.until_on, d.made_at
             from team_delegation d
             left join account a on a.id = d.account_id
             where d.person_id = $1 or a.person_id = $1
             order by d.made_at, d.id
             limit $2"
        ),
        columns: &[("until_on", Day), ("made_at", Moment)],
    },
    Part {
        name: "panels",
        what: "The panels on pass marks you were asked to sit on.",
        rows: sql!(
            "select j.panel_id, j.invited_at
             from angoff_judge j
             join account a on a.id = j.account_id
             where a.person_id = $1
             order by j.invited_at, j.panel_id
             limit $2"
        ),
        columns: &[("panel", Text), ("invited_at", Moment)],
    },
    Part {
        name: "panel-judgements",
        what: "What you judged on such a panel.",
        rows: sql!(
            "select j.panel_id, j.question, j.percent, j.given_at
             from angoff_judgement j
             join account a on a.id = j.account_id
             where a.person_id = $1
             order by j.given_at, j.id
             limit $2"
        ),
        columns: &[
            ("panel", Text),
            ("question", Text),
            ("percent", Integer),
            ("given_at", Moment),
        ],
    },
];
