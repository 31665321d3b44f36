-- A connection with a user in a group, a user who was deleted, and what was asked.
insert into scim_connection (id, source, profile, kind, made_at, made_by) values
    ('con_01', 'entra', 'entra', 'employee', 1780304400000, 'person:acc_01');
insert into scim_resource
    (key, connection, kind, id, external_id, name_key, source_id, active, body, version, created_at, changed_at, deleted_at)
values
    ('scr_01', 'con_01', 'User', '7d8c1f6e-0000-4000-8000-000000000001', 'x-1', 'lena@example.org', '7d8c1f6e-0000-4000-8000-000000000001',
     1, '{"userName":"Lena@example.org"}', 1, 1780304400000, 1780304400000, null),
    ('scr_02', 'con_01', 'User', '7d8c1f6e-0000-4000-8000-000000000002', 'x-2', 'max@example.org', '7d8c1f6e-0000-4000-8000-000000000002',
     0, '{}', 2, 1780304400000, 1780304460000, 1780304460000),
    ('scr_03', 'con_01', 'Group', '7d8c1f6e-0000-4000-8000-000000000003', null, 'engineering', '7d8c1f6e-0000-4000-8000-000000000003',
     1, '{"displayName":"Engineering"}', 1, 1780304400000, 1780304400000, null);
insert into scim_value (resource, path, item, word, hot) values
    ('scr_01', 'emails.value', 0, 'lena@example.org', 1),
    ('scr_01', 'emails.type', 0, 'work', 0);
insert into scim_member (group_key, value, display, added_at) values
    ('scr_03', '7d8c1f6e-0000-4000-8000-000000000001', null, 1780304400000);
insert into scim_waiting (resource, since) values ('scr_01', 1780304400000);
insert into scim_request (id, connection, token, at, method, place, status, scim_type, quirks, bytes) values
    ('scq_01', 'con_01', 'tok_01', 1780304400000, 'PATCH', 'Users/id', 200, null, 'boolean-as-text', 120),
    ('scq_02', null, null, 1780304400000, 'GET', 'Users', 401, null, '', 0);
