//! A filter: which resources, or which values of an attribute, are meant (RFC 7644 §3.4.2.2).
//!
//! The grammar is the crate scim_v2's; what it says is looked up in the schema here, so that the two who read a filter,
//! [`sql`] for lists and [`holds`] for values in a PATCH, agree on types and case. Length, depth and terms have a bound.

pub mod holds;
pub mod rewrite;
pub mod sql;

use std::str::FromStr;

use db::Moment;
use scim_v2::filter::{
    AttrExp, AttrPath, CompValue, CompareOp, Filter, FilterActionError, ParseError, ValFilter,
};

use crate::body::truth;
use crate::quirk::Quirks;
use crate::schema::{self, Attr, Kind, Place, Type as Kinds};
use crate::wrong::{Result, Type, Wrong};

/// A filter of hundreds of ids fits; the grammar itself bounds depth (64) and terms (1,024).
pub const BYTES_MAX: usize = 4 * 1024;

/// What has to hold.
#[derive(Debug)]
pub enum Test {
    Present(Place),
    Compare(Place, CompareOp, Operand),
    /// One value of a complex attribute with several passes the test inside.
    Some(Place, Box<Test>),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
}

/// What is compared with, by the type of the attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Text(String),
    Truth(bool),
    Instant(Moment),
}

fn invalid(detail: impl Into<String>) -> Wrong {
    Wrong::bad(Type::InvalidFilter, detail)
}

/// Reads the filter of a list.
pub fn read(kind: Kind, text: &str, quirks: &mut Quirks) -> Result<Test> {
    if text.len() > BYTES_MAX {
        return Err(invalid(format!("The filter is longer than {BYTES_MAX} bytes.")));
    }
    if text.contains('\0') {
        return Err(invalid("The filter has the character U+0000 in it."));
    }
    let text = rewrite::rewritten(text, quirks);
    let filter = Filter::from_str(&text).map_err(|error| {
        invalid(format!(
            "The filter is not one that RFC 7644 §3.4.2.2 describes{}.",
            position(&error)
        ))
    })?;
    whole(kind, filter)
}

/// Where the reader of the grammar stopped; its own words quote the filter, which is personal data.
fn position(error: &ParseError) -> String {
    let at = match error {
        ParseError::InvalidToken { location } | ParseError::UnrecognizedEof { location, .. } => *location,
        ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => token.0,
        ParseError::User {
            error: FilterActionError::DepthExceeded(_),
        } => {
            return ": it is nested more than 64 deep".to_owned();
        }
        ParseError::User {
            error: FilterActionError::TooManyTerms(_),
        } => {
            return ": it has more than 1,024 terms".to_owned();
        }
        ParseError::User { .. } => return ": a name or a value in it cannot be read".to_owned(),
    };
    format!(" (from character {} on)", at + 1)
}

fn whole(kind: Kind, filter: Filter) -> Result<Test> {
    Ok(match filter {
        Filter::Attr(term) => term_of(&|path| top(kind, path), term)?,
        Filter::ValuePath(found) => {
            let place = top(kind, &found.attr)?;
            if place.sub.is_some() || place.attr.kind != Kinds::Complex {
                return Err(invalid("What stands before [ has to be an attribute with parts."));
            }
            Test::Some(place, Box::new(inside(place.attr, *found.filter)?))
        }
        Filter::Not(inner) => Test::Not(Box::new(whole(kind, *inner)?)),
        Filter::And(items) => Test::All(
            items
                .into_iter()
                .map(|item| whole(kind, item))
                .collect::<Result<_>>()?,
        ),
        Filter::Or(items) => Test::Any(
            items
                .into_iter()
                .map(|item| whole(kind, item))
                .collect::<Result<_>>()?,
        ),
    })
}

/// The filter between brackets, about the parts of one attribute.
pub fn inside(attr: &'static Attr, filter: ValFilter) -> Result<Test> {
    Ok(match filter {
        ValFilter::Attr(term) => term_of(&|path| part(attr, path), term)?,
        ValFilter::Not(inner) => Test::Not(Box::new(inside(attr, *inner)?)),
        ValFilter::And(items) => Test::All(
            items
                .into_iter()
                .map(|item| inside(attr, item))
                .collect::<Result<_>>()?,
        ),
        ValFilter::Or(items) => Test::Any(
            items
                .into_iter()
                .map(|item| inside(attr, item))
                .collect::<Result<_>>()?,
        ),
    })
}

fn top(kind: Kind, path: &AttrPath) -> Result<Place> {
    schema::place(kind, path.uri.as_deref(), &path.name, path.sub_attr.as_deref())
        .ok_or_else(|| invalid("The filter names an attribute that a resource of this kind does not have."))
}

fn part(attr: &'static Attr, path: &AttrPath) -> Result<Place> {
    let sub = match (&path.uri, &path.sub_attr) {
        (None, None) => attr.sub(&path.name),
        _ => None,
    };
    let sub = sub.ok_or_else(|| {
        invalid(format!(
            "{} has no part of the name between the brackets.",
            attr.name
        ))
    })?;
    Ok(Place {
        extension: None,
        attr,
        sub: Some(sub),
    })
}

fn term_of(find: &dyn Fn(&AttrPath) -> Result<Place>, term: AttrExp) -> Result<Test> {
    match term {
        AttrExp::Present(path) => Ok(Test::Present(find(&path)?)),
        AttrExp::Comparison(path, op, value) => {
            let place = find(&path)?.compared();
            match (value, &op) {
                (CompValue::Null, CompareOp::Eq) => Ok(Test::Not(Box::new(Test::Present(place)))),
                (CompValue::Null, CompareOp::Ne) => Ok(Test::Present(place)),
                (value, _) => {
                    let operand = operand(place, &op, value)?;
                    Ok(Test::Compare(place, op, operand))
                }
            }
        }
    }
}

fn operand(place: Place, op: &CompareOp, value: CompValue) -> Result<Operand> {
    let attr = place.last();
    if attr.kind == Kinds::Complex {
        return Err(invalid(format!("{} has parts; compare one of them.", attr.name)));
    }
    let substring = matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew);
    let is_instant = attr.kind == Kinds::DateTime && place.attr.name == "meta" && !substring;
    let text = match value {
        CompValue::Str(text) => text,
        CompValue::Number(number) => number.to_string(),
        CompValue::True => "true".to_owned(),
        CompValue::False => "false".to_owned(),
        CompValue::Null => return Err(invalid("null can only be compared with eq and ne.")),
    };
    if text.contains('\0') {
        return Err(invalid("The filter has the character U+0000 in it."));
    }
    if attr.kind == Kinds::Boolean {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Err(invalid(format!(
                "{} is true or false; compare it with eq or ne.",
                attr.name
            )));
        }
        let truth = truth(&text).ok_or_else(|| invalid(format!("{} is true or false.", attr.name)))?;
        return Ok(Operand::Truth(truth));
    }
    if is_instant {
        let instant = text.parse::<Moment>().map_err(|_| {
            invalid(format!(
                "{} is compared with a time such as 2026-06-01T09:00:00Z.",
                attr.name
            ))
        })?;
        return Ok(Operand::Instant(instant));
    }
    if substring && text.is_empty() {
        return Err(invalid("co, sw and ew need a text that is not empty."));
    }
    Ok(Operand::Text(text))
}

/// As a text is compared: as it is, or without regard to case.
pub fn folded(attr: &Attr, text: &str) -> String {
    if attr.case_exact {
        text.to_owned()
    } else {
        fold(text)
    }
}

/// Without regard to case, the same on every engine because no engine does it.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Result<Test> {
        read(Kind::User, text, &mut Quirks::default())
    }

    #[test]
    fn filters_of_the_rfc_and_of_clients_are_read() {
        for text in [
            r#"userName Eq "john""#,
            r#"name.familyName co "O'Malley""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            r#"title pr and userType eq "Employee""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType ne "Employee" and not (emails co "example.com")"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]"#,
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"active eq True"#,
            r#"roles[primary eq "True"]"#,
            r#"emails[type eq "work"].value eq "a@example.com""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "7""#,
            r#"externalId eq 7"#,
            r#"manager eq "x""#,
        ] {
            reading(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_in_a_sentence() {
        let deep = format!("{}title pr{}", "(".repeat(3_000), ")".repeat(3_000));
        let long = format!("title eq \"{}\"", "x".repeat(BYTES_MAX));
        let nul = "title eq \"a\\u0000b\"";
        for text in [
            "",
            "userName",
            "userName eq",
            "userName is \"a\"",
            "userName eq 'a'",
            "shoeSize eq 41",
            "active gt true",
            "emails[shoe eq 1]",
            "meta.created gt \"soon\"",
            "title co \"\"",
            nul,
            &deep,
            &long,
        ] {
            let wrong = reading(text).expect_err(text);
            assert_eq!(
                (wrong.status, wrong.kind),
                (400, Some(Type::InvalidFilter)),
                "{text}"
            );
            assert!(wrong.detail.ends_with('.'), "{}", wrong.detail);
        }
        let sixty = format!("{}title pr{}", "not (".repeat(60), ")".repeat(60));
        reading(&sixty).expect("sixty is within the bound");
    }
}
