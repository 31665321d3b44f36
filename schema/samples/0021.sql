-- Somebody changed a lesson of a course, proposed it, and somebody else sent it back; then it was given up.
insert into draft (id, course_id, begun_at, begun_by) values ('dra_01', 'B02', 1780310000000, 'person:acc_01');
insert into draft_base (draft_id, number, edition_id, taken_at, taken_by) values ('dra_01', 1, 'edi_01', 1780310000000, 'person:acc_01');
insert into draft_file (draft_id, path, number, body, saved_at, saved_by) values
    ('dra_01', 'lessons/01-first.md', 1, cast('2320' as blob), 1780310100000, 'person:acc_01');
insert into proposal (id, draft_id, content_sha256, note, proposed_at, proposed_by) values
    ('prp_01', 'dra_01', 'aa', 'A clearer first lesson.', 1780310200000, 'person:acc_01');
insert into proposal_review (proposal_id, outcome, note, edition_id, reviewed_at, reviewed_by) values
    ('prp_01', 'sent-back', 'The second heading is missing.', null, 1780310300000, 'person:acc_02');
insert into draft_end (draft_id, ended_at, ended_by) values ('dra_01', 1780310400000, 'person:acc_01');
