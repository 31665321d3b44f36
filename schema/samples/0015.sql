-- A supplier that was corrected once, with training of its own that was accepted and taken back.
insert into supplier
    (id, supplier_id, name, names, owner_id, touches, access, from_on, to_on, coverage, reason, approver_id, set_at, set_by)
values
    ('spv_01', 'sup_01', 'Agency', '[]', null, 'Build servers', 'unknown', null, null, 'courses', null, null, 1780304400000, 'person:acc_01'),
    ('spv_02', 'sup_01', 'Agency GmbH', '["Agency"]', 'per_01', 'Build servers', 'yes', 20240, 20900, 'own', null, null, 1780304460000, 'person:acc_01');
insert into acceptance
    (id, supplier_id, reference, file_name, file_sha256, courses, covers_from, covers_to, people_as_of, people, finding, reviewed_by, recorded_at)
values
    ('acp_01', 'sup_01', 'CONTRACTS-112', 'certificate.pdf', 'e3b0c442', '["B02"]', 20500, 20865, 20600, 1, 'Same topics, with a test.', 'acc_01', 1780304500000);
insert into acceptance_end (acceptance_id, ended_on, reason, ended_by, ended_at) values
    ('acp_01', 20610, 'The certificate was of another year.', 'acc_02', 1780304600000);
