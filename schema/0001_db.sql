-- meta: written by crates/db. Facts about this database itself: the organisation's time zone.
create table meta (
    name  text primary key,
    value text not null
);
