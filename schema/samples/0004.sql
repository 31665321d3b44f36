-- An account with a role that ended and one that holds, a used link, a session that ended.
insert into account (id, email, name, person_id, created_at) values
    ('acc_01', 'lena.field@example.org', 'Lena Field', 'per_01', 1780304400000),
    ('acc_02', 'aude.martin@example.net', 'Aude Martin', null, 1780304400000);
insert into role_grant (id, account_id, role, granted_at, granted_by, ended_at, ended_by) values
    ('rol_01', 'acc_01', 'editor', 1780304400000, 'setup', 1780390800000, 'person:acc_02'),
    ('rol_02', 'acc_02', 'auditor', 1780304400000, 'setup', null, null);
insert into sign_in_link (id, account_id, token_hash, code_hash, way, wrong, made_at, expires_at, used_at) values
    ('lnk_01', 'acc_01', cast('token' as blob), cast('code' as blob), 'mail', 1, 1780304400000, 1780305300000, 1780304460000);
insert into session (id, account_id, token_hash, method, started_at, expires_at, ended_at) values
    ('ses_01', 'acc_01', cast('session' as blob), 'link', 1780304460000, 1780347600000, 1780304580000);
insert into setup_token (token_hash, made_at, used_at) values (cast('setup' as blob), 1780304400000, null);
-- A suspension that was lifted and one that holds; a token that has ended and one that lives.
insert into suspension (id, person_id, source, suspended_at, suspended_by) values
    ('sus_01', 'per_01', 'entra', 1780304400000, 'token:tok_01'),
    ('sus_02', 'per_01', 'entra', 1780390800000, 'token:tok_01');
insert into suspension_end (suspension_id, ended_at, ended_by) values ('sus_01', 1780304460000, 'token:tok_01');
insert into token (id, secret_hash, name, scope, bound_to, made_at, made_by, expires_at, used_at, ended_at, ended_by) values
    ('tok_01', cast('one' as blob), 'entra', 'scim:write', 'con_01', 1780304400000, 'person:acc_01', 1811840400000, 1780304460000, 1780390800000, 'person:acc_01'),
    ('tok_02', cast('two' as blob), 'entra', 'scim:write', 'con_01', 1780304400000, 'operator', 1811840400000, null, null, null);
