//! Changes values inside a TOML file and leaves everything else as its author wrote it: the order, the comments, the spacing.
//!
//! The counterpart of `reading`, for a form: what is typed is a text, and becomes what its field is written as. What cannot
//! be read so is written as it was typed, and `lint` says what is wrong with it.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Text,
    Number,
    /// `true` where it is ticked; nothing where it is not.
    Flag,
    /// A list of texts, typed with commas between them.
    List,
    /// A list of texts, typed one a line.
    Lines,
    /// A list of numbers, typed with commas between them.
    Numbers,
}

/// The file as tables. `None` when it is no TOML: then it can only be mended as text.
pub(crate) fn parse(text: &str) -> Option<DocumentMut> {
    text.parse().ok()
}

/// The value as it is typed; empty where there is none. "form.questions" is `questions` in the table `form`.
pub(crate) fn shown(table: &Table, key: &str, kind: As) -> String {
    let item = match key.split_once('.') {
        Some((outer, inner)) => table.get(outer).and_then(|outer| outer.get(inner)),
        None => table.get(key),
    };
    let Some(value) = item.and_then(Item::as_value) else {
        return String::new();
    };
    match (kind, value) {
        (As::Flag, value) => if value.as_bool() == Some(true) { "yes" } else { "" }.to_owned(),
        (As::Lines, Value::Array(array)) => joined(array, "\n"),
        (_, Value::Array(array)) => joined(array, ", "),
        (_, value) => plain(value),
    }
}

/// Writes what was typed. What is there already is left alone; what is empty is taken out, or becomes an empty list.
pub(crate) fn put(table: &mut Table, (key, kind): (&str, As), typed: &str) {
    let typed = typed.replace("\r\n", "\n");
    let typed = if kind == As::Text && typed.contains('\n') {
        typed.trim_end()
    } else {
        typed.trim()
    };
    if shown(table, key, kind).trim_end() == typed {
        return;
    }
    let (table, key) = match key.split_once('.') {
        Some((outer, inner)) => {
            let held = table.entry(outer).or_insert_with(|| Item::Table(fresh()));
            match held.as_table_mut() {
                Some(held) => (held, inner),
                None => return,
            }
        }
        None => (table, key),
    };
    match made(kind, typed) {
        Some(made) => table[key] = made,
        None if table.get(key).is_some_and(Item::is_array) => table[key] = value(Array::new()),
        None => drop(table.remove(key)),
    }
}

/// Takes a table out that holds nothing any more: `[test_out]` without a pass mark.
pub(crate) fn tidy(table: &mut Table, key: &str) {
    if table
        .get(key)
        .and_then(Item::as_table)
        .is_some_and(Table::is_empty)
    {
        table.remove(key);
    }
}

/// The tables headed `[[key]]`.
pub(crate) fn rows<'t>(table: &'t Table, key: &str) -> Vec<&'t Table> {
    match table.get(key).and_then(Item::as_array_of_tables) {
        Some(rows) => rows.iter().collect(),
        None => Vec::new(),
    }
}

/// The tables headed `[[key]]`, to be changed; made when there are none.
pub(crate) fn rows_mut<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut ArrayOfTables> {
    let held = table
        .entry(key)
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    if !held.is_array_of_tables() {
        // Written as `option = [{ … }]`, which says the same.
        let written = std::mem::take(held);
        *held = Item::ArrayOfTables(written.into_array_of_tables().ok()?);
    }
    held.as_array_of_tables_mut()
}

/// A table for [`rows_mut`], with an empty line before it.
pub(crate) fn fresh() -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table
}

fn made(kind: As, typed: &str) -> Option<Item> {
    if typed.is_empty() {
        return None;
    }
    let parts = |at: char| typed.split(at).map(str::trim).filter(|part| !part.is_empty());
    Some(match kind {
        As::Text => value(typed),
        As::Number => number(typed),
        As::Flag => value(true),
        As::List => value(Array::from_iter(parts(','))),
        As::Lines => value(lines(parts('\n'))),
        As::Numbers => value(Array::from_iter(parts(',').map(
            |part| match part.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => Value::from(part),
            },
        ))),
    })
}

fn number(typed: &str) -> Item {
    match typed.parse::<i64>() {
        Ok(number) => value(number),
        Err(_) => value(typed),
    }
}

/// One on each line, as an author would write them.
fn lines<'a>(parts: impl Iterator<Item = &'a str>) -> Array {
    let mut array = Array::from_iter(parts);
    for part in array.iter_mut() {
        part.decor_mut().set_prefix("\n  ");
    }
    array.set_trailing_comma(true);
    array.set_trailing("\n");
    array
}

fn joined(array: &Array, with: &str) -> String {
    let parts: Vec<String> = array.iter().map(plain).collect();
    parts.join(with)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Integer(number) => number.value().to_string(),
        Value::Boolean(truth) => truth.value().to_string(),
        other => other.to_string().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const FILE: &str = "# Ours\ntitle = \"Old\" \nminutes = 2\nowasp = []\n\n[form]\nquestions = 2 # drawn\n\n[[objective]]\nid = \"a\"\n";

    fn put_into(text: &str, key: &str, kind: As, typed: &str) -> String {
        let mut file = parse(text).expect("TOML");
        put(&mut file, (key, kind), typed);
        file.to_string()
    }

    #[test]
    fn what_is_put_as_it_was_leaves_every_byte_alone() {
        for (key, kind) in [
            ("title", As::Text),
            ("minutes", As::Number),
            ("owasp", As::List),
            ("form.questions", As::Number),
        ] {
            let file = parse(FILE).expect("TOML");
            assert_eq!(put_into(FILE, key, kind, &shown(&file, key, kind)), FILE, "{key}");
        }
    }

    #[test]
    fn comments_and_order_stay_around_what_is_changed() {
        let changed = put_into(FILE, "form.questions", As::Number, "7");
        assert!(changed.starts_with("# Ours\ntitle = \"Old\" \n"), "{changed}");
        assert!(changed.contains("[form]\nquestions = 7"), "{changed}");
        assert!(changed.ends_with("\n[[objective]]\nid = \"a\"\n"), "{changed}");
    }

    #[test]
    fn a_long_text_is_written_so_that_it_is_read_back() {
        for typed in ["a\r\nb \"c\" \\d", "'''", "\"\"\"", "one\n\ntwo", "ä → ✓"] {
            let changed = put_into(FILE, "title", As::Text, typed);
            let file = parse(&changed).expect("TOML");
            assert_eq!(shown(&file, "title", As::Text), typed.replace("\r\n", "\n"));
        }
    }

    #[test]
    fn what_is_no_number_is_kept_for_lint_to_complain_of() {
        assert!(put_into(FILE, "minutes", As::Number, "soon").contains("minutes = \"soon\""));
        assert!(put_into(FILE, "cwe", As::Numbers, "89, x").contains("cwe = [89, \"x\"]"));
    }

    #[test]
    fn lists_are_typed_with_commas_or_one_a_line() {
        assert!(
            put_into(FILE, "owasp", As::List, "A01:2025, A05:2025")
                .contains("owasp = [\"A01:2025\", \"A05:2025\"]")
        );
        let changed = put_into(FILE, "risks", As::Lines, "One\r\nTwo");
        let file = parse(&changed).expect("TOML");
        assert_eq!(shown(&file, "risks", As::Lines), "One\nTwo");
        assert_eq!(put_into(&changed, "risks", As::Lines, "One\nTwo"), changed);
    }

    #[test]
    fn an_empty_field_is_taken_out_and_a_table_that_it_empties_too() {
        let text = "[test_out]\npass_mark = 90\n";
        let mut file = parse(text).expect("TOML");
        put(&mut file, ("test_out.pass_mark", As::Number), "");
        tidy(&mut file, "test_out");
        assert_eq!(file.to_string(), "");
    }

    #[test]
    fn every_text_of_the_sample_survives_being_opened() {
        for (path, body) in sample::folder().files {
            if path.ends_with(".toml") {
                let text = String::from_utf8(body).expect("text");
                assert_eq!(parse(&text).expect("TOML").to_string(), text, "{path}");
            }
        }
    }
}
