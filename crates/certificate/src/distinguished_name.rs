//! Distinguished names: [RFC 4514](https://www.rfc-editor.org/rfc/rfc4514) text to and from X.509.

mod attribute;

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::hex;
use attribute::{AttributeType, known};

/// A subject as a user types it: `CN=EXO Reporting,O="Contoso, Inc."`.
///
/// The text is RFC 4514's: the most specific attribute comes first, and a comma, plus sign or
/// backslash inside a value is written with a backslash before it. Quoted values and spaces after
/// commas are understood too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<(AttributeType, String)>);

impl DistinguishedName {
    /// A name of one common name.
    pub fn common_name(value: impl Into<String>) -> Self {
        Self(vec![(AttributeType::find("CN").expect("the table has it"), value.into())])
    }

    /// The value of the common name, if there is one.
    pub fn find_common_name(&self) -> Option<&str> {
        self.0.iter().find(|(kind, _)| kind.name == "CN").map(|(_, value)| value.as_str())
    }

    /// The name in the order in which X.509 has it: the most specific attribute last.
    pub(crate) fn to_rcgen(&self) -> rcgen::DistinguishedName {
        let mut name = rcgen::DistinguishedName::new();
        for (kind, value) in self.0.iter().rev() {
            let dn_type = rcgen::DnType::from_oid(kind.oid);
            name.push(dn_type, kind.value(value).expect("the parser has looked at the value"));
        }
        name
    }
}

/// A text that is no distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// It is empty.
    #[error("the name is empty; write CN=Name")]
    Empty,
    /// A part has no equals sign.
    #[error("\"{part}\" has no equals sign; write CN={part}")]
    NoEqualsSign {
        /// The part.
        part: String,
    },
    /// An attribute that this program does not know.
    #[error("the attribute {name} is not known; known are {}", known())]
    UnknownAttribute {
        /// What was written before the equals sign.
        name: String,
    },
    /// An attribute is there twice.
    #[error("the attribute {name} is there twice")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// An attribute has no value.
    #[error("the attribute {name} has no value")]
    NoValue {
        /// Its name.
        name: &'static str,
    },
    /// A value that X.509 does not allow for its attribute.
    #[error("the attribute {name} cannot have the value \"{value}\"")]
    Value {
        /// The attribute's name.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// A quote or a backslash without its partner.
    #[error("a quote or an escape is not finished")]
    Unfinished,
}

impl FromStr for DistinguishedName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let mut attributes: Vec<(AttributeType, String)> = Vec::new();
        for part in split(text)? {
            let name = part.name.trim();
            if name.is_empty() && part.value.is_none() {
                return Err(InvalidName::Empty);
            }
            let Some(value) = part.value else {
                return Err(InvalidName::NoEqualsSign { part: name.to_owned() });
            };
            let kind = AttributeType::find(name)
                .ok_or_else(|| InvalidName::UnknownAttribute { name: name.to_owned() })?;
            if value.is_empty() {
                return Err(InvalidName::NoValue { name: kind.name });
            }
            if attributes.iter().any(|(other, _)| other.name == kind.name) {
                return Err(InvalidName::Repeated { name: kind.name });
            }
            if kind.value(&value).is_none() {
                return Err(InvalidName::Value { name: kind.name, value });
            }
            attributes.push((kind, value));
        }
        Ok(Self(attributes))
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{}={}", kind.name, escape(value))?;
        }
        Ok(())
    }
}

/// The RFC 4514 text of a name in a certificate.
pub(crate) fn format(name: &X509Name<'_>) -> String {
    let mut sets: Vec<String> = name
        .iter_rdn()
        .map(|set| set.iter().map(format_attribute).collect::<Vec<_>>().join("+"))
        .collect();
    sets.reverse();
    sets.join(",")
}

fn format_attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let value = attribute.attr_value();
    let text = decode(value.tag().0, value.data);
    match (AttributeType::find_oid(&oid), text) {
        (Some(kind), Some(text)) => format!("{}={}", kind.name, escape(&text)),
        (None, Some(text)) => format!("{oid}={}", escape(&text)),
        (_, None) => {
            format!("{oid}=#{}", hex::upper(value.data))
        }
    }
}

/// The ASN.1 string types that names are written in, by tag number.
fn decode(tag: u32, data: &[u8]) -> Option<String> {
    match tag {
        12 | 18 | 19 | 22 | 26 => String::from_utf8(data.to_vec()).ok(),
        // TeletexString: in practice Latin-1.
        20 => Some(data.iter().map(|&byte| char::from(byte)).collect()),
        30 => {
            let units = data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => text.extend(['\\', character]),
            '#' | ' ' if index == 0 => text.extend(['\\', character]),
            ' ' if index == last => text.push_str("\\ "),
            character if character.is_control() => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    write!(text, "\\{byte:02X}").expect("a String takes everything");
                }
            }
            character => text.push(character),
        }
    }
    text
}

#[derive(Default)]
struct Part {
    name: String,
    value: Option<String>,
}

/// Cuts the text at commas and equals signs outside of quotes and escapes.
fn split(text: &str) -> Result<Vec<Part>, InvalidName> {
    let mut parts = Vec::new();
    let mut part = Part::default();
    // Bytes, because an escaped pair of digits is one byte of a UTF-8 sequence.
    let mut value: Vec<u8> = Vec::new();
    let mut kept = 0;
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if part.value.is_none() {
            match character {
                '=' => part.value = Some(String::new()),
                ',' => parts.push(std::mem::take(&mut part)),
                _ => part.name.push(character),
            }
            continue;
        }
        match character {
            // Anywhere else a quote is a character like others.
            '"' if quoted || value.is_empty() => {
                quoted = !quoted;
                kept = value.len();
            }
            '\\' => {
                let escaped = characters.next().ok_or(InvalidName::Unfinished)?;
                let low = characters.peek().and_then(|next| next.to_digit(16));
                if let (Some(high), Some(low)) = (escaped.to_digit(16), low) {
                    characters.next();
                    value.push((high << 4 | low) as u8);
                } else {
                    push(&mut value, escaped);
                }
                kept = value.len();
            }
            ',' if !quoted => {
                part.value = Some(finish(&mut value, &mut kept)?);
                parts.push(std::mem::take(&mut part));
            }
            ' ' if !quoted && value.is_empty() => {}
            ' ' if !quoted => value.push(b' '),
            character => {
                push(&mut value, character);
                kept = value.len();
            }
        }
    }
    if quoted {
        return Err(InvalidName::Unfinished);
    }
    if part.value.is_some() {
        part.value = Some(finish(&mut value, &mut kept)?);
    }
    parts.push(part);
    Ok(parts)
}

fn push(value: &mut Vec<u8>, character: char) {
    value.extend(character.encode_utf8(&mut [0; 4]).bytes());
}

/// Takes the value without the spaces that followed it.
fn finish(value: &mut Vec<u8>, kept: &mut usize) -> Result<String, InvalidName> {
    value.truncate(std::mem::take(kept));
    String::from_utf8(std::mem::take(value)).map_err(|_| InvalidName::Unfinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DistinguishedName, InvalidName> {
        text.parse()
    }

    #[test]
    fn written_forms_come_back_in_one_form() {
        for (text, expected) in [
            ("CN=EXO Reporting", "CN=EXO Reporting"),
            ("cn = EXO Reporting , o=Contoso", "CN=EXO Reporting,O=Contoso"),
            ("CN=a,O=\"Contoso, Inc.\"", "CN=a,O=Contoso\\, Inc."),
            ("CN=a\\,b", "CN=a\\,b"),
            // RFC 4514 §4, the example with an escaped UTF-8 sequence.
            ("CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić"),
            ("CN=\" x \"", "CN=\\ x\\ "),
            ("CN=the \"new\" one", "CN=the \\\"new\\\" one"),
            ("S=Bayern,E=a@b.example", "ST=Bayern,emailAddress=a@b.example"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(parse(""), Err(InvalidName::Empty));
        assert_eq!(
            parse("EXO Reporting"),
            Err(InvalidName::NoEqualsSign { part: "EXO Reporting".to_owned() })
        );
        assert_eq!(parse("CN=a,CN=b"), Err(InvalidName::Repeated { name: "CN" }));
        assert_eq!(parse("CN="), Err(InvalidName::NoValue { name: "CN" }));
        assert_eq!(parse("CN=\"a"), Err(InvalidName::Unfinished));
        assert_eq!(parse("CN=a\\"), Err(InvalidName::Unfinished));
        assert!(matches!(parse("XY=a"), Err(InvalidName::UnknownAttribute { .. })));
        assert!(matches!(parse("CN=a,C=Ü"), Err(InvalidName::Value { .. })));
    }
}
