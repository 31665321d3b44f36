-- directory: written by crates/roster. Insert only: how a directory is read, each time that was changed; the newest of a source counts.
create table directory (
    id       text   primary key,
    source   text   not null,                     -- the name its people have on the roster; a source once something was applied
    settings text   not null,                     -- JSON: where it is, whom to believe, base, filter, what its entries mean; no password
    hours    bigint not null,                     -- read every so many hours; 0 when only by hand
    set_at   bigint not null,
    set_by   text   not null
);
create index directory_source on directory (source, set_at);

-- directory_password: written by crates/roster. What the bind account is let in with; overwritten when it changes, never shown.
create table directory_password (
    source   text   primary key,
    password text   not null
);

-- directory_read: written by crates/roster. Insert only: that a directory began to be read.
create table directory_read (
    id       text   primary key,
    source   text   not null,
    began_at bigint not null,
    asked    bigint not null,                     -- 1 when somebody asked for it and will look at the plan, 0 when it was time
    began_by text   not null
);
create index directory_read_source on directory_read (source, began_at);

-- directory_outcome: written by crates/roster. Insert only: how a reading ended. A reading without one was broken off.
create table directory_outcome (
    read_id  text   primary key references directory_read (id),
    outcome  text   not null,                     -- applied, waits (for somebody to look) or failed
    sentence text   not null,                     -- for whoever looks after it; may quote the directory, no person
    people   bigint not null,
    sha256   text,                                -- of the list as it was read
    upload   text,                                -- the list, while somebody may look at it
    notes    text   not null,                     -- JSON: finished sentences
    ended_at bigint not null
);
