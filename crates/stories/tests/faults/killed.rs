//! `kill -9` at many moments, and what is found afterwards.

use std::fs::File;
use std::io::BufReader;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use seal::Trust;
use stories::html::Element;

use crate::client::Client;
use crate::house::{House, PEOPLE, Server, copy};

/// Shares of the time a command needs, in percent, at which it is killed: from before it has opened anything to about
/// when it ends.
const MOMENTS: &[u32] = &[10, 30, 45, 60, 72, 84, 96];

#[expect(
    clippy::disallowed_methods,
    reason = "how long a command needs says when to kill it; no answer depends on it"
)]
pub fn time_of(run: impl FnOnce()) -> Duration {
    let started = std::time::Instant::now();
    run();
    started.elapsed()
}

pub fn share(whole: Duration, percent: u32) -> Duration {
    whole * percent / 100
}

#[test]
fn a_killed_roster_apply_has_applied_all_or_nothing() {
    let apply = ["roster", "apply", "people.csv", "--source", "hr"];
    let empty = House::build();
    let trial = empty.copy();
    let whole = time_of(|| drop(trial.must(&apply)));
    for percent in MOMENTS {
        let house = empty.copy();
        let acknowledged = house.cut_short(&apply, share(whole, *percent));
        house.must_be_sound();
        let people = house.count("select count(*) from person");
        assert!(
            [0, PEOPLE].contains(&people),
            "{people} of {PEOPLE} people are there after {percent} %"
        );
        assert!(
            !acknowledged || people == PEOPLE,
            "what was acknowledged is not there"
        );
        let again = house.must(&apply);
        assert_eq!(again["refused"].as_array().map(Vec::len), Some(0));
        house.must_be_sound();
        assert_eq!(house.count("select count(*) from person"), PEOPLE);
        assert_eq!(
            house.count("select count(*) from ledger_entry where kind = 'person-joined'"),
            PEOPLE
        );
        // Two courses for each, and one more for every fifth: nothing that follows was lost either.
        house.must(&["assign"]);
        assert_eq!(
            house.count("select count(*) from assignment_open"),
            PEOPLE * 2 + PEOPLE / 5
        );
    }
}

#[test]
fn a_killed_publication_is_a_whole_edition_or_none() {
    let house = House::build();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue/courses/B10");
    let publish = ["course", "publish", "B10"];
    let mut editions = house.count("select count(*) from edition where course_id = 'B10'");
    let write = |n: usize| {
        copy(&source, &house.path("B10"));
        let lesson = house.path("B10/lessons/01-what-counts.md");
        let text = std::fs::read_to_string(&lesson).expect("the lesson can be read");
        std::fs::write(&lesson, format!("{text}\nThis is version {n} of the text.\n"))
            .expect("it can be written");
    };
    write(0);
    let whole = time_of(|| drop(house.must(&publish)));
    editions += 1;
    let files =
        house.count("select max(n) from (select count(*) as n from edition_file group by edition_id)");
    for (n, percent) in MOMENTS.iter().enumerate() {
        write(n + 1);
        let acknowledged = house.cut_short(&publish, share(whole, *percent));
        house.must_be_sound();
        let now = house.count("select count(*) from edition where course_id = 'B10'");
        assert!(
            now == editions + 1 || (now == editions && !acknowledged),
            "{now} editions after {editions}"
        );
        let partial =
            "select count(*) from (select 1 from edition_file f join edition e on e.id = f.edition_id
                       where e.course_id = 'B10' group by f.edition_id having count(*) <> $1)";
        let partial = house
            .rows()
            .query_row(partial, [b10_files(&house)], |row| row.get::<_, i64>(0));
        assert_eq!(
            partial.expect("files can be counted"),
            0,
            "an edition lacks files"
        );
        house.must(&publish);
        assert_eq!(
            house.count("select count(*) from edition where course_id = 'B10'"),
            editions + 1
        );
        editions += 1;
    }
    assert!(files > 3, "a course has files");
}

fn b10_files(house: &House) -> i64 {
    let mut count = 0;
    let mut waiting = vec![house.path("B10")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("the course can be listed") {
            let path = entry.expect("the course can be listed").path();
            if path.is_dir() {
                waiting.push(path)
            } else {
                count += 1
            }
        }
    }
    count
}

#[test]
fn a_killed_pack_leaves_nothing_by_its_name_and_can_be_built_again() {
    let house = House::build();
    house.must(&["roster", "apply", "people.csv", "--source", "hr"]);
    let build = |name: &'static str| {
        [
            "pack",
            "build",
            "--framework",
            "iso27001",
            "--from",
            "2026-01-01",
            "--to",
            "2026-12-01",
            "--out",
            name,
        ]
    };
    let whole = time_of(|| drop(house.must(&build("first.zip"))));
    for percent in MOMENTS.iter().step_by(2) {
        let acknowledged = house.cut_short(&build("pack.zip"), share(whole, *percent));
        house.must_be_sound();
        let path = house.path("pack.zip");
        assert!(
            !acknowledged || path.exists(),
            "the pack that was acknowledged is not there"
        );
        if path.exists() {
            must_verify(&path);
            std::fs::remove_file(&path).expect("it can be removed");
        }
        house.must(&build("pack.zip"));
        must_verify(&path);
        std::fs::remove_file(&path).expect("it can be removed");
        let left: Vec<String> = std::fs::read_dir(house.path("."))
            .expect("the folder can be listed")
            .map(|entry| {
                entry
                    .expect("it can be listed")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name.starts_with("pack.zip"))
            .collect();
        assert_eq!(left, [] as [String; 0], "something was left beside the pack");
    }
}

fn must_verify(path: &std::path::Path) {
    let file = File::open(path).expect("the pack is there");
    let verdict = seal::verify(BufReader::new(file), &Trust::default());
    assert!(verdict.is_verified(), "{:#?}", verdict.claims.first());
}

/// What one learner was told is saved.
#[derive(Default)]
struct Told {
    email: String,
    /// The attempt, and by question the answer that was last acknowledged.
    attempt: String,
    answers: Vec<Option<String>>,
    signed: bool,
}

#[test]
fn every_answer_and_signature_that_was_acknowledged_survives_a_killed_server() {
    let house = House::build();
    house.must(&["roster", "apply", "people.csv", "--source", "hr"]);
    let mut server = house.serve();
    for (round, writes) in [2, 20, 45, 72, 100].into_iter().enumerate() {
        let emails: Vec<String> = (1..=4)
            .map(|n| format!("p{}@cast.example", round * 4 + n))
            .collect();
        let links: Vec<String> = emails.iter().map(|email| house.link(email)).collect();
        let told = answered_until_killed(&server, &emails, &links, writes);
        server.kill();
        house.must_be_sound();
        for told in &told {
            must_be_kept(&house, told);
        }
        let acknowledged: usize = told
            .iter()
            .map(|told| told.answers.iter().flatten().count())
            .sum();
        assert!(
            round == 0 || acknowledged > 4,
            "hardly anything was acknowledged in round {round}"
        );
        server = house.serve();
        go_on(&house, &server, &told[0]);
    }
    assert!(
        house.count("select count(*) from attestation") > 0,
        "somebody has signed"
    );
    server.kill();
    house.must_be_sound();
}

/// Four learners at once start, answer, hand in and sign, until the server is killed under them after so many
/// acknowledged writes.
fn answered_until_killed(server: &Server, emails: &[String], links: &[String], writes: usize) -> Vec<Told> {
    let (acknowledged, waiting) = channel();
    thread::scope(|scope| {
        let learn_all = |email: String, link: &str, acknowledged: Sender<()>| {
            let mut client = Client::new(server.address);
            let mut told = Told {
                email,
                ..Told::default()
            };
            // Whatever ends this is the server's death.
            drop(
                client
                    .sign_in(link)
                    .and_then(|()| learn(&mut client, &mut told, &acknowledged)),
            );
            told
        };
        let learners: Vec<_> = emails
            .iter()
            .zip(links)
            .map(|(email, link)| {
                let (email, acknowledged) = (email.clone(), acknowledged.clone());
                scope.spawn(move || learn_all(email, link, acknowledged))
            })
            .collect();
        drop(acknowledged);
        // When all of them are done before that many writes, the server is killed then.
        let counted = waiting.iter().take(writes).count();
        kill(server);
        assert!(counted > 0, "nothing was acknowledged at all");
        learners
            .into_iter()
            .map(|learner| learner.join().expect("a learner does not panic"))
            .collect()
    })
}

/// Ends the server's process without a word to it.
fn kill(server: &Server) {
    let killed = std::process::Command::new("kill")
        .args(["-9", &server.id().to_string()])
        .status();
    assert!(
        killed.expect("kill can be started").success(),
        "the server was gone already"
    );
}

fn learn(client: &mut Client, told: &mut Told, acknowledged: &Sender<()>) -> std::io::Result<()> {
    // Nobody counts any more once the server has been killed.
    let count = || {
        acknowledged.send(()).unwrap_or_default();
    };
    let started = client.post("/my-training/B10/attempts", &[])?;
    count();
    let first = started.header("location").unwrap_or_default().to_owned();
    let base = first.split("/questions/").next().unwrap_or_default().to_owned();
    told.attempt = base.trim_start_matches("/attempts/").to_owned();
    let course = curriculum::Course::parse(&curriculum::shipped("B10").expect("it is shipped"))
        .expect("it can be read");
    told.answers = vec![None; course.form.questions as usize];
    // First something, then what is right: the later answer is the one that has to be kept.
    for right in [false, true] {
        for place in 1..=told.answers.len() {
            let path = format!("{base}/questions/{place}");
            let page = client.get(&path)?;
            let chosen = choose(&course, &page, right);
            let filled: Vec<(&str, &str)> = chosen.iter().map(|value| ("answer", value.as_str())).collect();
            let answer = client.post(&path, &filled)?;
            if answer.status == 303 {
                told.answers[place - 1] = Some(chosen.join(","));
                count();
            }
        }
    }
    client.post(&format!("{base}/submission"), &[("unanswered", "yes")])?;
    count();
    client.post("/consent", &[("to", "/my-training")])?;
    count();
    client.post(&format!("{base}/attestation/presentation"), &[])?;
    count();
    let n = told
        .email
        .trim_start_matches('p')
        .split('@')
        .next()
        .unwrap_or_default()
        .to_owned();
    let name = format!("Given{n} Family{n}");
    client.post(&format!("{base}/attestation"), &[("name", &name)])?;
    count();
    let review = client.get(&format!("{base}/signature"))?;
    let is_draft = |e: &Element| e.name == "input" && e.attribute("name") == Some("draft");
    let draft = review
        .tree()
        .all(&is_draft)
        .first()
        .and_then(|e| e.attribute("value").map(str::to_owned));
    let signed = client.post(
        &format!("{base}/signature"),
        &[("draft", &draft.unwrap_or_default())],
    )?;
    told.signed = signed.status == 303
        && signed
            .header("location")
            .is_some_and(|to| to.ends_with("/receipt"));
    count();
    Ok(())
}

/// What is sent for the step of an order that says this.
fn value_beside(page: &stories::Page, words: &str) -> String {
    let is_step = |e: &Element| e.attribute("id").is_some_and(|id| id.starts_with("step-"));
    let says = |e: &&&Element| {
        e.text()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .contains(words)
    };
    let steps = page.tree().all(&is_step);
    let step = steps
        .iter()
        .find(says)
        .unwrap_or_else(|| panic!("no step says {words}: {}", page.text()));
    let input = step.named("input")[0];
    input.attribute("value").unwrap_or_default().to_owned()
}

/// The values a question is answered with, found by the words beside them.
fn choose(course: &curriculum::Course, page: &stories::Page, right: bool) -> Vec<String> {
    let plain = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let heading = plain(&page.h1());
    let first = |question: &&curriculum::Question| {
        plain(question.stem.trim().split("\n\n").next().unwrap_or_default()) == heading
    };
    let question = course
        .questions
        .iter()
        .find(first)
        .unwrap_or_else(|| panic!("no question is “{}”", page.h1()));
    let button = if page.offers("Save and go on") {
        "Save and go on"
    } else {
        "Save and look over"
    };
    let form = page.form(button, None);
    if question.kind == curriculum::Kind::Order {
        let mut steps: Vec<String> = question
            .options
            .iter()
            .map(|step| value_beside(page, &plain(&step.text)))
            .collect();
        if !right {
            steps.swap(0, 1);
        }
        return steps;
    }
    let control = form
        .controls
        .iter()
        .find(|control| control.name == "answer")
        .expect("a question can be answered");
    let is_right = |label: &str| {
        question
            .options
            .iter()
            .any(|option| option.correct && plain(&option.text) == plain(label))
    };
    let wanted = control
        .choices
        .iter()
        .filter(|(_, label)| is_right(label) == right)
        .map(|(value, _)| value.clone());
    if question.kind == curriculum::Kind::Multiple {
        wanted.collect()
    } else {
        wanted.take(1).collect()
    }
}

/// What a learner was told is saved is in the rows, and nothing of it is half there.
fn must_be_kept(house: &House, told: &Told) {
    let rows = house.rows();
    let Some(last) = told.answers.iter().rposition(Option::is_some) else {
        return;
    };
    let form: String = rows
        .query_row("select form from attempt where id = $1", [&told.attempt], |row| {
            row.get(0)
        })
        .unwrap_or_else(|_| panic!("the attempt of {} is gone", told.email));
    let form: serde_json::Value = serde_json::from_str(&form).expect("a form is JSON");
    for (n, answer) in told.answers.iter().enumerate().take(last + 1) {
        let Some(answer) = answer else { continue };
        let question = form["questions"][n]["question"]
            .as_str()
            .expect("a form names its questions");
        let kept: i64 = rows
            .query_row(
                "select count(*) from answer where attempt_id = $1 and question = $2",
                [told.attempt.as_str(), question],
                |row| row.get(0),
            )
            .expect("answers can be read");
        assert!(
            kept > 0,
            "the answer {answer} of {} to {question} was acknowledged and is gone",
            told.email
        );
    }
    if told.signed {
        let signed: i64 = rows
            .query_row(
                "select count(*) from attestation where attempt_id = $1",
                [&told.attempt],
                |row| row.get(0),
            )
            .expect("signatures can be read");
        assert_eq!(
            signed, 1,
            "the signature of {} was acknowledged and is gone",
            told.email
        );
    }
}

/// After the restart the learner goes on where they were: the saved answers are on the page.
fn go_on(house: &House, server: &Server, told: &Told) {
    let mut client = Client::new(server.address);
    client
        .sign_in(&house.link(&told.email))
        .expect("the server answers");
    let page = client.get("/my-training").expect("the server answers");
    assert_eq!(page.status, 200, "{}", page.text());
    if told.attempt.is_empty() || told.signed {
        return;
    }
    let review = client
        .get(&format!("/attempts/{}/review", told.attempt))
        .expect("the server answers");
    assert!([200, 303].contains(&review.status), "{}", review.text());
    if review.status == 200 {
        let missing = told.answers.iter().filter(|answer| answer.is_none()).count();
        let shown = review.text().matches("no answer yet").count();
        assert!(
            shown <= missing,
            "{shown} answers are missing, {missing} at most should be: {}",
            review.text()
        );
    }
}
