//! Brings a database up to date: numbered schema files, each once, in order, all or none.
//!
//! An embedded database that already holds something is copied beside itself first. A database from a
//! newer muster is refused, never touched.

use crate::{
    Fault, Reader, Refusal, Result, Value,
    db::{Place, copy_file},
    dialect, sql,
    tx::Conn,
};

/// One schema file.
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        /// Every schema file, in order.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            text: include_str!(concat!("../../../schema/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_db",
    2 "0002_ledger",
    3 "0003_jobs_and_mail",
    4 "0004_identity",
    5 "0005_roster",
    6 "0006_controls",
    7 "0007_curriculum",
    8 "0008_assignments",
    9 "0009_learning",
    10 "0010_evidence",
    11 "0011_scim",
    12 "0012_access",
    13 "0013_mapping",
    14 "0014_directory",
    15 "0015_suppliers",
    16 "0016_reminders",
    17 "0017_programme",
    18 "0018_quiz",
    19 "0019_items",
    20 "0020_record",
    21 "0021_editor",
    22 "0022_language",
    23 "0023_views",
    24 "0024_reminders",
}

/// Two nodes that start together on one PostgreSQL take turns by this number.
const LOCK: i64 = 0x6d75_7374;

pub(crate) fn migrate(reader: &mut Reader, place: &Place) -> Result<()> {
    if let Conn::Postgres(session) = &mut reader.conn {
        session.mend()?;
    }
    let embedded = matches!(reader.conn, Conn::Sqlite(_));
    if !embedded {
        reader.batch(&format!("select pg_advisory_lock({LOCK})"))?;
    }
    let done = run(reader, place, embedded);
    if !embedded {
        reader.batch(&format!("select pg_advisory_unlock({LOCK})"))?;
    }
    done
}

fn run(reader: &mut Reader, place: &Place, embedded: bool) -> Result<()> {
    reader.batch(
        "create table if not exists schema_migration (
             number     bigint primary key,
             name       text   not null,
             applied_at bigint not null
         )",
    )?;
    let newest: i64 = reader
        .one(
            sql!("select coalesce(max(number), 0) from schema_migration"),
            &[],
            |row| row.get(0),
        )?
        .unwrap_or(0);
    let ours = MIGRATIONS.last().map_or(0, |m| m.number);
    if newest > ours {
        return Err(Refusal::new(
            "newer-database",
            format!(
                "This database was last used by a newer muster (schema {newest}; this one knows {ours}). \
                 Start the newer muster, or restore the copy made before the upgrade."
            ),
        )
        .into());
    }
    let pending: Vec<&Migration> = MIGRATIONS.iter().filter(|m| m.number > newest).collect();
    if pending.is_empty() {
        return Ok(());
    }
    if let (true, Place::File(path)) = (newest > 0, place) {
        let copy = path.with_extension(format!("before-{ours:04}.db"));
        if !copy.exists() {
            copy_file(path, &copy)?;
        }
    }
    reader.batch("begin")?;
    for migration in pending {
        let text = if embedded {
            migration.text.to_owned()
        } else {
            dialect::for_postgres(migration.text)
        };
        let applied = reader.batch(&text).and_then(|()| note(reader, migration));
        if let Err(error) = applied {
            reader.batch("rollback")?;
            return Err(Fault::of(format!("applying schema file {}", migration.name), error).into());
        }
    }
    reader.batch("commit")
}

fn note(reader: &mut Reader, migration: &Migration) -> Result<()> {
    let insert = sql!("insert into schema_migration (number, name, applied_at) values ($1, $2, $3)");
    let values = [
        Value::from(migration.number),
        Value::from(migration.name),
        Value::from(reader.now),
    ];
    reader.each(insert, &values, |_| Ok(()))
}
