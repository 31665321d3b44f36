//! Which system wrote a file, where that changes what its columns mean; it shows by headers that no other system writes.
//!
//! A directory says who can sign in and not who works here on what terms: it gives no dates and no kind, and an account
//! that is disabled has ended. A list that holds one sort of people only gives everybody in it that kind.
//!
//! Not here: what every system calls its columns ([`crate::sources::column`]).

use std::collections::HashSet;

use crate::engagement::EngagementKind;
use crate::snapshot::{Status, Wanted};
use crate::sources::column::Column;
use crate::sources::word;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// A file whose columns mean what they are called.
    #[default]
    Any,
    Fieldglass,
    /// Either: both have an id of their own that is never blank, beside numbers that are for some.
    RipplingOrRemote,
    GustoEmployees,
    GustoContractors,
    Entra,
    Google,
    Okta,
}

/// Headers of which one is enough, whatever stands in their brackets.
const FIELDGLASS: [&str; 5] = [
    "jobseekerid",
    "workorderowneremployeeid",
    "workorderrevisionowneremployeeid",
    "workorderworkorderrevisionowneremployeeid",
    "vendornumber",
];
const GOOGLE: [&str; 4] = [
    "orgunitpathrequired",
    "lastsigninreadonly",
    "2svenrolledreadonly",
    "newstatusuploadonly",
];

impl Origin {
    /// What the headers show. They come as [`word::plain`] gives them, brackets and all.
    pub fn of<'a>(headers: impl IntoIterator<Item = &'a str>) -> Origin {
        let headers: HashSet<&str> = headers.into_iter().collect();
        let has = |name| headers.contains(name);
        let any = |names: &[&str]| names.iter().any(|name| headers.contains(name));
        if any(&FIELDGLASS) {
            Origin::Fieldglass
        } else if any(&GOOGLE) {
            Origin::Google
        } else if has("userprincipalname") && any(&["objectid", "id"]) && any(&["usertype", "accountenabled"])
        {
            Origin::Entra
        } else if has("login") && has("firstname") && any(&["secondemail", "usertype", "id"]) {
            Origin::Okta
        } else if has("uuid") && any(&["terminated", "onboarded"]) && !has("businessname") {
            Origin::GustoEmployees
        } else if has("uuid") && has("businessname") {
            Origin::GustoContractors
        } else if has("id") && has("workemail") && has("employmenttype") {
            Origin::RipplingOrRemote
        } else {
            Origin::Any
        }
    }

    /// The headers this column is read from instead of the usual ones, best first; none when it is not read at all.
    pub fn own_names(self, column: Column) -> Option<&'static [&'static str]> {
        if self.is_directory() && matches!(column, Column::StartDate | Column::EndDate) {
            return Some(&[]);
        }
        let names: &[&str] = match (self, column) {
            (Origin::Entra, Column::SourceId) => &["objectid", "id"],
            (Origin::Entra, Column::Email) => &["mail", "userprincipalname"],
            // Its userType is Member or Guest: whose directory the account is of, not on what terms somebody works.
            (Origin::Entra | Origin::Google, Column::PersonType) => &["employeetype"],
            // No other column of that file is never blank and names one account.
            (Origin::Google, Column::SourceId) => &["emailaddress"],
            (Origin::RipplingOrRemote, Column::SourceId) => &["id"],
            (Origin::Okta, Column::SourceId) => &["id", "login"],
            (Origin::Okta, Column::PersonType) => &["usertype", "employeetype"],
            (Origin::GustoEmployees, Column::PersonType) => &[],
            (Origin::GustoContractors, Column::PersonType) => &["type"],
            (Origin::GustoEmployees | Origin::GustoContractors, Column::SourceId) => &["uuid"],
            // Its other address is the person's own, which is for nobody else.
            (Origin::GustoEmployees | Origin::GustoContractors, Column::Email) => &["workemail"],
            _ => return None,
        };
        Some(names)
    }

    /// Whether the file lists accounts rather than engagements.
    pub fn is_directory(self) -> bool {
        matches!(self, Origin::Entra | Origin::Google | Origin::Okta)
    }

    /// Whether the same row is written several times for one engagement: one row for each rate, in Fieldglass.
    pub fn repeats_rows(self) -> bool {
        self == Origin::Fieldglass
    }

    /// Whether a row is about an organisation and nobody in it.
    pub fn is_organisation(self, row: &Wanted) -> bool {
        self == Origin::GustoContractors
            && row.kind == Some(EngagementKind::VendorStaff)
            && row.given_name.said().is_none()
            && row.family_name.said().is_none()
    }

    /// Of several columns, whether each is asked until one is not blank: a rehire date before a hire date.
    pub fn falls_back(self, column: Column) -> bool {
        matches!(column, Column::StartDate | Column::EndDate)
            || (self, column) == (Origin::Entra, Column::Email)
    }

    /// The kind of everybody whose row names none.
    pub fn kind(self) -> Option<EngagementKind> {
        match self {
            Origin::Any | Origin::RipplingOrRemote => None,
            Origin::Fieldglass | Origin::GustoContractors => Some(EngagementKind::Contractor),
            Origin::GustoEmployees => Some(EngagementKind::Employee),
            Origin::Entra | Origin::Google | Origin::Okta => Some(EngagementKind::Other),
        }
    }

    /// What the reader should know when that kind is given.
    pub fn kind_note(self) -> Option<&'static str> {
        match self {
            Origin::Any | Origin::RipplingOrRemote | Origin::GustoContractors => None,
            Origin::Fieldglass => {
                Some("The file is from Fieldglass and names no kind, so everybody in it is a contractor.")
            }
            Origin::GustoEmployees => {
                Some("The file is Gusto’s list of employees, so everybody in it is an employee.")
            }
            Origin::Entra | Origin::Google | Origin::Okta => Some(
                "The file is from a directory, which does not say on what terms somebody works: whoever has no kind in it is “other”. Give one kind for the file, or let another source say it.",
            ),
        }
    }

    /// What a state's word means here, where it means two things: an employee who is suspended is away, an account is shut.
    pub fn status(self, text: &str) -> Option<Status> {
        (word::plain(text) == "suspended").then_some(if self.is_directory() {
            Status::Ended
        } else {
            Status::Leave
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &str) -> Origin {
        let plain: Vec<String> = headers.split(',').map(word::plain).collect();
        Origin::of(plain.iter().map(String::as_str))
    }

    #[test]
    fn a_system_shows_by_its_own_headers() {
        for (headers, origin) in [
            ("source_id,email,person_type", Origin::Any),
            ("Employee #,Work Email,Status", Origin::Any),
            ("Person ID,Job Seeker ID", Origin::Fieldglass),
            (
                "Email Address [Required],Org Unit Path [Required]",
                Origin::Google,
            ),
            ("userPrincipalName,id,userType", Origin::Entra),
            ("userPrincipalName,objectId,accountEnabled", Origin::Entra),
            ("userPrincipalName,mail", Origin::Any),
            ("id,status,login,firstName,lastName", Origin::Okta),
            (
                "id,workEmail,employmentType,employeeNumber",
                Origin::RipplingOrRemote,
            ),
            ("uuid,first_name,terminated", Origin::GustoEmployees),
            ("uuid,type,business_name,is_active", Origin::GustoContractors),
        ] {
            assert_eq!(of(headers), origin, "{headers}");
        }
    }

    #[test]
    fn an_account_that_is_suspended_has_ended_and_an_employee_is_away() {
        assert_eq!(Origin::Google.status("Suspended"), Some(Status::Ended));
        assert_eq!(Origin::Any.status("Suspended"), Some(Status::Leave));
        assert_eq!(Origin::Okta.status("ACTIVE"), None);
    }
}
