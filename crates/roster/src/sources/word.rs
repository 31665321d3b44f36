//! The words other systems use for a person's kind, state and access, and what they mean here.
//!
//! Words are compared by their letters and digits alone, in lower case: "Full-Time", "full time" and "FULLTIME" are one word.
//!
//! Not here: an organisation's own words ([`crate::sources::mapping`]), which are asked first.

use unicode_normalization::UnicodeNormalization;

use crate::engagement::EngagementKind;
use crate::profile::Access;
use crate::snapshot::Status;

/// Words for each kind, parted by spaces.
const KINDS: [(EngagementKind, &str); 7] = [
    (
        EngagementKind::Employee,
        "employee employees emp fulltime parttime ft pt regular reg permanent perm \
         fulltimeemployee parttimeemployee regularfulltime regularparttime fulltimeregular \
         parttimeregular fulltimepermanent parttimepermanent permanentfulltime permanentparttime \
         internal internalemployee directemployee eor eoremployee salaried salary hourly \
         fixedterm fixedtermemployee fixedtermcontract member staff w2 exempt nonexempt \
         festangestellt salariedft salariedpt hourlyft hourlypt globalpayroll \
         globalpayrollemployee",
    ),
    (
        EngagementKind::Contractor,
        "contractor contractors contract con contingent contingentworker freelancer freelance \
         independentcontractor independent external selfemployed individual \
         globalpayrollcontractor 1099 1099contractor freiermitarbeiter",
    ),
    (
        EngagementKind::Temp,
        "temp temporary tmp temporaryemployee temporarystaff agencyworker agency tes seasonal sum \
         casual",
    ),
    (
        EngagementKind::Intern,
        "intern interns internship int student stu workingstudent werkstudent trainee apprentice \
         praktikant",
    ),
    (
        EngagementKind::VendorStaff,
        "vendorstaff vendor vendors supplier supplierstaff suppliersstaff consultant \
         consultantexternal externalconsultant outsourced outsourcedstaff thirdparty sow \
         sowworker statementofwork partner business",
    ),
    (
        EngagementKind::Board,
        "board boardmember boarddirector director directornonexec directornonexecutive \
         nonexecutivedirector nonexecdirector nonexecutive nonexec ned trustee",
    ),
    (EngagementKind::Other, "other volunteer"),
];

/// Words for each state, parted by spaces. Who is on the way out is still here, for the last day stands in another column; an account that is locked or new can be used, or will be.
const STATUSES: [(Status, &str); 3] = [
    (
        Status::Active,
        "active a yes y true 1 current currentemployee employed working onboarding onboarded \
         preboarding prehire hired pending pendingstart invited futurehire future enabled \
         noticeperiod aktiv offboarding created initiated review staged provisioned recovery \
         passwordexpired lockedout",
    ),
    (
        Status::Leave,
        "leave onleave l leaveofabsence loa absent paused parentalleave maternityleave \
         paternityleave paidleave unpaidleave longtermleave sabbatical activeonleave furlough \
         furloughed",
    ),
    (
        Status::Ended,
        "ended terminated t inactive no n false 0 closed former formeremployee formercontractor \
         resigned left leaver retired deceased offboarded archived deleted deprovisioned \
         discarded dormant reportednoshow dismissed disabled separated expired completed",
    ),
];

/// The letters and digits of the text in lower case, without accents; `#` reads as "number".
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut hear = |c: char| match c {
        '#' => plain.push_str("number"),
        _ if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
        _ => {}
    };
    // Decomposing takes longer than all the rest, and most words have nothing to decompose.
    if text.is_ascii() {
        text.chars().for_each(&mut hear);
    } else {
        text.nfkd().for_each(&mut hear);
    }
    plain
}

/// The kind a word stands for.
pub fn kind(word: &str) -> Option<EngagementKind> {
    meaning(&KINDS, word)
}

/// The state a word stands for.
pub fn status(word: &str) -> Option<Status> {
    meaning(&STATUSES, word)
}

fn meaning<T: Copy>(words: &[(T, &str)], word: &str) -> Option<T> {
    let word = plain(word);
    let means = |words: &str| words.split(' ').any(|one| one == word);
    words
        .iter()
        .find(|(_, words)| means(words))
        .map(|(meaning, _)| *meaning)
}

/// Whether a word says that the person has access.
pub fn access(word: &str) -> Option<Access> {
    match plain(word).as_str() {
        "unknown" => Some(Access::Unknown),
        _ => yes_or_no(word).map(|yes| if yes { Access::Yes } else { Access::No }),
    }
}

/// Yes or no, however it is spelt.
pub fn yes_or_no(word: &str) -> Option<bool> {
    match plain(word).as_str() {
        "yes" | "y" | "true" | "1" | "x" | "ja" | "enabled" => Some(true),
        "no" | "n" | "false" | "0" | "nein" | "disabled" | "none" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_its_letters_and_digits() {
        assert_eq!(plain("  Employee # "), "employeenumber");
        assert_eq!(plain("Prénom"), "prenom");
        assert_eq!(plain("cost_center"), "costcenter");
    }

    #[test]
    fn other_systems_kinds_are_ours() {
        for (word, meant) in [
            ("Full-Time", EngagementKind::Employee),
            ("Part-Time", EngagementKind::Employee),
            ("Contingent Worker", EngagementKind::Contractor),
            ("Freelancer", EngagementKind::Contractor),
            ("Temp", EngagementKind::Temp),
            ("Student", EngagementKind::Intern),
            ("Consultant (external)", EngagementKind::VendorStaff),
            ("Director (non-exec)", EngagementKind::Board),
            ("vendor_staff", EngagementKind::VendorStaff),
        ] {
            assert_eq!(kind(word), Some(meant), "{word}");
        }
        assert_eq!(kind("Gig"), None);
    }

    #[test]
    fn every_kind_of_ours_is_a_word() {
        for one in EngagementKind::ALL {
            assert_eq!(kind(one.as_str()), Some(one));
        }
    }

    #[test]
    fn other_systems_states_are_ours() {
        for (word, meant) in [
            ("ACTIVE", Status::Active),
            ("ON_LEAVE", Status::Leave),
            ("On leave", Status::Leave),
            ("TERMINATED", Status::Ended),
            ("Inactive", Status::Ended),
        ] {
            assert_eq!(status(word), Some(meant), "{word}");
        }
    }
}
