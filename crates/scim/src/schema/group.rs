//! The attributes of a group (RFC 7643 §4.2).

use super::{Attr, GROUP, Schema, Type};

pub(super) const CORE: Schema = Schema {
    urn: GROUP,
    name: "Group",
    about: "A group. Its members get its name as a tag on the roster, and a tag is what an audience asks for.",
    mark: "",
    attrs: &[
        Attr::text(
            "displayName",
            "The name people know it by. One group of a connection has it.",
        )
        .required(),
        Attr::complex(
            "members",
            "Who is in it.",
            &[
                Attr::text("value", "The id of the member.").exact().immutable(),
                Attr::new("$ref", Type::Reference, "Where the member is.")
                    .exact()
                    .immutable()
                    .refers(&["User"]),
                Attr::text("type", "What the member is.")
                    .immutable()
                    .one_of(&["User"]),
                Attr::text("display", "The member's name.").immutable(),
            ],
        )
        .many(),
    ],
};
