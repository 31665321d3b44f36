-- pack: written by crates/evidence. Insert only: each evidence pack that was built.
create table pack (
    id        text   primary key,
    framework text   not null,
    from_on   bigint not null,
    to_on     bigint not null,
    size      bigint not null,                    -- bytes
    sha256    text   not null,
    built_at  bigint not null,
    built_by  text   not null
);
