-- A badge number instead of an id, and a word for a kind that only this organisation has.
insert into source_mapping (id, source, mapping, saved_at, saved_by) values
    ('map_01', 'hr', '[columns]
source_id = "Badge no."

[kinds]
crew = "employee"
', 1780304400000, 'person:acc_01');
