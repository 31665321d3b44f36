-- Somebody reads in German, and went on in English in the middle of an attempt.
insert into language_choice (person_id, language, chosen_at) values ('per_01', 'de', 1780304000000);
insert into attempt_language (attempt_id, language, from_at) values
    ('att_01', 'de', 1780304100000),
    ('att_01', 'en', 1780304200000);
