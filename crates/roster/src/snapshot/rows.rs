//! The rows of a snapshot, each packed into its text and a few bytes: a hundred thousand take fifteen megabytes, not eighty.
//!
//! What is in the bytes is known here and nowhere else: a row goes in whole and comes out whole, or shows what rows are
//! sorted and found by.

use db::Day;

use crate::engagement::EngagementKind;
use crate::profile::Access;
use crate::snapshot::{Cell, Status, Wanted};

/// In the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<u64>,
}

/// What rows are sorted and found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading<'a> {
    /// The row's place.
    pub place: usize,
    pub source_id: &'a str,
    pub start_on: Option<Day>,
    pub manager: Option<&'a str>,
    pub email: Option<&'a str>,
}

impl Rows {
    pub fn push(&mut self, row: &Wanted) {
        write(&mut self.bytes, row);
        self.ends.push(self.bytes.len() as u64);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Gives back the room that was made for rows that did not come.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// How many bytes the rows take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// # Panics
    /// When there is no row at that place.
    pub fn get(&self, place: usize) -> Wanted {
        read(&mut self.at(place))
    }

    /// # Panics
    /// When there is no row at that place.
    pub fn heading(&self, place: usize) -> Heading<'_> {
        let mut packed = self.at(place);
        let source_id = packed.text();
        let start_on = packed.day().said().copied();
        let manager = packed.cell().said().copied();
        let email = packed.cell().said().copied();
        Heading {
            place,
            source_id,
            start_on,
            manager,
            email,
        }
    }

    pub fn headings(&self) -> impl Iterator<Item = Heading<'_>> {
        (0..self.len()).map(|place| self.heading(place))
    }

    pub fn iter(&self) -> impl Iterator<Item = Wanted> + '_ {
        (0..self.len()).map(|place| self.get(place))
    }

    fn at(&self, place: usize) -> Packed<'_> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        let (start, end) = (start as usize, self.ends[place] as usize);
        Packed(&self.bytes[start..end])
    }
}

impl FromIterator<Wanted> for Rows {
    fn from_iter<I: IntoIterator<Item = Wanted>>(rows: I) -> Rows {
        let mut packed = Rows::default();
        rows.into_iter().for_each(|row| packed.push(&row));
        packed
    }
}

/// What is left of a row's bytes.
struct Packed<'a>(&'a [u8]);

/// Both list every field, in one order, which begins with what a [`Heading`] shows.
fn write(bytes: &mut Vec<u8>, row: &Wanted) {
    let Wanted {
        source_id,
        start_on,
        manager,
        email,
        line,
        employee_number,
        kind,
        status,
        end_on,
        leave_from,
        leave_until,
        given_name,
        family_name,
        preferred_name,
        sponsor_email,
        employer,
        department,
        division,
        cost_center,
        job_title,
        location,
        country,
        language,
        access,
        tags,
    } = row;
    put_text(bytes, source_id);
    put_day(bytes, start_on);
    put_cell(bytes, manager);
    put_cell(bytes, email);
    put_number(bytes, *line);
    bytes.push(
        kind.and_then(|kind| place_of(&EngagementKind::ALL, kind))
            .unwrap_or(0),
    );
    bytes.push(
        status
            .and_then(|status| place_of(&Status::ALL, status))
            .unwrap_or(0),
    );
    bytes.push(match access {
        Cell::Unsaid => 0,
        Cell::Cleared => 1,
        Cell::Said(access) => place_of(&ACCESS, *access).unwrap_or(0) + 1,
    });
    for day in [end_on, leave_from, leave_until] {
        put_day(bytes, day);
    }
    let texts = [
        employee_number,
        given_name,
        family_name,
        preferred_name,
        sponsor_email,
        employer,
        department,
        division,
        cost_center,
        job_title,
        location,
        country,
        language,
        tags,
    ];
    texts.into_iter().for_each(|text| put_cell(bytes, text));
}

fn read(packed: &mut Packed<'_>) -> Wanted {
    let owned = |cell: Cell<&str>| match cell {
        Cell::Unsaid => Cell::Unsaid,
        Cell::Cleared => Cell::Cleared,
        Cell::Said(text) => Cell::Said(text.to_owned()),
    };
    Wanted {
        source_id: packed.text().to_owned(),
        start_on: packed.day(),
        manager: owned(packed.cell()),
        email: owned(packed.cell()),
        line: packed.number(),
        kind: packed.of(&EngagementKind::ALL),
        status: packed.of(&Status::ALL),
        access: match packed.byte() {
            0 => Cell::Unsaid,
            1 => Cell::Cleared,
            place => ACCESS
                .get(usize::from(place) - 2)
                .map_or(Cell::Unsaid, |access| Cell::Said(*access)),
        },
        end_on: packed.day(),
        leave_from: packed.day(),
        leave_until: packed.day(),
        employee_number: owned(packed.cell()),
        given_name: owned(packed.cell()),
        family_name: owned(packed.cell()),
        preferred_name: owned(packed.cell()),
        sponsor_email: owned(packed.cell()),
        employer: owned(packed.cell()),
        department: owned(packed.cell()),
        division: owned(packed.cell()),
        cost_center: owned(packed.cell()),
        job_title: owned(packed.cell()),
        location: owned(packed.cell()),
        country: owned(packed.cell()),
        language: owned(packed.cell()),
        tags: owned(packed.cell()),
    }
}

const ACCESS: [Access; 3] = [Access::Yes, Access::No, Access::Unknown];

/// The value's place among all, from 1.
fn place_of<T: PartialEq>(all: &[T], value: T) -> Option<u8> {
    let place = all.iter().position(|one| *one == value)?;
    u8::try_from(place + 1).ok()
}

/// Seven bits a byte, the lowest first.
fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

/// A number that says nothing, clears, or is the text's length and two.
fn put_cell(bytes: &mut Vec<u8>, cell: &Cell<String>) {
    match cell {
        Cell::Unsaid => bytes.push(0),
        Cell::Cleared => bytes.push(1),
        Cell::Said(text) => {
            put_number(bytes, text.len() as u64 + 2);
            bytes.extend(text.as_bytes());
        }
    }
}

fn put_day(bytes: &mut Vec<u8>, cell: &Cell<Day>) {
    match cell {
        Cell::Unsaid => bytes.push(0),
        Cell::Cleared => bytes.push(1),
        Cell::Said(day) => {
            bytes.push(2);
            bytes.extend(day.0.to_le_bytes());
        }
    }
}

impl<'a> Packed<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn str(&mut self, length: u64) -> &'a str {
        let bytes = self.take(length as usize);
        std::str::from_utf8(bytes).expect("only `put_text` and `put_cell` write here, and they write texts")
    }

    fn text(&mut self) -> &'a str {
        let length = self.number();
        self.str(length)
    }

    fn cell(&mut self) -> Cell<&'a str> {
        match self.number() {
            0 => Cell::Unsaid,
            1 => Cell::Cleared,
            length => Cell::Said(self.str(length - 2)),
        }
    }

    fn day(&mut self) -> Cell<Day> {
        match self.byte() {
            0 => Cell::Unsaid,
            1 => Cell::Cleared,
            _ => {
                let mut four = [0; 4];
                four.copy_from_slice(self.take(4));
                Cell::Said(Day(i32::from_le_bytes(four)))
            }
        }
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let place = usize::from(self.byte()).checked_sub(1)?;
        all.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell<T: std::fmt::Debug + Clone + 'static>(
        said: impl Strategy<Value = T> + 'static,
    ) -> impl Strategy<Value = Cell<T>> {
        prop_oneof![Just(Cell::Unsaid), Just(Cell::Cleared), said.prop_map(Cell::Said)]
    }

    fn text() -> impl Strategy<Value = Cell<String>> {
        cell(prop_oneof![any::<String>(), "x{120,140}"])
    }

    fn day() -> impl Strategy<Value = Cell<Day>> {
        cell(any::<i32>().prop_map(Day))
    }

    prop_compose! {
        fn row()(
            (source_id, line) in (any::<String>(), any::<u64>()),
            kind in proptest::option::of(proptest::sample::select(EngagementKind::ALL.to_vec())),
            status in proptest::option::of(proptest::sample::select(Status::ALL.to_vec())),
            access in cell(proptest::sample::select(ACCESS.to_vec())),
            days in (day(), day(), day(), day()),
            texts in proptest::collection::vec(text(), 16),
        ) -> Wanted {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] =
                <[Cell<String>; 16]>::try_from(texts).expect("there are sixteen");
            Wanted {
                line, source_id, kind, status, access,
                start_on: days.0, end_on: days.1, leave_from: days.2, leave_until: days.3,
                employee_number: a, email: b, given_name: c, family_name: d, preferred_name: e, manager: f,
                sponsor_email: g, employer: h, department: i, division: j, cost_center: k, job_title: l,
                location: m, country: n, language: o, tags: p,
            }
        }
    }

    proptest! {
        #[test]
        fn a_row_comes_out_as_it_went_in(rows in proptest::collection::vec(row(), 0..6)) {
            let packed: Rows = rows.iter().cloned().collect();
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), rows.clone());
            for (heading, row) in packed.headings().zip(&rows) {
                prop_assert_eq!(heading.source_id, row.source_id.as_str());
                prop_assert_eq!(heading.start_on, row.start_on.said().copied());
                prop_assert_eq!(heading.manager, row.manager.said().map(String::as_str));
                prop_assert_eq!(heading.email, row.email.said().map(String::as_str));
            }
        }
    }
}
