//! Lists of people as other systems send them: as workbooks, in columns nobody knew, and broken.

use stories::cast::ADA;
use stories::{Browser, World};

use crate::rows;

const WORKERS: &[u8] = include_bytes!("../../fixtures/sources/workday_workbook.xlsx");
const BADGES: &[u8] = "Site list\n\nBadge;Who;Sort;Salary;Since\nB-1;Noor Achterberg;Crew;9000;2017-09-04\nB-2;Marek Ilves;Office;8000;2019-06-17\n".as_bytes();

fn sends(w: &World, ada: &mut Browser, file_name: &str, bytes: &[u8]) -> String {
    w.plans(ada, "site", file_name, bytes)
}

#[test]
fn a_workbook_is_a_list_like_any_other() {
    World::story(|w| {
        let mut ada = w.begins("Harrow & Finch", "UTC", ADA);
        let said = w.applies(&mut ada, "workday", "workers.xlsx", WORKERS);
        assert!(
            said.contains("5 would join") || said.contains("4 would join"),
            "{said}"
        );
        assert!(
            said.contains("Date_of_Birth"),
            "what was dropped is named: {said}"
        );
        w.runs_jobs();
        ada.reads("/people").must_say("Marek Ilves");
        let again = sends_unchanged(w, &mut ada);
        assert!(again.contains("The file changes nothing."), "{again}");
    });
}

fn sends_unchanged(w: &World, ada: &mut Browser) -> String {
    w.plans(ada, "workday", "workers.xlsx", WORKERS)
}

#[test]
fn what_the_columns_are_is_said_once_and_kept() {
    World::story(|w| {
        let mut ada = w.begins("Harrow & Finch", "UTC", ADA);
        let asked = sends(w, &mut ada, "badges.csv", BADGES);
        assert!(asked.contains("Say what the columns are."), "{asked}");
        assert!(
            asked.contains("Noor Achterberg") && !asked.contains("9000"),
            "{asked}"
        );
        let columns = [
            ("column-0", "Source id"),
            ("column-1", "Full name"),
            ("column-2", "Person type"),
            ("column-4", "Start date"),
        ];
        ada.presses("Save and show what would change", &columns);
        ada.page().must_say("“Crew” is not a kind of person muster knows");
        w.moment_passes();
        ada.follows("Say what the columns of the file are");
        let kinds = [("kind-0", "temp"), ("kind-1", "employee")];
        ada.presses("Save and show what would change", &kinds);
        ada.page().must_say("2 would join");
        ada.presses("Apply the file", &[]);
        w.runs_jobs();
        let again = sends(w, &mut ada, "badges.csv", BADGES);
        assert!(again.contains("The file changes nothing."), "{again}");
        assert_eq!(rows::counts(w)["source_mapping"], 2);
    });
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing_and_is_not_kept() {
    World::story(|w| {
        let mut ada = w.begins("Harrow & Finch", "UTC", ADA);
        let long = format!("source_id,person_type\n1,\"{}", "x".repeat(3_000_000));
        let bad: [(&str, &[u8], &str); 4] = [
            (
                "cut.xlsx",
                &WORKERS[..WORKERS.len() / 2],
                "The workbook is incomplete or damaged.",
            ),
            (
                "old.xls",
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                "The file is a workbook",
            ),
            (
                "long.csv",
                long.as_bytes(),
                "begins on line 2 is longer than 1 MB",
            ),
            (
                "text.csv",
                b"\xEF\xBB\xBFsource_id,person_type\n1,\xFF",
                "The file is not text",
            ),
        ];
        for (name, bytes, sentence) in bad {
            ada.reads("/roster/files/new");
            ada.uploads(
                "Show what would change",
                &[("source", "site")],
                stories::Chosen {
                    field: "file",
                    name,
                    bytes,
                },
            );
            assert_eq!(ada.page().status, 422, "{name}");
            ada.page().must_say(sentence);
        }
        assert_eq!(
            (rows::counts(w)["roster_upload"], rows::counts(w)["person"]),
            (0, 0)
        );
    });
}
