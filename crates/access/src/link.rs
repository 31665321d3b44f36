//! Whose account it is: the one person who has one of its keys, and nobody else.
//!
//! Keys are the name by which the identity provider knows the account, its address and an employee number. One person found by
//! any of them is whose it is; several, by one key or by two that disagree, are a question to somebody. A name is never a key.
//!
//! Pure. Not here: what somebody decided ([`crate::decision`]), which comes before all this.

use crate::account::Account;
use crate::people::People;

/// By what an account was found to be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkedBy {
    NameId,
    Email,
    Number,
    Decision,
}

/// Whose an account is; people by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    To(u32, LinkedBy),
    /// Several people have its keys.
    Several(Vec<u32>),
    /// Nobody has its keys, and these are called the same.
    Resembles(Vec<u32>),
    Nobody,
}

impl LinkedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            LinkedBy::NameId => "name_id",
            LinkedBy::Email => "email",
            LinkedBy::Number => "number",
            LinkedBy::Decision => "decision",
        }
    }

    /// As people say it: "known by its address".
    pub fn words(text: &str) -> &'static str {
        match text {
            "name_id" => "by the name the identity provider gives",
            "email" => "by its address",
            "number" => "by the employee number",
            _ => "by somebody’s decision",
        }
    }
}

/// Whose the account is.
pub fn link(account: &Account, people: &People) -> Link {
    let mut found: Vec<(u32, LinkedBy)> = Vec::new();
    if let Some(name_id) = &account.name_id {
        found.extend(people.with_email(name_id).map(|place| (place, LinkedBy::NameId)));
        found.extend(people.with_number(name_id).map(|place| (place, LinkedBy::NameId)));
    }
    if let Some(email) = &account.email {
        found.extend(people.with_email(email).map(|place| (place, LinkedBy::Email)));
    }
    if let Some(number) = &account.number {
        found.extend(people.with_number(number).map(|place| (place, LinkedBy::Number)));
    }
    match found.first().copied() {
        Some((place, by)) if found.iter().all(|(other, _)| *other == place) => Link::To(place, by),
        Some(_) => {
            let mut places: Vec<u32> = found.into_iter().map(|(place, _)| place).collect();
            places.sort_unstable();
            places.dedup();
            places.truncate(crate::people::CANDIDATES_MAX);
            Link::Several(places)
        }
        None => {
            let alike = people.resembling(account.name.as_deref(), &account.login);
            if alike.is_empty() {
                Link::Nobody
            } else {
                Link::Resembles(alike)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::tests::six;

    fn account(email: &str, name_id: &str, number: &str, name: &str) -> Account {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Account {
            key: "x".to_owned(),
            login: "x".to_owned(),
            email: some(email),
            name_id: some(name_id),
            number: some(number),
            name: some(name),
            ..Account::default()
        }
    }

    #[test]
    fn a_key_that_one_person_has_finds_them_and_a_name_never_does() {
        let people = six();
        let of = |email, name_id, number, name| link(&account(email, name_id, number, name), &people);
        assert_eq!(of("ada@example.com", "", "", ""), Link::To(0, LinkedBy::Email));
        assert_eq!(of("", "ada@example.com", "", ""), Link::To(0, LinkedBy::NameId));
        assert_eq!(of("", "4", "", ""), Link::To(3, LinkedBy::NameId));
        assert_eq!(
            of("private@home.example", "", "1", ""),
            Link::To(0, LinkedBy::Number)
        );
        assert_eq!(of("shared@example.com", "", "", ""), Link::Several(vec![1, 2]));
        assert_eq!(
            of("ada@example.com", "", "4", ""),
            Link::Several(vec![0, 3]),
            "its keys disagree"
        );
        assert_eq!(of("", "", "", "Ada King"), Link::Resembles(vec![0]));
        assert_eq!(of("zz@example.com", "", "99", "Z Nine"), Link::Nobody);
    }

    #[test]
    fn two_keys_of_one_person_agree() {
        assert_eq!(
            link(&account("ada@example.com", "ada@example.com", "1", ""), &six()),
            Link::To(0, LinkedBy::NameId)
        );
    }
}
