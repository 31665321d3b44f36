//! One draft on one page: what is wrong, its parts, what it changes, and what is said of it.

use std::collections::BTreeMap;

use db::{Reader, Zone};
use identity::account;
use similar::TextDiff;
use web::{
    Column, Form, Markup, Opening, Standing, Table, act, button, button_link, html, note, panel, tag, trail,
};

use super::{
    faults, language as language_form,
    part::{self, Part, is_picture},
    section::SECTIONS,
};
use crate::{
    course::{self, Course},
    draft::{self, Draft, Saved},
    edition::{self, Edition},
    fault::Fault,
    folder::Folder,
    language,
    lint::lint,
    proposal::{self, Proposal},
    question::Pool,
    render,
};

/// Lines shown around a difference.
const AROUND: usize = 3;
/// Faults that are listed; whoever has more mends these first.
const FAULTS_SHOWN: usize = 50;

pub(super) struct Sheet {
    pub draft: Draft,
    folder: Folder,
    course: Course,
    base: Option<Edition>,
    base_folder: Folder,
    current: Option<Edition>,
    saved: BTreeMap<String, Saved>,
    writers: Vec<String>,
    proposals: Vec<Proposal>,
    /// By the name in the ledger, what to call them.
    names: BTreeMap<String, String>,
    faults: Vec<Fault>,
    zone: Zone,
}

impl Sheet {
    pub fn read(reader: &mut Reader, draft: Draft) -> db::Result<Sheet> {
        let folder = draft::folder(reader, &draft)?;
        let base = draft::base(reader, &draft)?;
        let base_folder = match &base {
            Some(base) => edition::files(reader, &base.id)?,
            None => Folder::default(),
        };
        let (writers, proposals) = (
            draft::writers(reader, &draft)?,
            proposal::of_draft(reader, &draft)?,
        );
        let mut names = BTreeMap::new();
        let reviewers = proposals
            .iter()
            .filter_map(|one| one.review.as_ref())
            .map(|review| &review.by);
        let everybody = writers
            .iter()
            .chain([&draft.begun_by])
            .chain(proposals.iter().map(|one| &one.by));
        for by in everybody.chain(reviewers) {
            if !names.contains_key(by) {
                names.insert(by.clone(), account::called(reader, by)?);
            }
        }
        let today = reader.today()?;
        Ok(Sheet {
            faults: lint(&folder, today),
            course: course::read(&folder).course,
            current: edition::current(reader, &draft.course_id)?,
            saved: draft::saved(reader, &draft)?,
            zone: reader.zone()?,
            writers,
            proposals,
            names,
            base,
            base_folder,
            folder,
            draft,
        })
    }

    fn errors(&self) -> usize {
        self.faults.iter().filter(|fault| fault.is_error()).count()
    }

    /// What waits for somebody else.
    fn proposed(&self) -> Option<&Proposal> {
        let newest = self.proposals.first()?;
        newest.waits(&self.draft, &self.folder).then_some(newest)
    }

    fn is_behind(&self) -> bool {
        draft::is_behind(self.base.as_ref(), self.current.as_ref())
    }

    fn changed(&self) -> Vec<&str> {
        let paths = self.folder.files.keys().chain(self.base_folder.files.keys());
        let mut changed: Vec<&str> = paths
            .filter(|path| self.folder.files.get(*path) != self.base_folder.files.get(*path))
            .map(String::as_str)
            .collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    fn finding(&self) -> String {
        let title = if self.course.title.is_empty() {
            &self.draft.course_id
        } else {
            &self.course.title
        };
        if self.draft.ended_at.is_some() {
            return format!("The draft of {title} has ended.");
        }
        if self.proposed().is_some() {
            return format!("{title} waits for a second person.");
        }
        match (self.errors(), self.changed().is_empty()) {
            (0, true) => format!("Nothing of {title} is changed yet."),
            (0, false) => format!("{title} can be proposed."),
            (1, _) => format!("One error stands between {title} and its next edition."),
            (many, _) => format!("{many} errors stand between {title} and its next edition."),
        }
    }

    pub fn opening(&self) -> Opening {
        let began = &self.names.get(&self.draft.begun_by);
        Opening::new(self.finding())
            .over(trail(&[("Courses", "/courses"), ("Drafts", "/drafts")], &self.draft.course_id))
            .lead(html! {
                "Begun by " @if let Some(name) = began { (name) } " on " (self.draft.begun_at.long(&self.zone))
                @match &self.base { Some(base) => { " from " a href=(base.href()) { "edition " (base.number) } "." }, None => " as a new course." }
                @if !self.writers.is_empty() { " Written by " (self.called(&self.writers)) "." }
            })
            .actions(html! {
                @if !self.changed().is_empty() { (button_link("See what it changes", &format!("{}/differences", self.draft.href()))) }
                (button_link("Take it away as files", &format!("{}/folder.zip", self.draft.href())))
            })
    }

    fn called(&self, who: &[String]) -> String {
        let names: Vec<&str> = who
            .iter()
            .filter_map(|by| self.names.get(by))
            .map(String::as_str)
            .collect();
        names.join(", ")
    }

    /// `actor` is who looks, as the ledger names them.
    pub fn body(&self, actor: &str, form: Form<'_>) -> Markup {
        html! {
            div.two {
                div.stack.roomy {
                    @if self.is_behind() && self.draft.ended_at.is_none() { (self.behind()) }
                    @if let Some(proposed) = self.proposed() { (self.review(proposed, actor, form)) }
                    (panel("What is wrong", faults::counted(&self.faults), self.faults()))
                    (self.lessons())
                    (self.questions())
                }
                div.stack.roomy {
                    (self.sections())
                    (self.languages())
                    (self.pictures())
                    (self.files())
                    @if self.draft.ended_at.is_none() && self.proposed().is_none() { (self.proposing(form)) }
                    @if !self.proposals.is_empty() { (self.history()) }
                    @if self.draft.ended_at.is_none() {
                        (act("Give the draft up", &format!("{}/end", self.draft.href()), Some("Give the draft up? The course stays as it is.")))
                    }
                }
            }
        }
    }

    fn behind(&self) -> Markup {
        let number = self.current.as_ref().map_or(0, |current| current.number);
        note(
            Standing::Attention,
            html! {
                p { "Edition " (number) " was published since this draft was begun. Bring it in before you propose yours: files that you have not changed become as they are there." }
                (act(&format!("Bring in edition {number}"), &format!("{}/base", self.draft.href()), None))
            },
        )
    }

    fn faults(&self) -> Markup {
        let mut sorted: Vec<&Fault> = self.faults.iter().collect();
        sorted.sort_by_key(|fault| !fault.is_error());
        html! {
            @if sorted.is_empty() { p.empty { "Nothing is wrong that a program can see." } }
            ul.stack {
                @for fault in sorted.iter().take(FAULTS_SHOWN) {
                    li {
                        (faults::mark(fault)) " "
                        @match self.mended_at(fault) {
                            Some(href) => a href=(href) { (fault.file) @if fault.line > 0 { ", line " (fault.line) } },
                            None => (fault.file),
                        }
                        ": " (render::inline(&fault.message)) " " span.soft { (render::inline(&fault.fix)) }
                    }
                }
            }
            @if sorted.len() > FAULTS_SHOWN { p.soft { "and " (sorted.len() - FAULTS_SHOWN) " more, once these are mended." } }
        }
    }

    /// The form of the part that it is about, or its file.
    fn mended_at(&self, fault: &Fault) -> Option<String> {
        language_form::of_fault((&self.draft, &self.course), fault)
            .or_else(|| part::of_fault(&self.course, fault).map(|part| part.href(&self.draft)))
    }

    fn sections(&self) -> Markup {
        let list = html! {
            ul.stack { @for section in SECTIONS { li { a href=(Part::Section(section).href(&self.draft)) { (section.title) } } } }
        };
        panel("The course", "", list)
    }

    fn languages(&self) -> Markup {
        let list = html! {
            ul.stack {
                @for (tag, translated) in &self.course.translations {
                    @let fits = translated.count(|_| true);
                    li {
                        a href={ (self.draft.href()) "/languages/" (tag) } lang=(tag) { (language::name(tag)) } " "
                        span.soft { (fits) " of " (translated.parts.len()) " parts" }
                    }
                }
            }
            form.row.centred method="post" action={ (self.draft.href()) "/languages" } {
                div.field.short { label for="new-language" { "Another language, by its tag" } input id="new-language" name="tag" type="text" maxlength="35" placeholder="de" required; }
                button.button type="submit" { "Translate" }
            }
        };
        panel("Languages", language::name(&self.course.language), list)
    }

    fn lessons(&self) -> Markup {
        let list = html! {
            ol.stack {
                @for lesson in &self.course.lessons {
                    li { a href=(Part::Lesson(lesson.file.clone()).href(&self.draft)) { (lesson.title) } " " span.soft { (lesson.words) " words" } (self.mark(&lesson.file)) }
                }
            }
            form.row.centred method="post" action={ (self.draft.href()) "/lessons" } {
                div.field { label for="new-lesson" { "Title of another lesson" } input id="new-lesson" name="title" type="text" maxlength="120" required; }
                button.button type="submit" { "Add the lesson" }
            }
        };
        panel("Lessons", "", list)
    }

    fn questions(&self) -> Markup {
        let objectives = || {
            self.course
                .objectives
                .iter()
                .filter(|objective| course::is_kebab(&objective.id))
        };
        let list = html! {
            @for objective in objectives() {
                h3 { (objective.text) }
                @for (pool, folder) in [(Pool::Course, "questions"), (Pool::TestOut, "test_out")] {
                    @let path = format!("{folder}/{}.toml", objective.id);
                    @let questions: Vec<&crate::Question> = self.course.pool_of(pool, &objective.id).collect();
                    @if pool == Pool::Course || self.course.test_out.is_some() || !questions.is_empty() {
                        p.soft { @if pool == Pool::TestOut { "For testing out: " } (questions.len()) " questions, " (objective.draw) " drawn" (self.mark(&path)) }
                        ul.stack {
                            @for question in questions {
                                li { a href=(Part::Question { path: path.clone(), id: question.id.clone() }.href(&self.draft)) { (render::inline(first_line(&question.stem))) } }
                            }
                        }
                        form.act method="post" action={ (self.draft.href()) "/questions" } {
                            input type="hidden" name="path" value=(path);
                            button.button type="submit" { "Add a question" span.visually-hidden { " on: " (objective.text) @if pool == Pool::TestOut { ", for testing out" } } }
                        }
                    }
                }
            }
            @if objectives().next().is_none() { p.empty { "Write the objectives first: each has questions of its own." } }
        };
        panel("Questions", "", list)
    }

    fn pictures(&self) -> Markup {
        let pictures = || self.folder.files.keys().filter(|path| is_picture(path));
        let list = html! {
            @if pictures().next().is_some() {
                ul.stack {
                    @for path in pictures() {
                        li {
                            a href={ (self.draft.href()) "/" (path) } { (path) } " "
                            form.act method="post" action={ (self.draft.href()) "/ends/files/" (path) } {
                                input type="hidden" name="seen" value=(self.saved.get(path).map_or(0, |saved| saved.number));
                                button.plain type="submit" { "Take out" span.visually-hidden { " " (path) } }
                            }
                        }
                    }
                }
            }
            form.stack method="post" enctype="multipart/form-data" action={ (self.draft.href()) "/assets" } {
                div.field {
                    label for="new-picture" { "A picture (SVG or PNG, at most 2 MB)" }
                    p.help #new-picture-help { "Its name becomes its address in a lesson: assets/door.svg." }
                    input id="new-picture" name="file" type="file" accept=".svg,.png" aria-describedby="new-picture-help" required;
                }
                button.button type="submit" { "Add the picture" }
            }
        };
        panel("Pictures", "", list)
    }

    fn files(&self) -> Markup {
        let list = html! {
            details {
                summary { "Every file as text" }
                ul.stack {
                    @for path in self.folder.files.keys().filter(|path| !is_picture(path)) {
                        li { a href=(Part::File(path.clone()).href(&self.draft)) { (path) } (self.mark(path)) }
                    }
                }
            }
        };
        panel("Files", "", list)
    }

    /// Whether the file was changed here, and by whom last.
    fn mark(&self, path: &str) -> Markup {
        let is_changed = self.folder.files.get(path) != self.base_folder.files.get(path);
        let by = self.saved.get(path).and_then(|saved| self.names.get(&saved.by));
        html! { @if is_changed { " " (tag(Standing::Attention, match by { Some(name) => format!("changed by {name}"), None => "changed".to_owned() })) } }
    }

    fn proposing(&self, form: Form<'_>) -> Markup {
        let is_ready = self.errors() == 0 && !self.changed().is_empty() && !self.is_behind();
        let body = html! {
            @if is_ready {
                form.stack.roomy method="post" action={ (self.draft.href()) "/proposals" } data-behaviour="leave" data-unsaved[form.is_refused()] {
                    (form.textarea("note", "What has changed, and why", 3).length_max(2_000).help("The second person reads it, and it stays with the edition."))
                    (button("Propose it"))
                }
            } @else {
                p { "It can be proposed once something is changed and no error is left." }
            }
            p.soft { "Somebody who wrote none of it publishes it: another editor, or an owner." }
        };
        panel("Propose it", "", body)
    }

    fn review(&self, proposed: &Proposal, actor: &str, form: Form<'_>) -> Markup {
        let is_own = proposal::is_own(&self.writers, proposed, actor);
        let body = html! {
            blockquote { p { (proposed.note) } }
            p.soft { (self.called(std::slice::from_ref(&proposed.by))) ", " (proposed.at.long(&self.zone)) ". SHA-256 of the content: " span.mono { (proposed.content_sha256) } }
            @if is_own {
                p { "You wrote or proposed some of it, so somebody else has to publish it: another editor, or an owner. Saving anything takes the proposal back." }
            } @else {
                form.stack.roomy method="post" action={ (self.draft.href()) "/proposals/" (proposed.id) "/review" } data-behaviour="leave" data-unsaved[form.is_refused()] {
                    (form.textarea("note", "What you say to it", 3).length_max(2_000).help("Needed when you send it back.").optional())
                    div.row.centred.actions {
                        button.button.main type="submit" name="outcome" value="publish" { "Publish it" }
                        button.button type="submit" name="outcome" value="send-back" { "Send it back" }
                    }
                }
                p.soft { "You publish what you see here. What people have completed stays completed; who is in the middle of an attempt goes on with the edition they began." }
            }
        };
        panel("Is it right?", "", body)
    }

    fn history(&self) -> Markup {
        let columns = [
            Column::new("Proposed"),
            Column::new("What was said").wide(),
            Column::new("What became of it").wide(),
        ];
        let rows = self.proposals.iter().map(|one| {
            let review = html! {
                @match &one.review {
                    Some(review) => {
                        @if review.edition.is_some() { (tag(Standing::Met, "published")) } @else { (tag(Standing::Attention, "sent back")) }
                        " by " (self.called(std::slice::from_ref(&review.by))) ", " (review.at.long(&self.zone)) "."
                        @if !review.note.is_empty() { " " (review.note) }
                    },
                    None if self.proposed().is_some_and(|proposed| proposed.id == one.id) => "waits",
                    None => "void: something was saved after it",
                }
            };
            [
                html! { (one.at.long(&self.zone)) },
                html! { (self.called(std::slice::from_ref(&one.by))) ": " (one.note) },
                review,
            ]
        });
        html! { (Table::new("Proposals", columns).rows(rows)) }
    }

    /// Line by line, what differs from the edition under it.
    pub fn differences(&self) -> Markup {
        let changed = self.changed();
        let finding = match changed.len() {
            0 => "Nothing is changed.".to_owned(),
            1 => "One file is changed.".to_owned(),
            many => format!("{many} files are changed."),
        };
        html! {
            (Opening::new(finding).over(trail(
                &[("Courses", "/courses"), ("Drafts", "/drafts"), (&self.draft.course_id, &self.draft.href())],
                "What it changes",
            )).lead("Lines that begin with − are taken out, lines that begin with + are new."))
            div.stack.roomy { @for path in changed { (panel(path, "", self.difference(path))) } }
        }
    }

    fn difference(&self, path: &str) -> Markup {
        let text = |folder: &Folder| folder.files.get(path).map(|body| String::from_utf8(body.clone()));
        let (before, after) = (text(&self.base_folder), text(&self.folder));
        if is_picture(path) {
            return html! { p { @match (before, after) { (None, _) => "A new picture.", (_, None) => "The picture is taken out.", _ => "Another picture." } } };
        }
        let readable = |text: Option<Result<String, _>>| text.and_then(Result::ok).unwrap_or_default();
        let (before, after) = (readable(before), readable(after));
        let difference = TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(AROUND)
            .to_string();
        render::code(&difference, None)
    }
}

fn first_line(stem: &str) -> &str {
    stem.trim().lines().next().unwrap_or(stem)
}
