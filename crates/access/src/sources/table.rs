//! Cells under headers, whether the file is CSV or JSON: the header once, then each row with its line.
//!
//! CSV may be in any usual encoding and have any usual separator. JSON is a list of objects, or an object with one list in it,
//! as REST and GraphQL answers are saved; a nested value is reached by its path with dots, `user.login`. The row of the n-th
//! object counts as line n.
//!
//! Not here: what a column means ([`crate::sources::profile`]).

use db::Refusal;
use roster::sources::encoding;
use serde_json::Value;

/// A list of half a million accounts with thirty columns is smaller.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Five times the largest organisation muster is measured with.
pub const ROWS_MAX: usize = 500_000;
/// The widest export seen has about forty.
const COLUMNS_MAX: usize = 500;
/// A cell longer than this is a broken quote or a pasted document.
const CELL_BYTES_MAX: usize = 10_000;
/// How deep an object of a list is looked into.
const DEPTH_MAX: usize = 6;

/// A file as cells.
#[derive(Debug, Default)]
pub struct Table {
    pub headers: Vec<String>,
    pub rows: Vec<Line>,
    /// The encoding's name when it was not UTF-8.
    pub foreign: Option<&'static str>,
}

/// One row, with the line it begins on; as many cells as headers.
#[derive(Debug)]
pub struct Line {
    pub line: u64,
    pub cells: csv::StringRecord,
}

/// The file as cells.
///
/// # Errors
/// A refusal when it is too large, no text, no table, or a row does not fit the header.
pub fn read(bytes: &[u8]) -> Result<Table, Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(refused(
            "file-too-large",
            "The file is larger than 64 MB. Leave out the columns muster does not need.",
        ));
    }
    let decoded = encoding::decode(bytes)?;
    let mut table = if decoded.text.trim_start().starts_with(['[', '{']) {
        from_json(&decoded.text)?
    } else {
        from_csv(&decoded.text)?
    };
    table.foreign = decoded.foreign;
    Ok(table)
}

fn from_csv(text: &str) -> Result<Table, Refusal> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = csv::StringRecord::new();
    let unreadable = |_| {
        refused(
            "file-unreadable",
            "The file cannot be read as CSV. Export it again as CSV in UTF-8.",
        )
    };
    let (mut line, mut passed) = (1_u64, 0_usize);
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader.read_record(&mut record).map_err(unreadable)? {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        line += lines_between(text.as_bytes(), passed, from);
        passed = begins(text.as_bytes(), from);
        if record.iter().any(|cell| cell.len() > CELL_BYTES_MAX) {
            return Err(refused(
                "file-cell-too-long",
                format!(
                    "Line {line} has a cell of more than 10,000 characters. Look for a quotation mark that is not closed."
                ),
            ));
        }
        if table.headers.is_empty() {
            table.headers = record.iter().map(|cell| cell.trim().to_owned()).collect();
            bounded_width(table.headers.len())?;
            continue;
        }
        let wide = record
            .iter()
            .skip(table.headers.len())
            .any(|cell| !cell.trim().is_empty());
        if record.len() < table.headers.len() || wide {
            return Err(refused(
                "file-row-width",
                format!(
                    "Line {line} has {} cells and the header has {}. The file may be cut off; export it again.",
                    record.len(),
                    table.headers.len()
                ),
            ));
        }
        bounded_length(table.rows.len())?;
        table.rows.push(Line {
            line,
            cells: record.clone(),
        });
    }
    if table.headers.is_empty() {
        return Err(refused(
            "file-is-empty",
            "The file is empty. Export it again, with the header as the first line.",
        ));
    }
    Ok(table)
}

/// Where a record begins: the reader's own count stops at the blank lines before it.
fn begins(text: &[u8], from: usize) -> usize {
    let from = from.min(text.len());
    let blank = text[from..]
        .iter()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'));
    from + blank.count()
}

fn lines_between(text: &[u8], passed: usize, from: usize) -> u64 {
    let begins = begins(text, from);
    text[passed.min(begins)..begins]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count() as u64
}

/// The most frequent of four separators in the first line, outside quotation marks.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (one, count) in &mut counts {
                    *count += u32::from(*one == byte);
                }
            }
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let found = counts.iter().find(|(_, count)| *count == most);
    found.map_or(b',', |(byte, _)| *byte)
}

fn from_json(text: &str) -> Result<Table, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        refused(
            "file-unreadable",
            format!("The file begins as JSON and cannot be read as such: {e}. Export it again."),
        )
    })?;
    let objects = list_in(&value, 0).ok_or_else(|| {
        refused(
            "file-unreadable",
            "The file is JSON without a list of objects. Save the list of accounts itself.",
        )
    })?;
    let mut table = Table::default();
    let mut rows: Vec<Vec<(usize, String)>> = Vec::new();
    for object in objects {
        bounded_length(rows.len())?;
        let mut found = Vec::new();
        flatten(object, "", 0, &mut found);
        let mut row = Vec::with_capacity(found.len());
        for (path, cell) in found {
            let place = table.headers.iter().position(|header| *header == path);
            let place = match place {
                Some(place) => place,
                None => {
                    table.headers.push(path);
                    bounded_width(table.headers.len())?;
                    table.headers.len() - 1
                }
            };
            row.push((place, cell));
        }
        rows.push(row);
    }
    let width = table.headers.len();
    for (index, row) in rows.into_iter().enumerate() {
        let mut cells = vec![String::new(); width];
        for (place, cell) in row {
            cells[place] = cell;
        }
        table.rows.push(Line {
            line: index as u64 + 1,
            cells: cells.into(),
        });
    }
    Ok(table)
}

/// The first list of objects, at the top or inside objects.
fn list_in(value: &Value, depth: usize) -> Option<&Vec<Value>> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_object) => Some(items),
        Value::Object(map) if depth < DEPTH_MAX => map.values().find_map(|inner| list_in(inner, depth + 1)),
        _ => None,
    }
}

fn flatten(value: &Value, path: &str, depth: usize, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if depth < DEPTH_MAX => {
            for (name, inner) in map {
                // GraphQL wraps each row in "node", which says nothing.
                let inner_path = match (path, name.as_str()) {
                    (_, "node") => path.to_owned(),
                    ("", name) => name.to_owned(),
                    (path, name) => format!("{path}.{name}"),
                };
                flatten(inner, &inner_path, depth + 1, found);
            }
        }
        Value::String(text) if text.len() <= CELL_BYTES_MAX => found.push((path.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => found.push((path.to_owned(), value.to_string())),
        _ => {}
    }
}

fn bounded_width(columns: usize) -> Result<(), Refusal> {
    if columns > COLUMNS_MAX {
        return Err(refused(
            "file-too-wide",
            "The file has more than 500 columns. Leave out those muster does not need.",
        ));
    }
    Ok(())
}

fn bounded_length(rows: usize) -> Result<(), Refusal> {
    if rows >= ROWS_MAX {
        return Err(refused(
            "file-too-long",
            "The file has more than 500,000 rows. Export one system at a time.",
        ));
    }
    Ok(())
}

pub(crate) fn refused(code: &'static str, sentence: impl Into<String>) -> Refusal {
    Refusal::new(code, sentence).field("file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_give_the_same_cells() {
        let csv = read(b"login;role\nada;owner\n\n\"b;o\";member\n").expect("it is CSV");
        let json = read(br#"{"data":{"members":[{"login":"ada","role":"owner"},{"login":"b;o","role":"member","team":null}]}}"#)
            .expect("it is JSON");
        for table in [&csv, &json] {
            assert_eq!(table.headers, ["login", "role"]);
            let cells: Vec<Vec<&str>> = table.rows.iter().map(|row| row.cells.iter().collect()).collect();
            assert_eq!(cells, [["ada", "owner"], ["b;o", "member"]]);
        }
        assert_eq!(csv.rows[1].line, 4);
        assert_eq!(json.rows[1].line, 2);
    }

    #[test]
    fn what_graphql_answers_is_reached_by_its_path() {
        let saved = br#"{"data":{"organization":{"samlIdentityProvider":{"externalIdentities":{"edges":[
            {"node":{"samlIdentity":{"nameId":"ada@example.com"},"user":{"login":"ada"}}}]}}}}}"#;
        let table = read(saved).expect("it is JSON");
        assert_eq!(table.headers, ["samlIdentity.nameId", "user.login"]);
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused() {
        for (bytes, code) in [
            (&b"login,role\nada,owner\nbo"[..], "file-row-width"),
            (b"[{\"login\":\"ada\"", "file-unreadable"),
            (b"", "file-is-empty"),
            (b"PK\x03\x04", "file-is-a-workbook"),
            (b"{\"a\":1}", "file-unreadable"),
        ] {
            assert_eq!(read(bytes).expect_err("it is not whole").code, code);
        }
    }
}
