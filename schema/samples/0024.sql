-- A manager on leave: somebody they had asked is told in their place.
insert into reminder (id, assignment_id, step, addressee, person_id, course_id, letter_id, reason, decided_at, in_place_of, stands_in) values
    ('rem_04', 'asg_04', 'manager+7', 'per_02', 'per_01', 'B02', 'let_02', null, 1780304400000, 'per_03', 'delegate');
insert into team_delegation (id, account_id, person_id, until_on, made_at, letter_id) values
    ('tdl_03', 'acc_01', 'per_02', 20640, 1780304470000, 'let_03');
insert into reminder_run (id, ran_at, letters, sent, suppressed, undecided_from) values ('rrn_02', 1780306200000, 1, 1, 0, 20604);
