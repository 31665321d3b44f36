//! A typed name: whether it is the name of the person who types it.
//!
//! Generous about how it is written, strict about whose it is. Pure but for looking the person up.
//! Not here: signing ([`crate::attestation`]).

use db::{Fault, Reader, Refusal, Result};
use roster::{person, profile::Facts};
use unicode_normalization::UnicodeNormalization;

use crate::taker::Taker;

/// No name is longer; what is has been pasted by mistake.
pub const NAME_CHARS_MAX: usize = 200;

/// Whether a typed name is the person's: given or preferred name with the family name, in either order,
/// whatever the capitals, spaces, dashes and dots.
pub fn is_name_of(facts: &Facts, typed: &str) -> bool {
    let typed = plain(typed);
    let (given, family) = (plain(&facts.given_name), plain(&facts.family_name));
    let preferred = facts.preferred_name.as_deref().map(plain).unwrap_or_default();
    let known = [
        format!("{given}{family}"),
        format!("{family}{given}"),
        format!("{preferred}{family}"),
        format!("{family}{preferred}"),
        plain(&facts.display_name()),
    ];
    let is_named = [&given, &family, &preferred].iter().any(|name| !name.is_empty());
    is_named && !typed.is_empty() && known.contains(&typed)
}

/// Letters and digits in lower case, in one Unicode form.
fn plain(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// # Errors
/// A refusal that says which name to type.
pub(crate) fn check(reader: &mut Reader, taker: &Taker, typed: &str) -> Result<()> {
    let person = person::find(reader, &taker.person)?;
    let person = person.ok_or_else(|| Fault::new("signing for a person who is not on the roster"))?;
    if typed.chars().count() <= NAME_CHARS_MAX {
        let is_theirs = is_name_of(&person.facts, typed);
        // Of some people the roster has no name: then what it calls them has to do.
        if is_theirs || (!plain(typed).is_empty() && plain(typed) == plain(&person.name())) {
            return Ok(());
        }
    }
    Err(other_name(&person.name()).into())
}

fn other_name(name: &str) -> Refusal {
    Refusal::new(
        "name-not-theirs",
        format!("Type your name as it is known here: {name}. Capitals and spaces do not matter."),
    )
    .field("name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(given: &str, family: &str, preferred: Option<&str>) -> Facts {
        Facts {
            given_name: given.into(),
            family_name: family.into(),
            preferred_name: preferred.map(Into::into),
            ..Facts::default()
        }
    }

    #[test]
    fn a_name_is_known_whatever_its_capitals_spaces_and_order() {
        let zoe = facts("Zoë", "Müller-Lüdenscheidt", None);
        for typed in [
            "Zoë Müller-Lüdenscheidt",
            "zoë müller lüdenscheidt",
            " ZOË  MÜLLERLÜDENSCHEIDT ",
            "Müller-Lüdenscheidt, Zoë",
            "Zoe\u{308} Mu\u{308}ller-Lu\u{308}denscheidt",
        ] {
            assert!(is_name_of(&zoe, typed), "{typed}");
        }
        for other in ["", " - ", "Zoë", "Zoe Muller", "Max Müller-Lüdenscheidt"] {
            assert!(!is_name_of(&zoe, other), "{other}");
        }
    }

    #[test]
    fn the_preferred_name_will_do_as_well() {
        let kim = facts("Kimberly", "O'Neill", Some("Kim"));
        assert!(is_name_of(&kim, "kim oneill") && is_name_of(&kim, "Kimberly O’Neill"));
        assert!(!is_name_of(&kim, "Kim"));
    }

    #[test]
    fn people_with_one_name_sign_with_one_name() {
        assert!(is_name_of(&facts("Suharto", "", None), "suharto"));
        assert!(!is_name_of(&facts("", "", None), "anything"));
    }
}
