//! An evidence pack: whole, checked by the verifier, the same to the byte, and never half there.

use std::io::Cursor;

use db::{Actor, Db, Error, Window, params, sql};
use evidence::pack::{self, Built, PackOrder};
use ledger::{Act, Entry};
use seal::{Trust, archive::Archive};

use crate::world::{World, day};

fn world() -> World {
    let w = World::new();
    w.employee("ada", "2026-03-01")
        .done("ada", "B01", "2026-04-05")
        .tags("ada", "2026-03-01", "");
    w.engaged("bob", "contractor", "2026-01-01", "2026-05-31")
        .done_here("bob", "B01", "2026-02-01", "edi_B01");
    w.employee("eve", "2026-02-01")
        .waived("eve", "B01", "2026-03-01", "2026-12-31")
        .read("2026-06-01");
    w.row(
        sql!("insert into edition_file (edition_id, path, body) values ('edi_B01', 'course.toml', $1)"),
        &params![b"title = \"A course\"".to_vec()],
    );
    w.row(
        sql!("insert into organisation (id, name, zone, set_at, set_by) values ('org_1', 'Northwind <Robotics>', 'UTC', 1, 'setup')"),
        &params![],
    );
    w
}

fn sealed(w: &World) -> Db {
    let db = w.db();
    db.write_blocking(Actor::Operator, |tx| {
        for person in ["ada", "bob", "eve"] {
            let entry = Entry::about(Act::PersonJoined, format!("person:per_{person}"));
            ledger::record(tx, entry.payload(serde_json::json!({ "name": person })))?;
        }
        ledger::record(tx, Entry::about(Act::SignedIn, "account:acc_1"))?;
        Ok(())
    })
    .expect("entries can be recorded");
    ledger::sequencer::catch_up(&db, &Actor::Operator).expect("entries can be placed");
    db
}

fn order(framework: &str) -> PackOrder {
    let window = Window {
        from: day("2026-01-01"),
        to: day("2027-01-01"),
    };
    PackOrder {
        framework: framework.to_owned(),
        window,
        program: None,
    }
}

fn build(db: &Db, framework: &str) -> (Built, Vec<u8>) {
    let (order, run_at) = (order(framework), db.now());
    let built = db.read_blocking(move |reader| {
        let mut out = Cursor::new(Vec::new());
        let built = pack::build(reader, &order, run_at, &mut out)?;
        Ok((built, out.into_inner()))
    });
    built.expect("the pack can be built")
}

fn file(bytes: &[u8], path: &str) -> String {
    let mut archive = Archive::open(Cursor::new(bytes)).expect("it is an archive");
    let at = archive
        .find(path)
        .unwrap_or_else(|| panic!("{path} is in the pack"));
    String::from_utf8(archive.read(at, 4 << 20).expect("it can be read")).expect("it is text")
}

#[test]
fn a_pack_verifies_and_has_every_part() {
    let db = sealed(&world());
    let (built, bytes) = build(&db, "iso27001");
    let verdict = seal::verify(Cursor::new(&bytes), &Trust::default());
    assert!(
        verdict.is_verified(),
        "{:#?}",
        verdict.claims.iter().filter(|c| !c.ok).collect::<Vec<_>>()
    );
    assert!(
        verdict
            .claims
            .iter()
            .any(|c| c.claim == "records" && c.detail.contains("All 4 records")),
        "{verdict:?}"
    );
    assert_eq!((built.size, built.records), (bytes.len() as u64, 4));
    let archive = Archive::open(Cursor::new(&bytes)).expect("it is an archive");
    for path in [
        "data/00-README.html",
        "data/01-report.pdf",
        "data/02-results.csv",
        "data/02-results.csv-metadata.json",
        "data/02-results.json",
        "data/03-exceptions.csv",
        "data/roster/people.csv",
        "data/roster/reconciliation.csv",
        "data/roster/files.csv",
        "data/roster/snapshots.csv",
        "data/completions.csv",
        "data/attempts.csv",
        "data/attestations/attestations.csv",
        "data/assignments.csv",
        "data/waivers.csv",
        "data/curriculum/editions.csv",
        "data/curriculum/B01/edition-1/course.toml",
        "data/procedure.md",
        "data/export.json",
        "data/records.jsonl",
        "log/checkpoint",
        "log/proofs.jsonl",
        "log/proofs/1.tlog-proof",
        "VERIFY.md",
    ] {
        assert!(archive.find(path).is_some(), "{path} is missing");
    }
    let exceptions = file(&bytes, "data/03-exceptions.csv");
    assert!(
        exceptions.contains("A.6.3,P01,baseline,hr,ada,per_ada,A B,missed,true,,,2026-03-31,2026-04-05"),
        "{exceptions}"
    );
    let reconciled = file(&bytes, "data/roster/reconciliation.csv");
    assert!(
        reconciled.contains("hr,contractor,0,1,1,0,true\r\nhr,employee,0,2,0,2,true")
            || reconciled.contains("hr,employee,0,2,0,2,true"),
        "{reconciled}"
    );
    let readme = file(&bytes, "data/00-README.html");
    assert!(
        readme.contains("checks are met")
            && readme.contains("Northwind &lt;Robotics&gt;")
            && !readme.contains("<script")
    );
    assert!(
        !file(&bytes, "data/records.jsonl").contains("signed-in"),
        "who signed in stays at home"
    );
}

#[test]
fn the_same_ledger_window_and_instant_give_the_same_bytes_even_later() {
    let w = world();
    let db = sealed(&w);
    let (first, bytes) = build(&db, "soc2");
    let run_at = db.now();
    // Much happens, is recorded and is sealed; the past stays what it was.
    db.set_now(run_at.plus_seconds(86_400));
    db.write_blocking(Actor::Operator, |tx| {
        ledger::record(tx, Entry::about(Act::PersonJoined, "person:per_new"))?;
        let now = tx.now();
        tx.execute(
            sql!("update engagement set superseded_at = $1 where person_id = 'per_eve'"),
            &params![now],
        )
    })
    .expect("more can be recorded");
    ledger::sequencer::catch_up(&db, &Actor::Operator).expect("entries can be placed");
    let again = db.read_blocking(move |reader| {
        let mut out = Cursor::new(Vec::new());
        let built = pack::build(reader, &order("soc2"), run_at, &mut out)?;
        Ok((built, out.into_inner()))
    });
    let (second, again) = again.expect("the pack can be built again");
    assert_eq!(first.sha256, second.sha256);
    assert!(bytes == again);
}

#[test]
fn a_pack_built_as_a_file_is_recorded_and_leaves_nothing_half_done() {
    let db = sealed(&world());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pack.zip");
    let built = pack::build_file(&db, &Actor::Operator, &order("iso27001"), &path).expect("it can be built");
    let listed = db.read_blocking(pack::built).expect("packs can be listed");
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].sha256.as_str(), listed[0].built_by.as_str()),
        (built.sha256.as_str(), "operator")
    );
    assert_eq!(
        std::fs::metadata(&path).expect("the file is there").len(),
        built.size
    );
    let again = pack::build_file(&db, &Actor::Operator, &order("iso27001"), &path);
    assert!(matches!(again, Err(Error::Refused(r)) if r.code == "file-exists"));
    let unknown = pack::build_file(
        &db,
        &Actor::Operator,
        &order("nist"),
        &folder.path().join("other.zip"),
    );
    assert!(matches!(unknown, Err(Error::Refused(r)) if r.code == "no-such-framework"));
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("the folder").count(),
        1,
        "no part is left"
    );
}

#[test]
fn without_a_ledger_there_is_no_key_to_sign_with() {
    let db = World::new().db();
    let built =
        db.read_blocking(|reader| pack::build(reader, &order("soc2"), reader.now(), Cursor::new(Vec::new())));
    assert!(matches!(built, Err(Error::Refused(r)) if r.code == "no-ledger"));
}
