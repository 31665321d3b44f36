-- What a look of the engine left for the next; who was written to in the place of a manager who was on leave, and what a person was told of a team they look after.
alter table reminder_run add column undecided_from bigint; -- Day, the first whose steps may be undecided; null: look at everything
alter table reminder add column in_place_of text;         -- the manager's person id; null when nobody's place was taken
alter table reminder add column stands_in text;           -- why it was this addressee: delegate, or manager (the manager's own)
alter table team_delegation add column letter_id text;    -- null where nobody could be written to
create index team_delegation_letter on team_delegation (letter_id) where letter_id is not null;
create index reminder_place on reminder (in_place_of) where in_place_of is not null;
