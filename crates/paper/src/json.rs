//! The JSON twin of a list: the same rows with every value as it is, for programs and for checking the CSV against.
//!
//! One object a line inside one array, members in the order of the columns; absent values are `null`.

use std::io::Write;

use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::PaperFault;
use crate::columns::{Cell, Columns};
use crate::csv::check_shape;
use crate::tally::{Finished, Tally};

/// Writes rows as objects to any writer, one at a time.
pub struct JsonWriter<W: Write> {
    out: Tally<W>,
    names: Vec<&'static str>,
    rows: u64,
}

impl<W: Write> JsonWriter<W> {
    /// Opens the array.
    pub fn begin(list: &Columns, out: W) -> Result<Self, PaperFault> {
        let mut out = Tally::new(out);
        out.write_all(b"[")
            .map_err(PaperFault::io("writing a JSON file"))?;
        Ok(JsonWriter {
            out,
            names: list.columns.iter().map(|column| column.name).collect(),
            rows: 0,
        })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When the row has not one cell for each column, or the writer fails.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), PaperFault> {
        check_shape(self.rows, cells, self.names.len())?;
        let before: &[u8] = if self.rows == 0 { b"\n" } else { b",\n" };
        self.out
            .write_all(before)
            .map_err(PaperFault::io("writing a JSON file"))?;
        let mut object = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut object);
        let written = serializer.serialize_map(Some(cells.len())).and_then(|mut map| {
            for (name, cell) in self.names.iter().zip(cells) {
                map.serialize_entry(name, &raw(cell))?;
            }
            map.end()
        });
        written.map_err(PaperFault::json("writing a JSON row"))?;
        self.out
            .write_all(&object)
            .map_err(PaperFault::io("writing a JSON file"))?;
        self.rows += 1;
        Ok(())
    }

    /// Closes the array, flushes, and says how many rows and bytes were written and their SHA-256.
    pub fn finish(mut self) -> Result<Finished<W>, PaperFault> {
        self.out
            .write_all(b"\n]\n")
            .map_err(PaperFault::io("writing a JSON file"))?;
        self.out
            .finish(self.rows)
            .map_err(PaperFault::io("writing a JSON file"))
    }
}

fn raw(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(text.as_ref()),
        Cell::Integer(number) => Value::from(*number),
        // `Value::from` makes null of what JSON has no number for.
        Cell::Decimal(number) => Value::from(*number),
        Cell::Truth(truth) => Value::from(*truth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Column, Kind};

    #[test]
    fn values_are_raw_and_in_the_order_of_the_columns() {
        let list = Columns::new(
            "x",
            "X",
            vec![
                Column::new("z_name", "Name", Kind::Text),
                Column::new("a_score", "Score", Kind::Decimal),
            ],
        );
        let mut writer = JsonWriter::begin(&list, Vec::new()).expect("memory takes it");
        writer.row(&["=1+1".into(), Cell::Decimal(0.5)]).expect("it fits");
        writer
            .row(&[Cell::Empty, Cell::Decimal(f64::NAN)])
            .expect("it fits");
        let text = String::from_utf8(writer.finish().expect("it ends").out).expect("it is text");
        assert_eq!(
            text,
            "[\n{\"z_name\":\"=1+1\",\"a_score\":0.5},\n{\"z_name\":null,\"a_score\":null}\n]\n"
        );
    }

    #[test]
    fn an_empty_list_is_an_empty_array() {
        let list = Columns::new("x", "X", vec![Column::new("a", "A", Kind::Text)]);
        let file = JsonWriter::begin(&list, Vec::new())
            .and_then(JsonWriter::finish)
            .expect("it ends");
        let value: Value = serde_json::from_slice(&file.out).expect("it is JSON");
        assert_eq!(value, serde_json::json!([]));
    }
}
