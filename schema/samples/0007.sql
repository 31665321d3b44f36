-- Two editions of one course.
insert into course (id, created_at) values ('B02', 1780304400000);
insert into edition (id, course_id, number, title, leg, layer, minutes, method, reviewed_on, review_due_on, content_sha256, published_at, published_by) values
    ('edi_01', 'B02', 1, 'Reporting', 'training', 'baseline', 12, 'online', 20605, 20970, 'aa', 1780304400000, 'person:acc_01'),
    ('edi_02', 'B02', 2, 'Reporting', 'training', 'baseline', 10, 'online', 20605, 20970, 'bb', 1780390800000, 'person:acc_01');
insert into edition_file (edition_id, path, body) values ('edi_01', 'course.toml', cast('title = "Reporting"' as blob));
