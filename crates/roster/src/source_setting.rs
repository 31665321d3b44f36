//! How a source is to be understood: what sort of system it is, who answers for it, how fresh it must be and whom to believe first.
//!
//! Insert only: the newest setting of a source counts, and what counted before is kept. A source nobody has described is an HR
//! system that says who works here, with the default brakes.
//!
//! Not here: what a source says ([`crate::source_record`]) and what follows from several ([`crate::precedence`]).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use db::{Error, Fault, Kind, Moment, Reader, Refusal, Result, Row, Tx, params, sql};
use ledger::{Act, Entry};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::profile::ATTRIBUTES;
use crate::sync::brake::Brakes;

/// A month and a few days: a source that is read monthly is fresh between readings.
pub const FRESH_DAYS: i64 = 35;
/// Two years; older is not a source.
pub const FRESH_DAYS_MAX: i64 = 730;
/// Ranks go from 1 to this.
pub const RANK_MAX: i64 = 999;
const TEXT_CHARS_MAX: usize = 200;

/// The id kind of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingKind;

impl Kind for SettingKind {
    const PREFIX: &'static str = "sst";
}

/// What sort of system a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    #[default]
    Hris,
    ContractorSystem,
    SupplierRegister,
    Directory,
    IdentityProvider,
}

impl SourceKind {
    pub const ALL: [SourceKind; 5] = [
        SourceKind::Hris,
        SourceKind::ContractorSystem,
        SourceKind::SupplierRegister,
        SourceKind::Directory,
        SourceKind::IdentityProvider,
    ];

    /// As the table and the command line spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Hris => "hris",
            SourceKind::ContractorSystem => "contractor_system",
            SourceKind::SupplierRegister => "supplier_register",
            SourceKind::Directory => "directory",
            SourceKind::IdentityProvider => "identity_provider",
        }
    }

    /// As a page says it.
    pub fn label(self) -> &'static str {
        match self {
            SourceKind::Hris => "HR system",
            SourceKind::ContractorSystem => "Contractor system",
            SourceKind::SupplierRegister => "Supplier’s list",
            SourceKind::Directory => "Directory",
            SourceKind::IdentityProvider => "Identity provider",
        }
    }

    /// Its own key is the number by which other systems know the person.
    pub fn numbers_people(self) -> bool {
        self == SourceKind::Hris
    }

    /// It lists accounts, so an active row says that the person can sign in.
    pub fn lists_accounts(self) -> bool {
        matches!(self, SourceKind::Directory | SourceKind::IdentityProvider)
    }

    fn rank(self) -> i64 {
        match self {
            SourceKind::Hris => 10,
            SourceKind::ContractorSystem => 20,
            SourceKind::SupplierRegister => 30,
            SourceKind::IdentityProvider => 40,
            SourceKind::Directory => 50,
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SourceKind {
    type Err = Refusal;

    fn from_str(text: &str) -> std::result::Result<SourceKind, Refusal> {
        SourceKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            Refusal::new(
                "source-kind",
                "Say what the source is: hris, contractor_system, supplier_register, directory or identity_provider.",
            )
            .field("kind")
        })
    }
}

/// Whom to believe first: the smallest rank, for each attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranks {
    pub general: i64,
    /// Attributes whose rank differs.
    pub own: BTreeMap<String, i64>,
}

impl Ranks {
    /// HR systems before contractor systems, suppliers, identity providers and directories; but the address and whether somebody
    /// can sign in are the identity provider’s, then the directory’s, to say.
    pub fn usual(kind: SourceKind) -> Ranks {
        let accounts = match kind {
            SourceKind::IdentityProvider => Some(4),
            SourceKind::Directory => Some(5),
            _ => None,
        };
        let own = accounts
            .into_iter()
            .flat_map(|rank| ["email", "logical_access"].map(|attribute| (attribute.to_owned(), rank)))
            .collect();
        Ranks {
            general: kind.rank(),
            own,
        }
    }

    pub fn of(&self, attribute: &str) -> i64 {
        self.own.get(attribute).copied().unwrap_or(self.general)
    }
}

/// How a source is to be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSetting {
    pub kind: SourceKind,
    /// It says who works here; otherwise it only tells more of people whom other sources list.
    pub engages: bool,
    /// A name or an address; empty when nobody is named.
    pub owner: String,
    /// How often it is read, in words; empty when not said.
    pub rhythm: String,
    pub fresh_days: i64,
    pub ranks: Ranks,
    pub brakes: Brakes,
}

impl SourceSetting {
    /// What holds for a source of this kind until somebody says otherwise.
    pub fn usual(kind: SourceKind) -> SourceSetting {
        SourceSetting {
            kind,
            engages: !kind.lists_accounts(),
            owner: String::new(),
            rhythm: String::new(),
            fresh_days: FRESH_DAYS,
            ranks: Ranks::usual(kind),
            brakes: Brakes::default(),
        }
    }

    /// # Errors
    /// A refusal that names the first field that is out of its bounds.
    pub fn check(&self) -> std::result::Result<(), Refusal> {
        let refused = |field: &'static str, sentence: &'static str| {
            Err(Refusal::new("source-setting", sentence).field(field))
        };
        if self.owner.chars().count() > TEXT_CHARS_MAX {
            return refused(
                "owner",
                "Name who answers for the source in up to 200 characters.",
            );
        }
        if self.rhythm.chars().count() > TEXT_CHARS_MAX {
            return refused(
                "rhythm",
                "Say in up to 200 characters how often the source is read.",
            );
        }
        if !(1..=FRESH_DAYS_MAX).contains(&self.fresh_days) {
            return refused("fresh_days", "A reading stays fresh for 1 to 730 days.");
        }
        let ranks = self.ranks.own.values().chain([&self.ranks.general]);
        if ranks.into_iter().any(|rank| !(1..=RANK_MAX).contains(rank)) {
            return refused("ranks", "A rank is a number from 1, believed first, to 999.");
        }
        if self
            .ranks
            .own
            .keys()
            .any(|name| !ATTRIBUTES.contains(&name.as_str()))
        {
            return refused(
                "ranks",
                "A rank can be given for the attributes of the template only.",
            );
        }
        self.brakes.check()
    }
}

/// A setting with who set it and when.
#[derive(Debug, Clone)]
pub struct Set {
    pub setting: SourceSetting,
    pub set_at: Moment,
    pub set_by: String,
}

/// How the source is understood now.
pub fn of(reader: &mut Reader, source: &str) -> Result<SourceSetting> {
    let set = newest(reader, source)?;
    Ok(set.map_or_else(|| SourceSetting::usual(SourceKind::Hris), |set| set.setting))
}

/// The newest setting; `None` when nobody has described the source.
pub fn newest(reader: &mut Reader, source: &str) -> Result<Option<Set>> {
    reader.one(
        sql!(
            "select kind, engages, owner, rhythm, fresh_days, ranks, brakes, set_at, set_by
             from source_setting
             where source = $1
             order by set_at desc, id desc
             limit 1"
        ),
        &params![source],
        read,
    )
}

/// Keeps how the source is understood from now on. The source is added when it is new.
///
/// # Errors
/// A refusal when a field is out of its bounds.
pub fn set(tx: &mut Tx, source: &str, setting: &SourceSetting) -> Result<()> {
    setting.check()?;
    crate::source::ensure_known(tx, source)?;
    let id = tx.new_id::<SettingKind>();
    let (now, by) = (tx.now(), tx.actor().to_string());
    let mut ranks: BTreeMap<&str, i64> = setting
        .ranks
        .own
        .iter()
        .map(|(name, rank)| (name.as_str(), *rank))
        .collect();
    ranks.insert("", setting.ranks.general);
    tx.execute(
        sql!(
            "insert into source_setting (id, source, kind, engages, owner, rhythm, fresh_days, ranks, brakes, set_at, set_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        &params![
            id,
            source,
            setting.kind.as_str(),
            setting.engages,
            setting.owner.as_str(),
            setting.rhythm.as_str(),
            setting.fresh_days,
            json!(ranks).to_string(),
            json!(setting.brakes).to_string(),
            now,
            by
        ],
    )?;
    let entry = Entry::about(Act::SourceSet, format!("source:{source}")).payload(json!({
        "kind": setting.kind,
        "engages": setting.engages,
        "owner": setting.owner,
        "rhythm": setting.rhythm,
        "fresh_days": setting.fresh_days,
        "ranks": ranks,
        "brakes": setting.brakes,
    }));
    ledger::record(tx, entry)?;
    crate::precedence::rejoin_source(tx, source)
}

fn read(row: &Row) -> Result<Set> {
    let unreadable = |what: &str| Error::from(Fault::new(format!("reading a source’s setting: {what}")));
    let kind: SourceKind = row
        .str(0)?
        .unwrap_or_default()
        .parse()
        .map_err(|_: Refusal| unreadable("its kind is not one of ours"))?;
    let mut own: BTreeMap<String, i64> = serde_json::from_str(row.str(5)?.unwrap_or_default())
        .map_err(|_| unreadable("its ranks are not JSON"))?;
    let general = own
        .remove("")
        .ok_or_else(|| unreadable("it has no general rank"))?;
    let brakes = serde_json::from_str(row.str(6)?.unwrap_or_default())
        .map_err(|_| unreadable("its brakes are not JSON"))?;
    Ok(Set {
        setting: SourceSetting {
            kind,
            engages: row.get(1)?,
            owner: row.get(2)?,
            rhythm: row.get(3)?,
            fresh_days: row.get(4)?,
            ranks: Ranks { general, own },
            brakes,
        },
        set_at: row.get(7)?,
        set_by: row.get(8)?,
    })
}
