-- course: written by crates/curriculum. Insert only; what a course says is in its editions.
create table course (
    id         text   primary key,                -- 'B02'
    created_at bigint not null
);

-- edition: written by crates/curriculum. Insert only; an edition is never changed or removed.
create table edition (
    id             text   primary key,
    course_id      text   not null references course (id),
    number         bigint not null,               -- 1, 2, 3 … within the course
    title          text   not null,
    leg            text   not null,
    layer          text   not null,
    minutes        bigint not null,
    method         text   not null,
    reviewed_on    bigint not null,
    review_due_on  bigint not null,               -- the last day on which the review is good
    content_sha256 text   not null,
    published_at   bigint not null,
    published_by   text   not null
);
create unique index edition_number on edition (course_id, number);
create unique index edition_content on edition (course_id, content_sha256);

-- edition_file: written by crates/curriculum. Insert only: the course folder, byte for byte.
create table edition_file (
    edition_id text not null references edition (id),
    path       text not null,
    body       blob not null,
    primary key (edition_id, path)
);
