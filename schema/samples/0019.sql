-- A manager who asked once, and who had somebody stand in until a day and took it back.
insert into nudge (id, person_id, account_id, letter_id, owed, nudged_at) values ('nud_01', 'per_01', 'acc_01', 'let_01', 2, 1780304400000);
insert into team_delegation (id, account_id, person_id, until_on, made_at) values
    ('tdl_01', 'acc_01', 'per_01', 20620, 1780304400000),
    ('tdl_02', 'acc_01', 'per_02', 20640, 1780304460000);
insert into team_delegation_end (delegation_id, ended_at) values ('tdl_01', 1780304500000);
-- A panel of one judge, who thought again about a question, and what was made of it.
insert into angoff_panel (id, edition_id, opened_at, opened_by) values ('apn_01', 'edi_01', 1780304400000, 'acc_01');
insert into angoff_judge (panel_id, account_id, invited_at, invited_by) values ('apn_01', 'acc_01', 1780304410000, 'acc_01');
insert into angoff_judgement (id, panel_id, account_id, question, percent, given_at) values
    ('apj_01', 'apn_01', 'acc_01', 'q1', 70, 1780304420000),
    ('apj_02', 'apn_01', 'acc_01', 'q1', 75, 1780304430000);
insert into angoff_decision (id, panel_id, pass_mark, reason, decided_by, decided_at) values
    ('apd_01', 'apn_01', 75, 'The panel agreed.', 'acc_01', 1780304440000);
