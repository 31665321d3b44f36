-- framework_adoption: written by crates/controls. A framework is answered for from adopted_at until ended_at.
create table framework_adoption (
    id         text   primary key,
    framework  text   not null,                   -- id of a file in catalogue/frameworks
    adopted_at bigint not null,
    adopted_by text   not null,
    ended_at   bigint
);
create unique index framework_adoption_current on framework_adoption (framework) where ended_at is null;
