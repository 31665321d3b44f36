//! How signing in, showing a statement and signing it work, so that a typed name can be relied on.
//!
//! A court has held a printed name and a time not to be enough where nobody could say how the signature could only be
//! that person's; a detailed account of the steps was. This is that account, with the window's own figures.

use std::{collections::BTreeMap, fmt::Write as _};

use db::{Fault, Moment, Reader, Result, params, sql};

use learning::consent;

use super::{Binder, Subject};

/// The account as it is today: the words, with the versions that are in force.
pub(crate) fn text(version: &str) -> String {
    include_str!("procedure.md")
        .replace("{version}", version)
        .replace("{notice_version}", &consent::NOTICE_VERSION.to_string())
        .replace("{notice_sha256}", &consent::notice_sha256())
        .replace("{record_version}", &learning::record::VERSION.to_string())
        .replace("{meaning}", learning::attestation::MEANING)
}

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
    let mut text = text(subject.version);
    text.push_str("\n## In the days this pack reaches\n\n");
    if methods.is_empty() {
        text.push_str("Nothing was signed.\n");
    }
    let passkeys = with_passkey(reader, subject, (from, to))?;
    for (method, count) in methods {
        writeln!(text, "- {count} signed after signing in by: {method}")
            .map_err(|e| Fault::of("writing the procedure of a pack", e))?;
    }
    if passkeys > 0 {
        writeln!(text, "- {passkeys} of them signed with a passkey as well")
            .map_err(|e| Fault::of("writing the procedure of a pack", e))?;
    }
    let what = "How people sign in, how a statement is shown and signed, and why the signature is theirs.";
    binder.add("data/procedure.md", what, text.as_bytes())
}

fn with_passkey(reader: &mut Reader, subject: &Subject<'_>, (from, to): (Moment, Moment)) -> Result<i64> {
    let count = reader.one(
        sql!(
            "select cast(count(*) as bigint)
             from passkey_signature p
             join attestation a on a.id = p.attestation_id
             where a.signed_at >= $1
             and a.signed_at < $2
             and a.signed_at <= $3"
        ),
        &params![from, to, subject.run_at],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_names_the_versions_in_force_and_leaves_no_gap() {
        let text = text("0.2.0");
        assert!(text.contains("muster 0.2.0") && text.contains(&consent::notice_sha256()));
        assert!(!text.contains('{'), "{text}");
    }
}
