//! The attributes that a distinguished name can have.

use rcgen::DnValue;
use rcgen::string::{Ia5String, PrintableString};

/// A kind of attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttributeType {
    pub(super) name: &'static str,
    pub(super) oid: &'static [u64],
    text: TextKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextKind {
    Utf8,
    Printable,
    Ia5,
}

impl AttributeType {
    /// The type of a name, as a user writes it.
    pub(super) fn find(name: &str) -> Option<Self> {
        let alias = match name.to_ascii_uppercase().as_str() {
            "E" | "EMAIL" => "emailAddress",
            "S" => "ST",
            _ => name,
        };
        ATTRIBUTES.iter().find(|kind| kind.name.eq_ignore_ascii_case(alias)).copied()
    }

    /// The type of an object identifier in dotted form.
    pub(super) fn find_oid(dotted: &str) -> Option<Self> {
        ATTRIBUTES.iter().find(|kind| kind.dotted() == dotted).copied()
    }

    fn dotted(&self) -> String {
        self.oid.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
    }

    /// The value in the string type that X.509 prescribes, if its characters allow it.
    pub(super) fn value(&self, value: &str) -> Option<DnValue> {
        match self.text {
            TextKind::Utf8 => Some(DnValue::Utf8String(value.to_owned())),
            TextKind::Printable => {
                PrintableString::try_from(value).ok().map(DnValue::PrintableString)
            }
            TextKind::Ia5 => Ia5String::try_from(value).ok().map(DnValue::Ia5String),
        }
    }
}

/// The names of all, for messages.
pub(super) fn known() -> String {
    ATTRIBUTES.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// RFC 4514 §3 and the ones that certificates of organizations have besides.
const ATTRIBUTES: &[AttributeType] = &[
    AttributeType { name: "CN", oid: &[2, 5, 4, 3], text: TextKind::Utf8 },
    AttributeType { name: "O", oid: &[2, 5, 4, 10], text: TextKind::Utf8 },
    AttributeType { name: "OU", oid: &[2, 5, 4, 11], text: TextKind::Utf8 },
    AttributeType { name: "L", oid: &[2, 5, 4, 7], text: TextKind::Utf8 },
    AttributeType { name: "ST", oid: &[2, 5, 4, 8], text: TextKind::Utf8 },
    AttributeType { name: "STREET", oid: &[2, 5, 4, 9], text: TextKind::Utf8 },
    AttributeType { name: "C", oid: &[2, 5, 4, 6], text: TextKind::Printable },
    AttributeType { name: "serialNumber", oid: &[2, 5, 4, 5], text: TextKind::Printable },
    AttributeType { name: "DC", oid: &[0, 9, 2342, 19_200_300, 100, 1, 25], text: TextKind::Ia5 },
    AttributeType { name: "UID", oid: &[0, 9, 2342, 19_200_300, 100, 1, 1], text: TextKind::Utf8 },
    AttributeType {
        name: "emailAddress",
        oid: &[1, 2, 840, 113_549, 1, 9, 1],
        text: TextKind::Ia5,
    },
];
