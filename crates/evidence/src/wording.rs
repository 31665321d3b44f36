//! A finding in words: the sentence that heads its page, the numbers behind it, and the sentence an auditor writes.
//!
//! The same words stand on the page, in the report and in the pack. They support a judgement and never give one: no
//! sentence says that an organisation is certified or complies.
//!
//! Not here: the numbers (`finding`).

use controls::{Framework, Predicate};
use db::{Day, Window};

use crate::{
    exceptions::Exception,
    finding::Finding,
    measure::{Kind, Outcome},
};

/// The answer in a word or three, as tags have it.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "met",
        Outcome::NotMet => "not met",
        Outcome::Partial => "within tolerance",
        Outcome::NotEvaluable => "cannot be told",
        Outcome::Manual => "for a person to judge",
    }
}

/// "1 person", "3 people".
#[must_use]
pub fn people(count: u64) -> String {
    counted(count, "person", "people")
}

/// "1 day", "3 days", with thousands set off.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        web::table::thousands(count),
        if count == 1 { one } else { many }
    )
}

/// "1 January 2026 to 31 December 2026", or the one day: both ends included, as people say it.
#[must_use]
pub fn days(window: Window) -> String {
    if window.days() == 1 {
        return window.from.long();
    }
    format!("{} to {}", window.from.long(), (window.to - 1).long())
}

/// The sentence that heads the page.
#[must_use]
pub fn headline(finding: &Finding) -> String {
    let failing = failing(finding);
    let said = claim(finding);
    let most = failing > finding.passing;
    match finding.status {
        Outcome::Manual => format!("{}: this is for a person to judge.", finding.title),
        Outcome::NotEvaluable => format!("{}: this cannot be told from what is recorded.", finding.title),
        Outcome::Met => format!("{said}."),
        Outcome::NotMet | Outcome::Partial => match finding.predicate {
            _ if most && let Some(said) = lack(finding) => said,
            Predicate::P02 => format!("{said}, except {} for parts of it.", people(failing)),
            Predicate::P11 | Predicate::P12 => format!("{said}, except {}.", web::table::thousands(failing)),
            Predicate::P18 => format!(
                "{} of {} sources were read near both ends of the window.",
                web::table::thousands(finding.passing),
                web::table::thousands(finding.population)
            ),
            _ => format!("{said}, except {}.", people(failing)),
        },
    }
}

/// The question with whom it is asked about: "Developers are trained for their role".
#[must_use]
pub fn titled(finding: &Finding) -> String {
    match (finding.predicate, &finding.parameters.layer) {
        (Predicate::P03, Some(layer)) => format!("{} are trained for their role", holders(layer)),
        (_, Some(layer)) => format!("{} · {layer}", finding.title),
        (_, None) => finding.title.to_owned(),
    }
}

/// Those who hold the role a layer is for, at the start of a sentence.
fn holders(layer: &str) -> String {
    match layer {
        "developer" => "Developers".to_owned(),
        "admin" => "Administrators".to_owned(),
        "finance" => "People in finance".to_owned(),
        "hr" => "People in HR".to_owned(),
        "exec" => "Executives".to_owned(),
        other => format!("People in the {other} role"),
    }
}

/// "46 of 55 on time": for how many it holds and in what way; the bare answer where nobody was asked about.
#[must_use]
pub fn share(finding: &Finding) -> String {
    if finding.population == 0 {
        return outcome(finding.status).to_owned();
    }
    let way = match finding.predicate {
        Predicate::P01 | Predicate::P03 | Predicate::P04 => "on time",
        Predicate::P02 | Predicate::P24 => "covered",
        Predicate::P11 => "signed",
        Predicate::P12 => "assessed",
        Predicate::P18 => "read in time",
        _ => "met",
    };
    format!("{} {way}", of(finding))
}

/// What the check says when it holds, without its full stop.
fn claim(finding: &Finding) -> String {
    let parameters = &finding.parameters;
    let layer = parameters.layer.as_deref().unwrap_or("required");
    match finding.predicate {
        Predicate::P01 => format!("Everyone who started had the {layer} training in time"),
        Predicate::P02 => format!("Everyone had {layer} training in date on every day"),
        Predicate::P03 => format!("Everyone in the {layer} role was trained for it"),
        Predicate::P04 => "Everyone who changed role was trained for the new one".to_owned(),
        Predicate::P11 => "Every completion that counts carries a signed attestation".to_owned(),
        Predicate::P12 => "Every completion that counts rests on a passed assessment".to_owned(),
        Predicate::P18 => "The roster was read near both ends of the window and adds up".to_owned(),
        Predicate::P24 => "Everyone from outside was trained like everyone else".to_owned(),
        _ => finding.title.to_owned(),
    }
}

/// The sentence for a check that does not hold for most: to say "everyone, except" of them would mislead.
fn lack(finding: &Finding) -> Option<String> {
    let layer = finding.parameters.layer.as_deref().unwrap_or("required");
    let (who, lacks) = match finding.predicate {
        Predicate::P01 => (
            "people who started",
            format!("did not have the {layer} training in time"),
        ),
        Predicate::P02 => (
            "people",
            format!("did not have {layer} training in date on every day"),
        ),
        Predicate::P03 => (
            "people",
            format!("in the {layer} role were not trained for it in time"),
        ),
        Predicate::P04 => (
            "people who changed role",
            "were not trained for the new one in time".to_owned(),
        ),
        Predicate::P11 => ("completions that count", "carry no signed attestation".to_owned()),
        Predicate::P12 => (
            "completions that count",
            "rest on no passed assessment".to_owned(),
        ),
        Predicate::P24 => (
            "people from outside",
            "were not trained like everyone else".to_owned(),
        ),
        _ => return None,
    };
    let (failing, judged) = (failing(finding), finding.passing + failing(finding));
    Some(format!(
        "{} of {} {who} {lacks}.",
        web::table::thousands(failing),
        web::table::thousands(judged)
    ))
}

/// For how many of the population it does not hold.
#[must_use]
pub fn failing(finding: &Finding) -> u64 {
    let listed = finding.passing + finding.left_before_due + finding.not_yet_due;
    finding.population.saturating_sub(listed)
}

/// Days not covered, over everybody, within the window.
#[must_use]
pub fn person_days(finding: &Finding, window: Window) -> u64 {
    finding
        .exceptions
        .lines()
        .iter()
        .filter_map(|line| Some((line.from?, line.to?)))
        .map(|(from, to)| within(window, from, to))
        .sum()
}

fn within(window: Window, from: Day, to: Day) -> u64 {
    let days = to.min(window.to) - from.max(window.from);
    u64::try_from(days).unwrap_or(0)
}

/// "247 of 250", which does not break over a line; empty where nobody was asked about.
#[must_use]
pub fn of(finding: &Finding) -> String {
    if finding.population == 0 {
        return String::new();
    }
    let judged = finding.passing + failing(finding);
    format!(
        "{}\u{a0}of\u{a0}{}",
        web::table::thousands(finding.passing),
        web::table::thousands(judged)
    )
}

/// The sentence that an auditor's report would have.
#[must_use]
pub fn auditors(finding: &Finding) -> String {
    let (failing, judged) = (failing(finding), finding.passing + failing(finding));
    let parameters = &finding.parameters;
    let layer = parameters.layer.as_deref().unwrap_or("required");
    let (days, valid) = (parameters.days.unwrap_or(0), parameters.max_days.unwrap_or(0));
    let limit = if parameters.before_access == Some(true) {
        "before access was given".to_owned()
    } else {
        format!("within {days} days")
    };
    match finding.status {
        Outcome::Manual => {
            return "This calls for professional judgement; no test was performed by the program.".to_owned();
        }
        Outcome::NotEvaluable => {
            return "No conclusion: the population is empty or the facts were not recorded.".to_owned();
        }
        Outcome::Met | Outcome::NotMet | Outcome::Partial => {}
    }
    let (who, what) = match finding.predicate {
        Predicate::P01 => (
            "new starters",
            format!("completion of {layer} training {limit} of the start date"),
        ),
        Predicate::P02 => (
            "people in the population",
            format!("completion of {layer} training within {valid} days for the whole period"),
        ),
        Predicate::P03 => (
            "people in the role",
            format!("completion of {layer} training {limit} of taking it up, and in date after"),
        ),
        Predicate::P04 => ("movers", format!("completion of the new role's training {limit}")),
        Predicate::P11 => (
            "completions",
            "a signed attestation bound to the edition".to_owned(),
        ),
        Predicate::P12 => ("completions", "a passed assessment of the edition".to_owned()),
        Predicate::P18 => (
            "sources",
            format!("a reading of the source not more than {days} days before each end of the period"),
        ),
        _ => (
            "engagements from outside",
            format!("completion of {layer} training {limit}, and in date after"),
        ),
    };
    if failing == 0 {
        return format!("For all {judged} {who}, {what} was evidenced. No exceptions noted.");
    }
    format!("For {failing} of {judged} {who}, {what} was not evidenced. Each is listed with its dates.")
}

/// The rule a check is reckoned with, as a fact beside it.
#[must_use]
pub fn rule(finding: &Finding) -> String {
    let parameters = &finding.parameters;
    let mut parts = Vec::new();
    if parameters.before_access == Some(true) {
        parts.push("before access".to_owned());
    }
    if let Some(days) = parameters.days {
        parts.push(counted(
            u64::from(days.unsigned_abs()),
            "day to do it",
            "days to do it",
        ));
    }
    if let Some(days) = parameters.max_days {
        parts.push(format!(
            "counts for {}",
            counted(u64::from(days.unsigned_abs()), "day", "days")
        ));
    }
    match parameters.grace_days {
        Some(0) => parts.push("no grace".to_owned()),
        Some(days) => parts.push(format!(
            "{} of grace",
            counted(u64::from(days.unsigned_abs()), "day", "days")
        )),
        None => {}
    }
    if let Some(days) = parameters.return_grace_days {
        parts.push(format!(
            "{} after leave",
            counted(u64::from(days.unsigned_abs()), "day", "days")
        ));
    }
    if parts.is_empty() {
        "as the check says".to_owned()
    } else {
        parts.join(", ")
    }
}

/// What people call a framework in passing: "ISO 27001", "SOC 2".
#[must_use]
pub fn short_name(framework: &Framework) -> String {
    let name = framework.title.split([',', ':']).next().unwrap_or_default();
    name.replace("ISO/IEC ", "ISO ").replace(' ', "\u{a0}")
}

/// A sentence with its days as people say them: "not completed by 1 Jun 2026".
#[must_use]
pub fn spoken(sentence: &str) -> String {
    let words = sentence.split(' ').map(|word| {
        let bare = word.trim_end_matches(['.', ',', ';', ')']);
        match bare.parse::<Day>() {
            Ok(day) => format!("{}{}", day.short(), &word[bare.len()..]),
            Err(_) => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// How the check is reckoned, for those who want to do it by hand.
#[must_use]
pub fn reckoning(predicate: Predicate) -> &'static str {
    match predicate {
        Predicate::P01 => {
            "Everyone whose time here began in the window is asked for. Each required course must have been passed on or before the deadline: the first day plus the days allowed, that day included; a deadline on a day of leave moves to the return and its grace. A completion from before the start counts while it is in date on the first day. Who left before the deadline, and who is not due before the window ends, is listed and not counted."
        }
        Predicate::P02 => {
            "Each day of the window is judged on which somebody is engaged, not on leave, past the deadline of their onboarding and past any grace after leave. On such a day each required course must have been passed on that day or before, no longer ago than it counts for. Days in a row that are not covered are one exception; its end is the first day covered again."
        }
        Predicate::P03 => {
            "As for new people, from the day the role begins; and as for the yearly refresh, on the days it is held. Who holds the role is decided by the audience of the rules for its courses. Somebody who leaves the role and comes back has two spells."
        }
        Predicate::P04 => "The onboarding of a role, for those who came to it after their first day here.",
        Predicate::P11 => {
            "Of the completions by which somebody counted as trained in this framework, those with an attestation bound to the same edition."
        }
        Predicate::P12 => {
            "Of the completions by which somebody counted as trained in this framework, those that rest on a passed assessment of the same edition."
        }
        Predicate::P18 => {
            "Each source must have been read near the first day of the window and near its end; and for each kind, those engaged at the start, plus those who began, minus those who ended, must be those engaged at the end."
        }
        Predicate::P24 => "As for new people and for the yearly refresh, for those who are not employees.",
        _ => "This question is not reckoned from recorded facts; the note says why.",
    }
}

/// The dates of one exception, in words.
#[must_use]
pub fn dates(exception: &Exception) -> String {
    match (
        exception.kind,
        exception.from,
        exception.to,
        exception.due_on,
        exception.done_on,
    ) {
        (Kind::Gap, Some(from), Some(to), ..) => {
            let days = u64::try_from(to - from).unwrap_or(0);
            format!(
                "uncovered {} to {} ({})",
                from.short(),
                (to - 1).short(),
                counted(days, "day", "days")
            )
        }
        (_, _, _, Some(due), Some(done)) => format!("due {}, done {}", due.short(), done.short()),
        (_, _, _, Some(due), None) => format!("due {}", due.short()),
        (_, _, _, None, Some(done)) => format!("done {}", done.short()),
        _ => "no date".to_owned(),
    }
}

/// The waivers that explain an exception, each reason once with the courses it is for; blank when there are none.
#[must_use]
pub fn waived(exception: &Exception) -> String {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for waiver in &exception.waivers {
        let until = waiver
            .until
            .map(|day| format!(" until {}", day.short()))
            .unwrap_or_default();
        let (reason, instead) = (
            waiver.reason.trim_end_matches('.'),
            waiver.compensating.trim_end_matches('.'),
        );
        let words = format!("{until}: {reason}. Instead: {instead}.");
        match said.iter_mut().find(|(held, _)| *held == words) {
            Some((_, courses)) => courses.push(&waiver.course),
            None => said.push((words, vec![&waiver.course])),
        }
    }
    let parts: Vec<String> = said
        .into_iter()
        .map(|(words, courses)| format!("Waived for {}{words}", courses.join(", ")))
        .collect();
    parts.join(" ")
}

/// The word for a kind of exception.
#[must_use]
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Gap => "gap",
        Kind::Missed => "missed",
        Kind::LeftBeforeDue => "left before due",
        Kind::NotYetDue => "not yet due",
    }
}

/// A framework's answers in one sentence: "ISO/IEC 27001:2022: 5 checks are met, 2 are not, …".
#[must_use]
pub fn tally(title: &str, findings: &[Finding]) -> String {
    let count = |wanted: Outcome| findings.iter().filter(|f| f.status == wanted).count();
    let (met, gap, partial) = (
        count(Outcome::Met),
        count(Outcome::NotMet),
        count(Outcome::Partial),
    );
    let (open, manual) = (count(Outcome::NotEvaluable), count(Outcome::Manual));
    let is = |count: usize| if count == 1 { "is" } else { "are" };
    let mut text = format!(
        "{title}: {met} of {} checks {} met, {gap} {} not",
        findings.len(),
        is(met),
        is(gap)
    );
    if partial > 0 {
        text.push_str(&format!(", {partial} {} within tolerance", is(partial)));
    }
    if open > 0 {
        text.push_str(&format!(", {open} cannot be told from what is recorded"));
    }
    if manual > 0 {
        text.push_str(&format!(", {manual} {} for a person to judge", is(manual)));
    }
    text.push('.');
    text
}
