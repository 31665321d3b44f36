-- A directory that was read every six hours, waited once and failed once.
insert into directory (id, source, settings, hours, set_at, set_by) values ('dir_01', 'hr', '{}', 6, 1780304400000, 'person:acc_01');
insert into directory_password (source, password) values ('hr', 'x');
insert into directory_read (id, source, began_at, asked, began_by) values
    ('drd_01', 'hr', 1780304400000, 1, 'person:acc_01'),
    ('drd_02', 'hr', 1780304460000, 0, 'job:roster-read-directory');
insert into directory_outcome (read_id, outcome, sentence, people, sha256, upload, notes, ended_at) values
    ('drd_01', 'waits', 'Somebody should look.', 12, 'e3b0c442', 'upl_01', '[]', 1780304401000),
    ('drd_02', 'failed', 'The directory did not answer.', 0, null, null, '[]', 1780304470000);
