//! `muster pack build`, `muster verify`, and the renderer that packs and certificates use.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use db::{Actor, Fault, Refusal, Result};
use evidence::pack::{self, PackOrder};
use seal::Trust;
use serde_json::json;

use super::{Done, status::WindowArgs};
use crate::{app::App, config::Options};

/// Evidence packs.
#[derive(Subcommand)]
pub(super) enum Pack {
    /// Builds a pack for one framework over a window.
    Build {
        /// iso27001 or soc2.
        #[arg(long, value_name = "ID")]
        framework: String,
        #[command(flatten)]
        window: WindowArgs,
        /// The ZIP file to make.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Pack {
    pub(super) fn run(self, options: &Options) -> Result<Done> {
        let Pack::Build {
            framework,
            window,
            out,
        } = self;
        let window = window.window()?;
        let db = options.config()?.open()?;
        App::settle(&db)?;
        let order = PackOrder {
            framework,
            window,
            program: std::env::current_exe().ok(),
        };
        let built = pack::build_file(&db, &Actor::Operator, &order, &out)?;
        App::settle(&db)?;
        let text = format!(
            "{} is built: {} records, {} bytes, sha256 {}",
            out.display(),
            built.records,
            built.size,
            built.sha256
        );
        let document = json!({
            "file": out,
            "framework": order.framework,
            "from": window.from,
            "to": window.to,
            "records": built.records,
            "bytes": built.size,
            "sha256": built.sha256,
        });
        Ok(Done::well(text, document))
    }
}

/// Checks an evidence pack, offline.
#[derive(Args)]
pub(super) struct Verify {
    /// The ZIP file.
    file: PathBuf,
    /// The log's public key, as you know it from elsewhere.
    #[arg(long, value_name = "VKEY")]
    vkey: Option<String>,
    /// The fingerprint of the signing key, as you know it from elsewhere.
    #[arg(long, value_name = "SHA256:…")]
    fingerprint: Option<String>,
}

impl Verify {
    pub(super) fn run(self) -> Result<Done> {
        let file = std::fs::File::open(&self.file).map_err(|e| {
            Refusal::new(
                "unreadable-file",
                format!("{} cannot be read: {e}.", self.file.display()),
            )
            .field("file")
        })?;
        let trust = Trust {
            vkey: self.vkey,
            fingerprint: self.fingerprint,
        };
        let verdict = seal::verify(std::io::BufReader::new(file), &trust);
        let mut text = String::new();
        for claim in &verdict.claims {
            let mark = if claim.ok { "ok   " } else { "WRONG" };
            text.push_str(&format!(
                "{mark} {} {}: {}\n",
                claim.claim, claim.subject, claim.detail
            ));
        }
        let document = json!(verdict);
        if verdict.is_verified() {
            text.push_str("Verified.");
            Ok(Done::well(text, document))
        } else {
            text.push_str("Not verified.");
            Ok(Done::no(text, document))
        }
    }
}

/// `muster render`: one document from standard input to standard output.
pub(super) fn render() -> Result<Done> {
    paper::serve_render(std::io::stdin().lock(), std::io::stdout().lock())
        .map_err(|e| Fault::of("rendering a document", e))?;
    Ok(Done::silent())
}
