//! Who may do and see what: an editor is no owner, an auditor changes nothing, a learner sees only their own.

use stories::cast::{ADA, AUDE, ED, LENA, MAX, Member};
use stories::{Browser, World};

use crate::{pupil, rows};

pub(crate) fn gives(ada: &mut Browser, who: Member, role: &str) {
    ada.reads("/roles");
    ada.presses(
        "Give the role",
        &[("name", who.name), ("email", who.email), ("role", role)],
    );
    ada.page().must_say("The role is given.");
}

/// What only owners may press, each with a form that would otherwise do something.
const OWNERS: &[(&str, &[(&str, &str)])] = &[
    (
        "/roles",
        &[("name", "Ed"), ("email", "ed@cast.example"), ("role", "owner")],
    ),
    ("/mail", &[("relay", "off"), ("sender", "ed@cast.example")]),
    ("/mail/test-letter", &[]),
    ("/access/lists", &[("system", "github")]),
    ("/access/github/terms", &[("by", "days")]),
    ("/set-up/programme", &[]),
    (
        "/scim",
        &[
            ("source", "x"),
            ("profile", "okta"),
            ("kind", "employee"),
            ("newcomers", "join"),
        ],
    ),
    ("/scim/connections/con_00000000000000000000000001/tokens", &[]),
    ("/scim/tokens/tok_00000000000000000000000001/end", &[]),
    (
        "/roster/files",
        &[("upload", "upl_00000000000000000000000001"), ("plan", "x")],
    ),
];

#[test]
fn an_editor_cannot_do_what_is_the_owners() {
    World::story(|w| {
        let mut ada = w.set_up();
        gives(&mut ada, ED, "editor");
        let mut ed = w.signs_in(ED.email);
        for path in [
            "/courses",
            "/courses/B02",
            "/programme",
            "/programme/rules/new",
            "/my-training",
            "/sessions",
        ] {
            ed.reads(path);
        }
        for path in [
            "/roles",
            "/mail",
            "/set-up",
            "/roster/files",
            "/roster/files/new",
            "/scim",
            "/scim/connections/new",
        ] {
            assert_eq!(ed.opens(path).status, 403, "{path} is the owner's");
        }
        let before = rows::counts(w);
        for (path, filled) in OWNERS {
            assert_eq!(
                ed.posts(path, filled).status,
                403,
                "{path} is the owner's to press"
            );
        }
        assert_eq!(rows::counts(w), before, "and nothing was done");
    });
}

#[test]
fn an_auditor_sees_everything_and_changes_nothing() {
    World::story(|w| {
        let mut ada = w.set_up();
        gives(&mut ada, AUDE, "auditor");
        let mut aude = w.signs_in(AUDE.email);
        let menu: Vec<String> = aude.page().links().into_iter().map(|(_, href)| href).collect();
        for path in [
            "/",
            "/people",
            "/courses",
            "/programme",
            "/assignments",
            "/frameworks",
            "/packs",
            "/exports",
            "/ledger",
        ] {
            assert!(
                menu.iter().any(|href| href == path),
                "{path} is not in the auditor's menu: {menu:?}"
            );
            aude.reads(path);
        }
        let before = rows::counts(w);
        for (path, filled) in OWNERS {
            assert_eq!(
                aude.posts(path, filled).status,
                403,
                "{path} is the owner's to press"
            );
        }
        for path in [
            "/programme/default",
            "/programme/rules",
            "/my-training/B02/attempts",
        ] {
            assert_eq!(
                aude.posts(path, &[]).status,
                403,
                "{path} is not the auditor's to press"
            );
        }
        assert_eq!(rows::counts(w), before, "and nothing was done");
    });
}

#[test]
fn a_manager_sees_their_own_people_and_nobody_elses() {
    World::story(|w| {
        let mut ada = w.set_up();
        gives(&mut ada, MAX, "manager");
        let id = |source_id: &'static str| {
            let found = w
                .db()
                .read_blocking(move |r| roster::person::by_source_key(r, "hr", source_id));
            found
                .expect("the roster can be read")
                .expect("they are on the roster")
        };
        let (lena, connie, ed) = (id(LENA.source_id), id("6"), id(ED.source_id));
        let mut max = w.signs_in(MAX.email);
        max.reads("/");
        for (person, name) in [(&lena, "Lena Learner"), (&connie, "Connie Contractor")] {
            max.reads(&format!("/people/{person}")).must_say(name);
        }
        let status = max.opens(&format!("/people/{ed}")).status;
        assert!([403, 404].contains(&status), "Ed is not Max's: {status}");
        for path in ["/people", "/packs", "/exports", "/ledger", "/roles", "/mail"] {
            assert_eq!(max.opens(path).status, 403, "{path} is not for managers");
        }
    });
}

/// What learners have no business with.
const CLOSED: [&str; 11] = [
    "/people",
    "/assignments",
    "/programme",
    "/roles",
    "/mail",
    "/set-up",
    "/roster/files",
    "/frameworks",
    "/packs",
    "/exports",
    "/ledger",
];

#[test]
fn a_learner_sees_only_their_own() {
    World::story(|w| {
        w.set_up();
        let mut max = w.signs_in(MAX.email);
        pupil::starts(&mut max, "B02");
        let attempt = max
            .page()
            .path
            .split("/questions/")
            .next()
            .expect("an attempt has an address")
            .to_owned();
        let mut lena = w.signs_in(LENA.email);
        for page in [
            "questions/1",
            "review",
            "result",
            "attestation",
            "signature",
            "receipt",
            "record.json",
        ] {
            assert_eq!(
                lena.opens(&format!("{attempt}/{page}")).status,
                404,
                "{page} of Max's attempt"
            );
        }
        let before = rows::counts(w);
        for page in [
            "questions/1",
            "submission",
            "attestation/presentation",
            "attestation",
            "signature",
        ] {
            let answer = [("answer", "0"), ("name", "Max Manager"), ("unanswered", "yes")];
            assert_eq!(
                lena.posts(&format!("{attempt}/{page}"), &answer).status,
                404,
                "{page} of Max's attempt"
            );
        }
        for path in CLOSED {
            assert_eq!(lena.opens(path).status, 403, "{path} is not for learners");
        }
        let people = w.db().read_blocking(|r| {
            r.rows(
                db::sql!("select id from person order by id limit 10"),
                &[],
                |row| row.get::<String>(0),
            )
        });
        for person in people.expect("people can be listed") {
            let status = lena.opens(&format!("/people/{person}")).status;
            assert!([403, 404].contains(&status), "somebody's page answers {status}");
        }
        assert_eq!(rows::counts(w), before, "and nothing was done");
    });
}

#[test]
fn a_stranger_is_asked_to_sign_in_and_told_nothing() {
    World::story(|w| {
        w.set_up();
        let mut stranger = w.visitor();
        for path in [
            "/",
            "/people",
            "/my-training",
            "/roles",
            "/ledger",
            "/attempts/att_00000000000000000000000001/review",
        ] {
            stranger.opens(path);
            assert!(
                stranger.page().path.starts_with("/sign-in"),
                "{path} leads to {}",
                stranger.page().path
            );
        }
        let before = rows::counts(w);
        for (path, filled) in OWNERS {
            assert_eq!(stranger.posts(path, filled).status, 401, "{path}");
        }
        // An address that is known and one that is not get the same answer, to the word.
        let mut said = Vec::new();
        for email in ["nobody@cast.example", ADA.email] {
            stranger.reads("/sign-in");
            stranger.presses("Send me a letter", &[("email", email)]);
            said.push(stranger.page().text());
        }
        assert_eq!(said[0], said[1]);
        w.runs_jobs();
        assert!(w.letters("nobody@cast.example").is_empty());
        let after = rows::counts(w);
        assert_eq!(after["account"], before["account"], "asking makes no account");
    });
}

#[test]
fn a_role_that_has_ended_opens_nothing_any_more() {
    World::story(|w| {
        let mut ada = w.set_up();
        gives(&mut ada, ED, "editor");
        let mut ed = w.signs_in(ED.email);
        ed.reads("/programme");
        ada.reads("/roles");
        ada.presses_beside(ED.email, "End", &[]);
        ada.page().must_say("The role has ended.");
        assert_eq!(ed.opens("/programme").status, 403);
        // The last owner cannot lock everybody out.
        ada.reads("/roles");
        ada.presses_beside(ADA.email, "End", &[]);
        assert_eq!(ada.reads("/roles").status, 200, "the last owner stays");
    });
}
