//! The one door for access lists: bytes of any known export in, what it says out.
//!
//! The header decides whose export it is; a mapping comes before that. Dates are read in one order for the whole file, decided
//! from all of them. Columns nobody asked for are named and never kept.
//!
//! Not here: the roster, and any database.

use db::Refusal;
use roster::sources::date::{Decision, OrderEvidence};

use crate::snapshot::{Gathering, Snapshot};
use crate::sources::cells::{Places, Reading, counts};
use crate::sources::mapping::Mapping;
use crate::sources::profile::{COLUMNS, Column, Profile, compared};
use crate::sources::table::{self, Table, refused};

/// How many column names a note lists.
const NAMES_NOTED: usize = 30;

/// What the file says.
///
/// # Errors
/// A refusal when the file as a whole cannot be read, or names no accounts.
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Snapshot, Refusal> {
    let table = table::read(bytes)?;
    let headers: Vec<String> = table.headers.iter().map(|header| compared(header)).collect();
    let (profile, words) = Profile::of(&headers);
    let places = places(&table, &headers, words, mapping)?;
    if table.rows.is_empty() {
        return Err(refused(
            "file-has-no-accounts",
            "The file has a header and no accounts. An empty list changes nothing; export it again.",
        ));
    }
    let decision = dates(&table, &places)?;
    let status = place_of(&places, Column::Status);
    let reading = Reading {
        profile,
        places: &places,
        mapping,
        order: decision.order,
        status_is_suspended: status.is_some_and(|place| headers[place].starts_with("suspended")),
    };
    let mut snapshot = Snapshot {
        profile,
        rows: table.rows.len() as u64,
        ..Snapshot::default()
    };
    let signed_in = headers.iter().position(|header| header == "status");
    let mut failed = 0_u64;
    let mut gathering = Gathering::default();
    for row in &table.rows {
        if !counts(reading.profile, signed_in.and_then(|place| row.cells.get(place))) {
            failed += 1;
            continue;
        }
        match reading.row(row.line, &row.cells) {
            Ok(account) => gathering.take(account),
            Err(refused) => snapshot.refused.extend(refused),
        }
    }
    snapshot.accounts = gathering.finish();
    snapshot.notes = notes(&table, &places, decision);
    if failed > 0 {
        snapshot
            .notes
            .push(format!("{failed} sign-ins that did not succeed were left out."));
    }
    Ok(snapshot)
}

fn places(
    table: &Table,
    headers: &[String],
    words: &[(Column, &str)],
    mapping: &Mapping,
) -> Result<Places, Refusal> {
    let mut places = Places::new();
    for (column, _) in COLUMNS {
        if let Some(wanted) = mapping.columns.get(&column) {
            let place = table
                .headers
                .iter()
                .position(|header| header == wanted.trim())
                .or_else(|| headers.iter().position(|header| *header == compared(wanted)));
            let place = place.ok_or_else(|| {
                Refusal::new(
                    "column-missing",
                    format!("The mapping file reads {} from the column “{wanted}”, which the file has not. Correct the mapping file or the header.", column.name()),
                )
                .field("map")
            })?;
            places.push((column, vec![place]));
            continue;
        }
        let words = words
            .iter()
            .find(|(one, _)| *one == column)
            .map_or("", |(_, words)| words);
        let found: Vec<usize> = words
            .split_whitespace()
            .filter_map(|word| headers.iter().position(|header| header == word))
            .collect();
        if !found.is_empty() {
            places.push((column, found));
        }
    }
    let names = [Column::Account, Column::Login, Column::Email];
    if !places.iter().any(|(column, _)| names.contains(column)) {
        let listed: Vec<&str> = table
            .headers
            .iter()
            .take(NAMES_NOTED)
            .map(String::as_str)
            .collect();
        return Err(Refusal::new(
            "column-missing",
            format!(
                "The file has no column that names the accounts (login, email or account). Its columns are: {}. Name one in a mapping file.",
                listed.join(", ")
            ),
        )
        .field("file"));
    }
    Ok(places)
}

fn place_of(places: &Places, column: Column) -> Option<usize> {
    let (_, found) = places.iter().find(|(one, _)| *one == column)?;
    found.first().copied()
}

fn dates(table: &Table, places: &Places) -> Result<Decision, Refusal> {
    let dated: Vec<usize> = places
        .iter()
        .filter(|(column, _)| matches!(column, Column::Created | Column::LastSeen))
        .flat_map(|(_, places)| places.iter().copied())
        .collect();
    let mut evidence = OrderEvidence::default();
    for row in &table.rows {
        for &place in &dated {
            evidence.note(row.line, row.cells.get(place).unwrap_or_default().trim());
        }
    }
    evidence.decide()
}

fn notes(table: &Table, places: &Places, decision: Decision) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(name) = table.foreign {
        notes.push(format!("The file was read as {name}."));
    }
    if decision.assumed {
        notes.push(
            "No date in the file shows whether the day or the month comes first; they were read day first."
                .to_owned(),
        );
    }
    let unread: Vec<&str> = table
        .headers
        .iter()
        .enumerate()
        .filter(|(index, header)| {
            !header.is_empty() && !places.iter().any(|(_, places)| places.contains(index))
        })
        .map(|(_, header)| header.as_str())
        .collect();
    if !unread.is_empty() {
        let more = unread.len().saturating_sub(NAMES_NOTED);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let shown = &unread[..unread.len().min(NAMES_NOTED)];
        notes.push(format!(
            "Columns that are not read or kept: {}{rest}.",
            shown.join(", ")
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use db::Day;

    use super::*;
    use crate::account::{Account, AccountKind};

    fn read_all(text: &str) -> Snapshot {
        let snapshot = read(text.as_bytes(), &Mapping::default()).expect("the file is readable");
        assert_eq!(snapshot.refused, []);
        snapshot
    }

    fn only(text: &str) -> Account {
        let mut snapshot = read_all(text);
        assert_eq!(snapshot.accounts.len(), 1, "{:?}", snapshot.accounts);
        snapshot.accounts.remove(0)
    }

    #[test]
    fn github_members_are_read_as_csv_and_as_json() {
        let expected = Account {
            key: "adalove".to_owned(),
            line: 2,
            login: "AdaLove".to_owned(),
            name_id: Some("ada@example.com".to_owned()),
            name: Some("Ada King".to_owned()),
            role: Some("owner".to_owned()),
            last_seen_on: Some(Day::ymd(2026, 5, 20)),
            mfa: Some(true),
            ..Account::default()
        };
        let csv = only(
            "login,name,role,two_factor_enabled,saml_name_id,last_active\nAdaLove,Ada King,owner,true,Ada@example.com,2026-05-20\n",
        );
        assert_eq!(csv, expected);
        let json = only(
            r#"[{"login":"AdaLove","name":"Ada King","role":"owner","two_factor_enabled":true,"saml_name_id":"Ada@example.com","last_active":"2026-05-20T10:00:00Z"}]"#,
        );
        assert_eq!(json, Account { line: 1, ..expected });
    }

    #[test]
    fn gitlab_members_have_one_account_for_all_their_groups_and_an_invitation_is_no_access() {
        let snapshot = read_all(
            "Name,Username,Email,Path,Group or project name,Type,Role,Role type,Membership type,Membership status,Membership source,Access granted,Access expiration,Last activity\n\
             Ada King,ada,ada@example.com,acme,Acme,Group,Developer,default,direct,approved,Acme,2025-04-01,,2026-05-30\n\
             Ada King,ada,ada@example.com,acme/api,Api,Project,Maintainer,default,inherited,approved,Acme,2024-02-01,,2026-05-31\n\
             ,,new@example.com,acme,Acme,Group,Guest,default,direct,invited,Acme,2026-05-01,,\n",
        );
        let [ada, invited] = snapshot.accounts.as_slice() else {
            panic!("two accounts: {:?}", snapshot.accounts)
        };
        assert_eq!(ada.role.as_deref(), Some("Developer, Maintainer"));
        assert_eq!(
            (ada.created_on, ada.last_seen_on),
            (Some(Day::ymd(2024, 2, 1)), Some(Day::ymd(2026, 5, 31)))
        );
        assert!(invited.inactive && !ada.inactive);
        assert_eq!(invited.key, "new@example.com");
    }

    #[test]
    fn the_aws_report_is_read_with_its_words_for_nothing() {
        let snapshot = read_all(
            "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_used_date\n\
             <root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A\n\
             ada@example.com,arn:aws:iam::1:user/ada,2024-03-05T09:00:00+00:00,TRUE,2026-05-01T10:00:00+00:00,N/A,N/A,FALSE,true,2026-05-09T10:00:00+00:00\n",
        );
        let [root, ada] = snapshot.accounts.as_slice() else {
            panic!("two accounts: {:?}", snapshot.accounts)
        };
        assert_eq!((root.last_seen_on, root.mfa), (None, Some(true)));
        assert_eq!(crate::account::looks_like(root), Some(AccountKind::Shared));
        assert_eq!(ada.email.as_deref(), Some("ada@example.com"));
        assert_eq!(
            (ada.created_on, ada.last_seen_on, ada.mfa),
            (
                Some(Day::ymd(2024, 3, 5)),
                Some(Day::ymd(2026, 5, 9)),
                Some(false)
            )
        );
    }

    #[test]
    fn okta_google_and_entra_are_read_and_who_is_locked_out_has_no_access() {
        let okta = read_all(
            "User,Login,Application name,Application instance,Application login,Assigned on,Unassigned on,Last login\n\
             Ada King,ada@example.com,Salesforce,sf,ada,2025-01-02,,2026-05-01\n\
             Bo Ek,bo@example.com,Salesforce,sf,bo,2025-01-02,2026-01-01,\n",
        );
        assert_eq!(
            okta.accounts.iter().map(|a| a.inactive).collect::<Vec<_>>(),
            [false, true]
        );
        let google = only(
            "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],Status [READ ONLY],Last Sign In [READ ONLY],2sv Enrolled [READ ONLY],Employee ID\n\
             Ada,King,ada@example.com,/,Suspended,Never logged in,True,117\n",
        );
        assert!(google.inactive && google.last_seen_on.is_none() && google.mfa == Some(true));
        assert_eq!(
            (google.name.as_deref(), google.number.as_deref()),
            (Some("Ada King"), Some("117"))
        );
        let users = only(
            "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled\n\
             ada_partner.example#EXT#@acme.onmicrosoft.com,Ada King,King,,Ada,9f,Guest,,,true\n",
        );
        assert_eq!(users.email.as_deref(), Some("ada@partner.example"));
        let sign_ins = read_all(
            "Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Application,IP address,Location,Status\n\
             2026-05-01T10:00:00Z,1,x,1,9f,Ada King,ada@example.com,Member,Portal,10.0.0.1,Berlin,Success\n\
             2026-05-09T10:00:00Z,2,x,2,9f,Ada King,ada@example.com,Member,Wiki,10.0.0.1,Berlin,Success\n\
             2026-05-20T10:00:00Z,3,x,3,8e,Bo Ek,bo@example.com,Member,Wiki,10.0.0.1,Berlin,Failure\n",
        );
        assert_eq!(sign_ins.accounts.len(), 1);
        assert_eq!(sign_ins.accounts[0].last_seen_on, Some(Day::ymd(2026, 5, 9)));
        assert!(sign_ins.notes.iter().any(|note| note.starts_with("1 sign-ins")));
    }

    #[test]
    fn any_other_list_is_read_by_a_mapping() {
        let mapping = Mapping::from_toml(
            "[columns]\nlogin = \"Benutzer\"\nlast_seen = \"Zuletzt\"\nstatus = \"Zustand\"\n[statuses]\nGesperrt = \"inactive\"\nOffen = \"active\"",
        )
        .expect("the mapping is right");
        let text = "Benutzer;Zuletzt;Zustand\nada;31.5.2026;Offen\nbo;;Gesperrt\ncy;;Halb\n";
        let snapshot = read(text.as_bytes(), &mapping).expect("the file is readable");
        assert_eq!(snapshot.accounts[0].last_seen_on, Some(Day::ymd(2026, 5, 31)));
        assert!(snapshot.accounts[1].inactive);
        assert_eq!(
            (snapshot.refused[0].line, snapshot.refused[0].column.as_str()),
            (4, "status")
        );
        let missing = read(b"a,b\n1,2\n", &mapping).expect_err("it has no such column");
        assert_eq!(missing.field.as_deref(), Some("map"));
        let nameless = read(b"a,b\n1,2\n", &Mapping::default()).expect_err("it names no accounts");
        assert!(nameless.sentence.contains("a, b"), "{nameless}");
    }
}
