//! What the command line promises, as scripts that people can read: `cli/*.txt` against the real program.
//!
//! ```text
//! # a remark
//! at 2026-06-01T09:00:00Z        the clock from here on
//! file people.csv                what follows, up to a line `end`, is a file
//! sql delete from x              done to the database behind the program's back
//! remove muster-data             a file or folder
//! alter a.zip                    the byte in the middle of a file
//! $ muster roster plan x.csv     a command; after it, in any number and order:
//! text                           a line of standard output; `…` is any text in a line, alone it is any lines
//! ! text                         a line of standard error, in order, others may stand between
//! = 2                            the exit code, when it is not 0
//! . joiners = 9                  a value in the JSON of standard output, which must be one document
//! ```
//!
//! `{NAME}` in an expected line, or after `=` in a value, keeps what stands there, without spaces; in a later
//! line it is that. Every script runs in a folder of its own that holds the fixtures.
//! A value is found by keys with dots between: `checks[predicate=P01].population`; `.length` counts.
//!
//! Not here: what the answers should be. The scripts say it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// Characters of an output that are shown when it is not as it should be.
const SHOWN_MAX: usize = 3_000;

struct Script<'a> {
    name: &'a str,
    folder: &'a Path,
    now: String,
    kept: BTreeMap<String, String>,
}

/// A command and what is expected of it.
#[derive(Default)]
struct Step {
    line: usize,
    command: String,
    out: Vec<String>,
    err: Vec<String>,
    values: Vec<String>,
    code: i32,
}

/// What a command did.
struct Done {
    out: String,
    err: String,
    code: Option<i32>,
}

#[test]
fn the_main_job_goes_from_two_lists_to_two_verified_packs() {
    run("main_job");
}

#[test]
fn bad_input_is_told_in_a_sentence_and_exits_with_2() {
    run("bad_input");
}

#[test]
fn a_held_plan_changes_nothing_until_exactly_it_is_approved() {
    run("held_plan");
}

#[test]
fn an_identity_provider_gets_its_token_once_and_two_at_a_time() {
    run("token");
}

#[test]
fn a_mapping_is_kept_for_the_files_of_its_source() {
    run("mapping");
}

#[test]
fn a_database_of_a_newer_muster_is_left_alone() {
    run("newer_database");
}

#[test]
fn a_copy_made_while_it_runs_is_put_back_whole() {
    run("backup");
}

#[test]
fn an_altered_pack_is_not_verified() {
    run("altered_pack");
}

#[test]
fn who_can_get_in_is_held_against_who_is_here() {
    run("access");
}

#[test]
fn how_the_questions_of_a_course_do_is_asked_of_what_is_there() {
    run("item_analysis");
}

#[test]
fn every_script_is_run() {
    let here = include_str!("cli.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli");
    for entry in std::fs::read_dir(folder).expect("the folder of scripts") {
        let name = entry
            .expect("it can be listed")
            .file_name()
            .into_string()
            .expect("a plain name");
        let stem = name.strip_suffix(".txt").expect("scripts end in .txt");
        assert!(here.contains(&format!("run(\"{stem}\")")), "no test runs {name}");
    }
}

fn run(name: &str) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text =
        std::fs::read_to_string(home.join("cli").join(format!("{name}.txt"))).expect("the script is there");
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    for fixture in std::fs::read_dir(home.join("fixtures")).expect("the fixtures are there") {
        let fixture = fixture.expect("they can be listed");
        if fixture.path().is_dir() {
            continue;
        }
        std::fs::copy(fixture.path(), folder.path().join(fixture.file_name())).expect("they can be copied");
    }
    copy_access_lists(home, folder.path());
    let now = "2026-06-01T09:00:00Z".to_owned();
    Script {
        name,
        folder: folder.path(),
        now,
        kept: BTreeMap::new(),
    }
    .tell(&text);
}

fn copy_access_lists(home: &Path, folder: &Path) {
    let to = folder.join("access");
    std::fs::create_dir(&to).expect("a folder can be made");
    for list in std::fs::read_dir(home.join("fixtures/access")).expect("the lists are there") {
        let list = list.expect("they can be listed");
        std::fs::copy(list.path(), to.join(list.file_name())).expect("they can be copied");
    }
}

impl Script<'_> {
    fn tell(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            at += 1;
            if let Some(now) = line.strip_prefix("at ") {
                now.trim().clone_into(&mut self.now);
            } else if let Some(name) = line.strip_prefix("file ") {
                let end = lines[at..]
                    .iter()
                    .position(|line| *line == "end")
                    .expect("a file ends with `end`");
                let body: String = lines[at..at + end]
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect();
                std::fs::write(self.folder.join(name.trim()), body).expect("the file can be written");
                at += end + 1;
            } else if let Some(statement) = line.strip_prefix("sql ") {
                let database = rusqlite::Connection::open(self.folder.join("muster-data/muster.db"));
                database
                    .expect("the database opens")
                    .execute_batch(statement)
                    .expect("the statement is sound");
            } else if let Some(name) = line.strip_prefix("remove ") {
                let path = self.folder.join(name.trim());
                let removed = if path.is_dir() {
                    std::fs::remove_dir_all(path)
                } else {
                    std::fs::remove_file(path)
                };
                removed.expect("it can be removed");
            } else if let Some(name) = line.strip_prefix("alter ") {
                let path = self.folder.join(name.trim());
                let mut bytes = std::fs::read(&path).expect("the file can be read");
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&path, bytes).expect("the file can be written");
            } else if let Some(command) = line.strip_prefix("$ ") {
                let mut step = Step {
                    line: at,
                    command: command.to_owned(),
                    ..Step::default()
                };
                while at < lines.len() && !lines[at].is_empty() && !lines[at].starts_with("$ ") {
                    step.expects(lines[at]);
                    at += 1;
                }
                self.does(&step);
            } else {
                assert!(
                    line.is_empty() || line.starts_with('#'),
                    "{}:{at}: what is “{line}”?",
                    self.name
                );
            }
        }
    }

    fn does(&mut self, step: &Step) {
        let command = self.filled(&step.command);
        let mut words = split(&command).into_iter();
        assert_eq!(
            words.next().as_deref(),
            Some("muster"),
            "scripts run muster and nothing else"
        );
        let output = stories::program::muster(&self.now)
            .args(words)
            .current_dir(self.folder)
            .output();
        let output = output.expect("muster can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let done = Done {
            out: text(&output.stdout),
            err: text(&output.stderr),
            code: output.status.code(),
        };
        if let Err(wrong) = self.compare(step, &done) {
            let Done { out, err, code } = done;
            let out: String = out.chars().take(SHOWN_MAX).collect();
            panic!(
                "cli/{}.txt:{}: {wrong}\n$ {command}\n{out}\n! {err}\n= {code:?}",
                self.name, step.line
            );
        }
    }

    fn compare(&mut self, step: &Step, done: &Done) -> Result<(), String> {
        if done.code != Some(step.code) {
            return Err(format!("exits with {:?} instead of {}", done.code, step.code));
        }
        let mut err = done.err.lines();
        for wanted in &step.err {
            if !err.any(|line| self.fits(wanted, line)) {
                return Err(format!("standard error does not say “{wanted}”"));
            }
        }
        if !step.values.is_empty() {
            let document: Value =
                serde_json::from_str(&done.out).map_err(|e| format!("is not one JSON document: {e}"))?;
            for value in &step.values {
                self.check_value(value, &document)?;
            }
        }
        if step.out.is_empty() {
            return Ok(());
        }
        let out: Vec<&str> = done.out.lines().collect();
        if self.lines_fit(&step.out, &out) {
            Ok(())
        } else {
            Err("standard output is another".to_owned())
        }
    }

    fn check_value(&mut self, check: &str, document: &Value) -> Result<(), String> {
        let (path, wanted) = check
            .split_once(" = ")
            .ok_or_else(|| format!("`. {check}` has no ` = `"))?;
        let found = found(document, path.trim()).ok_or_else(|| format!("there is no {path}"))?;
        let shown = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        if self.fits(wanted.trim(), &shown) {
            Ok(())
        } else {
            Err(format!("{path} is {shown}, not {wanted}"))
        }
    }

    fn lines_fit(&mut self, wanted: &[String], found: &[&str]) -> bool {
        match (wanted.split_first(), found.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((first, rest)), _) if first == "…" => {
                (0..=found.len()).any(|skipped| self.lines_fit(rest, &found[skipped..]))
            }
            (Some(_), None) => false,
            (Some((first, rest)), Some((line, more))) => self.fits(first, line) && self.lines_fit(rest, more),
        }
    }

    /// Whether a line is as wanted; keeps what it names.
    fn fits(&mut self, wanted: &str, line: &str) -> bool {
        let wanted = self.filled(wanted);
        match (wanted.find('{'), wanted.find('}')) {
            (Some(open), Some(close)) if open < close && is_name(&wanted[open + 1..close]) => {
                let (before, after) = (&wanted[..open], &wanted[close + 1..]);
                let places: Vec<usize> = line
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([line.len()])
                    .collect();
                for &from in &places {
                    let word: String = line[from..].chars().take_while(|c| !c.is_whitespace()).collect();
                    for to in word.char_indices().map(|(at, c)| from + at + c.len_utf8()).rev() {
                        if like(before, &line[..from]) && like(after, &line[to..]) {
                            self.kept
                                .insert(wanted[open + 1..close].to_owned(), line[from..to].to_owned());
                            return true;
                        }
                    }
                }
                false
            }
            _ => like(&wanted, line),
        }
    }

    fn filled(&self, text: &str) -> String {
        self.kept.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }
}

impl Step {
    fn expects(&mut self, line: &str) {
        if let Some(text) = line.strip_prefix("! ") {
            self.err.push(text.to_owned());
        } else if let Some(code) = line.strip_prefix("= ") {
            self.code = code.trim().parse().expect("an exit code is a number");
        } else if let Some(value) = line.strip_prefix(". ") {
            self.values.push(value.to_owned());
        } else {
            self.out.push(line.to_owned());
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Whether the text is the pattern, in which `…` is any text.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| like(after, &rest[at..]))
        }),
    }
}

/// The words of a command; double quotes keep spaces.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for c in command.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                    any = false;
                }
            }
            _ => {
                write!(word, "{c}").expect("a String takes whatever is written to it");
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words
}

/// The value at `checks[predicate=P01].exceptions[0].due_on`; the first that fits where a filter has several.
fn found(document: &Value, path: &str) -> Option<Value> {
    let mut value = document.clone();
    let mut depth = 0;
    let parts = path.split(|c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == '.' && depth == 0
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let (key, filters) = part.split_once('[').unwrap_or((part, ""));
        if key == "length" {
            value = Value::from(
                value
                    .as_array()
                    .map(Vec::len)
                    .or_else(|| value.as_object().map(serde_json::Map::len))?,
            );
            continue;
        }
        if !key.is_empty() {
            value = value.get(key)?.clone();
        }
        for filter in filters.split('[').filter(|filter| !filter.is_empty()) {
            let filter = filter.strip_suffix(']')?;
            let rows = value.as_array()?;
            value = match filter.split_once('=') {
                None => rows.get(filter.parse::<usize>().ok()?)?.clone(),
                Some(_) => {
                    let fits = |row: &&Value| {
                        filter.split(',').all(|one| {
                            let (key, wanted) = one.split_once('=').unwrap_or((one, ""));
                            let shown = row.get(key);
                            shown.is_some_and(|v| {
                                v.as_str().map_or_else(|| v.to_string(), str::to_owned) == wanted
                            })
                        })
                    };
                    rows.iter().find(fits)?.clone()
                }
            };
        }
    }
    Some(value)
}

#[test]
fn a_pattern_fits_what_it_should_and_nothing_else() {
    assert!(
        like("a…c", "abbc") && like("…", "") && like("a…", "a") && !like("a…c", "ab") && !like("a", "ab")
    );
    assert_eq!(
        split("muster init --org \"A B\" x"),
        ["muster", "init", "--org", "A B", "x"]
    );
    let folder = Path::new("/");
    let mut script = Script {
        name: "sample",
        folder,
        now: String::new(),
        kept: BTreeMap::new(),
    };
    assert!(script.fits("Plan {PLAN}", "Plan abc") && script.filled("x {PLAN}") == "x abc");
    assert!(
        !script.fits("Plan {PLAN}", "Plan abd"),
        "a name means the same everywhere"
    );
    let lines = ["a".to_owned(), "…".to_owned(), "c".to_owned()];
    assert!(script.lines_fit(&lines, &["a", "b", "b", "c"]) && !script.lines_fit(&lines, &["a", "b"]));
    let document = serde_json::json!({ "checks": [{ "p": "P.01", "n": 1 }, { "p": "P02", "n": 2, "x": [{ "d": "e" }] }] });
    assert_eq!(found(&document, "checks[p=P02].n"), Some(Value::from(2)));
    assert_eq!(
        found(&document, "checks[p=P02,n=2].x[0].d"),
        Some(Value::from("e"))
    );
    assert_eq!(found(&document, "checks.length"), Some(Value::from(2)));
    assert_eq!(found(&document, "checks[p=P.01].n"), Some(Value::from(1)));
    assert_eq!(found(&document, "checks[p=P03].n"), None);
}
