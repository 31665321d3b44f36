//! A supplier: whose people work here without being ours, who answers for them inside, what they touch, and how they are trained.
//!
//! The register is the organisation's list of the interested parties it takes its suppliers to be (ISO/IEC 27001, clause 4.2).
//! A version is never changed: a correction is the next one, with who and when. What needs somebody's attention is reckoned from
//! the register, the roster and what was accepted, and never stored.
//!
//! Reading order: [`Supplier`] and its rules, [`concern`] (what needs attention, pure), the rows.
//!
//! Not here: accepting training that was done elsewhere (crate `learning`).

pub mod concern;

use std::collections::{BTreeMap, BTreeSet};

use db::{Day, Error, Fault, Id, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

use crate::engagement::EngagementKind;
use crate::people::{self, Standing};
use crate::person::{self, PersonKind};
use crate::profile::Access;
use crate::sources::word;
pub use concern::{Concern, SOON_DAYS, Seen, concerns};

/// A register of this many is a vendor master file; muster asks only for those whose people are here.
const SUPPLIERS_MAX: i64 = 2_000;
const NAME_CHARS_MAX: usize = 120;
const NAMES_MAX: usize = 30;
const TEXT_CHARS_MAX: usize = 2_000;
/// The id kind of a supplier, the same through all its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SupplierKind;

impl Kind for SupplierKind {
    const PREFIX: &'static str = "sup";
}

/// The id kind of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionKind;

impl Kind for VersionKind {
    const PREFIX: &'static str = "spv";
}

/// How a supplier's people are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    Courses,
    Own,
    Out,
}

impl Coverage {
    pub const ALL: [Coverage; 3] = [Coverage::Courses, Coverage::Own, Coverage::Out];

    pub fn as_str(self) -> &'static str {
        match self {
            Coverage::Courses => "courses",
            Coverage::Own => "own",
            Coverage::Out => "out",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Coverage::Courses => "Our courses",
            Coverage::Own => "Their own training, with evidence",
            Coverage::Out => "Out of scope",
        }
    }
}

/// A supplier as registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    pub id: Id<SupplierKind>,
    pub terms: Terms,
    pub set_at: Moment,
    pub set_by: String,
}

/// What is registered of a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub name: String,
    /// What sources call it as an employer, beside its name.
    pub names: Vec<String>,
    pub owner: Option<Id<PersonKind>>,
    pub touches: String,
    pub access: Access,
    pub from_on: Option<Day>,
    pub to_on: Option<Day>,
    pub coverage: Coverage,
    pub reason: Option<String>,
    pub approver: Option<Id<PersonKind>>,
}

impl Terms {
    /// Whether an employer on the roster is this supplier: the letters and digits count, not how they are written.
    pub fn is_called(&self, employer: &str) -> bool {
        let plain = word::plain(employer);
        !plain.is_empty()
            && (word::plain(&self.name) == plain || self.names.iter().any(|name| word::plain(name) == plain))
    }

    /// # Errors
    /// A refusal that names the field.
    pub fn check(&self) -> std::result::Result<(), Refusal> {
        let refused =
            |field: &str, sentence: &str| Err(Refusal::new("supplier-terms", sentence).field(field));
        let is_name = |name: &str| !word::plain(name).is_empty() && name.chars().count() <= NAME_CHARS_MAX;
        if !is_name(&self.name) {
            return refused(
                "name",
                "Name the supplier in up to 120 characters, as in its contract.",
            );
        }
        if self.names.len() > NAMES_MAX || !self.names.iter().all(|name| is_name(name)) {
            return refused(
                "names",
                "Write up to 30 other names, one in each line, of up to 120 characters.",
            );
        }
        if self.touches.is_empty() || self.touches.chars().count() > TEXT_CHARS_MAX {
            return refused(
                "touches",
                "Say in up to 2,000 characters which systems and data its people touch; write “nothing” if it is nothing.",
            );
        }
        if let (Some(from), Some(to)) = (self.from_on, self.to_on)
            && to < from
        {
            return refused(
                "to_on",
                "The contract ends before it begins; correct one of the days.",
            );
        }
        let reason = self.reason.as_deref().unwrap_or_default();
        if reason.chars().count() > TEXT_CHARS_MAX {
            return refused("reason", "Give the reason in up to 2,000 characters.");
        }
        if self.coverage == Coverage::Out && reason.is_empty() {
            return refused(
                "reason",
                "Say why its people are out of scope; an auditor will ask.",
            );
        }
        match (self.coverage, &self.approver) {
            (Coverage::Out, None) => refused(
                "approver",
                "Name who approved that its people are out of scope, by their address.",
            ),
            (Coverage::Out, Some(approver)) if self.owner.as_ref() == Some(approver) => refused(
                "approver",
                "Whoever answers for the supplier cannot approve that its people are out of scope; name somebody else.",
            ),
            _ => Ok(()),
        }
    }
}

/// Somebody outside's employer whom the register does not know, and how many of its people are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unregistered {
    pub employer: String,
    pub people: u64,
}

/// The register with what is to be seen of each, and the employers that are missing in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    pub suppliers: Vec<(Supplier, Seen)>,
    pub unregistered: Vec<Unregistered>,
}

/// The register as of today, by name.
pub fn register(reader: &mut Reader) -> Result<Register> {
    let today = reader.today()?;
    let suppliers = all(reader)?;
    let mut here: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut present: BTreeSet<Id<PersonKind>> = BTreeSet::new();
    let owners: BTreeSet<Id<PersonKind>> = suppliers
        .iter()
        .filter_map(|one| one.terms.owner.clone())
        .collect();
    people::each(reader, today, |listed| {
        if !matches!(listed.standing, Standing::Here | Standing::OnLeave) {
            return Ok(());
        }
        if owners.contains(&listed.person) {
            present.insert(listed.person.clone());
        }
        if is_outside(listed.kind)
            && let Some(employer) = listed.employer
        {
            here.entry(word::plain(&employer)).or_insert((employer, 0)).1 += 1;
        }
        Ok(())
    })?;
    let mut register = Register::default();
    for supplier in suppliers {
        let mut seen = Seen {
            owner_has_left: supplier
                .terms
                .owner
                .as_ref()
                .is_some_and(|owner| !present.contains(owner)),
            evidence_until: evidence_until(reader, &supplier.id)?,
            ..Seen::default()
        };
        here.retain(|_, (employer, people)| {
            let is_it = supplier.terms.is_called(employer);
            seen.people += if is_it { *people } else { 0 };
            !is_it
        });
        register.suppliers.push((supplier, seen));
    }
    register.unregistered = here
        .into_values()
        .map(|(employer, people)| Unregistered { employer, people })
        .collect();
    Ok(register)
}

fn is_outside(kind: EngagementKind) -> bool {
    matches!(
        kind,
        EngagementKind::Contractor | EngagementKind::Temp | EngagementKind::VendorStaff
    )
}

/// The supplier's people who were here on a day, with their names.
pub fn people(reader: &mut Reader, supplier: &Supplier, on: Day) -> Result<Vec<(Id<PersonKind>, String)>> {
    let mut found = Vec::new();
    people::each(reader, on, |listed| {
        let is_here = matches!(listed.standing, Standing::Here | Standing::OnLeave);
        let is_theirs = listed
            .employer
            .as_deref()
            .is_some_and(|employer| supplier.terms.is_called(employer));
        if is_here && is_theirs && is_outside(listed.kind) {
            found.push((listed.person, listed.name));
        }
        Ok(())
    })?;
    Ok(found)
}

fn evidence_until(reader: &mut Reader, supplier: &Id<SupplierKind>) -> Result<Option<Day>> {
    let found: Option<Option<Day>> = reader.one(
        sql!(
            "select max(case when e.ended_on is null or e.ended_on > a.covers_to then a.covers_to else e.ended_on - 1 end)
             from acceptance as a
             left join acceptance_end as e on e.acceptance_id = a.id
             where a.supplier_id = $1"
        ),
        &params![supplier],
        |row| row.get(0),
    )?;
    Ok(found.flatten())
}

/// Every supplier as last registered, by name.
pub fn all(reader: &mut Reader) -> Result<Vec<Supplier>> {
    let mut found = reader.rows(
        sql!(
            "select supplier_id, name, names, owner_id, touches, access, from_on, to_on, coverage, reason, approver_id, set_at, set_by
             from supplier as this
             where not exists (
                 select 1
                 from supplier as later
                 where later.supplier_id = this.supplier_id
                   and (later.set_at > this.set_at or (later.set_at = this.set_at and later.id > this.id))
             )
             order by supplier_id
             limit $1"
        ),
        &params![SUPPLIERS_MAX],
        read,
    )?;
    // Each engine has its own alphabet.
    found.sort_by_key(|one| (one.terms.name.to_lowercase(), one.id.to_string()));
    Ok(found)
}

/// Every version of a supplier, the newest first.
pub fn versions(reader: &mut Reader, id: &Id<SupplierKind>) -> Result<Vec<Supplier>> {
    reader.rows(
        sql!(
            "select supplier_id, name, names, owner_id, touches, access, from_on, to_on, coverage, reason, approver_id, set_at, set_by
             from supplier as v
             where supplier_id = $1
             order by set_at desc, v.id desc
             limit $2"
        ),
        &params![id, SUPPLIERS_MAX],
        read,
    )
}

pub fn find(reader: &mut Reader, id: &Id<SupplierKind>) -> Result<Option<Supplier>> {
    Ok(versions(reader, id)?.into_iter().next())
}

/// Registers a supplier, or its next version.
///
/// # Errors
/// A refusal that names the field.
pub fn set(tx: &mut Tx, id: Option<&Id<SupplierKind>>, terms: &Terms) -> Result<Id<SupplierKind>> {
    terms.check()?;
    let id = id.cloned().unwrap_or_else(|| tx.new_id());
    for other in all(tx)?.iter().filter(|other| other.id != id) {
        let mut names = std::iter::once(&terms.name).chain(&terms.names);
        if let Some(name) = names.find(|name| other.terms.is_called(name)) {
            let sentence = format!(
                "{name} is registered already, as {}. One employer belongs to one supplier.",
                other.terms.name
            );
            return Err(Refusal::new("supplier-known", sentence).field("name").into());
        }
    }
    let version: Id<VersionKind> = tx.new_id();
    let names =
        serde_json::to_string(&terms.names).map_err(|e| Fault::of("writing a supplier's names", e))?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into supplier (id, supplier_id, name, names, owner_id, touches, access, from_on, to_on, coverage, reason,
                                   approver_id, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        &params![
            version,
            &id,
            terms.name.as_str(),
            names,
            &terms.owner,
            terms.touches.as_str(),
            terms.access.as_str(),
            terms.from_on,
            terms.to_on,
            terms.coverage.as_str(),
            terms.reason.clone(),
            &terms.approver,
            now,
            by
        ],
    )?;
    let payload = json!({
        "supplier": id,
        "name": terms.name,
        "names": terms.names,
        "owner": terms.owner,
        "touches": terms.touches,
        "access": terms.access.as_str(),
        "from_on": terms.from_on,
        "to_on": terms.to_on,
        "coverage": terms.coverage.as_str(),
        "reason": terms.reason,
        "approver": terms.approver,
    });
    ledger::record(
        tx,
        Entry::about(Act::SupplierSet, format!("supplier:{id}")).payload(payload),
    )?;
    Ok(id)
}

/// The one person somebody means by an address or an id.
///
/// # Errors
/// A refusal naming the field when it is nobody, or more than one.
pub fn meant(reader: &mut Reader, reference: &str, field: &str) -> Result<Id<PersonKind>> {
    let found = person::by_reference(reader, reference)?;
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Refusal::new(
            "person-unknown",
            format!("Nobody on the roster is known by “{reference}”. Write the address they have there."),
        )
        .field(field)
        .into()),
        _ => Err(Refusal::new(
            "person-ambiguous",
            format!("More than one person is known by “{reference}”. Write the id they have on their page."),
        )
        .field(field)
        .into()),
    }
}

fn read(row: &Row) -> Result<Supplier> {
    let names: String = row.get(2)?;
    let (access, coverage): (String, String) = (row.get(5)?, row.get(8)?);
    let odd = |what: &str| {
        Error::from(Fault::new(format!(
            "reading a supplier: its {what} is not one of ours"
        )))
    };
    Ok(Supplier {
        id: row.get(0)?,
        terms: Terms {
            name: row.get(1)?,
            names: serde_json::from_str(&names).map_err(|e| Fault::of("reading a supplier's names", e))?,
            owner: row.get(3)?,
            touches: row.get(4)?,
            access: [Access::Yes, Access::No, Access::Unknown]
                .into_iter()
                .find(|known| known.as_str() == access)
                .ok_or_else(|| odd("access"))?,
            from_on: row.get(6)?,
            to_on: row.get(7)?,
            coverage: Coverage::ALL
                .into_iter()
                .find(|known| known.as_str() == coverage)
                .ok_or_else(|| odd("coverage"))?,
            reason: row.get(9)?,
            approver: row.get(10)?,
        },
        set_at: row.get(11)?,
        set_by: row.get(12)?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use db::{Actor, Db};

    use super::*;

    pub(super) fn terms(name: &str) -> Terms {
        Terms {
            name: name.to_owned(),
            names: vec!["The Agency".to_owned()],
            owner: None,
            touches: "Build servers".to_owned(),
            access: Access::Yes,
            from_on: Some(Day(100)),
            to_on: Some(Day(200)),
            coverage: Coverage::Own,
            reason: None,
            approver: None,
        }
    }

    #[test]
    fn an_employer_is_known_by_its_letters() {
        let terms = terms("Agency GmbH");
        for employer in ["agency gmbh", "AGENCY-GmbH", "the agency"] {
            assert!(terms.is_called(employer), "{employer}");
        }
        assert!(!terms.is_called("Agency") && !terms.is_called("–"));
    }

    #[test]
    fn out_of_scope_wants_a_reason_and_somebody_else_who_approved() {
        let person: Id<PersonKind> = "per_00000000000000000000000001".parse().expect("an id");
        let field = |terms: &Terms| terms.check().err().and_then(|refusal| refusal.field);
        let mut out = Terms {
            coverage: Coverage::Out,
            owner: Some(person.clone()),
            ..terms("A")
        };
        assert_eq!(field(&out).as_deref(), Some("reason"));
        out.reason = Some("They clean the windows.".to_owned());
        assert_eq!(field(&out).as_deref(), Some("approver"));
        out.approver = Some(person);
        assert_eq!(field(&out).as_deref(), Some("approver"));
        out.owner = None;
        assert_eq!(field(&out), None);
    }

    #[test]
    fn a_correction_is_the_next_version_and_an_employer_belongs_to_one() {
        let db = Db::in_memory_for_tests();
        let write = |id: Option<Id<SupplierKind>>, terms: Terms| {
            db.set_now(db.now().plus_seconds(1));
            db.write_blocking(Actor::Operator, move |tx| set(tx, id.as_ref(), &terms))
        };
        let id = write(None, terms("Agency")).expect("it is registered");
        let other = write(None, terms("Other")).expect_err("the agency is registered already");
        assert!(matches!(other, Error::Refused(_)));
        write(Some(id.clone()), terms("Agency Ltd")).expect("its next version");
        let (versions, listed) = db
            .read_blocking(move |r| Ok((versions(r, &id)?, all(r)?)))
            .expect("reading works");
        assert_eq!((versions.len(), listed.len()), (2, 1));
        assert_eq!(listed[0].terms.name, "Agency Ltd");
    }
}
