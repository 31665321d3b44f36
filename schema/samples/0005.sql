-- A contractor who became an employee, a profile that was corrected, a leave without an end.
insert into organisation (id, name, zone, set_at, set_by) values ('org_01', 'Example Ltd', 'Europe/Berlin', 1780304400000, 'setup');
insert into source (name, mode, created_at) values ('hr', 'full', 1780304400000);
insert into person (id, created_at) values ('per_01', 1780304400000);
insert into engagement
    (id, person_id, source, source_key, kind, start_on, end_on, employer, sponsor_email, recorded_at, superseded_at)
values
    ('eng_01', 'per_01', 'hr', 'e-100', 'contractor', 20240, 20604, 'Agency GmbH', 'max.hill@example.org', 1780304400000, null),
    ('eng_02', 'per_01', 'hr', 'e-100', 'employee', 20605, null, null, null, 1780304400000, null);
insert into profile
    (id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key, department, division, cost_center,
     job_title, location, country, language, access, tags, recorded_at, superseded_at)
values
    ('pro_01', 'per_01', 20240, null, 'Lena', 'Feild', null, null, null, null, null,
     null, null, null, null, 'unknown', '', 1780304400000, 1780304460000),
    ('pro_02', 'per_01', 20240, 'lena.field@example.org', 'Lena', 'Field', null, 'e-007', 'Engineering', null, null,
     'Developer', 'Berlin', 'DE', 'en', 'yes', ' developer ', 1780304460000, null);
insert into leave (id, person_id, source, source_key, from_on, until_on, recorded_at, superseded_at) values
    ('lea_01', 'per_01', 'hr', 'e-100', 20650, null, 1780304400000, null);
insert into roster_file (id, source, file_name, file_sha256, plan, row_count, counts, applied_at, applied_by) values
    ('fil_01', 'hr', 'people.csv', 'e3b0c442', 'a3f5', 1, '{"joiners":1}', 1780304400000, 'person:acc_01');
insert into source_setting (id, source, kind, engages, owner, rhythm, fresh_days, ranks, brakes, set_at, set_by) values
    ('sst_01', 'hr', 'hris', 1, 'People team', 'every day', 35, '{"":10,"email":60}', '{"ends_percent":5}', 1780304400000, 'setup');
insert into source_record
    (id, source, source_key, person_id, employee_number, email, given_name, family_name, preferred_name, manager_key, department,
     division, cost_center, job_title, location, country, language, access, tags, recorded_at, superseded_at, file_id, superseded_by)
values
    ('rec_01', 'hr', 'e-100', 'per_01', 'e-100', 'lena.field@example.org', 'Lena', 'Field', null, 'e-007', 'Engineering',
     null, null, 'Developer', 'Berlin', 'DE', 'en', 'yes', ' developer ', 1780304460000, null, 'fil_01', null);
insert into waiting_row (id, source, source_key, rows, reason, candidates, recorded_at, superseded_at) values
    ('wai_01', 'hr', 'e-101', '[{"source_id":"e-101"}]', 'address', 'per_01', 1780304400000, null);
insert into match_decision (id, source, source_key, person_id, reason, decided_at, decided_by) values
    ('mat_01', 'hr', 'e-101', 'per_01', 'A second contract.', 1780304460000, 'person:acc_01');
insert into held_end (id, source, source_key, person_id, said_at, settled_at, settled_by, outcome) values
    ('hel_01', 'hr', 'e-100', 'per_01', 1780304400000, null, null, null);
insert into difference_note (id, source, source_key, note, noted_at, noted_by) values
    ('dif_01', 'hr', 'e-101', 'Starts next week; the address is a team mailbox.', 1780304460000, 'person:acc_01');
insert into source_snapshot (id, source, taken_at, row_count, sha256) values
    ('sna_01', 'hr', 1780304460000, 1, 'e3b0c442');
