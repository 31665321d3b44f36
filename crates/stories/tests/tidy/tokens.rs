//! Rust source as a flat list of tokens, with comments and tests left out.
//!
//! Tokens rather than lines, so that a string split over lines is one string, a word in a comment is not a
//! call, and a test may do what the shipped code may not. What is left out: anything under
//! `#[cfg(test)]` or `#[test]`.
//!
//! Not here: types and names resolved. `now` is a word; whose `now` it is, clippy knows better.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Mark,
    Literal,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub kind: Kind,
    /// As written; a bracket is a mark of its own.
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

/// A string handed to `sql!`, with its escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// With whitespace folded, so that a split string is one sentence.
    pub text: String,
    pub line: usize,
    /// Whether its rows are collected into a list, by `.rows(sql!(…), …)` or `.claimable(sql!(…), …)`.
    pub listed: bool,
}

/// The tokens of `text` outside tests, or why it is not Rust.
pub fn shipped(text: &str) -> Result<Vec<Token>, String> {
    let stream: TokenStream = text.parse().map_err(|error| format!("is not Rust: {error}"))?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(tokens)
}

/// Where in `tokens` the words and marks of `pattern`, separated by spaces, follow one another.
pub fn occurrences(tokens: &[Token], pattern: &str) -> Vec<usize> {
    let wanted: Vec<&str> = pattern.split(' ').collect();
    tokens
        .windows(wanted.len())
        .enumerate()
        .filter(|(_, window)| {
            window
                .iter()
                .zip(&wanted)
                .all(|(token, text)| token.text == *text)
        })
        .map(|(index, _)| index)
        .collect()
}

/// Every `sql!("…")`, and the lines where `sql!` is given something else than one string.
pub fn statements(tokens: &[Token]) -> (Vec<Statement>, Vec<usize>) {
    let (mut found, mut odd) = (Vec::new(), Vec::new());
    for index in occurrences(tokens, "sql ! (") {
        let argument = &tokens[index + 3];
        match string(argument) {
            Some(text) => found.push(Statement {
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                line: argument.line,
                listed: is_argument_of_rows(&tokens[..index]),
            }),
            None => odd.push(argument.line),
        }
    }
    (found, odd)
}

/// The value of a string literal.
pub fn string(token: &Token) -> Option<String> {
    if token.kind != Kind::Literal {
        return None;
    }
    syn::parse_str::<syn::LitStr>(&token.text)
        .ok()
        .map(|literal| literal.value())
}

const LISTING: &[&str] = &["rows", "claimable"];

/// Whether `before` ends in `.rows(` or `.rows::<…>(`.
fn is_argument_of_rows(before: &[Token]) -> bool {
    let Some((open, mut before)) = before.split_last() else {
        return false;
    };
    if open.text != "(" {
        return false;
    }
    if before.last().is_some_and(|token| token.text == ">") {
        let start = before
            .iter()
            .rposition(|token| LISTING.contains(&token.text.as_str()))
            .unwrap_or(0);
        before = &before[..=start];
    }
    matches!(before, [.., dot, call] if dot.text == "." && LISTING.contains(&call.text.as_str()))
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if is_hash(&tree)
            && let Some(TokenTree::Group(group)) = trees.peek()
        {
            let tests = marks_a_test(group);
            if tests {
                for skipped in trees.by_ref() {
                    if ends_an_item(&skipped) {
                        break;
                    }
                }
            }
            continue;
        }
        push(tree, tokens);
    }
}

fn push(tree: TokenTree, tokens: &mut Vec<Token>) {
    let line = tree.span().start().line;
    let (kind, text) = match tree {
        TokenTree::Ident(word) => (Kind::Word, word.to_string()),
        TokenTree::Punct(mark) => (Kind::Mark, mark.as_char().to_string()),
        TokenTree::Literal(literal) => (Kind::Literal, literal.to_string()),
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            let mark = |text: &str, line| Token {
                kind: Kind::Mark,
                text: text.to_owned(),
                line,
            };
            tokens.push(mark(open, line));
            let end = group.span_close().start().line;
            flatten(group.stream(), tokens);
            tokens.push(mark(close, end));
            return;
        }
    };
    tokens.push(Token { kind, text, line });
}

fn is_hash(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '#')
}

fn marks_a_test(attribute: &Group) -> bool {
    let mut words = Vec::new();
    collect_words(attribute.stream(), &mut words);
    let says = |word: &str| words.iter().any(|said| said == word);
    match words.first().map(String::as_str) {
        Some("cfg") => says("test") && !says("not"),
        Some("test" | "tokio") => says("test"),
        _ => false,
    }
}

fn collect_words(stream: TokenStream, words: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Group(group) => collect_words(group.stream(), words),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// A body or a semicolon. An attribute between the mark and its item is a bracket, so it is passed over.
fn ends_an_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

#[test]
fn a_statement_is_read_with_its_line_and_use_and_tests_are_left_out() {
    let text = r#"
        fn list(reader: &mut Reader) -> Result<Vec<i64>> {
            reader.rows::<i64>(
                sql!("select id
                      from person"),
                &[], |row| row.get(0))
        }
        fn find(reader: &mut Reader) { reader.one(sql!("select 1"), &[], read); }
        #[cfg(test)]
        mod tests { #[test] fn t() { run(sql!("drop table person")); } }
        fn odd() { run(sql!(TEXT)) }
    "#;
    let (found, odd) = statements(&shipped(text).expect("the sample is Rust"));
    let said: Vec<_> = found
        .iter()
        .map(|found| (found.text.as_str(), found.line, found.listed))
        .collect();
    assert_eq!(said, [("select id from person", 4, true), ("select 1", 8, false)]);
    assert_eq!(odd, [11]);
}

#[test]
fn an_attribute_on_shipped_code_hides_nothing() {
    let text = "#[cfg(not(test))] fn a() { one() } #[expect(x, reason = \"y\")] fn b() { two() }";
    let tokens = shipped(text).expect("the sample is Rust");
    assert_eq!(
        (
            occurrences(&tokens, "one (").len(),
            occurrences(&tokens, "two (").len()
        ),
        (1, 1)
    );
}
