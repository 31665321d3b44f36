-- A framework that was given up and taken up again.
insert into framework_adoption (id, framework, adopted_at, adopted_by, ended_at) values
    ('ado_01', 'iso-27001', 1780304400000, 'person:acc_01', 1780304460000),
    ('ado_02', 'iso-27001', 1780304520000, 'person:acc_01', null);
