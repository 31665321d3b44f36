//! What a SCIM resource may hold: the attributes of RFC 7643 and our own, each with its type and rules.
//!
//! One table for everything: `/Schemas` is written from it, and bodies, paths and filters are read with it, so that what is
//! advertised is what is done. Names are compared without regard to case.
//!
//! Not here: rows, and what an attribute means for the roster ([`crate::hearing`]).

mod group;
mod user;

/// Whether a resource is a user or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    User,
    Group,
}

/// Data types of RFC 7643 §2.3 that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    String,
    Boolean,
    DateTime,
    Reference,
    Binary,
    Complex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    WriteOnly,
    Immutable,
}

/// One attribute, or one part of a complex one.
#[derive(Debug)]
pub struct Attr {
    pub name: &'static str,
    pub kind: Type,
    pub about: &'static str,
    pub multi: bool,
    pub required: bool,
    pub case_exact: bool,
    pub mutability: Mutability,
    /// Unique among the resources of a connection.
    pub unique: bool,
    pub subs: &'static [Attr],
    pub canonical: &'static [&'static str],
    pub refers_to: &'static [&'static str],
}

impl Attr {
    pub const fn new(name: &'static str, kind: Type, about: &'static str) -> Attr {
        Attr {
            name,
            kind,
            about,
            multi: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            unique: false,
            subs: &[],
            canonical: &[],
            refers_to: &[],
        }
    }

    pub const fn text(name: &'static str, about: &'static str) -> Attr {
        Attr::new(name, Type::String, about)
    }

    pub const fn complex(name: &'static str, about: &'static str, subs: &'static [Attr]) -> Attr {
        Attr {
            subs,
            ..Attr::new(name, Type::Complex, about)
        }
    }

    pub const fn many(self) -> Attr {
        Attr { multi: true, ..self }
    }

    pub const fn required(self) -> Attr {
        Attr {
            required: true,
            ..self
        }
    }

    pub const fn exact(self) -> Attr {
        Attr {
            case_exact: true,
            ..self
        }
    }

    pub const fn read_only(self) -> Attr {
        Attr {
            mutability: Mutability::ReadOnly,
            ..self
        }
    }

    pub const fn immutable(self) -> Attr {
        Attr {
            mutability: Mutability::Immutable,
            ..self
        }
    }

    pub const fn one_of(self, canonical: &'static [&'static str]) -> Attr {
        Attr { canonical, ..self }
    }

    pub const fn refers(self, refers_to: &'static [&'static str]) -> Attr {
        Attr { refers_to, ..self }
    }

    pub fn sub(&self, name: &str) -> Option<&'static Attr> {
        self.subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}

/// A schema: a URN and its attributes.
#[derive(Debug)]
pub struct Schema {
    pub urn: &'static str,
    pub name: &'static str,
    pub about: &'static str,
    pub attrs: &'static [Attr],
    /// What its attributes' paths begin with where values are kept to be found.
    pub mark: &'static str,
}

impl Schema {
    pub fn attr(&self, name: &str) -> Option<&'static Attr> {
        self.attrs
            .iter()
            .find(|attr| attr.name.eq_ignore_ascii_case(name))
    }
}

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const ROSTER: &str = "urn:muster:params:scim:schemas:extension:roster:1.0:User";

/// Attributes every resource has beside its schema's own (RFC 7643 §3.1).
pub const SHARED: &[Attr] = &[
    Attr::text("id", "The id that this server gave.")
        .exact()
        .read_only(),
    Attr::text("externalId", "The id that the client gave.").exact(),
    Attr::complex(
        "meta",
        "What is known of the resource itself.",
        &[
            Attr::text("resourceType", "User or Group.").exact().read_only(),
            Attr::new("created", Type::DateTime, "When it was made.").read_only(),
            Attr::new("lastModified", Type::DateTime, "When it was last changed.").read_only(),
            Attr::text("location", "Where it is.").exact().read_only(),
            Attr::text("version", "Its version.").exact().read_only(),
        ],
    )
    .read_only(),
];

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::User, Kind::Group];

    pub fn name(self) -> &'static str {
        match self {
            Kind::User => "User",
            Kind::Group => "Group",
        }
    }

    /// The last part of its addresses.
    pub fn endpoint(self) -> &'static str {
        match self {
            Kind::User => "Users",
            Kind::Group => "Groups",
        }
    }

    pub fn core(self) -> &'static Schema {
        match self {
            Kind::User => &user::CORE,
            Kind::Group => &group::CORE,
        }
    }

    pub fn extensions(self) -> &'static [&'static Schema] {
        match self {
            Kind::User => &[&user::ENTERPRISE, &user::ROSTER],
            Kind::Group => &[],
        }
    }

    /// The attribute that has to be there and names the resource to people.
    pub fn naming(self) -> &'static str {
        match self {
            Kind::User => "userName",
            Kind::Group => "displayName",
        }
    }

    pub fn extension(self, urn: &str) -> Option<&'static Schema> {
        self.extensions()
            .iter()
            .copied()
            .find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }
}

/// Every schema, in the order they are listed.
pub fn all() -> [&'static Schema; 4] {
    [&user::CORE, &group::CORE, &user::ENTERPRISE, &user::ROSTER]
}

/// An attribute that a path names, within a kind of resource.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The extension it belongs to; `None` in the core schema.
    pub extension: Option<&'static Schema>,
    pub attr: &'static Attr,
    pub sub: Option<&'static Attr>,
}

impl Place {
    /// The attribute or part that is named.
    pub fn last(&self) -> &'static Attr {
        self.sub.unwrap_or(self.attr)
    }

    /// The part that stands for a complex attribute where one value is compared: its `value`, if it has one.
    #[must_use]
    pub fn compared(self) -> Place {
        match self.sub {
            None if self.attr.kind == Type::Complex => Place {
                sub: self.attr.sub("value"),
                ..self
            },
            _ => self,
        }
    }

    /// As values are found by it: lower case, its extension's mark before it.
    pub fn path(&self) -> String {
        let mark = self.extension.map_or("", |schema| schema.mark);
        match self.sub {
            Some(sub) => path(mark, self.attr, Some(sub)),
            None => path(mark, self.attr, None),
        }
    }
}

/// The path of an attribute, or of a part of it.
pub fn path(mark: &str, attr: &Attr, sub: Option<&Attr>) -> String {
    let mut path = mark.to_owned();
    path.push_str(attr.name);
    if let Some(sub) = sub {
        path.push('.');
        path.push_str(sub.name);
    }
    path.make_ascii_lowercase();
    path
}

/// The attribute with this name, and its part. A name without a URN is looked for in the core schema, among what every
/// resource has, and then in the extensions, where clients forget the URN.
pub fn place(kind: Kind, urn: Option<&str>, name: &str, sub: Option<&str>) -> Option<Place> {
    let (extension, attr) = match urn {
        Some(urn) => match kind.extension(urn) {
            Some(schema) => (Some(schema), schema.attr(name)?),
            None if kind.core().urn.eq_ignore_ascii_case(urn) => (None, own(kind, name)?),
            None => return None,
        },
        None => match own(kind, name) {
            Some(attr) => (None, attr),
            None => kind
                .extensions()
                .iter()
                .find_map(|schema| Some((Some(*schema), schema.attr(name)?)))?,
        },
    };
    let sub = match sub {
        Some(sub) => Some(attr.sub(sub)?),
        None => None,
    };
    Some(Place { extension, attr, sub })
}

fn own(kind: Kind, name: &str) -> Option<&'static Attr> {
    kind.core()
        .attr(name)
        .or_else(|| SHARED.iter().find(|attr| attr.name.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_with_or_without_their_urn() {
        for (urn, name, sub, path) in [
            (None, "USERNAME", None, "username"),
            (Some(USER), "name", Some("FamilyName"), "name.familyname"),
            (Some(ENTERPRISE), "department", None, "e:department"),
            (None, "employeeNumber", None, "e:employeenumber"),
            (None, "externalid", None, "externalid"),
            (None, "meta", Some("created"), "meta.created"),
        ] {
            let found = place(Kind::User, urn, name, sub).expect("it is in the table");
            assert_eq!(found.path(), path);
        }
        assert!(place(Kind::User, None, "shoeSize", None).is_none());
        assert!(place(Kind::Group, Some(USER), "userName", None).is_none());
        assert!(place(Kind::User, None, "emails", Some("shoeSize")).is_none());
    }
}
