//! The attributes of a user: RFC 7643 §4.1, the enterprise extension §4.3, and what the roster wants to know beside them.

use super::{Attr, ENTERPRISE as ENTERPRISE_URN, Mutability, ROSTER as ROSTER_URN, Schema, Type, USER};

const VALUE: Attr = Attr::text("value", "The value.");
const DISPLAY: Attr = Attr::text("display", "As it is shown.");
const TYPE: Attr = Attr::text("type", "What it is for.");
const PRIMARY: Attr = Attr::new("primary", Type::Boolean, "Whether it is the one to use first.");
const HOME: Attr = TYPE.one_of(&["work", "home", "other"]);

const PLAIN: &[Attr] = &[VALUE, DISPLAY, TYPE, PRIMARY];

pub(super) const CORE: Schema = Schema {
    urn: USER,
    name: "User",
    about: "A user: somebody on the roster.",
    mark: "",
    attrs: &[
        Attr {
            unique: true,
            ..Attr::text(
                "userName",
                "The name they sign in with elsewhere. One user of a connection has it.",
            )
            .required()
        },
        Attr::complex(
            "name",
            "The parts of the name.",
            &[
                Attr::text("formatted", "The whole name, as it is written."),
                Attr::text("familyName", "The family name."),
                Attr::text("givenName", "The given name."),
                Attr::text("middleName", "Middle names."),
                Attr::text("honorificPrefix", "A title before the name."),
                Attr::text("honorificSuffix", "What stands after the name."),
            ],
        ),
        Attr::text("displayName", "The name to show."),
        Attr::text("nickName", "What they are called."),
        Attr::new("profileUrl", Type::Reference, "A page about them.")
            .exact()
            .refers(&["external"]),
        Attr::text("title", "The job title."),
        Attr::text(
            "userType",
            "How they belong to the organisation, such as Employee or Contractor.",
        ),
        Attr::text("preferredLanguage", "The language to address them in."),
        Attr::text("locale", "How dates and numbers are written for them."),
        Attr::text("timezone", "Their time zone."),
        Attr::new("active", Type::Boolean, "Whether they may sign in."),
        Attr {
            mutability: Mutability::WriteOnly,
            ..Attr::text(
                "password",
                "Is taken and thrown away: there are no passwords here.",
            )
            .exact()
        },
        Attr::complex("emails", "Mail addresses.", &[VALUE, DISPLAY, HOME, PRIMARY]).many(),
        Attr::complex(
            "phoneNumbers",
            "Telephone numbers.",
            &[
                VALUE,
                DISPLAY,
                TYPE.one_of(&["work", "home", "mobile", "fax", "pager", "other"]),
                PRIMARY,
            ],
        )
        .many(),
        Attr::complex("ims", "Addresses for instant messages.", PLAIN).many(),
        Attr::complex(
            "photos",
            "Pictures.",
            &[
                Attr::new("value", Type::Reference, "Where the picture is.")
                    .exact()
                    .refers(&["external"]),
                DISPLAY,
                TYPE.one_of(&["photo", "thumbnail"]),
                PRIMARY,
            ],
        )
        .many(),
        Attr::complex(
            "addresses",
            "Postal addresses.",
            &[
                Attr::text("formatted", "The whole address."),
                Attr::text("streetAddress", "Street and number."),
                Attr::text("locality", "The town."),
                Attr::text("region", "The state or region."),
                Attr::text("postalCode", "The postal code."),
                Attr::text("country", "The country, two letters."),
                HOME,
                PRIMARY,
            ],
        )
        .many(),
        Attr::complex(
            "groups",
            "The groups they are in; changed at the groups.",
            &[
                Attr::text("value", "The group's id.").exact().read_only(),
                Attr::new("$ref", Type::Reference, "Where the group is.")
                    .exact()
                    .read_only()
                    .refers(&["Group"]),
                Attr::text("display", "The group's name.").read_only(),
                Attr::text("type", "How they belong to it.")
                    .read_only()
                    .one_of(&["direct", "indirect"]),
            ],
        )
        .many()
        .read_only(),
        Attr::complex(
            "entitlements",
            "What they may do elsewhere. Means nothing here.",
            PLAIN,
        )
        .many(),
        Attr::complex("roles", "What they are elsewhere. Gives no role here.", PLAIN).many(),
        Attr::complex(
            "x509Certificates",
            "Certificates.",
            &[
                Attr::new("value", Type::Binary, "The certificate, DER in base64.").exact(),
                DISPLAY,
                TYPE,
                PRIMARY,
            ],
        )
        .many(),
    ],
};

pub(super) const ENTERPRISE: Schema = Schema {
    urn: ENTERPRISE_URN,
    name: "EnterpriseUser",
    about: "A user of an organisation.",
    mark: "e:",
    attrs: &[
        Attr::text("employeeNumber", "The number by which other systems know them."),
        Attr::text("costCenter", "The cost centre."),
        Attr::text("organization", "The organisation."),
        Attr::text("division", "The division."),
        Attr::text("department", "The department."),
        Attr::complex(
            "manager",
            "The manager.",
            &[
                Attr::text("value", "The manager's id.").exact(),
                Attr::new("$ref", Type::Reference, "Where the manager is.")
                    .exact()
                    .refers(&["User"]),
                Attr::text("displayName", "The manager's name.").read_only(),
            ],
        ),
    ],
};

pub(super) const ROSTER: Schema = Schema {
    urn: ROSTER_URN,
    name: "RosterUser",
    about: "What the roster wants to know beside it.",
    mark: "m:",
    attrs: &[
        Attr::text(
            "personType",
            "employee, contractor, intern, temp, vendor_staff, board or other.",
        ),
        Attr::text(
            "sponsor",
            "The mail address of whoever answers for somebody from outside.",
        ),
        Attr::text("vendor", "The supplier or agency they work for."),
        Attr::text("startDate", "The first day of work, such as 2026-06-01."),
        Attr::text("endDate", "The last day of work, such as 2026-06-30."),
        Attr::complex(
            "leave",
            "An absence that stops the clock.",
            &[
                Attr::text("from", "The first day away, such as 2026-06-01."),
                Attr::text("until", "The last day away, such as 2026-06-30."),
            ],
        ),
    ],
};
