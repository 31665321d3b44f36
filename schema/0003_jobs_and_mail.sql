-- job: written by crates/jobs. A row is work still to do; done work leaves no row.
create table job (
    id           text   primary key,
    kind         text   not null,
    dedup_key    text   not null,
    payload      text   not null,
    run_at       bigint not null,                 -- Moment, UTC ms
    attempts     bigint not null,
    locked_until bigint not null,                 -- lease; 0 when free
    last_error   text,
    given_up_at  bigint
);
create unique index job_once on job (kind, dedup_key) where given_up_at is null;
create index job_ready on job (run_at) where given_up_at is null;

-- letter: written by crates/mail. What was to be sent, to whom, byte for byte. Letters that carry a secret
-- (a sign-in link) lose their text once the relay has taken them or the secret has expired.
create table letter (
    id         text   primary key,
    to_address text   not null,
    purpose    text   not null,
    subject    text   not null,
    text_body  text   not null,
    message_id text   not null,
    queued_at  bigint not null,
    until      bigint                             -- Moment after which it is not worth sending; its text is then dropped
);

-- letter_try: written by crates/mail. Insert only: what the relay said, each time.
create table letter_try (
    id        text   primary key,
    letter_id text   not null references letter (id),
    tried_at  bigint not null,
    outcome   text   not null,                    -- accepted, deferred, refused
    reply     text   not null
);
create index letter_try_letter on letter_try (letter_id, tried_at);

-- mail_setting: written by crates/mail. Insert only; the newest counts.
create table mail_setting (
    id       text   primary key,
    relay    text   not null,                     -- 'off', 'folder' or 'smtp://host:port', 'smtps://…', with user where needed
    sender   text   not null,
    secret   text,                                -- the relay's password
    set_at   bigint not null,
    set_by   text   not null
);
