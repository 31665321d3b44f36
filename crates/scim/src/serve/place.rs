//! What an address below `/scim/v2` is about, and what may be done there.

use axum::http::Method;

use crate::schema::Kind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Provider,
    ResourceTypes,
    ResourceType(String),
    Schemas,
    Schema(String),
    Search(Option<Kind>),
    List(Kind),
    One(Kind, String),
    /// `/Me` and `/Bulk`, which RFC 7644 knows and we do not have.
    Unsupported,
    Nothing,
}

impl Place {
    /// From the path behind `/scim/v2/`, decoded.
    pub(super) fn read(path: &str) -> Place {
        let path = path.trim_matches('/');
        let (first, rest) = match path.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.endpoint() == first);
        match (first, rest, kind) {
            ("", None, _) => Place::Root,
            ("ServiceProviderConfig", None, _) => Place::Provider,
            ("ResourceTypes", None, _) => Place::ResourceTypes,
            ("ResourceTypes", Some(name), _) => Place::ResourceType(name.to_owned()),
            ("Schemas", None, _) => Place::Schemas,
            ("Schemas", Some(urn), _) => Place::Schema(urn.to_owned()),
            (".search", None, _) => Place::Search(None),
            ("Me" | "Bulk", _, _) => Place::Unsupported,
            (_, None, Some(kind)) => Place::List(kind),
            (_, Some(".search"), Some(kind)) => Place::Search(Some(kind)),
            (_, Some(id), Some(kind)) if !id.contains('/') => Place::One(kind, id.to_owned()),
            _ => Place::Nothing,
        }
    }

    /// As it is kept with a request.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Place::Root => "/",
            Place::Provider => "ServiceProviderConfig",
            Place::ResourceTypes | Place::ResourceType(_) => "ResourceTypes",
            Place::Schemas | Place::Schema(_) => "Schemas",
            Place::Search(None) => ".search",
            Place::Search(Some(Kind::User)) => "Users/.search",
            Place::Search(Some(Kind::Group)) => "Groups/.search",
            Place::List(Kind::User) => "Users",
            Place::List(Kind::Group) => "Groups",
            Place::One(Kind::User, _) => "Users/id",
            Place::One(Kind::Group, _) => "Groups/id",
            Place::Unsupported => "Me or Bulk",
            Place::Nothing => "elsewhere",
        }
    }

    /// Whether everybody may look: clients find out what they talk to before they have a token.
    pub(super) fn is_open(&self) -> bool {
        matches!(
            self,
            Place::Provider
                | Place::ResourceTypes
                | Place::ResourceType(_)
                | Place::Schemas
                | Place::Schema(_)
        )
    }

    /// The methods that make sense here, as the `Allow` header lists them.
    pub(super) fn allows(&self) -> &'static str {
        match self {
            Place::Search(_) => "POST",
            Place::List(_) => "GET, POST",
            Place::One(_, _) => "GET, PUT, PATCH, DELETE",
            _ => "GET",
        }
    }

    pub(super) fn takes(&self, method: &Method) -> bool {
        let method = if *method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        matches!(self, Place::Unsupported | Place::Nothing)
            || self.allows().split(", ").any(|one| one == method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_about_one_thing() {
        let id = |id: &str| Place::One(Kind::User, id.to_owned());
        for (path, place) in [
            ("", Place::Root),
            ("Users", Place::List(Kind::User)),
            ("Users/", Place::List(Kind::User)),
            ("Users/7", id("7")),
            ("Users/.search", Place::Search(Some(Kind::User))),
            ("Users/7/emails", Place::Nothing),
            ("Me", Place::Unsupported),
            ("Schemas/urn:a:b", Place::Schema("urn:a:b".to_owned())),
            ("users", Place::Nothing),
        ] {
            assert_eq!(Place::read(path), place, "{path}");
        }
        assert!(id("7").takes(&Method::PATCH) && !id("7").takes(&Method::POST));
    }
}
