//! A condition is one thing that is true of a person on a day: a field, and what it must be.
//!
//! As JSON it is `{"field": "job_title", "contains": "engineer"}`, `{"field": "kind", "is": "contractor"}` or
//! `{"field": "country", "in": ["DE", "AT"]}`, turned round by `"not": true`. Letter case never matters. A field that is
//! blank matches nothing, so only `not` finds people in whom it is blank. Someone may have several kinds (an employee on
//! the board), several tags and access to several systems: one that fits is enough.
//!
//! Pure. Not here: how conditions are put together ([`crate::audience`]) and written as text ([`crate::expression`]).

use std::fmt;

use db::Refusal;

/// The most values one `in` may list.
pub(crate) const VALUES_MAX: usize = 400;
/// The longest value, in characters: longer than any name of a department.
pub(crate) const VALUE_CHARS_MAX: usize = 200;

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

impl Condition {
    pub(crate) fn holds(&self, traits: &Traits) -> bool {
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

    pub(crate) fn to_json(&self) -> String {
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

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::every().into_iter().find(|f| f.name() == name)
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

/// A condition as JSON has it.
pub(crate) struct Written {
    pub field: String,
    pub is: Option<String>,
    pub r#in: Option<Vec<String>>,
    pub contains: Option<String>,
    pub not: bool,
}

pub(crate) fn condition(written: Written) -> Result<Condition, Refusal> {
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

pub(crate) fn value_of(field: Field, value: &str) -> Result<String, Refusal> {
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

pub(crate) fn refusal(sentence: String) -> Refusal {
    Refusal::new("audience-unreadable", sentence).field("audience")
}
