//! Who can get in, held against who is here: lists are brought in, accounts decided about, and the record stays.

use access::Bucket;
use access::record::{self, Record};
use access::sources::profile::Profile;
use access::sources::{file, mapping::Mapping};
use controls::Predicate;
use db::Actor;
use evidence::status::{Asked, status};
use roster::person::by_source_key;
use stories::browser::Chosen;
use stories::cast::{ADA, AUDE, LENA, MAX, ROSTER};
use stories::{Browser, World};

use crate::reckoning::{answered, line, over};
use crate::rows;

const GITHUB: &str = "\
login,name,role,two_factor_enabled,saml_name_id,last_active
ada-owner,Ada Owner,owner,true,ada@cast.example,2026-05-31
lenal,Lena Learner,member,true,lena@cast.example,2026-05-30
maxm,Max Manager,member,false,,2026-05-30
deploy-bot,,member,false,,2026-06-01
stranger9,,member,false,,2025-11-01
";

/// Uploads a list of a system's accounts and is shown how it stands.
#[track_caller]
fn brings(w: &World, owner: &mut Browser, system: &str, day: &str, list: &str) {
    w.moment_passes();
    owner.reads("/access/lists/new");
    owner.uploads(
        "Compare it with the roster",
        &[("system", system), ("as_of", day)],
        Chosen {
            field: "file",
            name: "members.csv",
            bytes: list.as_bytes(),
        },
    );
    assert_eq!(owner.page().status, 200, "{}", owner.page().text());
}

fn newest(w: &World, system: &'static str) -> Record {
    let records = w.db().read_blocking(move |r| record::recent(r, system));
    records
        .expect("records can be read")
        .into_iter()
        .next()
        .expect("there is one")
}

/// The buckets that have anything in them, as letters with numbers.
fn buckets(w: &World, system: &'static str) -> String {
    let counts = newest(w, system).counts;
    let said = |bucket: &Bucket| {
        let number = counts.of(*bucket);
        (number > 0).then(|| format!("{}{number}", bucket.as_str()))
    };
    Bucket::ALL.iter().filter_map(said).collect::<Vec<_>>().join(" ")
}

/// Findings that are over, and why.
fn ended(w: &World) -> Vec<String> {
    let ends = w.db().read_blocking(|r| {
        r.rows(
            db::sql!("select f.bucket, e.why from access_finding f join access_finding_end e on e.finding_id = f.id order by f.bucket limit 9"),
            &[],
            |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
        )
    });
    let ends = ends.expect("findings can be read");
    ends.iter()
        .map(|(bucket, why)| format!("{bucket} {why}"))
        .collect()
}

#[test]
fn a_list_is_compared_and_each_account_decided_about_until_all_is_in_order() {
    World::story(|w| {
        let mut ada = w.set_up();
        ada.reads("/access")
            .must_say("No list of accounts has been brought in yet.");
        brings(w, &mut ada, "GitHub", "2026-06-01", GITHUB);
        ada.page().must_say("3 of 5 accounts of github are not in order.");
        assert_eq!(buckets(w, "github"), "a1 e1 f1 in_order2");

        w.moment_passes();

        // A robot gets an owner, and a name becomes somebody’s by somebody’s word.
        let bot = ada.page().link("deploy-bot");
        ada.reads(&bot).must_say("A service account by its name");
        ada.presses(
            "Decide",
            &[
                ("what", "service"),
                ("person", MAX.email),
                ("until", "2026-12-31"),
                ("reason", "Releases the site."),
            ],
        );
        ada.page().must_say("Decided. The list was compared again.");
        w.moment_passes();
        ada.reads("/access/github");
        let max = ada.page().link("maxm");
        ada.reads(&max).must_say("called the same");
        let his = ada.page().link("It is Max Manager");
        ada.reads(his.split('#').next().expect("an address"));
        ada.presses("Decide", &[("reason", "He showed us.")]);
        ada.reads("/access/github")
            .must_say("One of 5 accounts of github is not in order.");
        assert_eq!(buckets(w, "github"), "a1 in_order4");

        // What is refused keeps what was typed.
        let stranger = ada.page().link("stranger9");
        ada.reads(&stranger);
        let form = ada.page().form("Decide", None);
        let mut sent: Vec<(&str, &str)> = vec![
            ("what", "excluded"),
            ("until", "2030-01-01"),
            ("reason", "A trial."),
        ];
        sent.push(("key", "stranger9"));
        assert_eq!(ada.posts(&form.action, &sent).status, 422);
        ada.page().must_say("Give a day from today to a year from now.");
        ada.page().must_say("A trial.");

        // The account is taken away, and the next list shows it.
        w.at("2026-06-03");
        let mut ada = w.signs_in(ADA.email);
        let gone: String = GITHUB
            .lines()
            .filter(|line| !line.starts_with("stranger9"))
            .map(|line| format!("{line}\n"))
            .collect();
        brings(w, &mut ada, "github", "2026-06-03", &gone);
        ada.page().must_say("Every account of github is in order.");
        assert_eq!(ended(w), ["a gone", "e in_order", "f in_order"]);
        // An older list comes too late, and nothing is changed by it.
        let before = rows::counts(w);
        ada.reads("/access/lists/new");
        ada.uploads(
            "Compare it with the roster",
            &[("system", "github"), ("as_of", "2026-06-02")],
            Chosen {
                field: "file",
                name: "members.csv",
                bytes: GITHUB.as_bytes(),
            },
        );
        ada.page().must_say("one of 2 June 2026 comes too late");
        assert_eq!(rows::counts(w), before);
        w.runs_jobs();
    });
}

#[test]
fn access_after_leaving_and_before_training_is_found_with_its_day() {
    World::story(|w| {
        let mut ada = w.set_up();
        brings(w, &mut ada, "github", "2026-06-01", GITHUB);
        ada.reads("/access/github/terms");
        w.moment_passes();
        ada.presses(
            "Save",
            &[
                ("owner", ADA.email),
                ("layer", "developer"),
                ("by", "before"),
                ("privileged", "owner admin"),
            ],
        );
        ada.page().must_say("Saved.");
        // Ada and Lena are known and have not done the developers’ course; Max is only called the same.
        assert_eq!(buckets(w, "github"), "a1 c2 e1 f1");
        ada.page()
            .must_say("has to be done before access; access began on 1 June 2026");
        ada.reads("/access").must_say("ada@cast.example");

        // Lena leaves; the list of the day after still has her.
        w.at("2026-06-11");
        let mut ada = w.signs_in(ADA.email);
        let row = ROSTER
            .lines()
            .find(|line| line.starts_with("3,"))
            .expect("her row");
        let left = ROSTER.replace(
            row,
            &row.replacen("active,2026-05-18,", "ended,2026-05-18,2026-06-10", 1),
        );
        w.applies(&mut ada, "hr", "cast.csv", left.as_bytes());
        brings(w, &mut ada, "github", "2026-06-11", GITHUB);
        ada.page()
            .must_say("Left on 10 June 2026; access was still there on 11 June 2026.");
        assert_eq!(buckets(w, "github"), "a1 b1 c1 e1 f1");
        w.runs_jobs();
        ada.reads("/access/github/b")
            .must_say("Take the access away today");
        let taken = ada.posts("/access/github/b/file", &[]);
        assert_eq!(taken.status, 200);
        let file = String::from_utf8_lossy(&taken.bytes).into_owned();
        assert!(file.contains("lenal") && file.lines().count() == 2, "{file}");
    });
}

const GITLAB: &str = "\
Name,Username,Email,Path,Group or project name,Type,Role,Role type,Membership type,Membership status,Membership source,Access granted,Access expiration,Last activity
Lena Learner,lena,lena@cast.example,cast,Cast,Group,Developer,default,direct,approved,Cast,2026-05-20,,2026-05-31
Max Manager,max,max@cast.example,cast,Cast,Group,Owner,default,direct,approved,Cast,2025-02-01,,2026-05-31
";

/// What somebody owes today of one course: the last day and why, as the table has it.
fn owes(w: &World, source_id: &'static str, course: &'static str) -> Vec<String> {
    let rows = w.db().read_blocking(move |r| {
        let person = by_source_key(r, "hr", source_id)?;
        r.rows(
            db::sql!(
                "select o.due_on, a.reason
                 from assignment_open o
                 join assignment a on a.id = o.assignment_id
                 where o.person_id = $1
                   and o.course_id = $2
                 order by o.due_on
                 limit 9"
            ),
            &db::params![person.map(|id| id.to_string()), course],
            |row| Ok(format!("{} {}", row.get::<db::Day>(0)?, row.get::<String>(1)?)),
        )
    });
    rows.expect("assignments can be read")
}

#[test]
fn access_brings_the_training_that_goes_with_it() {
    World::story(|w| {
        let mut ada = w.set_up();
        brings(w, &mut ada, "gitlab", "2026-06-01", GITLAB);
        ada.reads("/access/gitlab/terms");
        w.moment_passes();
        ada.presses("Save", &[("layer", "developer"), ("by", "days"), ("days", "30")]);
        ada.page()
            .must_say("No rule owes anybody this training because of access.");
        let rule = ada.page().link("Make it a rule");
        ada.reads(&rule);
        ada.presses(
            "Look at who is in it",
            &[("course", "D05"), ("from_on", "2026-06-01")],
        );
        ada.page().must_say("people with access to gitlab");
        ada.page().must_say("2 of 5 people");
        ada.presses("Save this rule", &[]);
        w.runs_jobs();
        // Lena’s access began on 20 May: she keeps her thirty days. Max has had his for over a year, so the rule’s first day counts.
        assert_eq!(owes(w, LENA.source_id, "D05"), ["2026-06-19 access_grant"]);
        assert_eq!(owes(w, MAX.source_id, "D05"), ["2026-07-01 access_grant"]);
        let mut lena = w.signs_in(LENA.email);
        lena.reads("/my-record")
            .must_say("Access, as lists of accounts show it");
        lena.page().must_say("It is for people with access to gitlab.");
        // The evidence reckons by the same days: access is a role from the day it began.
        let reckoned = answered(w, over("2026-06-01", "2026-08-01"));
        let is_developers = |f: &&evidence::Finding| {
            f.framework == "iso27001"
                && f.predicate == Predicate::P03
                && f.exceptions.iter().any(|e| line(&e).starts_with("4 "))
        };
        let finding = reckoned
            .checks
            .iter()
            .find(is_developers)
            .expect("the developers’ check has Max in it");
        assert!(
            finding.exceptions.iter().any(|e| line(&e).starts_with("3 ")),
            "{finding:?}"
        );

        // Access is taken away: nothing is owed for it any more, and what was believed before can be answered again.
        let before = w.db().now();
        w.at("2026-06-10");
        let mut ada = w.signs_in(ADA.email);
        let without: String = GITLAB
            .lines()
            .filter(|line| !line.starts_with("Lena"))
            .map(|line| format!("{line}\n"))
            .collect();
        brings(w, &mut ada, "gitlab", "2026-06-10", &without);
        w.runs_jobs();
        assert_eq!(owes(w, LENA.source_id, "D05"), [] as [&str; 0]);
        let known = |known_at| {
            let asked = Asked {
                frameworks: vec!["iso27001".to_owned()],
                period: over("2026-06-01", "2026-08-01"),
                known_at,
            };
            let answer = w
                .db()
                .read_blocking(move |r| status(r, &asked))
                .expect("it can be reckoned");
            serde_json::to_value(&answer.checks).expect("it is JSON")
        };
        assert_eq!(
            known(Some(before)),
            serde_json::to_value(reckoned_of(&reckoned)).expect("it is JSON")
        );
        assert_ne!(known(None), known(Some(before)));
        w.runs_jobs();
    });
}

/// A course of another id and layer, as somebody would write it; what it teaches does not matter here.
fn publishes(w: &World, id: &'static str, layer: &'static str) {
    let folder = curriculum::catalogue().into_iter().find(|(id, _)| id == "D05");
    let mut folder = folder.expect("it is shipped").1;
    let course = folder.files.get_mut("course.toml").expect("a course has it");
    let text = String::from_utf8(course.clone()).expect("it is text");
    *course = text
        .replacen("id = \"D05\"", &format!("id = \"{id}\""), 1)
        .replacen("layer = \"developer\"", &format!("layer = \"{layer}\""), 1)
        .into_bytes();
    let day = "2026-06-01".parse().expect("a day");
    let published = w.db().write_blocking(Actor::Operator, move |tx| {
        curriculum::edition::publish(tx, &folder, day).map(|_| ())
    });
    published.expect("it can be published");
}

#[test]
fn what_the_default_programme_asks_before_access_is_held_against_who_has_it() {
    World::story(|w| {
        let mut ada = w.set_up();
        // The course is not here yet, and that is said before anybody relies on it.
        ada.reads("/programme")
            .must_say("wait for their courses, so nobody is asked for them.");
        ada.reads("/programme/default")
            .must_say("Privileged access: P01, P02, P06");
        brings(w, &mut ada, "gitlab", "2026-06-01", GITLAB);
        ada.reads("/access/gitlab/terms");
        w.moment_passes();
        ada.presses("Save", &[("privileged", "owner")]);

        publishes(w, "P01", "admin");
        ada.reads("/programme/default")
            .must_say("One rule of the default programme can be set now.");
        ada.page().must_say("Privileged access: P02, P06");
        ada.presses("Use the default programme", &[]);
        ada.page().must_say("One rule is set.");
        ada.page().must_say("more wait for their courses");
        w.runs_jobs();
        // Max is an owner of the group since 2025, so it is due on the rule's first day; Lena is only a member.
        assert_eq!(owes(w, MAX.source_id, "P01"), ["2026-06-01 access_grant"]);
        assert_eq!(owes(w, LENA.source_id, "P01"), [] as [&str; 0]);

        ada.reads("/access/gitlab/terms");
        w.moment_passes();
        ada.presses(
            "Save",
            &[("layer", "admin"), ("by", "before"), ("privileged", "owner")],
        );
        ada.page()
            .must_say("has to be done before access; access began on 1 February 2025");
        let found = newest(w, "gitlab").counts;
        assert!(found.of(Bucket::C) >= 1, "{}", buckets(w, "gitlab"));
        w.runs_jobs();
    });
}

/// The answers about one framework, for comparing.
fn reckoned_of(status: &evidence::Status) -> Vec<&evidence::Finding> {
    status
        .checks
        .iter()
        .filter(|f| f.framework == "iso27001")
        .collect()
}

#[test]
fn an_auditor_sees_the_comparison_and_decides_nothing() {
    World::story(|w| {
        let mut ada = w.set_up();
        brings(w, &mut ada, "github", "2026-06-01", GITHUB);
        ada.reads("/roles");
        ada.presses(
            "Give the role",
            &[("name", AUDE.name), ("email", AUDE.email), ("role", "auditor")],
        );
        let mut aude = w.signs_in(AUDE.email);
        aude.reads("/access/github")
            .must_say("What was compared with what");
        assert!(!aude.page().offers("Bring the next list in"));
        let bot = aude.page().link("deploy-bot");
        aude.reads(&bot);
        assert!(!aude.page().offers("Decide"));
        for path in ["/access", "/access/without", "/access/github/in_order"] {
            aude.reads(path);
        }
        let before = rows::counts(w);
        for (path, filled) in [
            (
                "/access/github/account",
                &[
                    ("key", "deploy-bot"),
                    ("what", "excluded"),
                    ("until", "2026-06-30"),
                    ("reason", "x"),
                ] as &[(&str, &str)],
            ),
            ("/access/github/terms", &[("by", "days")]),
            ("/access/lists", &[("system", "github")]),
        ] {
            assert_eq!(aude.posts(path, filled).status, 403, "{path}");
        }
        for path in ["/access/lists/new", "/access/github/terms"] {
            assert_eq!(aude.opens(path).status, 403, "{path}");
        }
        assert_eq!(rows::counts(w), before);
        let mut lena = w.signs_in(LENA.email);
        assert_eq!(lena.opens("/access").status, 403);
        w.runs_jobs();
    });
}

#[test]
fn what_is_not_a_system_a_bucket_or_an_account_is_missing() {
    World::story(|w| {
        let mut ada = w.set_up();
        brings(w, &mut ada, "github", "2026-06-01", GITHUB);
        for path in [
            "/access/gitlab",
            "/access/github/z",
            "/access/gitlab/a",
            "/access/github/account?key=nobody",
            "/access/gitlab/terms",
        ] {
            assert_eq!(ada.opens(path).status, 404, "{path}");
        }
        // Comparing again says nothing new while nothing is.
        let before = newest(w, "github");
        brings(w, &mut ada, "github", "2026-06-01", GITHUB);
        assert_eq!(newest(w, "github"), before);
        let known = w
            .db()
            .read_blocking(|r| by_source_key(r, "hr", LENA.source_id))
            .expect("the roster can be read");
        assert!(known.is_some());
        w.runs_jobs();
    });
}

#[test]
fn every_shipped_example_of_an_export_is_known_by_its_header() {
    let read = |name: &str, bytes: &[u8], mapping: &Mapping| {
        let snapshot = file::read(bytes, mapping).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(snapshot.refused, [], "{name}");
        (snapshot.profile, snapshot.accounts.len())
    };
    let none = Mapping::default();
    for (name, bytes, profile, accounts) in [
        (
            "github.csv",
            &include_bytes!("../../fixtures/access/github.csv")[..],
            Profile::GithubMembers,
            7,
        ),
        (
            "github.json",
            include_bytes!("../../fixtures/access/github.json"),
            Profile::GithubMembers,
            3,
        ),
        (
            "gitlab.csv",
            include_bytes!("../../fixtures/access/gitlab.csv"),
            Profile::GitlabMembers,
            3,
        ),
        (
            "okta.csv",
            include_bytes!("../../fixtures/access/okta.csv"),
            Profile::OktaAssignments,
            3,
        ),
        (
            "aws.csv",
            include_bytes!("../../fixtures/access/aws.csv"),
            Profile::AwsIam,
            3,
        ),
        (
            "google.csv",
            include_bytes!("../../fixtures/access/google.csv"),
            Profile::GoogleUsers,
            3,
        ),
        (
            "entra-users.csv",
            include_bytes!("../../fixtures/access/entra-users.csv"),
            Profile::EntraUsers,
            3,
        ),
        (
            "entra-sign-ins.csv",
            include_bytes!("../../fixtures/access/entra-sign-ins.csv"),
            Profile::EntraSignIns,
            1,
        ),
    ] {
        assert_eq!(read(name, bytes, &none), (profile, accounts), "{name}");
    }
    let mapping =
        Mapping::from_toml(include_str!("../../fixtures/access/other.toml")).expect("the mapping is right");
    let other = include_bytes!("../../fixtures/access/other.csv");
    assert_eq!(read("other.csv", other, &mapping), (Profile::Other, 3));
}
