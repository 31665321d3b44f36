//! What SCIM means: people on the roster with their tags, access that ends at once, an end that may wait, owners who stay.

use axum::http::Method;
use roster::{person, source_snapshot};
use scim::quirk::Profile;
use serde_json::json;
use stories::cast::{ADA, LENA};
use stories::provider::Said;
use stories::{Browser, Provider, World};

use crate::scim_cases::{ENTERPRISE, ROSTER, USER, group, made, patch, user};

const ADDRESS: &str = "lena@cast.example";

/// The facts the roster holds of a user, by the id under which it heard of them.
fn facts(w: &World, source: &'static str, key: &str) -> Option<person::Person> {
    let key = key.to_owned();
    let found = w
        .db()
        .read_blocking(move |r| match person::by_source_key(r, source, &key)? {
            Some(id) => person::find(r, &id),
            None => Ok(None),
        });
    found.expect("the roster can be read")
}

fn active(idp: &Provider, id: &str, active: bool) -> Said {
    idp.patch(
        &format!("/Users/{id}"),
        &patch(json!([{ "op": "replace", "value": { "active": active } }])),
    )
    .must(200)
}

/// An organisation whose only source is an identity provider.
fn alone(w: &mut World, profile: Profile) -> (Browser, Provider) {
    let mut ada = w.begins("Cast Ltd", "UTC", ADA);
    ada.reads("/set-up");
    ada.presses("Use this programme", &[]);
    let idp = w.provider("entra", profile);
    (ada, idp)
}

#[test]
fn a_user_is_on_the_roster_and_learns() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Entra);
        let manager = made(&idp, "max");
        let mut lena = user("lena");
        lena["title"] = "Developer".into();
        lena["userType"] = "Contractor".into();
        lena[ENTERPRISE] = json!({
            "department": "Engineering", "division": "R&D", "costCenter": "7", "employeeNumber": "4711",
            "manager": { "value": manager },
        });
        lena["addresses"] = json!([{ "type": "work", "locality": "Berlin", "country": "DE" }]);
        lena[ROSTER] =
            json!({ "startDate": "2026-05-18", "vendor": "Agency GmbH", "sponsor": "max@cast.example" });
        let id = idp.post("/Users", &lena).must(201).id();
        let team = idp.post("/Groups", &group("Sales & Marketing")).must(201).id();
        let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        idp.patch(&format!("/Groups/{team}"), &add).must(200);
        w.runs_jobs();

        let known = facts(w, "entra", &id).expect("she is on the roster");
        let said = &known.facts;
        assert_eq!(known.name(), "lena Field");
        assert_eq!(said.email.as_deref(), Some(ADDRESS));
        assert_eq!(
            (
                said.department.as_deref(),
                said.division.as_deref(),
                said.cost_center.as_deref()
            ),
            (Some("Engineering"), Some("R&D"), Some("7"))
        );
        assert_eq!(
            (said.job_title.as_deref(), said.location.as_deref()),
            (Some("Developer"), Some("Berlin"))
        );
        assert_eq!(said.manager_key.as_deref(), Some(manager.as_str()));
        assert_eq!(said.tags, " sales-marketing ", "a group is a tag");
        assert_eq!(known.engagements[0].kind.as_str(), "contractor");
        assert_eq!(known.engagements[0].start_on.to_string(), "2026-05-18");

        // Renaming the group renames the tag; leaving it takes the tag away.
        let renamed = patch(json!([{ "op": "replace", "value": { "id": team, "displayName": "Growth" } }]));
        idp.patch(&format!("/Groups/{team}"), &renamed).must(200);
        assert_eq!(
            facts(w, "entra", &id).expect("she is there").facts.tags,
            " growth "
        );
        let leave = patch(json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]));
        idp.patch(&format!("/Groups/{team}"), &leave).must(200);
        assert_eq!(facts(w, "entra", &id).expect("she is there").facts.tags, "");
        // What is said no longer is cleared.
        let untitled = patch(json!([{ "op": "remove", "path": "title" }]));
        idp.patch(&format!("/Users/{id}"), &untitled).must(200);
        assert_eq!(
            facts(w, "entra", &id).expect("she is there").facts.job_title,
            None
        );
        let mut lena = w.signs_in(ADDRESS);
        lena.reads("/my-training");
        w.runs_jobs();
    });
}

#[test]
fn who_somebody_was_is_erased_here_too() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Okta);
        let id = made(&idp, "lena");
        let team = idp.post("/Groups", &group("Team")).must(201).id();
        let add = patch(
            json!([{ "op": "add", "path": "members", "value": [{ "value": id, "display": "Lena Field" }] }]),
        );
        idp.patch(&format!("/Groups/{team}"), &add).must(200);
        active(&idp, &id, false);
        w.at("2026-06-03");
        let person = facts(w, "entra", &id).expect("she was on the roster").id;
        w.db()
            .write_blocking(db::Actor::Operator, move |tx| {
                scim::erasure::erase(tx, &person)?;
                roster::erasure::erase(tx, &person, "She asked for it.")
            })
            .expect("who has left can be erased");
        idp.get(&format!("/Users/{id}")).must_be_wrong(404, "");
        assert_eq!(idp.finds("Users", "externalId eq \"ext-lena\"").len(), 0);
        assert_eq!(
            idp.get(&format!("/Groups/{team}")).must(200).body.get("members"),
            None
        );
        w.runs_jobs();
    });
}

#[test]
fn the_tags_of_a_large_group_come_with_the_job() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Okta);
        let ids: Vec<String> = (0..120).map(|n| made(&idp, &format!("n{n}"))).collect();
        let mut all = group("Everybody");
        all["members"] = ids.iter().map(|id| json!({ "value": id })).collect();
        let team = idp.post("/Groups", &all).must(201);
        assert_eq!(team.body["members"].as_array().map(Vec::len), Some(120));
        w.runs_jobs();
        w.minutes_pass_with_jobs(1);
        let tagged = ids
            .iter()
            .filter(|id| facts(w, "entra", id).is_some_and(|p| p.facts.tags == " everybody "))
            .count();
        assert_eq!(tagged, 120);
    });
}

#[test]
fn who_is_no_longer_active_is_out_at_once_and_comes_back() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Entra);
        let id = made(&idp, "lena");
        w.runs_jobs();
        let mut lena = w.signs_in(ADDRESS);
        lena.reads("/my-training");
        active(&idp, &id, false);
        lena.opens("/my-training");
        assert!(
            lena.page().path.starts_with("/sign-in"),
            "{} is still open to her",
            lena.page().path
        );
        let before = w.letters(ADDRESS).len();
        let mut gone = w.visitor();
        gone.reads("/sign-in");
        gone.presses("Send me a letter", &[("email", ADDRESS)]);
        w.runs_jobs();
        assert_eq!(w.letters(ADDRESS).len(), before, "who is out is not let in");
        w.moment_passes();
        active(&idp, &id, true);
        w.runs_jobs();
        let mut back = w.signs_in(ADDRESS);
        back.reads("/my-training");
        // Gone for good: 404 to the provider, and out.
        idp.delete(&format!("/Users/{id}")).must(204);
        back.opens("/my-training");
        assert!(back.page().path.starts_with("/sign-in"));
        w.runs_jobs();
    });
}

#[test]
fn ends_beyond_the_brake_wait_but_access_does_not() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Entra);
        let ids: Vec<String> = (0..8).map(|n| made(&idp, &format!("n{n}"))).collect();
        w.runs_jobs();
        let mut last = w.signs_in("n7@cast.example");
        w.at("2026-06-02");
        for id in &ids {
            active(&idp, id, false);
        }
        last.opens("/my-training");
        assert!(last.page().path.starts_with("/sign-in"), "access ends at once");
        let open = |id: &String| {
            facts(w, "entra", id).is_some_and(|p| p.engagements.iter().any(|e| e.end_on.is_none()))
        };
        let held = ids.iter().filter(|id| open(id)).count();
        assert_eq!(
            held, 5,
            "three ends are usual; the rest wait until somebody has looked"
        );
        w.runs_jobs();
    });
}

#[test]
fn an_owner_is_made_by_nobody_and_the_last_one_stays() {
    World::story(|w| {
        let mut ada = w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        // A user with the address of an owner is not that owner, and waits until somebody has said who it is.
        let mut other = user("ada2");
        other["userName"] = ADA.email.into();
        other["emails"] = json!([{ "value": ADA.email, "type": "work" }]);
        other["roles"] = json!([{ "value": "owner" }]);
        let id = idp.post("/Users", &other).must(201).id();
        active(&idp, &id, false);
        ada.reads("/roles");
        ada.page().must_say("One role is held.");
        ada.page().must_say(ADA.email);
        w.runs_jobs();
    });
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Entra);
        let mut own = user("ada");
        own["userName"] = ADA.email.into();
        own["emails"] = json!([{ "value": ADA.email, "type": "work" }]);
        let id = idp.post("/Users", &own).must(201).id();
        w.runs_jobs();
        // Signing in makes the account the person's; from here on she could be locked out.
        let mut ada = w.signs_in(ADA.email);
        active(&idp, &id, false);
        ada.reads("/roles");
        w.at("2026-06-03");
        let mut ada = w.signs_in(ADA.email);
        ada.reads("/roles");
        ada.reads("/ledger").must_say("access-kept");
        w.runs_jobs();
    });
}

#[test]
fn another_source_knows_the_person_by_number_and_never_by_address() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        // Lena is number 3 of HR, under this address.
        let mut lena = user("lena");
        lena["userName"] = LENA.email.into();
        lena["emails"] = json!([{ "value": LENA.email, "type": "work" }]);
        lena["name"] = json!({ "givenName": "Lena", "familyName": "Learner" });
        let id = idp.post("/Users", &lena).must(201).id();
        assert!(
            facts(w, "entra", &id).is_none(),
            "an address is not who somebody is: the row waits"
        );
        let number = patch(
            json!([{ "op": "add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": LENA.source_id }]),
        );
        idp.patch(&format!("/Users/{id}"), &number).must(200);
        let same = facts(w, "entra", &id).expect("the number says who it is");
        let hr = facts(w, "hr", LENA.source_id).expect("she is on the roster");
        assert_eq!(same.id, hr.id);
        w.runs_jobs();
    });
}

#[test]
fn changes_that_come_together_are_as_if_one_came_after_another() {
    World::story(|w| {
        w.set_up();
        let idp = w.provider("entra", Profile::Entra);
        // Lena is number 3 of HR and has three accounts, of which the last does not say her number yet.
        let account = |name: &str, number: Option<&str>| {
            let mut lena = user(name);
            lena["name"] = json!({ "givenName": "Lena", "familyName": "Learner" });
            if let Some(number) = number {
                lena[ENTERPRISE] = json!({ "employeeNumber": number });
            }
            lena["emails"] = json!([{ "value": LENA.email, "type": "work" }]);
            idp.post("/Users", &lena).must(201).id()
        };
        let (first, second) = (
            account("lena.a", Some(LENA.source_id)),
            account("lena.b", Some(LENA.source_id)),
        );
        let third = account("lena.c", None);
        let others: Vec<String> = (0..12).map(|n| made(&idp, &format!("other{n}"))).collect();
        let replaced = |id: &str, path: &str, value: &str| {
            let body = patch(json!([{ "op": "replace", "path": path, "value": value }]));
            (format!("/Users/{id}"), body)
        };
        let of_others = |title: &str| -> Vec<_> {
            let patch = |id: &String| replaced(id, "title", &format!("{title} of {id}"));
            others.iter().map(patch).collect()
        };
        let enterprise = |attribute: &str| format!("{ENTERPRISE}:{attribute}");

        // All of them known, two of them one person.
        let mut patches = of_others("First");
        patches.push(replaced(&first, &enterprise("costCenter"), "7"));
        patches.push(replaced(&second, &enterprise("division"), "R&D"));
        for said in idp.sends_together(&Method::PATCH, &patches) {
            said.must(200);
        }
        let of_lena = || {
            let lena = facts(w, "hr", LENA.source_id).expect("on the roster").facts;
            (lena.cost_center, lena.division)
        };
        let said = |cost_center: &str| (Some(cost_center.to_owned()), Some("R&D".to_owned()));
        assert_eq!(of_lena(), said("7"));
        // One of them turns out to be the person of another.
        let mut patches = of_others("Second");
        patches.push(replaced(&third, &enterprise("employeeNumber"), LENA.source_id));
        patches.push(replaced(&first, &enterprise("costCenter"), "8"));
        for said in idp.sends_together(&Method::PATCH, &patches) {
            said.must(200);
        }
        // One is changed twice, and one is nobody.
        let mut patches = of_others("Last");
        patches.push(replaced(&others[0], "displayName", "Somebody"));
        patches.push(replaced("nobody", "title", "Ghost"));
        let all = idp.sends_together(&Method::PATCH, &patches);
        let statuses: Vec<u16> = all.iter().map(|said| said.status).collect();
        assert_eq!(statuses[..13], [200; 13]);
        assert_eq!(statuses[13], 404);

        for id in &others {
            let title = facts(w, "entra", id).expect("on the roster").facts.job_title;
            assert_eq!(title, Some(format!("Last of {id}")));
        }
        for key in [&first, &second, &third] {
            let lena = facts(w, "entra", key).expect("the number says who it is");
            assert_eq!(lena.id, facts(w, "hr", LENA.source_id).expect("on the roster").id);
        }
        assert_eq!(of_lena(), said("8"));
        w.runs_jobs();
    });
}

#[test]
fn users_who_are_made_together_are_as_if_one_was_made_after_another() {
    World::story(|w| {
        let (_, idp) = alone(w, Profile::Entra);
        let new = |name: &str, external_id: &str, number: &str| {
            let mut body = user(name);
            body["externalId"] = external_id.into();
            body[ENTERPRISE] = json!({ "employeeNumber": number });
            ("/Users".to_owned(), body)
        };
        let gone = idp.post("/Users", &new("gone", "x-gone", "90").1).must(201).id();
        idp.delete(&format!("/Users/{gone}")).must(204);
        let mut wanted: Vec<_> = (0..12)
            .map(|n| new(&format!("new{n}"), &format!("x-{n}"), &n.to_string()))
            .collect();
        // Two have one name, two one id of the provider's, and one was here before.
        wanted.push(new("new3", "x-other", "13"));
        wanted.push(new("other", "x-4", "14"));
        wanted.push(new("back", "x-gone", "90"));
        let said = idp.sends_together(&Method::POST, &wanted);
        let statuses: Vec<u16> = said.iter().map(|said| said.status).collect();
        let mut made = said.iter().filter(|said| said.status == 201);
        assert!(
            made.all(|said| facts(w, "entra", said.text("id")).is_some()
                || said.text("userName").starts_with("back"))
        );
        for (one, other) in [(3, 12), (4, 13)] {
            let mut both = [statuses[one], statuses[other]];
            both.sort_unstable();
            assert_eq!(both, [201, 409], "whichever comes first");
        }
        assert_eq!(
            statuses.iter().filter(|status| **status == 201).count(),
            13,
            "{statuses:?}"
        );
        let back = facts(w, "entra", &gone).expect("known by what they were known by");
        assert_eq!(back.facts.email.as_deref(), Some("back@cast.example"));
        w.runs_jobs();
    });
}

#[test]
fn a_token_is_for_one_connection_lives_in_twos_and_ends() {
    World::story(|w| {
        w.set_up();
        let (entra, okta) = (
            w.provider("entra", Profile::Entra),
            w.provider("okta", Profile::Okta),
        );
        let id = made(&entra, "lena");
        entra.get(&format!("/Users/{id}")).must(200);
        okta.get(&format!("/Users/{id}")).must_be_wrong(404, "");
        assert_eq!(okta.finds("Users", "userName pr").len(), 0);
        made(&okta, "lena");
        w.moment_passes();
        let second = w.provider("entra", Profile::Entra);
        second.get(&format!("/Users/{id}")).must(200);
        entra.get(&format!("/Users/{id}")).must(200);
        let mut ended = w.provider("third", Profile::Strict);
        for token in ["", "mst_scim_x", "x"] {
            ended.token = token.to_owned();
            let said = ended.get("/Users").must_be_wrong(401, "");
            assert!(
                said.header("www-authenticate")
                    .is_some_and(|how| how.starts_with("Bearer"))
            );
        }
        let tokens = w
            .db()
            .read_blocking(identity::token::all)
            .expect("tokens are listed");
        let first = tokens
            .iter()
            .rfind(|token| token.name == "entra")
            .expect("it was made")
            .id
            .clone();
        w.db()
            .write_blocking(db::Actor::Operator, move |tx| identity::token::end(tx, &first))
            .expect("a token can be ended");
        entra.get("/Users").must_be_wrong(401, "");
        second.get("/Users").must(200);
        w.days_pass(367);
        second.get("/Users").must_be_wrong(401, "");
        assert_eq!(USER, scim::schema::USER);
        w.runs_jobs();
    });
}

#[test]
fn what_a_provider_has_said_is_counted_and_hashed_every_day_while_it_is_heard_from() {
    World::story(|w| {
        let (mut ada, idp) = alone(w, Profile::Okta);
        let max = made(&idp, "max");
        made(&idp, "lena");
        ada.reads("/roster/completeness").must_say("not in these days");
        let reading = |w: &World| {
            let found = w
                .db()
                .read_blocking(|r| source_snapshot::last_reading(r, "entra", r.now()));
            found
                .expect("the roster can be read")
                .map(|last| (last.read_at, last.rows, last.sha256))
        };
        assert_eq!(reading(w), None);

        w.minutes_pass_with_jobs(60);
        let (at, rows, sha256) = reading(w).expect("a snapshot was taken");
        assert_eq!((at, rows), (w.db().now(), 2));
        w.minutes_pass_with_jobs(60);
        assert_eq!(
            reading(w).map(|(again, ..)| again),
            Some(at),
            "one a day is enough"
        );
        let page = ada.reads("/roster/completeness");
        page.must_say("as it had spoken by then");
        page.must_say(&sha256);

        let title = json!([{ "op": "replace", "path": "title", "value": "Analyst" }]);
        idp.patch(&format!("/Users/{max}"), &patch(title)).must(200);
        w.minutes_pass_with_jobs(24 * 60);
        let (next, rows, other) = reading(w).expect("a snapshot was taken");
        assert_eq!((rows, next), (2, w.db().now()));
        assert_ne!(other, sha256, "another title is another digest");

        w.minutes_pass_with_jobs(40 * 24 * 60);
        assert_eq!(
            reading(w).map(|(last, ..)| last),
            Some(next),
            "who is silent too long is not read"
        );
        let mut ada = w.signs_in(ADA.email);
        ada.reads("/roster/sources").must_say("too old");
    });
}
