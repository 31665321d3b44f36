-- draft: written by crates/curriculum. Insert only: a course that is being written or changed.
create table draft (
    id        text   primary key,
    course_id text   not null,
    begun_at  bigint not null,
    begun_by  text   not null
);
create index draft_course on draft (course_id, begun_at);

-- draft_base: written by crates/curriculum. Insert only: the edition whose files hold where the draft has none of its own; the newest counts.
create table draft_base (
    draft_id   text   not null references draft (id),
    number     bigint not null,                   -- 1, 2, 3 … within the draft
    edition_id text   not null references edition (id),
    taken_at   bigint not null,
    taken_by   text   not null,
    primary key (draft_id, number)
);

-- draft_file: written by crates/curriculum. Insert only: every text that was saved; the newest of a path holds.
create table draft_file (
    draft_id text   not null references draft (id),
    path     text   not null,
    number   bigint not null,                     -- 1, 2, 3 … within draft and path
    body     blob,                                -- none: the file is taken out
    saved_at bigint not null,
    saved_by text   not null,
    primary key (draft_id, path, number)
);

-- proposal: written by crates/curriculum. Insert only: somebody says that a draft is ready, for exactly these files.
create table proposal (
    id             text   primary key,
    draft_id       text   not null references draft (id),
    content_sha256 text   not null,
    note           text   not null,               -- what has changed, and why
    proposed_at    bigint not null,
    proposed_by    text   not null
);
create index proposal_draft on proposal (draft_id, proposed_at);

-- proposal_review: written by crates/curriculum. Insert only: what somebody else said to it.
create table proposal_review (
    proposal_id text   primary key references proposal (id),
    outcome     text   not null,                  -- published, sent-back
    note        text   not null,
    edition_id  text   references edition (id),   -- what it became
    reviewed_at bigint not null,
    reviewed_by text   not null
);

-- draft_end: written by crates/curriculum. Insert only: the draft became an edition, or was given up.
create table draft_end (
    draft_id text   primary key references draft (id),
    ended_at bigint not null,
    ended_by text   not null
);
