//! What a file looks like to somebody who has to say what its columns mean: each column with its first values, what muster
//! takes it for, and the words it does not know.
//!
//! Of a column that a roster must not hold only the header is shown.
//!
//! Not here: the page ([`crate::pages`]) and the mapping that comes of it ([`crate::sources::mapping`]).

use db::Refusal;

use crate::engagement::EngagementKind;
use crate::snapshot::Status;
use crate::sources::cells::{shortened, single_spaced};
use crate::sources::column::{Column, NAMES};
use crate::sources::file::{Options, Survey};
use crate::sources::header::Layout;
use crate::sources::mapping::Mapping;
use crate::sources::table::Table;
use crate::sources::word;

/// How many values of a column are shown.
const VALUES_MAX: usize = 5;
/// How many rows are looked at for them.
const ROWS_LOOKED_AT: u64 = 1_000;
/// How many words are asked about: an organisation has fewer kinds of people.
const WORDS_MAX: usize = 50;

#[derive(Debug, Default)]
pub struct Look {
    pub columns: Vec<Seen>,
    /// Words for kinds that muster does not know, with what the mapping says of them.
    pub kinds: Vec<(String, Option<EngagementKind>)>,
    /// Words for states that muster does not know, with what the mapping says of them.
    pub statuses: Vec<(String, Option<Status>)>,
}

/// One column of the file.
#[derive(Debug, Default)]
pub struct Seen {
    pub header: String,
    /// What it is read as, by the mapping and by muster itself.
    pub taken_for: Option<Column>,
    /// A roster must not hold it.
    pub is_forbidden: bool,
    /// Different ones, shortened.
    pub values: Vec<String>,
}

impl Look {
    /// # Errors
    /// A refusal when the file as a whole cannot be read, or its mapping does not fit it.
    pub fn at(bytes: &[u8], options: &Options) -> Result<Look, Refusal> {
        let table = Table::of(bytes, &options.mapping)?;
        let mut layout = Layout::of(table.headers.clone(), &options.mapping)?;
        let taken = (0..table.headers.len())
            .map(|index| taken_for(&layout, index))
            .collect::<Vec<_>>();
        layout.settle(Survey::of(&table, &layout)?.names_kinds);
        let mut look = Look {
            columns: table
                .headers
                .iter()
                .zip(taken)
                .map(|(header, taken_for)| Seen {
                    header: header.clone(),
                    taken_for,
                    is_forbidden: layout.forbidden.contains(header),
                    values: Vec::new(),
                })
                .collect(),
            ..Look::default()
        };
        let mut rows = 0;
        table.each(|_, record| {
            rows += 1;
            for (column, cell) in look.columns.iter_mut().zip(record.iter()) {
                if rows <= ROWS_LOOKED_AT {
                    column.hear(cell);
                }
            }
            let said = |column| {
                layout
                    .places(column)
                    .first()
                    .map(|place| record.get(*place).unwrap_or_default())
            };
            if let Some(text) = said(Column::PersonType) {
                look.hear_kind(text, &options.mapping);
            }
            if let Some(text) = said(Column::Status) {
                let known = word::status(text).or_else(|| layout.origin.status(text));
                add_word(&mut look.statuses, text, known, |plain| {
                    options.mapping.statuses.get(plain).copied()
                });
            }
            Ok(())
        })?;
        Ok(look)
    }

    fn hear_kind(&mut self, text: &str, mapping: &Mapping) {
        // A state in a column of kinds is a state: BambooHR writes Terminated where it writes Full-Time.
        let is_ended = mapping.status(text) == Some(Status::Ended);
        let known = word::kind(text).or(is_ended.then_some(EngagementKind::Other));
        add_word(&mut self.kinds, text, known, |plain| {
            mapping.kinds.get(plain).copied()
        });
    }

    /// The mapping by which the file is read as somebody says: for each column what it is, and what the words mean.
    ///
    /// # Errors
    /// A refusal when two columns are said to be one.
    pub fn mapping(&self, said: &Said) -> Result<Mapping, Refusal> {
        let headers = self.columns.iter().map(|column| column.header.clone()).collect();
        let alone = Layout::of(headers, &Mapping::default())?;
        let mut mapping = Mapping {
            kinds: said
                .kinds
                .iter()
                .map(|(text, kind)| (word::plain(text), *kind))
                .collect(),
            statuses: said
                .statuses
                .iter()
                .map(|(text, status)| (word::plain(text), *status))
                .collect(),
            ..Mapping::default()
        };
        for (index, column) in self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !column.is_forbidden)
        {
            let wanted = said.columns.get(index).copied().flatten();
            if wanted == taken_for(&alone, index) {
                continue;
            }
            let Some(wanted) = wanted else {
                mapping.unread.insert(word::plain(&column.header));
                continue;
            };
            if let Some(other) = mapping.columns.insert(wanted, column.header.clone()) {
                return Err(Refusal::new(
                    "column-said-twice",
                    format!(
                        "“{other}” and “{}” cannot both be {}; choose one.",
                        column.header,
                        wanted.name()
                    ),
                )
                .field(format!("column-{index}")));
            }
        }
        Ok(mapping)
    }
}

/// What somebody says of a file.
#[derive(Debug, Default)]
pub struct Said {
    /// In the order of the columns; `None` for one that is not to be read.
    pub columns: Vec<Option<Column>>,
    pub kinds: Vec<(String, EngagementKind)>,
    pub statuses: Vec<(String, Status)>,
}

impl Seen {
    fn hear(&mut self, cell: &str) {
        if self.is_forbidden || self.values.len() == VALUES_MAX || cell.trim().is_empty() {
            return;
        }
        let value = shortened(&single_spaced(cell));
        if !self.values.contains(&value) {
            self.values.push(value);
        }
    }
}

fn taken_for(layout: &Layout, index: usize) -> Option<Column> {
    NAMES
        .iter()
        .map(|(column, ..)| *column)
        .find(|column| layout.places(*column).contains(&index))
}

/// Remembers a word that muster does not know by itself.
fn add_word<T>(
    words: &mut Vec<(String, Option<T>)>,
    text: &str,
    known: Option<T>,
    own: impl Fn(&str) -> Option<T>,
) {
    let text = shortened(&single_spaced(text));
    let plain = word::plain(&text);
    if known.is_some() || plain.is_empty() || words.len() == WORDS_MAX {
        return;
    }
    if !words.iter().any(|(one, _)| word::plain(one) == plain) {
        let own = own(&plain);
        words.push((text, own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"Badge,Type,Salary,Started\n1,Crew,100,2026-01-01\n2,Crew,200,2026-02-01\n3,Terminated,300,\n4,Office,400,\n";

    #[test]
    fn a_column_shows_its_first_values_and_pay_shows_none() {
        let look = Look::at(FILE, &Options::default()).expect("the file is readable");
        assert_eq!(look.columns[0].values, ["1", "2", "3", "4"]);
        assert_eq!(
            (look.columns[0].taken_for, look.columns[1].taken_for),
            (None, Some(Column::PersonType))
        );
        assert_eq!(
            (look.columns[2].is_forbidden, look.columns[2].values.len()),
            (true, 0)
        );
        let words: Vec<&str> = look.kinds.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["Crew", "Office"]);
    }

    #[test]
    fn what_is_said_becomes_a_mapping_of_what_differs() {
        let look = Look::at(FILE, &Options::default()).expect("the file is readable");
        let said = Said {
            columns: vec![
                Some(Column::SourceId),
                Some(Column::PersonType),
                Some(Column::CostCenter),
                None,
            ],
            kinds: vec![("Crew".to_owned(), EngagementKind::Temp)],
            statuses: Vec::new(),
        };
        let mapping = look.mapping(&said).expect("it is sound");
        let headers: Vec<_> = mapping
            .columns
            .iter()
            .map(|(column, header)| (*column, header.as_str()))
            .collect();
        assert_eq!(
            headers,
            [(Column::SourceId, "Badge")],
            "pay cannot be reached, and the rest is as muster takes it"
        );
        assert_eq!(mapping.kind("CREW"), Some(EngagementKind::Temp));
        let twice = Said {
            columns: vec![Some(Column::Email), Some(Column::Email)],
            ..Said::default()
        };
        assert_eq!(
            look.mapping(&twice).expect_err("two columns").code,
            "column-said-twice"
        );
    }

    #[test]
    fn a_column_muster_would_read_can_be_left_unread() {
        let look =
            Look::at(b"id,Type,Kind\n1,x,employee\n", &Options::default()).expect("the file is readable");
        let said = Said {
            columns: vec![Some(Column::SourceId), None, Some(Column::PersonType)],
            ..Said::default()
        };
        let mapping = look.mapping(&said).expect("it is sound");
        let again = Mapping::from_toml(&mapping.to_toml().expect("it can be written")).expect("and read");
        assert_eq!(again, mapping);
        let look =
            Look::at(b"id,Type,Kind\n1,x,employee\n", &Options { mapping, kind: None }).expect("readable");
        assert_eq!(look.columns[1].taken_for, None);
        assert_eq!(look.columns[2].taken_for, Some(Column::PersonType));
    }
}
