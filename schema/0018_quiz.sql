-- What an attempt is for: 'course', or 'test_out' at the questions that are kept for showing that one knows it already.
alter table attempt add column purpose text not null default 'course';
create index attempt_of_edition on attempt (edition_id, person_id);

-- appeal: written by crates/learning. Insert only: somebody says that a question seems wrong. Erasing a person empties said.
create table appeal (
    id            text   primary key,
    person_id     text   not null,
    attempt_id    text   not null references attempt (id),
    edition_id    text   not null,
    question      text   not null,
    said          text   not null,
    wishes_answer bigint not null,                -- 1: their name is shown to the editors, and they are written to
    raised_at     bigint not null
);
create unique index appeal_once on appeal (attempt_id, question);
create index appeal_question on appeal (edition_id, question, raised_at);

-- ruling: written by crates/learning. Insert only: what an editor decided about a question of an edition. The edition stays as it is.
create table ruling (
    id         text   primary key,
    edition_id text   not null,
    question   text   not null,
    decision   text   not null,                   -- stands, mended (in the next edition), withdrawn, corrected (its key)
    accepted   text   not null,                   -- JSON: the responses that are right since a correction; [] otherwise
    reason     text   not null,
    ruled_at   bigint not null,
    ruled_by   text   not null
);
create index ruling_question on ruling (edition_id, question, ruled_at);

-- regrading: written by crates/learning. Insert only: a failed attempt is passed, after a ruling. Its first marking stays in submission.
create table regrading (
    attempt_id  text   primary key references attempt (id),
    ruling_id   text   not null references ruling (id),
    marks       bigint not null,
    marks_max   bigint not null,
    passed      bigint not null,                  -- always 1: nobody loses a pass
    marking     text   not null,                  -- JSON, as in submission
    regraded_at bigint not null,
    regraded_by text   not null
);

-- accommodation: written by crates/learning. Insert only: what a person is given beyond what a course gives; the newest counts. Why is not kept.
create table accommodation (
    id         text   primary key,
    person_id  text   not null,
    attempts   text   not null,                   -- course (as it says), half_more, twice, or any (no pause at all)
    granted_at bigint not null,
    granted_by text   not null
);
create index accommodation_person on accommodation (person_id, granted_at);

-- spaced_check: written by crates/learning. Insert only: a few questions some time after completing. It counts for nobody and against nobody.
create table spaced_check (
    id         text   primary key,
    person_id  text   not null,
    edition_id text   not null,
    course_id  text   not null,
    box        bigint not null,                   -- 1, 2, 3: after 7, 30, 120 days
    form       text   not null,                   -- JSON, as in attempt
    started_at bigint not null
);
create index spaced_check_person on spaced_check (person_id, course_id, started_at);

-- spaced_answer: written by crates/learning. Insert only: one answer to a check.
create table spaced_answer (
    check_id text   not null references spaced_check (id),
    question text   not null,
    response text   not null,                     -- JSON, as in answer; [] where nothing was chosen
    correct  bigint not null,
    given_at bigint not null,
    primary key (check_id, question)
);

-- spaced_setting: written by crates/learning. Insert only: whether the organisation wants spaced checks; the newest counts.
create table spaced_setting (
    id     text   primary key,
    active bigint not null,
    set_at bigint not null,
    set_by text   not null
);
