//! The company of the fixtures: ten people on the HR system's list, four on the contractors', and their history.

use db::Actor;
use stories::cast::Member;
use stories::{Browser, World};

pub const HR: &[u8] = include_bytes!("../../fixtures/personio.csv");
pub const CONTRACTORS: &[u8] = include_bytes!("../../fixtures/bamboohr.csv");
pub const HISTORY: &[u8] = include_bytes!("../../fixtures/history.csv");

pub const ADA: Member = stories::cast::ADA;
pub const SOFIE: Member = Member {
    name: "Sofie Brandt",
    email: "sofie.brandt@lindqvist.example",
    source_id: "4103",
};

/// From the set-up page to people, rules and history; what is owed has been reckoned.
pub fn begin(w: &mut World) -> Browser {
    let mut ada = w.begins("Lindqvist GmbH", "Europe/Berlin", ADA);
    w.applies(&mut ada, "hr", "personio.csv", HR);
    w.applies(&mut ada, "contractors", "bamboohr.csv", CONTRACTORS);
    ada.reads("/set-up");
    ada.presses("Use this programme", &[]);
    ada.page().must_say("The programme is in force.");
    import(w, "oldlms", HISTORY);
    w.runs_jobs();
    ada
}

/// Brings in completions from a file, as the command line does.
pub fn import(w: &World, source: &'static str, file: &'static [u8]) {
    let plan = w
        .db()
        .read_blocking(move |r| learning::import::plan(r, source, file))
        .expect("the file can be read");
    assert_eq!(plan.refused, [], "every row can be taken");
    let actor = Actor::Source(source.to_owned());
    let applied = w.db().write_blocking(actor, move |tx| {
        learning::import::apply(tx, source, file, &plan.id)
    });
    applied.expect("the plan is the one that was looked at");
}
