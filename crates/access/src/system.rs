//! A system: a place people can get into, who answers for it, and what has to be learnt for it.
//!
//! Its name is a word that stands in addresses and in the audiences of rules. What holds for it is a row that says who set it
//! and when; the newest counts.
//!
//! Not here: who can get in ([`crate::account`]).

use std::fmt;

use db::{Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use roster::sources::cells::lowered;
use serde::Serialize;
use serde_json::json;

/// Long enough for "google-workspace-europe".
const NAME_CHARS_MAX: usize = 40;
/// An organisation has some dozens.
pub const SYSTEMS_MAX: i64 = 500;
/// A quarter; whoever may wait longer does not need it for this access.
pub const DAYS_MAX: i32 = 365;
/// What a role that may do more than others has in its name, until somebody says otherwise.
pub const PRIVILEGED_WORDS: [&str; 5] = ["admin", "administrator", "owner", "root", "superuser"];
/// More words than this are a list of roles.
const WORDS_MAX: usize = 30;
const WORD_CHARS_MAX: usize = 40;

/// The id kind of what holds for a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsKind;

impl Kind for TermsKind {
    const PREFIX: &'static str = "act";
}

/// A system with what holds for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct System {
    pub name: String,
    #[serde(flatten)]
    pub terms: Terms,
}

/// What holds for getting into a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// Who answers for what is found.
    pub owner_email: Option<String>,
    pub need: Option<Need>,
    /// Words of roles that may do more than others; lower case, in order.
    pub privileged: Vec<String>,
}

/// What has to be learnt by whoever gets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The layer of courses.
    pub layer: String,
    pub by: By,
}

/// By when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    BeforeAccess,
    /// So many days after access begins.
    Days(i32),
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            owner_email: None,
            need: None,
            privileged: PRIVILEGED_WORDS.map(str::to_owned).into(),
        }
    }
}

impl Terms {
    /// Whether a role may do more than others.
    pub fn is_privileged(&self, role: Option<&str>) -> bool {
        let role = role.unwrap_or_default().to_lowercase();
        self.privileged.iter().any(|word| role.contains(word.as_str()))
    }
}

/// "developer training within 30 days of access"
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            By::BeforeAccess => write!(f, "{} training before access", self.layer),
            By::Days(1) => write!(f, "{} training within a day of access", self.layer),
            By::Days(days) => write!(f, "{} training within {days} days of access", self.layer),
        }
    }
}

/// The name as it is kept: lower case, with dashes for spaces.
///
/// # Errors
/// A refusal when it is empty, too long, holds anything but letters, digits, dots, dashes and underscores, or is "any".
pub fn named(text: &str) -> std::result::Result<String, Refusal> {
    let name = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-")
        .to_ascii_lowercase();
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.len() > NAME_CHARS_MAX || !name.chars().all(sound) {
        return Err(Refusal::new(
            "system-name",
            "Name the system in 1 to 40 letters, digits, dots and dashes, for example github or aws-production.",
        )
        .field("system"));
    }
    if matches!(name.as_str(), "any" | "new" | "lists" | "without") {
        return Err(Refusal::new(
            "system-name",
            "A system cannot be called any, new, lists or without: rules and addresses use these words. Choose another name.",
        )
        .field("system"));
    }
    Ok(name)
}

/// Every system, by name.
pub fn all(reader: &mut Reader) -> Result<Vec<System>> {
    reader.rows(
        sql!(
            "select s.name, t.owner_email, t.layer, t.days, t.privileged
             from access_system s
             left join access_terms t on t.id = (
                 select n.id
                 from access_terms n
                 where n.system = s.name
                 order by n.set_at desc, n.id desc
                 limit 1)
             order by s.name
             limit $1"
        ),
        &params![SYSTEMS_MAX],
        read,
    )
}

pub fn find(reader: &mut Reader, name: &str) -> Result<Option<System>> {
    reader.one(
        sql!(
            "select s.name, t.owner_email, t.layer, t.days, t.privileged
             from access_system s
             left join access_terms t on t.id = (
                 select n.id
                 from access_terms n
                 where n.system = s.name
                 order by n.set_at desc, n.id desc
                 limit 1)
             where s.name = $1"
        ),
        &params![name],
        read,
    )
}

/// The system, made when it is new.
///
/// # Errors
/// A refusal when there are too many systems; a fault of the engine.
pub fn ensure(tx: &mut Tx, name: &str) -> Result<System> {
    if let Some(system) = find(tx, name)? {
        return Ok(system);
    }
    let known = tx.one(
        sql!("select cast(count(*) as bigint) from access_system"),
        &[],
        |row| row.get::<i64>(0),
    )?;
    if known.unwrap_or_default() >= SYSTEMS_MAX {
        return Err(Refusal::new(
            "systems-too-many",
            "There are 500 systems already, which is the most.",
        )
        .into());
    }
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!(
            "insert into access_system (name, created_at, created_by)
             values ($1, $2, $3)"
        ),
        &params![name, now, by],
    )?;
    Ok(System {
        name: name.to_owned(),
        terms: Terms::default(),
    })
}

/// Sets what holds for a system from now on.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn set(tx: &mut Tx, name: &str, terms: &Terms) -> Result<()> {
    let terms = sound(terms)?;
    ensure(tx, name)?;
    let id = tx.new_id::<TermsKind>();
    let (now, by): (Moment, _) = (tx.now(), tx.actor().to_string());
    let layer = terms.need.as_ref().map(|need| need.layer.as_str());
    let days = terms.need.as_ref().and_then(|need| match need.by {
        By::BeforeAccess => None,
        By::Days(days) => Some(i64::from(days)),
    });
    let privileged: String = terms.privileged.iter().map(|word| format!(" {word}")).collect();
    tx.execute(
        sql!(
            "insert into access_terms (id, system, owner_email, layer, days, privileged, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        &params![
            &id,
            name,
            &terms.owner_email,
            layer,
            days,
            format!("{privileged} "),
            now,
            by
        ],
    )?;
    let payload = json!({
        "owner": terms.owner_email,
        "layer": layer,
        "days": days,
        "before_access": terms.need.as_ref().map(|need| need.by == By::BeforeAccess),
        "privileged": terms.privileged,
    });
    ledger::record(
        tx,
        Entry::about(Act::AccessSystemSet, format!("access:{name}")).payload(payload),
    )?;
    Ok(())
}

fn sound(terms: &Terms) -> std::result::Result<Terms, Refusal> {
    let owner_email = terms
        .owner_email
        .as_deref()
        .map(lowered)
        .filter(|email| !email.is_empty());
    if owner_email
        .as_ref()
        .is_some_and(|email| !email.contains('@') || email.len() > 254)
    {
        return Err(Refusal::new(
            "system-owner",
            "Give the address of the person who answers for this system, or leave it blank.",
        )
        .field("owner"));
    }
    if let Some(Need {
        by: By::Days(days), ..
    }) = terms.need
        && !(1..=DAYS_MAX).contains(&days)
    {
        return Err(
            Refusal::new("system-days", "Give from 1 to 365 days after access begins.").field("days"),
        );
    }
    let mut privileged: Vec<String> = terms.privileged.iter().map(|word| word.to_lowercase()).collect();
    privileged.sort();
    privileged.dedup();
    let too_long = privileged
        .iter()
        .any(|word| word.chars().count() > WORD_CHARS_MAX);
    if privileged.len() > WORDS_MAX || too_long {
        return Err(Refusal::new(
            "system-privileged",
            "Give up to 30 words of up to 40 letters, with spaces between.",
        )
        .field("privileged"));
    }
    Ok(Terms {
        owner_email,
        need: terms.need.clone(),
        privileged,
    })
}

fn read(row: &Row) -> Result<System> {
    let layer: Option<String> = row.get(2)?;
    let days: Option<i64> = row.get(3)?;
    let by = match days {
        None => By::BeforeAccess,
        Some(days) => By::Days(i32::try_from(days).unwrap_or(DAYS_MAX)),
    };
    // Without terms there is no row to join.
    let terms = match row.str(4)? {
        None => Terms::default(),
        Some(words) => Terms {
            owner_email: row.get(1)?,
            need: layer.map(|layer| Need { layer, by }),
            privileged: words.split_ascii_whitespace().map(str::to_owned).collect(),
        },
    };
    Ok(System {
        name: row.get(0)?,
        terms,
    })
}

#[cfg(test)]
mod tests {
    use db::{Actor, Db};

    use super::*;

    #[test]
    fn a_name_is_a_word_for_addresses_and_rules() {
        assert_eq!(named(" AWS production ").expect("it is sound"), "aws-production");
        for bad in ["", "-x", "any", "New", "a/b", "ä", &"x".repeat(41)] {
            assert_eq!(
                named(bad).expect_err("it is none").field.as_deref(),
                Some("system"),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_newest_terms_count_and_words_of_privilege_have_a_start() {
        let db = Db::in_memory_for_tests();
        let system = db
            .write_blocking(Actor::Operator, |tx| {
                let new = ensure(tx, "github")?;
                assert!(
                    new.terms.is_privileged(Some("Super Admin")) && !new.terms.is_privileged(Some("member"))
                );
                for days in [10, 30] {
                    let need = Some(Need {
                        layer: "developer".to_owned(),
                        by: By::Days(days),
                    });
                    let terms = Terms {
                        owner_email: Some("Olga@example.com ".to_owned()),
                        need,
                        privileged: vec!["Maintainer".to_owned()],
                    };
                    set(tx, "github", &terms)?;
                }
                find(tx, "github")
            })
            .expect("it is kept")
            .expect("it is there");
        assert_eq!(system.terms.owner_email.as_deref(), Some("olga@example.com"));
        assert_eq!(
            system.terms.need.as_ref().map(ToString::to_string).as_deref(),
            Some("developer training within 30 days of access")
        );
        assert!(system.terms.is_privileged(Some("maintainer")) && !system.terms.is_privileged(Some("owner")));
    }
}
