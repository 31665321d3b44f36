//! What this server says of itself: what it can do, which resources it has, and what they hold (RFC 7644 §4).

use serde_json::{Map, Value, json};

use crate::list::{self, COUNT_DEFAULT, COUNT_MAX};
use crate::schema::{self, Attr, ENTERPRISE, Kind, Mutability, Schema, Type};

/// What can be done here.
pub fn provider(base: &str) -> Value {
    let off = json!({ "supported": false });
    let on = json!({ "supported": true });
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": on,
        // The limits are said although there is nothing to limit: some clients do without PATCH and filters otherwise.
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": COUNT_MAX },
        "changePassword": off,
        "sort": on,
        "etag": on,
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": COUNT_DEFAULT,
            "maxPageSize": COUNT_MAX,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Token of a connection",
            "description": "A token that an owner made for this connection, in the header Authorization: Bearer.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

/// Users and groups.
pub fn resource_types(base: &str) -> Value {
    let all: Vec<Value> = Kind::ALL.iter().map(|kind| resource_type(*kind, base)).collect();
    list::whole(all)
}

/// The resource type of this name.
pub fn resource_type_named(name: &str, base: &str) -> Option<Value> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name)?;
    Some(resource_type(kind, base))
}

fn resource_type(kind: Kind, base: &str) -> Value {
    let extension = |schema: &&Schema| json!({ "schema": schema.urn, "required": false });
    let mut shown = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": kind.name(),
        "name": kind.name(),
        "description": kind.core().about,
        "endpoint": format!("/{}", kind.endpoint()),
        "schema": kind.core().urn,
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", kind.name()) },
    });
    if !kind.extensions().is_empty() {
        shown["schemaExtensions"] = kind.extensions().iter().map(extension).collect();
    }
    shown
}

/// Every schema.
pub fn schemas(base: &str) -> Value {
    list::whole(schema::all().iter().map(|schema| shown(schema, base)).collect())
}

/// The schema with this URN.
pub fn schema_named(urn: &str, base: &str) -> Option<Value> {
    let found = schema::all()
        .into_iter()
        .find(|schema| schema.urn.eq_ignore_ascii_case(urn))?;
    Some(shown(found, base))
}

fn shown(schema: &Schema, base: &str) -> Value {
    let name = if schema.urn == ENTERPRISE {
        "Enterprise User"
    } else {
        schema.name
    };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.urn,
        "name": name,
        "description": schema.about,
        "attributes": schema.attrs.iter().map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn) },
    })
}

fn attribute(attr: &Attr) -> Value {
    let mut shown = Map::new();
    let mut say = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    say("name", attr.name.into());
    say("type", type_name(attr.kind).into());
    say("multiValued", attr.multi.into());
    say("description", attr.about.into());
    say("required", attr.required.into());
    say("caseExact", attr.case_exact.into());
    say("mutability", mutability(attr.mutability).into());
    let returned = if attr.mutability == Mutability::WriteOnly {
        "never"
    } else {
        "default"
    };
    say("returned", returned.into());
    say("uniqueness", if attr.unique { "server" } else { "none" }.into());
    if !attr.canonical.is_empty() {
        say("canonicalValues", json!(attr.canonical));
    }
    if !attr.refers_to.is_empty() {
        say("referenceTypes", json!(attr.refers_to));
    }
    if !attr.subs.is_empty() {
        say("subAttributes", attr.subs.iter().map(attribute).collect());
    }
    Value::Object(shown)
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::String => "string",
        Type::Boolean => "boolean",
        Type::DateTime => "dateTime",
        Type::Reference => "reference",
        Type::Binary => "binary",
        Type::Complex => "complex",
    }
}

fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadWrite => "readWrite",
        Mutability::ReadOnly => "readOnly",
        Mutability::WriteOnly => "writeOnly",
        Mutability::Immutable => "immutable",
    }
}
