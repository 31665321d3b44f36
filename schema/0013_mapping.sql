-- source_mapping: written by crates/roster. Insert only: what the columns and the words of a source's files mean, where muster would
-- not know or an organisation means something else. The newest of a source counts. A source can have one before its first file is
-- applied, and so before it is a source.
create table source_mapping (
    id       text   primary key,
    source   text   not null,
    mapping  text   not null,                     -- TOML: unread, columns, kinds, statuses
    saved_at bigint not null,
    saved_by text   not null
);
create index source_mapping_newest on source_mapping (source, saved_at);
