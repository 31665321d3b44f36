-- Somebody agreed to sign, signed with a passkey as well, withdrew, and asked for a correction that was answered.
insert into consent (id, person_id, account_id, session_id, notice_version, notice_sha256, given_at) values
    ('csn_01', 'per_01', 'acc_01', 'ses_01', 1, 'dd', 1780304455000);
insert into consent_withdrawal (consent_id, withdrawn_at) values ('csn_01', 1780309999000);
insert into attestation_draft (id, attempt_id, session_id, consent_id, record, drafted_at) values
    ('ats_01', 'att_01', 'ses_01', 'csn_01', '{}', 1780304465000);
insert into attestation_record (attestation_id, record, record_sha256, consent_id, entry_id, letter_id) values
    ('ats_01', '{}', '44', 'csn_01', 'ent_01', null);
insert into correction (id, person_id, account_id, about, asked, asked_at) values
    ('cor_01', 'per_01', 'acc_01', 'roster', 'My job title is another one.', 1780305000000);
insert into correction_answer (correction_id, outcome, answer, answered_at, answered_by) values
    ('cor_01', 'at-the-source', 'We told the personnel department.', 1780306000000, 'person:acc_02');
insert into passkey (id, account_id, name, credential_id, public_key, counter, made_at, used_at, ended_at) values
    ('pky_01', 'acc_01', 'Phone', 'AQID', cast('a5' as blob), 7, 1780304000000, 1780304470000, null);
insert into passkey_challenge (id, account_id, session_id, challenge, made_at, used_at) values
    ('pkc_01', 'acc_01', 'ses_01', cast('00ff' as blob), 1780304000000, 1780304001000);
insert into passkey_signature (attestation_id, passkey_id, credential_id, public_key, client_data, authenticator_data, signature) values
    ('ats_01', 'pky_01', 'AQID', cast('a5' as blob), cast('7b7d' as blob), cast('00' as blob), cast('30' as blob));
insert into badge_key (id, private_key, modulus, made_at) values ('bky_01', cast('30' as blob), cast('00' as blob), 1780304000000);
insert into badge (code, scored, token, made_at) values ('7K3M-9QXA-4DVE-02HJ', 0, 'e30.e30.e30', 1780304490000);
