//! One course on one page: facts, objectives, lessons, questions with their keys, sources, editions.

use std::sync::Arc;

use db::{Day, Zone};
use web::{Column, Markup, Opening, Standing, Table, facts, html, note, panel, tag, trail};

use super::translation;
use crate::{
    course::Course,
    edition::Edition,
    language,
    question::{Kind, Pool, Question},
    render,
    taxonomy::Word,
};

pub(super) struct Sheet {
    pub course: Arc<Course>,
    /// The edition shown; `None` for a shipped course before its first.
    pub edition: Option<Edition>,
    /// All of the course, newest first.
    pub editions: Vec<Edition>,
    pub today: Day,
    pub zone: Zone,
    /// `None` where the edition was not written here.
    pub origin: Option<Origin>,
}

/// Who stands behind an edition, by name. Two people at least.
pub(super) struct Origin {
    pub written_by: String,
    pub proposed_by: String,
    pub published_by: String,
    pub note: String,
}

/// Questions are shown with their keys or not at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Questions {
    WithKeys,
    Hidden,
}

impl Sheet {
    pub fn opening(&self, button: Option<Markup>) -> Opening {
        let course = &self.course;
        let opening = Opening::new(&course.title)
            .spoken(&course.spoken, language::direction(&course.spoken))
            .over(trail(&[("Courses", "/courses")], &course.id))
            .lead(html! { span lang=(course.spoken) dir=[language::direction(&course.spoken)] { (render::inline(&course.summary)) } });
        match button {
            Some(button) => opening.actions(button),
            None => opening,
        }
    }

    pub fn body(&self, questions: Questions) -> Markup {
        let course = &self.course;
        let assets = self
            .edition
            .as_ref()
            .map(Edition::assets_href)
            .unwrap_or_default();
        let lessons = course.lessons.len();
        html! {
            div.stack.roomy {
                (self.standing())
                (panel("Facts", "", self.facts()))
                @if questions == Questions::WithKeys { (self.origin()) }
                (self.objectives())
                @if let Some(edition) = &self.edition { (translation::table(course, edition)) }
                @for (n, lesson) in course.lessons.iter().enumerate() {
                    (panel(&lesson.title, format!("lesson {} of {lessons}", n + 1), spoken(&lesson.spoken, render::lesson(&lesson.body, &assets, 2))))
                }
                @if questions == Questions::WithKeys {
                    (self.answers())
                    @for objective in &course.objectives {
                        @let pool: Vec<&Question> = course.pool(&objective.id).collect();
                        (panel(
                            &objective.text,
                            format!("{} questions, {} drawn", pool.len(), objective.draw),
                            html! { @for question in pool { (with_key(question)) } },
                        ))
                        @let others: Vec<&Question> = course.pool_of(Pool::TestOut, &objective.id).collect();
                        @if !others.is_empty() {
                            (panel(
                                &format!("For testing out: {}", objective.text),
                                format!("{} questions, {} drawn", others.len(), objective.draw),
                                html! { @for question in others { (with_key(question)) } },
                            ))
                        }
                    }
                }
                (panel("Statement signed at the end", format!("version {}", course.attestation.version), html! {
                    blockquote { p lang=(course.attestation.spoken) dir=[language::direction(&course.attestation.spoken)] { (course.attestation.statement) } }
                }))
                (self.changes())
                (self.sources())
                (self.history())
            }
        }
    }

    fn standing(&self) -> Markup {
        match (&self.edition, self.editions.first()) {
            (None, _) => note(
                Standing::Attention,
                html! { p { b { "Not published yet." } " Nobody can be assigned this course before it is." } },
            ),
            (Some(shown), Some(newest)) if newest.number != shown.number => note(
                Standing::Attention,
                html! {
                    p {
                        "Edition " (shown.number + 1) " replaced this one on "
                        (self.editions.iter().rev().find(|edition| edition.number == shown.number + 1).map(|edition| edition.published_at.long(&self.zone)).unwrap_or_default())
                        ". " a href={ "/courses/" (shown.course_id) } { "Read the current edition" } "."
                    }
                },
            ),
            _ => html! {},
        }
    }

    /// The way to how the questions do; those who may not see it are told there.
    fn answers(&self) -> Markup {
        html! {
            @if let Some(edition) = &self.edition {
                p { a href={ "/courses/" (edition.course_id) "/editions/" (edition.number) "/item-analysis" } { "How the questions do, and which to mend first" } }
                p { a href={ "/courses/" (edition.course_id) "/editions/" (edition.number) "/panel" } { "A panel on the pass mark" } }
            }
        }
    }

    fn facts(&self) -> Markup {
        let course = &self.course;
        let mut lines: Vec<(&str, Markup)> = vec![
            ("Leg", html! { (course.leg.word()) }),
            ("Layer", html! { (course.layer.word()) }),
            ("Method", html! { (course.method.word().replace('_', " ")) }),
            ("Takes", html! { (course.minutes) " minutes" }),
            (
                "Language",
                html! { span lang=(course.language) { (language::name(&course.language)) } },
            ),
            ("Topics", html! { (course.topics.join(", ")) }),
            ("Risks treated", html! { (course.risks.join("; ")) }),
        ];
        let cwe: Vec<String> = course.cwe.iter().map(|cwe| format!("CWE-{cwe}")).collect();
        for (name, values) in [
            ("OWASP Top 10", &course.owasp),
            ("Weaknesses", &cwe),
            ("ASVS 5.0.0", &course.asvs),
        ] {
            if !values.is_empty() {
                lines.push((name, html! { (values.join(", ")) }));
            }
        }
        lines.push(("Assessment", html! {
            (course.form.questions) " of " (course.pool_size(Pool::Course)) " questions, " (course.pass_mark) " % to pass, "
            (course.form.attempts) " attempts, then a pause of " (course.form.pause_hours) " hours"
        }));
        if let Some(test_out) = course.test_out {
            lines.push(("Testing out", html! {
                (course.form.questions) " of " (course.pool_size(Pool::TestOut)) " other questions, " (test_out.pass_mark)
                " % to pass, one try a year"
            }));
        }
        if course.spaced_checks {
            lines.push((
                "Afterwards",
                html! { "A short check after 7, 30 and 120 days, which counts against nobody" },
            ));
        }
        lines.push(("Owner", html! { (course.owner) }));
        lines.push((
            "Reviewed",
            html! {
                (course.reviewed_on.long()) "; next by " (super::review(course.review_due_on, self.today))
            },
        ));
        lines.push(("Licence", html! { (course.licence) }));
        if let Some(edition) = &self.edition {
            lines.push((
                "Edition",
                html! { (edition.number) ", published " (edition.published_at.long(&self.zone)) },
            ));
            lines.push((
                "SHA-256 of the content",
                html! { span.mono { (edition.content_sha256) } },
            ));
        }
        facts(lines)
    }

    fn origin(&self) -> Markup {
        let Some(origin) = &self.origin else {
            return html! {};
        };
        let lines = [
            ("Written by", html! { (origin.written_by) }),
            ("Proposed by", html! { (origin.proposed_by) }),
            ("Looked over and published by", html! { (origin.published_by) }),
            ("What changed, and why", html! { (origin.note) }),
        ];
        panel("How it came about", "", facts(lines))
    }

    fn objectives(&self) -> Markup {
        let columns = [
            Column::new("Afterwards you can"),
            Column::new("Drawn").number(),
            Column::new("Pool").number(),
        ];
        let rows = self.course.objectives.iter().map(|objective| {
            [
                html! { span lang=(objective.spoken) dir=[language::direction(&objective.spoken)] { (objective.text) } },
                html! { (objective.draw) },
                html! { (self.course.pool(&objective.id).count()) },
            ]
        });
        html! { (Table::new("Objectives", columns).rows(rows)) }
    }

    fn changes(&self) -> Markup {
        html! {
            @if !self.course.changes.is_empty() {
                (panel("What has changed", "shown first to those who did an earlier edition", html! {
                    ul.stack { @for change in self.course.changes_since(Day(i32::MIN)) { li { (change.on.long()) ": " (change.text) } } }
                }))
            }
        }
    }

    fn sources(&self) -> Markup {
        let columns = [Column::new("Source"), Column::new("Read on")];
        let rows = self.course.sources.iter().map(|source| {
            let link = html! {
                @if render::is_safe_link(&source.url) { a href=(source.url) rel="noopener noreferrer" { (source.title) } }
                @else { (source.title) }
            };
            [link, html! { (source.read_on.short()) }]
        });
        html! { (Table::new("Sources", columns).empty("The course names no source.").rows(rows)) }
    }

    fn history(&self) -> Markup {
        let columns = [
            Column::new("Edition"),
            Column::new("Published"),
            Column::new("SHA-256 of the content"),
        ];
        let rows = self.editions.iter().map(|edition| {
            let is_shown = self.edition.as_ref().is_some_and(|shown| shown.number == edition.number);
            [
                html! { a href=(edition.href()) aria-current=[is_shown.then_some("true")] { "Edition " (edition.number) } },
                html! { (edition.published_at.long(&self.zone)) },
                html! { span.mono { (edition.content_sha256) } },
            ]
        });
        html! { (Table::new("Editions", columns).empty("There is no edition yet.").rows(rows)) }
    }
}

/// A question as its author and its auditor see it.
pub(in crate::pages) fn with_key(question: &Question) -> Markup {
    html! {
        article.stack id={ "question-" (question.id) } {
            h3 { (question.id) }
            p.soft {
                (question.kind.word()) ", difficulty " (question.difficulty) " of 3"
                @if question.critical { ", must be right to pass" }
            }
            (spoken(&question.spoken, render::text(&question.stem)))
            @if let Some(code) = &question.code { (render::numbered_code(code, question.language.as_deref())) }
            @match question.kind {
                Kind::FindTheLine => (lines(question)),
                Kind::Order => ol { (options(question)) },
                _ => ul { (options(question)) },
            }
            @if let Some(explanation) = &question.explanation { (spoken(&question.spoken, render::text(explanation))) }
        }
    }
}

/// A text of the course, in its own language.
fn spoken(tag: &str, text: Markup) -> Markup {
    html! { div.stack lang=(tag) dir=[language::direction(tag)] { (text) } }
}

fn options(question: &Question) -> Markup {
    let direction = language::direction(&question.spoken);
    html! {
        @for option in &question.options {
            li {
                @if option.code { (render::code(&option.text, question.language.as_deref())) }
                @else { span lang=(question.spoken) dir=[direction] { (render::inline(&option.text)) } }
                @if question.kind != Kind::Order { " " @if option.correct { (right()) } @else { (wrong()) } }
                @if let Some(feedback) = &option.feedback { br; span.soft lang=(question.spoken) dir=[direction] { (render::inline(feedback)) } }
            }
        }
    }
}

fn lines(question: &Question) -> Markup {
    let direction = language::direction(&question.spoken);
    html! {
        ul {
            @for line in &question.lines {
                li {
                    "Line " (line.number) " "
                    @if line.correct { (right()) } @else { (wrong()) }
                    @if let Some(feedback) = &line.feedback { br; span.soft lang=(question.spoken) dir=[direction] { (render::inline(feedback)) } }
                }
            }
            @if let Some(otherwise) = &question.otherwise { li { "Any other line: " (render::inline(otherwise)) } }
        }
    }
}

fn right() -> Markup {
    tag(Standing::Met, "right")
}

fn wrong() -> Markup {
    tag(Standing::None, "wrong")
}
