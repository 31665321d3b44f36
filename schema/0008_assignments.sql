-- rule: written by crates/assignments. Who owes which course, by when. A changed rule is a new row; the old one is ended.
create table rule (
    id         text   primary key,
    name       text   not null,
    audience   text   not null,                   -- JSON, see crates/assignments/src/audience.rs
    course_id  text   not null,
    duty       text   not null,                   -- JSON: by when, and how often again
    from_on    bigint not null,                   -- Day the rule starts to bind
    created_at bigint not null,
    created_by text   not null,
    ended_at   bigint
);

-- assignment: written by crates/assignments. Insert only: this person owes this course because of this rule.
create table assignment (
    id          text   primary key,
    person_id   text   not null,
    rule_id     text   not null references rule (id),
    course_id   text   not null,
    basis       text   not null,                  -- what made it due: 'start:2026-03-01', 'after:2026-04-05', 'role:2026-05-01';
                                                  -- '#2' and so on behind it when the same has been owed before, say with another date
    reason      text   not null,                  -- onboarding, annual, role_change, access_grant
    assigned_at bigint not null,
    opens_on    bigint not null,                  -- Day it is first shown as owed
    due_on      bigint                            -- Day; null while a leave has no end
);
create unique index assignment_once on assignment (person_id, rule_id, basis);

-- assignment_end: written by crates/assignments. Insert only: why it is owed no longer.
create table assignment_end (
    assignment_id text   primary key references assignment (id),
    ended_at      bigint not null,
    reason        text   not null,                -- completed, left, moved (out of the audience), rule_ended, moved_date
    completion_id text
);

-- waiver: written by crates/assignments. Insert only. Shown wherever it counts, never as passing.
create table waiver (
    id           text   primary key,
    person_id    text   not null,
    course_id    text   not null,
    reason       text   not null,
    compensating text   not null,                 -- the compensating control
    approved_by  text   not null,                 -- account, not the person's own
    from_on      bigint not null,
    until_on     bigint not null,                 -- last day it holds
    recorded_at  bigint not null
);
create index waiver_person on waiver (person_id);

-- assignment_open: written by crates/assignments. What is owed now, and nothing else: a row comes with its assignment and
-- goes with its end, in the same transaction. It can be made again from the two; it is here so that asking who owes what
-- costs as much as what is owed, not as much as everything that ever was.
create table assignment_open (
    person_id     text   not null,
    rule_id       text   not null,
    assignment_id text   not null,
    course_id     text   not null,
    basis         text   not null,
    opens_on      bigint not null,                -- Day
    due_on        bigint,                         -- Day; null while a leave has no end
    primary key (person_id, rule_id)
);
create index assignment_open_due on assignment_open (due_on);
