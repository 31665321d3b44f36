-- A job that waits and one that was given up under the same key; a letter that was deferred, then accepted.
insert into job (id, kind, dedup_key, payload, run_at, attempts, locked_until, last_error, given_up_at) values
    ('job_01', 'reconcile', 'all', '{}', 1780304400000, 0, 0, null, null),
    ('job_02', 'reconcile', 'all', '{}', 1780304400000, 8, 0, 'connecting to the relay', 1780390800000);
insert into letter (id, to_address, purpose, subject, text_body, message_id, queued_at) values
    ('let_01', 'lena.field@example.org', 'reminder', 'Due on Friday', 'You have until Friday.', '<let_01@example.org>', 1780304400000);
insert into letter_try (id, letter_id, tried_at, outcome, reply) values
    ('try_01', 'let_01', 1780304400000, 'deferred', '451 4.7.1 Later, please'),
    ('try_02', 'let_01', 1780305300000, 'accepted', '250 2.0.0 Ok');
insert into mail_setting (id, relay, sender, secret, set_at, set_by) values
    ('set_01', 'off', 'training@example.org', null, 1780304400000, 'setup');
