//! An audience as people write it: `kind is contractor and (department is "Engineering" or tag is developer)`.
//!
//! A condition is a field, then `is`, `is not`, `in (…)`, `not in (…)`, `contains` or `does not contain`, then a value.
//! `and` binds more closely than `or`; brackets say otherwise; `not` turns what follows round; `everyone` stands alone.
//! A value of several words, or one that is a word of the language, stands in double quotes; a quote within is doubled.
//! What is written for an audience reads back as the same audience.
//!
//! Pure, bounded, and the same on every engine, because no engine sees it. An expression library was weighed and left
//! out: see `docs/decisions/0006-a-language-of-our-own-for-audiences.md`.
//!
//! Not here: what a condition means ([`crate::condition`]).

use db::Refusal;

use crate::audience::{Audience, Condition, Field, Part, Test, too_deep, turned};
use crate::condition::{self, VALUE_CHARS_MAX, VALUES_MAX, refusal};

/// The longest text: more than forty conditions need, unless they list many values.
const CHARS_MAX: usize = 20_000;
/// Brackets within brackets while reading; what is needless of them is taken away afterwards.
const BRACKETS_MAX: usize = 20;

/// Words that mean something, so that a value that is one of them is quoted.
const WORDS: [&str; 9] = [
    "and", "or", "not", "in", "is", "contains", "does", "contain", "everyone",
];

/// Reads an audience.
///
/// # Errors
/// A refusal that says where it stops making sense, and what is expected there.
pub fn read(text: &str) -> Result<Audience, Refusal> {
    if text.chars().count() > CHARS_MAX {
        return Err(refusal(format!(
            "The audience is longer than {CHARS_MAX} characters. Say it with fewer values."
        )));
    }
    let tokens = tokens(text)?;
    let mut at = Place {
        tokens: &tokens,
        next: 0,
        brackets: 0,
    };
    if at.takes("everyone") {
        at.ends()?;
        return Ok(Audience::Everyone);
    }
    let audience = either(&mut at)?;
    at.ends()?;
    audience.in_one_form()
}

/// Writes an audience; [`read`] gives it back.
#[must_use]
pub fn write(audience: &Audience) -> String {
    let joint = match audience {
        Audience::Everyone => return "everyone".to_owned(),
        Audience::AnyOf(_) => " or ",
        Audience::AllOf(_) => " and ",
    };
    let parts: Vec<String> = audience
        .parts()
        .iter()
        .map(|part| match part {
            Part::One(condition) => write_condition(condition),
            Part::Group { of, not } => format!("{}({})", if *not { "not " } else { "" }, write(of)),
        })
        .collect();
    parts.join(joint)
}

fn write_condition(condition: &Condition) -> String {
    let field = condition.field.name();
    match (&condition.test, condition.not) {
        (Test::Is(value), false) => format!("{field} is {}", quoted(value)),
        (Test::Is(value), true) => format!("{field} is not {}", quoted(value)),
        (Test::Contains(value), false) => format!("{field} contains {}", quoted(value)),
        (Test::Contains(value), true) => format!("{field} does not contain {}", quoted(value)),
        (Test::In(values), not) => {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            let not = if not { "not " } else { "" };
            format!("{field} {not}in ({})", values.join(", "))
        }
    }
}

fn quoted(value: &str) -> String {
    let plain = value.chars().all(|c| !c.is_whitespace() && !"()\",".contains(c));
    if plain && !WORDS.contains(&value) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', "\"\""))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    /// In lower case.
    Word(String),
    Quoted(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            '"' => {
                let mut value = String::new();
                loop {
                    match letters.next() {
                        Some('"') if letters.next_if_eq(&'"').is_some() => value.push('"'),
                        Some('"') => break,
                        Some(other) => value.push(other),
                        None => {
                            return Err(refusal(format!(
                                "The audience has a quote that never closes, before “{}”. Close it with \".",
                                short(&value)
                            )));
                        }
                    }
                }
                found.push(Token::Quoted(value));
            }
            space if space.is_whitespace() => {}
            first => {
                let mut word = first.to_string();
                while let Some(next) = letters.next_if(|c| !c.is_whitespace() && !"()\",".contains(*c)) {
                    word.push(next);
                }
                found.push(Token::Word(word.to_lowercase()));
            }
        }
    }
    Ok(found)
}

struct Place<'a> {
    tokens: &'a [Token],
    next: usize,
    brackets: usize,
}

impl Place<'_> {
    fn look(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.look(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(found);
        found
    }

    fn takes_mark(&mut self, mark: &Token) -> bool {
        let found = self.look() == Some(mark);
        self.next += usize::from(found);
        found
    }

    fn ends(&self) -> Result<(), Refusal> {
        match self.look() {
            None => Ok(()),
            Some(_) => Err(self.expected("“and”, “or” or the end")),
        }
    }

    /// Says what was read so far, what comes next and what should.
    fn expected(&self, what: &str) -> Refusal {
        let said = |token: &Token| match token {
            Token::Open => "(".to_owned(),
            Token::Close => ")".to_owned(),
            Token::Comma => ",".to_owned(),
            Token::Word(word) | Token::Quoted(word) => short(word),
        };
        let before: Vec<String> = self.tokens[..self.next]
            .iter()
            .rev()
            .take(3)
            .rev()
            .map(said)
            .collect();
        let after = match before.is_empty() {
            true => "At the beginning".to_owned(),
            false => format!("After “{}”", before.join(" ")),
        };
        let found = self
            .look()
            .map_or("nothing more".to_owned(), |token| format!("“{}”", said(token)));
        refusal(format!(
            "{after} the audience should go on with {what}, and there is {found}."
        ))
    }
}

fn either(at: &mut Place<'_>) -> Result<Audience, Refusal> {
    let mut parts = vec![both(at)?];
    while at.takes("or") {
        parts.push(both(at)?);
    }
    Ok(Audience::AnyOf(parts))
}

fn both(at: &mut Place<'_>) -> Result<Part, Refusal> {
    let mut parts = vec![part(at)?];
    while at.takes("and") {
        parts.push(part(at)?);
    }
    Ok(Part::Group {
        of: Audience::AllOf(parts),
        not: false,
    })
}

fn part(at: &mut Place<'_>) -> Result<Part, Refusal> {
    let mut round = false;
    while at.takes("not") {
        round = !round;
    }
    if !at.takes_mark(&Token::Open) {
        return Ok(turned(Part::One(one(at)?), round));
    }
    at.brackets += 1;
    if at.brackets > BRACKETS_MAX {
        return Err(too_deep());
    }
    let of = either(at)?;
    if !at.takes_mark(&Token::Close) {
        return Err(at.expected("“and”, “or” or a closing bracket"));
    }
    at.brackets -= 1;
    Ok(Part::Group { of, not: round })
}

fn one(at: &mut Place<'_>) -> Result<Condition, Refusal> {
    let field = match at.look() {
        Some(Token::Word(word)) => Field::named(word),
        _ => None,
    };
    let Some(field) = field else {
        let names: Vec<&str> = Field::every().iter().map(|field| field.name()).collect();
        return Err(at.expected(&format!("what is looked at, one of {}", names.join(", "))));
    };
    at.next += 1;
    if at.takes("is") {
        let not = at.takes("not");
        let test = Test::Is(value(at, field)?);
        return Ok(Condition { field, test, not });
    }
    if at.takes("contains") {
        let test = Test::Contains(value(at, field)?);
        return Ok(Condition {
            field,
            test,
            not: false,
        });
    }
    if at.takes("does") {
        if !(at.takes("not") && at.takes("contain")) {
            return Err(at.expected("“does not contain”"));
        }
        let test = Test::Contains(value(at, field)?);
        return Ok(Condition {
            field,
            test,
            not: true,
        });
    }
    let not = at.takes("not");
    if !at.takes("in") {
        return Err(at.expected("“is”, “is not”, “in”, “not in”, “contains” or “does not contain”"));
    }
    let test = Test::In(values(at, field)?);
    Ok(Condition { field, test, not })
}

fn values(at: &mut Place<'_>, field: Field) -> Result<Vec<String>, Refusal> {
    if !at.takes_mark(&Token::Open) {
        return Err(at.expected("a list in brackets, such as (de, at)"));
    }
    let mut values = vec![value(at, field)?];
    while at.takes_mark(&Token::Comma) {
        values.push(value(at, field)?);
        if values.len() > VALUES_MAX {
            return Err(refusal(format!(
                "The list of values for {} must have 1 to {VALUES_MAX} entries.",
                field.name()
            )));
        }
    }
    if !at.takes_mark(&Token::Close) {
        return Err(at.expected("a comma or a closing bracket"));
    }
    Ok(values)
}

fn value(at: &mut Place<'_>, field: Field) -> Result<String, Refusal> {
    let found = match at.look() {
        Some(Token::Word(word)) if !WORDS.contains(&word.as_str()) => word.clone(),
        Some(Token::Quoted(text)) => text.clone(),
        _ => return Err(at.expected("a value, in double quotes when it has several words")),
    };
    if found.chars().count() > VALUE_CHARS_MAX {
        return Err(refusal(format!(
            "A value for {} is longer than {VALUE_CHARS_MAX} characters. Use contains with a part of it.",
            field.name()
        )));
    }
    at.next += 1;
    condition::value_of(field, &found)
}

/// As much of a text as fits into a sentence.
fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> String {
        read(text).expect("well formed").to_json()
    }

    fn refused(text: &str) -> String {
        read(text).expect_err("not well formed").sentence
    }

    #[test]
    fn what_is_written_is_the_audience_it_says() {
        assert_eq!(json("Everyone"), r#"{"all":true}"#);
        assert_eq!(
            json(r#"kind is contractor and (department is "Engineering" or tag is developer)"#),
            r#"{"all_of":[{"field":"kind","is":"contractor"},{"any":[{"field":"department","is":"engineering"},{"field":"tag","is":"developer"}]}]}"#
        );
        assert_eq!(
            json("tag is a or tag is b and not country in (DE, AT)"),
            r#"{"any":[{"field":"tag","is":"a"},{"all_of":[{"field":"tag","is":"b"},{"field":"country","in":["de","at"],"not":true}]}]}"#
        );
        assert_eq!(
            json(r#"job_title does not contain "head of ""x""""#),
            r#"{"any":[{"field":"job_title","contains":"head of \"x\"","not":true}]}"#
        );
        assert_eq!(
            json("not not ((tag is not x))"),
            r#"{"any":[{"field":"tag","is":"x","not":true}]}"#
        );
    }

    #[test]
    fn what_cannot_be_read_says_where_and_what_is_expected() {
        assert!(refused("").contains("what is looked at"));
        assert_eq!(
            refused("kind is"),
            "After “kind is” the audience should go on with a value, in double quotes when it has several words, and there is nothing more."
        );
        assert!(refused("shoe_size is 44").contains("one of kind, department"));
        assert!(refused("kind is board of directors").contains("“and”, “or” or the end, and there is “of”"));
        assert!(refused("(kind is board").contains("closing bracket"));
        assert!(refused("kind is \"board").contains("never closes"));
        assert!(refused("everyone or kind is board").contains("the end"));
        assert!(refused("kind contains and").contains("a value"));
        assert!(refused(&"(".repeat(1000)).contains("brackets"));
        assert!(refused(&"x".repeat(CHARS_MAX + 1)).contains("longer"));
        assert!(refused(&format!("tag is {}", "x".repeat(201))).contains("contains"));
    }

    fn condition() -> impl Strategy<Value = Part> {
        let value = prop_oneof![
            "[a-z]{1,6}",
            "[a-z \"(),]{0,6}[a-z]",
            Just("and".to_owned()),
            Just("zürich".to_owned())
        ]
        .prop_map(|text| text.trim().to_lowercase());
        let test = prop_oneof![
            value.clone().prop_map(Test::Is),
            value.clone().prop_map(Test::Contains),
            proptest::collection::vec(value, 1..4).prop_map(Test::In),
        ];
        (0..10_usize, test, any::<bool>()).prop_map(|(field, test, not)| {
            Part::One(Condition {
                field: Field::every()[field],
                test,
                not,
            })
        })
    }

    fn audience() -> impl Strategy<Value = Audience> {
        let part = condition().prop_recursive(3, 12, 4, |inner| {
            (
                proptest::collection::vec(inner, 1..4),
                any::<bool>(),
                any::<bool>(),
            )
                .prop_map(|(parts, any, not)| {
                    let of = if any {
                        Audience::AnyOf(parts)
                    } else {
                        Audience::AllOf(parts)
                    };
                    Part::Group { of, not }
                })
        });
        (proptest::collection::vec(part, 1..4), any::<bool>())
            .prop_map(|(parts, any)| {
                if any {
                    Audience::AnyOf(parts)
                } else {
                    Audience::AllOf(parts)
                }
            })
            .prop_filter_map("too much", |audience| audience.in_one_form().ok())
    }

    proptest! {
        #[test]
        fn every_audience_reads_back_from_its_text_and_its_json(audience in audience()) {
            prop_assert_eq!(read(&write(&audience)).expect("its own text"), audience.clone());
            prop_assert_eq!(Audience::parse(&audience.to_json()).expect("its own JSON"), audience);
        }

        #[test]
        fn no_text_makes_the_reader_fall_over(text in "[a-z\"(), ]{0,60}|(kind|is|not|in|and|or|\\(|\\)|,|x| ){0,30}") {
            if let Ok(audience) = read(&text) {
                prop_assert_eq!(read(&write(&audience)).expect("its own text"), audience);
            }
        }
    }
}
