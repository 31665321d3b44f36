-- One course taken, tested and attested here, and one brought in from elsewhere.
insert into lesson_read (person_id, edition_id, lesson, read_at) values ('per_01', 'edi_01', '01-why', 1780304410000);
insert into attempt (id, person_id, account_id, edition_id, number, form, started_at) values
    ('att_01', 'per_01', 'acc_01', 'edi_01', 1, '{"questions":[{"question":"q1","options":[2,0,1]}]}', 1780304420000);
insert into answer (id, attempt_id, question, response, given_at) values
    ('ans_01', 'att_01', 'q1', '[1]', 1780304430000),
    ('ans_02', 'att_01', 'q1', '[2]', 1780304440000);
insert into submission (attempt_id, submitted_at, marks, marks_max, passed, marking) values
    ('att_01', 1780304450000, 1, 1, 1, '{"marks":1,"marks_max":1,"passed":true,"questions":[{"question":"q1","objective":"judge","critical":false,"response":[2],"right":true}]}');
insert into presentation (attempt_id, session_id, statement_sha256, presented_at) values ('att_01', 'ses_01', 'cc', 1780304460000);
insert into attestation
    (id, person_id, account_id, attempt_id, edition_id, statement, statement_sha256, bound, name_typed, presented_at, signed_at, auth)
values
    ('ats_01', 'per_01', 'acc_01', 'att_01', 'edi_01', 'I have read and understood it.', 'cc', '{}', 'Lena Field',
     1780304460000, 1780304470000, '{"authenticated_at":"2026-06-01T08:59:00.000Z","method":"link","session":"ses_01"}');
insert into completion
    (id, person_id, course_id, edition_id, occurred_on, occurred_at, recorded_at, source, class, passed, score,
     attempt_id, attestation_id, evidence_url)
values
    ('cmp_01', 'per_01', 'B02', 'edi_01', 20605, 1780304470000, 1780304470000, 'muster', 'A', 1, 100.0, 'att_01', 'ats_01', null),
    ('cmp_02', 'per_01', 'B02', null, 20240, 1748764800000, 1780304480000, 'import:academy', 'C', 1, null, null, null,
     'https://academy.example/records/7');
insert into certificate (code, completion_id, issued_at) values ('7K3M-9QXA-4DVE-02HJ', 'cmp_01', 1780304480000);
