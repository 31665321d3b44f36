//! Where everything is: flags, then environment, then `muster.toml` in the data folder.
//!
//! Every value has one default; an unknown key in the file is refused with the ones that exist.

use std::path::{Path, PathBuf};

use clap::Args;
use db::{Clock, Db, Entropy, Fault, Moment, Place, Refusal, Result};
use serde::Deserialize;

/// Options that every command takes.
#[derive(Args, Debug, Clone)]
pub struct Options {
    /// The folder that holds everything.
    #[arg(
        long,
        global = true,
        env = "MUSTER_DATA",
        default_value = "./muster-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded database: postgres://user@host/name.
    #[arg(
        long,
        global = true,
        env = "MUSTER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// Print one JSON document and nothing else.
    #[arg(long, global = true)]
    pub json: bool,
    /// Fixes the clock, for tests and demonstrations only (RFC 3339).
    #[arg(long, global = true, env = "MUSTER_NOW", hide = true, value_name = "TIME")]
    pub now: Option<String>,
}

/// `muster.toml`.
#[derive(Deserialize, Debug, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub database: Option<String>,
    pub listen: Option<String>,
    /// The address people type, such as https://training.example.com.
    pub public_url: Option<String>,
}

/// What is in force.
#[derive(Debug, Clone)]
pub struct Config {
    pub data: PathBuf,
    pub place: Place,
    pub clock: Clock,
    pub file: File,
}

impl Options {
    /// Puts the options and the file together.
    ///
    /// # Errors
    /// A refusal when the file or the clock cannot be read.
    pub fn config(&self) -> Result<Config> {
        let file = read_file(&self.data.join("muster.toml"))?;
        let place = match self.database.clone().or(file.database.clone()) {
            Some(url) => Place::Postgres(url),
            None => Place::File(self.data.join("muster.db")),
        };
        let clock = match &self.now {
            None => Clock::System,
            Some(text) => Clock::fixed(text.parse::<Moment>().map_err(|_| {
                Refusal::new(
                    "not-a-time",
                    "MUSTER_NOW is not a time such as 2026-06-01T09:00:00Z.",
                )
                .field("MUSTER_NOW")
            })?),
        };
        Ok(Config {
            data: self.data.clone(),
            place,
            clock,
            file,
        })
    }
}

fn read_file(path: &Path) -> Result<File> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|e| {
            Refusal::new(
                "unreadable-config",
                format!("{} cannot be read: {}", path.display(), e.message()),
            )
            .into()
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(e) => Err(Fault::of("reading muster.toml", e).into()),
    }
}

impl Config {
    /// Opens the database, making the folder and the file when there are none yet.
    ///
    /// # Errors
    /// A refusal or fault of the database.
    pub fn create(&self, entropy: Entropy) -> Result<Db> {
        private_folder(&self.data)?;
        Db::open(self.place.clone(), self.clock.clone(), entropy)
    }

    /// Opens the database that is there.
    ///
    /// # Errors
    /// A refusal when there is none.
    pub fn open(&self) -> Result<Db> {
        if let Place::File(path) = &self.place
            && !path.exists()
        {
            return Err(Refusal::new(
                "no-data",
                format!(
                    "There is no muster data in {}. Start with `muster serve` or `muster init`, or name the folder with --data.",
                    self.data.display()
                ),
            )
            .field("--data")
            .into());
        }
        Db::open(self.place.clone(), self.clock.clone(), Entropy::System)
    }
}

/// Lets nobody else read a file that holds personal data and the signing key.
///
/// # Errors
/// A fault when the system says no.
pub fn private_file(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(|e| Fault::of("closing a file to others", e))?;
    }
    Ok(())
}

/// Makes the folder, readable by nobody else: it holds personal data and the signing key.
///
/// # Errors
/// A fault when it cannot be made.
pub fn private_folder(path: &Path) -> Result<()> {
    let made = std::fs::create_dir_all(path);
    #[cfg(unix)]
    let made = made.and_then(|()| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
    });
    made.map_err(|e| Fault::of("making the data folder", e).into())
}
