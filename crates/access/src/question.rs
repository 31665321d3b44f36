//! Bucket D: people who are here and have no account in any list. No fault; a question of scope.
//!
//! Either a system's list is missing, or they really cannot get in anywhere, and the framework's population may leave them out.

use std::collections::HashSet;

use db::{Day, Reader, Result, params, sql};
use roster::people::Listed;

use crate::people::is_here;

/// How many people have access somewhere, as it is believed now.
pub(crate) fn with_access(reader: &mut Reader) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    reader.each(
        sql!(
            "select distinct person_id
             from access_grant
             where superseded_at is null
               and until_on is null
               and person_id is not null"
        ),
        &params![],
        |row| {
            found.insert(row.get(0)?);
            Ok(())
        },
    )?;
    Ok(found)
}

/// Visits everybody who is here on the day and has no known access.
pub fn each(reader: &mut Reader, on: Day, mut visit: impl FnMut(Listed) -> Result<()>) -> Result<()> {
    let known = with_access(reader)?;
    roster::people::each(reader, on, |listed| {
        if is_here(listed.standing) && !known.contains(listed.person.as_str()) {
            visit(listed)?;
        }
        Ok(())
    })
}
