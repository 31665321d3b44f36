//! Lists that are taken away: whole, with both times, safe to open, and the same every time.

use db::{Actor, Error, Window, params, sql};
use evidence::export::{self, List, Made, Order};
use paper::Format;

use crate::world::{World, day};

fn world() -> World {
    let w = World::new();
    w.employee("ada", "2026-03-01")
        .done("ada", "B01", "2026-04-05")
        .tags("ada", "2026-03-01", " developer ");
    w.engaged("bob", "contractor", "2026-01-01", "2026-05-31")
        .done_here("bob", "B01", "2026-02-01", "edi_B01");
    w.waived("ada", "D01", "2026-05-01", "2026-07-31");
    w
}

fn order(list: List, format: Format) -> Order {
    Order {
        list,
        window: Window {
            from: day("2026-01-01"),
            to: day("2027-01-01"),
        },
        format,
        run_by: "operator".to_owned(),
        version: "test".to_owned(),
    }
}

fn exported(world: &World, list: List, format: Format) -> (Made, String) {
    let made = world
        .db()
        .read_blocking(move |reader| export::write(reader, &order(list, format), Vec::new()));
    let (made, bytes) = made.expect("every list can be written");
    (made, String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn a_list_names_people_and_both_times_and_keeps_leavers() {
    let (made, text) = exported(&world(), List::Completions, Format::Csv);
    let mut lines = text.split("\r\n");
    assert_eq!(
        lines.next(),
        Some(
            "source,source_id,person_id,name,kind,completion_id,course,course_title,edition,edition_sha256,completed_on,occurred_at,recorded_at,recorded_by,evidence_class,passed,score,attempt_id,attestation_id,evidence_url"
        )
    );
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("hr,bob,per_bob,") && line.contains(",A,true,90,"))
    );
    let ada = lines.next().expect("the second completion");
    assert!(ada.contains("hr,ada,per_ada,A B,employee") && ada.contains("import:old,C,true"));
    assert!(
        ada.contains("2026-04-05T12:00:00.000Z,2026-06-01T12:00:00.000Z"),
        "both times: {ada}"
    );
    assert_eq!((made.file.rows, made.file.bytes), (2, text.len() as u64));
    assert_eq!(made.file.name, "completions_2026-01-01_2026-12-31.csv");
}

#[test]
fn the_sidecar_says_what_was_asked_and_what_came_out() {
    let (made, _) = exported(&world(), List::People, Format::Csv);
    let text = String::from_utf8(made.sidecar().expect("it is JSON")).expect("it is UTF-8");
    for part in [
        "\"query\": \"people\"",
        "\"window\": \"2026-01-01 to 2026-12-31\"",
        "\"run_by\": \"operator\"",
        "\"rows\": 2",
        "\"sha256\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn every_list_comes_in_every_format_and_the_same_twice() {
    let w = world();
    for list in List::ALL {
        for format in Format::ALL {
            let (one, two) = (exported(&w, list, format), exported(&w, list, format));
            assert_eq!(one.0.file.sha256, two.0.file.sha256, "{list:?} {format:?}");
        }
    }
}

#[test]
fn a_name_that_is_a_formula_is_not_run() {
    let w = world();
    w.row(
        sql!("update profile set given_name = '=1+1', family_name = ''"),
        &params![],
    );
    let (_, text) = exported(&w, List::Completions, Format::Csv);
    assert!(text.contains(",'=1+1,") && !text.contains(",=1+1"));
}

#[test]
fn what_was_recorded_after_the_instant_is_not_there() {
    let w = world();
    let db = w.db();
    db.set_now(day("2026-06-01").noon(&db::Zone::utc()).plus_seconds(-1));
    let made =
        db.read_blocking(|reader| export::write(reader, &order(List::People, Format::Csv), Vec::new()));
    assert_eq!(made.expect("the list can be written").0.file.rows, 0);
}

#[test]
fn what_is_not_recorded_is_refused_in_a_sentence() {
    let refusal = List::parse("incidents").expect_err("incidents are not recorded");
    assert!(
        refusal
            .sentence
            .starts_with("muster does not record incidents yet")
    );
    assert!(
        List::parse("../etc")
            .expect_err("no such list")
            .sentence
            .contains("people")
    );
    assert!(export::format("exe").is_err());
}

#[test]
fn taking_a_list_away_leaves_an_entry() {
    let w = world();
    let (made, _) = exported(&w, List::People, Format::Csv);
    let sha256 = made.file.sha256.clone();
    let noted = w
        .db()
        .write_blocking(Actor::Operator, move |tx| export::note_export(tx, &made));
    noted.expect("it is recorded");
    let body: Option<String> = w.look(|reader| {
        reader.one(
            sql!("select p.body from ledger_entry e join ledger_payload p on p.entry_id = e.id where e.kind = 'exported'"),
            &[],
            |row| row.get(0),
        )
    });
    assert!(body.is_some_and(|body| body.contains(&sha256)));
}

#[test]
fn a_broken_sink_is_a_fault() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no room"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::Error::other("no room"))
        }
    }
    let made = world()
        .db()
        .read_blocking(|reader| export::write(reader, &order(List::People, Format::Csv), Full).map(|_| ()));
    assert!(matches!(made, Err(Error::Fault(_))));
}
