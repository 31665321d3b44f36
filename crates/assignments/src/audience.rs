//! An audience is the people a rule is meant for, said once as conditions and understood by everyone the same way.
//!
//! Stored as JSON: `{"all": true}`, `{"any": [condition, …]}` or `{"all_of": [condition, …]}`. A condition is
//! `{"field": "job_title", "contains": "engineer"}`, `{"field": "kind", "is": "contractor"}` or
//! `{"field": "country", "in": ["DE", "AT"]}`, turned round by `"not": true`. Letter case never matters. A field
//! that is blank matches nothing, so only `not` finds people in whom it is blank. Someone may have several kinds
//! (an employee on the board), several tags and access to several systems: one that fits is enough.
//!
//! Pure. Not here: rules, duties and days; who the people are.

use std::fmt;

use db::Refusal;
use serde::Deserialize;

/// The most conditions one audience may have: more cannot be read by the person who approves it.
const CONDITIONS_MAX: usize = 40;
/// The most values one `in` may list.
const VALUES_MAX: usize = 400;

/// Who a rule is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone on the roster.
    Everyone,
    /// Those who meet at least one condition.
    AnyOf(Vec<Condition>),
    /// Those who meet every condition.
    AllOf(Vec<Condition>),
}

/// One thing that is true of a person, or, with `not`, is not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// What it must be.
    pub test: Test,
    /// Turned round: true of those who do not pass the test.
    pub not: bool,
}

/// What a condition can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// employee, contractor, intern, temp, vendor_staff, board or other.
    Kind,
    /// The department, as the source gives it.
    Department,
    /// The division, as the source gives it.
    Division,
    /// The job title, as the source gives it.
    JobTitle,
    /// The place of work.
    Location,
    /// The country.
    Country,
    /// One of the person's tags.
    Tag,
    /// Logical access: yes, no or unknown.
    Access,
    /// One of the systems the person can get into, as lists of accounts show; `any` for whoever gets in anywhere.
    SystemAccess,
    /// One of the systems in which the person may do more than others; `any` likewise.
    PrivilegedAccess,
}

/// How a value is compared; the values are kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// Equal to this.
    Is(String),
    /// Equal to one of these.
    In(Vec<String>),
    /// This occurs in it.
    Contains(String),
}

/// What is known of a person on one day, as far as an audience may ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traits<'a> {
    /// The kinds of the engagements that hold that day.
    pub kinds: &'a [&'a str],
    /// Department.
    pub department: Option<&'a str>,
    /// Division.
    pub division: Option<&'a str>,
    /// Job title.
    pub job_title: Option<&'a str>,
    /// Location.
    pub location: Option<&'a str>,
    /// Country.
    pub country: Option<&'a str>,
    /// Logical access: yes, no or unknown.
    pub access: Option<&'a str>,
    /// Tags with spaces between, as the roster stores them: `" developer finance "`.
    pub tags: &'a str,
    /// Systems with spaces between, as [`systems`] writes them: `"any aws github"`; nothing when there is none.
    pub systems: &'a str,
    /// Likewise, those in which the person is privileged.
    pub privileged: &'a str,
}

/// Systems as an audience is asked about them: in order, once each, with `any` before them when there is one.
#[must_use]
pub fn systems<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: std::collections::BTreeSet<&str> = names.collect();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = std::iter::once(ANY_SYSTEM).chain(names).collect();
    names.join(" ")
}

/// What stands for whatever system; no system can be called so.
const ANY_SYSTEM: &str = "any";

impl Audience {
    /// Reads the JSON of an audience.
    ///
    /// # Errors
    /// A refusal that names the part that cannot be understood.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        let written: Written = serde_json::from_str(json).map_err(|e| {
            refusal(format!(
                "The audience cannot be read: {e}. Write for example {{\"all\": true}}."
            ))
        })?;
        match (written.all, written.any, written.all_of) {
            (Some(true), None, None) => Ok(Self::Everyone),
            (None, Some(any), None) => Ok(Self::AnyOf(conditions(any)?)),
            (None, None, Some(all_of)) => Ok(Self::AllOf(conditions(all_of)?)),
            _ => Err(refusal(
                "Say who the audience is in exactly one way: \"all\": true, \"any\": […] or \"all_of\": […]."
                    .to_owned(),
            )),
        }
    }

    /// Whether someone with these traits belongs to the audience.
    #[must_use]
    pub fn matches(&self, traits: &Traits) -> bool {
        match self {
            Self::Everyone => true,
            Self::AnyOf(conditions) => conditions.iter().any(|c| c.holds(traits)),
            Self::AllOf(conditions) => conditions.iter().all(|c| c.holds(traits)),
        }
    }

    /// The audience as JSON, in one form only: equal audiences give equal text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let list = |name: &str, conditions: &[Condition]| {
            let parts: Vec<String> = conditions.iter().map(Condition::to_json).collect();
            format!("{{\"{name}\":[{}]}}", parts.join(","))
        };
        match self {
            Self::Everyone => "{\"all\":true}".to_owned(),
            Self::AnyOf(conditions) => list("any", conditions),
            Self::AllOf(conditions) => list("all_of", conditions),
        }
    }

    /// Whether any condition looks at who can get in where.
    #[must_use]
    pub fn asks_for_grants(&self) -> bool {
        self.asks(Field::SystemAccess) || self.asks(Field::PrivilegedAccess)
    }

    /// Whether any condition looks at this field.
    #[must_use]
    pub fn asks(&self, field: Field) -> bool {
        match self {
            Self::Everyone => false,
            Self::AnyOf(conditions) | Self::AllOf(conditions) => conditions.iter().any(|c| c.field == field),
        }
    }
}

impl Condition {
    fn holds(&self, traits: &Traits) -> bool {
        let one = |value: Option<&str>| value.is_some_and(|v| self.test.passes(v));
        let found = match self.field {
            Field::Kind => traits.kinds.iter().any(|k| self.test.passes(k)),
            Field::Department => one(traits.department),
            Field::Division => one(traits.division),
            Field::JobTitle => one(traits.job_title),
            Field::Location => one(traits.location),
            Field::Country => one(traits.country),
            Field::Tag => traits.tags.split_ascii_whitespace().any(|t| self.test.passes(t)),
            Field::Access => one(traits.access),
            Field::SystemAccess => traits
                .systems
                .split_ascii_whitespace()
                .any(|s| self.test.passes(s)),
            Field::PrivilegedAccess => traits
                .privileged
                .split_ascii_whitespace()
                .any(|s| self.test.passes(s)),
        };
        found != self.not
    }

    fn to_json(&self) -> String {
        let text = |s: &str| serde_json::Value::from(s).to_string();
        let test = match &self.test {
            Test::Is(value) => format!("\"is\":{}", text(value)),
            Test::In(values) => {
                let values: Vec<String> = values.iter().map(|v| text(v)).collect();
                format!("\"in\":[{}]", values.join(","))
            }
            Test::Contains(value) => format!("\"contains\":{}", text(value)),
        };
        let not = if self.not { ",\"not\":true" } else { "" };
        format!("{{\"field\":\"{}\",{test}{not}}}", self.field.name())
    }
}

impl Test {
    fn passes(&self, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() {
            return false;
        }
        match self {
            Self::Is(wanted) => same(value, wanted),
            Self::In(wanted) => wanted.iter().any(|w| same(value, w)),
            Self::Contains(part) => value.to_lowercase().contains(part.as_str()),
        }
    }
}

impl Field {
    /// The name in JSON and on forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Department => "department",
            Self::Division => "division",
            Self::JobTitle => "job_title",
            Self::Location => "location",
            Self::Country => "country",
            Self::Tag => "tag",
            Self::Access => "access",
            Self::SystemAccess => "system_access",
            Self::PrivilegedAccess => "privileged_access",
        }
    }

    /// Every field, in the order forms show them.
    #[must_use]
    pub fn every() -> [Self; 10] {
        [
            Self::Kind,
            Self::Department,
            Self::Division,
            Self::JobTitle,
            Self::Location,
            Self::Country,
            Self::Tag,
            Self::Access,
            Self::SystemAccess,
            Self::PrivilegedAccess,
        ]
    }

    fn named(name: &str) -> Option<Self> {
        Self::every().into_iter().find(|f| f.name() == name)
    }
}

/// "everyone"; "people tagged developer or whose job title contains engineer".
impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (conditions, joint) = match self {
            Self::Everyone => return f.write_str("everyone"),
            Self::AnyOf(conditions) => (conditions, " or "),
            Self::AllOf(conditions) => (conditions, " and "),
        };
        let parts: Vec<String> = conditions.iter().map(Condition::to_string).collect();
        write!(f, "people {}", parts.join(joint))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.not { "not " } else { "" };
        let values = match &self.test {
            Test::Is(value) | Test::Contains(value) => plain(self.field, value),
            Test::In(values) => {
                let values: Vec<String> = values.iter().map(|v| plain(self.field, v)).collect();
                either(&values)
            }
        };
        let contains = matches!(self.test, Test::Contains(_));
        match self.field {
            Field::Tag if contains => write!(f, "{not}with a tag containing {values}"),
            Field::Tag => write!(f, "{not}tagged {values}"),
            Field::SystemAccess if contains => write!(f, "{not}with access to a system called like {values}"),
            Field::SystemAccess => write!(
                f,
                "{not}with access to {}",
                values.replace(ANY_SYSTEM, "any system")
            ),
            Field::PrivilegedAccess if contains => {
                write!(f, "{not}privileged in a system called like {values}")
            }
            Field::PrivilegedAccess => write!(
                f,
                "{not}privileged in {}",
                values.replace(ANY_SYSTEM, "any system")
            ),
            _ => {
                let noun = match self.field {
                    Field::Kind => "kind",
                    Field::Access => "logical access",
                    Field::JobTitle => "job title",
                    other => other.name(),
                };
                match (contains, self.not) {
                    (true, false) => write!(f, "whose {noun} contains {values}"),
                    (true, true) => write!(f, "whose {noun} does not contain {values}"),
                    (false, _) => write!(f, "whose {noun} is {not}{values}"),
                }
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    all: Option<bool>,
    any: Option<Vec<WrittenCondition>>,
    all_of: Option<Vec<WrittenCondition>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCondition {
    field: String,
    is: Option<String>,
    r#in: Option<Vec<String>>,
    contains: Option<String>,
    #[serde(default)]
    not: bool,
}

fn conditions(written: Vec<WrittenCondition>) -> Result<Vec<Condition>, Refusal> {
    if written.is_empty() {
        return Err(refusal(
            "The audience has no conditions, so nobody would belong to it. Add one.".to_owned(),
        ));
    }
    if written.len() > CONDITIONS_MAX {
        return Err(refusal(format!(
            "The audience has {} conditions; at most {CONDITIONS_MAX} are allowed. Use \"in\" to list values.",
            written.len()
        )));
    }
    written.into_iter().map(condition).collect()
}

fn condition(written: WrittenCondition) -> Result<Condition, Refusal> {
    let Some(field) = Field::named(&written.field) else {
        let names: Vec<&str> = Field::every().iter().map(|f| f.name()).collect();
        return Err(refusal(format!(
            "The audience asks for “{}”, which is not known of people. Use one of {}.",
            written.field,
            names.join(", ")
        )));
    };
    let test = match (written.is, written.r#in, written.contains) {
        (Some(value), None, None) => Test::Is(value_of(field, &value)?),
        (None, None, Some(value)) => Test::Contains(value_of(field, &value)?),
        (None, Some(values), None) if !values.is_empty() && values.len() <= VALUES_MAX => Test::In(
            values
                .iter()
                .map(|v| value_of(field, v))
                .collect::<Result<_, _>>()?,
        ),
        (None, Some(_), None) => {
            return Err(refusal(format!(
                "The list of values for {} must have 1 to {VALUES_MAX} entries.",
                field.name()
            )));
        }
        _ => {
            return Err(refusal(format!(
                "Say in exactly one way what {} should be: \"is\", \"in\" or \"contains\".",
                field.name()
            )));
        }
    };
    Ok(Condition {
        field,
        test,
        not: written.not,
    })
}

fn value_of(field: Field, value: &str) -> Result<String, Refusal> {
    let value = value.trim().to_lowercase();
    if value.is_empty() {
        return Err(refusal(format!(
            "A value for {} is blank. Write what it should be.",
            field.name()
        )));
    }
    Ok(value)
}

fn same(value: &str, wanted_lower: &str) -> bool {
    if value.is_ascii() {
        value.eq_ignore_ascii_case(wanted_lower)
    } else {
        value.to_lowercase() == wanted_lower
    }
}

/// Countries are known by their letters; kinds by words.
fn plain(field: Field, value: &str) -> String {
    match field {
        Field::Country => value.to_uppercase(),
        Field::Kind => value.replace('_', " "),
        _ => value.to_owned(),
    }
}

fn either(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

fn refusal(sentence: String) -> Refusal {
    Refusal::new("audience-unreadable", sentence).field("audience")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audience(json: &str) -> Audience {
        Audience::parse(json).expect("the audience is well formed")
    }

    fn refused(json: &str) -> String {
        Audience::parse(json)
            .expect_err("the audience is not well formed")
            .sentence
    }

    fn engineer() -> Traits<'static> {
        Traits {
            kinds: &["employee"],
            department: Some("Platform"),
            job_title: Some("Senior Engineer"),
            country: Some("DE"),
            access: Some("yes"),
            tags: " admin developer ",
            ..Traits::default()
        }
    }

    #[test]
    fn everyone_is_everyone() {
        assert!(audience(r#"{"all":true}"#).matches(&Traits::default()));
        assert_eq!(audience(r#"{"all":true}"#).to_string(), "everyone");
    }

    #[test]
    fn letter_case_does_not_matter() {
        assert!(audience(r#"{"any":[{"field":"job_title","contains":"ENGINEER"}]}"#).matches(&engineer()));
        assert!(audience(r#"{"any":[{"field":"department","is":"platform"}]}"#).matches(&engineer()));
        assert!(
            audience(r#"{"any":[{"field":"location","is":"zürich"}]}"#).matches(&Traits {
                location: Some("ZÜRICH"),
                ..Traits::default()
            })
        );
    }

    #[test]
    fn any_needs_one_condition_and_all_of_needs_every_one() {
        let conditions = r#"[{"field":"tag","is":"developer"},{"field":"country","in":["AT","CH"]}]"#;
        assert!(audience(&format!(r#"{{"any":{conditions}}}"#)).matches(&engineer()));
        assert!(!audience(&format!(r#"{{"all_of":{conditions}}}"#)).matches(&engineer()));
    }

    #[test]
    fn a_tag_is_a_whole_word() {
        assert!(!audience(r#"{"any":[{"field":"tag","is":"develop"}]}"#).matches(&engineer()));
        assert!(audience(r#"{"any":[{"field":"tag","is":"Admin"}]}"#).matches(&engineer()));
    }

    #[test]
    fn whoever_gets_in_anywhere_gets_into_any_system() {
        let names = systems(["github", "aws", "github"].into_iter());
        assert_eq!(names, "any aws github");
        let asks = |json: &str, systems: &str| {
            audience(json).matches(&Traits {
                systems,
                ..Traits::default()
            })
        };
        assert!(asks(
            r#"{"any":[{"field":"system_access","is":"GitHub"}]}"#,
            &names
        ));
        assert!(asks(r#"{"any":[{"field":"system_access","is":"any"}]}"#, &names));
        assert!(!asks(r#"{"any":[{"field":"system_access","is":"git"}]}"#, &names));
        assert!(!asks(
            r#"{"any":[{"field":"system_access","is":"any"}]}"#,
            &systems(std::iter::empty())
        ));
        assert!(!asks(
            r#"{"any":[{"field":"privileged_access","is":"any"}]}"#,
            &names
        ));
    }

    #[test]
    fn a_blank_field_matches_nothing_but_not() {
        let blank = Traits::default();
        assert!(!audience(r#"{"any":[{"field":"division","contains":"x"}]}"#).matches(&blank));
        assert!(audience(r#"{"any":[{"field":"division","is":"sales","not":true}]}"#).matches(&blank));
    }

    #[test]
    fn someone_with_two_kinds_belongs_by_either() {
        let both = Traits {
            kinds: &["employee", "board"],
            ..Traits::default()
        };
        assert!(audience(r#"{"any":[{"field":"kind","is":"board"}]}"#).matches(&both));
        assert!(!audience(r#"{"any":[{"field":"kind","is":"board","not":true}]}"#).matches(&both));
    }

    #[test]
    fn an_audience_reads_as_english() {
        let said = |json| audience(json).to_string();
        assert_eq!(
            said(r#"{"any":[{"field":"tag","is":"developer"},{"field":"job_title","contains":"engineer"}]}"#),
            "people tagged developer or whose job title contains engineer"
        );
        assert_eq!(
            said(
                r#"{"all_of":[{"field":"kind","in":["contractor","temp","vendor_staff"]},{"field":"country","is":"de","not":true}]}"#
            ),
            "people whose kind is contractor, temp or vendor staff and whose country is not DE"
        );
        assert_eq!(
            said(r#"{"any":[{"field":"access","is":"yes"}]}"#),
            "people whose logical access is yes"
        );
        assert_eq!(
            said(
                r#"{"any":[{"field":"system_access","in":["github","aws"]},{"field":"privileged_access","is":"any"}]}"#
            ),
            "people with access to github or aws or privileged in any system"
        );
    }

    #[test]
    fn equal_audiences_are_stored_as_equal_text_and_read_back() {
        let one = audience(
            r#"{ "any": [ {"is": " Developer ", "field": "tag"}, {"field":"country","in":["DE"],"not":true} ] }"#,
        );
        assert_eq!(
            one.to_json(),
            r#"{"any":[{"field":"tag","is":"developer"},{"field":"country","in":["de"],"not":true}]}"#
        );
        assert_eq!(audience(&one.to_json()), one);
        assert_eq!(audience(&Audience::Everyone.to_json()), Audience::Everyone);
    }

    #[test]
    fn an_audience_that_cannot_be_understood_is_refused_with_the_part_named() {
        assert!(refused("{}").contains("exactly one way"));
        assert!(refused(r#"{"all":false}"#).contains("exactly one way"));
        assert!(refused(r#"{"any":[]}"#).contains("no conditions"));
        assert!(refused(r#"{"any":[{"field":"salary","is":"1"}]}"#).contains("salary"));
        assert!(refused(r#"{"any":[{"field":"tag"}]}"#).contains("exactly one way what tag"));
        assert!(refused(r#"{"any":[{"field":"tag","is":" "}]}"#).contains("blank"));
        assert!(refused(r#"{"any":[{"field":"tag","in":[]}]}"#).contains("1 to 400"));
        assert!(refused(r#"{"every":[]}"#).contains("cannot be read"));
        assert!(refused("not json").contains("cannot be read"));
    }
}
