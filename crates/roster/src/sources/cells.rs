//! Turns one row's cells into what the source says of one person, or into the reasons why it cannot.
//!
//! Blank says nothing, `-` clears. Every bad cell of a row is reported, so that a file is put right in one go.
//!
//! Not here: which cell is which ([`crate::sources::header`]) and rows against each other ([`crate::snapshot`]).

use unicode_normalization::UnicodeNormalization;

use crate::engagement::EngagementKind;
use crate::profile;
use crate::snapshot::{Cell, RefusedRow, Status, Wanted};
use crate::sources::column::Column;
use crate::sources::date::{self, DateOrder};
use crate::sources::header::Layout;
use crate::sources::managers::GivenBy;
use crate::sources::mapping::Mapping;
use crate::sources::sheet;
use crate::sources::word;

/// A cell longer than this is a broken quote or a pasted document.
pub const CELL_CHARS_MAX: usize = 10_000;
/// RFC 5321 §4.5.3.1.3, less the angle brackets.
const EMAIL_CHARS_MAX: usize = 254;
/// How much of a bad cell a reason quotes.
const QUOTED_CHARS: usize = 40;
/// Particles that belong to the family name: "Ludwig van Beethoven".
const PARTICLES: [&str; 20] = [
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "bin",
    "ibn", "al", "el", "ter", "ten",
];

/// How the rows of one file are read.
#[derive(Debug)]
pub struct Reading<'a> {
    pub layout: &'a Layout,
    pub mapping: &'a Mapping,
    pub order: DateOrder,
    pub kind: Option<EngagementKind>,
}

/// A row of cells with the line it begins on.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    pub line: u64,
    pub record: &'a csv::StringRecord,
}

struct Hearing<'a> {
    cells: Cells<'a>,
    layout: &'a Layout,
    order: DateOrder,
    refused: Vec<RefusedRow>,
}

impl Reading<'_> {
    /// # Errors
    /// Every cell of the row that cannot be taken.
    pub fn row(&self, cells: Cells<'_>) -> Result<(Wanted, GivenBy), Vec<RefusedRow>> {
        let mut hearing = Hearing {
            cells,
            layout: self.layout,
            order: self.order,
            refused: Vec::new(),
        };
        let mut wanted = Wanted {
            line: cells.line,
            ..Wanted::default()
        };
        self.identity(&mut hearing, &mut wanted);
        self.standing(&mut hearing, &mut wanted);
        self.names(&mut hearing, &mut wanted);
        let given_by = self.manager(&mut hearing, &mut wanted);
        wanted.email = hearing.email(Column::Email);
        wanted.sponsor_email = hearing.email(Column::SponsorEmail);
        wanted.employer = hearing.text(Column::EmployerOrVendor);
        wanted.department = hearing.text(Column::Department);
        wanted.division = hearing.text(Column::Division);
        wanted.cost_center = hearing.text(Column::CostCenter);
        wanted.job_title = hearing.text(Column::JobTitle);
        wanted.location = hearing.text(Column::Location);
        wanted.country = hearing.text(Column::Country);
        wanted.language = hearing.text(Column::Language);
        wanted.access = hearing.word(Column::LogicalAccess, "use yes, no or unknown", word::access);
        wanted.tags = match hearing.text(Column::Tags) {
            Cell::Said(text) => Cell::Said(profile::tags(&text)),
            other => other,
        };
        if hearing.refused.is_empty() {
            Ok((wanted, given_by))
        } else {
            Err(hearing.refused)
        }
    }

    fn identity(&self, hearing: &mut Hearing<'_>, wanted: &mut Wanted) {
        let contingent = hearing.text(Column::ContingentId);
        let by_contingent_id = match (hearing.text(Column::SourceId), contingent) {
            (Cell::Said(id), _) => {
                wanted.source_id = id;
                false
            }
            (_, Cell::Said(id)) => {
                wanted.source_id = id;
                true
            }
            _ => {
                hearing.refuse(
                    Column::SourceId,
                    "The id is blank; every person needs one that stays the same from file to file."
                        .to_owned(),
                );
                return;
            }
        };
        wanted.employee_number = hearing.text(Column::EmployeeNumber);
        let flagged = match hearing.word(Column::IsContingent, "use yes or no", word::yes_or_no) {
            Cell::Said(yes) => Some(yes),
            _ => None,
        };
        wanted.kind = if by_contingent_id || flagged == Some(true) {
            Some(EngagementKind::Contractor)
        } else if hearing.layout.has(Column::PersonType) {
            None
        } else if flagged == Some(false) || hearing.layout.has(Column::ContingentId) {
            Some(EngagementKind::Employee)
        } else {
            None
        };
        if !hearing.layout.has(Column::PersonType) {
            wanted.kind = self.kind.or(wanted.kind);
        }
    }

    fn standing(&self, hearing: &mut Hearing<'_>, wanted: &mut Wanted) {
        let (mapping, origin) = (self.mapping, hearing.layout.origin);
        wanted.status = hearing
            .word(
                Column::Status,
                "use active, leave or ended, or map it under [statuses]",
                |text| mapping.status(text).or_else(|| origin.status(text)),
            )
            .said()
            .copied();
        if let Cell::Said(text) = hearing.text(Column::PersonType) {
            match mapping.kind(&text) {
                Some(kind) => wanted.kind = wanted.kind.or(Some(kind)),
                // BambooHR writes Terminated where it writes Full-Time.
                None if mapping.status(&text) == Some(Status::Ended) => {
                    wanted.status = wanted.status.or(Some(Status::Ended));
                }
                None => hearing.refuse_word(Column::PersonType, &text, "use employee, contractor, intern, temp, vendor_staff, board or other, or map it under [kinds]"),
            }
        }
        wanted.kind = wanted.kind.or(self.kind).or(hearing.layout.origin.kind());
        match hearing.word(Column::IsEnded, "use yes or no", word::yes_or_no) {
            Cell::Said(true) => wanted.status = Some(Status::Ended),
            Cell::Said(false) => wanted.status = wanted.status.or(Some(Status::Active)),
            _ => {}
        }
        if hearing.word(Column::OnLeave, "use yes or no", word::yes_or_no) == Cell::Said(true)
            && wanted.status != Some(Status::Ended)
        {
            wanted.status = Some(Status::Leave);
        }
        wanted.start_on = hearing.date(Column::StartDate);
        wanted.end_on = hearing.date(Column::EndDate);
        wanted.leave_from = hearing.date(Column::LeaveFrom);
        wanted.leave_until = hearing.date(Column::LeaveUntil);
        if wanted.start_on == Cell::Cleared {
            hearing.refuse(
                Column::StartDate,
                "The start date cannot be cleared; write the first day of work.".to_owned(),
            );
        }
        if let (Some(start), Some(end)) = (wanted.start_on.said(), wanted.end_on.said())
            && end < start
        {
            if hearing.layout.has_rehire_date {
                wanted.end_on = Cell::Unsaid;
            } else {
                let reason =
                    format!("The end date {end} is before the start date {start}; correct one of them.");
                hearing.refuse(Column::EndDate, reason);
            }
        }
        if let (Some(from), Some(until)) = (wanted.leave_from.said(), wanted.leave_until.said())
            && until < from
        {
            let reason =
                format!("The leave ends on {until}, before it begins on {from}; correct one of them.");
            hearing.refuse(Column::LeaveUntil, reason);
        }
    }

    fn names(&self, hearing: &mut Hearing<'_>, wanted: &mut Wanted) {
        wanted.given_name = hearing.text(Column::GivenName);
        wanted.family_name = hearing.text(Column::FamilyName);
        wanted.preferred_name = hearing.text(Column::PreferredName);
        if let Cell::Said(full) = hearing.text(Column::FullName)
            && wanted.given_name.said().is_none()
            && wanted.family_name.said().is_none()
        {
            let (given, family) = split_name(&full);
            wanted.given_name = Cell::Said(given);
            wanted.family_name = Cell::Said(family);
        }
    }

    fn manager(&self, hearing: &mut Hearing<'_>, wanted: &mut Wanted) -> GivenBy {
        let by_id = hearing.text(Column::ManagerSourceId);
        let by_email = hearing.email(Column::ManagerEmail);
        let (manager, given_by) = match (by_id, by_email) {
            (Cell::Said(id), _) => (Cell::Said(id), GivenBy::Id),
            (_, Cell::Said(email)) => (Cell::Said(email), GivenBy::Address),
            (Cell::Cleared, _) | (_, Cell::Cleared) => (Cell::Cleared, GivenBy::Nothing),
            _ => match hearing.text(Column::Manager) {
                Cell::Said(text) if text.contains('@') && !text.contains(' ') => {
                    (Cell::Said(lowered(&text)), GivenBy::Address)
                }
                Cell::Said(text) => (Cell::Said(text), GivenBy::NameOrId),
                other => (other, GivenBy::Nothing),
            },
        };
        wanted.manager = manager;
        given_by
    }
}

impl Hearing<'_> {
    fn text(&mut self, column: Column) -> Cell<String> {
        let mut cleared = false;
        for &place in self.layout.places(column) {
            match self.one(column, place) {
                Cell::Unsaid => {}
                Cell::Cleared => cleared = true,
                said => return said,
            }
        }
        if cleared { Cell::Cleared } else { Cell::Unsaid }
    }

    fn one(&mut self, column: Column, place: usize) -> Cell<String> {
        let raw = self.cells.record.get(place).unwrap_or_default();
        // A cell cannot have more characters than bytes, so most are measured without counting.
        if raw.len() > CELL_CHARS_MAX && raw.chars().count() > CELL_CHARS_MAX {
            self.refuse(column, format!("The cell has more than {CELL_CHARS_MAX} characters; shorten it, or look for a quotation mark that is not closed."));
            return Cell::Unsaid;
        }
        if raw.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            self.refuse(
                column,
                "The cell holds a character that cannot be shown; type it again.".to_owned(),
            );
            return Cell::Unsaid;
        }
        if is_error(raw) {
            self.refuse(
                column,
                format!("The cell holds a formula that came to an error or was never reckoned ({raw}); write the value there."),
            );
            return Cell::Unsaid;
        }
        let text = single_spaced(raw);
        match text.as_str() {
            "" => Cell::Unsaid,
            "-" => Cell::Cleared,
            _ => Cell::Said(text),
        }
    }

    fn email(&mut self, column: Column) -> Cell<String> {
        match self.text(column) {
            Cell::Said(text) => {
                let email = lowered(&text);
                // Entra's sign-in name of somebody from another organisation: it looks like an address and is none.
                if email.contains("#ext#") {
                    return Cell::Unsaid;
                }
                if is_email(&email) {
                    return Cell::Said(email);
                }
                self.refuse_word(
                    column,
                    &text,
                    "correct it, or leave the cell blank when there is none",
                );
                Cell::Unsaid
            }
            other => other,
        }
    }

    fn date(&mut self, column: Column) -> Cell<db::Day> {
        match self.text(column) {
            Cell::Said(text) => match date::read(&text, self.order) {
                Ok(day) => Cell::Said(day),
                Err(why) => {
                    self.refuse(column, format!("“{}” {why}.", shortened(&text)));
                    Cell::Unsaid
                }
            },
            Cell::Cleared => Cell::Cleared,
            Cell::Unsaid => Cell::Unsaid,
        }
    }

    fn word<T>(&mut self, column: Column, instead: &str, meaning: impl Fn(&str) -> Option<T>) -> Cell<T> {
        match self.text(column) {
            Cell::Said(text) => match meaning(&text) {
                Some(value) => Cell::Said(value),
                None => {
                    self.refuse_word(column, &text, instead);
                    Cell::Unsaid
                }
            },
            Cell::Cleared => Cell::Cleared,
            Cell::Unsaid => Cell::Unsaid,
        }
    }

    fn refuse_word(&mut self, column: Column, text: &str, instead: &str) {
        let what = match column {
            Column::PersonType => "a kind of person muster knows",
            Column::Status => "a status muster knows",
            Column::LogicalAccess => "an answer to whether the person has access",
            Column::Email | Column::ManagerEmail | Column::SponsorEmail => "an e-mail address",
            _ => "an answer muster knows",
        };
        self.refuse(column, format!("“{}” is not {what}; {instead}.", shortened(text)));
    }

    fn refuse(&mut self, column: Column, reason: String) {
        self.refused.push(RefusedRow {
            line: self.cells.line,
            column: column.name().to_owned(),
            reason,
        });
    }
}

/// What spreadsheet programs write where a formula has no result.
fn is_error(text: &str) -> bool {
    const ERRORS: [&str; 7] = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"];
    text.starts_with('#') && (text == sheet::UNRECKONED || ERRORS.contains(&text.trim()))
}

/// The words of the text with one space between them.
pub(crate) fn single_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

/// An address as it is compared and stored.
pub fn lowered(text: &str) -> String {
    // What has one form only need not be looked up, and so are nearly all addresses.
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    text.trim().nfkc().collect::<String>().to_lowercase()
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.is_empty()
        && !local.contains('@')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && text.chars().count() <= EMAIL_CHARS_MAX
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"'))
}

/// Given and family name of a name in one cell: "Last, First" at its comma, else at the last word, which takes particles with it.
pub fn split_name(full: &str) -> (String, String) {
    if let Some((family, given)) = full.split_once(',') {
        return (given.trim().to_owned(), family.trim().to_owned());
    }
    let words: Vec<&str> = full.split_whitespace().collect();
    if words.len() < 2 {
        return (full.trim().to_owned(), String::new());
    }
    let mut first_of_family = words.len() - 1;
    while first_of_family > 1 && PARTICLES.contains(&words[first_of_family - 1].to_lowercase().as_str()) {
        first_of_family -= 1;
    }
    (
        words[..first_of_family].join(" "),
        words[first_of_family..].join(" "),
    )
}

/// As much of a cell as a sentence quotes.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_one_cell_is_split_sensibly() {
        let split = |full| {
            let (given, family) = split_name(full);
            format!("{given}|{family}")
        };
        assert_eq!(split("Ada Lovelace"), "Ada|Lovelace");
        assert_eq!(split("Lovelace, Ada"), "Ada|Lovelace");
        assert_eq!(split("Ludwig van Beethoven"), "Ludwig|van Beethoven");
        assert_eq!(split("Mary Jane Watson"), "Mary Jane|Watson");
        assert_eq!(split("Pelé"), "Pelé|");
        assert_eq!(split("Van Morrison"), "Van|Morrison");
    }

    #[test]
    fn an_address_is_one_text_however_it_is_typed() {
        assert_eq!(lowered(" Ada@Example.COM "), "ada@example.com");
        assert_eq!(lowered(" ＡÉE\u{301}@Example.COM "), "aéé@example.com");
        for good in ["ada@example.com", "a+b@x.y", "o'neil@example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["ada", "@x", "a@", "a@b@c", "a b@c", "a@.b", "a@b.", "a,b@c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
