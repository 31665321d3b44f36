//! What was typed into the form of a rule, as a rule, and a rule as what would have been typed.
//!
//! The form knows fewer audiences than the language of audiences: what it cannot say is changed at the command line.
//!
//! Not here: whether the rule may be set ([`crate::rule::set`]).

use std::fmt;

use db::{Day, Refusal};
use web::{Filled, Problems};

use crate::audience::{Audience, Condition, Field, Test};
use crate::rule::{Duty, NewRule, Onboarding, Rule};

/// The mark of a form that was sent to look at who is in the rule.
pub(super) const LOOK: &str = "look";

/// The conditions on the form, in its order, and whether a value need only occur in the field.
const FIELDS: [(Field, bool); 8] = [
    (Field::Kind, false),
    (Field::Department, false),
    (Field::Tag, false),
    (Field::JobTitle, true),
    (Field::Location, false),
    (Field::Access, false),
    (Field::SystemAccess, false),
    (Field::PrivilegedAccess, false),
];

/// The form as it is first shown.
pub(super) fn blank(today: Day) -> Filled {
    Filled::nothing()
        .with("audience", "everyone")
        .with("by", "days")
        .with("onboarding_days", 30)
        .with("refresh_days", 365)
        .with("from_on", today)
}

/// The form filled with a rule that is to be replaced from today on; `None` when the form cannot say its audience.
pub(super) fn of_rule(rule: &Rule, today: Day) -> Option<Filled> {
    let mut filled = Filled::nothing()
        .with("replaces", &rule.id)
        .with("name", &rule.name)
        .with("course", &rule.course_id)
        .with("from_on", rule.from_on.max(today));
    let (joint, conditions) = match &rule.audience {
        Audience::Everyone => ("everyone", [].as_slice()),
        Audience::AnyOf(conditions) => ("any", conditions.as_slice()),
        Audience::AllOf(conditions) => ("all", conditions.as_slice()),
    };
    filled = filled.with("audience", joint);
    for (field, values) in typed(conditions)? {
        filled = match field {
            Field::Kind => values
                .iter()
                .fold(filled, |filled, value| filled.with(field.name(), value)),
            _ => filled.with(field.name(), values.join(", ")),
        };
    }
    filled = match rule.duty.onboarding {
        Onboarding::Days(days) => filled.with("by", "days").with("onboarding_days", days),
        Onboarding::BeforeAccess => filled.with("by", "before_access"),
    };
    let optional = [
        ("refresh_days", rule.duty.refresh_days),
        ("grace_days", Some(rule.duty.grace_days).filter(|days| *days > 0)),
        ("mover_days", rule.duty.mover_days),
    ];
    for (name, days) in optional {
        if let Some(days) = days {
            filled = filled.with(name, days);
        }
    }
    // What is read back must be the same people, or saving would quietly change who is meant.
    (audience(&filled).ok()? == rule.audience).then_some(filled)
}

pub(super) fn beyond_the_form() -> Refusal {
    Refusal::new(
        "rule-beyond-the-form",
        "This rule’s audience says more than the form can. End it and add another, or set it at the command line.",
    )
}

/// The rule that was typed.
///
/// # Errors
/// Everything that is missing or cannot be understood, by field.
pub(super) fn read(filled: &Filled) -> Result<NewRule, Problems> {
    let mut problems = Problems::none();
    if filled.one("name").is_empty() {
        problems.add("name", "Give the rule a name, such as “Everyone: report it”.");
    }
    if filled.one("course").is_empty() {
        problems.add("course", "Choose the course that is owed.");
    }
    let audience = audience(filled)
        .map_err(|refusal| problems.add("audience", refusal.sentence))
        .ok();
    let duty = duty(filled, &mut problems);
    let from_on = filled.one("from_on").parse::<Day>();
    if from_on.is_err() {
        problems.add("from_on", "Write the first day as a date, such as 2026-06-01.");
    }
    match (audience, from_on) {
        (Some(audience), Ok(from_on)) if problems.is_empty() => Ok(NewRule {
            name: filled.one("name").to_owned(),
            audience,
            course_id: filled.one("course").to_owned(),
            duty,
            from_on,
        }),
        _ => Err(problems),
    }
}

/// A duty as a sentence begins.
pub(super) fn sentence(duty: &impl fmt::Display) -> String {
    let said = duty.to_string();
    let mut letters = said.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn audience(filled: &Filled) -> Result<Audience, Refusal> {
    let mut conditions = Vec::new();
    for (field, contains) in FIELDS {
        let written: Vec<&str> = filled.all(field.name()).collect();
        let values: Vec<String> = written
            .iter()
            .flat_map(|text| text.split(','))
            .map(|value| value.trim().to_lowercase())
            .filter(|value| !value.is_empty())
            .collect();
        match (values.as_slice(), contains) {
            ([], _) => {}
            (_, true) => conditions.extend(
                values
                    .into_iter()
                    .map(|value| condition(field, Test::Contains(value))),
            ),
            ([one], false) => conditions.push(condition(field, Test::Is(one.clone()))),
            (_, false) => conditions.push(condition(field, Test::In(values))),
        }
    }
    let refused = |sentence: &str| Refusal::new("audience-unreadable", sentence).field("audience");
    let audience = match (filled.one("audience"), conditions.is_empty()) {
        ("everyone", true) => Audience::Everyone,
        ("everyone", false) => {
            return Err(refused(
                "Choose whether any or all of the conditions are to be met, or empty them.",
            ));
        }
        ("any" | "all", true) => return Err(refused("Write at least one condition, or choose everyone.")),
        ("any", false) => Audience::AnyOf(conditions),
        ("all", false) => Audience::AllOf(conditions),
        _ => return Err(refused("Choose who the rule is for.")),
    };
    // The bounds on audiences are kept in one place.
    Audience::parse(&audience.to_json())
}

fn condition(field: Field, test: Test) -> Condition {
    Condition {
        field,
        test,
        not: false,
    }
}

/// The conditions as they would be typed; `None` when the form cannot say one of them.
fn typed(conditions: &[Condition]) -> Option<Vec<(Field, Vec<String>)>> {
    let mut typed: Vec<(Field, Vec<String>)> = Vec::new();
    for condition in conditions {
        let (field, contains) = FIELDS.into_iter().find(|(field, _)| *field == condition.field)?;
        let values = match &condition.test {
            _ if condition.not => return None,
            Test::Is(value) if !contains => vec![value.clone()],
            Test::In(values) if !contains => values.clone(),
            Test::Contains(value) if contains => vec![value.clone()],
            _ => return None,
        };
        match typed.iter_mut().find(|(one, _)| *one == field) {
            Some((_, known)) if contains => known.extend(values),
            Some(_) => return None,
            None => typed.push((field, values)),
        }
    }
    Some(typed)
}

fn duty(filled: &Filled, problems: &mut Problems) -> Duty {
    let onboarding = match filled.one("by") {
        "before_access" => Onboarding::BeforeAccess,
        "days" => match days(filled, "onboarding_days", problems) {
            Some(days) => Onboarding::Days(days),
            None => {
                if problems.of("onboarding_days").is_none() {
                    problems.add("onboarding_days", "Say within how many days, such as 30.");
                }
                Onboarding::Days(0)
            }
        },
        _ => {
            problems.add("by", "Choose by when it is owed.");
            Onboarding::Days(0)
        }
    };
    let duty = Duty {
        onboarding,
        refresh_days: days(filled, "refresh_days", problems),
        grace_days: days(filled, "grace_days", problems).unwrap_or_default(),
        mover_days: days(filled, "mover_days", problems),
    };
    if problems.is_empty()
        && let Err(refusal) = duty.check()
    {
        problems.add(refusal.field.as_deref().unwrap_or("by"), refusal.sentence);
    }
    duty
}

fn days(filled: &Filled, name: &str, problems: &mut Problems) -> Option<i32> {
    match filled.one(name) {
        "" => None,
        text => match text.parse() {
            Ok(days) => Some(days),
            Err(_) => {
                problems.add(name, "Write a whole number of days, or leave it empty.");
                None
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Filled {
        let base = [
            ("name", "Developers"),
            ("course", "D05"),
            ("by", "days"),
            ("onboarding_days", "30"),
            ("from_on", "2026-06-01"),
        ];
        base.iter()
            .filter(|(name, _)| !pairs.iter().any(|(other, _)| other == name))
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn refused(pairs: &[(&str, &str)], field: &str) -> String {
        read(&form(pairs))
            .expect_err("the form is not right")
            .of(field)
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn what_is_typed_becomes_the_audience_it_says() {
        let new = read(&form(&[
            ("audience", "any"),
            ("tag", "Developer"),
            ("job_title", "engineer, developer"),
        ]))
        .expect("the form is right");
        assert_eq!(
            new.audience.to_string(),
            "people tagged developer or whose job title contains engineer or whose job title contains developer"
        );
        let new = read(&form(&[
            ("audience", "all"),
            ("kind", "contractor"),
            ("kind", "temp"),
            ("access", "yes"),
        ]))
        .expect("the form is right");
        assert_eq!(
            new.audience.to_string(),
            "people whose kind is contractor or temp and whose logical access is yes"
        );
    }

    #[test]
    fn a_form_that_says_nothing_or_two_things_is_sent_back_with_the_field_named() {
        assert!(refused(&[("audience", "any")], "audience").contains("at least one condition"));
        assert!(refused(&[("audience", "everyone"), ("tag", "x")], "audience").contains("any or all"));
        assert!(refused(&[], "audience").contains("Choose who"));
        assert!(
            refused(
                &[("audience", "everyone"), ("onboarding_days", "")],
                "onboarding_days"
            )
            .contains("30")
        );
        assert!(
            refused(
                &[("audience", "everyone"), ("onboarding_days", "soon")],
                "onboarding_days"
            )
            .contains("whole")
        );
        assert!(refused(&[("audience", "everyone"), ("grace_days", "5")], "grace_days").contains("repeated"));
        assert!(
            refused(&[("audience", "everyone"), ("from_on", "1 June")], "from_on").contains("2026-06-01")
        );
        assert!(refused(&[("audience", "everyone"), ("by", "")], "by").contains("by when"));
    }

    #[test]
    fn a_rule_goes_into_the_form_and_comes_out_the_same() {
        let today = Day::ymd(2026, 6, 1);
        for (number, new) in crate::programme::default_programme(&["B02".to_owned(), "D05".to_owned()], today)
            .into_iter()
            .enumerate()
        {
            let rule = Rule {
                id: format!("rul_{number:026}").parse().expect("an id"),
                name: new.name.clone(),
                audience: new.audience.clone(),
                course_id: new.course_id.clone(),
                duty: new.duty,
                from_on: new.from_on,
            };
            let filled = of_rule(&rule, today).expect("the form can say it");
            assert_eq!(read(&filled), Ok(new));
        }
    }

    #[test]
    fn an_audience_the_form_cannot_say_is_not_put_into_it() {
        for json in [
            r#"{"any":[{"field":"country","is":"de"}]}"#,
            r#"{"any":[{"field":"tag","is":"x","not":true}]}"#,
            r#"{"any":[{"field":"job_title","is":"cto"}]}"#,
            r#"{"any":[{"field":"tag","is":"x"},{"field":"tag","is":"y"}]}"#,
        ] {
            let rule = Rule {
                id: "rul_00000000000000000000000001".parse().expect("an id"),
                name: "x".to_owned(),
                audience: Audience::parse(json).expect("well formed"),
                course_id: "B02".to_owned(),
                duty: Duty::parse(r#"{"before_access":true}"#).expect("well formed"),
                from_on: Day::ymd(2026, 6, 1),
            };
            assert_eq!(of_rule(&rule, Day::ymd(2026, 6, 1)), None, "{json}");
        }
    }
}
