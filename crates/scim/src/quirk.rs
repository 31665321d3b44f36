//! What clients do otherwise than RFC 7644 says, and which of it a connection puts up with.
//!
//! Each quirk that was met in a request is noted with the request, so that whoever runs the connection can see how it is
//! spoken. The strict profile puts up with nothing that the RFC refuses.

use std::collections::BTreeSet;
use std::str::FromStr;

use db::Refusal;

/// How a connection's client is known to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    Entra,
    Okta,
    Strict,
}

impl Profile {
    pub const ALL: [Profile; 3] = [Profile::Entra, Profile::Okta, Profile::Strict];

    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Entra => "entra",
            Profile::Okta => "okta",
            Profile::Strict => "strict",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Profile::Entra => "Microsoft Entra ID",
            Profile::Okta => "Okta, and most others",
            Profile::Strict => "Strict: RFC 7644 and nothing else",
        }
    }

    pub fn is_strict(self) -> bool {
        self == Profile::Strict
    }
}

impl FromStr for Profile {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Profile, Refusal> {
        Profile::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text)
            .ok_or_else(|| {
                Refusal::new("scim-profile", "The profile must be entra, okta or strict.").field("profile")
            })
    }
}

macro_rules! quirks {
    ($($(#[$about:meta])* $quirk:ident $text:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Quirk { $($(#[$about])* $quirk),* }

        impl Quirk {
            pub const ALL: &[Quirk] = &[$(Quirk::$quirk),*];

            pub fn text(self) -> &'static str {
                match self { $(Quirk::$quirk => $text),* }
            }
        }
    };
}

quirks! {
    /// `"False"` where `false` is meant.
    BooleanAsText "boolean-as-text",
    /// `Replace` where `replace` is meant.
    OperationCase "operation-case",
    /// Names in another case than the schema's.
    NameCase "name-case",
    /// Keys such as `name.givenName` or `urn:…:User:employeeNumber` in a value without a path.
    DottedKeys "dotted-keys",
    /// A value path that matches nothing is made to match.
    MadeToMatch "made-to-match",
    /// A text where an object with a `value` is meant: the manager.
    BareReference "bare-reference",
    /// An empty text that takes a reference away.
    EmptyReference "empty-reference",
    /// `remove` with a list of what to remove as its value.
    RemoveList "remove-list",
    /// What only the server writes was sent; it is passed over.
    ReadOnlySent "read-only-sent",
    /// A password was sent; it is thrown away.
    PasswordSent "password-sent",
    /// `emails[type eq "work"].value eq "x"`
    FilterAfterBrackets "filter-after-brackets",
    /// A user who was out is made anew under the same externalId.
    MadeAnew "made-anew",
    /// A schema that is not known here.
    UnknownSchema "unknown-schema",
    /// An attribute that is not known here; it is passed over.
    UnknownAttribute "unknown-attribute",
    /// A PATCH that asks for nothing.
    EmptyOperations "empty-operations",
    /// `null` or an empty list in a body, which clears.
    NullClears "null-clears",
    /// One value in a list where there is no list, or the other way round.
    ListOfOne "list-of-one",
    /// `emails.value` without saying which.
    UnfilteredPart "unfiltered-part",
    /// A number where a text is meant.
    NumberAsText "number-as-text",
    /// An extension's attributes without the extension among `schemas`.
    SchemaUnsaid "schema-unsaid",
    /// `path` is there and empty.
    EmptyPath "empty-path",
    /// More than one value is said to be the primary one.
    SecondPrimary "second-primary",
    /// Entra's `userType`, Member or Guest, which is about its own directory.
    DirectoryType "directory-type",
    /// A day of the roster extension that is no day.
    UnreadableDay "unreadable-day",
    /// A body without `schemas`.
    NoSchemas "no-schemas",
}

/// The quirks that were met in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quirks(BTreeSet<Quirk>);

impl Quirks {
    pub fn met(&mut self, quirk: Quirk) {
        self.0.insert(quirk);
    }

    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.contains(&quirk)
    }

    /// As they are kept: their texts with a space between.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.0.iter().map(|quirk| quirk.text()).collect();
        texts.join(" ")
    }
}
