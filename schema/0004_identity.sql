-- account: written by crates/identity. Who can sign in. The address is stored trimmed and lower-cased.
create table account (
    id         text   primary key,
    email      text   not null,
    name       text   not null,
    person_id  text,                              -- the person on the roster, once known
    created_at bigint not null
);
create unique index account_email on account (email);
create index account_person on account (person_id);

-- role_grant: written by crates/identity. A role is held from granted_at until ended_at.
create table role_grant (
    id         text   primary key,
    account_id text   not null references account (id),
    role       text   not null,                   -- owner, editor, manager, auditor
    granted_at bigint not null,
    granted_by text   not null,
    ended_at   bigint,
    ended_by   text
);
create index role_grant_account on role_grant (account_id);

-- sign_in_link: written by crates/identity. Tokens and codes are stored as hashes and used once.
create table sign_in_link (
    id         text   primary key,
    account_id text   not null references account (id),
    token_hash blob   not null,
    code_hash  blob   not null,
    way        text   not null,                   -- mail, or operator: how it reached its owner
    wrong      bigint not null,                   -- wrong codes typed
    made_at    bigint not null,
    expires_at bigint not null,
    used_at    bigint
);
create unique index sign_in_link_token on sign_in_link (token_hash);
create index sign_in_link_account on sign_in_link (account_id, made_at);

-- session: written by crates/identity.
create table session (
    id         text   primary key,
    account_id text   not null references account (id),
    token_hash blob   not null,
    method     text   not null,                   -- link, code, operator-link, setup
    started_at bigint not null,
    expires_at bigint not null,
    ended_at   bigint
);
create unique index session_token on session (token_hash);
create index session_account on session (account_id);

-- setup_token: written by crates/identity. The one-time token printed at first start.
create table setup_token (
    token_hash blob   primary key,
    made_at    bigint not null,
    used_at    bigint
);

-- suspension: written by crates/identity. Insert only: a source of the roster says that a person may not sign in, until it says otherwise.
create table suspension (
    id           text   primary key,
    person_id    text   not null,
    source       text   not null,
    suspended_at bigint not null,
    suspended_by text   not null
);
create index suspension_person on suspension (person_id);

-- suspension_end: written by crates/identity. Insert only.
create table suspension_end (
    suspension_id text   primary key references suspension (id),
    ended_at      bigint not null,
    ended_by      text   not null
);

-- token: written by crates/identity. What programs show instead of a session. The secret is stored as a hash.
create table token (
    id          text   primary key,
    secret_hash blob   not null,
    name        text   not null,
    scope       text   not null,                  -- scim:write
    bound_to    text,                             -- what it is good for alone: a SCIM connection's id
    made_at     bigint not null,
    made_by     text   not null,
    expires_at  bigint not null,
    used_at     bigint,                           -- the last use, to the minute
    ended_at    bigint,
    ended_by    text
);
create unique index token_secret on token (secret_hash);
create index token_bound on token (bound_to);
