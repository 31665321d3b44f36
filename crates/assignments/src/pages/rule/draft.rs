//! What was typed into the form of a rule, as a rule, and a rule as what would have been typed.
//!
//! The fields say simple audiences; any other is chosen by its name, or written as text.
//!
//! Not here: whether the rule may be set ([`crate::rule::set`]).

use std::fmt;

use db::{Day, Id, Refusal};
use web::{Filled, Problems};

use crate::audience::{Audience, Condition, Field, Part, Test};
use crate::duty;
use crate::expression;
use crate::named_audience::{AudienceKind, NamedAudience};
use crate::rule::{Duty, NewRule, Onboarding, PRIORITY, Rule, Terms};

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

/// The form filled with a rule that is to be replaced from today on.
pub(super) fn of_rule(rule: &Rule, today: Day) -> Filled {
    let mut filled = who_of(rule)
        .with("replaces", &rule.id)
        .with("name", &rule.name)
        .with("course", &rule.course_id)
        .with(
            "from_on",
            if rule.duty.is_event() {
                rule.from_on
            } else {
                rule.from_on.max(today)
            },
        )
        .with("priority", rule.terms.priority)
        .with("why", &rule.terms.why);
    for other in &rule.terms.others {
        filled = filled.with("others", other);
    }
    if let Some(until) = rule.terms.until_on {
        filled = filled.with("until_on", until);
    }
    filled = match rule.duty.onboarding {
        Onboarding::Days(days) => filled.with("by", "days").with("onboarding_days", days),
        Onboarding::BeforeAccess => filled.with("by", "before_access"),
        Onboarding::Event(days) => filled.with("by", "event").with("onboarding_days", days),
    };
    if let Some(calendar) = rule.duty.calendar {
        filled = filled
            .with("calendar", format!("{:02}-{:02}", calendar.month, calendar.day))
            .with("active_days", calendar.active_days);
    }
    let optional = [
        ("refresh_days", rule.duty.refresh_days),
        ("grace_days", Some(rule.duty.grace_days).filter(|days| *days > 0)),
        ("mover_days", rule.duty.mover_days),
        ("leave_days", rule.duty.leave_days),
    ];
    for (name, days) in optional {
        if let Some(days) = days {
            filled = filled.with(name, days);
        }
    }
    filled
}

/// Who is meant: by name, by the fields where they can say it, and else as text.
fn who_of(rule: &Rule) -> Filled {
    if let Some(named) = &rule.terms.named {
        return Filled::nothing().with("audience", "named").with("named", named);
    }
    let joint = match &rule.audience {
        Audience::Everyone => "everyone",
        Audience::AnyOf(_) => "any",
        Audience::AllOf(_) => "all",
    };
    let mut filled = Filled::nothing().with("audience", joint);
    for (field, values) in typed(rule.audience.parts()).unwrap_or_default() {
        filled = match field {
            Field::Kind => values
                .iter()
                .fold(filled, |filled, value| filled.with(field.name(), value)),
            _ => filled.with(field.name(), values.join(", ")),
        };
    }
    // What is read back must be the same people, or saving would quietly change who is meant.
    if audience(&filled, &[]).is_ok_and(|(read, _)| read == rule.audience) {
        return filled;
    }
    Filled::nothing()
        .with("audience", "written")
        .with("written", expression::write(&rule.audience))
}

/// The rule that was typed.
///
/// # Errors
/// Everything that is missing or cannot be understood, by field.
pub(super) fn read(filled: &Filled, audiences: &[NamedAudience]) -> Result<NewRule, Problems> {
    let mut problems = Problems::none();
    if filled.one("name").is_empty() {
        problems.add("name", "Give the rule a name, such as “Everyone: report it”.");
    }
    if filled.one("course").is_empty() {
        problems.add("course", "Choose the course that is owed.");
    }
    let audience = audience(filled, audiences)
        .map_err(|refusal| problems.add(refusal.field.as_deref().unwrap_or("audience"), refusal.sentence))
        .ok();
    let duty = duty(filled, &mut problems);
    let from_on = filled.one("from_on").parse::<Day>();
    if from_on.is_err() {
        problems.add("from_on", "Write the first day as a date, such as 2026-06-01.");
    }
    let until_on = match filled.one("until_on") {
        "" => None,
        text => match text.parse::<Day>() {
            Ok(day) => Some(day),
            Err(_) => {
                problems.add(
                    "until_on",
                    "Write the last day as a date, such as 2027-05-31, or leave it empty.",
                );
                None
            }
        },
    };
    let priority = match filled.one("priority") {
        "" => PRIORITY,
        text => text.parse().unwrap_or_default(),
    };
    let others = filled
        .all("others")
        .filter(|other| !other.is_empty() && *other != filled.one("course"));
    let others = others.map(str::to_owned).collect();
    match (audience, from_on) {
        (Some((audience, named)), Ok(from_on)) if problems.is_empty() => Ok(NewRule {
            name: filled.one("name").to_owned(),
            audience,
            course_id: filled.one("course").to_owned(),
            duty,
            from_on,
            terms: Terms {
                named,
                others,
                priority,
                until_on,
                why: filled.raw("why").trim().to_owned(),
            },
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

type Who = (Audience, Option<Id<AudienceKind>>);

fn audience(filled: &Filled, audiences: &[NamedAudience]) -> Result<Who, Refusal> {
    let refused = |sentence: &str| Refusal::new("audience-unreadable", sentence).field("audience");
    match filled.one("audience") {
        "named" => {
            let named = audiences
                .iter()
                .find(|one| one.id.as_str() == filled.one("named"));
            let named = named
                .ok_or_else(|| refused("Choose which of the named audiences is meant.").field("named"))?;
            return Ok((named.audience.clone(), Some(named.id.clone())));
        }
        "written" => {
            let written =
                expression::read(filled.one("written")).map_err(|refusal| refusal.field("written"))?;
            return Ok((written, None));
        }
        _ => {}
    }
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
    Ok((Audience::parse(&audience.to_json())?, None))
}

fn condition(field: Field, test: Test) -> Part {
    Part::One(Condition {
        field,
        test,
        not: false,
    })
}

/// The conditions as they would be typed; `None` when the form cannot say one of them.
fn typed(parts: &[Part]) -> Option<Vec<(Field, Vec<String>)>> {
    let mut typed: Vec<(Field, Vec<String>)> = Vec::new();
    for part in parts {
        let Part::One(condition) = part else { return None };
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
    let within = |problems: &mut Problems| match days(filled, "onboarding_days", problems) {
        Some(days) => days,
        None => {
            if problems.of("onboarding_days").is_none() {
                problems.add("onboarding_days", "Say within how many days, such as 30.");
            }
            0
        }
    };
    let onboarding = match filled.one("by") {
        "before_access" => Onboarding::BeforeAccess,
        "days" => Onboarding::Days(within(problems)),
        "event" => Onboarding::Event(within(problems)),
        _ => {
            problems.add("by", "Choose by when it is owed.");
            Onboarding::Days(0)
        }
    };
    let active = days(filled, "active_days", problems).unwrap_or(duty::ACTIVE_DAYS);
    let calendar = match filled.one("calendar") {
        "" => None,
        text => duty::calendar(text, active)
            .map_err(|refusal| problems.add("calendar", refusal.sentence))
            .ok(),
    };
    let duty = Duty {
        onboarding,
        calendar,
        refresh_days: days(filled, "refresh_days", problems),
        grace_days: days(filled, "grace_days", problems).unwrap_or_default(),
        mover_days: days(filled, "mover_days", problems),
        leave_days: days(filled, "leave_days", problems),
    };
    if problems.is_empty()
        && let Err(refusal) = duty.check()
    {
        let field = refusal.field.as_deref().unwrap_or("by");
        problems.add(
            if field == "event_days" {
                "onboarding_days"
            } else {
                field
            },
            refusal.sentence,
        );
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
        read(&form(pairs), &[])
            .expect_err("the form is not right")
            .of(field)
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn what_is_typed_becomes_the_audience_it_says() {
        let new = read(
            &form(&[
                ("audience", "any"),
                ("tag", "Developer"),
                ("job_title", "engineer, developer"),
            ]),
            &[],
        )
        .expect("the form is right");
        assert_eq!(
            new.audience.to_string(),
            "people tagged developer or whose job title contains engineer or whose job title contains developer"
        );
        let new = read(
            &form(&[
                ("audience", "all"),
                ("kind", "contractor"),
                ("kind", "temp"),
                ("access", "yes"),
            ]),
            &[],
        )
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
        let mut rules = crate::programme::default_programme(&["B02".to_owned(), "D05".to_owned()], today)
            .expect("well formed");
        for json in [
            r#"{"any":[{"field":"country","is":"de"}]}"#,
            r#"{"any":[{"field":"tag","is":"x","not":true}]}"#,
            r#"{"any":[{"field":"job_title","is":"cto"}]}"#,
            r#"{"any":[{"field":"tag","is":"x"},{"field":"tag","is":"y"}]}"#,
            r#"{"all_of":[{"field":"tag","is":"x"},{"any":[{"field":"kind","is":"temp"},{"field":"country","is":"at"}]}]}"#,
        ] {
            rules.push(NewRule {
                audience: Audience::parse(json).expect("well formed"),
                ..rules[0].clone()
            });
        }
        rules.push(NewRule {
            duty: Duty::parse(r#"{"onboarding_days":30,"calendar":"11-30","active_days":60,"grace_days":5,"mover_days":10,"leave_days":90}"#)
                .expect("well formed"),
            terms: Terms {
                others: vec!["B10".to_owned()],
                priority: 2,
                until_on: Some(Day::ymd(2027, 5, 31)),
                why: "A customer asks for it.".to_owned(),
                named: None,
            },
            ..rules[0].clone()
        });
        for (number, new) in rules.into_iter().enumerate() {
            let rule = new.as_rule(crate::change::planned(number), None);
            assert_eq!(read(&of_rule(&rule, today), &[]), Ok(new));
        }
    }

    #[test]
    fn a_rule_by_the_name_of_an_audience_says_what_the_audience_says() {
        let named = NamedAudience {
            id: "aud_00000000000000000000000001".parse().expect("an id"),
            name: "Contractors".to_owned(),
            audience: expression::read("kind is contractor").expect("well formed"),
            why: String::new(),
            set_at: db::Moment(0),
        };
        let filled = form(&[("audience", "named"), ("named", named.id.as_str())]);
        let new = read(&filled, std::slice::from_ref(&named)).expect("the form is right");
        assert_eq!(
            (&new.audience, new.terms.named.as_ref()),
            (&named.audience, Some(&named.id))
        );
        assert!(refused(&[("audience", "named"), ("named", "aud_gone")], "named").contains("Choose which"));
        assert!(refused(&[("audience", "written"), ("written", "kind is")], "written").contains("a value"));
        assert!(refused(&[("audience", "everyone"), ("calendar", "13-01")], "calendar").contains("11-30"));
    }
}
