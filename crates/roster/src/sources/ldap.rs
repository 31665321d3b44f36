//! What a directory says of people (LDAP, Active Directory): entries in, a list in our own columns out.
//!
//! The list is a file like any other, so that what somebody looked at is what is applied, and the same rules hold. A person's key
//! is the directory's own id of the entry, which stays when the entry is renamed or moved. An attribute nobody has is not
//! cleared: a bind account that may not read it looks the same. Nobody's password, photograph or birthday is asked for.
//!
//! Reading order: [`terms`] (what the owner says), [`entry`] (one entry), this (what it means), [`filter`], [`message`] and [`ber`] (the language).
//!
//! Not here: the connection, the settings and the schedule ([`crate::directory`]).

pub mod ber;
pub mod entry;
pub mod filter;
pub mod message;
pub mod terms;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Refusal, Zone};

use crate::snapshot::Cell;
use crate::sources::word;
use entry::{Entry, same_name};
pub use terms::{Attributes, Flavour, Terms};

/// Five times the largest organisation muster is measured with; as many as a file may have rows.
pub const PEOPLE_MAX: usize = 500_000;
/// How many unknown words a refusal names.
const NAMED_MAX: usize = 5;
/// The list, ready to be planned with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub csv: Vec<u8>,
    pub people: usize,
    pub notes: Vec<String>,
}

/// The columns of the list, in its order.
const COLUMNS: [&str; 19] = [
    "source_id",
    "employee_number",
    "email",
    "given_name",
    "family_name",
    "full_name",
    "person_type",
    "status",
    "start_date",
    "end_date",
    "manager_source_id",
    "employer_or_vendor",
    "department",
    "division",
    "job_title",
    "location",
    "country",
    "language",
    "tags",
];
/// Columns in which silence may mean that a value went away, once anybody has one.
const CLEARED: [&str; 10] = [
    "employee_number",
    "email",
    "manager_source_id",
    "employer_or_vendor",
    "department",
    "division",
    "job_title",
    "location",
    "country",
    "language",
];

/// Everything heard so far.
#[derive(Debug)]
pub struct Hearing<'a> {
    terms: &'a Terms,
    zone: &'a Zone,
    groups: HashMap<String, String>,
    rows: Vec<[String; COLUMNS.len()]>,
    keys: HashMap<String, String>,
    without_key: usize,
    unknown_kinds: BTreeMap<String, usize>,
    without_kind: usize,
    cut_short: usize,
    pub references: usize,
}

impl<'a> Hearing<'a> {
    pub fn new(terms: &'a Terms, zone: &'a Zone) -> Hearing<'a> {
        let groups = terms.groups.iter();
        Hearing {
            terms,
            zone,
            groups: groups
                .map(|name| (same_name(name), entry::group_tag(name)))
                .collect(),
            rows: Vec::new(),
            keys: HashMap::new(),
            without_key: 0,
            unknown_kinds: BTreeMap::new(),
            without_kind: 0,
            cut_short: 0,
            references: 0,
        }
    }

    /// # Errors
    /// A refusal when there are more people than a list may have.
    pub fn hear(&mut self, entry: &Entry) -> Result<(), Refusal> {
        if self.rows.len() >= PEOPLE_MAX {
            return Err(refused(
                "The directory gave more than 500,000 entries. Narrow the filter to people.",
            ));
        }
        let Some(key) = self.terms.key(entry) else {
            self.without_key += 1;
            return Ok(());
        };
        self.keys.insert(same_name(&entry.name), key.clone());
        let row = self.row(entry, key);
        self.rows.push(row);
        Ok(())
    }

    fn row(&mut self, entry: &Entry, key: String) -> [String; COLUMNS.len()] {
        let (terms, own) = (self.terms, &self.terms.attributes);
        let text = |name: &str| entry.text(name).unwrap_or_default();
        let (given, family) = (text("givenName"), text("sn"));
        let full = match (given.is_empty(), family.is_empty()) {
            (true, true) => entry.text("displayName").unwrap_or_else(|| text("cn")),
            _ => String::new(),
        };
        let kind = self.kind(entry);
        let start = entry
            .text(&own.start)
            .map(|text| entry::day_text(&text, self.zone));
        let is_disabled = terms.is_disabled(entry);
        let status = if is_disabled { "ended" } else { "active" };
        let end = match self.end(entry) {
            Cell::Said(day) => day,
            Cell::Cleared if !is_disabled => "-".to_owned(),
            _ => String::new(),
        };
        [
            key,
            terms
                .one(
                    entry,
                    &own.employee_number,
                    &["employeeID", "employeeNumber"],
                    &["employeeNumber"],
                )
                .unwrap_or_default(),
            text("mail"),
            given,
            family,
            full,
            kind,
            status.to_owned(),
            start.unwrap_or_default(),
            end,
            // The manager's name for now; their key once everybody was heard.
            text("manager"),
            terms
                .one(entry, &own.employer, &["company"], &["o"])
                .unwrap_or_default(),
            terms
                .one(
                    entry,
                    &own.department,
                    &["department"],
                    &["departmentNumber", "ou"],
                )
                .unwrap_or_default(),
            text("division"),
            text("title"),
            terms
                .one(entry, "", &["physicalDeliveryOfficeName"], &["l"])
                .unwrap_or_default(),
            terms.one(entry, "", &["co"], &["c"]).unwrap_or_default(),
            text("preferredLanguage"),
            self.tags(entry),
        ]
    }

    /// The last day; cleared when the directory could say one and does not.
    fn end(&self, entry: &Entry) -> Cell<String> {
        let own = &self.terms.attributes.end;
        let day = match self.terms.flavour {
            _ if !own.is_empty() => entry.text(own).map(|text| entry::day_text(&text, self.zone)),
            Flavour::ActiveDirectory => {
                let Some(ticks) = entry.text("accountExpires") else {
                    return Cell::Unsaid;
                };
                entry::expires_on(&ticks, self.zone).map(|day| day.to_string())
            }
            Flavour::Ldap => return Cell::Unsaid,
        };
        day.map_or(Cell::Cleared, Cell::Said)
    }

    fn kind(&mut self, entry: &Entry) -> String {
        let said = self.terms.one(
            entry,
            &self.terms.attributes.kind,
            &["employeeType"],
            &["employeeType"],
        );
        let Some(said) = said else {
            let Some(kind) = self.terms.kind else {
                self.without_kind += 1;
                return String::new();
            };
            return kind.to_string();
        };
        let own = self.terms.kinds.get(&word::plain(&said)).copied();
        match own.or_else(|| word::kind(&said)) {
            Some(kind) => kind.to_string(),
            None => {
                *self.unknown_kinds.entry(said).or_default() += 1;
                String::new()
            }
        }
    }

    fn tags(&mut self, entry: &Entry) -> String {
        if self.groups.is_empty() {
            return String::new();
        }
        self.cut_short += usize::from(entry.is_cut_short("memberOf"));
        let names = entry.texts("memberOf").map(|name| same_name(&name));
        let tags: BTreeSet<String> = names.filter_map(|name| self.groups.get(&name).cloned()).collect();
        if tags.is_empty() {
            return "-".to_owned();
        }
        tags.into_iter().collect::<Vec<_>>().join(" ")
    }

    /// The list, once the directory has said that it has given everything.
    ///
    /// # Errors
    /// A refusal when it gave nobody, when entries have no key, or when it says of somebody what nobody explained.
    pub fn finish(mut self) -> Result<Heard, Refusal> {
        self.permit()?;
        let lost = self.name_managers();
        let mut notes = Vec::new();
        if lost > 0 {
            notes.push(format!(
                "{lost} people have a manager whom the search does not give; they are left without one."
            ));
        }
        if self.cut_short > 0 {
            notes.push(format!(
                "The directory cut short the groups of {} people, so some of their tags may be missing.",
                self.cut_short
            ));
        }
        if self.references > 0 {
            notes.push(format!(
                "{} references to other directories were not followed; whoever is there is not in this list.",
                self.references
            ));
        }
        let silent = self.clear();
        if !silent.is_empty() {
            notes.push(format!(
                "Nobody has anything in {}, so it stays as it is known; if it should not, see what the account may read.",
                silent.join(", ")
            ));
        }
        // In the order of the keys, so that the same directory gives the same bytes.
        self.rows.sort();
        let csv = write(&self.rows)?;
        Ok(Heard {
            csv,
            people: self.rows.len(),
            notes,
        })
    }

    fn permit(&self) -> Result<(), Refusal> {
        if self.without_key > 0 {
            let key = match self.terms.flavour {
                Flavour::ActiveDirectory => "objectGUID",
                Flavour::Ldap => "entryUUID",
            };
            return Err(refused(format!(
                "{} entries came without {key}, by which people are known. Let the account read that attribute, or choose the other kind of directory.",
                self.without_key
            )));
        }
        if self.rows.is_empty() {
            return Err(refused(
                "The search found nobody, so nothing was changed. An account that lost its right to read looks like an empty directory: check the account, the base and the filter.",
            ));
        }
        if !self.unknown_kinds.is_empty() {
            let mut named: Vec<String> = self
                .unknown_kinds
                .iter()
                .take(NAMED_MAX)
                .map(|(word, people)| format!("“{}” ({people})", word.chars().take(40).collect::<String>()))
                .collect();
            if self.unknown_kinds.len() > NAMED_MAX {
                named.push(format!("and {} more", self.unknown_kinds.len() - NAMED_MAX));
            }
            return Err(refused(format!(
                "The directory has kinds of people that are not known: {}. Say below what each of them means.",
                named.join(", ")
            ))
            .field("kinds"));
        }
        if self.without_kind > 0 {
            return Err(refused(format!(
                "The directory does not say what kind of people {} of them are. Choose below what they are taken for.",
                self.without_kind
            ))
            .field("kind"));
        }
        Ok(())
    }

    /// Puts each manager's key where their name was, and says of how many it is not known.
    fn name_managers(&mut self) -> usize {
        let mut lost = 0;
        let place = place("manager_source_id");
        for row in self.rows.iter_mut().filter(|row| !row[place].is_empty()) {
            let known = self.keys.get(&same_name(&row[place]));
            lost += usize::from(known.is_none());
            row[place] = known.cloned().unwrap_or_default();
        }
        lost
    }

    /// Marks as cleared what somebody no longer has, and names the columns in which nobody has anything.
    fn clear(&mut self) -> Vec<&'static str> {
        let mut silent = Vec::new();
        for name in CLEARED {
            let place = place(name);
            if self.rows.iter().all(|row| row[place].is_empty()) {
                silent.push(name);
                continue;
            }
            let empty = self.rows.iter_mut().filter(|row| row[place].is_empty());
            empty.for_each(|row| row[place].push('-'));
        }
        silent.retain(|name| matches!(*name, "email" | "manager_source_id" | "department"));
        silent
    }
}

fn place(column: &str) -> usize {
    let place = COLUMNS.iter().position(|name| *name == column);
    place.expect("each name asked for stands in COLUMNS")
}

fn write(rows: &[[String; COLUMNS.len()]]) -> Result<Vec<u8>, Refusal> {
    let unwritable =
        |_| refused("The directory’s entries cannot be written as a list; tell whoever looks after muster.");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(unwritable)?;
    for row in rows {
        writer.write_record(row).map_err(unwritable)?;
    }
    writer.into_inner().map_err(|_| {
        refused("The directory’s entries cannot be written as a list; tell whoever looks after muster.")
    })
}

fn refused(sentence: impl Into<String>) -> Refusal {
    Refusal::new("directory-unreadable", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::EngagementKind;
    use crate::snapshot::{Snapshot, Status};
    use crate::sources::file;
    use entry::Attribute;

    fn terms(flavour: Flavour) -> Terms {
        Terms {
            flavour,
            kind: Some(EngagementKind::Employee),
            kinds: BTreeMap::new(),
            groups: vec!["CN=SEC Production,OU=Groups,DC=x".to_owned()],
            attributes: Attributes::default(),
        }
    }

    fn entry(name: &str, attributes: &[(&str, &str)]) -> Entry {
        let attribute = |(name, value): &(&str, &str)| Attribute {
            name: (*name).to_owned(),
            values: vec![value.as_bytes().to_vec()],
        };
        Entry {
            name: name.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
        }
    }

    fn heard(terms: &Terms, entries: &[Entry]) -> Result<Heard, Refusal> {
        let zone = Zone::utc();
        let mut hearing = Hearing::new(terms, &zone);
        entries.iter().try_for_each(|entry| hearing.hear(entry))?;
        hearing.finish()
    }

    fn read(terms: &Terms, entries: &[Entry]) -> Snapshot {
        let heard = heard(terms, entries).expect("the entries make a list");
        file::read(&heard.csv, &file::Options::default()).expect("the list is a file like any other")
    }

    #[test]
    fn people_of_openldap_are_read_as_they_are() {
        let ada = entry(
            "uid=ada,ou=people,dc=x",
            &[
                ("entryUUID", "a-1"),
                ("employeeNumber", "100"),
                ("mail", "Ada@X.example"),
                ("givenName", "Ada"),
                ("sn", "Byron"),
                ("title", "Engineer"),
                ("manager", "UID=Cy, OU=people,DC=x"),
                ("memberOf", "cn=sec production,ou=groups,dc=x"),
            ],
        );
        let cy = entry(
            "uid=cy,ou=people,dc=x",
            &[
                ("entryUUID", "c-1"),
                ("cn", "Cy Coe"),
                ("employeeType", "Contractor"),
                ("pwdAccountLockedTime", terms::LOCKED_FOR_GOOD),
            ],
        );
        let snapshot = read(&terms(Flavour::Ldap), &[cy, ada]);
        let rows: Vec<_> = snapshot.wanted.iter().collect();
        let [ada, cy] = rows.as_slice() else {
            panic!("{snapshot:?}");
        };
        let said = |text: &str| Cell::Said(text.to_owned());
        assert_eq!((ada.source_id.as_str(), &ada.manager), ("a-1", &said("c-1")));
        assert_eq!(
            (&ada.email, &ada.job_title),
            (&said("ada@x.example"), &said("Engineer"))
        );
        assert_eq!(
            (ada.kind, ada.status),
            (Some(EngagementKind::Employee), Some(Status::Active))
        );
        assert_eq!((&ada.tags, &cy.tags), (&said(" sec-production "), &Cell::Cleared));
        assert_eq!((&cy.given_name, &cy.family_name), (&said("Cy"), &said("Coe")));
        assert_eq!(
            (cy.kind, cy.status),
            (Some(EngagementKind::Contractor), Some(Status::Ended))
        );
        assert_eq!(
            cy.email,
            Cell::Cleared,
            "Ada has one, so that Cy has none is a fact"
        );
        assert_eq!(cy.department, Cell::Unsaid, "nobody has one, so it may be hidden");
    }

    #[test]
    fn people_of_active_directory_are_read_as_they_are() {
        let guid = |first: u8| [[first].as_slice(), &[0; 15]].concat();
        let mut dee = entry(
            "CN=Dee,OU=Staff,DC=x",
            &[
                ("sn", "Dee"),
                ("userAccountControl", "514"),
                ("accountExpires", "0"),
                ("employeeID", "7"),
                ("department", "IT"),
            ],
        );
        dee.attributes.push(Attribute {
            name: "objectGUID".to_owned(),
            values: vec![guid(1)],
        });
        let mut eli = entry(
            "CN=Eli,OU=Staff,DC=x",
            &[
                ("sn", "Eli"),
                ("userAccountControl", "512"),
                ("accountExpires", "134273376000000000"),
                ("extensionAttribute1", "20260105"),
            ],
        );
        eli.attributes.push(Attribute {
            name: "objectguid".to_owned(),
            values: vec![guid(2)],
        });
        let mut terms = terms(Flavour::ActiveDirectory);
        terms.attributes.start = "extensionAttribute1".to_owned();
        let snapshot = read(&terms, &[dee, eli]);
        let rows: Vec<_> = snapshot.wanted.iter().collect();
        let [dee, eli] = rows.as_slice() else {
            panic!("{snapshot:?}");
        };
        assert_eq!(dee.source_id, "00000001-0000-0000-0000-000000000000");
        assert_eq!(
            (dee.status, eli.status),
            (Some(Status::Ended), Some(Status::Active))
        );
        assert_eq!(
            eli.end_on.said().map(ToString::to_string).as_deref(),
            Some("2026-06-30")
        );
        assert_eq!(
            eli.start_on.said().map(ToString::to_string).as_deref(),
            Some("2026-01-05")
        );
        assert_eq!(eli.department, Cell::Cleared);
    }

    #[test]
    fn a_lock_after_wrong_passwords_ends_nobody() {
        let locked = entry(
            "uid=a",
            &[
                ("entryUUID", "1"),
                ("cn", "A B"),
                ("pwdAccountLockedTime", "20260601120000Z"),
            ],
        );
        assert_eq!(
            read(&terms(Flavour::Ldap), &[locked]).wanted.get(0).status,
            Some(Status::Active)
        );
        let disabled = entry(
            "uid=a",
            &[("entryUUID", "1"), ("cn", "A B"), ("nsAccountLock", "TRUE")],
        );
        assert_eq!(
            read(&terms(Flavour::Ldap), &[disabled]).wanted.get(0).status,
            Some(Status::Ended)
        );
    }

    #[test]
    fn what_cannot_be_believed_is_refused_as_a_whole() {
        let sentence =
            |terms: &Terms, entries: &[Entry]| heard(terms, entries).expect_err("it is refused").sentence;
        let mut terms = terms(Flavour::Ldap);
        assert!(sentence(&terms, &[]).contains("found nobody"));
        assert!(sentence(&terms, &[entry("uid=a", &[("cn", "A")])]).contains("without entryUUID"));
        let odd = entry(
            "uid=a",
            &[("entryUUID", "1"), ("cn", "A"), ("employeeType", "Zed")],
        );
        assert!(sentence(&terms, std::slice::from_ref(&odd)).contains("“Zed” (1)"));
        terms.kinds.insert("zed".to_owned(), EngagementKind::Board);
        assert_eq!(
            read(&terms, std::slice::from_ref(&odd)).wanted.get(0).kind,
            Some(EngagementKind::Board)
        );
        terms.kind = None;
        assert!(
            sentence(&terms, &[entry("uid=a", &[("entryUUID", "1"), ("cn", "A")])]).contains("what kind")
        );
    }

    #[test]
    fn the_same_directory_gives_the_same_bytes_in_any_order() {
        let people: Vec<Entry> = (0..9)
            .map(|n| {
                entry(
                    &format!("uid={n}"),
                    &[("entryUUID", &format!("id-{n}")), ("cn", &format!("N {n}"))],
                )
            })
            .collect();
        let turned: Vec<Entry> = people.iter().rev().cloned().collect();
        let terms = terms(Flavour::Ldap);
        assert_eq!(heard(&terms, &people), heard(&terms, &turned));
    }

    #[test]
    fn a_cell_that_looks_like_a_formula_stays_text() {
        let odd = entry(
            "uid=a",
            &[("entryUUID", "1"), ("givenName", "=1+1, \"x\""), ("sn", "Y\nZ")],
        );
        let wanted = read(&terms(Flavour::Ldap), &[odd]).wanted.get(0);
        assert_eq!(wanted.given_name, Cell::Said("=1+1, \"x\"".to_owned()));
        assert_eq!(wanted.family_name, Cell::Said("Y Z".to_owned()));
    }
}
