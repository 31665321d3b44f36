//! Which fields there are, and in which words they are asked for.

use super::{Field, Folded, Group, Section, Typed};
use crate::{
    question::{Kind, OPTIONS_MAX},
    taxonomy::{Layer, Leg, Method, Word},
};

const fn field(key: &'static str, label: &'static str, help: &'static str, typed: Typed) -> Field {
    Field {
        key,
        label,
        help,
        typed,
    }
}

fn words<T: Word>() -> Vec<&'static str> {
    T::ALL.iter().map(|word| word.word()).collect()
}

fn difficulties() -> Vec<&'static str> {
    vec!["1", "2", "3"]
}

pub(in crate::pages::draft) const SECTIONS: &[Section] = &[
    Section {
        name: "about",
        title: "About the course",
        lead: "What it is called, whom it is for and who keeps it true.",
        fields: &[
            field("title", "Title", "", Typed::Line),
            field(
                "summary",
                "Summary",
                "One sentence for the list of courses.",
                Typed::Long(2),
            ),
            field("leg", "Leg", "", Typed::Word(words::<Leg>)),
            field("layer", "Layer", "Whom it is for.", Typed::Word(words::<Layer>)),
            field(
                "method",
                "Method",
                "How it is given.",
                Typed::Word(words::<Method>),
            ),
            field(
                "minutes",
                "Minutes",
                "What a learner is told it takes, questions included.",
                Typed::Number,
            ),
            field(
                "language",
                "Language",
                "A tag such as en, de or pt-BR.",
                Typed::Line,
            ),
            field(
                "topics",
                "Topics",
                "With commas between them: phishing, incident-reporting.",
                Typed::List,
            ),
            field(
                "risks",
                "Risks treated",
                "One a line, each in words a manager would use.",
                Typed::Lines,
            ),
            field(
                "owner",
                "Owner",
                "The team that keeps it true. No person: people leave.",
                Typed::Line,
            ),
            field(
                "reviewed_on",
                "Reviewed on",
                "The day somebody last checked every fact.",
                Typed::Day,
            ),
            field("review_due_on", "Next review by", "", Typed::Day),
            field(
                "licence",
                "Licence",
                "Such as CC-BY-4.0, or Internal.",
                Typed::Line,
            ),
            field(
                "owasp",
                "OWASP Top 10",
                "Such as A05:2025; empty where it is not about software.",
                Typed::List,
            ),
            field("cwe", "Weaknesses", "CWE numbers: 79, 89.", Typed::Numbers),
            field("asvs", "ASVS 5.0.0", "Such as 1.2.4.", Typed::List),
        ],
        groups: &[],
        more: &[],
        folded: None,
    },
    Section {
        name: "objectives",
        title: "Objectives",
        lead: "What people can do afterwards. Each has a pool of questions of its own, named after its id.",
        fields: &[],
        groups: &[Group {
            key: "objective",
            noun: "Objective",
            least: 1,
            most: 20,
            fields: &[
                field("id", "Id", "Lower-case letters, digits and dashes.", Typed::Line),
                field(
                    "text",
                    "Afterwards people can …",
                    "Begin with a verb: “Report a message in one step.”",
                    Typed::Long(2),
                ),
                field(
                    "draw",
                    "Questions drawn",
                    "For one attempt. The pool needs three times as many.",
                    Typed::Number,
                ),
            ],
        }],
        more: &[],
        folded: None,
    },
    Section {
        name: "assessment",
        title: "Assessment",
        lead: "How many questions, how often, and what is enough.",
        fields: &[
            field(
                "form.questions",
                "Questions of an attempt",
                "As many as the objectives draw together.",
                Typed::Number,
            ),
            field("pass_mark", "Pass mark, in percent", "", Typed::Number),
            field("form.attempts", "Attempts before the pause", "", Typed::Number),
            field(
                "form.pause_hours",
                "Pause, in hours",
                "0 for none.",
                Typed::Number,
            ),
            field(
                "test_out.pass_mark",
                "Pass mark for testing out, in percent",
                "Empty where nobody can test out. It needs pools of its own.",
                Typed::Number,
            ),
            field(
                "spaced_checks",
                "A short check after 7, 30 and 120 days",
                "",
                Typed::Tick,
            ),
        ],
        groups: &[],
        more: &[],
        folded: None,
    },
    Section {
        name: "statement",
        title: "Statement",
        lead: "What people sign at the end. Raise the version whenever its words change.",
        fields: &[
            field("attestation.version", "Version", "", Typed::Number),
            field(
                "attestation.statement",
                "Statement",
                "In the first person, and only what somebody can honestly say after this course.",
                Typed::Long(6),
            ),
        ],
        groups: &[],
        more: &[],
        folded: None,
    },
    Section {
        name: "sources",
        title: "Sources",
        lead: "Where the facts come from, so that the next review can read them again.",
        fields: &[],
        groups: &[Group {
            key: "source",
            noun: "Source",
            least: 1,
            most: 60,
            fields: &[
                field("title", "Title", "", Typed::Line),
                field("url", "Address", "", Typed::Line),
                field("read_on", "Read on", "", Typed::Day),
            ],
        }],
        more: &[],
        folded: None,
    },
    Section {
        name: "changes",
        title: "What has changed",
        lead: "Shown first to those who did an earlier edition, so that they need not read the whole course again.",
        fields: &[],
        groups: &[Group {
            key: "change",
            noun: "Change",
            least: 1,
            most: 60,
            fields: &[
                field(
                    "on",
                    "Written on",
                    "Whoever completed an edition from before is told of it.",
                    Typed::Day,
                ),
                field(
                    "text",
                    "What is new",
                    "A sentence to the learner.",
                    Typed::Long(2),
                ),
                field(
                    "lessons",
                    "In the lessons",
                    "Their names, with commas: 02-your-own-route.",
                    Typed::List,
                ),
            ],
        }],
        more: &[],
        folded: None,
    },
];

pub(in crate::pages::draft) const QUESTION: Section = Section {
    name: "question",
    title: "Question",
    lead: "",
    fields: &[
        field(
            "stem",
            "Question",
            "Ask what to do in a situation that happens here.",
            Typed::Long(4),
        ),
        field(
            "kind",
            "Kind",
            "single: one answer. multiple: all that apply. true-false. order: the steps below, in their right order. find-the-line: a line of the code. choose-the-fix: one change to the code.",
            Typed::Word(words::<Kind>),
        ),
    ],
    groups: &[Group {
        key: "option",
        noun: "Answer",
        least: 4,
        most: OPTIONS_MAX,
        fields: &[
            field("text", "Answer", "", Typed::Long(2)),
            field("correct", "Right", "", Typed::Tick),
            field("feedback", "What is said about it", "", Typed::Long(2)),
            field("code", "It is code", "", Typed::Tick),
        ],
    }],
    more: &[
        field(
            "difficulty",
            "Difficulty",
            "1 is easy, 3 is hard.",
            Typed::Word(difficulties),
        ),
        field(
            "critical",
            "Has to be right to pass, whatever the score",
            "",
            Typed::Tick,
        ),
        field(
            "fixed_order",
            "Show the answers in the order written here",
            "They are shuffled otherwise.",
            Typed::Tick,
        ),
        field(
            "explanation",
            "Explanation",
            "Shown to everybody after marking.",
            Typed::Long(3),
        ),
        field(
            "id",
            "Id",
            "Lower-case letters, digits and dashes. Results are kept under it: a question that asks something else gets a new one.",
            Typed::Line,
        ),
    ],
    folded: Some(Folded {
        summary: "For a question about code",
        fields: &[
            field("code", "Code", "Shown above the answers.", Typed::Long(8)),
            field(
                "language",
                "Language of the code",
                "Such as python or rust.",
                Typed::Line,
            ),
            field(
                "otherwise",
                "Said of any other line",
                "For find-the-line.",
                Typed::Long(2),
            ),
        ],
        groups: &[Group {
            key: "line",
            noun: "Line of the code",
            least: 1,
            most: OPTIONS_MAX,
            fields: &[
                field(
                    "number",
                    "Line",
                    "Counted from 1. For find-the-line.",
                    Typed::Number,
                ),
                field("correct", "Right", "", Typed::Tick),
                field("feedback", "What is said about it", "", Typed::Long(2)),
            ],
        }],
    }),
};
