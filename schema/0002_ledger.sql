-- ledger_entry: written by crates/ledger. Insert only, except that the sequencer fills seq and leaf once.
create table ledger_entry (
    id          text   primary key,
    kind        text   not null,                  -- Act, kebab text
    subject     text   not null,                  -- 'person:per_…', 'course:B02', …
    actor       text   not null,
    class       text   not null,                  -- evidence class A, B, C or D
    occurred_at bigint not null,                  -- Moment, UTC ms
    recorded_at bigint not null,                  -- Moment, UTC ms
    commitment  blob   not null,                  -- HMAC-SHA-256 over the payload's body, under its key
    seq         bigint,                           -- dense from 0, null until sequenced
    leaf        blob                              -- RFC 6962 leaf hash, null until sequenced
);
create unique index ledger_entry_seq on ledger_entry (seq);
create index ledger_entry_pending on ledger_entry (id) where seq is null;
create index ledger_entry_subject on ledger_entry (subject, recorded_at);

-- ledger_payload: written by crates/ledger. The part that can be erased: without it the leaf means nothing.
create table ledger_payload (
    entry_id text primary key references ledger_entry (id),
    key      blob not null,                       -- 32 random bytes, the key of the commitment
    body     text not null                        -- RFC 8785 JSON of {actor, payload, subject}
);

-- ledger_tile: written by crates/ledger. C2SP tlog-tiles hash tiles, at most 256 hashes of 32 bytes each.
create table ledger_tile (
    level  bigint not null,
    n      bigint not null,
    hashes blob   not null,
    primary key (level, n)
);

-- ledger_tree: written by crates/ledger. One row: the right edge of the tree, from which it grows.
create table ledger_tree (
    id       bigint primary key,                  -- 1
    size     bigint not null,
    frontier blob   not null
);

-- ledger_checkpoint: written by crates/ledger. Insert only.
create table ledger_checkpoint (
    signed_at bigint not null,                    -- Moment, UTC ms; never before that of a smaller tree
    size      bigint not null,
    root      blob   not null,
    note      text   not null,                    -- the signed note, byte for byte
    primary key (size, signed_at)
);

-- ledger_key: written by crates/ledger. Insert only; the newest signs.
create table ledger_key (
    vkey       text   primary key,
    seed       blob   not null,
    created_at bigint not null
);

-- ledger_cursor: written by crates/ledger. How far each follower has read.
create table ledger_cursor (
    name text   primary key,
    seq  bigint not null
);
