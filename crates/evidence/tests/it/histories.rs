//! Whatever several sources said, in whatever order their files came: the roster is the same, and its arithmetic comes out.

use std::collections::BTreeSet;

use db::{Actor, Day, Db, Window, Zone};
use evidence::{
    facts::{Scope, load},
    measures::population::{by_source, totals},
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use roster::{
    people,
    person::History,
    precedence,
    source::Mode,
    source_setting::{self, SourceKind, SourceSetting},
    sources::file,
    sync::{
        Settings,
        apply::{Application, Approval, apply, plan_now},
    },
};

const SOURCES: [(&str, SourceKind); 3] = [
    ("hr", SourceKind::Hris),
    ("idp", SourceKind::IdentityProvider),
    ("vms", SourceKind::ContractorSystem),
];

/// What one source says of one person in one file: kind, first day, last day, department, status.
type Said = (u8, u8, Option<u8>, u8, u8);
/// One file: who is in it.
type File = Vec<(u8, Said)>;

fn said() -> impl Strategy<Value = Said> {
    (
        0..3_u8,
        1..20_u8,
        proptest::option::of(20..60_u8),
        0..3_u8,
        0..3_u8,
    )
}

fn file() -> impl Strategy<Value = File> {
    proptest::collection::btree_map(0..5_u8, said(), 1..5).prop_map(|people| people.into_iter().collect())
}

fn day(offset: u8) -> Day {
    Day::ymd(2026, 1, 1) + i32::from(offset)
}

/// The file as text. The number and the name are the person's in every source; the key is the source's own.
fn text(source: usize, file: &File) -> String {
    let mut text = "source_id,employee_number,email,given_name,family_name,person_type,status,start_date,end_date,department\n".to_owned();
    for (person, (kind, start, end, department, status)) in file {
        let kind = ["employee", "contractor", "board"][usize::from(*kind)];
        let status = ["active", "", "leave"][usize::from(*status)];
        let department = ["", "Sales", "Legal"][usize::from(*department)];
        let end = end.map(|end| day(end).to_string()).unwrap_or_default();
        let key = format!("{}-{person}", SOURCES[source].0);
        text.push_str(&format!(
            "{key},n{person},p{person}@example.com,Given,Name{person},{kind},{status},{},{end},{department}\n",
            day(*start)
        ));
    }
    text
}

fn hears(db: &Db, source: usize, file: &File) -> Result<(), TestCaseError> {
    let bytes = text(source, file);
    let snapshot = file::read(bytes.as_bytes(), &file::Options::default())
        .map_err(|refusal| TestCaseError::fail(refusal.sentence))?;
    let name = SOURCES[source].0;
    let settings = Settings { mode: Mode::Full };
    db.write_blocking(Actor::Operator, move |tx| {
        let plan = plan_now(tx, name, &snapshot, settings)?;
        if !plan.refused.is_empty() {
            return Ok(());
        }
        let approval = Approval {
            plan: &plan.id,
            reason: "Looked at.",
            sent_by: None,
        };
        let application = Application {
            source: name,
            settings,
            snapshot: &snapshot,
            file_name: "file.csv",
            file_sha256: "00",
            approval: Some(approval),
        };
        apply(tx, &application)?;
        Ok(())
    })
    .map_err(|e| TestCaseError::fail(e.to_string()))
}

fn world() -> Db {
    let db = Db::in_memory_for_tests();
    db.set_now(day(40).noon(&Zone::utc()));
    db.write_blocking(Actor::Setup, |tx| {
        for (name, kind) in SOURCES {
            source_setting::set(tx, name, &SourceSetting::usual(kind))?;
        }
        Ok(())
    })
    .expect("sources can be described");
    db
}

/// Everybody on the roster, without ids and instants: their facts, and what each source says of their work.
fn roster(db: &Db) -> BTreeSet<String> {
    db.read_blocking(|r| {
        let mut ids = BTreeSet::new();
        people::each(r, day(40), |listed| {
            ids.insert(listed.person);
            Ok(())
        })?;
        let mut found = BTreeSet::new();
        for id in ids {
            let History {
                engagements, leaves, ..
            } = roster::person::history(r, &id)?;
            let work: BTreeSet<String> = engagements
                .iter()
                .filter(|one| one.superseded_at.is_none())
                .map(|one| {
                    format!(
                        "{} {} {:?} {:?}",
                        one.source_key, one.kind, one.start_on, one.end_on
                    )
                })
                .collect();
            let away = leaves.iter().filter(|one| one.superseded_at.is_none()).count();
            let voices = precedence::said_of(r, &id, day(40))?;
            let said: Vec<&str> = voices.iter().map(|said| said.source.as_str()).collect();
            let facts = roster::person::find(r, &id)?.map(|person| person.facts);
            found.insert(format!("{work:?} {away} {said:?} {facts:?}"));
        }
        Ok(found)
    })
    .expect("the roster can be read")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_sources_come_is_no_fact(
        files in proptest::collection::vec((0..3_usize, file()), 1..6),
        order in proptest::collection::vec(any::<u32>(), 6),
    ) {
        // Within a source the last file counts, so each source's files stay in their order.
        let mut shuffled: Vec<(u32, usize)> = files.iter().enumerate().map(|(at, _)| (order[at], at)).collect();
        shuffled.sort_unstable();
        let mut places: Vec<usize> = shuffled.iter().map(|(_, at)| files[*at].0).collect();
        let (one, other) = (world(), world());
        for (source, file) in &files {
            hears(&one, *source, file)?;
        }
        let mut next = [0_usize; 3];
        for source in places.drain(..) {
            let file = files.iter().filter(|(of, _)| *of == source).nth(next[source]);
            next[source] += 1;
            if let Some((_, file)) = file {
                hears(&other, source, file)?;
            }
        }
        prop_assert_eq!(roster(&one), roster(&other));
    }

    #[test]
    fn the_arithmetic_always_comes_out(
        files in proptest::collection::vec((0..3_usize, file()), 1..8),
        from in 0..30_u8,
        days in 1..60_u8,
    ) {
        let db = world();
        for (at, (source, file)) in (0_u8..).zip(&files) {
            db.set_now(day(40 + at * 3).noon(&Zone::utc()));
            hears(&db, *source, file)?;
        }
        let window = Window { from: day(from), to: day(from) + i32::from(days) };
        let facts = db
            .read_blocking(move |r| {
                let scope = Scope { window, known_at: r.now(), person: None };
                load(r, &scope)
            })
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        for total in totals(&facts, window) {
            prop_assert!(total.agrees(), "{total:?}");
        }
        for (of, [start, begun, ended, end]) in by_source(&facts, window.into()) {
            prop_assert_eq!(start + begun - ended, end, "{:?}", of);
        }
    }
}
