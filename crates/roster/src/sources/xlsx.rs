//! A workbook: which sheet is read, what its shared texts are, and which of its numbers are dates.
//!
//! Nothing in it is run or reckoned: of a formula only the result counts that the program which wrote it left beside it.
//! Its size, its parts, its texts and its sheets are bounded, whatever the archive declares of itself.
//!
//! Not here: the rows of a sheet ([`crate::sources::sheet`]).

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Cursor, Read};

use csv::StringRecord;
use db::Refusal;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::sources::sheet;
use crate::sources::table::{Step, refused};
use crate::sources::xml::{Archive, Xml, add_text, attribute, damaged, part, too_large};

/// A workbook of a hundred sheets with pictures has some hundred parts.
const PARTS_MAX: u16 = 2_000;
/// Half a million rows of twenty-five columns.
const SHEET_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// What half a million people's texts come to, names and addresses counted once.
const TEXTS_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// The list of sheets, of styles, of what refers to what.
const PART_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How many sheets are looked at for one with a header.
const SHEETS_MAX: usize = 20;
/// Where an archive's list of parts is told of: its last 22 bytes, and a comment of at most 65,535.
const ARCHIVE_END_BYTES: usize = 22;

#[derive(Debug)]
pub struct Workbook<'a> {
    archive: RefCell<Archive<'a>>,
    /// Name and path of each sheet that is shown.
    sheets: Vec<(String, String)>,
    read: usize,
    pub(super) looks: Looks,
}

/// What a cell's text and number mean.
#[derive(Debug, Default)]
pub struct Looks {
    texts: String,
    text_ends: Vec<u32>,
    pub styles: Vec<Style>,
    /// Days are counted from 1904, as old Macintosh programs did.
    pub is_1904: bool,
}

/// How a cell shows its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Date,
    /// With zeros before it, to so many digits: an employee number.
    Padded(usize),
}

impl Workbook<'_> {
    /// # Errors
    /// A refusal when the bytes are no workbook, are damaged, or unpack to more than is read.
    pub fn of(bytes: &[u8]) -> Result<Workbook<'_>, Refusal> {
        if parts(bytes).ok_or_else(damaged)? > PARTS_MAX {
            return Err(too_large());
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
        let mut looks = Looks::default();
        let book = part(&mut archive, "xl/workbook.xml", PART_BYTES_MAX, |xml| {
            book(xml, &mut looks)
        })?;
        let Some(listed) = book else {
            return Err(refused(
                "file-is-an-archive",
                "The file is an archive and no .xlsx workbook. Send the list of people in it, as CSV in UTF-8 or as .xlsx.",
            ));
        };
        let targets = part(
            &mut archive,
            "xl/_rels/workbook.xml.rels",
            PART_BYTES_MAX,
            relations,
        )?;
        let targets = targets.ok_or_else(damaged)?;
        let path = |id: &str| {
            targets
                .iter()
                .find(|one| one.id == id)
                .map(|one| one.path.clone())
        };
        let sheets: Vec<_> = listed
            .into_iter()
            .filter_map(|(name, id)| Some((name, path(&id)?)))
            .take(SHEETS_MAX)
            .collect();
        let of_type = |wanted: &str| {
            targets
                .iter()
                .find(|one| one.is(wanted))
                .map(|one| one.path.as_str())
        };
        if let Some(styles) = of_type("styles") {
            looks.styles = part(&mut archive, styles, PART_BYTES_MAX, styles_of)?.unwrap_or_default();
        }
        if let Some(texts) = of_type("sharedStrings") {
            part(&mut archive, texts, TEXTS_BYTES_MAX, |xml| looks.hear_texts(xml))?;
        }
        Ok(Workbook {
            archive: RefCell::new(archive),
            sheets,
            read: 0,
            looks,
        })
    }

    pub fn sheets(&self) -> usize {
        self.sheets.len()
    }

    pub fn read_sheet(&mut self, sheet: usize) {
        self.read = sheet;
    }

    /// Which sheet is read, when there are others.
    pub fn read_as(&self) -> Option<String> {
        let (name, _) = self.sheets.get(self.read)?;
        (self.sheets.len() > 1).then(|| format!("Of the workbook’s sheets only “{name}” was read."))
    }

    /// Every row of the sheet that holds any text, with its number.
    ///
    /// # Errors
    /// The refusal of `see`, or of a sheet that is damaged or too large.
    pub fn records(
        &self,
        see: impl FnMut(u64, &StringRecord) -> Result<Step, Refusal>,
    ) -> Result<(), Refusal> {
        let Some((_, path)) = self.sheets.get(self.read) else {
            return Ok(());
        };
        let mut archive = self.archive.borrow_mut();
        let heard = part(&mut archive, path, SHEET_BYTES_MAX, |xml| {
            sheet::rows(xml, &self.looks, see)
        })?;
        heard.ok_or_else(damaged)
    }
}

impl Looks {
    pub fn text(&self, index: usize) -> Option<&str> {
        let end = *self.text_ends.get(index)? as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.text_ends[before] as usize);
        self.texts.get(start..end)
    }

    fn hear_texts(&mut self, xml: &mut Xml<'_, &mut dyn Read>) -> Result<(), Refusal> {
        let (mut is_text, mut is_sound) = (false, false);
        loop {
            let event = xml.event()?;
            match &event {
                Event::Start(element) => match element.local_name().into_inner() {
                    "t" => is_text = !is_sound,
                    // How a Japanese name is spoken, which stands beside the name itself.
                    "rPh" => is_sound = true,
                    _ => {}
                },
                Event::End(element) => match element.local_name().into_inner() {
                    "t" => is_text = false,
                    "rPh" => is_sound = false,
                    "si" => self.end_text()?,
                    _ => {}
                },
                Event::Empty(element) if element.local_name().into_inner() == "si" => self.end_text()?,
                Event::Eof => break,
                _ if is_text => add_text(&mut self.texts, &event)?,
                _ => {}
            }
        }
        self.texts.shrink_to_fit();
        Ok(())
    }

    fn end_text(&mut self) -> Result<(), Refusal> {
        self.text_ends
            .push(u32::try_from(self.texts.len()).map_err(|_| too_large())?);
        Ok(())
    }
}

/// How many parts the archive says it has. It is asked before anything is made room for.
fn parts(bytes: &[u8]) -> Option<u16> {
    let tail = &bytes[bytes
        .len()
        .saturating_sub(ARCHIVE_END_BYTES + usize::from(u16::MAX))..];
    let end = tail
        .windows(ARCHIVE_END_BYTES)
        .rposition(|window| window.starts_with(b"PK\x05\x06"))?;
    Some(u16::from_le_bytes([tail[end + 10], tail[end + 11]]))
}

/// The sheets that are shown, by name and relation.
fn book(xml: &mut Xml<'_, &mut dyn Read>, looks: &mut Looks) -> Result<Vec<(String, String)>, Refusal> {
    let mut sheets = Vec::new();
    loop {
        match xml.event()? {
            Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                "workbookPr" => {
                    let said = attribute(&element, "date1904");
                    looks.is_1904 = said.is_some_and(|said| matches!(said.as_ref(), "1" | "true" | "on"));
                }
                "sheet" => {
                    let is_shown = attribute(&element, "state").is_none_or(|state| state == "visible");
                    let found = (attribute(&element, "name"), attribute(&element, "id"));
                    if let (Some(name), Some(id), true) = (found.0, found.1, is_shown) {
                        sheets.push((name.into_owned(), id.into_owned()));
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

struct Relation {
    id: String,
    sort: String,
    path: String,
}

impl Relation {
    fn is(&self, sort: &str) -> bool {
        self.sort.rsplit('/').next() == Some(sort)
    }
}

fn relations(xml: &mut Xml<'_, &mut dyn Read>) -> Result<Vec<Relation>, Refusal> {
    let mut relations = Vec::new();
    loop {
        match xml.event()? {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().into_inner() == "Relationship" =>
            {
                let target = attribute(&element, "Target").unwrap_or_default();
                relations.push(Relation {
                    id: attribute(&element, "Id").unwrap_or_default().into_owned(),
                    sort: attribute(&element, "Type").unwrap_or_default().into_owned(),
                    path: match target.strip_prefix('/') {
                        Some(whole) => whole.to_owned(),
                        None => format!("xl/{}", target.trim_start_matches("./")),
                    },
                });
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// How each style a cell can have shows a number.
fn styles_of(xml: &mut Xml<'_, &mut dyn Read>) -> Result<Vec<Style>, Refusal> {
    let mut formats: HashMap<u32, Style> = HashMap::new();
    let mut styles = Vec::new();
    let mut is_cell_style = false;
    loop {
        match xml.event()? {
            Event::Start(element) | Event::Empty(element) => {
                let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                match element.local_name().into_inner() {
                    "numFmt" => {
                        let code = attribute(&element, "formatCode").unwrap_or_default();
                        formats.extend(id.map(|id| (id, style(&code))));
                    }
                    "cellXfs" => is_cell_style = true,
                    "xf" if is_cell_style => styles.push(match id {
                        // Days by ECMA-376 part 1, 18.8.30; the rest of the list are times and amounts.
                        Some(14..=17 | 22 | 27..=31 | 36 | 50..=58) => Style::Date,
                        Some(id) => formats.get(&id).copied().unwrap_or(Style::Plain),
                        None => Style::Plain,
                    }),
                    _ => {}
                }
            }
            Event::End(element) if element.local_name().into_inner() == "cellXfs" => is_cell_style = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// What a number format of the workbook's own shows: a day when it has a year, a day or a month that is no minute.
fn style(code: &str) -> Style {
    if code.len() > 1 && code.bytes().all(|byte| byte == b'0') {
        return Style::Padded(code.len());
    }
    let mut shown = String::new();
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => drop(characters.by_ref().find(|one| *one == '"')),
            '[' => drop(characters.by_ref().find(|one| *one == ']')),
            '\\' | '_' | '*' => drop(characters.next()),
            // What follows is for negative numbers, which are no days.
            ';' => break,
            _ => shown.push(character.to_ascii_lowercase()),
        }
    }
    let has = |part| shown.contains(part);
    if shown != "general" && (has('y') || has('d') || (has('m') && !has('h') && !has('s'))) {
        Style::Date
    } else {
        Style::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_format_shows_a_day_a_number_or_zeros_before_it() {
        for code in [
            "yyyy-mm-dd",
            "d/m/yy",
            "[$-409]d-mmm-yy;@",
            "mmm",
            "dd.mm.yyyy hh:mm",
            "\"on \"d mmm",
        ] {
            assert_eq!(style(code), Style::Date, "{code}");
        }
        for code in [
            "General",
            "0.00",
            "hh:mm",
            "mm:ss",
            "#,##0 \"days\"",
            "[Red]0",
            "0\\d",
            "0;[Red]d",
        ] {
            assert_eq!(style(code), Style::Plain, "{code}");
        }
        assert_eq!(style("000000"), Style::Padded(6));
    }
}
