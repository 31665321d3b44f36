//! A filter as a condition of a statement: pieces of ours and values of theirs, the same on both engines.
//!
//! Every condition is about `r`, a row of scim_resource. What has a column of its own there is compared with it; every other
//! attribute is found in scim_value, where each value stands under its path, folded where case means nothing. Conditions
//! are sets of resources (`r.key in (select …)`) rather than questions asked of each, so that an index can answer first.

use db::{Composed, Moment, Piece, piece};
use scim_v2::filter::CompareOp;

use super::{Operand, Test, folded};
use crate::schema::{Kind, Place, Type as Kinds};
use crate::value;
use crate::wrong::{Result, Type, Wrong};

mod shapes;

pub use shapes::every_shape;

/// Adds `and (…)` to the statement.
pub fn push(composed: &mut Composed, kind: Kind, test: &Test) -> Result<()> {
    composed.piece(piece!("and"));
    condition(composed, kind, test)
}

fn condition(c: &mut Composed, kind: Kind, test: &Test) -> Result<()> {
    match test {
        Test::Present(place) => present(c, kind, place),
        Test::Compare(place, op, operand) => compare(c, kind, place, (op, operand)),
        Test::Some(place, inner) => some(c, place, inner),
        Test::Not(inner) => {
            c.piece(piece!("not ("));
            condition(c, kind, inner)?;
            c.piece(piece!(")"));
            Ok(())
        }
        Test::All(tests) => joined(c, (tests, piece!("and")), |c, test| condition(c, kind, test)),
        Test::Any(tests) => joined(c, (tests, piece!("or")), |c, test| condition(c, kind, test)),
    }
}

fn joined(
    c: &mut Composed,
    (tests, word): (&[Test], Piece),
    mut each: impl FnMut(&mut Composed, &Test) -> Result<()>,
) -> Result<()> {
    c.piece(piece!("("));
    for (at, test) in tests.iter().enumerate() {
        if at > 0 {
            c.piece(word);
        }
        each(c, test)?;
    }
    c.piece(piece!(")"));
    Ok(())
}

/// Whether the filter asks for the one thing that tells users or groups apart, or for what identity providers match them by.
pub fn finds_few(kind: Kind, test: &Test) -> bool {
    match test {
        Test::Compare(place, CompareOp::Eq, _) => match kept(kind, place) {
            Kept::Text(_) => true,
            Kept::Values => value::is_hot(&place.path()),
            _ => false,
        },
        Test::All(tests) => tests.iter().any(|test| finds_few(kind, test)),
        _ => false,
    }
}

/// Where an attribute is kept.
enum Kept {
    Text(&'static str),
    Instant(&'static str),
    Truth,
    Always,
    Members,
    Groups,
    Values,
}

fn kept(kind: Kind, place: &Place) -> Kept {
    if place.extension.is_some() {
        return Kept::Values;
    }
    match (kind, place.attr.name, place.sub.map(|sub| sub.name)) {
        (_, "id", _) => Kept::Text("id"),
        (_, "externalId", _) => Kept::Text("externalId"),
        (Kind::User, "userName", _) | (Kind::Group, "displayName", _) => Kept::Text("name"),
        (Kind::User, "active", _) => Kept::Truth,
        (_, "meta", Some("created")) => Kept::Instant("created"),
        (_, "meta", Some("lastModified")) => Kept::Instant("lastModified"),
        (_, "meta", _) => Kept::Always,
        (Kind::Group, "members", None | Some("value")) => Kept::Members,
        (Kind::User, "groups", None | Some("value")) => Kept::Groups,
        _ => Kept::Values,
    }
}

fn unsupported() -> Wrong {
    Wrong::bad(Type::InvalidFilter, "This attribute cannot be filtered by that.")
}

fn present(c: &mut Composed, kind: Kind, place: &Place) -> Result<()> {
    match kept(kind, place) {
        Kept::Text("externalId") => c.piece(piece!("r.external_id is not null")),
        Kept::Text(_) | Kept::Instant(_) | Kept::Truth | Kept::Always => c.piece(piece!("1 = 1")),
        Kept::Members => c.piece(piece!("r.key in (select m.group_key from scim_member m)")),
        Kept::Groups => c.piece(piece!(
            "r.id in (select m.value from scim_member m join scim_resource g on g.key = m.group_key and g.deleted_at is null)"
        )),
        Kept::Values => {
            c.piece(piece!("r.key in (select v.resource from scim_value v where"));
            paths(c, place);
            c.piece(piece!(")"))
        }
    };
    Ok(())
}

/// `v` is at the place, or at one of its parts.
fn paths(c: &mut Composed, place: &Place) {
    let parts: Vec<String> = match (place.sub, place.attr.kind) {
        (None, Kinds::Complex) => {
            let part = |sub| {
                Place {
                    sub: Some(sub),
                    ..*place
                }
                .path()
            };
            place.attr.subs.iter().map(part).collect()
        }
        _ => vec![place.path()],
    };
    c.piece(piece!("v.path in ("));
    for (at, path) in parts.into_iter().enumerate() {
        if at > 0 {
            c.piece(piece!(","));
        }
        c.value(path);
    }
    c.piece(piece!(")"));
}

fn compare(c: &mut Composed, kind: Kind, place: &Place, (op, operand): (&CompareOp, &Operand)) -> Result<()> {
    // What is not there differs from everything: `ne` is the opposite of `eq`.
    if matches!(op, CompareOp::Ne) {
        c.piece(piece!("not ("));
        compare(c, kind, place, (&CompareOp::Eq, operand))?;
        c.piece(piece!(")"));
        return Ok(());
    }
    match (kept(kind, place), operand) {
        (Kept::Text(column), Operand::Text(text)) => column_text(c, column, (op, folded(place.last(), text))),
        (Kept::Truth, Operand::Truth(truth)) => {
            c.piece(piece!("r.active =")).value(*truth);
        }
        (Kept::Instant(column), Operand::Instant(instant)) => column_instant(c, column, (op, *instant)),
        (Kept::Members, Operand::Text(text)) if matches!(op, CompareOp::Eq) => {
            c.piece(piece!(
                "r.key in (select m.group_key from scim_member m where m.value ="
            ))
            .value(text.as_str())
            .piece(piece!(")"));
        }
        (Kept::Groups, Operand::Text(text)) if matches!(op, CompareOp::Eq) => {
            c.piece(piece!(
                "r.id in (select m.value from scim_member m join scim_resource g on g.key = m.group_key and g.deleted_at is null where g.id ="
            ))
            .value(text.as_str())
            .piece(piece!(")"));
        }
        (Kept::Values, operand) => {
            c.piece(piece!("r.key in (select v.resource from scim_value v where"));
            of_value(c, place, (op, operand))?;
            c.piece(piece!(")"));
        }
        _ => return Err(unsupported()),
    }
    Ok(())
}

fn column_text(c: &mut Composed, column: &str, (op, text): (&CompareOp, String)) {
    let name = match column {
        "id" => piece!("r.id"),
        "externalId" => piece!("r.external_id"),
        _ => piece!("r.name_key"),
    };
    word(c, name, (op, text));
}

fn column_instant(c: &mut Composed, column: &str, (op, instant): (&CompareOp, Moment)) {
    c.piece(if column == "created" {
        piece!("r.created_at")
    } else {
        piece!("r.changed_at")
    });
    c.piece(sign(op)).value(instant);
}

fn sign(op: &CompareOp) -> Piece {
    match op {
        CompareOp::Gt => piece!(">"),
        CompareOp::Ge => piece!(">="),
        CompareOp::Lt => piece!("<"),
        CompareOp::Le => piece!("<="),
        _ => piece!("="),
    }
}

/// A comparison of a text. `like` and the functions that find a text in another differ between engines; these do not.
fn word(c: &mut Composed, name: Piece, (op, text): (&CompareOp, String)) {
    match op {
        CompareOp::Co => {
            c.piece(piece!("length(replace("))
                .piece(name)
                .piece(piece!(","))
                .value(text);
            c.piece(piece!(", '')) < length(")).piece(name).piece(piece!(")"));
        }
        CompareOp::Sw => {
            c.piece(piece!("substr("))
                .piece(name)
                .piece(piece!(", 1, length(cast("))
                .value(text.as_str());
            c.piece(piece!("as text))) =")).value(text);
        }
        CompareOp::Ew => {
            c.piece(piece!("(length("))
                .piece(name)
                .piece(piece!(") >= length(cast("))
                .value(text.as_str());
            c.piece(piece!("as text)) and substr("))
                .piece(name)
                .piece(piece!(", length("))
                .piece(name);
            c.piece(piece!(") - length(cast("))
                .value(text.as_str())
                .piece(piece!("as text)) + 1) ="))
                .value(text);
            c.piece(piece!(")"));
        }
        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => {
            c.piece(name)
                .piece(piece!("collate bytes"))
                .piece(sign(op))
                .value(text);
        }
        CompareOp::Eq | CompareOp::Ne => {
            c.piece(name).piece(piece!("=")).value(text);
        }
    }
}

fn operand_text(place: &Place, operand: &Operand) -> Result<String> {
    match operand {
        Operand::Text(text) => Ok(value::clipped(folded(place.last(), text))),
        Operand::Truth(truth) => Ok(truth.to_string()),
        Operand::Instant(_) => Err(unsupported()),
    }
}

/// `v` is a value at the place, and compares.
fn of_value(c: &mut Composed, place: &Place, (op, operand): (&CompareOp, &Operand)) -> Result<()> {
    let path = place.path();
    // Said as a literal, so that both engines see that the index of what is looked for often will do.
    if value::is_hot(&path) {
        c.piece(piece!("v.hot = 1 and"));
    }
    c.piece(piece!("v.path =")).value(path).piece(piece!("and"));
    word(c, piece!("v.word"), (op, operand_text(place, operand)?));
    Ok(())
}

/// One value of the attribute passes: found by an equality if there is one, and then asked for the rest.
fn some(c: &mut Composed, place: &Place, inner: &Test) -> Result<()> {
    if let Some(moved) = elsewhere(place, inner) {
        return compare(c, moved.0, &moved.1, (&CompareOp::Eq, &moved.2));
    }
    if matches!(place.attr.name, "members" | "groups") {
        return Err(unsupported());
    }
    let tests: Vec<&Test> = match inner {
        Test::All(tests) => tests.iter().collect(),
        test => vec![test],
    };
    c.piece(piece!("r.key in (select v.resource from scim_value v where"));
    let first = leading(&tests);
    match first.map(|at| tests[at]) {
        Some(Test::Compare(part, op, operand)) => {
            let part = within(place, part);
            of_value(c, &part, (op, operand))?;
        }
        _ => paths(c, place),
    }
    for (at, test) in tests.into_iter().enumerate() {
        if Some(at) != first {
            c.piece(piece!("and"));
            of_item(c, place, test)?;
        }
    }
    c.piece(piece!(")"));
    Ok(())
}

/// `members[value eq "x"]` and `groups[value eq "x"]`, which are not in scim_value.
fn elsewhere(place: &Place, inner: &Test) -> Option<(Kind, Place, Operand)> {
    let kind = match place.attr.name {
        "members" => Kind::Group,
        "groups" => Kind::User,
        _ => return None,
    };
    match inner {
        Test::Compare(part, CompareOp::Eq, operand) => Some((kind, *part, operand.clone())),
        _ => None,
    }
}

/// The part, told apart from a part of the same name elsewhere by the extension of the attribute.
fn within(place: &Place, part: &Place) -> Place {
    Place {
        extension: place.extension,
        ..*part
    }
}

/// The test that finds fewest: an equality of a value that is looked for often, or of any text.
fn leading(tests: &[&Test]) -> Option<usize> {
    let equality = |test: &&Test| matches!(test, Test::Compare(_, CompareOp::Eq, Operand::Text(_)));
    let hot = |test: &&Test| match test {
        Test::Compare(place, CompareOp::Eq, Operand::Text(_)) => value::is_hot(&place.path()),
        _ => false,
    };
    tests
        .iter()
        .position(hot)
        .or_else(|| tests.iter().position(equality))
}

/// The item that `v` is part of passes.
fn of_item(c: &mut Composed, place: &Place, test: &Test) -> Result<()> {
    match test {
        Test::Present(part) => {
            item_part(c, &within(place, part));
            c.piece(piece!(")"));
            Ok(())
        }
        Test::Compare(part, CompareOp::Ne, operand) => {
            c.piece(piece!("not"));
            let equal = Test::Compare(*part, CompareOp::Eq, operand.clone());
            of_item(c, place, &equal)
        }
        Test::Compare(part, op, operand) => {
            item_part(c, &within(place, part));
            c.piece(piece!("and"));
            word(c, piece!("w.word"), (op, operand_text(part, operand)?));
            c.piece(piece!(")"));
            Ok(())
        }
        Test::Not(inner) => {
            c.piece(piece!("not ("));
            of_item(c, place, inner)?;
            c.piece(piece!(")"));
            Ok(())
        }
        Test::All(tests) => joined(c, (tests, piece!("and")), |c, test| of_item(c, place, test)),
        Test::Any(tests) => joined(c, (tests, piece!("or")), |c, test| of_item(c, place, test)),
        Test::Some(_, _) => Err(unsupported()),
    }
}

fn item_part(c: &mut Composed, part: &Place) {
    c.piece(piece!(
        "exists (select 1 from scim_value w where w.resource = v.resource and w.item = v.item and w.path ="
    ))
    .value(part.path());
}

/// Orders by the attribute, absent values last, ties by age.
pub fn order(c: &mut Composed, kind: Kind, (place, descending): (&Place, Descending)) -> Result<()> {
    let place = place.compared();
    let down = descending == Descending::Yes;
    match kept(kind, &place) {
        Kept::Text("id") => c.piece(piece!("order by r.id collate bytes")),
        Kept::Text("externalId") => c.piece(if down {
            piece!("order by case when r.external_id is null then 0 else 1 end, r.external_id collate bytes")
        } else {
            piece!("order by case when r.external_id is null then 1 else 0 end, r.external_id collate bytes")
        }),
        Kept::Text(_) => c.piece(piece!("order by r.name_key collate bytes")),
        Kept::Instant("created") => c.piece(piece!("order by r.created_at")),
        Kept::Instant(_) => c.piece(piece!("order by r.changed_at")),
        Kept::Truth => c.piece(piece!("order by r.active")),
        Kept::Always => c.piece(piece!("order by r.kind")),
        Kept::Values => {
            let path = place.path();
            c.piece(if down {
                piece!("order by (select count(*) from scim_value v where v.resource = r.key and v.path =")
            } else {
                piece!("order by (select -count(*) from scim_value v where v.resource = r.key and v.path =")
            })
            .value(path.as_str())
            .piece(piece!(
                "and v.item = 0), (select v.word from scim_value v where v.resource = r.key and v.path ="
            ))
            .value(path)
            .piece(piece!("and v.item = 0) collate bytes"))
        }
        Kept::Members | Kept::Groups => {
            return Err(Wrong::bad(
                Type::InvalidPath,
                "Lists cannot be sorted by that attribute.",
            ));
        }
    };
    if down {
        c.piece(piece!("desc"));
    }
    c.piece(piece!(", r.key"));
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descending {
    Yes,
    No,
}
