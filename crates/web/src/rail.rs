//! The rail: the menu beside every page, in groups, folded where it is longer than a glance.
//!
//! Invariants: at most one entry is current, the nearest to the path of the page, and it is marked with
//! `aria-current`; its group stands open; a group folds and unfolds without a script, and one that was folded
//! over the current entry still shows that it has it.
//!
//! Not here: who is offered what (the app fills `Place::groups`).

use maud::{Markup, html};

use crate::marks::Standing;

/// A menu of so many entries is read at a glance and fits beside the shortest page: folding it would only hide things.
const UNFOLDED_MAX: usize = 12;

/// One entry of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub href: String,
    /// Other addresses whose pages belong to this entry, with everything under them.
    pub also: Vec<String>,
    /// What stands beside the label: "19", "4 open".
    pub count: Option<String>,
    /// Colours the count: `Gap` for what is wrong, `Attention` for what soon will be.
    pub kind: Standing,
}

/// A group of entries of the rail. Without a title it stands by itself and never folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: Option<String>,
    pub links: Vec<Link>,
}

impl Link {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            also: Vec::new(),
            count: None,
            kind: Standing::None,
        }
    }

    #[must_use]
    pub fn also(self, addresses: &[&str]) -> Self {
        Self {
            also: addresses.iter().map(|&address| address.to_owned()).collect(),
            ..self
        }
    }

    #[must_use]
    pub fn count(self, count: impl ToString, kind: Standing) -> Self {
        Self {
            count: Some(count.to_string()),
            kind,
            ..self
        }
    }

    /// How near the path is to this entry; the longer the address that the path is, or is under, the nearer.
    fn nearness(&self, path: &str) -> Option<usize> {
        std::iter::once(&self.href)
            .chain(&self.also)
            .filter(|href| is_under(path, href))
            .map(String::len)
            .max()
    }
}

impl Group {
    pub fn new(title: impl Into<String>, links: Vec<Link>) -> Self {
        Self {
            title: Some(title.into()),
            links,
        }
    }

    pub fn untitled(links: Vec<Link>) -> Self {
        Self { title: None, links }
    }
}

pub(crate) fn rail(groups: &[Group], path: &str) -> Markup {
    let current = groups
        .iter()
        .flat_map(|group| &group.links)
        .filter_map(|link| Some((link.nearness(path)?, link.href.as_str())))
        .max()
        .map(|(_, href)| href);
    let folds = groups.iter().map(|group| group.links.len()).sum::<usize>() > UNFOLDED_MAX;
    html! {
        nav class={ "rail-groups" @if folds { " folding" } } aria-label="Main" {
            @for group in groups {
                @let here = group.links.iter().any(|link| current == Some(link.href.as_str()));
                @match &group.title {
                    None => (entries(group, current)),
                    Some(title) if folds => {
                        details open[here] {
                            summary { (title) }
                            (entries(group, current))
                        }
                    }
                    Some(title) => div { h2 { (title) } (entries(group, current)) },
                }
            }
        }
    }
}

fn entries(group: &Group, current: Option<&str>) -> Markup {
    html! {
        ul {
            @for link in &group.links {
                li {
                    a href=(link.href) aria-current=[(current == Some(link.href.as_str())).then_some("page")] {
                        span { (link.label) }
                        @if let Some(count) = &link.count {
                            span class={ "n " (link.kind.class()) } { (count) }
                        }
                    }
                }
            }
        }
    }
}

fn is_under(path: &str, href: &str) -> bool {
    let href = href.split(['?', '#']).next().unwrap_or(href);
    path == href || (href != "/" && path.starts_with(href) && path[href.len()..].starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(others: usize) -> Vec<Group> {
        let others = (0..others).map(|n| Link::new(format!("Other {n}"), format!("/other-{n}")));
        vec![
            Group::untitled(vec![Link::new("Today", "/").also(&["/overdue"])]),
            Group::new(
                "People",
                vec![
                    Link::new("People", "/people").count(11, Standing::Gap),
                    Link::new("Leavers", "/people/leavers"),
                ],
            ),
            Group::new("Others", others.collect()),
        ]
    }

    fn shown(path: &str, others: usize) -> String {
        rail(&groups(others), path).into_string()
    }

    #[test]
    fn exactly_one_entry_is_current_and_it_is_the_nearest() {
        for (path, entry) in [
            ("/", "Today"),
            ("/overdue", "Today"),
            ("/people", "People"),
            ("/people/per_1", "People"),
            ("/people/leavers", "Leavers"),
        ] {
            for others in [1, 20] {
                let page = shown(path, others);
                assert_eq!(page.matches("aria-current").count(), 1, "{path}");
                let after = page
                    .split("aria-current=\"page\">")
                    .nth(1)
                    .expect("one entry is current");
                assert!(
                    after.starts_with(&format!("<span>{entry}")),
                    "{path}: {after:.40}"
                );
            }
        }
        for path in ["/peoples", "/overdues", "/nowhere"] {
            assert!(!shown(path, 1).contains("aria-current"), "{path}");
        }
    }

    #[test]
    fn a_long_menu_is_folded_but_for_the_group_of_this_page() {
        let page = shown("/people/per_1", 20);
        assert!(page.contains("<details open><summary>People</summary>"), "{page}");
        assert!(page.contains("<details><summary>Others</summary>"), "{page}");
        assert!(
            page.contains("<ul><li><a href=\"/\">"),
            "what stands by itself does not fold"
        );
        assert_eq!(shown("/", 20).matches(" open").count(), 0);
    }

    #[test]
    fn a_short_menu_does_not_fold() {
        let page = shown("/people", UNFOLDED_MAX - 3);
        assert!(!page.contains("<details"), "{page}");
        assert!(page.contains("<h2>People</h2>"), "{page}");
        assert!(shown("/people", UNFOLDED_MAX - 2).contains("<details"));
    }
}
