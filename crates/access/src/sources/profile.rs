//! Whose columns a file has: the exports that are known by their header, and the words any other export uses.
//!
//! Headers are compared by letters and digits alone, with what stands in brackets left out. A profile is taken when all the
//! headers that only it has are there; the most telling stands first. Every other file is read by common words, or by a mapping.
//!
//! Not here: an organisation's own words ([`crate::sources::mapping`]), which are asked first.

use std::str::FromStr;

use db::Fault;
use roster::sources::word::plain;
use serde::Serialize;

/// What a column of an access list can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// By what the system knows the account from list to list.
    Account,
    Login,
    Email,
    NameId,
    Number,
    Name,
    GivenName,
    FamilyName,
    Role,
    Kind,
    Status,
    Created,
    /// The latest of all its columns counts.
    LastSeen,
    Mfa,
    /// A day or a word here means that access has been taken away.
    Removed,
}

/// Each column with the name it has in a mapping file.
pub const COLUMNS: [(Column, &str); 15] = [
    (Column::Account, "account"),
    (Column::Login, "login"),
    (Column::Email, "email"),
    (Column::NameId, "name_id"),
    (Column::Number, "employee_number"),
    (Column::Name, "name"),
    (Column::GivenName, "given_name"),
    (Column::FamilyName, "family_name"),
    (Column::Role, "role"),
    (Column::Kind, "kind"),
    (Column::Status, "status"),
    (Column::Created, "created"),
    (Column::LastSeen, "last_seen"),
    (Column::Mfa, "mfa"),
    (Column::Removed, "removed"),
];

/// Whose export a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    GithubMembers,
    GitlabMembers,
    OktaAssignments,
    AwsIam,
    GoogleUsers,
    EntraUsers,
    EntraSignIns,
    /// Read by common words or a mapping.
    #[default]
    Other,
}

/// Where a profile's columns are, in the words of its header; several are parted by spaces, best first.
pub(crate) struct Known {
    pub(crate) profile: Profile,
    /// All of these are in its header; of words parted by `|` one is enough.
    signature: &'static [&'static str],
    pub(crate) words: &'static [(Column, &'static str)],
}

/// The words that other exports use.
pub(crate) const COMMON: &[(Column, &str)] = &[
    (Column::Account, "accountid account userid id objectid"),
    (
        Column::Login,
        "login username userlogin user accountname userprincipalname samaccountname handle principal",
    ),
    (
        Column::Email,
        "email emailaddress useremail primaryemail workemail mail verifieddomainemail verifiedemails",
    ),
    (
        Column::NameId,
        "samlnameid nameid samlidentitynameid saml externalid scimusername ssoidentity",
    ),
    (
        Column::Number,
        "employeenumber employeeid staffnumber staffid personnelnumber",
    ),
    (Column::Name, "name displayname fullname accountholder realname"),
    (Column::GivenName, "firstname givenname"),
    (Column::FamilyName, "lastname surname familyname"),
    (
        Column::Role,
        "role roles roleassigned orgrole accesslevel permission permissions privilege groups",
    ),
    (Column::Kind, "kind accountkind accounttype objecttype"),
    (
        Column::Status,
        "status state accountstatus accountenabled enabled active suspended",
    ),
    (
        Column::Created,
        "accessgranted granted grantedon assignedon createdon created createdat creationdate createddatetime joinedat",
    ),
    (
        Column::LastSeen,
        "lastactive lastactivity lastseen lastlogin lastsignin lastaccess lastused lastactivityat",
    ),
    (
        Column::Mfa,
        "mfa mfaactive mfaenabled twofactor twofactorenabled twofactorauthentication hastwofactorenabled 2fa 2faenabled tfaenabled 2svenrolled",
    ),
    (
        Column::Removed,
        "unassignedon removedon revokedon deletedat suspendedat",
    ),
];

pub(crate) const KNOWN: &[Known] = &[
    Known {
        profile: Profile::AwsIam,
        signature: &["user", "arn", "usercreationtime", "mfaactive"],
        words: &[
            (Column::Account, "user"),
            (Column::Login, "user"),
            (Column::Created, "usercreationtime"),
            (
                Column::LastSeen,
                "passwordlastused accesskey1lastuseddate accesskey2lastuseddate",
            ),
            (Column::Mfa, "mfaactive"),
        ],
    },
    Known {
        profile: Profile::GitlabMembers,
        signature: &["username", "email", "grouporprojectname", "membershiptype"],
        words: &[
            // An invitation that is pending has no user name yet.
            (Column::Account, "username email"),
            (Column::Login, "username email"),
            (Column::Email, "email"),
            (Column::Name, "name"),
            (Column::Role, "role"),
            (Column::Status, "membershipstatus"),
            (Column::Created, "accessgranted"),
            (Column::LastSeen, "lastactivity"),
        ],
    },
    Known {
        profile: Profile::OktaAssignments,
        signature: &["user", "login", "applicationinstance", "assignedon"],
        words: &[
            (Column::Account, "login"),
            (Column::Login, "login"),
            (Column::Email, "login"),
            (Column::Name, "user"),
            (Column::Role, "applicationname"),
            (Column::Created, "assignedon"),
            (Column::LastSeen, "lastlogin"),
            (Column::Removed, "unassignedon"),
        ],
    },
    Known {
        profile: Profile::GoogleUsers,
        signature: &["emailaddress", "orgunitpath", "2svenrolled|lastsignin"],
        words: &[
            (Column::Account, "emailaddress"),
            (Column::Login, "emailaddress"),
            (Column::Email, "emailaddress"),
            (Column::Number, "employeeid"),
            (Column::GivenName, "firstname"),
            (Column::FamilyName, "lastname"),
            (Column::Status, "status"),
            (Column::LastSeen, "lastsignin"),
            (Column::Mfa, "2svenrolled"),
        ],
    },
    Known {
        profile: Profile::EntraSignIns,
        signature: &["requestid", "correlationid", "username", "application"],
        words: &[
            (Column::Account, "username userid"),
            (Column::Login, "username userid"),
            (Column::Email, "username"),
            (Column::Name, "user"),
            (Column::Role, "application"),
            (Column::LastSeen, "date"),
        ],
    },
    Known {
        profile: Profile::EntraUsers,
        signature: &["userprincipalname", "accountenabled|usertype"],
        words: &[
            (Column::Account, "userprincipalname"),
            (Column::Login, "userprincipalname"),
            (Column::Email, "mail userprincipalname"),
            (Column::Number, "employeeid"),
            (Column::Name, "displayname"),
            (Column::GivenName, "givenname"),
            (Column::FamilyName, "surname"),
            (Column::Status, "accountenabled"),
            (Column::Created, "createddatetime"),
            (Column::LastSeen, "lastsignindatetime"),
        ],
    },
    Known {
        profile: Profile::GithubMembers,
        // Its header has been spelt in several ways: the login, the role in the organisation, and one word of the second factor,
        // of SAML or of being seen in public.
        signature: &[
            "login|username|userlogin",
            "samlnameid|nameid|samlidentitynameid|twofactor|twofactorenabled|hastwofactorenabled|2fa|2faenabled|tfaenabled|twofactorauthentication|ispublic|visibility|publicorprivate",
            "role|name|displayname",
        ],
        words: COMMON,
    },
];

impl Profile {
    const ALL: [Profile; 8] = [
        Profile::GithubMembers,
        Profile::GitlabMembers,
        Profile::OktaAssignments,
        Profile::AwsIam,
        Profile::GoogleUsers,
        Profile::EntraUsers,
        Profile::EntraSignIns,
        Profile::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Profile::GithubMembers => "github_members",
            Profile::GitlabMembers => "gitlab_members",
            Profile::OktaAssignments => "okta_assignments",
            Profile::AwsIam => "aws_iam",
            Profile::GoogleUsers => "google_users",
            Profile::EntraUsers => "entra_users",
            Profile::EntraSignIns => "entra_sign_ins",
            Profile::Other => "other",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Profile::GithubMembers => "GitHub organisation members",
            Profile::GitlabMembers => "GitLab group members",
            Profile::OktaAssignments => "Okta current assignments",
            Profile::AwsIam => "AWS IAM credential report",
            Profile::GoogleUsers => "Google Admin users",
            Profile::EntraUsers => "Entra users",
            Profile::EntraSignIns => "Entra sign-ins",
            Profile::Other => "a list of accounts",
        }
    }

    /// Whose header this is; its words.
    pub(crate) fn of(headers: &[String]) -> (Profile, &'static [(Column, &'static str)]) {
        let known = KNOWN.iter().find(|known| {
            known.signature.iter().all(|one| {
                one.split('|')
                    .any(|word| headers.iter().any(|header| header == word))
            })
        });
        known.map_or((Profile::Other, COMMON), |known| (known.profile, known.words))
    }
}

impl FromStr for Profile {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Profile, Fault> {
        let found = Profile::ALL.into_iter().find(|profile| profile.as_str() == text);
        found.ok_or_else(|| Fault::new("reading the profile of an access list, which is not known"))
    }
}

impl Column {
    pub fn name(self) -> &'static str {
        let found = COLUMNS.iter().find(|(column, _)| *column == self);
        found.map_or("", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Column> {
        COLUMNS
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(column, _)| *column)
    }
}

/// A header as it is compared: letters and digits, without what stands in brackets.
pub(crate) fn compared(header: &str) -> String {
    let end = header
        .find(['[', '('])
        .filter(|index| *index > 0)
        .unwrap_or(header.len());
    plain(&header[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_export_is_known_by_its_header() {
        let of = |header: &str| Profile::of(&header.split(',').map(compared).collect::<Vec<_>>()).0;
        for (header, profile) in [
            (
                "Name,Username,Email,Path,Group or project name,Type,Role,Role type,Membership type,Membership status,Membership source,Access granted,Access expiration,Last activity",
                Profile::GitlabMembers,
            ),
            (
                "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active",
                Profile::AwsIam,
            ),
            (
                "User,Login,Application name,Application instance,Application login,Assigned on,Unassigned on,Last login",
                Profile::OktaAssignments,
            ),
            (
                "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],Status [READ ONLY],Last Sign In [READ ONLY],2sv Enrolled [READ ONLY]",
                Profile::GoogleUsers,
            ),
            (
                "Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Application,IP address,Location,Status",
                Profile::EntraSignIns,
            ),
            (
                "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled",
                Profile::EntraUsers,
            ),
            (
                "login,name,role,two_factor_enabled,saml_name_id,last_active",
                Profile::GithubMembers,
            ),
            ("login,role", Profile::Other),
        ] {
            assert_eq!(of(header), profile, "{header}");
        }
    }

    #[test]
    fn a_profile_is_read_back_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(
                profile.as_str().parse::<Profile>().expect("its own name"),
                profile
            );
        }
    }
}
