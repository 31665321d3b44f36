-- consent: written by crates/learning. Insert only: a person agreed to sign electronically, after a notice of this version.
create table consent (
    id             text   primary key,
    person_id      text   not null,
    account_id     text   not null,
    session_id     text   not null,
    notice_version bigint not null,
    notice_sha256  text   not null,
    given_at       bigint not null
);
create index consent_person on consent (person_id, given_at);

-- consent_withdrawal: written by crates/learning. Insert only: from then on the person signs nothing electronically.
create table consent_withdrawal (
    consent_id   text   primary key references consent (id),
    withdrawn_at bigint not null
);

-- attestation_draft: written by crates/learning. Insert only: what somebody is about to sign, put before them once more.
create table attestation_draft (
    id         text   primary key,                -- becomes the attestation's id
    attempt_id text   not null references attempt (id),
    session_id text   not null,
    consent_id text   not null references consent (id),
    record     text   not null,                   -- canonical JSON, docs/attestation-record.md; erasing a person empties it
    drafted_at bigint not null
);
create index attestation_draft_attempt on attestation_draft (attempt_id, session_id, drafted_at);

-- attestation_record: written by crates/learning. Insert only: the whole of what was signed. Older attestations have none.
create table attestation_record (
    attestation_id text primary key references attestation (id),
    record         text not null,                 -- canonical JSON, docs/attestation-record.md; erasing a person empties it
    record_sha256  text not null,
    consent_id     text not null references consent (id),
    entry_id       text not null,                 -- its entry in the ledger
    letter_id      text                           -- the receipt that was mailed
);

-- correction: written by crates/learning. Insert only: a person says that something recorded about them is wrong. Erasing them empties the text.
create table correction (
    id         text   primary key,
    person_id  text   not null,
    account_id text   not null,
    about      text   not null,                   -- roster, training, signature, other
    asked      text   not null,
    asked_at   bigint not null
);
create index correction_person on correction (person_id, asked_at);
create index correction_asked on correction (asked_at);

-- correction_answer: written by crates/learning. Insert only. Erasing the person empties the text.
create table correction_answer (
    correction_id text   primary key references correction (id),
    outcome       text   not null,                -- corrected, at-the-source, declined
    answer        text   not null,
    answered_at   bigint not null,
    answered_by   text   not null
);

-- passkey: written by crates/identity. A key that a person's device keeps; here is only its public half.
create table passkey (
    id            text   primary key,
    account_id    text   not null references account (id),
    name          text   not null,
    credential_id text   not null,                -- base64url
    public_key    blob   not null,                -- COSE, as the authenticator gave it
    counter       bigint not null,
    made_at       bigint not null,
    used_at       bigint,
    ended_at      bigint
);
create unique index passkey_credential on passkey (credential_id);
create index passkey_account on passkey (account_id);

-- passkey_challenge: written by crates/identity. What a new passkey has to sign, once, soon, in this session.
create table passkey_challenge (
    id         text   primary key,
    account_id text   not null references account (id),
    session_id text   not null,
    challenge  blob   not null,
    made_at    bigint not null,
    used_at    bigint
);
create index passkey_challenge_session on passkey_challenge (session_id, made_at);

-- passkey_signature: written by crates/learning. Insert only: an attestation signed with a passkey as well, with all that is needed to check it again.
create table passkey_signature (
    attestation_id     text primary key references attestation (id),
    passkey_id         text not null,
    credential_id      text not null,
    public_key         blob not null,
    client_data        blob not null,             -- JSON; its challenge is the SHA-256 of the attestation's record
    authenticator_data blob not null,
    signature          blob not null
);

-- badge_key: written by crates/learning. Insert only; the newest signs. What the organisation signs badges with.
create table badge_key (
    id          text   primary key,
    private_key blob   not null,                  -- PKCS #8
    modulus     blob   not null,
    made_at     bigint not null
);

-- badge: written by crates/learning. Insert only: a certificate as an Open Badges credential, the same to the byte ever after. Erasing a person empties it.
create table badge (
    code    text   not null references certificate (code),
    scored  bigint not null,                      -- whether it says the score
    token   text   not null,                      -- JSON Web Token
    made_at bigint not null,
    primary key (code, scored)
);
