//! How signing in, showing a statement and signing it work, so that a typed name can be relied on.
//!
//! A court has held a printed name and a time not to be enough where nobody could say how the signature could only be
//! that person's; a detailed account of the steps was. This is that account, with the window's own figures.

use std::{collections::BTreeMap, fmt::Write as _};

use db::{Fault, Reader, Result, params, sql};

use super::{Binder, Subject};

/// Adds it.
pub(crate) fn bind(reader: &mut Reader, binder: &mut Binder, subject: &Subject<'_>) -> Result<()> {
    let mut methods: BTreeMap<String, u64> = BTreeMap::new();
    let (from, to) = (
        subject.reach.from.start(subject.zone),
        subject.reach.to.start(subject.zone),
    );
    reader.each(
        sql!(
            "select auth
             from attestation
             where signed_at >= $1
             and signed_at < $2
             and signed_at <= $3"
        ),
        &params![from, to, subject.run_at],
        |row| {
            let auth: serde_json::Value =
                serde_json::from_str(row.str(0)?.unwrap_or_default()).unwrap_or_default();
            let method = auth
                .get("method")
                .and_then(|m| m.as_str())
                .unwrap_or("not recorded");
            *methods.entry(method.to_owned()).or_default() += 1;
            Ok(())
        },
    )?;
    let mut text = include_str!("procedure.md").replace("{version}", subject.version);
    text.push_str("\n## In the days this pack reaches\n\n");
    if methods.is_empty() {
        text.push_str("Nothing was signed.\n");
    }
    for (method, count) in methods {
        writeln!(text, "- {count} signed after signing in by: {method}")
            .map_err(|e| Fault::of("writing the procedure of a pack", e))?;
    }
    let what = "How people sign in, how a statement is shown and signed, and why the signature is theirs.";
    binder.add("data/procedure.md", what, text.as_bytes())
}
