//! Typesets a template into a PDF that an archive keeps and a screen reader reads (PDF/A-2a and PDF/UA-1).
//!
//! - The typesetter sees one source and the values given with it: every file, package and clock is refused.
//! - Values arrive as `sys.inputs`, never as part of the source, so no text can become markup.
//! - The same source, values and stamp give the same bytes.
//! - Conformance is the typesetter's own check; no outside validator has been run.
//!
//! Not here: memory and time limits ([`crate::child`]). Typesetting keeps what it allocates, so a server should use that.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Smart, Str};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::PaperFault;
use crate::fonts::FONTS;

/// What the file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// Shown by readers in the title bar; must not be empty.
    pub title: String,
    /// The organisation that issues the document.
    pub author: String,
    /// The instant of making, UTC milliseconds since 1970.
    pub made_at: i64,
}

/// A PDF and its number of pages.
pub(crate) struct Typeset {
    pub(crate) bytes: Vec<u8>,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests count pages"))]
    pub(crate) pages: usize,
}

/// Deep documents recurse; a thread of a server has too small a stack for them in a build without optimisation.
const STACK: usize = 32 << 20;

/// Typesets `source`. The inputs are strings in `sys.inputs`, beside `title` and `author` from the stamp.
///
/// # Errors
/// When the source is not valid, or the document breaks one of the two standards (a missing letter, say).
pub fn render(source: &str, inputs: &[(&str, &str)], stamp: &Stamp) -> Result<Vec<u8>, PaperFault> {
    typeset(source, inputs, stamp).map(|made| made.bytes)
}

pub(crate) fn typeset(source: &str, inputs: &[(&str, &str)], stamp: &Stamp) -> Result<Typeset, PaperFault> {
    let made = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || compile(source, inputs, stamp));
        worker
            .map_err(PaperFault::io("starting the typesetter"))?
            .join()
            .unwrap_or_else(|_| {
                Err(PaperFault::Typeset(
                    "the typesetter failed on its own account".to_owned(),
                ))
            })
    });
    // Also after a failure: the cache would otherwise keep every document ever made.
    comemo::evict(0);
    made
}

fn compile(source: &str, inputs: &[(&str, &str)], stamp: &Stamp) -> Result<Typeset, PaperFault> {
    let desk = Desk::new(source, inputs, stamp);
    let document: PagedDocument = typst::compile(&desk).output.map_err(|errors| fault(&errors))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .expect("PDF/A-2a and PDF/UA-1 go together; every test of a PDF passes here");
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some("muster".to_owned())),
        timestamp: datetime(stamp.made_at).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| fault(&errors))?;
    Ok(Typeset {
        bytes,
        pages: document.pages().len(),
    })
}

/// All that the typesetter can see.
struct Desk {
    library: LazyHash<Library>,
    source: Source,
}

static MAIN: LazyLock<FileId> = LazyLock::new(|| {
    let path = VirtualPath::new("main.typ").expect("a plain file name is a path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
});

impl Desk {
    fn new(source: &str, inputs: &[(&str, &str)], stamp: &Stamp) -> Desk {
        let own = [("title", stamp.title.as_str()), ("author", stamp.author.as_str())];
        let values: Dict = inputs
            .iter()
            .chain(&own)
            .map(|(name, value)| (Str::from(*name), Str::from(*value).into_value()))
            .collect();
        Desk {
            library: LazyHash::new(Library::builder().with_inputs(values).build()),
            source: Source::new(*MAIN, source.to_owned()),
        }
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        *MAIN
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *MAIN {
            Ok(self.source.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.faces.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The typesetter's words can quote the document, so only those that cannot are kept.
fn fault(errors: &[SourceDiagnostic]) -> PaperFault {
    let first = errors
        .first()
        .map_or("no reason given", |error| error.message.as_str());
    let quotes = first.find(['"', '`', '\'']).unwrap_or(first.len());
    PaperFault::Typeset(first[..quotes].trim_end().to_owned())
}

fn datetime(made_at: i64) -> Option<Datetime> {
    let seconds = made_at.div_euclid(1000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let part = |value: i64| u8::try_from(value).ok();
    Datetime::from_ymd_hms(
        i32::try_from(year).ok()?,
        part(month)?,
        part(day)?,
        part(rest / 3600)?,
        part(rest / 60 % 60)?,
        part(rest % 60)?,
    )
}

/// Days since 1970-01-01 as year, month, day (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            title: "A note".into(),
            author: "Harlow".into(),
            made_at: 1_780_304_400_000,
        }
    }

    const NOTE: &str = "#set document(title: sys.inputs.title)\n= Note\n#sys.inputs.text";

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let first = render(NOTE, &[("text", "one")], &stamp()).expect("it is typeset");
        let again = render(NOTE, &[("text", "one")], &stamp()).expect("it is typeset");
        let other = render(NOTE, &[("text", "two")], &stamp()).expect("it is typeset");
        assert!(first.starts_with(b"%PDF-1.7"));
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn files_packages_and_the_clock_are_refused() {
        for source in [
            "#read(\"/etc/passwd\")",
            "#include \"other.typ\"",
            "#import \"@preview/example:0.1.0\": add",
            "#datetime.today().display()",
        ] {
            let refused = render(source, &[], &stamp());
            assert!(matches!(refused, Err(PaperFault::Typeset(_))), "{source}");
        }
    }

    #[test]
    fn a_value_is_never_markup() {
        for text in [
            "#import \"x\": *",
            "$ x $",
            "*bold* _it_ `raw`",
            "= Head",
            "#panic()",
            "\\ ] ) }",
            "\"'\u{1F600}",
        ] {
            render(NOTE, &[("text", text)], &stamp()).expect("text is only text");
        }
    }

    #[test]
    fn the_stamp_is_a_date_in_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(20_605), (2026, 6, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(-1), (1969, 12, 31));
        let made = datetime(1_780_304_400_000).expect("it is in the calendar");
        assert_eq!(
            (made.year(), made.hour(), made.second()),
            (Some(2026), Some(9), Some(0))
        );
    }
}
