//! `muster link EMAIL`: a way in when mail does not work.

use clap::Args;
use db::{Actor, Result};
use identity::link;
use serde_json::json;

use super::Done;
use crate::config::Options;

/// A sign-in link, for the operator to hand over. Works once, for 15 minutes.
#[derive(Args)]
pub(super) struct Link {
    /// The person's e-mail address.
    email: String,
    /// The address people type.
    #[arg(long, env = "MUSTER_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
}

impl Link {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let config = options.config()?;
        let db = config.open()?;
        let email = self.email;
        let link = db.write_blocking(Actor::Operator, move |tx| link::for_operator(tx, &email))?;
        let base = self
            .public_url
            .or(config.file.public_url)
            .unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
        let url = format!("{}/sign-in/{}", base.trim_end_matches('/'), link.token);
        Ok(Done::well(
            url.clone(),
            json!({ "url": url, "code": link.code, "name": link.account.name }),
        ))
    }
}
