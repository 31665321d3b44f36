//! How an organisation reminds: the cadence, the hours, the address people type, and whom they can ask.
//!
//! Rows are only added; the newest counts, for what is open already as well. While there is none, nobody is reminded:
//! a programme that begins to write to everybody does so because somebody looked and said so.
//!
//! Not here: when steps fall ([`super::cadence`]).

use db::{Kind, Moment, Reader, Refusal, Result, Tx, params, sql};
use ledger::{Act, Entry};
use serde::{Deserialize, Serialize};

use super::cadence::Cadence;

/// Offsets of one kind; more would be nagging.
const OFFSETS_MAX: usize = 5;
/// The largest offset, in days.
const DAYS_MAX: i32 = 366;
const TEXT_CHARS_MAX: usize = 300;

/// `rst_…`
pub enum SettingKind {}
impl Kind for SettingKind {
    const PREFIX: &'static str = "rst";
}

/// What an owner sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Nothing is decided while it is off.
    pub on: bool,
    pub cadence: Cadence,
    /// Letters are put down from this hour of the addressee's day to the other.
    pub hours: (u8, u8),
    /// The address people type to get here.
    pub address: String,
    /// Whom they can ask: an address or a name; empty when nobody was named.
    pub contact: String,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            on: false,
            cadence: Cadence::default(),
            hours: (9, 17),
            address: String::new(),
            contact: String::new(),
        }
    }
}

impl Setting {
    /// # Errors
    /// A refusal that names the field.
    pub fn check(&self) -> std::result::Result<(), Refusal> {
        let cadence = &self.cadence;
        let refused = |field: &'static str, sentence: String| {
            Err(Refusal::new("reminder-setting", sentence).field(field))
        };
        for (field, offsets) in [("before", &cadence.before), ("joined", &cadence.joined)] {
            let fits = offsets.len() <= OFFSETS_MAX && offsets.iter().all(|n| (1..=DAYS_MAX).contains(n));
            if !fits {
                let sentence = format!(
                    "Write at most {OFFSETS_MAX} numbers of days from 1 to {DAYS_MAX}, such as 14, 7, 1."
                );
                return refused(field, sentence);
            }
        }
        let days = [
            ("after", cadence.after),
            ("again", cadence.again),
            ("manager", cadence.manager),
            ("upper", cadence.upper),
            ("owner", cadence.owner),
        ];
        for (field, n) in days {
            if !(1..=DAYS_MAX).contains(&n) {
                return refused(field, format!("Write a number of days from 1 to {DAYS_MAX}."));
            }
        }
        if !(cadence.manager < cadence.upper && cadence.upper < cadence.owner) {
            return refused("upper", "The manager comes first, then their manager, then the owners: write a larger number of days for each.".to_owned());
        }
        let (from, to) = self.hours;
        if from >= to || to > 24 {
            return refused(
                "hours_to",
                "The hours end after they begin, and by 24.".to_owned(),
            );
        }
        let address = &self.address;
        let fits = (address.starts_with("https://") || address.starts_with("http://"))
            && address.len() <= TEXT_CHARS_MAX
            && !address.contains(|c: char| c.is_whitespace() || c.is_control());
        if !fits {
            return refused(
                "address",
                "Write the whole address people type, such as https://training.example.com.".to_owned(),
            );
        }
        if self.contact.chars().count() > TEXT_CHARS_MAX || self.contact.chars().any(char::is_control) {
            return refused(
                "contact",
                format!("Write whom people can ask in at most {TEXT_CHARS_MAX} characters."),
            );
        }
        Ok(())
    }
}

/// The setting in force and since when; `None` while nobody has set one.
///
/// # Errors
/// A fault of the engine, or of a row that cannot be read.
pub fn current(reader: &mut Reader) -> Result<Option<(Setting, Moment)>> {
    reader.one(
        sql!(
            "select setting, set_at
             from reminder_setting
             order by set_at desc, id desc
             limit 1"
        ),
        &[],
        |row| {
            let setting = serde_json::from_str(row.str(0)?.unwrap_or_default())
                .map_err(|e| db::Fault::of("reading how people are reminded", e))?;
            Ok((setting, row.get(1)?))
        },
    )
}

/// Puts a setting in force.
///
/// # Errors
/// A refusal that names the field; a fault of the engine.
pub fn set(tx: &mut Tx, setting: &Setting) -> Result<()> {
    setting.check()?;
    let id = tx.new_id::<SettingKind>();
    let text =
        serde_json::to_string(setting).map_err(|e| db::Fault::of("writing how people are reminded", e))?;
    let (now, by) = (tx.now(), tx.actor().to_string());
    tx.execute(
        sql!("insert into reminder_setting (id, setting, set_at, set_by) values ($1, $2, $3, $4)"),
        &params![id, text, now, by],
    )?;
    let payload = serde_json::json!({ "setting": setting });
    ledger::record(tx, Entry::about(Act::RemindersSet, "reminders").payload(payload))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::{Actor, Db};

    fn sample() -> Setting {
        Setting {
            on: true,
            address: "https://training.lake.example".to_owned(),
            ..Setting::default()
        }
    }

    #[test]
    fn the_newest_setting_counts_and_leaves_an_entry() {
        let db = Db::in_memory_for_tests();
        assert_eq!(db.read_blocking(current).expect("reading works"), None);
        for contact in ["one@lake.example", "two@lake.example"] {
            let setting = Setting {
                contact: contact.to_owned(),
                ..sample()
            };
            db.set_now(db.now().plus_seconds(1));
            db.write_blocking(Actor::Operator, move |tx| set(tx, &setting))
                .expect("it can be set");
        }
        let (setting, _) = db
            .read_blocking(current)
            .expect("reading works")
            .expect("a setting");
        assert_eq!(setting.contact, "two@lake.example");
        assert_eq!(crate::tests::entries(&db, Act::RemindersSet), 2);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_field() {
        let field = |change: &dyn Fn(&mut Setting)| {
            let mut setting = sample();
            change(&mut setting);
            let refusal = setting.check().expect_err("it is refused");
            refusal.field.clone().unwrap_or_default().to_string()
        };
        assert!(sample().check().is_ok());
        assert_eq!(field(&|s| s.cadence.before = vec![0]), "before");
        assert_eq!(field(&|s| s.cadence.before = vec![6, 5, 4, 3, 2, 1]), "before");
        assert_eq!(field(&|s| s.cadence.manager = 14), "upper");
        assert_eq!(field(&|s| s.hours = (17, 9)), "hours_to");
        assert_eq!(field(&|s| s.address = "training".to_owned()), "address");
    }
}
