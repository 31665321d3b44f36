-- access_system: written by crates/access. Insert only: a place people can get into, by the name it is called in rules and addresses.
create table access_system (
    name       text   primary key,                -- 'github'
    created_at bigint not null,
    created_by text   not null
);

-- access_terms: written by crates/access. Insert only; the newest of a system counts: what holds for getting in there.
create table access_terms (
    id            text   primary key,
    system        text   not null references access_system (name),
    owner_email   text,                           -- who answers for the findings
    layer         text,                           -- the layer of courses that has to be done; null when none
    days          bigint,                         -- so many days after access begins; null means before it does
    privileged    text   not null,                -- sorted words, one space between, one before and after: ' admin owner '
    set_at        bigint not null,
    set_by        text   not null
);
create index access_terms_system on access_terms (system, set_at);

-- access_list: written by crates/access. Insert only: each list that was read. The file itself is not kept.
create table access_list (
    id          text   primary key,
    system      text   not null references access_system (name),
    file_name   text   not null,
    file_sha256 text   not null,
    profile     text   not null,                  -- whose columns it has: github_members, aws_iam, …, mapped
    snapshot_on bigint not null,                  -- Day the list was true
    row_count   bigint not null,
    accounts    bigint not null,                  -- rows of one account are one
    inactive    bigint not null,                  -- of them those that cannot sign in
    imported_at bigint not null,
    imported_by text   not null
);
create index access_list_system on access_list (system, imported_at);

-- access_account: written by crates/access. The accounts of each system's newest list and what has come of them: rows come and
-- go with the list, in one transaction, so there is no index but the key: each would be written anew with every list. What lasts is in access_grant, access_finding and access_reconciliation.
create table access_account (
    system       text   not null references access_system (name),
    account_key  text   not null,                 -- what the system calls it, lower case
    line         bigint not null,                 -- where it stands in the file
    login        text   not null,
    email        text,
    name_id      text,
    number       text,                            -- employee number
    name         text,
    role         text,
    privileged   bigint not null,
    kind         text   not null,                 -- person service shared, as the file says; unsaid when it does not
    status       text   not null,                 -- active or inactive
    created_on   bigint,                          -- Day the access began, when the file says
    last_seen_on bigint,                          -- Day of the last activity, when the file says
    mfa          text,                            -- yes or no, when the file says
    person_id    text,                            -- whose it is, by a key or by somebody's word
    linked_by    text,                            -- name_id, email, number or decision
    bucket       text   not null,                 -- in_order, inactive, excluded, or a to f
    reason       text   not null,                 -- a sentence; '' when in order
    candidates   text   not null,                 -- ids of people it could be, spaces between
    primary key (system, account_key)
);

-- access_grant: written by crates/access. An account's access from from_on up to, but not with, until_on; open while until_on is null.
-- Two times, as in the roster: rows are superseded, never changed.
create table access_grant (
    id            text   primary key,
    system        text   not null references access_system (name),
    account_key   text   not null,
    login         text   not null,
    person_id     text,                           -- whose it is; null while nobody knows
    linked_by     text,
    privileged    bigint not null,
    role          text,
    from_on       bigint not null,                -- Day
    observed      bigint not null,                -- 1 when from_on is only the first list it was seen in
    until_on      bigint,                         -- Day of the first list without it
    list_id       text   not null references access_list (id),
    recorded_at   bigint not null,
    superseded_at bigint
);
create unique index access_grant_current on access_grant (system, account_key, from_on) where superseded_at is null;
create index access_grant_person on access_grant (person_id);

-- access_decision: written by crates/access. Insert only; the newest about an account counts, as long as it holds.
create table access_decision (
    id          text   primary key,
    system      text   not null references access_system (name),
    account_key text   not null,
    what        text   not null,                  -- person, service, shared, excluded or withdrawn
    person_id   text,                             -- whose it is, or who owns it
    reason      text   not null,
    until_on    bigint,                           -- last day it holds; null only for person and withdrawn
    decided_at  bigint not null,
    decided_by  text   not null
);
create index access_decision_account on access_decision (system, account_key, decided_at);

-- access_finding: written by crates/access. Insert only: an account that is not in order, from the day it was found.
create table access_finding (
    id          text   primary key,
    system      text   not null references access_system (name),
    account_key text   not null,
    bucket      text   not null,                  -- a b c e f
    owner_email text,
    found_on    bigint not null,                  -- Day
    due_on      bigint not null,                  -- Day
    found_at    bigint not null
);
create index access_finding_account on access_finding (system, account_key);

-- access_finding_end: written by crates/access. Insert only: why a finding is one no longer.
create table access_finding_end (
    finding_id text   primary key references access_finding (id),
    why        text   not null,                   -- gone (no access any more), decided, in_order, other (it became another)
    ended_at   bigint not null
);

-- access_reconciliation: written by crates/access. Insert only: what was compared with what, and what came of it.
create table access_reconciliation (
    id              text   primary key,
    system          text   not null references access_system (name),
    list_id         text   not null references access_list (id),
    roster_on       bigint not null,              -- Day the roster was looked at
    inputs          text   not null,              -- JSON: the newest file of each roster source, with digest and day
    counts          text   not null,              -- JSON: accounts in each bucket, people, decisions
    findings_sha256 text   not null,              -- over the accounts that are not in order, a line each
    reconciled_at   bigint not null,
    reconciled_by   text   not null
);
create index access_reconciliation_system on access_reconciliation (system, reconciled_at);

-- access_stale: written by crates/access. Empty between transactions: the ids of grants that are superseded, so that any number takes one statement.
create table access_stale (
    id text primary key
);
