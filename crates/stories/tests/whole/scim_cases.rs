//! What the validators of Microsoft and Okta ask of a SCIM server, told again as stories: every case of their lists.

use scim::quirk::Profile;
use serde_json::{Value, json};
use stories::{Provider, World};

pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const ROSTER: &str = "urn:muster:params:scim:schemas:extension:roster:1.0:User";

/// A PATCH of these operations.
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": operations })
}

/// A user as most providers send one.
pub fn user(name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": format!("ext-{name}"),
        "userName": format!("{name}@Cast.example"),
        "active": true,
        "displayName": format!("{name} Field"),
        "name": { "givenName": name, "familyName": "Field", "formatted": format!("{name} Field") },
        "emails": [{ "primary": true, "type": "work", "value": format!("{name}@Cast.example") }],
        ENTERPRISE: { "department": "Sales" },
    })
}

pub fn group(name: &str) -> Value {
    json!({ "schemas": [GROUP], "externalId": format!("ext-{name}"), "displayName": name })
}

/// Makes a user and returns the id.
#[track_caller]
pub fn made(idp: &Provider, name: &str) -> String {
    idp.post("/Users", &user(name)).must(201).id()
}

fn at(id: &str) -> String {
    format!("/Users/{id}")
}

/// Attributes that were not there.
fn adds(idp: &Provider, id: &str) {
    let said = idp.patch(
        &at(id),
        &patch(json!([
            { "op": "Add", "path": "title", "value": "Developer" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+49 30 1" },
            { "op": "Add", "path": format!("{ENTERPRISE}:costCenter"), "value": "42" },
        ])),
    );
    let said = said.must(200);
    assert_eq!(said.text("title"), "Developer");
    assert_eq!(
        said.body["phoneNumbers"][0],
        json!({ "type": "mobile", "value": "+49 30 1" })
    );
    assert_eq!(
        said.body[ENTERPRISE],
        json!({ "department": "Sales", "costCenter": "42" })
    );
}

#[test]
fn microsofts_cases_for_users() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        let made_answer = idp.post("/Users", &user("lena")).must(201);
        let id = made_answer.id();
        assert_eq!(
            made_answer.header("location"),
            Some(made_answer.text("meta/location"))
        );
        assert_eq!(
            made_answer.text("userName"),
            "lena@Cast.example",
            "values read back as sent"
        );
        idp.post("/Users", &user("lena")).must_be_wrong(409, "uniqueness");

        assert_eq!(idp.finds("Users", "userName eq \"lena@Cast.example\"").len(), 1);
        assert_eq!(idp.finds("Users", "userName eq \"nobody@cast.example\"").len(), 0);
        assert_eq!(idp.finds("Users", "userName eq \"LENA@CAST.EXAMPLE\"").len(), 1);

        // Replace, verbosely: several operations, one attribute each.
        let said = idp.patch(
            &at(&id),
            &patch(json!([
                { "op": "Replace", "path": "displayName", "value": "Lena Hill" },
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "lena.hill@cast.example" },
                { "op": "Replace", "path": "name.familyName", "value": "Hill" },
            ])),
        );
        let said = said.must(200);
        assert_eq!(said.text("displayName"), "Lena Hill");
        assert_eq!(said.text("emails/0/value"), "lena.hill@cast.example");
        assert_eq!(
            (said.text("name/familyName"), said.text("name/givenName")),
            ("Hill", "lena")
        );

        let renamed = json!([{ "op": "Replace", "path": "userName", "value": "lena.hill@cast.example" }]);
        assert_eq!(
            idp.patch(&at(&id), &patch(renamed)).must(200).text("userName"),
            "lena.hill@cast.example"
        );

        let out = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
        assert_eq!(idp.patch(&at(&id), &out).must(200).body["active"], false);
        assert_eq!(
            idp.get(&at(&id)).must(200).body["active"],
            false,
            "who is out can still be read"
        );
        let back = patch(json!([{ "op": "Replace", "path": "active", "value": "True" }]));
        assert_eq!(idp.patch(&at(&id), &back).must(200).body["active"], true);

        adds(&idp, &id);
        managers(&idp, &id);
        idp.delete(&at(&id)).must(204);
        idp.get(&at(&id)).must_be_wrong(404, "");
        idp.delete(&at(&id)).must_be_wrong(404, "");
        idp.delete("/Users/never-there").must_be_wrong(404, "");
        w.runs_jobs();
    });
}

fn managers(idp: &Provider, id: &str) {
    let path = format!("{ENTERPRISE}:manager");
    let (first, second) = (made(idp, "max"), made(idp, "mia"));
    let manager = |said: &stories::provider::Said| said.body[ENTERPRISE]["manager"].clone();
    for (op, to) in [("Add", &first), ("Replace", &second)] {
        let said = idp
            .patch(&at(id), &patch(json!([{ "op": op, "path": path, "value": to }])))
            .must(200);
        assert_eq!(manager(&said), json!({ "value": to }), "{op}");
    }
    let said = idp
        .patch(&at(id), &patch(json!([{ "op": "Remove", "path": path }])))
        .must(200);
    assert_eq!(manager(&said), Value::Null, "removed to the last part");
}

#[test]
fn microsofts_cases_for_groups() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        let (lena, max) = (made(&idp, "lena"), made(&idp, "max"));
        let id = idp.post("/Groups", &group("Sales Team")).must(201).id();
        let at = format!("/Groups/{id}");
        idp.post("/Groups", &group("Sales Team"))
            .must_be_wrong(409, "uniqueness");
        assert_eq!(
            idp.get(&format!("{at}?excludedAttributes=members"))
                .must(200)
                .text("displayName"),
            "Sales Team"
        );

        for (filter, count) in [
            ("displayName eq \"Sales Team\"", 1),
            ("displayName eq \"SALES team\"", 1),
            ("displayName eq \"Nobody\"", 0),
        ] {
            assert_eq!(idp.finds("Groups", filter).len(), count, "{filter}");
        }
        let add =
            patch(json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": lena }] }]));
        assert_eq!(idp.patch(&at, &add).must(200).text("members/0/value"), lena);
        let found = idp.finds("Groups", "displayName eq \"Sales Team\"");
        assert_eq!(found[0]["members"][0]["value"], lena.as_str());
        let without =
            idp.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Sales%20Team%22");
        assert_eq!(without.must(200).body["Resources"][0]["members"], Value::Null);
        // Adding again changes nothing.
        assert_eq!(
            idp.patch(&at, &add).must(200).body["members"]
                .as_array()
                .map(Vec::len),
            Some(1)
        );

        let changed = patch(json!([
            { "op": "Replace", "path": "displayName", "value": "Sales" },
            { "op": "Replace", "path": "externalId", "value": "ext-other" },
        ]));
        let said = idp.patch(&at, &changed).must(200);
        assert_eq!(
            (said.text("displayName"), said.text("externalId")),
            ("Sales", "ext-other")
        );

        let both = patch(json!([
            { "op": "Add", "path": "members", "value": [{ "value": max }] },
            { "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": lena }] },
        ]));
        let said = idp.patch(&at, &both).must(200);
        assert_eq!(said.body["members"].as_array().map(Vec::len), Some(1));
        assert_eq!(said.text("members/0/value"), max);
        assert_eq!(
            idp.get(&format!("/Users/{max}"))
                .must(200)
                .text("groups/0/display"),
            "Sales"
        );
        idp.delete(&at).must(204);
        idp.delete(&at).must_be_wrong(404, "");
        assert_eq!(
            idp.get(&format!("/Users/{max}")).must(200).body["groups"],
            Value::Null
        );
        w.runs_jobs();
    });
}

#[test]
fn microsofts_cases_with_several_operations() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        let id = made(&idp, "lena");
        // On the same attribute, in their order.
        let said = idp.patch(
            &at(&id),
            &patch(json!([
                { "op": "remove", "path": "title" },
                { "op": "add", "path": "title", "value": "Developer" },
                { "op": "replace", "path": "title", "value": "Manager" },
            ])),
        );
        assert_eq!(said.must(200).text("title"), "Manager");
        // One that cannot be done undoes those before it.
        let half = patch(json!([
            { "op": "replace", "path": "title", "value": "Director" },
            { "op": "replace", "path": "meta.created", "value": "2020-01-01T00:00:00Z" },
        ]));
        idp.patch(&at(&id), &half).must_be_wrong(400, "mutability");
        assert_eq!(idp.get(&at(&id)).must(200).text("title"), "Manager");
        w.runs_jobs();
    });
}

#[test]
fn microsofts_users_with_garbage() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        let mut active = user("lena");
        active["active"] = "True".into();
        active["roles"] = json!([{ "primary": "True", "value": "User" }]);
        let said = idp.post("/Users", &active).must(201);
        assert_eq!(
            (&said.body["active"], &said.body["roles"][0]["primary"]),
            (&json!(true), &json!(true))
        );
        let id = said.id();
        for missing in [
            json!({ "schemas": [USER] }),
            json!({}),
            json!([]),
            json!("x"),
            json!({ "userName": "" }),
        ] {
            assert_eq!(idp.post("/Users", &missing).status, 400, "{missing}");
            assert_eq!(idp.put(&at(&id), &missing).status, 400, "{missing}");
        }
        let misspelt = patch(json!([{ "op": "replace", "path": "emals", "value": "x" }]));
        idp.patch(&at(&id), &misspelt).must_be_wrong(400, "invalidPath");
        for filter in [
            "userName eq \"lena@cast.example\" and (title pr or active eq true)",
            "userName sw \"LENA\"",
            "meta.created gt \"2020-01-01T00:00:00Z\" and userName ew \"cast.example\"",
        ] {
            assert_eq!(idp.finds("Users", filter).len(), 1, "{filter}");
        }
        w.runs_jobs();
    });
}

#[test]
fn oktas_steps() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        made(&idp, "seeded");
        let accepts = [("accept", "application/scim+json")];
        let said = idp
            .asks(
                axum::http::Method::GET,
                "/Users?count=1&startIndex=1",
                &accepts,
                None,
            )
            .must(200);
        for (name, value) in [("itemsPerPage", 1), ("startIndex", 1), ("totalResults", 1)] {
            assert_eq!(said.body[name], value, "{name} is a whole number");
        }
        for name in [
            "id",
            "name/familyName",
            "name/givenName",
            "userName",
            "emails/0/value",
        ] {
            assert!(!said.text(&format!("Resources/0/{name}")).is_empty(), "{name}");
        }
        assert_eq!(said.body["Resources"][0]["active"], true);
        idp.get(&at(said.text("Resources/0/id"))).must(200);
        assert_eq!(
            idp.finds("Users", "userName eq \"abcdefgh@atko.example\"").len(),
            0
        );
        idp.get("/Users/010101001010101011001010101011")
            .must_be_wrong(404, "");

        let new = json!({
            "schemas": [USER], "userName": "okta.user@cast.example",
            "name": { "givenName": "Okta", "familyName": "User" },
            "emails": [{ "primary": true, "value": "okta.user@cast.example", "type": "work" }],
            "displayName": "Okta User", "active": true, "password": "secret-1", "locale": "en-US", "groups": [],
        });
        let said = idp.post("/Users", &new).must(201);
        assert_eq!(
            (said.text("name/familyName"), said.text("name/givenName")),
            ("User", "Okta")
        );
        assert_eq!(said.body["active"], true);
        assert!(said.body.get("password").is_none(), "a password is never shown");
        idp.get(&at(&said.id())).must(200);
        idp.post("/Users", &new).must_be_wrong(409, "uniqueness");
        assert_eq!(
            idp.finds("Users", "userName eq \"OKTA.USER@CAST.EXAMPLE\"").len(),
            1
        );
        idp.get("/Groups").must(200);
        w.runs_jobs();
    });
}
