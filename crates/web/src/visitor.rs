//! Who is looking at the page, and what they have been shown to be allowed.
//!
//! Invariants: the app's middleware calls [`admit`] once a request, and nothing else decides who a
//! visitor is; a role proof (`Owner`, `Editor`, …) has a private field, so holding one means the
//! request was asked. An owner may do what an editor and an auditor may; nobody is a manager or a
//! learner by being something else.
//!
//! Not here: sessions, passwords, and where roles come from (`identity`).

use std::convert::Infallible;
use std::ops::Deref;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use axum::response::{IntoResponse, Redirect, Response};
use db::Moment;

use crate::refusal::Error;
use crate::screen::{Place, PlaceSlot};

/// A signed-in person, as the app's middleware found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The account's id.
    pub account: String,
    /// The id of the person on the roster behind the account, if there is one.
    pub person: Option<String>,
    pub name: String,
    pub email: String,
    pub roles: Roles,
    /// The session's id, never its secret.
    pub session: String,
    /// How they signed in, in words: "a link by mail", "a passkey".
    pub method: String,
    pub authenticated_at: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Owner,
    Editor,
    Manager,
    Auditor,
    Learner,
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Editor,
        Self::Manager,
        Self::Auditor,
        Self::Learner,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Manager => "manager",
            Self::Auditor => "auditor",
            Self::Learner => "learner",
        }
    }
}

impl Roles {
    pub const fn none() -> Self {
        Self(0)
    }

    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    pub const fn has(self, role: Role) -> bool {
        self.0 & 1 << role as u8 != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::none(), Self::with)
    }
}

/// Tells the rest of the request who is looking and what surrounds the page. The app's middleware
/// calls this on `request.extensions_mut()`; the visitor's name is set in the place.
pub fn admit(extensions: &mut Extensions, visitor: Option<Visitor>, place: Place) {
    let place = Place {
        who: visitor.as_ref().map(|visitor| visitor.name.clone()),
        ..place
    };
    if let Some(slot) = extensions.get::<PlaceSlot>() {
        slot.fill(place.clone());
    }
    extensions.insert(place);
    if let Some(visitor) = visitor {
        extensions.insert(visitor);
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        if let Some(visitor) = parts.extensions.get::<Self>() {
            return Ok(visitor.clone());
        }
        // A form that was posted cannot be resumed by a redirect: say so, and lose nothing silently.
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err(Error::SignedOut.into_response());
        }
        let to = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Err(Redirect::to(&sign_in_href(to)).into_response())
    }
}

/// `Option<Visitor>`, for pages that are for everybody and know those who are signed in.
impl<S: Sync> OptionalFromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// Where to sign in, and come back from: `/sign-in?to=%2Fpeople`.
pub fn sign_in_href(to: &str) -> String {
    let mut address = String::from("/sign-in?to=");
    for byte in to.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// An address of ours to return to after signing in; anything else (another host, a scheme) gives `/`.
pub fn safe_return(to: &str) -> &str {
    let ours = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && !to.bytes().any(|byte| byte.is_ascii_control());
    if ours { to } else { "/" }
}

macro_rules! proof {
    ($(#[$doc:meta])* $proof:ident, $refusal:literal, [$($role:ident),+]) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $proof(Visitor);

        impl $proof {
            pub fn visitor(&self) -> &Visitor {
                &self.0
            }
        }

        impl Deref for $proof {
            type Target = Visitor;

            fn deref(&self) -> &Visitor {
                &self.0
            }
        }

        impl<S: Sync> FromRequestParts<S> for $proof {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
                let visitor = <Visitor as FromRequestParts<S>>::from_request_parts(parts, state).await?;
                if [$(Role::$role),+].into_iter().any(|role| visitor.roles.has(role)) {
                    return Ok(Self(visitor));
                }
                Err(Error::forbidden($refusal).into_response())
            }
        }
    };
}

proof!(
    /// Runs the programme: may do everything but what needs a second person.
    Owner, "This page is for the people who run the programme.", [Owner]
);
proof!(
    /// Writes content.
    Editor, "This page is for editors and owners.", [Editor, Owner]
);
proof!(
    /// Sees how their own people stand.
    Manager, "This page is for managers, about their own people.", [Manager]
);
proof!(
    /// Reads the evidence and changes nothing but their own notes.
    Auditor, "This page is for auditors and owners.", [Auditor, Owner]
);

/// Somebody on the roster, looking at what is theirs.
#[derive(Clone, Debug)]
pub struct Learner {
    visitor: Visitor,
    person: String,
}

impl Learner {
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// The id of the person on the roster.
    pub fn person(&self) -> &str {
        &self.person
    }
}

impl Deref for Learner {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl<S: Sync> FromRequestParts<S> for Learner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let visitor = <Visitor as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        match visitor.person.clone() {
            Some(person) => Ok(Self { visitor, person }),
            None => Err(Error::forbidden(
                "Your account is not on the list of people, so there is nothing assigned to you.",
            )
            .into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Request, StatusCode, header};

    fn visitor(roles: Roles) -> Visitor {
        Visitor {
            account: "acc_1".into(),
            person: None,
            name: "Ada Osei".into(),
            email: "ada@northwind.example".into(),
            roles,
            session: "ses_1".into(),
            method: "a link by mail".into(),
            authenticated_at: Moment(0),
        }
    }

    fn parts(method: &str, visitor: Option<Visitor>) -> Parts {
        let request = Request::builder().method(method).uri("/people?page=2").body(());
        let (mut parts, ()) = request.expect("a plain request builds").into_parts();
        admit(&mut parts.extensions, visitor, Place::default());
        parts
    }

    async fn ask<P: FromRequestParts<(), Rejection = Response>>(
        method: &str,
        visitor: Option<Visitor>,
    ) -> Result<P, Response> {
        P::from_request_parts(&mut parts(method, visitor), &()).await
    }

    #[tokio::test]
    async fn a_stranger_reading_is_sent_to_sign_in_and_back() {
        let answer = ask::<Visitor>("GET", None)
            .await
            .expect_err("nobody is signed in");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            answer.headers()[header::LOCATION],
            "/sign-in?to=%2Fpeople%3Fpage%3D2"
        );
    }

    #[tokio::test]
    async fn a_stranger_posting_is_told_so() {
        let answer = ask::<Visitor>("POST", None)
            .await
            .expect_err("nobody is signed in");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }

    #[tokio::test]
    async fn an_owner_is_an_editor_and_an_auditor_but_not_a_manager_nor_a_learner() {
        let owner = visitor(Roles::none().with(Role::Owner));
        assert!(ask::<Owner>("GET", Some(owner.clone())).await.is_ok());
        assert!(ask::<Editor>("GET", Some(owner.clone())).await.is_ok());
        assert!(ask::<Auditor>("GET", Some(owner.clone())).await.is_ok());
        assert!(ask::<Manager>("GET", Some(owner.clone())).await.is_err());
        assert!(ask::<Learner>("GET", Some(owner)).await.is_err());
    }

    #[tokio::test]
    async fn an_auditor_cannot_pass_for_an_owner_or_an_editor() {
        let auditor = visitor(Roles::none().with(Role::Auditor));
        let answer = ask::<Owner>("GET", Some(auditor.clone()))
            .await
            .expect_err("not an owner");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(ask::<Editor>("GET", Some(auditor)).await.is_err());
    }

    #[tokio::test]
    async fn a_learner_is_somebody_on_the_roster() {
        let ada = Visitor {
            person: Some("per_1".into()),
            ..visitor(Roles::none())
        };
        let learner = ask::<Learner>("GET", Some(ada))
            .await
            .expect("ada is on the roster");
        assert_eq!(learner.person(), "per_1");
        assert_eq!(learner.name, "Ada Osei");
    }

    #[test]
    fn a_return_address_stays_in_the_house() {
        assert_eq!(safe_return("/people?page=2"), "/people?page=2");
        for trap in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "people",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(safe_return(trap), "/", "{trap}");
        }
    }
}
