-- Views hold no rows of their own; here is one to look through: somebody whose profile changes in a year.
insert into profile
    (id, person_id, from_on, email, given_name, family_name, preferred_name, manager_key, department, division, cost_center,
     job_title, location, country, language, access, tags, recorded_at, superseded_at)
values
    ('pro_23', 'per_01', 20970, 'lena.field@example.org', 'Lena', 'Field', null, 'e-007', 'Research', null, null,
     'Developer', 'Berlin', 'DE', 'en', 'yes', ' developer ', 1780304460000, null);
