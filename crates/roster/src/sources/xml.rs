//! The parts of a workbook as a stream of XML, none of which can be larger than an honest one.
//!
//! A part is refused by the size it declares and again by the size it turns out to have; one element of it is held at a time.
//! Entities of a document's own are not known here, so none can grow.
//!
//! Not here: what the elements mean ([`crate::sources::xlsx`], [`crate::sources::sheet`]).

use std::borrow::Cow;
use std::io::{BufReader, Cursor, ErrorKind, Read};

use db::Refusal;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::sources::bounded::{Bounded, Progress};
use crate::sources::table::refused;

/// One element of XML; a cell has at most 32,767 characters.
const ELEMENT_BYTES_MAX: u64 = 1024 * 1024;

pub type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

pub struct Xml<'p, R> {
    reader: Reader<BufReader<Bounded<'p, R>>>,
    progress: &'p Progress,
    buffer: Vec<u8>,
}

/// Hears a part of the workbook from its beginning; `None` when the workbook has no such part.
///
/// # Errors
/// A refusal when the part is larger than so many bytes, or is damaged; or that of `hear`.
pub fn part<'a, T>(
    archive: &mut Archive<'a>,
    path: &str,
    bytes_max: u64,
    hear: impl FnOnce(&mut Xml<'_, &mut dyn Read>) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    let mut file = match archive.by_name(path) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(_) => return Err(damaged()),
    };
    if file.size() > bytes_max {
        return Err(too_large());
    }
    let progress = Progress::default();
    let inner: &mut dyn Read = &mut file;
    let bounded = Bounded::new(inner, &progress, ELEMENT_BYTES_MAX, bytes_max);
    let mut xml = Xml {
        reader: Reader::from_reader(BufReader::new(bounded)),
        progress: &progress,
        buffer: Vec::new(),
    };
    hear(&mut xml).map(Some)
}

impl<R: Read> Xml<'_, R> {
    /// The next thing in the part; [`Event::Eof`] at its end.
    pub fn event(&mut self) -> Result<Event<'_>, Refusal> {
        self.buffer.clear();
        self.progress.mark();
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| match error {
                quick_xml::Error::Io(error) if error.kind() == ErrorKind::FileTooLarge => too_large(),
                _ => damaged(),
            })
    }
}

/// The attribute of that name, whatever its prefix.
pub fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    let mut attributes = element.attributes();
    let named = attributes
        .with_checks(false)
        .flatten()
        .find(|one| one.key.local_name().into_inner() == name)?;
    named.normalized_value(XmlVersion::Implicit1_0).ok()
}

/// Adds what the event says in characters.
///
/// # Errors
/// A refusal when it names a character that XML does not know.
pub fn add_text(text: &mut String, event: &Event<'_>) -> Result<(), Refusal> {
    match event {
        Event::Text(said) => text.push_str(&said.xml10_content()),
        Event::CData(said) => text.push_str(&said.xml10_content()),
        Event::GeneralRef(named) => match named.resolve_char_ref() {
            Ok(Some(character)) => text.push(character),
            Ok(None) => text.push(match &**named {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => return Err(damaged()),
            }),
            Err(_) => return Err(damaged()),
        },
        _ => {}
    }
    Ok(())
}

pub fn damaged() -> Refusal {
    refused(
        "workbook-damaged",
        "The workbook is incomplete or damaged. Open it in the program that wrote it, save it again as .xlsx or as CSV in UTF-8, and send that.",
    )
}

pub fn too_large() -> Refusal {
    refused(
        "workbook-too-large",
        "The workbook unpacks to more than a list of people can need. Leave out the columns and sheets muster does not need, or save the sheet as CSV in UTF-8.",
    )
}
