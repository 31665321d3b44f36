//! What a layer of courses asks of whom, and since when, as the organisation's own rules have it.
//!
//! The required courses of a layer are those some rule requires whose course is of that layer. A rule binds from
//! its `from_on` until the day it was ended. Three edges, so that two people who reckon agree:
//! - The first rules of a layer are read as having always held: a window from before muster was set up is judged
//!   by them rather than not at all.
//! - A rule that asks for a further course later on leaves everyone the onboarding days, from the day it starts to
//!   bind, before the course is missed. A rule that goes on from another for the same course leaves none; one that
//!   took another's place on purpose leaves none to those whom the other asked, and the days to those it did not.
//! - Somebody the layer's rules leave out altogether is asked, where the whole population is judged, for all the
//!   layer's courses: a requirement to train everyone is not met by forgetting them.
//!
//! Pure. Not here: how rules are made, and who owes what now (`assignments`).

use db::{Day, Window};

use crate::{
    facts::Life,
    tenure::{EVER, FAR, Span, both, join, without},
};

/// A rule, as far as reckoning needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Which audience, by number.
    pub audience: u16,
    /// Which course, by number.
    pub course: u16,
    /// The day it starts to bind.
    pub from: Day,
    /// The day it was ended, which it no longer binds; [`FAR`] while it does.
    pub ended: Day,
    /// The audience of the rule whose place it took on purpose: only those are asked without new days.
    pub before: Option<u16>,
}

/// The courses one layer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// `baseline`, `developer`, …
    pub name: String,
    /// Course by course, in the order of their numbers.
    pub demands: Vec<Demand>,
    /// Every course is asked of everyone on every day.
    pub always: bool,
    /// The day the first rule starts to bind, when that is not before the window's end.
    pub binds_later: Option<Day>,
}

/// One course and of whom it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Which course, by number.
    pub course: u16,
    /// By which rules.
    pub bindings: Vec<Binding>,
    /// Some rule still asks for it in the window; what no rule asks for any more is not missed by anyone.
    pub live: bool,
}

/// One rule's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Which audience, by number.
    pub audience: u16,
    /// When it binds.
    pub binds: Span,
    /// The first day on which the course may be missed because of it.
    pub missed_from: Day,
    /// The same for those who were not in this audience on the first day it binds, when it took another rule's place.
    pub newcomers: Option<(u16, Day)>,
}

/// Puts together what a layer asks over a window, from the rules for its courses. `days` are those left to
/// everyone when a course is added. `None` when no rule asks for anything.
#[must_use]
pub fn layer(name: &str, rules: &[Rule], window: Window, days: i32) -> Option<Layer> {
    let first = rules
        .iter()
        .filter(|r| r.from < r.ended && r.ended > window.from)
        .map(|r| r.from)
        .min()?;
    let (known, binds_later): (Vec<&Rule>, _) = if first < window.to {
        (
            rules
                .iter()
                .filter(|r| r.from < r.ended && r.from < window.to)
                .collect(),
            None,
        )
    } else {
        (rules.iter().filter(|r| r.from == first).collect(), Some(first))
    };
    let oldest = known.iter().map(|r| r.from).min()?;
    let mut demands: Vec<Demand> = Vec::new();
    for rule in &known {
        let goes_on = known
            .iter()
            .any(|o| o.course == rule.course && o.from < rule.from && o.ended >= rule.from);
        let from = if rule.from == oldest { EVER } else { rule.from };
        let missed_from = if from == EVER || goes_on {
            from
        } else {
            from + days + 1
        };
        let newcomers = rule.before.filter(|_| from != EVER && goes_on);
        let binding = Binding {
            audience: rule.audience,
            binds: Span { from, to: rule.ended },
            missed_from,
            newcomers: newcomers.map(|before| (before, from + days + 1)),
        };
        match demands.iter_mut().find(|d| d.course == rule.course) {
            Some(demand) => demand.bindings.push(binding),
            None => demands.push(Demand {
                course: rule.course,
                bindings: vec![binding],
                live: false,
            }),
        }
    }
    for demand in &mut demands {
        demand.live = demand.bindings.iter().any(|b| b.binds.to > window.from);
    }
    demands.sort_by_key(|d| d.course);
    let always = demands.iter().all(|d| {
        d.bindings
            .iter()
            .any(|b| b.audience == EVERYONE && b.missed_from == EVER && b.binds.to == FAR)
    });
    Some(Layer {
        name: name.to_owned(),
        demands,
        always,
        binds_later,
    })
}

/// The number of the audience of everyone.
pub const EVERYONE: u16 = 0;

impl Layer {
    /// The courses asked of somebody on a day; all of the layer's when its rules leave them out.
    pub fn courses_on(&self, life: &Life, day: Day) -> Vec<u16> {
        let asked = |d: &&Demand| {
            d.bindings
                .iter()
                .any(|b| b.binds.contains(day) && life.belongs_on(b.audience, day))
        };
        let some: Vec<u16> = if self.always {
            Vec::new()
        } else {
            self.demands.iter().filter(asked).map(|d| d.course).collect()
        };
        if some.is_empty() {
            self.demands.iter().filter(|d| d.live).map(|d| d.course).collect()
        } else {
            some
        }
    }

    /// The days on which somebody holds the role this layer trains: those they are in the audience of one of its
    /// rules, while they work here.
    #[must_use]
    pub fn held(&self, life: &Life) -> Vec<Span> {
        if self.always {
            return life.tenures.clone();
        }
        both(&self.asked(life), &life.tenures)
    }

    /// Of the days in `judged`, those on which this course has to be in date.
    #[must_use]
    pub fn needed(&self, demand: &Demand, life: &Life, judged: &[Span]) -> Vec<Span> {
        let mut days = Vec::new();
        for binding in &demand.bindings {
            let from = match binding.newcomers {
                Some((before, later)) if !life.belongs_on(before, binding.binds.from) => later,
                _ => binding.missed_from,
            };
            if let Some(span) = binding.binds.meet(Span { from, to: FAR }) {
                life.belongs(binding.audience, span, &mut days);
            }
        }
        if demand.live {
            days.extend(without(judged, &self.asked(life)));
        }
        join(&mut days);
        both(judged, &days)
    }

    /// The days on which the layer asks somebody for anything.
    fn asked(&self, life: &Life) -> Vec<Span> {
        let mut days = Vec::new();
        for binding in self.demands.iter().flat_map(|d| &d.bindings) {
            life.belongs(binding.audience, binding.binds, &mut days);
        }
        join(&mut days);
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        from: Day(100),
        to: Day(200),
    };

    fn rule(course: u16, from: i32, ended: Option<i32>) -> Rule {
        Rule {
            audience: EVERYONE,
            course,
            from: Day(from),
            ended: ended.map_or(FAR, Day),
            before: None,
        }
    }

    #[test]
    fn without_a_rule_a_layer_asks_nothing() {
        assert_eq!(layer("baseline", &[], WINDOW, 30), None);
        assert_eq!(
            layer("baseline", &[rule(0, 10, Some(100))], WINDOW, 30),
            None,
            "ended when the window began"
        );
        assert_eq!(
            layer("baseline", &[rule(0, 150, Some(150))], WINDOW, 30),
            None,
            "never held"
        );
    }

    #[test]
    fn the_first_rules_have_always_held() {
        let layer =
            layer("baseline", &[rule(3, 150, None), rule(1, 150, None)], WINDOW, 30).expect("it asks");
        assert!(layer.always);
        assert_eq!(layer.demands.iter().map(|d| d.course).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(layer.binds_later, None);
    }

    #[test]
    fn a_window_from_before_all_rules_is_judged_by_the_first() {
        let layer =
            layer("baseline", &[rule(1, 300, None), rule(2, 301, None)], WINDOW, 30).expect("it asks");
        assert_eq!(layer.demands.len(), 1);
        assert_eq!(layer.binds_later, Some(Day(300)));
    }

    #[test]
    fn a_further_course_leaves_everyone_the_onboarding_days() {
        let layer = layer("baseline", &[rule(1, 10, None), rule(2, 120, None)], WINDOW, 30).expect("it asks");
        assert_eq!(layer.demands[1].bindings[0].missed_from, Day(151));
        assert!(!layer.always);
    }

    #[test]
    fn a_rule_that_goes_on_from_another_leaves_no_days() {
        let layer = layer(
            "baseline",
            &[rule(1, 10, Some(120)), rule(1, 120, None)],
            WINDOW,
            30,
        )
        .expect("it asks");
        assert_eq!(layer.demands[0].bindings[1].missed_from, Day(120));
    }
}
