//! The texts of a translation as a form shows them and as its files keep them, each with what it was translated from.

use db::Refusal;
use toml_edit::{DocumentMut, Table as TomlTable, value};
use web::Filled;

use super::{
    super::{gone, not_toml},
    Seen,
};
use crate::{
    course::Course,
    question::{Pool, Question},
    translation::{self, Part, What},
    writing::{self, As},
};

/// One text that the form of a part asks for.
pub(super) struct Asked {
    pub name: String,
    pub label: String,
    /// 0 for one line.
    pub rows: u8,
    pub help: &'static str,
}

/// Everything of the part that has to be said in the other language, in the order it is read.
pub(super) fn asked(course: &Course, what: &What) -> Vec<Asked> {
    let one = |name: &str, label: &str, rows| Asked {
        name: name.to_owned(),
        label: label.to_owned(),
        rows,
        help: "",
    };
    match what {
        What::Title => vec![one("title", "Title", 0), one("summary", "Summary", 3)],
        What::Objective(_) | What::Change(_) => vec![one("text", "Text", 3)],
        What::Statement => vec![one("text", "Statement", 8)],
        What::Lesson(_) => vec![Asked {
            help: "Markdown, with the title on the first line.",
            ..one("text", "Text", 24)
        }],
        What::Question(id) => {
            let mut asked = vec![one("stem", "Question", 4)];
            let Some(question) = course.question(id) else {
                return asked;
            };
            for (n, option) in question.options.iter().enumerate() {
                let number = n + 1;
                if !option.code {
                    asked.push(one(&format!("option.{n}.text"), &format!("Answer {number}"), 2));
                }
                if option.feedback.is_some() {
                    let label = format!("What is said about answer {number}");
                    asked.push(one(&format!("option.{n}.feedback"), &label, 2));
                }
            }
            for line in question.lines.iter().filter(|line| line.feedback.is_some()) {
                let number = line.number;
                let label = format!("What is said about line {number}");
                asked.push(one(&format!("line.{number}.feedback"), &label, 2));
            }
            if question.otherwise.is_some() {
                asked.push(one("otherwise", "Said of any other line", 2));
            }
            if question.explanation.is_some() {
                asked.push(one("explanation", "Explanation", 3));
            }
            asked
        }
    }
}

/// What of the part somebody has seen who opens its form now, in a few letters: another when one of its texts was saved since.
pub(super) fn seen_as(seen: &Seen, part: &Part) -> String {
    let now = filled(seen, part);
    translation::of_texts(&now.pairs().collect::<Vec<_>>())
}

/// What is written now.
pub(super) fn filled(seen: &Seen, part: &Part) -> Filled {
    let parsed = |path: &str| {
        seen.folder
            .text(path)
            .and_then(writing::parse)
            .unwrap_or_default()
    };
    let shown = |table: Option<&TomlTable>, key| {
        table.map_or_else(String::new, |table| writing::shown(table, key, As::Text))
    };
    match &part.what {
        What::Title => {
            let file = parsed(&seen.file());
            Filled::nothing()
                .with("title", shown(Some(&file), "title"))
                .with("summary", shown(Some(&file), "summary"))
        }
        What::Statement => Filled::nothing().with(
            "text",
            shown(Some(&parsed(&seen.file())), "attestation.statement"),
        ),
        What::Lesson(name) => {
            let path = lesson_file(seen, name);
            Filled::nothing().with("text", seen.folder.text(&path).unwrap_or_default())
        }
        What::Objective(_) | What::Change(_) => {
            let file = parsed(&seen.file());
            Filled::nothing().with("text", shown(row(&file, seen, &part.what), "text"))
        }
        What::Question(_) => {
            let file = parsed(&question_file(seen, &part.what));
            let Some(table) = row(&file, seen, &part.what) else {
                return Filled::nothing();
            };
            let mut filled = Filled::nothing();
            for key in ["stem", "otherwise", "explanation"] {
                filled = filled.with(key, shown(Some(table), key));
            }
            for (n, option) in writing::rows(table, "option").into_iter().enumerate() {
                for key in ["text", "feedback"] {
                    filled = filled.with(&format!("option.{n}.{key}"), shown(Some(option), key));
                }
            }
            for line in writing::rows(table, "line") {
                let number = writing::shown(line, "number", As::Number);
                filled = filled.with(&format!("line.{number}.feedback"), shown(Some(line), "feedback"));
            }
            filled
        }
    }
}

/// The files with what was typed, and with what it was translated from.
pub(super) fn files(seen: &Seen, part: &Part, typed: &Filled) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let parsed = |path: &str| {
        let text = seen.folder.text(path).unwrap_or_default();
        writing::parse(text).ok_or_else(|| not_toml(path))
    };
    let done = |path: String, file: DocumentMut| (path, file.to_string().into_bytes());
    let path = seen.file();
    let mut file = parsed(&path)?;
    match &part.what {
        What::Title => {
            for key in ["title", "summary"] {
                writing::put(&mut file, (key, As::Text), needed(typed, key)?);
            }
            file["of"] = value(&part.of);
        }
        What::Statement => {
            writing::put(
                &mut file,
                ("attestation.statement", As::Text),
                needed(typed, "text")?,
            );
            writing::put(&mut file, ("attestation.of", As::Text), &part.of);
        }
        What::Objective(_) | What::Change(_) => {
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            writing::put(row, ("text", As::Text), needed(typed, "text")?);
            row["of"] = value(&part.of);
        }
        What::Lesson(name) => {
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            row["of"] = value(&part.of);
            let text = needed(typed, "text")?.replace("\r\n", "\n");
            let lesson = (lesson_file(seen, name), text.into_bytes());
            return Ok(vec![lesson, done(path, file)]);
        }
        What::Question(id) => {
            let path = question_file(seen, &part.what);
            let mut file = parsed(&path)?;
            let question = seen.course.question(id).ok_or_else(gone)?;
            let row = row_mut(&mut file, seen, &part.what).ok_or_else(|| not_toml(&path))?;
            write_question(row, (question, &part.of), typed)?;
            return Ok(vec![done(path, file)]);
        }
    }
    Ok(vec![done(path, file)])
}

fn write_question(
    row: &mut TomlTable,
    (question, of): (&Question, &str),
    typed: &Filled,
) -> Result<(), Refusal> {
    row["of"] = value(of);
    writing::put(row, ("stem", As::Text), needed(typed, "stem")?);
    for (key, has) in [
        ("otherwise", &question.otherwise),
        ("explanation", &question.explanation),
    ] {
        if has.is_some() {
            writing::put(row, (key, As::Text), needed(typed, key)?);
        }
    }
    let options = writing::rows_mut(row, "option").ok_or_else(|| not_toml(&question.file))?;
    while options.len() < question.options.len() {
        options.push(writing::fresh());
    }
    while options.len() > question.options.len() {
        options.remove(options.len() - 1);
    }
    for (n, option) in question.options.iter().enumerate() {
        let Some(row) = options.get_mut(n) else { continue };
        for (key, has) in [("text", !option.code), ("feedback", option.feedback.is_some())] {
            if has {
                writing::put(row, (key, As::Text), needed(typed, &format!("option.{n}.{key}"))?);
            }
        }
    }
    if question.options.is_empty() {
        row.remove("option");
    }
    if question.lines.iter().any(|line| line.feedback.is_some()) {
        row.remove("line");
        let lines = writing::rows_mut(row, "line").ok_or_else(|| not_toml(&question.file))?;
        for line in question.lines.iter().filter(|line| line.feedback.is_some()) {
            let mut table = writing::fresh();
            table["number"] = value(i64::try_from(line.number).unwrap_or(i64::MAX));
            writing::put(
                &mut table,
                ("feedback", As::Text),
                needed(typed, &format!("line.{}.feedback", line.number))?,
            );
            lines.push(table);
        }
    }
    Ok(())
}

/// Where the part stands: the name of its tables, and the key and the value by which it is found.
fn stands(seen: &Seen, what: &What) -> Option<(&'static str, &'static str, String)> {
    Some(match what {
        What::Objective(id) => ("objective", "id", id.clone()),
        What::Change(n) => ("change", "on", seen.course.changes.get(*n)?.on.to_string()),
        What::Lesson(name) => ("lesson", "name", name.clone()),
        What::Question(id) => ("question", "id", id.clone()),
        What::Title | What::Statement => return None,
    })
}

/// Which of several with one key it is: two changes of one day are told apart by their order.
fn nth(seen: &Seen, what: &What) -> usize {
    match what {
        What::Change(n) => {
            let on = seen.course.changes.get(*n).map(|change| change.on);
            let before = seen.course.changes.iter().take(*n);
            before.filter(|change| Some(change.on) == on).count()
        }
        _ => 0,
    }
}

fn row<'t>(file: &'t DocumentMut, seen: &Seen, what: &What) -> Option<&'t TomlTable> {
    let (tables, key, id) = stands(seen, what)?;
    let is_it = |row: &&TomlTable| writing::shown(row, key, As::Text) == id;
    writing::rows(file, tables)
        .into_iter()
        .filter(is_it)
        .nth(nth(seen, what))
}

fn row_mut<'t>(file: &'t mut DocumentMut, seen: &Seen, what: &What) -> Option<&'t mut TomlTable> {
    let (tables, key, id) = stands(seen, what)?;
    let rows = writing::rows_mut(file, tables)?;
    let is_it = |row: &TomlTable| writing::shown(row, key, As::Text) == id;
    let found = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| is_it(row))
        .map(|(at, _)| at)
        .nth(nth(seen, what));
    let at = found.unwrap_or_else(|| {
        let mut table = writing::fresh();
        table[key] = value(&id);
        rows.push(table);
        rows.len() - 1
    });
    rows.get_mut(at)
}

fn lesson_file(seen: &Seen, name: &str) -> String {
    format!("{}{}/lessons/{name}.md", translation::FOLDER, seen.tag)
}

fn question_file(seen: &Seen, what: &What) -> String {
    let What::Question(id) = what else {
        return String::new();
    };
    let question = seen.course.question(id);
    let (pool, objective) = question.map_or((Pool::Course, ""), |one| (one.pool, one.objective.as_str()));
    let pool = if pool == Pool::Course {
        "questions"
    } else {
        "test_out"
    };
    format!("{}{}/{pool}/{objective}.toml", translation::FOLDER, seen.tag)
}

fn needed<'f>(typed: &'f Filled, key: &str) -> Result<&'f str, Refusal> {
    let text = typed.raw(key);
    if text.trim().is_empty() {
        return Err(Refusal::new(
            "translation-empty",
            "Translate this too: a part counts when all of it is there.",
        )
        .field(key));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::address;
    use super::*;
    use crate::{
        course,
        draft::Draft,
        folder::{Folder, catalogue},
        translation::State as Fitting,
    };
    use db::Moment;

    fn seen(folder: Folder, tag: &str) -> Seen {
        Seen {
            course: course::read(&folder).course,
            draft: Draft {
                id: "dra_01KT16JKM05T6MWQ8CVC5E26MW".parse().expect("an id"),
                course_id: "T01".to_owned(),
                begun_at: Moment(0),
                begun_by: "operator".to_owned(),
                ended_at: None,
            },
            folder,
            tag: tag.to_owned(),
        }
    }

    /// Everything the form of the part asks, answered with the original's own words.
    fn typed(seen: &Seen, part: &Part) -> Filled {
        let course = &seen.course;
        let text = |text: &str| Filled::nothing().with("text", text);
        match &part.what {
            What::Title => Filled::nothing()
                .with("title", &course.title)
                .with("summary", &course.summary),
            What::Objective(id) => text(&course.objective(id).expect("there").text),
            What::Statement => text(&course.attestation.statement),
            What::Change(n) => text(&course.changes[*n].text),
            What::Lesson(name) => text(&course.lesson(name).expect("there").body),
            What::Question(id) => {
                let question = course.question(id).expect("there");
                let mut filled = Filled::nothing().with("stem", &question.stem);
                for (n, option) in question.options.iter().enumerate() {
                    filled = filled.with(&format!("option.{n}.text"), &option.text);
                    filled = filled.with(
                        &format!("option.{n}.feedback"),
                        option.feedback.clone().unwrap_or_default(),
                    );
                }
                for line in &question.lines {
                    filled = filled.with(
                        &format!("line.{}.feedback", line.number),
                        line.feedback.clone().unwrap_or_default(),
                    );
                }
                let said = |text: &Option<String>| text.clone().unwrap_or_default();
                filled
                    .with("otherwise", said(&question.otherwise))
                    .with("explanation", said(&question.explanation))
            }
        }
    }

    #[test]
    fn a_course_that_was_translated_part_by_part_is_all_there() {
        for (id, folder) in catalogue() {
            let mut now = seen(folder, "fr");
            let mut count = 0;
            while let Some(part) = translation::parts(&now.course, "fr")
                .into_iter()
                .find(|part| part.state != Fitting::Fits)
            {
                let written = files(&now, &part, &typed(&now, &part)).expect("everything is typed");
                let mut folder = now.folder.clone();
                folder.files.extend(written);
                now = seen(folder, "fr");
                let after = now.part(&address(&part.what)).expect("it is still there");
                assert_eq!(after.state, Fitting::Fits, "{id} {:?}", part.what);
                assert_eq!(
                    filled(&now, &after).one("stem"),
                    typed(&now, &after).one("stem"),
                    "{id} {:?}",
                    part.what
                );
                count += 1;
            }
            assert!(count > 20, "{id} has more parts than {count}");
            let course = Course::parse(&now.folder).expect("it reads");
            assert_eq!(
                course.translations["fr"].parts.len(),
                course.translations["fr"].count(|_| true),
                "{id}"
            );
        }
    }

    #[test]
    fn what_was_seen_of_a_part_is_another_thing_once_one_of_its_texts_is_saved() {
        let (_, folder) = catalogue().remove(0);
        let before = seen(folder, "fr");
        let (title, statement) = (
            before.part("title").expect("there"),
            before.part("statement").expect("there"),
        );
        let typed = Filled::nothing().with("title", "Titre").with("summary", "Résumé");
        let mut folder = before.folder.clone();
        folder
            .files
            .extend(files(&before, &title, &typed).expect("all is typed"));
        let after = seen(folder, "fr");
        assert_ne!(seen_as(&before, &title), seen_as(&after, &title));
        assert_eq!(seen_as(&before, &statement), seen_as(&after, &statement));
    }

    #[test]
    fn half_a_part_is_refused_and_names_the_field() {
        let (_, folder) = catalogue().remove(0);
        let now = seen(folder, "fr");
        let part = now.part("title").expect("every course has a title");
        let refusal = files(&now, &part, &Filled::nothing().with("title", "Titre"))
            .expect_err("the summary is missing");
        assert_eq!(refusal.field.as_deref(), Some("summary"));
    }
}
