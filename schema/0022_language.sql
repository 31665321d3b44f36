-- language_choice: written by crates/learning. One row for each person who chose, replaced by the next choice: the language they read in.
-- It proves nothing, so what was chosen before is not kept. Erasing a person deletes it.
create table language_choice (
    person_id text   primary key,
    language  text   not null,                    -- BCP 47
    chosen_at bigint not null
);

-- attempt_language: written by crates/learning. Insert only: the language an attempt was shown in, and from when on. An attempt at an
-- edition without translations has none; it was shown in the edition's own language.
create table attempt_language (
    attempt_id text   not null references attempt (id),
    language   text   not null,                   -- BCP 47
    from_at    bigint not null,
    primary key (attempt_id, from_at)
);
