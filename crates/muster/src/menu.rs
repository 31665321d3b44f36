//! The menu: what a visitor is offered, in groups by what they came to do.
//!
//! Invariants: an entry is offered to those whom its page lets in; no page stands in it twice; a page that is only
//! reached from others belongs to the entry that leads to it, so that the menu says where one is.
//!
//! Not here: how it is drawn and folded (`web::rail`), who may see a page (the page itself asks).

use web::{
    Group, Link,
    visitor::{Role, Roles},
};

/// A group of entries; the one without a title stands first, by itself.
struct Part {
    title: Option<&'static str>,
    entries: &'static [Entry],
}

struct Entry {
    label: &'static str,
    href: &'static str,
    /// Who is offered it; nobody named means everybody who is signed in.
    whom: &'static [Role],
    /// Where one also is while this entry is current.
    also: &'static [&'static str],
}

const OWNERS: &[Role] = &[Role::Owner];
const WRITERS: &[Role] = &[Role::Owner, Role::Editor];
const READERS: &[Role] = &[Role::Owner, Role::Auditor];
const STAFF: &[Role] = &[Role::Owner, Role::Auditor, Role::Editor];
const MANAGERS: &[Role] = &[Role::Manager];
const LEARNERS: &[Role] = &[Role::Learner];
const EVERYBODY: &[Role] = &[];

const MENU: &[Part] = &[
    Part {
        title: None,
        entries: &[entry("Today", "/", READERS).also(&["/overdue", "/coverage"])],
    },
    part("Your people", &[entry("My team", "/team", MANAGERS)]),
    part(
        "People",
        &[
            entry("People", "/people", READERS),
            entry("Access", "/access", READERS),
            entry("Suppliers", "/suppliers", READERS).also(&["/acceptances"]),
            entry("Accommodations", "/accommodations", OWNERS),
            entry("Corrections", "/corrections", OWNERS),
        ],
    ),
    part(
        "Programme",
        &[
            entry("Rules", "/programme", STAFF),
            entry("Assignments", "/assignments", READERS).also(&["/waivers"]),
            entry("Reminders", "/reminders", READERS),
            entry("On time", "/cycles", READERS),
        ],
    ),
    part(
        "Learning",
        &[
            entry("Courses", "/courses", STAFF).also(&["/drafts"]),
            entry("Appeals", "/appeals", WRITERS).also(&["/rulings", "/regradings"]),
            entry("Live sessions", "/live-sessions", STAFF),
            entry("Sent in", "/outside-training", STAFF),
            entry("Short checks", "/spaced-checks", OWNERS),
        ],
    ),
    part(
        "Evidence",
        &[
            entry("Frameworks", "/frameworks", READERS).also(&["/procedure"]),
            entry("Packs", "/packs", READERS),
            entry("Exports", "/exports", READERS),
            entry("Ledger", "/ledger", READERS),
        ],
    ),
    part(
        "Roster",
        &[
            entry("Roster files", "/roster/files", OWNERS).also(&["/roster/plans", "/roster/mappings"]),
            entry("Sources", "/roster/sources", OWNERS).also(&["/roster"]),
            entry("Directories", "/roster/directories", OWNERS),
            entry("SCIM", "/scim", OWNERS),
        ],
    ),
    part(
        "Settings",
        &[
            entry("Set-up", "/set-up", OWNERS),
            entry("Organisation", "/organisation", OWNERS),
            entry("Roles", "/roles", OWNERS),
            entry("Mail", "/mail", OWNERS),
        ],
    ),
    part(
        "Yours",
        &[
            entry("My training", "/my-training", LEARNERS),
            entry("My record", "/my-record", LEARNERS),
            entry("My reminders", "/my-reminders", LEARNERS),
            entry("Calendars", "/calendars", EVERYBODY),
            entry("Sessions", "/sessions", EVERYBODY),
            entry("Passkeys", "/passkeys", EVERYBODY),
        ],
    ),
];

const fn part(title: &'static str, entries: &'static [Entry]) -> Part {
    Part {
        title: Some(title),
        entries,
    }
}

const fn entry(label: &'static str, href: &'static str, whom: &'static [Role]) -> Entry {
    Entry {
        label,
        href,
        whom,
        also: &[],
    }
}

impl Entry {
    const fn also(self, addresses: &'static [&'static str]) -> Self {
        Self {
            also: addresses,
            ..self
        }
    }

    fn is_for(&self, roles: Roles) -> bool {
        self.whom.is_empty() || self.whom.iter().any(|&role| roles.has(role))
    }
}

/// The menu of somebody with these roles; what would be empty is left out.
pub fn of(roles: Roles) -> Vec<Group> {
    MENU.iter()
        .filter_map(|part| {
            let links: Vec<Link> = part
                .entries
                .iter()
                .filter(|entry| entry.is_for(roles))
                .map(|entry| Link::new(entry.label, entry.href).also(entry.also))
                .collect();
            (!links.is_empty()).then(|| match part.title {
                Some(title) => Group::new(title, links),
                None => Group::untitled(links),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(role: Role) -> Vec<String> {
        let menu = of(Roles::none().with(role));
        menu.into_iter().filter_map(|group| group.title).collect()
    }

    fn entries() -> impl Iterator<Item = &'static Entry> {
        MENU.iter().flat_map(|part| part.entries)
    }

    #[test]
    fn no_page_stands_in_the_menu_twice() {
        let mut addresses: Vec<&str> = entries()
            .flat_map(|entry| std::iter::once(&entry.href).chain(entry.also))
            .copied()
            .collect();
        addresses.sort_unstable();
        let all = addresses.len();
        addresses.dedup();
        assert_eq!(addresses.len(), all);
    }

    #[test]
    fn a_learner_is_offered_what_is_theirs_and_nothing_else() {
        assert_eq!(titles(Role::Learner), ["Yours"]);
        assert_eq!(titles(Role::Manager), ["Your people", "Yours"]);
        assert_eq!(titles(Role::Editor), ["Programme", "Learning", "Yours"]);
    }

    #[test]
    fn an_owner_is_offered_all_that_an_auditor_and_an_editor_are() {
        for entry in entries() {
            let offered = |role| entry.is_for(Roles::none().with(role));
            let lower = offered(Role::Auditor) || offered(Role::Editor);
            assert!(!lower || offered(Role::Owner), "{}", entry.href);
        }
    }

    #[test]
    fn no_group_is_longer_than_a_glance() {
        for part in MENU {
            assert!(part.entries.len() <= 6, "{:?}", part.title);
        }
    }
}
