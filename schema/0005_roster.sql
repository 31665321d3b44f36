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
    superseded_at bigint
);
create unique index engagement_current on engagement (source, source_key, start_on) where superseded_at is null;
create index engagement_person on engagement (person_id);
create index engagement_key on engagement (source_key);

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
    superseded_at  bigint
);
create unique index profile_current on profile (person_id, from_on) where superseded_at is null;
create index profile_email on profile (email) where superseded_at is null;

-- leave: written by crates/roster. Away from from_on to until_on, both days included; open while until_on is null. Same two times.
create table leave (
    id            text   primary key,
    person_id     text   not null references person (id),
    from_on       bigint not null,
    until_on      bigint,
    recorded_at   bigint not null,
    superseded_at bigint
);
create unique index leave_current on leave (person_id, from_on) where superseded_at is null;

-- roster_file: written by crates/roster. Insert only: each file that was applied, its plan and its counts.
create table roster_file (
    id          text   primary key,
    source      text   not null references source (name),
    file_name   text   not null,
    file_sha256 text   not null,
    plan        text   not null,                  -- the plan's id, hex SHA-256
    row_count   bigint not null,
    counts      text   not null,                  -- JSON: joiners, leavers, movers, changed, unchanged
    applied_at  bigint not null,
    applied_by  text   not null
);
create index roster_file_source on roster_file (source, applied_at);

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
