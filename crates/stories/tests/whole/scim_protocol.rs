//! The protocol: discovery, lists, filters, sorting, pages, versions, errors, and requests that mean harm.

use axum::http::Method;
use scim::quirk::Profile;
use serde_json::{Value, json};
use stories::provider::encoded;
use stories::{Provider, World};

use crate::rows;
use crate::scim_cases::{ENTERPRISE, PATCH, ROSTER, USER, group, made, patch, user};

#[test]
fn a_server_says_what_it_can_do_to_everybody() {
    World::story(|w| {
        w.set_up();
        let mut idp = w.provider("entra", Profile::Entra);
        for token in [String::new(), idp.token.clone()] {
            idp.token = token;
            let can = idp.get("/ServiceProviderConfig").must(200);
            for (name, supported) in [
                ("patch", true),
                ("bulk", false),
                ("filter", true),
                ("sort", true),
                ("etag", true),
                ("changePassword", false),
            ] {
                assert_eq!(can.body[name]["supported"], supported, "{name}");
            }
            assert_eq!(
                (
                    &can.body["bulk"]["maxOperations"],
                    &can.body["bulk"]["maxPayloadSize"]
                ),
                (&json!(0), &json!(0))
            );
            assert_eq!(can.body["pagination"]["cursor"], true);
            let types = idp.get("/ResourceTypes").must(200);
            assert_eq!(types.body["totalResults"], 2);
            idp.get("/ResourceTypes/User").must(200);
            idp.get("/ResourceTypes/Robot").must_be_wrong(404, "");
            let schemas = idp.get("/Schemas").must(200);
            assert_eq!(schemas.body["totalResults"], 4);
            for urn in [USER, ENTERPRISE, ROSTER] {
                assert_eq!(idp.get(&format!("/Schemas/{urn}")).must(200).text("id"), urn);
            }
            idp.get("/Schemas/urn:none").must_be_wrong(404, "");
            idp.get("/Schemas?filter=id%20pr").must_be_wrong(403, "");
            for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
                let said = idp.post(path, &json!({})).must_be_wrong(405, "");
                assert_eq!(said.header("allow"), Some("GET"));
            }
        }
        idp.get("/Me").must_be_wrong(501, "");
        idp.post("/Bulk", &json!({})).must_be_wrong(501, "");
        idp.get("/Nonsense").must_be_wrong(404, "");
        w.runs_jobs();
    });
}

fn listed(body: &Value) -> Vec<String> {
    let found = body["Resources"].as_array().expect("a list");
    found
        .iter()
        .map(|one| one["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Everybody by cursor, three at a time, and how many pages that took.
fn walked(idp: &Provider, sorted: &str) -> (Vec<String>, usize) {
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let asked = format!("/Users?cursor={cursor}&count=3{sorted}");
        let body = idp.get(&asked).must(200).body;
        assert_eq!(body["totalResults"], 7);
        seen.extend(listed(&body));
        pages += 1;
        match body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (seen, pages),
        }
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
        assert!(cursor.bytes().all(is_plain), "{cursor}");
    }
}

#[test]
fn a_list_is_paged_by_index_and_by_cursor_and_misses_nobody() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        let one_by_one = |n: usize| {
            w.moment_passes();
            made(&idp, &format!("n{n}"))
        };
        let ids: Vec<String> = (0..7).map(one_by_one).collect();
        let page = |query: &str| idp.get(&format!("/Users?{query}")).must(200).body;
        let first = page("startIndex=1&count=3");
        assert_eq!(
            (
                &first["totalResults"],
                &first["itemsPerPage"],
                &first["startIndex"]
            ),
            (&json!(7), &json!(3), &json!(1))
        );
        assert_eq!(listed(&first), ids[..3]);
        assert_eq!(listed(&page("startIndex=6&count=3")), ids[5..]);
        assert_eq!(page("startIndex=6&count=3")["totalResults"], 7);
        assert_eq!(page("startIndex=20&count=3")["totalResults"], 7);
        for none in ["count=0", "count=-5"] {
            assert_eq!(
                (&page(none)["totalResults"], listed(&page(none)).len()),
                (&json!(7), 0),
                "{none}"
            );
        }
        assert_eq!(listed(&page("startIndex=-3&count=2")), ids[..2]);
        idp.get("/Users?count=many").must_be_wrong(400, "invalidCount");

        for sorted in ["", "&sortBy=userName&sortOrder=descending"] {
            let (seen, pages) = walked(&idp, sorted);
            assert_eq!(pages, 3);
            let mut expected = ids.clone();
            if !sorted.is_empty() {
                expected.reverse();
            }
            assert_eq!(seen, expected);
        }
        idp.get("/Users?cursor=elsewhere")
            .must_be_wrong(400, "invalidCursor");
        idp.get("/Users?cursor=elsewhere&sortBy=title")
            .must_be_wrong(400, "invalidCursor");

        idp.post("/Groups", &group("Sales")).must(201);
        let both = idp.get("/?count=100").must(200).body;
        assert_eq!(both["totalResults"], 8);
        let search = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": "displayName sw \"Sa\" or displayName eq \"N3 field\"", "attributes": ["userName", "displayName"],
            "startIndex": 1, "count": 10,
        });
        assert_eq!(idp.post("/.search", &search).must(200).body["totalResults"], 2);
        assert_eq!(
            idp.post("/Users/.search", &search).must(200).body["totalResults"],
            1
        );
        w.runs_jobs();
    });
}

/// Filters that find Lena and nobody else.
const MINE: &[&str] = &[
    "title eq \"DÉVELOPPEUSE\"",
    "title co \"velop\" and title sw \"d\" and title ew \"EUSE\"",
    "title gt \"dev\" and not (title gt \"e\")",
    "not (active eq false)",
    "active eq \"True\"",
    "emails.value eq \"FIELD@home.example\"",
    "emails[type eq \"home\" and value ew \"home.example\"]",
    "emails[type eq \"home\"].value eq \"field@home.example\"",
    "emails[primary eq true and value sw \"LENA\"]",
    "emails[not (type eq \"work\")]",
    "emails co \"@home\"",
    "name.familyName eq \"field\" and emails[type eq \"home\"]",
    "employeeNumber eq \"0042\"",
    "manager pr",
    "externalId eq \"ext-lena\"",
    "groups pr",
    "groups eq \"GROUP\"",
    "(((title pr))) or (userName eq \"nobody\")",
    "meta.lastModified le \"2026-06-01T09:00:00Z\" and userName ne \"max@cast.example\"",
    "addresses eq null and title ne null",
    "id eq \"ID\"",
];

#[test]
fn filters_find_what_they_say() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        let mut lena = user("lena");
        lena["title"] = "Développeuse".into();
        lena["emails"] = json!([
            { "type": "work", "value": "lena@cast.example", "primary": true },
            { "type": "home", "value": "field@home.example" },
        ]);
        lena[ENTERPRISE] = json!({ "employeeNumber": "0042", "manager": { "value": "m-1" } });
        let lena = idp.post("/Users", &lena).must(201);
        let mut max = user("max");
        max["active"] = false.into();
        max["externalId"] = "Ext-MAX".into();
        let max = idp.post("/Users", &max).must(201).id();
        let team = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team", "members": [{ "value": lena.id() }],
        });
        let team = idp.post("/Groups", &team).must(201).id();
        let id = lena.id();
        let mine = MINE
            .iter()
            .map(|filter| filter.replace("GROUP", &team).replace("ID", &id))
            .collect::<Vec<_>>();
        for filter in &mine {
            let found = idp.finds("Users", filter);
            assert_eq!(found.len(), 1, "{filter}");
            assert_eq!(found[0]["id"], id, "{filter}");
        }
        for filter in [
            // Both parts have to be of one value.
            "emails[type eq \"home\" and value eq \"lena@cast.example\"]",
            "externalId eq \"EXT-LENA\"",
            "title pr and active eq false",
            "employeeNumber eq \"42\"",
        ] {
            assert_eq!(idp.finds("Users", filter).len(), 0, "{filter}");
        }
        assert_eq!(idp.finds("Users", "externalId eq \"Ext-MAX\"")[0]["id"], max);
        assert_eq!(idp.finds("Groups", &format!("members eq \"{id}\"")).len(), 1);
        assert_eq!(
            idp.finds("Groups", &format!("members[value eq \"{id}\"]")).len(),
            1
        );
        assert_eq!(
            idp.finds("Groups", "members pr and displayName co \"EA\"").len(),
            1
        );

        // Sorted, absent values first when descending and last when ascending.
        for (order, first) in [("ascending", &id), ("descending", &max)] {
            let said = idp
                .get(&format!("/Users?sortBy=title&sortOrder={order}"))
                .must(200);
            assert_eq!(said.text("Resources/0/id"), first, "{order}");
        }
        let said = idp
            .get("/Users?sortBy=userName&sortOrder=descending&attributes=userName")
            .must(200);
        assert_eq!(said.text("Resources/0/userName"), "max@Cast.example");
        assert_eq!(said.body["Resources"][0]["name"], Value::Null);
        w.runs_jobs();
    });
}

#[test]
fn versions_are_weak_tags_that_guard_against_writing_over() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        let said = idp.post("/Users", &user("lena")).must(201);
        let (at, tag) = (
            format!("/Users/{}", said.id()),
            said.text("meta/version").to_owned(),
        );
        assert_eq!(said.header("etag"), Some(tag.as_str()));
        assert!(tag.starts_with("W/\""));
        let none = idp
            .asks(Method::GET, &at, &[("if-none-match", &tag)], None)
            .must(304);
        assert_eq!(none.body, Value::Null);
        let title = patch(json!([{ "op": "add", "path": "title", "value": "Developer" }])).to_string();
        let with = |tag: &str, method: Method, body: Option<&String>| {
            idp.asks(method, &at, &[("if-match", tag)], body.cloned())
        };
        let changed = with(&tag, Method::PATCH, Some(&title)).must(200);
        let newer = changed.text("meta/version").to_owned();
        assert_ne!(newer, tag);
        with(&tag, Method::PATCH, Some(&title)).must_be_wrong(412, "invalidVers");
        with(&tag, Method::DELETE, None).must_be_wrong(412, "invalidVers");
        // What changes nothing has the same version.
        let same = with(&newer, Method::PATCH, Some(&title)).must(200);
        assert_eq!(same.text("meta/version"), newer);
        with("*", Method::DELETE, None).must(204);
        w.runs_jobs();
    });
}

/// Operations of a PATCH that cannot be done, and what is said of each.
fn wrong_operations() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({ "op": "move", "path": "title", "value": "x" }),
            "invalidSyntax",
        ),
        (json!({ "path": "title", "value": "x" }), "invalidSyntax"),
        (json!("remove"), "invalidSyntax"),
        (json!({ "op": "replace", "path": "title" }), "invalidValue"),
        (json!({ "op": "replace", "value": "x" }), "invalidValue"),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "remove", "path": "userName" }), "mutability"),
        (
            json!({ "op": "replace", "path": "id", "value": "x" }),
            "mutability",
        ),
        (
            json!({ "op": "replace", "path": "groups", "value": [] }),
            "mutability",
        ),
        (json!({ "op": "replace", "value": { "id": "x" } }), "mutability"),
        (
            json!({ "op": "replace", "path": "emails[", "value": "x" }),
            "invalidPath",
        ),
        (
            json!({ "op": "replace", "path": "emails[shoe eq 1].value", "value": "x" }),
            "invalidPath",
        ),
        (
            json!({ "op": "replace", "path": "title;drop", "value": "x" }),
            "invalidPath",
        ),
        (json!({ "op": "replace", "path": 7, "value": "x" }), "invalidPath"),
        (
            json!({ "op": "replace", "path": "active", "value": "perhaps" }),
            "invalidValue",
        ),
        (
            json!({ "op": "replace", "path": "photos[not (type eq \"a\")].value", "value": "x" }),
            "noTarget",
        ),
    ]
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        let id = made(&idp, "lena");
        w.runs_jobs();
        let before = counts(w);
        let at = format!("/Users/{id}");
        let raw = |method: Method, path: &str, kind: &str, body: String| {
            idp.asks(method, path, &[("content-type", kind)], Some(body))
        };
        raw(Method::POST, "/Users", "text/plain", "{}".to_owned()).must_be_wrong(415, "");
        for body in [
            "",
            "{",
            "{\"userName\": \"a\" \"b\"}",
            "\u{feff}{}",
            &"[".repeat(5_000),
        ] {
            raw(Method::POST, "/Users", "application/json", body.to_owned())
                .must_be_wrong(400, "invalidSyntax");
            raw(Method::PATCH, &at, "application/json", body.to_owned()).must_be_wrong(400, "invalidSyntax");
        }
        let huge = format!("{{\"userName\":\"{}\"}}", "a".repeat(1_100_000));
        raw(Method::POST, "/Users", "application/json", huge).must_be_wrong(413, "");
        let name = |name: String| idp.post("/Users", &json!({ "schemas": [USER], "userName": name }));
        name("a".repeat(600)).must_be_wrong(400, "invalidValue");
        name("a\u{0}b".to_owned()).must_be_wrong(400, "invalidValue");

        let many: Value = (0..1_001)
            .map(|_| json!({ "op": "add", "path": "title", "value": "x" }))
            .collect();
        idp.patch(&at, &patch(many)).must_be_wrong(400, "tooMany");
        for (operation, scim_type) in wrong_operations() {
            let said = idp.patch(
                &at,
                &patch(json!([{ "op": "add", "path": "nickName", "value": "x" }, operation])),
            );
            said.must_be_wrong(400, scim_type);
        }
        let deep = format!("{}title pr{}", "not (".repeat(500), ")".repeat(500));
        let long = format!("userName eq \"{}\"", "x".repeat(5_000));
        for filter in [
            "userName eq",
            "userName eq 'x'",
            "shoe eq 1",
            "' or 1=1 --",
            "userName eq \"x\" or",
            &deep,
            &long,
        ] {
            idp.get(&format!("/Users?filter={}", encoded(filter)))
                .must_be_wrong(400, "invalidFilter");
        }
        idp.get("/Users?sortBy=shoe").must_be_wrong(400, "invalidPath");
        idp.get("/Users?sortBy=title&sortOrder=sideways")
            .must_be_wrong(400, "invalidValue");
        for method in [Method::POST, Method::TRACE] {
            idp.asks(method, &at, &[], None).must_be_wrong(405, "");
        }
        assert_eq!(idp.get(&at).must(200).body["meta"]["version"], "W/\"1\"");
        assert_eq!(counts(w), before);
        w.runs_jobs();
    });
}

/// Rows of every table but those that note that somebody asked.
fn counts(w: &World) -> std::collections::BTreeMap<String, i64> {
    let mut counts = rows::counts(w);
    counts.remove("scim_request");
    counts
}

#[test]
fn every_request_is_kept_without_what_was_in_it() {
    World::story(|w| {
        let mut ada = w.set_up();
        let idp = w.provider("okta", Profile::Okta);
        let kept = |w: &World| rows::counts(w)["scim_request"];
        let before = kept(w);
        let id = made(&idp, "lena");
        idp.patch(
            &format!("/Users/{id}"),
            &patch(json!([{ "op": "Replace", "path": "active", "value": "True" }])),
        )
        .must(200);
        idp.finds("Users", "userName eq \"lena@cast.example\"");
        idp.post("/Users", &user("lena")).must_be_wrong(409, "uniqueness");
        let mut stranger = w.provider("other", Profile::Okta);
        stranger.token.clear();
        stranger.get("/Users").must_be_wrong(401, "");
        assert_eq!(kept(w) - before, 5);
        ada.reads("/scim").must_say("okta");
        ada.follows("okta");
        for said in [
            "PATCH",
            "Users/id",
            "operation-case boolean-as-text",
            "uniqueness",
        ] {
            let words: Vec<&str> = said.split(' ').collect();
            for word in words {
                ada.page().must_say(word);
            }
        }
        assert!(!ada.page().text().contains("lena"), "no names");
        w.days_pass(401);
        w.minutes_pass_with_jobs(61);
        assert_eq!(kept(w), 0, "after 400 days they are forgotten");
        assert_eq!(PATCH, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
    });
}
