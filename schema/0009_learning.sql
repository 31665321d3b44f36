-- lesson_read: written by crates/learning. Insert only: the person reached the end of a lesson.
create table lesson_read (
    person_id  text   not null,
    edition_id text   not null,
    lesson     text   not null,
    read_at    bigint not null,
    primary key (person_id, edition_id, lesson)
);

-- attempt: written by crates/learning. Insert only: a form drawn for a person from an edition's pool.
create table attempt (
    id         text   primary key,
    person_id  text   not null,
    account_id text   not null,
    edition_id text   not null,
    number     bigint not null,                   -- 1, 2, 3 … within person and edition
    form       text   not null,                   -- JSON, see crates/learning/src/form.rs: question ids in order, and the order of their options
    started_at bigint not null
);
create unique index attempt_number on attempt (person_id, edition_id, number);

-- answer: written by crates/learning. Insert only: each response as given; the latest counts.
create table answer (
    id         text   primary key,
    attempt_id text   not null references attempt (id),
    question   text   not null,
    response   text   not null,                   -- JSON list of option numbers as written in the course, or of one line number
    given_at   bigint not null
);
create index answer_attempt on answer (attempt_id, question, given_at, id);

-- submission: written by crates/learning. Insert only: the attempt was handed in and marked.
create table submission (
    attempt_id   text   primary key references attempt (id),
    submitted_at bigint not null,
    marks        bigint not null,
    marks_max    bigint not null,
    passed       bigint not null,
    marking      text   not null                  -- JSON, see crates/learning/src/marking.rs: each question, what was marked, right or not
);

-- presentation: written by crates/learning. Insert only: the statement was put before the person, in this session.
create table presentation (
    attempt_id       text   not null references attempt (id),
    session_id       text   not null,
    statement_sha256 text   not null,
    presented_at     bigint not null,
    primary key (attempt_id, session_id)
);

-- attestation: written by crates/learning. Insert only: what was stated, by whom, when, how we know. Erasing a person empties name_typed.
create table attestation (
    id               text   primary key,
    person_id        text   not null,
    account_id       text   not null,
    attempt_id       text   not null references attempt (id),
    edition_id       text   not null,
    statement        text   not null,
    statement_sha256 text   not null,
    bound            text   not null,             -- JSON: what the signature is bound to, with hashes
    name_typed       text   not null,
    presented_at     bigint not null,
    signed_at        bigint not null,
    auth             text   not null              -- JSON: method, session, authenticated at
);
create unique index attestation_once on attestation (attempt_id);

-- completion: written by crates/learning. Insert only. occurred is when it was done, recorded when we learnt of it.
create table completion (
    id             text   primary key,
    person_id      text   not null,
    course_id      text   not null,
    edition_id     text,
    occurred_on    bigint not null,               -- Day in the organisation's zone
    occurred_at    bigint not null,
    recorded_at    bigint not null,
    source         text   not null,               -- 'muster' or 'import:NAME'
    class          text   not null,               -- evidence class A to D
    passed         bigint not null,
    score          double precision,              -- percent
    attempt_id     text,
    attestation_id text,
    evidence_url   text
);
create index completion_person on completion (person_id, course_id, occurred_on);
create unique index completion_attempt on completion (attempt_id) where attempt_id is not null;
create unique index completion_import on completion (source, person_id, course_id, occurred_on, passed) where source <> 'muster';

-- certificate: written by crates/learning. Insert only. The code is what anyone can check it by.
create table certificate (
    code          text   primary key,
    completion_id text   not null references completion (id),
    issued_at     bigint not null
);
create unique index certificate_completion on certificate (completion_id);
