//! One JSON value has exactly one spelling here, the one of RFC 8785, so that its hash means something.
//!
//! Invariants: members are in the order of their UTF-16 code units; numbers are spelt as ECMAScript spells a double;
//! nothing is dropped and nothing is rounded: what a double cannot hold is refused, not approximated.
//!
//! Not here: parsing, and any opinion on which members a value has.

use serde_json::{Map, Number, Value};

use crate::{Error, Result};

/// Deeper than serde_json will parse, so only a value made in memory can reach it.
const DEPTH_MAX: usize = 128;

/// The RFC 8785 (JCS) text of a value.
///
/// # Errors
/// An integer with more digits than an IEEE 754 double keeps, a number that is not finite, or nesting deeper than 128.
pub fn canonical(value: &Value) -> Result<String> {
    let mut out = String::new();
    write_value(&mut out, value, 0)?;
    Ok(out)
}

/// Writes a JSON string as RFC 8785 §3.2.2.2 spells it, quotes included.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            other => {
                out.push_str("\\u00");
                for nibble in [other >> 4, other & 15] {
                    out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
                }
            }
        }
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}

fn write_value(out: &mut String, value: &Value, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::Canonical(
            "The value is nested more than 128 deep; flatten it.".into(),
        ));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Value::Object(members) => write_object(out, members, depth)?,
    }
    Ok(())
}

fn write_object(out: &mut String, members: &Map<String, Value>, depth: usize) -> Result<()> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    // UTF-16 order differs from UTF-8 order above U+FFFF: surrogates sort before U+E000.
    sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    out.push('{');
    for (at, (name, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(out, name);
        out.push(':');
        write_value(out, value, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

fn write_number(out: &mut String, number: &Number) -> Result<()> {
    let start = out.len();
    let double = number
        .as_f64()
        .filter(|double| double.is_finite())
        .ok_or_else(|| {
            Error::Canonical("A number is not finite; leave it out or write it as text.".into())
        })?;
    write_double(out, double);
    let whole = number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from));
    match whole {
        // An integer keeps its own digits or is refused: two of them must not share a spelling.
        Some(whole) if out[start..] != whole.to_string() => Err(Error::Canonical(format!(
            "The integer {whole} has more digits than a double keeps; write it as text."
        ))),
        _ => Ok(()),
    }
}

/// ECMA-262 §6.1.6.1.20 Number::toString.
///
/// The digits are those of serde_json: the shortest that round-trip and, of two equally near, the even one. Rust's own
/// `{:e}` does not break that tie as ECMAScript does (1424953923781206.25). Only the layout is made here.
fn write_double(out: &mut String, double: f64) {
    if double == 0.0 {
        out.push('0'); // also for -0
        return;
    }
    if double < 0.0 {
        out.push('-');
    }
    let shortest = Value::from(double.abs()).to_string();
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0');
    let exponent = exponent.trim_start_matches('+').parse::<i32>().unwrap_or(0);
    // Where the decimal point stands, counted in digits from the first that is not 0.
    let point = whole.len() as i32 - leading as i32 + exponent;
    let count = digits.len() as i32;
    match point {
        _ if count <= point && point <= 21 => {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', (point - count) as usize));
        }
        1..=21 => {
            let (whole, fraction) = digits.split_at(point as usize);
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        -5..=0 => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', (-point) as usize));
            out.push_str(digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push('e');
            out.push(if point > 0 { '+' } else { '-' });
            out.push_str(&(point - 1).abs().to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn spelt(double: f64) -> String {
        let mut out = String::new();
        write_double(&mut out, double);
        out
    }

    /// RFC 8785 appendix B, in the order printed there.
    #[test]
    fn numbers_are_spelt_as_in_the_appendix_of_the_rfc() {
        let vectors: &[(u64, &str)] = &[
            (0x0000000000000000, "0"),
            (0x8000000000000000, "0"),
            (0x0000000000000001, "5e-324"),
            (0x8000000000000001, "-5e-324"),
            (0x7fefffffffffffff, "1.7976931348623157e+308"),
            (0xffefffffffffffff, "-1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"),
            (0xc340000000000000, "-9007199254740992"),
            (0x4430000000000000, "295147905179352830000"),
            (0x44b52d02c7e14af5, "9.999999999999997e+22"),
            (0x44b52d02c7e14af6, "1e+23"),
            (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
            (0x444b1ae4d6e2ef4e, "999999999999999700000"),
            (0x444b1ae4d6e2ef4f, "999999999999999900000"),
            (0x444b1ae4d6e2ef50, "1e+21"),
            (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
            (0x3eb0c6f7a0b5ed8d, "0.000001"),
            (0x41b3de4355555553, "333333333.3333332"),
            (0x41b3de4355555554, "333333333.33333325"),
            (0x41b3de4355555555, "333333333.3333333"),
            (0x41b3de4355555556, "333333333.3333334"),
            (0x41b3de4355555557, "333333333.33333343"),
            (0xbecbf647612f3696, "-0.0000033333333333333333"),
            (0x43143ff3c1cb0959, "1424953923781206.2"),
        ];
        for (bits, text) in vectors {
            assert_eq!(spelt(f64::from_bits(*bits)), *text, "{bits:016x}");
        }
    }

    /// RFC 8785 §3.2.2: the sample object, before and after.
    #[test]
    fn the_sample_of_the_rfc_comes_out_as_printed() {
        let input: Value = serde_json::from_str(
            r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                "literals": [null, true, false]}"#,
        )
        .expect("the sample is JSON");
        assert_eq!(
            canonical(&input).expect("it has a canonical form"),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    /// RFC 8785 §3.2.3: the sorting sample.
    #[test]
    fn members_are_sorted_by_utf_16_code_units() {
        let input: Value = serde_json::from_str(
            r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
                "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"#,
        )
        .expect("the sample is JSON");
        let text = canonical(&input).expect("it has a canonical form");
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<usize> = order
            .iter()
            .map(|word| text.find(word).expect("each value is kept"))
            .collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn what_a_double_cannot_hold_is_refused_rather_than_rounded() {
        assert!(canonical(&json!(9_007_199_254_740_993_i64)).is_err());
        assert!(canonical(&json!(u64::MAX)).is_err());
        assert_eq!(
            canonical(&json!(9_007_199_254_740_994_i64)).expect("an even one fits"),
            "9007199254740994"
        );
        assert_eq!(canonical(&json!(-7)).expect("a small one fits"), "-7");
    }

    #[test]
    fn a_value_nested_too_deeply_is_refused() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        assert!(canonical(&deep).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("finite", |d| d.is_finite())
                .prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn spelling_twice_changes_nothing(value in any_json()) {
            let once = canonical(&value).expect("all of these have a form");
            let again: Value = serde_json::from_str(&once).expect("the form is JSON");
            prop_assert_eq!(canonical(&again).expect("and so has its parse"), once);
        }

        #[test]
        fn doubles_survive_the_round_trip(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            prop_assert_eq!(spelt(double).parse::<f64>().expect("a number"), double);
        }
    }
}
