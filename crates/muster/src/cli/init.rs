//! `muster init`: the set-up without a browser.

use clap::Args;
use db::{Actor, Entropy, Refusal, Result};
use serde_json::json;

use super::Done;
use crate::{
    app::App,
    config::Options,
    programme::{self, Start},
};

/// Sets up an organisation without a browser: its name, its frameworks, the shipped courses and the default rules.
#[derive(Args)]
pub(super) struct Init {
    /// The organisation's name.
    #[arg(long, value_name = "NAME")]
    org: String,
    /// A framework to answer for; may be given again. [iso27001, soc2]
    #[arg(long = "framework", value_name = "ID", required = true)]
    frameworks: Vec<String>,
    /// The organisation's time zone.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    /// The first owner's address; without one, `muster serve` prints a set-up address.
    #[arg(long, value_name = "EMAIL", requires = "owner_name")]
    owner_email: Option<String>,
    /// The first owner's name.
    #[arg(long, value_name = "NAME", requires = "owner_email")]
    owner_name: Option<String>,
    /// Leave the shipped courses and the default rules out.
    #[arg(long)]
    no_programme: bool,
}

impl Init {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        let db = config.create(Entropy::System)?;
        if db.read_blocking(roster::organisation::find)?.is_some() {
            return Err(Refusal::new(
                "already-set-up",
                format!(
                    "{} holds an organisation already. Name another folder with --data.",
                    config.data.display()
                ),
            )
            .into());
        }
        let start = Start {
            organisation: self.org,
            zone: self.zone,
            frameworks: self.frameworks,
        };
        let owner = self.owner_email.zip(self.owner_name);
        let with_programme = !self.no_programme;
        let (begun, named) = (start.clone(), owner.clone());
        let (rules, waiting) = db.write_blocking(Actor::Operator, move |tx| {
            programme::begin(tx, &begun)?;
            if let Some((email, name)) = &named {
                identity::setup::owner(tx, email, name)?;
            }
            if !with_programme {
                return Ok((0, Vec::new()));
            }
            Ok((programme::adopt_default(tx)?, programme::waiting(tx)?))
        })?;
        App::settle(&db)?;
        let mut text = format!(
            "{} is set up in {}: {}, {rules} rules. Next: muster roster apply FILE --source NAME.",
            start.organisation,
            config.data.display(),
            start.frameworks.join(" and ")
        );
        if !waiting.is_empty() {
            text.push_str(&format!(
                "\n{} courses of the default programme are not here yet, so nobody is asked for them:",
                programme::courses_of(&waiting)
            ));
            for group in &waiting {
                text.push_str(&format!("\n  {group}"));
            }
        }
        let waits = waiting
            .iter()
            .map(|group| json!({ "audience": group.who, "courses": group.course_ids }));
        let document = json!({
            "organisation": start.organisation,
            "frameworks": start.frameworks,
            "zone": start.zone,
            "rules": rules,
            "waiting": waits.collect::<Vec<_>>(),
            "owner": owner.map(|(email, _)| email),
        });
        Ok(Done::well(text, document))
    }
}
