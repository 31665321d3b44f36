//! Whether what the course says of itself is true: topics, OWASP, CWE and ASVS ids, review, sources, pass mark.

use super::{Look, structure::short};
use crate::{
    course::COURSE_FILE,
    language, pinned,
    taxonomy::{TOPICS, nearest},
};

/// Days before the review is due in which the author is told.
const REVIEW_NOTICE_DAYS: i32 = 30;
/// ASVS 5.0.0 has the chapters V1 to V17.
const ASVS_CHAPTERS: u32 = 17;

pub(super) fn check(look: &mut Look<'_>) {
    topics(look);
    owasp(look);
    cwe(look);
    asvs(look);
    review(look);
    sources(look);
    let course = look.course();
    if !(50..=100).contains(&course.pass_mark) {
        let at = (COURSE_FILE, look.line("pass_mark"));
        look.error(
            at,
            "pass-mark",
            format!("A pass mark of {} % is not one.", course.pass_mark),
            "Write a number from 50 to 100; 80 is usual.",
        );
    }
    let language = &course.language;
    if !language.is_empty() && !language::is_tag(language) {
        let at = (COURSE_FILE, look.line("language"));
        look.error(
            at,
            "language-shape",
            format!("`{}` is not a language tag.", short(language)),
            "Write one like \"en\" or \"de-CH\".",
        );
    }
}

fn topics(look: &mut Look<'_>) {
    let at = (COURSE_FILE, look.line("topics"));
    let course = look.course();
    if course.topics.is_empty() {
        look.error(
            at,
            "no-topic",
            "The course is about no topic.",
            "Add topics = [\"…\"] from the list in the authors' guide.",
        );
    }
    for topic in course
        .topics
        .iter()
        .filter(|topic| !TOPICS.contains(&topic.as_str()))
    {
        let fix = match nearest(topic, TOPICS.iter().copied()) {
            Some(known) => format!("Did you mean `{known}`?"),
            None => format!("Use one of: {}.", TOPICS.join(", ")),
        };
        look.error(
            at,
            "unknown-topic",
            format!("`{}` is not a topic we know.", short(topic)),
            fix,
        );
    }
}

fn owasp(look: &mut Look<'_>) {
    let at = (COURSE_FILE, look.line("owasp"));
    for id in &look.course().owasp {
        if pinned::owasp(id).is_none() {
            let known: Vec<&str> = pinned::owasp_top10_2025()
                .iter()
                .map(|category| category.id.as_str())
                .collect();
            look.error(
                at,
                "unknown-owasp",
                format!("`{}` is not in the OWASP Top 10:2025.", short(id)),
                format!("Use one of: {}.", known.join(", ")),
            );
        }
    }
}

fn cwe(look: &mut Look<'_>) {
    let at = (COURSE_FILE, look.line("cwe"));
    let course = look.course();
    let named: Vec<_> = course.owasp.iter().filter_map(|id| pinned::owasp(id)).collect();
    for cwe in &course.cwe {
        if pinned::is_cwe_category(*cwe) {
            look.error(
                at,
                "cwe-category",
                format!("CWE-{cwe} is a category, not a weakness."),
                "Tag with the weakness itself.",
            );
        } else if !named.is_empty() && !named.iter().any(|category| category.holds(*cwe)) {
            let home = pinned::owasp_top10_2025()
                .iter()
                .find(|category| category.holds(*cwe));
            let fix = match home {
                Some(category) => format!(
                    "It is listed under {} {}; move it or add that id.",
                    category.id, category.name
                ),
                None => "The Top 10:2025 lists it nowhere; leave it only if it is taught here.".to_owned(),
            };
            look.warning(
                at,
                "cwe-elsewhere",
                format!("CWE-{cwe} is not listed under {}.", course.owasp.join(", ")),
                fix,
            );
        }
    }
}

fn asvs(look: &mut Look<'_>) {
    let at = (COURSE_FILE, look.line("asvs"));
    for id in &look.course().asvs {
        let parts: Option<Vec<u32>> = id
            .split('.')
            .map(|part| {
                if part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit()) {
                    part.parse().ok()
                } else {
                    None
                }
            })
            .collect();
        let good = parts.is_some_and(|parts| {
            matches!(parts[..], [chapter, section, number] if (1..=ASVS_CHAPTERS).contains(&chapter) && section > 0 && number > 0)
        });
        if !good {
            look.error(
                at,
                "asvs-shape",
                format!("`{}` is not a requirement of ASVS 5.0.0.", short(id)),
                "Write chapter.section.number, like \"1.2.4\".",
            );
        }
    }
}

fn review(look: &mut Look<'_>) {
    let course = look.course();
    let at = (COURSE_FILE, look.line("review_due_on"));
    let left = course.review_due_on - look.today;
    if course.review_due_on.0 == 0 || course.reviewed_on.0 == 0 {
        return; // missing or unreadable: said already
    }
    if course.review_due_on <= course.reviewed_on {
        look.error(
            at,
            "review-order",
            "The review is due before it was done.",
            "Set review_due_on after reviewed_on; a year is usual.",
        );
    } else if left < 0 {
        look.error(
            at,
            "review-overdue",
            format!("The review was due on {}.", course.review_due_on.long()),
            "Review the course, then set both days anew.",
        );
    } else if left <= REVIEW_NOTICE_DAYS {
        look.warning(
            at,
            "review-soon",
            format!("The review is due on {}.", course.review_due_on.long()),
            "Review the course, then set both days anew.",
        );
    }
}

fn sources(look: &mut Look<'_>) {
    let course = look.course();
    if course.sources.is_empty() {
        look.warning(
            (COURSE_FILE, 0),
            "no-source",
            "The course names no source.",
            "Add a [[source]] with title, url and read_on.",
        );
    }
    for (n, source) in course.sources.iter().enumerate() {
        if !source.url.is_empty() && !source.url.starts_with("https://") && !source.url.starts_with("http://")
        {
            let at = (COURSE_FILE, look.line(&format!("source.{n}")));
            look.error(
                at,
                "source-url",
                format!("`{}` is not an address on the web.", short(&source.url)),
                "Write it with https://.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        lint::lint,
        sample::{self, does_not_find, finds},
    };

    fn owasp(tags: &str) -> crate::Folder {
        sample::changed("course.toml", "owasp = []", tags)
    }

    #[test]
    fn words_out_of_the_closed_lists_are_known() {
        finds(
            "unknown-topic",
            &sample::changed("course.toml", "\"phishing\"", "\"pishing\""),
        );
        finds(
            "no-topic",
            &sample::changed("course.toml", "topics = [\"phishing\"]", "topics = []"),
        );
        finds(
            "unknown-word",
            &sample::changed("course.toml", "leg = \"training\"", "leg = \"trainng\""),
        );
        finds(
            "unknown-word",
            &sample::changed("course.toml", "layer = \"baseline\"", "layer = \"everyone\""),
        );
        finds(
            "unknown-word",
            &sample::changed("course.toml", "method = \"online\"", "method = \"on-line\""),
        );
    }

    #[test]
    fn owasp_ids_are_those_of_2025() {
        finds("unknown-owasp", &owasp("owasp = [\"A03:2021\"]"));
        does_not_find("unknown-owasp", &owasp("owasp = [\"A05:2025\"]"));
    }

    #[test]
    fn cwe_tags_are_weaknesses_of_the_category_named() {
        finds("cwe-category", &owasp("cwe = [16]"));
        finds("cwe-category", &owasp("cwe = [937]"));
        finds("cwe-elsewhere", &owasp("owasp = [\"A05:2025\"]\ncwe = [918]"));
        does_not_find(
            "cwe-elsewhere",
            &owasp("owasp = [\"A05:2025\", \"A01:2025\"]\ncwe = [89, 918]"),
        );
    }

    #[test]
    fn asvs_ids_have_the_shape_of_version_five() {
        for bad in ["V1.2.4", "1.2", "18.1.1", "1.0.1", "1.2.4.5", "1..2", ""] {
            finds("asvs-shape", &owasp(&format!("asvs = [\"{bad}\"]")));
        }
        does_not_find("asvs-shape", &owasp("asvs = [\"1.2.4\", \"17.1.1\"]"));
    }

    #[test]
    fn a_review_that_is_past_stops_and_one_that_is_near_warns() {
        let codes = |days| {
            let faults = lint(&sample::folder(), sample::review_due_on() - days);
            faults
                .iter()
                .map(|fault| (fault.code, fault.is_error()))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(-1), [("review-overdue", true)]);
        assert_eq!(codes(0), [("review-soon", false)]);
        assert_eq!(codes(30), [("review-soon", false)]);
        assert_eq!(codes(31), []);
        finds(
            "review-order",
            &sample::changed("course.toml", "review_due_on = \"2027", "review_due_on = \"2025"),
        );
    }

    #[test]
    fn sources_say_when_they_were_read() {
        finds(
            "missing-key",
            &sample::changed("course.toml", "read_on = \"2026-05-20\"", ""),
        );
        finds(
            "source-url",
            &sample::changed("course.toml", "https://example.org/report", "the report"),
        );
        let mut folder = sample::folder();
        let text = folder.text("course.toml").expect("in the sample");
        let without = text
            .split("[[source]]")
            .next()
            .expect("there is a part before it")
            .to_owned();
        folder.files.insert("course.toml".into(), without.into_bytes());
        finds("no-source", &folder);
    }

    #[test]
    fn a_pass_mark_is_between_fifty_and_a_hundred() {
        finds(
            "pass-mark",
            &sample::changed("course.toml", "pass_mark = 80", "pass_mark = 49"),
        );
        finds(
            "wrong-value",
            &sample::changed("course.toml", "pass_mark = 80", "pass_mark = 101"),
        );
    }

    #[test]
    fn there_is_a_statement_to_sign() {
        finds(
            "missing-key",
            &sample::changed("course.toml", "statement = ", "# "),
        );
        finds(
            "missing-key",
            &sample::changed("course.toml", "[attestation]", "[attested]"),
        );
        finds(
            "empty-value",
            &sample::changed("course.toml", "\"I have completed this course myself.\"", "\" \""),
        );
    }

    #[test]
    fn a_language_is_a_tag() {
        finds(
            "language-shape",
            &sample::changed("course.toml", "language = \"en\"", "language = \"English (UK)\""),
        );
    }
}
