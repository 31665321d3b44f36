-- One entry that is sequenced and one that waits, with what hangs on them.
insert into ledger_entry (id, kind, subject, actor, class, occurred_at, recorded_at, commitment, seq, leaf) values
    ('ent_01', 'person-joined', 'person:per_01', 'source:hr', 'C', 1780304400000, 1780304460000, cast('c1' as blob), 0, cast('leaf' as blob)),
    ('ent_02', 'completion-recorded', 'person:per_01', 'person:acc_01', 'A', 1780304520000, 1780304520000, cast('c2' as blob), null, null);
insert into ledger_payload (entry_id, key, body) values
    ('ent_01', cast('key' as blob), '{"actor":"source:hr","payload":{},"subject":"person:per_01"}');
insert into ledger_tile (level, n, hashes) values (0, 0, cast('hash' as blob));
insert into ledger_tree (id, size, frontier) values (1, 1, cast('frontier' as blob));
insert into ledger_checkpoint (signed_at, size, root, note) values
    (1780304580000, 1, cast('root' as blob), 'example.org/ledger');
insert into ledger_key (vkey, seed, created_at) values ('example.org/ledger+00000000+AAAA', cast('seed' as blob), 1780304400000);
insert into ledger_cursor (name, seq) values ('reactions', 1);
