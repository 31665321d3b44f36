//! A framework is what somebody else asks of the organisation, in our own words, with the questions that answer it.
//!
//! The shipped files are data in catalogue/frameworks; a file that breaks a rule below is refused with the place
//! named. Titles and paraphrases are ours: a standard's own sentences are its publisher's.
//!
//! Not here: which framework an organisation answers for (`adoption`), and the answers (`evidence`).

use std::{collections::BTreeSet, sync::OnceLock};

use db::Refusal;
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use crate::predicate::{Parameters, Predicate};

/// The layers a course can belong to, and so a requirement ask about.
pub const LAYERS: [&str; 15] = [
    "baseline",
    "developer",
    "admin",
    "finance",
    "hr",
    "exec",
    "board",
    "ir",
    "bcdr",
    "privacy",
    "phi",
    "chd",
    "ai",
    "physical",
    "supplier",
];
const KINDS: [&str; 7] = [
    "employee",
    "contractor",
    "intern",
    "temp",
    "vendor_staff",
    "board",
    "other",
];

/// One standard or set of criteria, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Short name used in commands and addresses: `iso27001`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Which edition of it this file answers.
    pub version: String,
    /// Day from which that edition holds, `YYYY-MM-DD`.
    pub valid_from: db::Day,
    /// Where the paraphrases come from, and whose words they are.
    pub source: String,
    /// What it asks, in its own order.
    #[serde(rename = "requirement", default)]
    pub requirements: Vec<Requirement>,
}

/// One clause, control or criterion.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The number the framework gives it: `A.6.3`, `CC1.4`.
    pub id: String,
    /// Numbers it had before.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// A heading of ours.
    pub title: String,
    /// What it asks, in our words.
    pub paraphrase: String,
    /// How binding it is, where a check does not say otherwise.
    pub duty: Duty,
    /// The questions that answer it.
    #[serde(rename = "check", default)]
    pub checks: Vec<Check>,
}

/// One question with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Which question.
    pub predicate: Predicate,
    /// With what it is asked.
    #[serde(default)]
    pub parameters: Parameters,
    /// How binding it is, when not as binding as the requirement as a whole.
    pub duty: Option<Duty>,
    /// Which of the three legs it shows.
    pub leg: Option<Leg>,
    /// What a reader should know about asking this here.
    pub note: Option<String>,
}

/// How binding a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Duty {
    /// The text demands it.
    T,
    /// Auditors expect it.
    E,
    /// It is guidance.
    G,
}

/// The three things a programme gives people, which auditors tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// Knowing that it matters.
    Awareness,
    /// Understanding why.
    Education,
    /// Being able to.
    Training,
}

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../catalogue/frameworks"]
struct Shipped;

/// Every framework that ships, by id.
///
/// # Panics
/// When a shipped file breaks a rule, which a test of this file prevents.
pub fn frameworks() -> &'static [Framework] {
    static READ: OnceLock<Vec<Framework>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut found: Vec<Framework> = Shipped::iter()
            .map(|name| {
                let file = Shipped::get(&name).expect("the name was just listed");
                let text = std::str::from_utf8(&file.data).expect("shipped files are UTF-8, see the tests");
                parse(&name, text).expect("shipped frameworks keep the rules, see the tests")
            })
            .collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    })
}

/// The shipped framework with this id.
pub fn framework(id: &str) -> Option<&'static Framework> {
    frameworks().iter().find(|f| f.id == id)
}

impl Framework {
    /// The requirement with this number, or that had it before.
    #[must_use]
    pub fn requirement(&self, number: &str) -> Option<&Requirement> {
        self.requirements
            .iter()
            .find(|r| r.id == number || r.aliases.iter().any(|a| a == number))
    }
}

impl Duty {
    /// "the text demands it"
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::T => "the text demands it",
            Self::E => "auditors expect it",
            Self::G => "guidance",
        }
    }
}

impl Leg {
    /// "awareness"
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Education => "education",
            Self::Training => "training",
        }
    }
}

impl Check {
    /// How binding this check is within its requirement.
    #[must_use]
    pub fn duty_in(&self, requirement: &Requirement) -> Duty {
        self.duty.unwrap_or(requirement.duty)
    }
}

/// Reads a framework file and holds it to the rules; parameters left to the usual are filled in.
///
/// # Errors
/// A refusal that names the file and the place in it.
pub fn parse(file: &str, text: &str) -> Result<Framework, Refusal> {
    let mut framework: Framework = toml::from_str(text)
        .map_err(|e| refusal(format!("{file} cannot be read: {}.", e.to_string().trim_end())))?;
    if file.strip_suffix(".toml") != Some(framework.id.as_str()) {
        return Err(refusal(format!(
            "{file} has the id “{}”; name the file after its id.",
            framework.id
        )));
    }
    let mut numbers = BTreeSet::new();
    for requirement in &mut framework.requirements {
        let place = format!("{file}, requirement {}", requirement.id);
        for number in requirement.aliases.iter().chain([&requirement.id]) {
            if !numbers.insert(number.clone()) {
                return Err(refusal(format!(
                    "{place}: the number {number} is used twice. Give each its own."
                )));
            }
        }
        sentence(&place, "paraphrase", &requirement.paraphrase)?;
        if requirement.title.trim().is_empty() || requirement.title.ends_with('.') {
            return Err(refusal(format!(
                "{place}: the title must be a heading without a full stop."
            )));
        }
        if requirement.checks.is_empty() {
            return Err(refusal(format!("{place}: it has no check. Add at least one.")));
        }
        for check in &mut requirement.checks {
            check_rules(&place, check)?;
            check.parameters = std::mem::take(&mut check.parameters).completed_for(check.predicate);
        }
    }
    if framework.requirements.is_empty() {
        return Err(refusal(format!(
            "{file} asks nothing. Add at least one requirement."
        )));
    }
    Ok(framework)
}

fn check_rules(place: &str, check: &Check) -> Result<(), Refusal> {
    let predicate = check.predicate;
    let place = format!("{place}, check {predicate}");
    let known = predicate.parameters();
    if let Some(stray) = check
        .parameters
        .given()
        .into_iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        return Err(refusal(format!(
            "{place}: {stray} means nothing to {predicate}. Use {}.",
            list(known)
        )));
    }
    let parameters = &check.parameters;
    for layer in parameters.layer.iter().chain(&parameters.role) {
        if !LAYERS.contains(&layer.as_str()) {
            return Err(refusal(format!(
                "{place}: there is no layer “{layer}”. Use {}.",
                list(&LAYERS)
            )));
        }
    }
    for kind in parameters.kinds.iter().flatten() {
        if !KINDS.contains(&kind.as_str()) {
            return Err(refusal(format!(
                "{place}: there is no kind “{kind}”. Use {}.",
                list(&KINDS)
            )));
        }
    }
    if parameters.before_access == Some(true) && parameters.days.is_some() {
        return Err(refusal(format!(
            "{place}: say either days or before_access, not both."
        )));
    }
    number_rules(&place, parameters)?;
    if predicate == Predicate::P03 && parameters.layer.is_none() && parameters.role.is_none() {
        return Err(refusal(format!(
            "{place}: say which layer the role is trained in."
        )));
    }
    check
        .note
        .as_ref()
        .map_or(Ok(()), |note| sentence(&place, "note", note))
}

fn number_rules(place: &str, parameters: &Parameters) -> Result<(), Refusal> {
    let spans = [
        parameters.days,
        parameters.grace_days,
        parameters.max_days,
        parameters.max_gap_days,
        parameters.return_grace_days,
        parameters.version_grace_days,
    ];
    if spans
        .into_iter()
        .flatten()
        .any(|days| !(0..=3_660).contains(&days))
        || parameters.max_days == Some(0)
    {
        return Err(refusal(format!(
            "{place}: a number of days must lie between 0 and 3660, and max_days above 0."
        )));
    }
    if [parameters.tolerance, parameters.min_reach_percent]
        .into_iter()
        .flatten()
        .any(|p| !(0..=100).contains(&p))
    {
        return Err(refusal(format!(
            "{place}: a percentage must lie between 0 and 100."
        )));
    }
    Ok(())
}

fn sentence(place: &str, field: &str, text: &str) -> Result<(), Refusal> {
    if text.trim() == text && text.ends_with('.') && text.len() > 10 {
        Ok(())
    } else {
        Err(refusal(format!(
            "{place}: the {field} must be one or more finished sentences."
        )))
    }
}

fn list(words: &[&str]) -> String {
    if words.is_empty() {
        "no parameters".to_owned()
    } else {
        words.join(", ")
    }
}

fn refusal(sentence: String) -> Refusal {
    Refusal::new("framework-unreadable", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
id = "small"
title = "Small"
version = "1"
valid_from = "2026-01-01"
source = "A test."
[[requirement]]
id = "1.1"
title = "Everyone is trained"
paraphrase = "People learn what they need."
duty = "T"
[[requirement.check]]
predicate = "P01"
"#;

    fn refused(text: &str) -> String {
        parse("small.toml", text)
            .expect_err("the file breaks a rule")
            .sentence
    }

    #[test]
    fn every_shipped_framework_keeps_the_rules() {
        let mut names = Vec::new();
        for name in Shipped::iter() {
            let file = Shipped::get(&name).expect("the name was just listed");
            let text = std::str::from_utf8(&file.data).expect("shipped files are UTF-8");
            parse(&name, text).expect("a shipped framework keeps the rules");
            names.push(name.to_string());
        }
        names.sort();
        assert_eq!(names, ["iso27001.toml", "soc2.toml"]);
        assert_eq!(frameworks().len(), 2);
    }

    #[test]
    fn the_founding_controls_ask_what_their_rows_say() {
        let asked = |framework_id: &str, number: &str| -> Vec<String> {
            let framework = framework(framework_id).expect("it ships");
            let requirement = framework.requirement(number).expect("it is asked");
            let mut codes: Vec<String> = requirement
                .checks
                .iter()
                .map(|c| c.predicate.to_string())
                .collect();
            codes.dedup();
            codes
        };
        assert_eq!(
            asked("iso27001", "A.6.3"),
            [
                "P01", "P02", "P03", "P04", "P07", "P10", "P24", "P11", "P12", "P13", "P16", "P17"
            ]
        );
        assert_eq!(
            asked("soc2", "CC1.4"),
            ["P01", "P02", "P03", "P09", "P18", "P24", "P25"]
        );
    }

    #[test]
    fn the_number_of_2013_still_finds_the_control() {
        let iso = framework("iso27001").expect("it ships");
        assert_eq!(iso.requirement("A.7.2.2").map(|r| r.id.as_str()), Some("A.6.3"));
    }

    #[test]
    fn what_a_file_leaves_to_the_usual_is_filled_in() {
        let small = parse("small.toml", SMALL).expect("the file keeps the rules");
        let shown =
            serde_json::to_string(&small.requirements[0].checks[0].parameters).expect("parameters are plain");
        assert_eq!(
            shown,
            r#"{"days":30,"grace_days":0,"layer":"baseline","max_days":365,"return_grace_days":14}"#
        );
    }

    #[test]
    fn a_file_that_breaks_a_rule_is_refused_with_the_place_named() {
        let with = |line: &str| refused(&format!("{SMALL}{line}\n"));
        assert!(with("[requirement.check.parameters]\nlayer = \"devs\"").contains("no layer “devs”"));
        assert!(
            with("[requirement.check.parameters]\nmin_n = 3")
                .contains("small.toml, requirement 1.1, check P01: min_n")
        );
        assert!(with("[requirement.check.parameters]\ndays = 3\nbefore_access = true").contains("not both"));
        assert!(with("[requirement.check.parameters]\nmax_days = 0").contains("above 0"));
        assert!(with("[requirement.check.parameters]\ntolerance = 101").contains("percentage"));
        assert!(with("[[requirement.check]]\npredicate = \"P03\"").contains("which layer"));
        assert!(with("[[requirement.check]]\npredicate = \"P99\"").contains("cannot be read"));
        assert!(with("note = \"unfinished\"").contains("finished sentences"));
        assert!(refused(&SMALL.replace("duty = \"T\"", "duty = \"X\"")).contains("cannot be read"));
        assert!(
            refused(&SMALL.replace("id = \"small\"", "id = \"big\"")).contains("name the file after its id")
        );
        assert!(
            refused(&SMALL.replace("duty = \"T\"", "duty = \"T\"\naliases = [\"1.1\"]"))
                .contains("used twice")
        );
        assert!(
            refused(&SMALL.replace("title = \"Everyone is trained\"", "title = \"\"")).contains("heading")
        );
    }
}
