//! A table says what it lists, how much of it is shown, and where the rest is.
//!
//! Invariants: a caption, column headers with scope, the first column names its row; "n of N"; a sentence
//! when empty; it scrolls inside itself, reachable by keyboard, never the page.
//!
//! Not here: which rows (the caller's query has a limit).

use maud::{Markup, PreEscaped, Render, html};

/// A column: its heading and how its cells sit.
#[derive(Clone, Debug)]
pub struct Column {
    heading: Markup,
    number: bool,
    wide: bool,
    sort: Option<Sort>,
}

#[derive(Clone, Debug)]
struct Sort {
    href: String,
    direction: Option<&'static str>,
}

/// A data grid; it draws itself when it is put into `html!`.
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Markup>>,
    of: Option<(u64, &'static str)>,
    empty: Markup,
    links: Vec<(String, String)>,
    caption_hidden: bool,
    stacked: bool,
    labelled: bool,
}

impl Column {
    pub fn new(heading: impl Render) -> Self {
        Self {
            heading: heading.render(),
            number: false,
            wide: false,
            sort: None,
        }
    }

    /// Figures, set flush right.
    #[must_use]
    pub fn number(self) -> Self {
        Self { number: true, ..self }
    }

    /// Takes the room that is left: strips of time, long texts.
    #[must_use]
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// The heading is a link that sorts by this column.
    #[must_use]
    pub fn sorts(self, href: impl Into<String>) -> Self {
        Self {
            sort: Some(Sort {
                href: href.into(),
                direction: None,
            }),
            ..self
        }
    }

    /// The table is sorted by this column, upwards; the link turns it round.
    #[must_use]
    pub fn sorted_up(self, href: impl Into<String>) -> Self {
        Self {
            sort: Some(Sort {
                href: href.into(),
                direction: Some("ascending"),
            }),
            ..self
        }
    }

    /// The table is sorted by this column, downwards; the link turns it round.
    #[must_use]
    pub fn sorted_down(self, href: impl Into<String>) -> Self {
        Self {
            sort: Some(Sort {
                href: href.into(),
                direction: Some("descending"),
            }),
            ..self
        }
    }
}

impl Column {
    /// The heading as it can stand in an attribute: words, not drawings. It is escaped already.
    fn label(&self) -> Option<PreEscaped<&str>> {
        let heading = self.heading.0.as_str();
        (!heading.is_empty() && !heading.contains('<')).then_some(PreEscaped(heading))
    }

    fn class(&self) -> Option<&'static str> {
        match (self.number, self.wide) {
            (true, _) => Some("num"),
            (false, true) => Some("wide"),
            (false, false) => None,
        }
    }
}

impl Table {
    /// `caption` names the list, and stands over it as a heading would.
    pub fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            of: None,
            empty: html! { "There is nothing here yet." },
            links: Vec::new(),
            caption_hidden: false,
            stacked: false,
            labelled: false,
        }
    }

    /// Adds a row; as many cells as columns, the first names the row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Markup>) {
        let cells: Vec<_> = cells.into_iter().collect();
        debug_assert_eq!(cells.len(), self.columns.len(), "a row of “{}”", self.caption);
        self.rows.push(cells);
    }

    #[must_use]
    pub fn rows<C: IntoIterator<Item = Markup>>(mut self, rows: impl IntoIterator<Item = C>) -> Self {
        for cells in rows {
            self.row(cells);
        }
        self
    }

    /// Shows "n of N people" under the table.
    #[must_use]
    pub fn of(self, total: u64, noun: &'static str) -> Self {
        Self {
            of: Some((total, noun)),
            ..self
        }
    }

    /// What to say, and where to go, when there are no rows.
    #[must_use]
    pub fn empty(self, sentence: impl Render) -> Self {
        Self {
            empty: sentence.render(),
            ..self
        }
    }

    /// A link beside the count: "Show the next 100", "Download (CSV)".
    #[must_use]
    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push((label.into(), href.into()));
        self
    }

    /// Keeps the caption for those who cannot see the heading right above the table.
    #[must_use]
    pub fn caption_hidden(self) -> Self {
        Self {
            caption_hidden: true,
            ..self
        }
    }

    /// On a narrow screen the cells of a row stand one under the other.
    #[must_use]
    pub fn stacked(self) -> Self {
        Self {
            stacked: true,
            ..self
        }
    }

    /// Stacked on a narrow screen, with the column's heading before each cell: for lists whose cells do not speak alone.
    #[must_use]
    pub fn labelled(self) -> Self {
        Self {
            labelled: true,
            ..self.stacked()
        }
    }

    /// A role said aloud where the style takes away the one the element has.
    fn role(&self, role: &'static str) -> Option<&'static str> {
        self.stacked.then_some(role)
    }

    fn label(&self, index: usize) -> Option<PreEscaped<&str>> {
        let column = self.columns.get(index).filter(|_| self.labelled)?;
        column.label()
    }

    fn header(&self) -> Markup {
        html! {
            thead role=[self.role("rowgroup")] {
                tr role=[self.role("row")] {
                    @for column in &self.columns {
                        th scope="col" role=[self.role("columnheader")] class=[column.class()]
                            aria-sort=[column.sort.as_ref().and_then(|sort| sort.direction)] {
                            @match &column.sort {
                                Some(sort) => a href=(sort.href) { (column.heading) (arrow(sort.direction)) },
                                None => (column.heading),
                            }
                        }
                    }
                }
            }
        }
    }

    /// Not only nothing shown, but nothing to show: "0 of 0" and its links would say nothing.
    fn nothing_anywhere(&self) -> bool {
        self.rows.is_empty() && self.of.is_none_or(|(total, _)| total == 0)
    }

    fn foot(&self) -> Markup {
        let shown = self.rows.len() as u64;
        html! {
            @if !self.nothing_anywhere() && (self.of.is_some() || !self.links.is_empty()) {
                p.row.table-foot {
                    @if let Some((total, noun)) = self.of {
                        span.soft { (thousands(shown)) " of " (thousands(total)) " " (agreeing(noun, total)) }
                    }
                    @for (label, href) in &self.links { a href=(href) { (label) } }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        html! {
            div.table {
                @if self.rows.is_empty() {
                    @if !self.caption_hidden { h3.caption { (self.caption) } }
                    p.empty { (self.empty) }
                } @else {
                    div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                        table.grid.stacked[self.stacked].labelled[self.labelled] role=[self.role("table")] {
                            caption class=[self.caption_hidden.then_some("visually-hidden")] { (self.caption) }
                            (self.header())
                            tbody role=[self.role("rowgroup")] {
                                @for cells in &self.rows {
                                    tr role=[self.role("row")] {
                                        @for (index, cell) in cells.iter().enumerate() {
                                            @let class = self.columns.get(index).and_then(Column::class);
                                            @if index == 0 { th scope="row" role=[self.role("rowheader")] class=[class] { (cell) } }
                                            @else { td role=[self.role("cell")] class=[class] data-label=[self.label(index)] { (cell) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                (self.foot())
            }
        }
    }
}

/// `18402` as `18,402`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The noun as it stands after the number: "1 session", "2 sessions". Its first word is the one that is counted.
fn agreeing(noun: &str, total: u64) -> String {
    if total != 1 {
        return noun.to_owned();
    }
    let (first, rest) = noun.split_at(noun.find([' ', ',', ';']).unwrap_or(noun.len()));
    let one = match (first, first.strip_suffix("ies"), first.strip_suffix('s')) {
        ("people", ..) => "person".to_owned(),
        (_, Some(stem), _) => format!("{stem}y"),
        (_, None, Some(stem)) => stem.to_owned(),
        _ => first.to_owned(),
    };
    format!("{one}{rest}")
}

fn arrow(direction: Option<&str>) -> Markup {
    let path = match direction {
        Some("ascending") => "M8 13V3M4 7l4-4 4 4",
        Some(_) => "M8 3v10M4 9l4 4 4-4",
        None => "M5 6l3-3 3 3M5 10l3 3 3-3",
    };
    html! {
        svg.arrow viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            path d=(path) fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> [Column; 2] {
        [
            Column::new("Person").sorted_up("?by=name-down"),
            Column::new("Days").number().sorts("?by=days"),
        ]
    }

    #[test]
    fn a_table_says_how_much_of_it_is_shown() {
        let page = Table::new("People", columns())
            .rows([[html! { "Ada" }, html! { "4" }]])
            .of(18_402, "people")
            .link("Download (CSV)", "/people.csv")
            .render()
            .into_string();
        assert!(page.contains("1 of 18,402 people"));
        assert!(page.contains("aria-sort=\"ascending\""));
        assert!(page.contains("<th scope=\"row\">Ada</th>"));
        assert!(page.contains("tabindex=\"0\" role=\"region\" aria-label=\"People\""));
        assert!(page.contains("<caption>People</caption>"));
    }

    #[test]
    fn an_empty_table_is_a_sentence() {
        let page = Table::new("People", columns())
            .empty("Nobody is on the roster yet.")
            .of(0, "people")
            .render();
        let page = page.into_string();
        assert!(page.contains("Nobody is on the roster yet."));
        assert!(!page.contains("<table") && !page.contains("0 of 0"));
    }

    #[test]
    fn one_of_one_is_not_said_in_the_plural() {
        for (noun, one) in [
            ("people", "1 of 1 person"),
            ("entries", "1 of 1 entry"),
            ("lines; the download has all", "1 of 1 line; the download has all"),
        ] {
            let table = Table::new("People", columns()).rows([[html! { "Ada" }, html! { "4" }]]);
            let page = table.of(1, noun).render().into_string();
            assert!(page.contains(&format!("{one}<")), "{page}");
        }
    }

    #[test]
    fn a_labelled_table_says_each_heading_again_beside_its_cell() {
        let columns = [
            Column::new("Who"),
            Column::new("Role & place"),
            Column::new(html! { b { "x" } }),
        ];
        let row = [html! { "Ada" }, html! { "owner" }, html! { "4" }];
        let page = Table::new("Roles", columns).rows([row]).labelled().render();
        let page = page.into_string();
        assert!(
            page.contains(r#"<td role="cell" data-label="Role &amp; place">owner</td>"#),
            "{page}"
        );
        assert!(page.contains(r#"<td role="cell">4</td>"#), "{page}");
    }

    #[test]
    fn thousands_are_parted() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
