-- organisation: written by crates/roster. Insert only; the newest counts.
create table organisation (
    id     text   primary key,
    name   text   not null,
    zone   text   not null,                       -- IANA time zone
    set_at bigint not null,
    set_by text   not null
);

-- source: written by crates/roster. Where the roster's facts come from.
create table source (
    name       text   primary key,
    mode       text   not null,                   -- full (absence means ended) or delta
    created_at bigint not null
);

-- source_setting: written by crates/roster. Insert only; the newest of a source counts.
create table source_setting (
    id         text   primary key,
    source     text   not null references source (name),
    kind       text   not null,                   -- hris contractor_system supplier_register directory identity_provider
    engages    bigint not null,                   -- 1: it says who works here; 0: only what is known of people whom others list
    owner      text   not null,                   -- who answers for it inside: a name or an address; '' when nobody is named
    rhythm     text   not null,                   -- how often it is read, in words: 'every day'; '' when not said
    fresh_days bigint not null,                   -- older than this its newest reading is too old
    ranks      text   not null,                   -- JSON: {"": rank, "attribute": rank where it differs}; the smallest is believed first
    brakes     text   not null,                   -- JSON: the brakes that differ from the defaults
    set_at     bigint not null,
    set_by     text   not null
);
create index source_setting_source on source_setting (source, set_at);

-- person: written by crates/roster. Insert only; everything else about a person is dated and hangs below.
create table person (
    id         text   primary key,
    created_at bigint not null
);

-- engagement: written by crates/roster. Two times: start_on/end_on is when it holds, recorded_at/superseded_at when we knew it so.
-- The current version has superseded_at null. end_on is the last day of work, that day included.
create table engagement (
    id            text   primary key,
    person_id     text   not null references person (id),
    source        text   not null references source (name),
    source_key    text   not null,
    kind          text   not null,                -- employee contractor intern temp vendor_staff board other
    start_on      bigint not null,                -- Day
    end_on        bigint,                         -- Day
    employer      text,
    sponsor_email text,
    end_inferred  bigint not null default 0,      -- 1 when no file gave end_on: the person was absent, or only marked as ended
    continues     bigint,                         -- Day: the first day of the stay it carries on under another kind; null when it begins one
    recorded_at   bigint not null,
    superseded_at bigint,
    file_id       text,                           -- the roster file that said it; null when it came one person at a time
    superseded_by text                            -- the roster file that said otherwise
);
create unique index engagement_current on engagement (source, source_key, start_on) where superseded_at is null;
create index engagement_person on engagement (person_id);
create index engagement_key on engagement (source_key);
create index engagement_ended on engagement (source, recorded_at) where end_inferred = 1 and superseded_at is null;

-- profile: written by crates/roster. What is known of a person from from_on on, until the next row's from_on. Same two times.
create table profile (
    id             text   primary key,
    person_id      text   not null references person (id),
    from_on        bigint not null,               -- Day
    email          text,
    given_name     text   not null,
    family_name    text   not null,
    preferred_name text,
    manager_key    text,                          -- the manager's source_id or address, as the source gave it
    department     text,
    division       text,
    cost_center    text,
    job_title      text,
    location       text,
    country        text,
    language       text,
    access         text   not null,               -- yes, no or unknown: logical access
    tags           text   not null,               -- sorted, one space between, one before and after: ' developer finance '; '' when none
    recorded_at    bigint not null,
    superseded_at  bigint,
    file_id        text,
    superseded_by  text
);
create unique index profile_current on profile (person_id, from_on) where superseded_at is null;
create index profile_email on profile (email) where superseded_at is null;

-- source_record: written by crates/roster. What one source says of one person, with both the times at which we knew it so.
-- A null says nothing. The profile is what follows from a person's records by the precedence of their sources.
create table source_record (
    id              text   primary key,
    source          text   not null references source (name),
    source_key      text   not null,
    person_id       text   not null references person (id),
    employee_number text,
    email           text,
    given_name      text   not null,
    family_name     text   not null,
    preferred_name  text,
    manager_key     text,
    department      text,
    division        text,
    cost_center     text,
    job_title       text,
    location        text,
    country         text,
    language        text,
    access          text   not null,
    tags            text   not null,
    recorded_at     bigint not null,
    superseded_at   bigint,
    file_id         text,
    superseded_by   text
);
create unique index source_record_current on source_record (source, source_key) where superseded_at is null;
create index source_record_key on source_record (source_key, source, recorded_at);
create index source_record_person on source_record (person_id);
create index source_record_number on source_record (employee_number) where employee_number is not null and superseded_at is null;
create index source_record_email on source_record (email) where email is not null and superseded_at is null;

-- waiting_row: written by crates/roster. A row of a source whose person is not certain: it changes nothing until somebody decides.
create table waiting_row (
    id            text   primary key,
    source        text   not null references source (name),
    source_key    text   not null,
    rows          text   not null,                -- JSON: what the source says of the person
    reason        text   not null,                -- address, number or unrostered: why it is not certain
    candidates    text   not null,                -- person ids with a space between, at most ten
    recorded_at   bigint not null,
    superseded_at bigint                          -- when the source said otherwise, or somebody had decided
);
create unique index waiting_row_current on waiting_row (source, source_key) where superseded_at is null;

-- match_decision: written by crates/roster. Insert only; the newest of a source's key counts.
create table match_decision (
    id         text   primary key,
    source     text   not null references source (name),
    source_key text   not null,
    person_id  text,                              -- the person it is; null: nobody who was on the roster then
    reason     text   not null,
    decided_at bigint not null,
    decided_by text   not null
);
create index match_decision_key on match_decision (source, source_key);

-- held_end: written by crates/roster. An end that a source said of one person, over its brakes: the roster keeps the person until
-- somebody has looked, and access has ended already.
create table held_end (
    id         text   primary key,
    source     text   not null references source (name),
    source_key text   not null,
    person_id  text   not null references person (id),
    said_at    bigint not null,
    settled_at bigint,
    settled_by text,
    outcome    text                               -- ended, kept, or returned: the source took it back
);
create unique index held_end_open on held_end (source, source_key) where settled_at is null;

-- difference_note: written by crates/roster. Insert only: why a source and the roster differ, in somebody's words.
create table difference_note (
    id         text   primary key,
    source     text   not null references source (name),
    source_key text   not null,
    note       text   not null,
    noted_at   bigint not null,
    noted_by   text   not null
);
create index difference_note_key on difference_note (source, source_key);

-- leave: written by crates/roster. Away from from_on to until_on, both days included; open while until_on is null. Same two times.
create table leave (
    id            text   primary key,
    person_id     text   not null references person (id),
    source        text   not null references source (name),
    source_key    text   not null,
    from_on       bigint not null,
    until_on      bigint,
    recorded_at   bigint not null,
    superseded_at bigint,
    file_id       text,
    superseded_by text
);
create unique index leave_current on leave (source, source_key, from_on) where superseded_at is null;
create index leave_person on leave (person_id);

-- roster_file: written by crates/roster. Insert only: each file that was applied, its plan and its counts.
create table roster_file (
    id          text   primary key,
    source      text   not null references source (name),
    file_name   text   not null,
    file_sha256 text   not null,
    plan        text   not null,                  -- the plan's id, hex SHA-256
    row_count   bigint not null,
    counts      text   not null,                  -- JSON: joiners, leavers, movers, changed, unchanged
    undoes      text,                             -- the roster file whose changes this one took back
    applied_at  bigint not null,
    applied_by  text   not null
);
create index roster_file_source on roster_file (source, applied_at);

-- source_snapshot: written by crates/roster. Insert only: what a source that speaks of one person at a time had said by then.
create table source_snapshot (
    id        text   primary key,
    source    text   not null references source (name),
    taken_at  bigint not null,
    row_count bigint not null,
    sha256    text   not null                     -- see crates/roster/src/source_snapshot.rs
);
create index source_snapshot_source on source_snapshot (source, taken_at);

-- roster_upload: written by crates/roster. A file whose plan is being looked at; deleted when applied, or after a day.
create table roster_upload (
    id          text   primary key,
    source      text   not null,
    kind        text,                             -- the kind given to rows that name none
    mode        text   not null,                  -- full or delta
    file_name   text   not null,
    bytes       blob   not null,
    uploaded_at bigint not null,
    uploaded_by text   not null
);
create index roster_upload_age on roster_upload (uploaded_at);

-- roster_stale: written by crates/roster. Empty between transactions: the ids of rows that a plan supersedes, so that any number takes one statement.
create table roster_stale (
    id text primary key
);
