-- audience: written by crates/assignments. Insert only: an audience with a name, as it was set each time; the newest of an audience_id counts.
create table audience (
    id          text   primary key,
    audience_id text   not null,                  -- the same through all its versions
    name        text   not null,
    said        text   not null,                  -- JSON, see crates/assignments/src/audience.rs
    why         text   not null,                  -- why it is as it is
    set_at      bigint not null,
    set_by      text   not null
);
create index audience_version on audience (audience_id, set_at);

-- What a rule can say since: who by name, courses that do as well, how important, until when, why, and whose place it took.
alter table rule add column audience_id text;
alter table rule add column others text not null default '[]';
alter table rule add column priority bigint not null default 5;
alter table rule add column until_on bigint;
alter table rule add column why text not null default '';
alter table rule add column replaces text;

-- equivalence: written by crates/assignments. Insert only: a course that counts for another, because somebody decided so.
create table equivalence (
    id           text   primary key,
    course_id    text   not null,                 -- what was done
    edition_min  bigint not null,                 -- in this edition or a later one; 1 for any, and for what has no edition
    counts_for   text   not null,                 -- the course it counts for
    from_on      bigint not null,                 -- Day: completions from then on
    reason       text   not null,
    decided_by   text   not null,                 -- account
    recorded_at  bigint not null
);

-- equivalence_end: written by crates/assignments. Insert only: from that day on, what is completed counts no longer for the other course.
create table equivalence_end (
    equivalence_id text   primary key references equivalence (id),
    ended_on       bigint not null,               -- Day
    reason         text   not null,
    ended_by       text   not null,
    ended_at       bigint not null
);

-- waiver_end: written by crates/assignments. Insert only: a waiver that was ended before its last day.
create table waiver_end (
    waiver_id text   primary key references waiver (id),
    ended_on  bigint not null,                    -- Day: the first on which it holds no longer
    reason    text   not null,
    ended_by  text   not null,
    ended_at  bigint not null
);

-- outside_training: written by crates/learning. Insert only: training somebody did elsewhere and asks to have counted. Erasing a person
-- empties provider and file_name.
create table outside_training (
    id          text   primary key,
    person_id   text   not null,
    course_id   text   not null,                  -- what it should count for
    done_on     bigint not null,                  -- Day
    provider    text   not null,
    file_name   text   not null,
    file_kind   text   not null,                  -- pdf, png or jpeg, by its first bytes
    file_sha256 text   not null,
    sent_by     text   not null,                  -- account
    sent_at     bigint not null
);
create index outside_training_person on outside_training (person_id, sent_at);

-- outside_training_file: written by crates/learning. The document itself; deleted when the person is erased.
create table outside_training_file (
    outside_id text primary key references outside_training (id),
    bytes      blob not null
);

-- outside_training_review: written by crates/learning. Insert only: what somebody else made of it.
create table outside_training_review (
    outside_id    text   primary key references outside_training (id),
    acceptance_id text,                           -- null when it was declined
    sentence      text   not null,                -- the finding, or why it was declined, which the person reads
    reviewed_by   text   not null,                -- account
    reviewed_at   bigint not null
);

-- live_session: written by crates/learning. Insert only: training people did together: in a classroom, at work, or in a call.
create table live_session (
    id          text   primary key,
    course_id   text   not null,
    method      text   not null,                  -- classroom, on_the_job or webinar
    held_on     bigint not null,                  -- Day
    place       text   not null,
    minutes     bigint not null,
    trainer     text   not null,
    topics      text   not null,
    recorded_by text   not null,                  -- account
    recorded_at bigint not null
);

-- live_session_list: written by crates/learning. Insert only: who was there, as it was closed by somebody, and how it was checked that they understood.
create table live_session_list (
    session_id  text   primary key references live_session (id),
    checked     text   not null,                  -- test, practice, questions or none
    statement   text   not null,                  -- how, in the words of whoever signs for it
    signed_name text   not null,
    signed_by   text   not null,                  -- account
    signed_at   bigint not null
);

-- live_session_person: written by crates/learning. Insert only: somebody who was invited, whether they came, and whether they had understood.
create table live_session_person (
    session_id text   not null references live_session (id),
    person_id  text   not null,
    attended   bigint not null,
    understood bigint not null,
    primary key (session_id, person_id)
);
