-- A question that somebody doubted, whose key was corrected, so that a failed attempt is passed; a check some days later.
insert into attempt (id, person_id, account_id, edition_id, number, form, started_at, purpose) values
    ('att_02', 'per_01', 'acc_01', 'edi_01', 2, '{"questions":[{"question":"t1","options":[0,1,2]}]}', 1780304420500, 'test_out');
insert into submission (attempt_id, submitted_at, marks, marks_max, passed, marking) values
    ('att_02', 1780304450500, 0, 1, 0, '{"marks":0,"marks_max":1,"passed":false,"questions":[{"question":"t1","objective":"judge","critical":false,"response":[2],"right":false}]}');
insert into appeal (id, person_id, attempt_id, edition_id, question, said, wishes_answer, raised_at) values
    ('app_01', 'per_01', 'att_02', 'edi_01', 't1', 'The third answer is right as well.', 1, 1780304451000);
insert into ruling (id, edition_id, question, decision, accepted, reason, ruled_at, ruled_by) values
    ('rul_01', 'edi_01', 't1', 'corrected', '[[1],[2]]', 'Both are safe.', 1780304452000, 'person:acc_02');
insert into regrading (attempt_id, ruling_id, marks, marks_max, passed, marking, regraded_at, regraded_by) values
    ('att_02', 'rul_01', 1, 1, 1, '{"marks":1,"marks_max":1,"passed":true,"questions":[{"question":"t1","objective":"judge","critical":false,"response":[2],"right":true}]}', 1780304453000, 'person:acc_02');
insert into accommodation (id, person_id, attempts, granted_at, granted_by) values ('acm_01', 'per_01', 'twice', 1780304454000, 'person:acc_02');
insert into spaced_check (id, person_id, edition_id, course_id, box, form, started_at) values
    ('spc_01', 'per_01', 'edi_01', 'B02', 1, '{"questions":[{"question":"q1","options":[2,0,1]}]}', 1780909270000);
insert into spaced_answer (check_id, question, response, correct, given_at) values ('spc_01', 'q1', '[2]', 1, 1780909290000);
insert into spaced_setting (id, active, set_at, set_by) values ('sps_01', 1, 1780304455000, 'person:acc_02');
