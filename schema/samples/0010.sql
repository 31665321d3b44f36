-- A pack that was built.
insert into pack (id, framework, from_on, to_on, size, sha256, built_at, built_by) values
    ('pck_01', 'iso-27001', 20240, 20605, 482113, 'dd', 1780304500000, 'person:acc_01');
