//! What a roster must not hold: columns that are dropped as soon as their header has been read, whatever a mapping says.
//!
//! Birth, pay, health, family, origin, home, private numbers and secrets say nothing about who owes which course. A file
//! that has them is read all the same, and the plan names them, so that the next export leaves them out.
//!
//! Not here: columns that are merely not needed ([`crate::sources::header`]).

/// Headers, as [`crate::sources::word::plain`] gives them, that hold one of these are dropped.
const PARTS: [&str; 40] = [
    "birth",
    "geburt",
    "gender",
    "geschlecht",
    "ethnic",
    "maritalstatus",
    "familienstand",
    "religio",
    "konfession",
    "disability",
    "behinderung",
    "veteran",
    "nationality",
    "citizenship",
    "passport",
    "socialsecurity",
    "sozialversicherung",
    "nationalinsurance",
    "nationalid",
    "taxid",
    "taxnumber",
    "taxfile",
    "steuer",
    "salary",
    "gehalt",
    "wage",
    "compensation",
    "bonus",
    "payrate",
    "billrate",
    "hourlyrate",
    "dailyrate",
    "iban",
    "bankaccount",
    "homeaddress",
    "streetaddress",
    "postalcode",
    "telephone",
    "password",
    "emergencycontact",
];

/// Headers that are exactly one of these are dropped; as parts they stand in other words too.
const WHOLES: [&str; 32] = [
    "address",
    "workaddress",
    "address1",
    "address2",
    "addressline1",
    "addressline2",
    "street",
    "zip",
    "zipcode",
    "postcode",
    "plz",
    "phone",
    "workphone",
    "homephone",
    "mobilephone",
    "primaryphone",
    "recoveryphone",
    "personalphone",
    "mobile",
    "mobilenumber",
    "phonenumber",
    "fax",
    "race",
    "sex",
    "age",
    "agegroup",
    "legalagegroupclassification",
    "consentprovidedforminor",
    "ssn",
    "dob",
    "pay",
    "rate",
];

/// Whether a column of this header is dropped.
pub fn is_forbidden(plain_header: &str) -> bool {
    WHOLES.contains(&plain_header) || PARTS.iter().any(|part| plain_header.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::column::NAMES;
    use crate::sources::word;

    #[test]
    fn no_column_that_is_read_is_forbidden() {
        for (_, ours, theirs) in NAMES {
            for name in theirs.split_whitespace().chain([word::plain(ours).as_str()]) {
                assert!(!is_forbidden(name), "{name}");
            }
        }
    }

    #[test]
    fn what_a_roster_must_not_hold_is_known_by_its_header() {
        for header in [
            "Date of Birth",
            "birthday",
            "Gender",
            "SSN",
            "Annual Salary",
            "Pay rate",
            "Home Address",
            "Mobile Phone",
            "Marital Status",
            "Password [Required]",
            "legalAgeGroupClassification",
        ] {
            assert!(is_forbidden(&word::plain(header)), "{header}");
        }
        for header in ["Language group", "Phonetic name", "Stage", "Payroll Company Code"] {
            assert!(!is_forbidden(&word::plain(header)), "{header}");
        }
    }
}
