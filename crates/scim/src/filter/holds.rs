//! Whether a filter between brackets holds of one value of an attribute, in memory: what PATCH paths need.

use scim_v2::filter::CompareOp;
use serde_json::Value;

use super::{Operand, Test, folded};
use crate::schema::Place;

/// Whether the value passes.
pub fn holds(test: &Test, value: &Value) -> bool {
    match test {
        Test::Present(place) => part(place, value).is_some(),
        Test::Compare(place, op, operand) => compared(place, op, operand, part(place, value)),
        Test::Not(inner) => !holds(inner, value),
        Test::All(tests) => tests.iter().all(|test| holds(test, value)),
        Test::Any(tests) => tests.iter().any(|test| holds(test, value)),
        // The grammar has no brackets within brackets.
        Test::Some(_, _) => false,
    }
}

fn part<'a>(place: &Place, value: &'a Value) -> Option<&'a Value> {
    match place.sub {
        Some(sub) => value.get(sub.name),
        None => Some(value),
    }
}

fn compared(place: &Place, op: &CompareOp, operand: &Operand, have: Option<&Value>) -> bool {
    let attr = place.last();
    let differs = matches!(op, CompareOp::Ne);
    let text = match (operand, have) {
        (Operand::Truth(wanted), have) => {
            let is = have.and_then(Value::as_bool).unwrap_or(false) == *wanted;
            return is != differs;
        }
        (Operand::Text(wanted), Some(Value::String(have))) => {
            Some((folded(attr, have), folded(attr, wanted)))
        }
        _ => None,
    };
    let Some((have, wanted)) = text else {
        return differs;
    };
    match op {
        CompareOp::Eq => have == wanted,
        CompareOp::Ne => have != wanted,
        CompareOp::Co => have.contains(&wanted),
        CompareOp::Sw => have.starts_with(&wanted),
        CompareOp::Ew => have.ends_with(&wanted),
        CompareOp::Gt => have > wanted,
        CompareOp::Lt => have < wanted,
        CompareOp::Ge => have >= wanted,
        CompareOp::Le => have <= wanted,
    }
}

/// The parts that a value has to have to pass, when that is all the filter asks: what a value is made with when none
/// passes.
pub fn asked(test: &Test) -> Option<Vec<(Place, Value)>> {
    match test {
        Test::Compare(place, CompareOp::Eq, operand) => {
            let value = match operand {
                Operand::Text(text) => Value::String(text.clone()),
                Operand::Truth(truth) => Value::Bool(*truth),
                Operand::Instant(_) => return None,
            };
            Some(vec![(*place, value)])
        }
        Test::All(tests) => {
            let asked: Option<Vec<_>> = tests.iter().map(asked).collect();
            Some(asked?.into_iter().flatten().collect())
        }
        _ => None,
    }
}
