//! Samples of both documents, usual and hostile; `PAPER_SHOTS=<folder>` is not needed to pass.

use super::*;

fn stamp(title: &str) -> Stamp {
    Stamp { title: title.into(), author: "Harlow & Pike".into(), made_at: 1_780_304_400_000 }
}

fn certificate(name: &str) -> Certificate {
    Certificate {
        stamp: stamp("Certificate of completion, Farah Idris"),
        language: "en".into(),
        organisation: "Harlow & Pike".into(),
        heading: "Certificate of completion".into(),
        name: name.into(),
        lead: "has completed".into(),
        subject: "Security baseline: the ten things everybody does".into(),
        edition: "Edition 3, published 4 May 2026".into(),
        statement: "“I have read and understood this material, I did the exercises myself, and I will follow it in my work.” \
            Attested 1 June 2026 at 09:41 UTC, signed in with a passkey."
            .into(),
        facts: vec![
            Fact::new("Completed", "1 June 2026"),
            Fact::new("Score", "92 %"),
            Fact::new("Time taken", "38 minutes"),
            Fact::new("Valid until", "1 June 2027"),
        ],
        number: Fact::new("No.", "crt_01JX2Y7M0Q4Z8T5R"),
        check: Some(Check {
            label: "Check this certificate at".into(),
            address: "https://training.harlowpike.example/check/crt_01JX2Y7M0Q4Z8T5R".into(),
        }),
    }
}

fn report(rows: usize) -> Report {
    let tones = [Tone::Met, Tone::Met, Tone::Gap, Tone::Attention];
    Report {
        stamp: stamp("Yearly refresh, 2026"),
        language: "en".into(),
        organisation: "Harlow & Pike".into(),
        title: "Everyone refreshed the baseline every year, except three people for parts of it.".into(),
        lead: "1 January to 31 December 2026. 247 of 250 people had no uncovered day; 3 had, 189 person-days in all.".into(),
        facts: vec![
            Fact::new("Population", "250 people, HR and contractor lists of 31 December, reconciled"),
            Fact::new("Rule", "365 days, no grace (policy 2.0, section 4)"),
            Fact::new("Checkpoint", "7be1".repeat(16)),
        ],
        blocks: vec![
            Block::Roll(Roll {
                title: "One mark per person".into(),
                groups: vec![
                    (Tone::Met, 231, "covered".into()),
                    (Tone::Attention, 8, "due within 14 days".into()),
                    (Tone::Gap, 11, "uncovered".into()),
                    (Tone::Out, 6, "on leave".into()),
                ],
            }),
            Block::Heading { text: "In words an auditor uses".into() },
            Block::Paragraph {
                text: "For 3 of 250 people in the population, completion of baseline training within 365 days was not evidenced \
                    for the whole period. Each is listed with the dates."
                    .into(),
            },
            Block::Note { tone: Tone::Gap, text: "Chidi Nwosu has been uncovered since 21 July.".into() },
            Block::Strips {
                title: "Those with gaps".into(),
                strips: vec![
                    Strip {
                        label: "Ada Osei".into(),
                        spans: vec![
                            Span::new(0.16, 0.245, Tone::Attention),
                            Span::new(0.245, 0.256, Tone::Gap),
                            Span::new(0.256, 1.0, Tone::Met),
                        ],
                        sentence: "uncovered 1–4 April (4 days): finished 5 days after the 30-day limit".into(),
                    },
                    Strip {
                        label: "Dana Ruiz".into(),
                        spans: vec![
                            Span::new(0.0, 0.1, Tone::Met),
                            Span::new(0.1, 0.58, Tone::Out),
                            Span::new(0.58, 0.8, Tone::Met),
                            Span::new(0.8, 1.0, Tone::Gap),
                        ],
                        sentence: "on leave 4 February to 1 August; uncovered since 19 October".into(),
                    },
                ],
            },
            Block::Heading { text: "Everybody in the population".into() },
            Block::Table(Grid {
                caption: "Sorted by name".into(),
                columns: vec![
                    GridColumn::words("Person", 3),
                    GridColumn::words("Owed", 4),
                    GridColumn::words("Done", 0),
                    GridColumn::numbers("Score"),
                    GridColumn::words("Result", 0),
                ],
                rows: (0..rows)
                    .map(|row| {
                        vec![
                            Words::from(format!("Person {row}")),
                            "Baseline, edition 3".into(),
                            "22 Oct 2025".into(),
                            format!("{} %", 70 + row % 31).into(),
                            Words::toned(tones[row % 4], ["on time", "on time", "4 days late", "due soon"][row % 4]),
                        ]
                    })
                    .collect(),
            }),
        ],
        foot: "Made 1 June 2026 09:00 UTC by Jonas Weil".into(),
        page_words: "Page {page} of {pages}".into(),
    }
}

fn keep(name: &str, bytes: &[u8]) {
    let folder = std::path::Path::new("/tmp/paper");
    std::fs::write(folder.join(name), bytes).expect("the target folder can be written to");
}

#[test]
fn a_certificate_is_one_page_and_the_same_twice() {
    let document = Document::Certificate(certificate("Farah Idris"));
    let made = document.typeset().expect("it is typeset");
    keep("certificate.pdf", &made.bytes);
    assert_eq!(made.pages, 1);
    assert!(made.bytes.starts_with(b"%PDF-"));
    assert_eq!(made.bytes, document.render().expect("it is typeset again"));
}

#[test]
fn a_certificate_stays_one_page_whatever_the_name() {
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(300);
    for name in [
        "#import \"x\": *", "$ \\alpha $", "*_`<@", "\"';--", "محمد بن عبد الله", "王小明 さくら 김민준", "👩🏽‍💻 Ada 🏴‍☠️", "Z\u{35f}a\u{489}lgo\u{301}",
        "\u{0}\u{7}\u{202e}live\u{feff}", "अनिता ক தமிழ் ไทย ស្រី", "", "🦄🫠𓀀", &long,
    ] {
        let mut hostile = certificate(name);
        hostile.organisation = name.into();
        hostile.subject = name.into();
        hostile.heading = name.into();
        hostile.statement = name.into();
        hostile.stamp.title = name.into();
        hostile.language = name.chars().take(3).collect();
        hostile.facts = vec![Fact::new(name, name); 9];
        hostile.number = Fact::new(name, name);
        hostile.check = Some(Check { label: name.into(), address: name.into() });
        let made = Document::Certificate(hostile).typeset();
        let made = made.unwrap_or_else(|fault| panic!("{}: {fault}", name.chars().take(20).collect::<String>()));
        keep(&format!("h{}.pdf", name.len()), &made.bytes);
        assert_eq!(made.pages, 1, "{}", name.chars().take(20).collect::<String>());
    }
}

#[test]
fn a_report_has_pages_and_is_the_same_twice() {
    let document = Document::Report(report(120));
    let made = document.typeset().expect("it is typeset");
    assert!(made.pages >= 4, "{} pages", made.pages);
    assert_eq!(made.bytes, document.render().expect("it is typeset again"));
}

#[test]
fn an_empty_report_and_a_ragged_table_are_printed() {
    let mut empty = report(0);
    empty.facts.clear();
    empty.lead.clear();
    empty.title.clear();
    let columns = vec![GridColumn::words("A", 1), GridColumn::words("B", 0)];
    let ragged = Grid { caption: String::new(), columns, rows: vec![vec![], vec!["#a".into(), "b".into(), "c".into()]] };
    empty.blocks = vec![
        Block::Table(ragged),
        Block::Table(Grid { caption: String::new(), columns: Vec::new(), rows: Vec::new() }),
        Block::Roll(Roll { title: String::new(), groups: Vec::new() }),
        Block::Heading { text: String::new() },
        Block::Strips { title: String::new(), strips: vec![Strip { label: String::new(), spans: vec![Span::new(f64::NAN, 9.0, Tone::Met)], sentence: String::new() }] },
        Block::Facts { facts: Vec::new() },
        Block::PageBreak,
    ];
    Document::Report(empty).render().expect("nothing in it is an error");
}

#[test]
fn a_report_over_the_limit_is_refused_before_it_is_typeset() {
    let fault = Document::Report(report(ROWS_MAX + 1)).render().expect_err("it is too long");
    assert!(matches!(fault, PaperFault::TooLarge { limit: ROWS_MAX, .. }));
}

#[test]
fn a_description_travels_as_json() {
    let document = Document::Report(report(2));
    let text = serde_json::to_string(&document).expect("it is JSON");
    assert_eq!(serde_json::from_str::<Document>(&text).expect("it reads back"), document);
    let mut output = Vec::new();
    crate::serve_render(text.as_bytes(), &mut output).expect("it is rendered");
    keep("report.pdf", &output);
    assert!(output.starts_with(b"%PDF-"));
}

#[test]
fn a_file_name_is_plain() {
    assert_eq!(Document::Report(report(0)).file_stem(), "yearly-refresh-2026");
    let mut nameless = report(0);
    nameless.stamp.title = "報告".into();
    assert_eq!(Document::Report(nameless).file_stem(), "document");
}
