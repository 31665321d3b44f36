//! An export is one list in one format, with the facts that let an auditor rely on it.
//!
//! `write` streams: memory grows with the number of people, for their names, and not with the rows. The file says
//! nothing about itself but its columns; who ran which query over which days, when, with how many rows, is
//! `export.json` beside it. Whoever runs an export for somebody leaves an entry with [`note_export`].
//!
//! Not here: the lists themselves (`exports`) and the door they are fetched through (`pages`, the command line).

use std::{collections::BTreeMap, io::Write};

use db::{Fault, Reader, Refusal, Result, Tx, Window};
use ledger::{Act, Entry};
use paper::{About, Columns, Export, FileFacts, Format};
use serde_json::json;

use crate::exports::{
    Listing, Source, Terms, access, assignments, attempts, attestations, completeness, completions,
    differences, entries, names::Names, people, reminders, suppliers, waivers,
};

/// A list that can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Who worked here.
    People,
    /// What was completed.
    Completions,
    /// What was tried.
    Attempts,
    /// What was signed.
    Attestations,
    /// What was owed.
    Assignments,
    /// What was waived.
    Waivers,
    /// What was said to whom about what they owed, and what was held back.
    Reminders,
    /// Whether the roster adds up.
    Completeness,
    /// Where a source and the roster differ.
    Differences,
    /// Who could get into which system.
    Access,
    /// Whose people work here without being ours.
    Suppliers,
    /// What is in the ledger.
    Ledger,
}

/// Words that mean something to an auditor and that nothing is recorded about yet.
const NOT_YET: [(&str, &str); 7] = [
    ("awareness", "awareness activities"),
    ("deliveries", "deliveries of awareness messages"),
    ("incidents", "incidents"),
    ("phishing", "phishing simulations"),
    ("reports", "reports of suspicious messages"),
    ("reviews", "reviews"),
    ("risks", "risks"),
];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which list.
    pub list: List,
    /// Over which days.
    pub window: Window,
    /// In which format.
    pub format: Format,
    /// The actor, as the ledger has it.
    pub run_by: String,
    /// The program's version.
    pub version: String,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Where the rows come from.
    pub about: About,
    /// The file.
    pub file: FileFacts,
}

impl List {
    /// Every list, in the order of a person's story.
    pub const ALL: [List; 12] = [
        List::People,
        List::Assignments,
        List::Attempts,
        List::Attestations,
        List::Completions,
        List::Waivers,
        List::Reminders,
        List::Completeness,
        List::Differences,
        List::Access,
        List::Suppliers,
        List::Ledger,
    ];

    /// As the command line and addresses have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Completions => "completions",
            Self::Attempts => "attempts",
            Self::Attestations => "attestations",
            Self::Assignments => "assignments",
            Self::Waivers => "waivers",
            Self::Reminders => "reminders",
            Self::Completeness => "completeness",
            Self::Differences => "differences",
            Self::Access => "access",
            Self::Suppliers => "suppliers",
            Self::Ledger => "ledger",
        }
    }

    /// The list of this name.
    ///
    /// # Errors
    /// A refusal that says which there are, or that nothing of the kind is recorded yet.
    pub fn parse(name: &str) -> std::result::Result<List, Refusal> {
        if let Some(list) = Self::ALL.into_iter().find(|list| list.name() == name) {
            return Ok(list);
        }
        let known: Vec<&str> = Self::ALL.iter().map(|list| list.name()).collect();
        let sentence = match NOT_YET.iter().find(|(word, _)| *word == name) {
            Some((_, what)) => {
                format!(
                    "muster does not record {what} yet, so there is nothing to export. There are {}.",
                    known.join(", ")
                )
            }
            None => format!("There is no list of that name. There are {}.", known.join(", ")),
        };
        Err(Refusal::new("no-such-list", sentence).field("what"))
    }

    /// Its columns.
    #[must_use]
    pub fn columns(self) -> Columns {
        (self.listing().columns)()
    }

    fn listing(self) -> Listing {
        match self {
            Self::People => people::LISTING,
            Self::Completions => completions::LISTING,
            Self::Attempts => attempts::LISTING,
            Self::Attestations => attestations::LISTING,
            Self::Assignments => assignments::LISTING,
            Self::Waivers => waivers::LISTING,
            Self::Reminders => reminders::LISTING,
            Self::Completeness => completeness::LISTING,
            Self::Differences => differences::LISTING,
            Self::Access => access::LISTING,
            Self::Suppliers => suppliers::LISTING,
            Self::Ledger => entries::LISTING,
        }
    }
}

/// The format of this ending.
///
/// # Errors
/// A refusal that says which there are.
pub fn format(ending: &str) -> std::result::Result<Format, Refusal> {
    Format::from_ending(ending).ok_or_else(|| {
        Refusal::new(
            "no-such-format",
            "There is no format of that name. Use csv, json or xlsx.",
        )
        .field("format")
    })
}

impl Order {
    /// A name for the file: `completions_2026-01-01_2026-12-31.csv`, with the last day of the window.
    #[must_use]
    pub fn file_name(&self) -> String {
        let Window { from, to } = self.window;
        format!("{}_{from}_{}.{}", self.list.name(), to - 1, self.format.ending())
    }
}

impl Made {
    /// The contents of `export.json`.
    ///
    /// # Errors
    /// A fault when it cannot be written as JSON.
    pub fn sidecar(&self) -> Result<Vec<u8>> {
        self.about
            .sidecar(std::slice::from_ref(&self.file))
            .map_err(|e| Fault::of("writing export.json", e).into())
    }
}

/// Writes the list to `out`, with everything that has been recorded up to now.
///
/// # Errors
/// A fault of the database or of `out`; for a spreadsheet, of a list that is too long for one.
pub fn write<W: Write + Send>(reader: &mut Reader, order: &Order, out: W) -> Result<(Made, W)> {
    let terms = Terms {
        window: order.window,
        known_at: reader.now(),
    };
    let names = Names::load(reader, terms)?;
    let mut about = about(reader, order.list, terms)?;
    about.run_by.clone_from(&order.run_by);
    about.version.clone_from(&order.version);
    let (mut file, out) = list(reader, (order.list, order.format), (terms, &names, &about), out)?;
    file.name = order.file_name();
    Ok((Made { about, file }, out))
}

/// Leaves the entry that somebody has taken this list away.
///
/// # Errors
/// A fault of the database.
pub fn note_export(tx: &mut Tx, made: &Made) -> Result<()> {
    let payload = json!({
        "list": made.about.query,
        "window": made.about.window,
        "file": made.file.name,
        "rows": made.file.rows,
        "sha256": made.file.sha256,
    });
    ledger::record(
        tx,
        Entry::about(Act::Exported, format!("list:{}", made.about.query)).payload(payload),
    )?;
    Ok(())
}

/// What is known of a list before it has run; who runs it is the caller's to say.
pub(crate) fn about(reader: &mut Reader, list: List, terms: Terms) -> Result<About> {
    let columns = list.columns();
    let checkpoint = ledger::proof::latest_at(reader, terms.known_at)?
        .map(|latest| format!("{} entries, root {}", latest.size, latest.root.base64()));
    Ok(About {
        title: columns.title.into_owned(),
        query: list.name().to_owned(),
        sources: list
            .listing()
            .sources
            .iter()
            .map(|&table| table.to_owned())
            .collect(),
        parameters: BTreeMap::from([("known_at".to_owned(), terms.known_at.to_string())]),
        window: Some(format!("{} to {}", terms.window.from, terms.window.to - 1)),
        run_at: terms.known_at.to_string(),
        checkpoint,
        ..About::default()
    })
}

/// Streams a list's rows into a file.
pub(crate) fn list<W: Write + Send>(
    reader: &mut Reader,
    (list, format): (List, Format),
    (terms, names, about): (Terms, &Names, &About),
    out: W,
) -> Result<(FileFacts, W)> {
    let listing = list.listing();
    let columns = (listing.columns)();
    let failed = |fault| Fault::of("writing an export", fault);
    let mut export = Export::begin(&columns, format, about, out).map_err(failed)?;
    let source = Source {
        terms,
        zone: reader.zone()?,
        names,
    };
    (listing.each)(reader, &source, &mut |cells| {
        Ok(export.row(cells).map_err(failed)?)
    })?;
    let finished = export.finish().map_err(failed)?;
    let facts = finished.facts(
        &format!("{}.{}", columns.name, format.ending()),
        format.media_type(),
    );
    Ok((facts, finished.out))
}
