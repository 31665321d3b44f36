-- supplier: written by crates/roster. Insert only: a supplier as it was registered, each time that changed; the newest of a supplier_id counts.
create table supplier (
    id          text   primary key,
    supplier_id text   not null,                  -- the same through all its versions
    name        text   not null,
    names       text   not null,                  -- JSON: what sources call it as an employer
    owner_id    text,                             -- the person inside who answers for it
    touches     text   not null,                  -- systems and data, in words
    access      text   not null,                  -- yes, no or unknown: can its people get at them
    from_on     bigint,                           -- Day: the contract's first, and its last
    to_on       bigint,
    coverage    text   not null,                  -- courses (ours), own (theirs, with evidence) or out (of scope)
    reason      text,                             -- why it is out of scope
    approver_id text,                             -- the person who approved that
    set_at      bigint not null,
    set_by      text   not null
);
create index supplier_version on supplier (supplier_id, set_at);

-- acceptance: written by crates/learning. Insert only: a document on training done elsewhere, which somebody has reviewed.
-- What it is accepted for stands in completion, with 'accepted:' and this id as its source.
create table acceptance (
    id          text   primary key,
    supplier_id text,                             -- whose people it was given for; null when for single people
    reference   text   not null,                  -- where the document is, or what it is called
    file_name   text,
    file_sha256 text,                             -- of the document, which is not kept
    courses     text   not null,                  -- JSON: the courses it is accepted for
    covers_from bigint not null,                  -- Day: when the training was done
    covers_to   bigint not null,                  -- Day: the last on which it counts
    people_as_of bigint not null,                 -- Day: whose people, as of then
    people      bigint not null,                  -- how many
    finding     text   not null,                  -- what the reviewer saw
    reviewed_by text   not null,                  -- account
    recorded_at bigint not null
);
create index acceptance_supplier on acceptance (supplier_id, covers_to);

-- acceptance_end: written by crates/learning. Insert only: an acceptance that turned out to be wrong, and from which day on it does not count.
create table acceptance_end (
    acceptance_id text   primary key references acceptance (id),
    ended_on      bigint not null,                -- Day
    reason        text   not null,
    ended_by      text   not null,
    ended_at      bigint not null
);
