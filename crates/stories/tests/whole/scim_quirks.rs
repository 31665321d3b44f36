//! The habits of identity providers, each with what they send and what has to come of it: Q1 to Q28 of our list, and more.

use axum::http::Method;
use scim::quirk::Profile;
use serde_json::{Value, json};
use stories::{Provider, World};

use crate::scim_cases::{ENTERPRISE, GROUP, PATCH, USER, group, made, patch, user};

/// Tells a story to each engine with a provider of this profile.
fn with(profile: Profile, told: fn(&World, &Provider)) {
    World::story(move |w| {
        w.begins("Cast Ltd", "UTC", stories::cast::ADA);
        let idp = w.provider("idp", profile);
        told(w, &idp);
        w.runs_jobs();
    });
}

fn patched(idp: &Provider, id: &str, operations: Value) -> Value {
    idp.patch(&format!("/Users/{id}"), &patch(operations))
        .must(200)
        .body
}

#[test]
fn q01_a_truth_value_as_a_text_and_an_operation_with_a_capital() {
    with(Profile::Entra, |_, idp| {
        let id = made(idp, "lena");
        for (value, active) in [("False", false), ("True", true), ("false", false)] {
            let said = patched(
                idp,
                &id,
                json!([{ "op": "Replace", "path": "active", "value": value }]),
            );
            assert_eq!(said["active"], active);
        }
    });
}

#[test]
fn q02_one_replace_without_a_path_and_with_dotted_keys() {
    with(Profile::Entra, |_, idp| {
        let id = made(idp, "lena");
        let said = patched(
            idp,
            &id,
            json!([{ "op": "replace", "value": {
                "active": false, "name.givenName": "Lene", "displayName": "Lene Field",
                format!("{ENTERPRISE}:employeeNumber"): "77", "emails[type eq \"work\"].value": "lene@cast.example",
            }}]),
        );
        assert_eq!(
            (&said["active"], &said["name"]["givenName"]),
            (&json!(false), &json!("Lene"))
        );
        assert_eq!(said["name"]["familyName"], "Field", "what was not said stays");
        assert_eq!(
            said[ENTERPRISE],
            json!({ "department": "Sales", "employeeNumber": "77" })
        );
        assert_eq!(said["emails"][0]["value"], "lene@cast.example");
    });
}

#[test]
fn q03_a_value_path_without_a_value_makes_one() {
    with(Profile::Entra, |_, idp| {
        let id = idp
            .post(
                "/Users",
                &json!({ "schemas": [USER], "userName": "a@cast.example" }),
            )
            .must(201)
            .id();
        for op in ["Replace", "Add"] {
            let path = "emails[type eq \"work\"].value";
            let said = patched(
                idp,
                &id,
                json!([{ "op": op, "path": path, "value": format!("{op}@cast.example") }]),
            );
            assert_eq!(
                said["emails"],
                json!([{ "type": "work", "value": format!("{op}@cast.example") }])
            );
        }
    });
    with(Profile::Strict, |_, idp| {
        let id = idp
            .post(
                "/Users",
                &json!({ "schemas": [USER], "userName": "a@cast.example" }),
            )
            .must(201)
            .id();
        let said =
            patch(json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x" }]));
        idp.patch(&format!("/Users/{id}"), &said)
            .must_be_wrong(400, "noTarget");
    });
}

#[test]
fn q04_a_truth_value_as_a_text_inside_brackets_and_lists() {
    with(Profile::Entra, |_, idp| {
        let mut lena = user("lena");
        lena["roles"] = json!([{ "primary": "True", "value": "User" }]);
        let id = idp.post("/Users", &lena).must(201).id();
        let said = patched(
            idp,
            &id,
            json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Admin" }]),
        );
        assert_eq!(said["roles"], json!([{ "primary": true, "value": "Admin" }]));
        assert_eq!(idp.finds("Users", "roles[primary eq \"True\"]").len(), 1);
    });
}

#[test]
fn q05_a_manager_as_a_bare_text_and_taken_away_by_an_empty_one() {
    with(Profile::Entra, |_, idp| {
        let (max, id) = (made(idp, "max"), made(idp, "lena"));
        let path = format!("{ENTERPRISE}:manager");
        for gone in [
            json!({ "op": "Replace", "path": path, "value": "" }),
            json!({ "op": "Remove", "path": path }),
        ] {
            let said = patched(idp, &id, json!([{ "op": "Replace", "path": path, "value": max }]));
            assert_eq!(said[ENTERPRISE]["manager"], json!({ "value": max }));
            let said = patched(idp, &id, json!([gone]));
            assert_eq!(said[ENTERPRISE].get("manager"), None);
        }
        let mut third = user("third");
        third[ENTERPRISE]["manager"] = max.as_str().into();
        assert_eq!(
            idp.post("/Users", &third).must(201).body[ENTERPRISE]["manager"]["value"],
            max.as_str()
        );
    });
}

#[test]
fn q06_q07_members_are_removed_one_by_one_and_never_all_at_once() {
    with(Profile::Entra, |_, idp| {
        let ids = ["a", "b", "c"].map(|name| made(idp, name));
        let mut team = group("Team");
        team["members"] = ids.iter().map(|id| json!({ "value": id })).collect();
        let at = format!("/Groups/{}", idp.post("/Groups", &team).must(201).id());
        let left = |said: Value| said["members"].as_array().map_or(0, Vec::len);
        let removed = |operation: Value| left(idp.patch(&at, &patch(json!([operation]))).must(200).body);
        assert_eq!(
            removed(
                json!({ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ids[0] }] })
            ),
            2
        );
        let by_path = json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[1]) });
        assert_eq!(removed(by_path.clone()), 1);
        assert_eq!(removed(by_path), 1, "again changes nothing");
        assert_eq!(
            removed(json!({ "op": "Remove", "path": "members", "value": [] })),
            1,
            "an empty list is nobody"
        );
        assert_eq!(
            removed(json!({ "op": "remove", "path": "members" })),
            0,
            "no list is everybody"
        );
    });
}

#[test]
fn q08_q24_a_value_without_a_path_and_a_list_of_one() {
    with(Profile::Okta, |_, idp| {
        let id = made(idp, "lena");
        assert_eq!(
            patched(
                idp,
                &id,
                json!([{ "op": "replace", "value": { "active": false } }])
            )["active"],
            false
        );
        for (value, active) in [
            (json!(["true"]), true),
            (json!([false]), false),
            (json!("true"), true),
        ] {
            let said = patched(
                idp,
                &id,
                json!([{ "op": "replace", "path": "active", "value": value }]),
            );
            assert_eq!(said["active"], active, "{value}");
        }
    });
}

#[test]
fn q09_a_put_sends_back_what_it_was_shown() {
    with(Profile::Okta, |_, idp| {
        let id = made(idp, "lena");
        let at = format!("/Users/{id}");
        let mut shown = idp.get(&at).must(200).body;
        shown["groups"] = json!([]);
        shown["title"] = "Developer".into();
        let said = idp.put(&at, &shown).must(200);
        assert_eq!((said.id(), said.text("title")), (id, "Developer"));
        // What a PUT leaves out stays; what it says is nothing goes.
        let said = idp
            .put(
                &at,
                &json!({ "schemas": [USER], "userName": "lena@cast.example", "nickName": "L" }),
            )
            .must(200);
        assert_eq!((said.text("title"), said.text("nickName")), ("Developer", "L"));
        let said = idp.put(
            &at,
            &json!({ "schemas": [USER], "userName": "lena@cast.example", "title": null, "emails": [] }),
        );
        let said = said.must(200);
        assert_eq!((said.body.get("title"), said.body.get("emails")), (None, None));
    });
}

#[test]
fn q10_a_group_is_renamed_with_its_own_id_in_the_value() {
    with(Profile::Okta, |_, idp| {
        let id = idp.post("/Groups", &group("Team")).must(201).id();
        let rename =
            |id: &str| patch(json!([{ "op": "replace", "value": { "id": id, "displayName": "Other" } }]));
        assert_eq!(
            idp.patch(&format!("/Groups/{id}"), &rename(&id))
                .must(200)
                .text("displayName"),
            "Other"
        );
        idp.patch(&format!("/Groups/{id}"), &rename("another"))
            .must_be_wrong(400, "mutability");
    });
}

#[test]
fn q11_somebody_who_was_out_is_made_anew_under_the_same_external_id() {
    with(Profile::Okta, |w, idp| {
        let id = made(idp, "lena");
        let mut anew = user("lena");
        anew["userName"] = "lena.hill@cast.example".into();
        anew["name"]["familyName"] = "Hill".into();
        idp.post("/Users", &anew).must_be_wrong(409, "uniqueness");
        patched(
            idp,
            &id,
            json!([{ "op": "replace", "value": { "active": false } }]),
        );
        w.moment_passes();
        let said = idp.post("/Users", &anew).must(201);
        assert_eq!(
            (said.id(), &said.body["active"]),
            (id.clone(), &json!(true)),
            "the same, and in again"
        );
        assert_eq!(idp.finds("Users", "userName pr").len(), 1);
        // After a DELETE it is another resource and the same person.
        let person = || {
            let key = id.clone();
            let found = w
                .db()
                .read_blocking(move |r| roster::person::by_source_key(r, "idp", &key));
            found
                .expect("the roster can be read")
                .expect("she is on the roster")
        };
        let before = person();
        idp.delete(&format!("/Users/{id}")).must(204);
        w.moment_passes();
        let other = idp.post("/Users", &anew).must(201).id();
        assert_ne!(other, id);
        assert_eq!(person(), before);
    });
}

#[test]
fn q12_q14_q15_q28_lookups_as_each_asks_them() {
    with(Profile::Okta, |_, idp| {
        let id = made(idp, "lena");
        let said = idp
            .get("/Users?filter=userName%20eq%20%22lena%40cast.example%22&startIndex=1&count=100")
            .must(200);
        assert_eq!(
            (&said.body["totalResults"], said.text("Resources/0/id")),
            (&json!(1), id.as_str())
        );
        for filter in [
            "emails[type eq \"work\"].value eq \"lena@cast.example\"",
            "emails[type eq \"work\" and value eq \"lena@cast.example\"]",
            "externalId eq \"ext-lena\"",
        ] {
            assert_eq!(idp.finds("Users", filter)[0]["id"], id, "{filter}");
        }
        assert_eq!(idp.finds("Users", "userName eq \"b0b2b8b4\"").len(), 0);
        idp.get("/Users/b0b2b8b4").must_be_wrong(404, "");
    });
}

#[test]
fn q13_a_password_is_thrown_away() {
    with(Profile::Okta, |_, idp| {
        let mut lena = user("lena");
        lena["password"] = "t1meMa$heen".into();
        lena["groups"] = json!([]);
        let said = idp.post("/Users", &lena).must(201);
        let at = format!("/Users/{}", said.id());
        let said = idp
            .patch(
                &at,
                &patch(json!([{ "op": "replace", "path": "password", "value": "other" }])),
            )
            .must(200);
        for said in [said, idp.get(&format!("{at}?attributes=password")).must(200)] {
            assert_eq!(said.body.get("password"), None);
        }
    });
}

#[test]
fn q16_who_is_out_is_still_shown_and_deleted_later() {
    with(Profile::Entra, |_, idp| {
        let id = made(idp, "lena");
        patched(
            idp,
            &id,
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        );
        assert_eq!(idp.get(&format!("/Users/{id}")).must(200).body["active"], false);
        assert_eq!(idp.finds("Users", "userName eq \"lena@cast.example\"").len(), 1);
        idp.delete(&format!("/Users/{id}")).must(204);
        assert_eq!(idp.finds("Users", "userName eq \"lena@cast.example\"").len(), 0);
    });
}

#[test]
fn q17_a_group_with_a_foreign_schema_and_a_manager_who_comes_later() {
    with(Profile::Entra, |_, idp| {
        let mut team = group("Team");
        team["schemas"] = json!([
            GROUP,
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
        ]);
        team["meta"] = json!({ "resourceType": "Group" });
        let said = idp.post("/Groups", &team).must(201);
        assert_eq!(said.body["schemas"], json!([GROUP]));
        let mut lena = user("lena");
        lena[ENTERPRISE]["manager"] = json!({ "value": "not-here-yet" });
        assert_eq!(
            idp.post("/Users", &lena).must(201).body[ENTERPRISE]["manager"]["value"],
            "not-here-yet"
        );
    });
}

#[test]
fn q18_values_read_back_as_they_were_sent() {
    with(Profile::Entra, |_, idp| {
        let mut lena = user("lena");
        lena["userName"] = "  Lena.FIELD@Cast.Example ".into();
        lena["title"] = "Leitung  Öffentlichkeitsarbeit / 广报".into();
        lena["emails"][0]["value"] = "Lena.FIELD@Cast.Example".into();
        let said = idp.post("/Users", &lena).must(201);
        let read = idp.get(&format!("/Users/{}", said.id())).must(200);
        for name in [
            "userName",
            "title",
            "displayName",
            "name",
            "emails",
            "externalId",
            ENTERPRISE,
        ] {
            assert_eq!(read.body[name], lena[name], "{name}");
        }
    });
}

#[test]
fn q19_a_patch_that_asks_for_nothing() {
    for (profile, status) in [(Profile::Entra, 200), (Profile::Strict, 400)] {
        World::story(|w| {
            w.begins("Cast Ltd", "UTC", stories::cast::ADA);
            let idp = w.provider("idp", profile);
            let id = made(&idp, "lena");
            let said = idp.patch(&format!("/Users/{id}"), &patch(json!([])));
            assert_eq!(said.status, status, "{profile:?}");
            w.runs_jobs();
        });
    }
}

#[test]
fn q20_q21_null_clears_and_no_user_agent_is_needed() {
    with(Profile::Okta, |_, idp| {
        let mut test = user("test");
        test["phoneNumbers"] = json!([{ "type": "work", "value": "1" }]);
        let said = idp.post("/Users", &test).must(201);
        let at = format!("/Users/{}", said.id());
        test["emails"] = Value::Null;
        test["phoneNumbers"] = json!([]);
        let said = idp.put(&at, &test).must(200);
        assert_eq!(
            (said.body.get("emails"), said.body.get("phoneNumbers")),
            (None, None)
        );
        let team = idp.post("/Groups", &group("Test group")).must(201).id();
        idp.delete(&format!("/Groups/{team}")).must(204);
        idp.delete(&at).must(204);
        let agent = [("user-agent", ""), ("content-type", "application/json")];
        idp.asks(
            Method::POST,
            "/Groups",
            &agent,
            Some(group("Test group").to_string()),
        )
        .must(201);
    });
}

#[test]
fn q23_bulk_is_said_to_be_limited_to_nothing() {
    with(Profile::Okta, |_, idp| {
        let bulk = idp.get("/ServiceProviderConfig").must(200).body["bulk"].clone();
        assert_eq!(
            bulk,
            json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 })
        );
    });
}

#[test]
fn q25_a_part_of_a_list_without_saying_which() {
    with(Profile::Okta, |_, idp| {
        let mut lena = user("lena");
        lena["emails"] = json!([{ "type": "home", "value": "h@cast.example" }, { "value": "w@cast.example", "primary": true }]);
        let id = idp.post("/Users", &lena).must(201).id();
        let said = patched(
            idp,
            &id,
            json!([{ "op": "replace", "path": "emails.value", "value": "new@cast.example" }]),
        );
        assert_eq!(said["emails"][1]["value"], "new@cast.example");
        assert_eq!(said["emails"][0]["value"], "h@cast.example");
    });
}

#[test]
fn q26_a_number_as_external_id_is_opaque() {
    with(Profile::Okta, |_, idp| {
        let mut lena = user("lena");
        lena["externalId"] = json!(1);
        let said = idp.post("/Users", &lena).must(201);
        assert_eq!(said.text("externalId"), "1");
        idp.get("/Users/1").must_be_wrong(404, "");
        assert_eq!(idp.finds("Users", "externalId eq \"1\"")[0]["id"], said.id());
    });
    with(Profile::Strict, |_, idp| {
        let mut lena = user("lena");
        lena["externalId"] = json!(1);
        idp.post("/Users", &lena).must_be_wrong(400, "invalidValue");
    });
}

#[test]
fn q27_an_address_makes_nobody_an_owner() {
    with(Profile::Okta, |w, idp| {
        let mut other = user("x");
        other["emails"] = json!([{ "value": stories::cast::ADA.email, "primary": true }]);
        let id = idp.post("/Users", &other).must(201).id();
        let name = patch(
            json!([{ "op": "replace", "path": "emails[primary eq true].value", "value": "taken@cast.example" }]),
        );
        idp.patch(&format!("/Users/{id}"), &name).must(200);
        let owner = w
            .db()
            .read_blocking(|r| identity::account::by_email(r, stories::cast::ADA.email));
        let owner = owner
            .expect("accounts can be read")
            .expect("the owner has an account");
        assert_eq!(
            (owner.person, owner.email.as_str()),
            (None, stories::cast::ADA.email)
        );
    });
}

#[test]
fn names_in_any_case_missing_schemas_empty_paths_and_second_primaries() {
    with(Profile::Entra, |_, idp| {
        let odd = json!({
            "SCHEMAS": [USER], "USERNAME": "lena@cast.example", "Name": { "GIVENNAME": "Lena" }, "ACTIVE": "TRUE",
            ENTERPRISE.to_uppercase(): { "Department": "Sales" },
            "emails": [{ "value": "a@cast.example", "primary": true }, { "value": "b@cast.example", "primary": true }],
            "unheardOf": 7,
        });
        let said = idp.post("/Users", &odd).must(201);
        assert_eq!(
            said.body["schemas"],
            json!([USER, ENTERPRISE]),
            "the extension is said although it was not"
        );
        assert_eq!(
            (said.text("name/givenName"), &said.body["active"]),
            ("Lena", &json!(true))
        );
        assert_eq!(said.body["emails"][1]["primary"], false);
        let id = said.id();
        let request = |path: Value| json!({ "Schemas": [PATCH], "operations": [{ "OP": "ADD", "Path": path, "Value": { "nickName": "L" } }] });
        for path in [json!(""), Value::Null] {
            assert_eq!(
                idp.patch(&format!("/Users/{id}"), &request(path))
                    .must(200)
                    .text("nickName"),
                "L"
            );
        }
        let said = patched(
            idp,
            &id,
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "c@cast.example", "primary": true }] }]),
        );
        let primaries: Vec<&Value> = said["emails"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| &one["primary"])
            .collect();
        assert_eq!(
            primaries,
            [&json!(false), &json!(false), &json!(true)],
            "the second takes it from the first"
        );
        assert_eq!(
            idp.finds(
                "Users",
                "USERNAME eq \"LENA@cast.example\" AND NAME.GIVENNAME Eq \"lena\""
            )
            .len(),
            1
        );
    });
}
