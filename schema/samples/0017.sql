-- An audience that was set twice, a rule that goes by it and took another's place, and one thing each that was ended or reviewed.
insert into audience (id, audience_id, name, said, why, set_at, set_by) values
    ('auv_01', 'aud_01', 'Developers', '{"any":[{"field":"tag","is":"developer"}]}', 'They write code.', 1780304400000, 'person:acc_01'),
    ('auv_02', 'aud_01', 'Developers', '{"any":[{"field":"tag","is":"developer"},{"field":"job_title","contains":"engineer"}]}', 'Titles as well.', 1780304460000, 'person:acc_01');
insert into rule (id, name, audience, course_id, duty, from_on, created_at, created_by, audience_id, others, priority, until_on, why, replaces) values
    ('rul_17', 'Developers: D05', '{"any":[{"field":"tag","is":"developer"}]}', 'D05', '{"onboarding_days":30,"calendar":"11-30","active_days":90}', 20500, 1780304400000, 'person:acc_01', 'aud_01', '["D06"]', 3, 20900, 'Customers ask for it.', null);
insert into equivalence (id, course_id, edition_min, counts_for, from_on, reason, decided_by, recorded_at) values
    ('eqv_01', 'D06', 2, 'D05', 20500, 'The same objectives.', 'acc_01', 1780304400000);
insert into equivalence_end (equivalence_id, ended_on, reason, ended_by, ended_at) values
    ('eqv_01', 20600, 'It was rewritten.', 'person:acc_01', 1780304460000);
insert into waiver (id, person_id, course_id, reason, compensating, approved_by, from_on, until_on, recorded_at) values
    ('wai_17', 'per_01', 'B02', 'At sea', 'No access', 'acc_02', 20500, 20600, 1780304400000);
insert into waiver_end (waiver_id, ended_on, reason, ended_by, ended_at) values
    ('wai_17', 20550, 'Back early.', 'person:acc_02', 1780304460000);
insert into outside_training (id, person_id, course_id, done_on, provider, file_name, file_kind, file_sha256, sent_by, sent_at) values
    ('out_01', 'per_01', 'B02', 20500, 'Academy', 'certificate.pdf', 'pdf', 'e3b0c442', 'acc_01', 1780304400000);
insert into outside_training_review (outside_id, acceptance_id, sentence, reviewed_by, reviewed_at) values
    ('out_01', null, 'It is of another year.', 'acc_02', 1780304460000);
insert into live_session (id, course_id, method, held_on, place, minutes, trainer, topics, recorded_by, recorded_at) values
    ('liv_01', 'B02', 'classroom', 20500, 'Room 4', 45, 'Tove Trainer', 'Telling a real message from a false one.', 'acc_02', 1780304400000);
insert into live_session_list (session_id, checked, statement, signed_name, signed_by, signed_at) values
    ('liv_01', 'questions', 'Each answered three questions aloud.', 'Olga Owner', 'acc_02', 1780304460000);
insert into live_session_person (session_id, person_id, attended, understood) values
    ('liv_01', 'per_01', 1, 1);
