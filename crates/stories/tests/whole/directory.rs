//! People from a real directory (OpenLDAP): who is there, who is renamed, disabled or deleted, and when it is not to be believed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use db::Actor;
use jobs::{NewJob, enqueue};
use roster::person::{PersonKind, by_source_key};
use stories::slapd::{BASE, PASSWORD, Slapd};
use stories::{Browser, Engine, World};

/// More than two pages of five hundred.
const MANY: usize = 1_203;

/// Employees, a contractor of a supplier, a manager, somebody without an address, and a crowd.
fn entries() -> String {
    let mut text = format!("dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n");
    let mut add = |id: &str, more: &str| {
        writeln!(
            text,
            "dn: uid={id},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {id}\n{more}"
        )
        .expect("a String takes whatever is written to it");
    };
    add(
        "mara",
        "cn: Mara Moss\ngivenName: Mara\nsn: Moss\nmail: mara@lake.example\nemployeeNumber: 1\nemployeeType: employee\ntitle: Head of Engineering\ndepartmentNumber: Engineering\n",
    );
    let under = format!("manager: uid=mara,ou=people,{BASE}\n");
    add(
        "eva",
        &format!(
            "cn: Eva Ek\ngivenName: Eva\nsn: Ek\nmail: Eva.Ek@lake.example\nemployeeType: employee\ndepartmentNumber: Engineering\n{under}"
        ),
    );
    add(
        "cole",
        &format!(
            "cn: Cole Ray\ngivenName: Cole\nsn: Ray\nmail: cole@agency.example\nemployeeType: Dienstleister\no: Agency Ltd\n{under}"
        ),
    );
    add("kim", "cn: Kim\nsn: Kim\nemployeeType: employee\n");
    for n in 0..MANY - 4 {
        add(
            &format!("n{n}"),
            &format!(
                "cn: N {n}\ngivenName: N\nsn: Number {n}\nmail: n{n}@lake.example\nemployeeType: employee\n"
            ),
        );
    }
    text
}

fn account(name: &str) -> String {
    format!("cn={name},{BASE}")
}

/// The settings form as an owner fills it in.
fn filled(slapd: &Slapd, changed: &[(&'static str, String)]) -> BTreeMap<&'static str, String> {
    let mut filled = BTreeMap::from([
        ("flavour", "ldap".to_owned()),
        ("host", format!("127.0.0.1:{}", slapd.port)),
        ("protection", "nothing".to_owned()),
        ("account", account("reader")),
        ("password", PASSWORD.to_owned()),
        ("base", format!("ou=people,{BASE}")),
        ("filter", "(objectClass=inetOrgPerson)".to_owned()),
        ("kinds", "Dienstleister = vendor_staff".to_owned()),
        ("hours", "6".to_owned()),
    ]);
    filled.extend(changed.iter().cloned());
    filled
}

#[track_caller]
fn saves(ada: &mut Browser, path: &str, filled: &BTreeMap<&'static str, String>) {
    ada.reads(path);
    let filled: Vec<(&str, &str)> = filled
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    ada.presses("Save", &filled);
    ada.page().must_say("Saved.");
}

/// Presses the button, waits, and gives what the page says then.
#[track_caller]
fn reads_now(w: &mut World, ada: &mut Browser) -> String {
    w.minutes_pass(1);
    ada.reads("/roster/directories/hr");
    ada.presses("Read now", &[]);
    w.runs_jobs();
    ada.reads("/roster/directories/hr");
    ada.page().text()
}

/// The clock comes round to when it is time.
fn hours_pass(w: &mut World, hours: i64) {
    w.minutes_pass(hours * 60);
    let look = NewJob {
        kind: roster::jobs::READ_DIRECTORIES,
        dedup_key: "tick".to_owned(),
        payload: String::new(),
        run_at: w.db().now(),
    };
    let put = w
        .db()
        .write_blocking(Actor::Job("schedule"), move |tx| enqueue(tx, &look));
    put.expect("work can be put down");
    w.runs_jobs();
}

/// A directory that is set, read, looked at and applied.
fn begins(w: &mut World, slapd: &Slapd) -> Browser {
    let mut ada = w.begins("Lake Ltd", "UTC", stories::cast::ADA);
    saves(&mut ada, "/roster/directories/new", &{
        let mut filled = filled(slapd, &[]);
        filled.insert("source", "hr".to_owned());
        filled
    });
    let said = reads_now(w, &mut ada);
    assert!(said.contains(&format!("hr gave {} people", "1,203")), "{said}");
    ada.follows("See what would change");
    ada.page().must_say("1,203 would join");
    ada.presses("Apply the file", &[]);
    w.runs_jobs();
    ada
}

/// Who is here today, by address or name: kind, manager's key and person.
fn here(w: &World) -> BTreeMap<String, roster::people::Listed> {
    let mut found = BTreeMap::new();
    let listed = w.db().read_blocking(|r| {
        let today = r.today()?;
        let mut listed = Vec::new();
        roster::people::each(r, today, |person| {
            if matches!(person.standing, roster::people::Standing::Here) {
                listed.push(person);
            }
            Ok(())
        })?;
        Ok(listed)
    });
    for person in listed.expect("the roster can be read") {
        let name = person.facts.email.clone().unwrap_or_else(|| person.name.clone());
        found.insert(name, person);
    }
    found
}

fn person(w: &World, key: &str) -> db::Id<PersonKind> {
    let key = key.to_owned();
    let found = w.db().read_blocking(move |r| by_source_key(r, "hr", &key));
    found
        .expect("the roster can be read")
        .expect("the person is known")
}

#[test]
fn people_come_change_and_go_with_the_directory() {
    World::story(|w| {
        let slapd = Slapd::start(&entries());
        slapd.changes(&format!(
            "dn: cn=operators,ou=people,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: operators\nmember: uid=eva,ou=people,{BASE}\n"
        ));
        let mut ada = begins(w, &slapd);
        let first = here(w);
        assert_eq!(first.len(), MANY, "every page was read");
        let (mara, eva, cole) = (
            &first["mara@lake.example"],
            &first["eva.ek@lake.example"],
            &first["cole@agency.example"],
        );
        assert_eq!(eva.facts.manager_key.as_deref(), Some(mara.source_id.as_str()));
        assert_eq!(
            (cole.kind.as_str(), cole.employer.as_deref()),
            ("vendor_staff", Some("Agency Ltd"))
        );
        assert!(
            first.contains_key("Kim"),
            "somebody without an address is somebody"
        );
        ada.reads("/roster/directories/hr");
        ada.page()
            .must_say("hr gave 1,203 people, and they are on the roster.");
        let said = reads_now(w, &mut ada);
        assert!(
            said.contains("Applied: 0 joined, 0 left, 0 moved and 0 changed otherwise."),
            "{said}"
        );

        // Eva marries and moves to another branch, Cole is disabled, somebody is deleted, and somebody is locked out for an hour.
        let eva_id = person(w, &eva.source_id);
        slapd.changes(&format!(
            "dn: ou=north,{BASE}\nchangetype: add\nobjectClass: organizationalUnit\nou: north\n\n\
             dn: uid=eva,ou=people,{BASE}\nchangetype: modify\nreplace: sn\nsn: Ek-Moss\n-\nreplace: mail\nmail: eva.ek-moss@lake.example\n\n\
             dn: uid=eva,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=eva.ek-moss\ndeleteoldrdn: 1\nnewsuperior: ou=people,{BASE}\n\n\
             dn: uid=cole,ou=people,{BASE}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n\n\
             dn: uid=n0,ou=people,{BASE}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 20260601090000Z\n\n\
             dn: uid=n1,ou=people,{BASE}\nchangetype: delete\n"
        ));
        let mut tagged = filled(&slapd, &[("groups", format!("cn=operators,ou=people,{BASE}"))]);
        tagged.remove("password");
        saves(&mut ada, "/roster/directories/hr/settings", &tagged);
        hours_pass(w, 6);
        let after = here(w);
        let renamed = &after["eva.ek-moss@lake.example"];
        assert_eq!(
            person(w, &renamed.source_id),
            eva_id,
            "renamed, and the same person"
        );
        assert_eq!(renamed.facts.tags, " operators ");
        assert_eq!(renamed.facts.family_name, "Ek-Moss");
        w.days_pass(1);
        let after = here(w);
        assert!(!after.contains_key("cole@agency.example"), "disabled is gone");
        assert!(!after.contains_key("n1@lake.example"), "deleted is gone");
        assert!(
            after.contains_key("n0@lake.example"),
            "locked out for an hour is here"
        );
        assert_eq!(after.len(), MANY - 2);
        let mut ada = w.signs_in(stories::cast::ADA.email);
        ada.reads("/roster/directories/hr");
        ada.page().must_say("2 left");
        w.runs_jobs();
    });
}

#[test]
fn half_a_directory_is_held_for_somebody_to_look() {
    World::story(|w| {
        let slapd = Slapd::start(&entries());
        let mut ada = begins(w, &slapd);
        // The filter now leaves most of them out.
        let mut narrow = filled(
            &slapd,
            &[(
                "filter",
                "(&(objectClass=inetOrgPerson)(|(uid=n1*)(uid=mara)))".to_owned(),
            )],
        );
        narrow.remove("password");
        saves(&mut ada, "/roster/directories/hr/settings", &narrow);
        hours_pass(w, 6);
        assert_eq!(here(w).len(), MANY, "nothing has changed");
        let mut ada = w.signs_in(stories::cast::ADA.email);
        ada.reads("/roster/directories/hr");
        ada.page().must_say("Somebody has to look");
        ada.follows("See what would change");
        assert!(ada.page().offers("Approve this plan and apply the file"));
        w.runs_jobs();
    });
}

#[test]
fn a_directory_that_is_not_to_be_believed_changes_nothing() {
    World::story(|w| {
        let slapd = Slapd::start(&entries());
        let mut ada = begins(w, &slapd);
        let beyond = "Nobody may be here".to_owned();
        for (changed, sentence) in [
            (
                vec![("password", "wrong".to_owned())],
                "does not know this account with this password",
            ),
            // What it may not read looks like an empty directory, or like none.
            (
                vec![("account", account("blind"))],
                "There is no entry of that name to search below",
            ),
            (
                vec![("filter", format!("(cn={beyond})"))],
                "The search found nobody, so nothing was changed",
            ),
            (
                vec![("account", account("limited"))],
                "stopped at its limit for this account",
            ),
            (
                vec![("kinds", String::new())],
                "kinds of people that are not known: “Dienstleister” (1)",
            ),
            (vec![("base", "dc=elsewhere".to_owned())], "Check the base."),
            (
                vec![("host", format!("127.0.0.1:{}", slapd.tls_port))],
                "broke off the conversation",
            ),
        ] {
            saves(
                &mut ada,
                "/roster/directories/hr/settings",
                &filled(&slapd, &changed),
            );
            let said = reads_now(w, &mut ada);
            assert!(
                said.contains(sentence) && said.contains("could not be read"),
                "{changed:?}: {said}"
            );
            assert_eq!(here(w).len(), MANY, "{changed:?}");
        }
        ada.reads("/roster/directories/hr/settings");
        let page = format!("{:?}", ada.page());
        assert!(!page.contains(PASSWORD), "a password never comes back");
    });
}

#[test]
fn only_a_server_that_proves_itself_is_believed() {
    World::story_on(Engine::Sqlite, |w| {
        let slapd = Slapd::start(&entries());
        let mut ada = begins(w, &slapd);
        let encrypted = |protection: &str, host: &str, port: u16, issuer: String| {
            let changed = [
                ("protection", protection.to_owned()),
                ("host", format!("{host}:{port}")),
                ("issuers", issuer),
            ];
            filled(&slapd, &changed)
        };
        let believed = "Applied: 0 joined";
        for (settings, sentence) in [
            (
                encrypted("tls", "localhost", slapd.tls_port, String::new()),
                "is not one to believe",
            ),
            (
                encrypted("tls", "localhost", slapd.tls_port, slapd.issuer()),
                believed,
            ),
            (
                encrypted("tls", "127.0.0.1", slapd.tls_port, slapd.issuer()),
                "is not one to believe",
            ),
            (
                encrypted("start_tls", "localhost", slapd.port, slapd.issuer()),
                believed,
            ),
            (
                encrypted("start_tls", "localhost", slapd.port, String::new()),
                "is not one to believe",
            ),
            (
                encrypted("tls", "localhost", slapd.port, slapd.issuer()),
                "Check the port and the encryption",
            ),
        ] {
            saves(&mut ada, "/roster/directories/hr/settings", &settings);
            let said = reads_now(w, &mut ada);
            assert!(said.contains(sentence), "{settings:?}: {said}");
        }
        // The password would go to whoever answers there now.
        let mut elsewhere = encrypted("tls", "dc2.lake.example", 636, String::new());
        elsewhere.remove("password");
        let elsewhere: Vec<(&str, &str)> = elsewhere
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        ada.reads("/roster/directories/hr/settings");
        ada.presses("Save", &elsewhere);
        ada.page().must_say("Give the password again");
    });
}
