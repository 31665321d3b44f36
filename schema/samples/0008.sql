-- What is owed, what is owed no longer, and a waiver.
insert into rule (id, name, audience, course_id, duty, from_on, created_at, created_by, ended_at) values
    ('rul_01', 'Everyone reports', '{"all":true}', 'B02', '{"onboarding_days":30,"refresh_days":365,"grace_days":0}', 20605, 1780304400000, 'person:acc_01', null);
insert into assignment (id, person_id, rule_id, course_id, basis, reason, assigned_at, opens_on, due_on) values
    ('asg_01', 'per_01', 'rul_01', 'B02', 'start:2026-06-01', 'onboarding', 1780304400000, 20605, 20635),
    ('asg_02', 'per_01', 'rul_01', 'B02', 'after:2027-06-01', 'annual', 1780304400000, 20940, null);
insert into assignment_end (assignment_id, ended_at, reason, completion_id) values ('asg_01', 1780304520000, 'completed', 'cmp_01');
insert into assignment_open (person_id, rule_id, assignment_id, course_id, basis, opens_on, due_on) values
    ('per_01', 'rul_01', 'asg_02', 'B02', 'after:2027-06-01', 20940, null);
insert into waiver (id, person_id, course_id, reason, compensating, approved_by, from_on, until_on, recorded_at) values
    ('wai_01', 'per_01', 'B02', 'Long leave', 'No access meanwhile', 'acc_02', 20650, 20700, 1780304400000);
