-- Letters keep their text unless it is a secret: a letter that is no longer worth sending need not be a secret one.
alter table letter add column keeps_text bigint not null default 0; -- 1: there is no secret in it, and it is kept as it was sent
alter table mail_setting add column sender_name text not null default ''; -- who letters say they are from; 'muster' when empty

-- What could not be delivered, for the page about mail.
create index letter_try_failed on letter_try (tried_at) where outcome in ('refused', 'expired');

-- reminder_setting: written by crates/assignments. Insert only; the newest counts. While there is none, nobody is reminded.
create table reminder_setting (
    id      text   primary key,
    setting text   not null,                      -- JSON, see crates/assignments/src/reminder/setting.rs
    set_at  bigint not null,
    set_by  text   not null
);

-- holiday: written by crates/assignments. A day on which nobody in a country is written to; importing a country's list replaces it.
create table holiday (
    country     text   not null,                  -- as the roster spells it, in capitals; '' for everybody
    on_day      bigint not null,                  -- Day
    name        text   not null,
    imported_at bigint not null,
    primary key (country, on_day)
);

-- reminder_preference: written by crates/assignments. Insert only; a person's newest counts.
create table reminder_preference (
    id        text   primary key,
    person_id text   not null,
    zone      text   not null,                    -- IANA time zone; '' for the organisation's
    calendar  bigint not null,                    -- 1: a calendar instead of letters, as long as nothing is overdue
    set_at    bigint not null
);
create index reminder_preference_person on reminder_preference (person_id, set_at);

-- reminder_run: written by crates/assignments. Insert only: the engine looked, whether or not there was anything to do.
create table reminder_run (
    id         text   primary key,
    ran_at     bigint not null,
    letters    bigint not null,
    sent       bigint not null,                   -- reminders that went into those letters
    suppressed bigint not null
);
create index reminder_run_at on reminder_run (ran_at);

-- reminder_digest: written by crates/assignments. Insert only. Its key is why nobody gets two on one day.
create table reminder_digest (
    addressee text   not null,                    -- a person's id, or the account's of an owner who is nobody on the roster
    on_day    bigint not null,                    -- Day where the addressee is
    letter_id text   not null,
    primary key (addressee, on_day)
);
create index reminder_digest_letter on reminder_digest (letter_id);

-- reminder: written by crates/assignments. Insert only: what the cadence asked for, and what was decided.
create table reminder (
    id            text   not null,                -- in the order in which they were decided
    assignment_id text   not null,
    step          text   not null,                -- opened, joined+7, before-14, after+1, back:2026-06-01, manager+7, upper+14, owner+30
    addressee     text   not null,                -- as in reminder_digest; 'nobody' when there is nobody to write to, 'task' for the owners' list
    person_id     text   not null,                -- who owes it
    course_id     text   not null,
    letter_id     text,                           -- the letter it went into; null when it was suppressed
    reason        text,                           -- why it was suppressed; null when it was not
    decided_at    bigint not null,
    primary key (assignment_id, step, addressee)
);
create index reminder_decided on reminder (decided_at);
create index reminder_person on reminder (person_id, decided_at);
create index reminder_letter on reminder (letter_id) where letter_id is not null;

-- reminder_withdrawal: written by crates/assignments. Insert only: it was in a letter, and taken out before that was handed over.
create table reminder_withdrawal (
    assignment_id text   not null,
    step          text   not null,
    addressee     text   not null,
    reason        text   not null,
    withdrawn_at  bigint not null,
    primary key (assignment_id, step, addressee)
);

-- calendar_feed: written by crates/assignments. The address of a calendar; its secret is stored as a hash.
create table calendar_feed (
    id          text   primary key,
    account_id  text   not null,                  -- whose it is; what it shows follows from their roles now
    shows       text   not null,                  -- own, team or programme
    secret_hash blob   not null,
    made_at     bigint not null,
    ended_at    bigint
);
create unique index calendar_feed_secret on calendar_feed (secret_hash);
create index calendar_feed_account on calendar_feed (account_id);

-- channel: written by crates/assignments. A chat channel that is told how things stand. The address is a secret of the owner's.
create table channel (
    id        text   primary key,
    name      text   not null,
    service   text   not null,                    -- slack or teams
    address   text   not null,                    -- emptied when it is ended
    made_at   bigint not null,
    made_by   text   not null,
    ended_at  bigint
);

-- channel_notice: written by crates/assignments. Insert only: what was said on a day, and what came of it.
create table channel_notice (
    channel_id text   not null references channel (id),
    on_day     bigint not null,
    said_at    bigint not null,
    outcome    text   not null,                   -- accepted, deferred, refused
    reply      text   not null,
    try_number bigint not null,
    primary key (channel_id, on_day, try_number)
);
