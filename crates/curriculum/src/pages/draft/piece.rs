//! What is added to a draft, and what is taken away from it as files: a lesson, a question, a picture, the whole folder.

use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use db::{Day, Db, Id, Refusal, Tx};
use toml_edit::value;
use web::{Answer, Editor, Error, Filled, Upload, see_other, see_other_saying};

use super::{change, gone, not_toml, opened, part::Part};
use crate::{
    course::{COURSE_FILE, QUESTIONS, TEST_OUT, read},
    draft::{self, Draft, DraftKind, Save},
    folder::{Folder, packed},
    pages::course::{PICTURE_POLICY, picture_kind},
    writing,
};

/// Letters of a title that become the name of a lesson.
const SLUG_LENGTH_MAX: usize = 40;

/// POST /drafts/{id}/lessons
pub(super) async fn lesson(
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let title = filled.one("title").to_owned();
    let (draft, path) = change(&db, &editor, &id, move |tx, draft| {
        let path = lesson_path(&draft::folder(tx, draft)?, &title);
        put(tx, draft, (&path, format!("# {title}\n\n").into_bytes()))?;
        Ok(path)
    })
    .await?;
    Ok(see_other(&Part::Lesson(path).href(&draft)))
}

/// Saves the file over what is there, whatever that is: for what was made of the newest text in the same transaction.
fn put(tx: &mut Tx, draft: &Draft, (path, body): (&str, Vec<u8>)) -> db::Result<()> {
    let seen = draft::saved(tx, draft)?.get(path).map_or(0, |saved| saved.number);
    let save = Save {
        path: path.to_owned(),
        body: Some(body),
        seen,
    };
    draft::save(tx, draft, &save)?;
    Ok(())
}

/// The name of the next lesson: its place, and its title in plain letters.
fn lesson_path(folder: &Folder, title: &str) -> String {
    let place = |path: &str| {
        path.trim_start_matches("lessons/")
            .split('-')
            .next()?
            .parse::<u32>()
            .ok()
    };
    let last = folder
        .files
        .keys()
        .filter(|path| path.starts_with("lessons/"))
        .filter_map(|path| place(path))
        .max();
    let mut slug = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if slug.len() >= SLUG_LENGTH_MAX {
            break;
        }
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    let slug = slug.trim_end_matches('-');
    let place = last.unwrap_or(0) + 1;
    if slug.is_empty() {
        format!("lessons/{place:02}-lesson.md")
    } else {
        format!("lessons/{place:02}-{slug}.md")
    }
}

/// POST /drafts/{id}/questions
pub(super) async fn question(
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    filled: Filled,
) -> Answer {
    let path = filled.one("path").to_owned();
    if pool_of(&path).is_none() {
        return Err(Error::Missing);
    }
    let written = path.clone();
    let (draft, question) = change(&db, &editor, &id, move |tx, draft| {
        add_question(tx, draft, &written)
    })
    .await?;
    Ok(see_other(&Part::Question { path, id: question }.href(&draft)))
}

/// The objective of a file of questions, and how the ids in it go on after it.
fn pool_of(path: &str) -> Option<(&str, &'static str)> {
    let (name, between) = match path.strip_prefix(QUESTIONS) {
        Some(name) => (name, "-"),
        None => (path.strip_prefix(TEST_OUT)?, "-t"),
    };
    Some((name.strip_suffix(".toml")?, between))
}

/// Adds an empty question to the file as it is now, and says its id.
fn add_question(tx: &mut Tx, draft: &Draft, path: &str) -> db::Result<String> {
    let folder = draft::folder(tx, draft)?;
    let (objective, between) = pool_of(path).ok_or_else(gone)?;
    let course = read(&folder).course;
    let question = (1..)
        .map(|n| format!("{objective}{between}{n}"))
        .find(|id| course.question(id).is_none())
        .expect("a course has fewer questions than there are numbers, by the bounds of its folder");
    let mut file = writing::parse(folder.text(path).unwrap_or_default()).ok_or_else(|| not_toml(path))?;
    let rows = writing::rows_mut(&mut file, "question").ok_or_else(|| not_toml(path))?;
    let mut table = writing::fresh();
    for (key, text) in [("id", question.as_str()), ("kind", "single")] {
        table[key] = value(text);
    }
    table["difficulty"] = value(2);
    table["stem"] = value("");
    rows.push(table);
    put(tx, draft, (path, file.to_string().into_bytes()))?;
    Ok(question)
}

/// POST /drafts/{id}/assets
pub(super) async fn picture(
    editor: Editor,
    State(db): State<Db>,
    Path(id): Path<String>,
    upload: Upload,
) -> Answer {
    let file = upload.file("file").ok_or_else(|| {
        Refusal::new("file-missing", "Choose a picture first, then press the button.").field("file")
    })?;
    let path = format!("assets/{}", file.name.to_lowercase().replace(' ', "-"));
    let (written, bytes) = (path.clone(), file.bytes.clone());
    let (draft, ()) = change(&db, &editor, &id, move |tx, draft| {
        put(tx, draft, (&written, bytes.clone()))
    })
    .await?;
    Ok(see_other_saying(
        &draft.href(),
        &format!("The picture is there. In a lesson: ![what it shows]({path})."),
    ))
}

/// GET /drafts/{id}/assets/{name}
pub(super) async fn show_picture(
    _: Editor,
    State(db): State<Db>,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    let (_, folder) = open(&db, &id).await?;
    let body = folder
        .files
        .get(&format!("assets/{name}"))
        .ok_or(Error::Missing)?;
    let headers = [
        (header::CONTENT_TYPE, picture_kind(&name)),
        (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY),
    ];
    Ok((headers, body.clone()).into_response())
}

/// GET /drafts/{id}/folder.zip: the files, as `muster course lint` and `muster course publish` take them.
pub(super) async fn folder(_: Editor, State(db): State<Db>, Path(id): Path<String>) -> Answer {
    let (draft, folder) = open(&db, &id).await?;
    let bytes = packed(&draft.course_id, &folder)?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.zip\"", draft.course_id),
        ),
    ];
    Ok((headers, bytes).into_response())
}

async fn open(db: &Db, id: &str) -> Result<(Draft, Folder), Error> {
    let id: Id<DraftKind> = id.parse().map_err(|_| Error::Missing)?;
    db.read(move |reader| opened(reader, &id))
        .await?
        .ok_or(Error::Missing)
}

/// The files of a course that is only just begun.
pub(super) fn blank(filled: &Filled, today: Day) -> Folder {
    let mut file = writing::parse(BLANK).expect("the blank course is TOML, as a test holds");
    for key in ["id", "title", "owner", "language"] {
        file[key] = value(filled.one(key));
    }
    file["reviewed_on"] = value(today.to_string());
    file["review_due_on"] = value((today + 365).to_string());
    let lesson = "# First lesson\n\nSay in one sentence what goes wrong here, and what to do instead.\n";
    let question = "[[question]]\nid = \"first-1\"\nkind = \"single\"\ndifficulty = 2\nstem = \"\"\n";
    let files = [
        (COURSE_FILE, file.to_string()),
        ("lessons/01-first.md", lesson.to_owned()),
        ("questions/first.toml", question.to_owned()),
    ];
    Folder {
        files: files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text.into_bytes()))
            .collect(),
    }
}

const BLANK: &str = r#"id = ""
title = ""
summary = ""
leg = "training"
layer = "baseline"
method = "online"
minutes = 5
language = "en"
topics = []
risks = []
owasp = []
owner = ""
reviewed_on = ""
review_due_on = ""
pass_mark = 80
licence = "Internal"

[form]
questions = 1
attempts = 3
pause_hours = 24

[[objective]]
id = "first"
text = ""
draw = 1

[attestation]
version = 1
statement = "I completed this course myself."
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use db::Actor;

    #[test]
    fn a_lesson_is_named_after_its_place_and_title() {
        let mut folder = Folder::default();
        assert_eq!(
            lesson_path(&folder, "Über uns: was tun?"),
            "lessons/01-ber-uns-was-tun.md"
        );
        folder.files.insert("lessons/07-x.md".into(), Vec::new());
        assert_eq!(lesson_path(&folder, "???"), "lessons/08-lesson.md");
        assert!(crate::course::belongs(&lesson_path(&folder, &"long ".repeat(60))));
    }

    #[test]
    fn questions_that_are_added_at_once_are_all_there() {
        let db = Db::in_memory_for_tests();
        let edda = Actor::Person("acc_edda".into());
        let begun = db.write_blocking(edda, |tx| draft::begin_new(tx, "T01", &crate::sample::folder()));
        let draft = begun.expect("begun");
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (db, draft) = (&db, draft.clone());
                scope.spawn(move || {
                    let actor = Actor::Person(format!("acc_{n}"));
                    db.write_blocking(actor, move |tx| add_question(tx, &draft, "questions/judge.toml"))
                        .expect("added");
                });
            }
        });
        let before = read(&crate::sample::folder()).course.questions.len();
        let folder = db.read_blocking(move |reader| draft::folder(reader, &draft));
        let after = read(&folder.expect("read")).course.questions.len();
        assert_eq!(after, before + 8);
    }

    #[test]
    fn a_course_that_is_only_begun_reads_but_for_what_is_still_empty() {
        let filled = Filled::nothing()
            .with("id", "X01")
            .with("title", "Ours \"x\"")
            .with("owner", "Team")
            .with("language", "en");
        let folder = blank(&filled, Day::ymd(2026, 6, 1));
        let codes: Vec<&str> = crate::lint(&folder, Day::ymd(2026, 6, 1))
            .iter()
            .map(|fault| fault.code)
            .collect();
        assert!(
            codes.contains(&"empty-value") && !codes.contains(&"toml-syntax"),
            "{codes:?}"
        );
    }
}
