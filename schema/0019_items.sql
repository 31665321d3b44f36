-- nudge: written by crates/assignments. Insert only: a manager asked somebody by letter to look at what they owe.
create table nudge (
    id         text   primary key,
    person_id  text   not null,
    account_id text   not null,                   -- who asked
    letter_id  text   not null,
    owed       bigint not null,                   -- how many courses the letter named
    nudged_at  bigint not null
);
create index nudge_person on nudge (person_id, nudged_at);
create index nudge_account on nudge (account_id, nudged_at);

-- team_delegation: written by crates/assignments. Insert only: until a day, somebody else looks after a manager's people as well.
create table team_delegation (
    id         text   primary key,
    account_id text   not null,                   -- the manager
    person_id  text   not null,                   -- who looks after them
    until_on   bigint not null,                   -- Day, the last
    made_at    bigint not null
);
create index team_delegation_account on team_delegation (account_id, until_on);
create index team_delegation_person on team_delegation (person_id, until_on);

-- team_delegation_end: written by crates/assignments. Insert only: it was taken back before its last day.
create table team_delegation_end (
    delegation_id text   primary key references team_delegation (id),
    ended_at      bigint not null
);

-- angoff_panel: written by crates/learning. Insert only: judges are asked what people who just know enough would get right.
create table angoff_panel (
    id         text   primary key,
    edition_id text   not null references edition (id),
    opened_at  bigint not null,
    opened_by  text   not null                    -- account
);
create unique index angoff_panel_edition on angoff_panel (edition_id);

-- angoff_judge: written by crates/learning. Insert only: who is asked to judge.
create table angoff_judge (
    panel_id   text   not null references angoff_panel (id),
    account_id text   not null,
    invited_at bigint not null,
    invited_by text   not null,
    primary key (panel_id, account_id)
);
create index angoff_judge_account on angoff_judge (account_id);

-- angoff_judgement: written by crates/learning. Insert only: of a hundred who just know enough, so many get it right; the latest counts.
create table angoff_judgement (
    id         text   primary key,
    panel_id   text   not null references angoff_panel (id),
    account_id text   not null,
    question   text   not null,
    percent    bigint not null,
    given_at   bigint not null
);
create index angoff_judgement_panel on angoff_judgement (panel_id, account_id, question, given_at, id);

-- angoff_decision: written by crates/learning. Insert only: the pass mark somebody recommended for the next edition, and why.
create table angoff_decision (
    id         text   primary key,
    panel_id   text   not null references angoff_panel (id),
    pass_mark  bigint not null,                   -- percent
    reason     text   not null,
    decided_by text   not null,                   -- account
    decided_at bigint not null
);
create index angoff_decision_panel on angoff_decision (panel_id, decided_at);
