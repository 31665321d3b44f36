//! The organisation whose programme this is: its name, and the zone in which its days begin.
//!
//! Rows are only added; the newest counts.

use db::{Kind, Reader, Refusal, Result, Tx, Zone, params, sql};
use ledger::{Act, Entry};
use serde_json::json;

/// As long as any company register allows.
const NAME_CHARS_MAX: usize = 200;

/// The id kind of a row that sets the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationKind;

impl Kind for OrganisationKind {
    const PREFIX: &'static str = "org";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    pub name: String,
    /// IANA, for example `Europe/Berlin`.
    pub zone: String,
}

impl Organisation {
    /// # Errors
    /// A refusal when the name is empty or too long, or there is no such zone.
    pub fn new(name: &str, zone: &str) -> std::result::Result<Organisation, Refusal> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(Refusal::new(
                "organisation-name",
                "Give the organisation’s name in 1 to 200 characters.",
            )
            .field("name"));
        }
        let zone = zone.trim();
        if Zone::named(zone).is_none() {
            return Err(Refusal::new(
                "organisation-zone",
                "The time zone is not known; write it as Europe/Berlin, America/New_York or UTC.",
            )
            .field("zone"));
        }
        Ok(Organisation {
            name,
            zone: zone.to_owned(),
        })
    }
}

/// The organisation; `None` before it has been set up.
pub fn find(reader: &mut Reader) -> Result<Option<Organisation>> {
    reader.one(
        sql!(
            "select name, zone
             from organisation
             order by set_at desc, id desc
             limit 1"
        ),
        &[],
        |row| {
            Ok(Organisation {
                name: row.get(0)?,
                zone: row.get(1)?,
            })
        },
    )
}

/// Sets the name and the zone, from which on days are days there.
///
/// # Errors
/// A fault of the engine.
pub fn set(tx: &mut Tx, organisation: &Organisation) -> Result<()> {
    let id = tx.new_id::<OrganisationKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into organisation (id, name, zone, set_at, set_by)
             values ($1, $2, $3, $4, $5)"
        ),
        &params![
            id,
            organisation.name.as_str(),
            organisation.zone.as_str(),
            now,
            by
        ],
    )?;
    if let Some(zone) = Zone::named(&organisation.zone) {
        tx.set_zone(&zone)?;
    }
    let payload = json!({ "name": organisation.name, "zone": organisation.zone });
    ledger::record(
        tx,
        Entry::about(Act::OrganisationSet, "organisation").payload(payload),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db, Moment};

    use super::*;

    #[test]
    fn setting_the_organisation_sets_the_zone_in_which_it_is_today() {
        let db = Db::in_memory_for_tests();
        db.set_now(
            "2026-06-01T22:30:00Z"
                .parse::<Moment>()
                .expect("the text is a time"),
        );
        let berlin = Organisation::new(" Acme  GmbH ", "Europe/Berlin").expect("there is such a zone");
        db.write_blocking(Actor::Setup, move |tx| set(tx, &berlin))
            .expect("it can be set");
        let (organisation, today) = db
            .read_blocking(|r| Ok((find(r)?, r.today()?)))
            .expect("it can be read");
        assert_eq!(organisation.map(|one| one.name).as_deref(), Some("Acme GmbH"));
        assert_eq!(today.to_string(), "2026-06-02");
    }

    #[test]
    fn a_nameless_organisation_or_a_zone_that_is_not_is_refused() {
        assert_eq!(
            Organisation::new(" ", "UTC")
                .expect_err("no name")
                .field
                .as_deref(),
            Some("name")
        );
        assert_eq!(
            Organisation::new("Acme", "Mars/Base")
                .expect_err("no zone")
                .field
                .as_deref(),
            Some("zone")
        );
    }
}
