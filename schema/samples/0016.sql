-- Reminders of one person: a letter that went, one that was held back, one that was taken out, and what they chose.
insert into reminder_setting (id, setting, set_at, set_by) values ('rst_01', '{"before":[14,7,1]}', 1780304400000, 'person:acc_01');
insert into holiday (country, on_day, name, imported_at) values ('DE', 20729, 'Tag der Deutschen Einheit', 1780304400000);
insert into reminder_preference (id, person_id, zone, calendar, set_at) values ('rpr_01', 'per_01', 'America/New_York', 1, 1780304400000);
insert into reminder_run (id, ran_at, letters, sent, suppressed) values ('rrn_01', 1780304400000, 1, 2, 1);
insert into reminder_digest (addressee, on_day, letter_id) values ('per_01', 20605, 'let_01');
insert into reminder (id, assignment_id, step, addressee, person_id, course_id, letter_id, reason, decided_at) values
    ('rem_01', 'asg_01', 'before-14', 'per_01', 'per_01', 'B02', 'let_01', null, 1780304400000),
    ('rem_02', 'asg_02', 'before-14', 'per_01', 'per_01', 'B02', 'let_01', null, 1780304400000),
    ('rem_03', 'asg_02', 'manager+7', 'nobody', 'per_01', 'B02', null, 'no_manager', 1780304400000);
insert into reminder_withdrawal (assignment_id, step, addressee, reason, withdrawn_at) values
    ('asg_01', 'before-14', 'per_01', 'completed', 1780304460000);
insert into calendar_feed (id, account_id, shows, secret_hash, made_at, ended_at) values ('cal_01', 'acc_01', 'own', cast('feed' as blob), 1780304400000, null);
insert into channel (id, name, service, address, made_at, made_by, ended_at) values
    ('chn_01', 'Security', 'slack', 'https://chat.example.org/hook/1', 1780304400000, 'person:acc_01', null);
insert into channel_notice (channel_id, on_day, said_at, outcome, reply, try_number) values ('chn_01', 20605, 1780304400000, 'accepted', '200 ok', 1);
