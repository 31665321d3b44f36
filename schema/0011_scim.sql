-- scim_connection: written by crates/scim. An identity provider that speaks to us, and the source of the roster it is.
create table scim_connection (
    id      text   primary key,
    source  text   not null,
    profile text   not null,                      -- entra, okta or strict: the habits that are put up with
    kind    text   not null,                      -- the kind of people whose kind is not said
    made_at bigint not null,
    made_by text   not null
);
create unique index scim_connection_source on scim_connection (source);

-- scim_resource: written by crates/scim. A user or group as it was sent. One that was deleted stays, without its body.
create table scim_resource (
    key         text   primary key,               -- scr_…, ours; sorts by age
    connection  text   not null,                  -- no foreign key: every user made would lock the one row it points to
    kind        text   not null,                  -- User or Group
    id          text   not null,                  -- what clients know it by: a random UUID
    external_id text,                             -- the client's own, opaque
    name_key    text   not null,                  -- userName or displayName without regard to case
    source_id   text   not null,                  -- what the roster knows the user by; kept when they are made anew
    active      bigint not null,                  -- 0 or 1
    body        text   not null,                  -- JSON as sent, less what nobody here keeps; members are in scim_member
    version     bigint not null,                  -- counts changes
    created_at  bigint not null,
    changed_at  bigint not null,
    deleted_at  bigint
);
create unique index scim_resource_id on scim_resource (id);
-- What tells users apart comes first: who looks for one by it hides connection and kind (connection || ''), so that no engine
-- can take the index in which everybody is listed for the better one, which PostgreSQL does before it has counted a new table.
create unique index scim_resource_name on scim_resource (name_key, connection, kind) where deleted_at is null;
create unique index scim_resource_external on scim_resource (external_id, connection, kind) where deleted_at is null;
create index scim_resource_earlier on scim_resource (external_id, connection, kind);
create index scim_resource_listed on scim_resource (connection, kind, key) where deleted_at is null;
create index scim_resource_source on scim_resource (source_id);

-- scim_value: written by crates/scim. Every value of a resource by its path, so that filters find it.
create table scim_value (
    resource text   not null references scim_resource (key),
    path     text   not null,                     -- lower case: 'emails.value', 'e:department'
    item     bigint not null,                     -- which value of a list, from 0
    word     text   not null,                     -- as it is compared
    hot      bigint not null,                     -- 1 where identity providers match by it
    primary key (resource, path, item)
);
create index scim_value_hot on scim_value (path, word) where hot = 1;

-- scim_member: written by crates/scim. Who is in which group, by the id that was sent.
create table scim_member (
    group_key text   not null references scim_resource (key),
    value     text   not null,                    -- the SCIM id of the member
    display   text,
    added_at  bigint not null,
    primary key (group_key, value)
);
create index scim_member_value on scim_member (value);

-- scim_waiting: written by crates/scim. Users whose tags changed with a large group, until the roster has heard it.
create table scim_waiting (
    resource text   primary key references scim_resource (key),
    since    bigint not null
);

-- scim_request: written by crates/scim. Insert only; deleted after 400 days. What was asked and answered, never what was in it.
create table scim_request (
    id         text   primary key,
    connection text,                              -- null where no token of ours was shown
    token      text,
    at         bigint not null,
    method     text   not null,
    place      text   not null,                   -- 'Users', 'Users/id', '.search', …; never an id
    status     bigint not null,
    scim_type  text,
    quirks     text   not null,                   -- one space between
    bytes      bigint not null                    -- of the request's body
);
create index scim_request_connection on scim_request (connection, at);
create index scim_request_at on scim_request (at);
