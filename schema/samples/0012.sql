-- A list with an account of somebody, one of a robot with an owner, and one that nobody knows.
insert into access_system (name, created_at, created_by) values ('github', 1780304400000, 'operator');
insert into access_terms (id, system, owner_email, layer, days, privileged, set_at, set_by) values
    ('act_01', 'github', 'olga@example.org', 'developer', 30, ' admin owner ', 1780304400000, 'person:acc_01');
insert into access_list
    (id, system, file_name, file_sha256, profile, snapshot_on, row_count, accounts, inactive, imported_at, imported_by)
values
    ('acl_01', 'github', 'members.csv', 'e3b0c442', 'github_members', 20605, 3, 3, 0, 1780304400000, 'operator');
insert into access_account
    (system, account_key, line, login, email, name_id, number, name, role, privileged, kind, status, created_on, last_seen_on, mfa,
     person_id, linked_by, bucket, reason, candidates)
values
    ('github', 'lfield', 2, 'lfield', null, 'lena.field@example.org', null, 'Lena Field', 'owner', 1, 'unsaid', 'active', null, 20600, 'yes',
     'per_01', 'name_id', 'in_order', '', ''),
    ('github', 'build-bot', 3, 'build-bot', null, null, null, null, 'member', 0, 'service', 'active', null, null, null,
     null, null, 'in_order', '', ''),
    ('github', 'zz9', 4, 'zz9', null, null, null, 'Z Nine', 'member', 0, 'unsaid', 'active', null, null, 'no',
     null, null, 'a', 'Nobody on the roster has this address or number.', '');
insert into access_grant
    (id, system, account_key, login, person_id, linked_by, privileged, role, from_on, observed, until_on, list_id, recorded_at, superseded_at)
values
    ('acg_01', 'github', 'lfield', 'lfield', 'per_01', 'name_id', 1, 'owner', 20605, 1, null, 'acl_01', 1780304400000, null);
insert into access_decision (id, system, account_key, what, person_id, reason, until_on, decided_at, decided_by) values
    ('acd_01', 'github', 'build-bot', 'service', 'per_01', 'Builds releases.', 20970, 1780304400000, 'person:acc_01');
insert into access_finding (id, system, account_key, bucket, owner_email, found_on, due_on, found_at) values
    ('acf_01', 'github', 'zz9', 'a', 'olga@example.org', 20605, 20619, 1780304400000);
insert into access_finding_end (finding_id, why, ended_at) values ('acf_01', 'gone', 1780390800000);
insert into access_reconciliation
    (id, system, list_id, roster_on, inputs, counts, findings_sha256, reconciled_at, reconciled_by)
values
    ('acr_01', 'github', 'acl_01', 20605, '[]', '{"a":1}', 'dd', 1780304400000, 'operator');
