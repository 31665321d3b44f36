-- Sample rows for the test that a schema file still takes what it took. Monday 1 June 2026 is day 20605.
insert into meta (name, value) values ('zone', 'Europe/Berlin');
