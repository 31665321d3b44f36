//! A past answer stays what it is: today, later, and on the other engine, to the byte.

use std::io::Cursor;

use db::{Actor, Moment};
use evidence::export::{self, List, Order};
use evidence::pack::{PackOrder, build};
use evidence::status::{Asked, status};
use mail::{Relay, Setting, setting};
use stories::world::START;
use stories::{Engine, World};

use crate::lindqvist::{self, SOFIE};
use crate::reckoning::over;
use crate::{pupil, rows};

/// The status over a window as `muster status --json` has it.
fn answer(w: &World, (from, to): (&str, &str), known_at: Option<Moment>) -> String {
    let asked = Asked {
        frameworks: vec!["iso27001".to_owned(), "soc2".to_owned()],
        period: over(from, to),
        known_at,
    };
    let status = w
        .db()
        .read_blocking(move |r| status(r, &asked))
        .expect("the status can be reckoned");
    serde_json::to_string_pretty(&status).expect("a status has a JSON form")
}

/// Every list as CSV over a window.
fn lists(w: &World, (from, to): (&str, &str)) -> Vec<(List, Vec<u8>)> {
    let window = over(from, to).window();
    let made = List::ALL.into_iter().map(|list| {
        let format = export::format("csv").expect("CSV is a format");
        let order = Order {
            list,
            window,
            format,
            run_by: "operator".to_owned(),
            version: "0".to_owned(),
        };
        let bytes = w
            .db()
            .read_blocking(move |r| Ok(export::write(r, &order, Vec::new())?.1));
        (list, bytes.expect("a list can be written"))
    });
    made.collect()
}

fn pack(w: &World, framework: &'static str, run_at: Moment) -> Vec<u8> {
    let window = over("2026-01-01", "2026-06-01").window();
    let order = PackOrder {
        framework: framework.to_owned(),
        window,
        program: None,
    };
    let built = w.db().read_blocking(move |r| {
        let mut out = Cursor::new(Vec::new());
        build(r, &order, run_at, &mut out)?;
        Ok(out.into_inner())
    });
    built.expect("a pack can be built")
}

const SPRING: (&str, &str) = ("2026-01-01", "2026-06-01");

#[test]
fn the_answer_about_a_past_window_is_the_same_later() {
    World::story(|w| {
        lindqvist::begin(w);
        let (before, listed) = (answer(w, SPRING, None), lists(w, SPRING));
        assert!(before.contains("\"population\": 6"), "{before}");
        later(w);
        assert_eq!(answer(w, SPRING, None), before);
        for ((list, then), (_, now)) in listed.iter().zip(lists(w, SPRING)) {
            assert_eq!(
                String::from_utf8_lossy(&now),
                String::from_utf8_lossy(then),
                "{}",
                list.name()
            );
        }
    });
}

#[test]
fn what_was_corrected_since_is_still_answered_as_it_was_known() {
    World::story(|w| {
        lindqvist::begin(w);
        let known_at = w.db().now();
        let year = ("2026-01-01", "2027-01-01");
        let (before, packed) = (answer(w, year, Some(known_at)), pack(w, "iso27001", known_at));
        later(w);
        // A history of another system comes to light: Amadou had done both courses in April.
        let found = b"email,course,completed_on,passed\namadou.diallo@lindqvist.example,B02,2026-04-20,yes\n\
                      amadou.diallo@lindqvist.example,B10,2026-04-20,yes\n";
        lindqvist::import(w, "forgotten", found);
        w.runs_jobs();
        assert_eq!(answer(w, year, Some(known_at)), before);
        assert_ne!(
            answer(w, year, None).replace("\"known_at\"", ""),
            before.replace("\"known_at\"", "")
        );
        assert!(
            pack(w, "iso27001", known_at) == packed,
            "the pack of that instant has other bytes now"
        );
    });
}

#[test]
fn the_same_rows_give_the_same_bytes_on_the_other_engine() {
    World::story_on(Engine::Sqlite, |w| {
        lindqvist::begin(w);
        later(w);
        let twin = w.twin(rows::copy);
        assert_eq!(rows::counts(&twin), rows::counts(w), "every row is there");
        for window in [
            SPRING,
            ("2026-01-01", "2027-01-01"),
            ("2026-06-01", "2026-06-02"),
            ("2025-01-01", "2026-01-01"),
        ] {
            assert_eq!(
                answer(&twin, window, None),
                answer(w, window, None),
                "the status over {window:?}"
            );
            assert_eq!(
                answer(&twin, window, Some(START)),
                answer(w, window, Some(START)),
                "as known at the start"
            );
            for ((list, here), (_, there)) in lists(w, window).iter().zip(lists(&twin, window)) {
                assert_eq!(
                    String::from_utf8_lossy(&there),
                    String::from_utf8_lossy(here),
                    "{} over {window:?}",
                    list.name()
                );
            }
        }
        for framework in ["iso27001", "soc2"] {
            let now = w.db().now();
            assert!(
                pack(w, framework, now) == pack(&twin, framework, now),
                "the packs for {framework} differ"
            );
        }
        // The same pages, too; the twin gets a letter box of its own first.
        let relay = Relay::Folder(twin.mail_folder().display().to_string());
        let setting = Setting {
            relay,
            sender: "training@cast.example".to_owned(),
            sender_name: String::new(),
            secret: None,
        };
        twin.db()
            .write_blocking(Actor::Operator, move |tx| setting::set(tx, &setting))
            .expect("mail can be set");
        for path in ["/people", "/programme", "/assignments", "/frameworks", "/ledger"] {
            let mut pages = Vec::new();
            for world in [&*w, &twin] {
                let mut ada = world.signs_in(lindqvist::ADA.email);
                pages.push(ada.reads(path).tree().named("main")[0].text());
            }
            if path != "/ledger" {
                assert_eq!(pages[0], pages[1], "{path}");
            }
        }
    });
}

/// Two months go by: Sofie learns, and the list comes again with a newcomer.
fn later(w: &mut World) {
    w.at("2026-07-15");
    let mut ada = w.signs_in(lindqvist::ADA.email);
    let mut list = lindqvist::HR.to_vec();
    let newcomer = "4111;Jo;Bauer;;jo.bauer@lindqvist.example;internal;active;01.07.2026;;4102;Engineering;Hamburg;Platform;Data Engineer\n";
    if !list.ends_with(b"\n") {
        list.push(b'\n');
    }
    list.extend_from_slice(newcomer.as_bytes());
    w.applies(&mut ada, "hr", "personio.csv", &list);
    w.runs_jobs();
    let mut sofie = w.signs_in(SOFIE.email);
    pupil::completes(w, &mut sofie, "D05", SOFIE.name);
    w.runs_jobs();
    w.at("2026-08-03");
}
