//! An audience is the people a rule is meant for, said once as conditions and understood by everyone the same way.
//!
//! Stored as JSON: `{"all": true}`, `{"any": [part, …]}` or `{"all_of": [part, …]}`. A part is a condition (see
//! [`crate::condition`]) or again `any` or `all_of`, turned round by `"not": true`. Equal audiences have one form only.
//!
//! Pure. Not here: the text people write ([`crate::expression`]); names for audiences ([`crate::named_audience`]); rules,
//! duties and days; who the people are.

use std::fmt;

use db::Refusal;
use serde::Deserialize;

use crate::condition::{self, refusal};
pub use crate::condition::{Condition, Field, Test, Traits, systems};

/// The most conditions one audience may have: more cannot be read by the person who approves it.
const CONDITIONS_MAX: usize = 40;
/// How deep parts may stand within parts, for the same reason.
pub(crate) const DEPTH_MAX: usize = 4;

/// Who a rule is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone on the roster.
    Everyone,
    /// Those for whom at least one part holds.
    AnyOf(Vec<Part>),
    /// Those for whom every part holds.
    AllOf(Vec<Part>),
}

/// A part of an audience.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// One condition.
    One(Condition),
    /// Several parts; never everyone, and never a single part.
    Group {
        /// Who it holds for.
        of: Audience,
        /// Turned round.
        not: bool,
    },
}

impl From<Condition> for Part {
    fn from(condition: Condition) -> Self {
        Self::One(condition)
    }
}

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
        let audience = match (written.all, written.any, written.all_of) {
            (Some(true), None, None) => return Ok(Self::Everyone),
            (None, Some(any), None) => Self::AnyOf(parts(any, 1)?),
            (None, None, Some(all_of)) => Self::AllOf(parts(all_of, 1)?),
            _ => {
                return Err(refusal(
                    "Say who the audience is in exactly one way: \"all\": true, \"any\": […] or \"all_of\": […]."
                        .to_owned(),
                ));
            }
        };
        audience.in_one_form()
    }

    /// The same people, said in the one form that equal audiences share: groups of the same joint are one, and what
    /// stands alone is in no group.
    ///
    /// # Errors
    /// A refusal when there is too much of it to be read.
    pub fn in_one_form(self) -> Result<Self, Refusal> {
        let simple = match self {
            Self::Everyone => return Ok(Self::Everyone),
            Self::AnyOf(parts) => any_of(flat(parts, true)),
            Self::AllOf(parts) => match flat(parts, false) {
                one if one.len() == 1 => any_of(one),
                parts => Self::AllOf(parts),
            },
        };
        let conditions = simple.conditions().count();
        if conditions == 0 {
            return Err(refusal(
                "The audience has no conditions, so nobody would belong to it. Add one.".to_owned(),
            ));
        }
        if conditions > CONDITIONS_MAX {
            return Err(refusal(format!(
                "The audience has {conditions} conditions; at most {CONDITIONS_MAX} are allowed. Use \"in\" to list values."
            )));
        }
        if simple.depth() > DEPTH_MAX {
            return Err(too_deep());
        }
        Ok(simple)
    }

    /// Whether someone with these traits belongs to the audience.
    #[must_use]
    pub fn matches(&self, traits: &Traits) -> bool {
        match self {
            Self::Everyone => true,
            Self::AnyOf(parts) => parts.iter().any(|part| part.holds(traits)),
            Self::AllOf(parts) => parts.iter().all(|part| part.holds(traits)),
        }
    }

    /// The audience as JSON, in one form only: equal audiences give equal text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let list = |name: &str, parts: &[Part]| {
            let parts: Vec<String> = parts.iter().map(Part::to_json).collect();
            format!("{{\"{name}\":[{}]}}", parts.join(","))
        };
        match self {
            Self::Everyone => "{\"all\":true}".to_owned(),
            Self::AnyOf(parts) => list("any", parts),
            Self::AllOf(parts) => list("all_of", parts),
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
        self.conditions().any(|condition| condition.field == field)
    }

    /// Every condition, however deep.
    pub fn conditions(&self) -> Box<dyn Iterator<Item = &Condition> + '_> {
        Box::new(self.parts().iter().flat_map(|part| match part {
            Part::One(condition) => Box::new(std::iter::once(condition)),
            Part::Group { of, .. } => of.conditions(),
        }))
    }

    /// The parts it is put together from; everyone has none.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        match self {
            Self::Everyone => &[],
            Self::AnyOf(parts) | Self::AllOf(parts) => parts,
        }
    }

    fn depth(&self) -> usize {
        let deepest = self.parts().iter().map(|part| match part {
            Part::One(_) => 0,
            Part::Group { of, .. } => of.depth(),
        });
        1 + deepest.max().unwrap_or(0)
    }
}

impl Part {
    fn holds(&self, traits: &Traits) -> bool {
        match self {
            Self::One(condition) => condition.holds(traits),
            Self::Group { of, not } => of.matches(traits) != *not,
        }
    }

    fn to_json(&self) -> String {
        match self {
            Self::One(condition) => condition.to_json(),
            Self::Group { of, not: false } => of.to_json(),
            Self::Group { of, not: true } => {
                let json = of.to_json();
                format!("{},\"not\":true}}", json.strip_suffix('}').unwrap_or(&json))
            }
        }
    }
}

/// A single group that is not turned round is what it holds.
fn any_of(parts: Vec<Part>) -> Audience {
    match <[Part; 1]>::try_from(parts) {
        Ok([Part::Group { of, not: false }]) => of,
        Ok(one) => Audience::AnyOf(one.into()),
        Err(parts) => Audience::AnyOf(parts),
    }
}

/// Parts without needless groups, in a list joined by "or" when `any`, else by "and".
fn flat(parts: Vec<Part>, any: bool) -> Vec<Part> {
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        let Part::Group { of, not } = part else {
            found.push(part);
            continue;
        };
        let (inner, inner_any) = match of {
            Audience::Everyone => continue,
            Audience::AnyOf(inner) => (flat(inner, true), true),
            Audience::AllOf(inner) => (flat(inner, false), false),
        };
        match <[Part; 1]>::try_from(inner) {
            // What stood alone may be a group of this very joint.
            Ok([one]) => found.extend(flat(vec![turned(one, not)], any)),
            Err(inner) if !not && inner_any == any => found.extend(inner),
            Err(inner) => {
                let of = if inner_any {
                    Audience::AnyOf(inner)
                } else {
                    Audience::AllOf(inner)
                };
                found.push(Part::Group { of, not });
            }
        }
    }
    found
}

/// The part, or its opposite.
pub(crate) fn turned(part: Part, round: bool) -> Part {
    match part {
        Part::One(condition) => Part::One(Condition {
            not: condition.not != round,
            ..condition
        }),
        Part::Group { of, not } => Part::Group {
            of,
            not: not != round,
        },
    }
}

pub(crate) fn too_deep() -> Refusal {
    refusal(format!(
        "The audience has brackets within brackets more than {DEPTH_MAX} deep, which nobody can read. Say it with fewer."
    ))
}

/// "everyone"; "people tagged developer or whose job title contains engineer".
impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            _ => write!(f, "people {}", joined(self)),
        }
    }
}

fn joined(audience: &Audience) -> String {
    let joint = if matches!(audience, Audience::AllOf(_)) {
        " and "
    } else {
        " or "
    };
    let said = |part: &Part| match part {
        Part::One(condition) => condition.to_string(),
        Part::Group { of, not } => format!("{}({})", if *not { "not " } else { "" }, joined(of)),
    };
    let parts: Vec<String> = audience.parts().iter().map(said).collect();
    parts.join(joint)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    all: Option<bool>,
    any: Option<Vec<WrittenPart>>,
    all_of: Option<Vec<WrittenPart>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPart {
    field: Option<String>,
    is: Option<String>,
    r#in: Option<Vec<String>>,
    contains: Option<String>,
    any: Option<Vec<WrittenPart>>,
    all_of: Option<Vec<WrittenPart>>,
    #[serde(default)]
    not: bool,
}

fn parts(written: Vec<WrittenPart>, depth: usize) -> Result<Vec<Part>, Refusal> {
    if depth > DEPTH_MAX {
        return Err(too_deep());
    }
    if written.is_empty() {
        return Err(refusal(
            "The audience has no conditions, so nobody would belong to it. Add one.".to_owned(),
        ));
    }
    written.into_iter().map(|one| part(one, depth)).collect()
}

fn part(written: WrittenPart, depth: usize) -> Result<Part, Refusal> {
    let not = written.not;
    match (written.field, written.any, written.all_of) {
        (Some(field), None, None) => {
            let written = condition::Written {
                field,
                is: written.is,
                r#in: written.r#in,
                contains: written.contains,
                not,
            };
            Ok(Part::One(condition::condition(written)?))
        }
        (None, Some(any), None) => Ok(Part::Group {
            of: Audience::AnyOf(parts(any, depth + 1)?),
            not,
        }),
        (None, None, Some(all_of)) => Ok(Part::Group {
            of: Audience::AllOf(parts(all_of, depth + 1)?),
            not,
        }),
        _ => Err(refusal(
            "Each part of an audience is a condition with a \"field\", or \"any\" or \"all_of\" with further parts."
                .to_owned(),
        )),
    }
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
    fn parts_stand_within_parts_and_are_said_in_one_form_only() {
        let nested = audience(
            r#"{"all_of":[{"any":[{"field":"tag","is":"developer"},{"any":[{"field":"country","is":"at"},{"field":"country","is":"ch"}]}]},
                {"any":[{"field":"kind","is":"contractor"}],"not":true}]}"#,
        );
        assert_eq!(
            nested.to_json(),
            r#"{"all_of":[{"any":[{"field":"tag","is":"developer"},{"field":"country","is":"at"},{"field":"country","is":"ch"}]},{"field":"kind","is":"contractor","not":true}]}"#
        );
        assert_eq!(audience(&nested.to_json()), nested);
        assert!(nested.matches(&engineer()));
        assert_eq!(
            nested.to_string(),
            "people (tagged developer or whose country is AT or whose country is CH) and whose kind is not contractor"
        );
        let turned = audience(
            r#"{"any":[{"all_of":[{"field":"tag","is":"developer"},{"field":"country","is":"de"}],"not":true}]}"#,
        );
        assert!(!turned.matches(&engineer()) && turned.matches(&Traits::default()));
        assert_eq!(audience(&turned.to_json()), turned);
        assert_eq!(
            audience(r#"{"all_of":[{"field":"tag","is":"x"}]}"#),
            audience(r#"{"any":[{"field":"tag","is":"x"}]}"#)
        );
        let mut deep = r#"{"field":"tag","is":"x"}"#.to_owned();
        for _ in 0..6 {
            deep = format!(r#"{{"all_of":[{deep},{{"any":[{deep},{deep}],"not":true}}]}}"#);
        }
        assert!(refused(&deep).contains("deep"));
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
