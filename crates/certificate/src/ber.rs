//! A reader of BER: what PKCS#12 and PKCS#7 files are really written in.
//!
//! [X.690](https://www.itu.int/rec/T-REC-X.690) allows indefinite lengths and octet strings in
//! pieces; NSS, BouncyCastle and others use them. Depth is capped, and nothing is copied but
//! octet strings that come in pieces.

use std::borrow::Cow;

/// What a byte sequence was expected to be and is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BerError {
    /// The bytes end inside an element.
    #[error("the data ends in the middle of an element")]
    Truncated,
    /// A length that no file of ours can have.
    #[error("an element has a length that cannot be")]
    Length,
    /// Elements are nested too deeply.
    #[error("elements are nested more than {MAXIMUM_DEPTH} deep")]
    TooDeep,
    /// Another kind of element was expected.
    #[error("tag 0x{found:02X} where 0x{expected:02X} belongs")]
    Tag {
        /// The identifier octet expected.
        expected: u8,
        /// The identifier octet found.
        found: u8,
    },
    /// An element is missing.
    #[error("an element is missing")]
    Missing,
    /// A value that its type does not allow.
    #[error("{what} is malformed")]
    Value {
        /// What the value is.
        what: &'static str,
    },
}

/// Identifier octets.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const BMP_STRING: u8 = 0x1E;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const CONTEXT_0: u8 = 0x80;
    pub(crate) const CONTEXT_0_CONSTRUCTED: u8 = 0xA0;
    pub(crate) const CONSTRUCTED: u8 = 0x20;
}

/// One element: its identifier octet and its contents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// The element with its identifier and length.
    pub(crate) raw: &'a [u8],
    depth: u8,
}

/// Reads elements one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

const MAXIMUM_DEPTH: u8 = 32;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, of whatever kind.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, BerError> {
        if self.rest.is_empty() {
            return Err(BerError::Missing);
        }
        let (element, rest) = parse(self.rest, self.depth)?;
        self.rest = rest;
        Ok(element)
    }

    /// The next element, which must have the identifier octet `tag`.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let element = self.element()?;
        element.is(tag).map(|()| element)
    }

    /// The next element if it has the identifier octet `tag`.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, BerError> {
        if self.rest.first() == Some(&tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// Reads a SEQUENCE's contents.
    pub(crate) fn sequence(&mut self) -> Result<Self, BerError> {
        self.expect(tag::SEQUENCE)?.reader()
    }

    /// Reads an OBJECT IDENTIFIER's contents.
    pub(crate) fn oid(&mut self) -> Result<&'a [u8], BerError> {
        Ok(self.expect(tag::OID)?.content)
    }

    /// Reads a small non-negative INTEGER.
    pub(crate) fn integer(&mut self) -> Result<u64, BerError> {
        self.expect(tag::INTEGER)?.to_integer()
    }

    /// Reads an OCTET STRING, in one piece or in several.
    pub(crate) fn octets(&mut self) -> Result<Cow<'a, [u8]>, BerError> {
        self.element()?.to_octets(tag::OCTET_STRING)
    }
}

impl<'a> Element<'a> {
    pub(crate) fn is(&self, tag: u8) -> Result<(), BerError> {
        if self.tag == tag { Ok(()) } else { Err(BerError::Tag { expected: tag, found: self.tag }) }
    }

    /// Reads the contents of a constructed element.
    pub(crate) fn reader(&self) -> Result<Reader<'a>, BerError> {
        let depth = self.depth + 1;
        if depth > MAXIMUM_DEPTH {
            return Err(BerError::TooDeep);
        }
        Ok(Reader { rest: self.content, depth })
    }

    pub(crate) fn to_integer(self) -> Result<u64, BerError> {
        let digits = match self.content {
            [] => return Err(BerError::Value { what: "an integer" }),
            [first, ..] if first & 0x80 != 0 => {
                return Err(BerError::Value { what: "a number that should not be negative" });
            }
            digits => digits,
        };
        digits.iter().try_fold(0_u64, |value, &digit| {
            if value >> 56 != 0 {
                return Err(BerError::Value { what: "a number" });
            }
            Ok(value << 8 | u64::from(digit))
        })
    }

    /// The bytes of an octet string whose primitive form has the identifier octet `tag`
    /// (OCTET STRING itself, or a context tag that stands for it).
    pub(crate) fn to_octets(self, tag: u8) -> Result<Cow<'a, [u8]>, BerError> {
        if self.tag == tag {
            return Ok(Cow::Borrowed(self.content));
        }
        self.is(tag | tag::CONSTRUCTED)?;
        let mut reader = self.reader()?;
        let mut bytes = Vec::new();
        while !reader.is_empty() {
            bytes.extend_from_slice(&reader.octets()?);
        }
        Ok(Cow::Owned(bytes))
    }
}

/// Splits one element off `bytes`.
fn parse(bytes: &[u8], depth: u8) -> Result<(Element<'_>, &[u8]), BerError> {
    if depth > MAXIMUM_DEPTH {
        return Err(BerError::TooDeep);
    }
    let (&tag, after_tag) = bytes.split_first().ok_or(BerError::Truncated)?;
    if tag & 0x1F == 0x1F {
        return Err(BerError::Value { what: "a tag" });
    }
    let (&first, after_length) = after_tag.split_first().ok_or(BerError::Truncated)?;
    if first == 0x80 {
        return parse_indefinite(bytes, tag, after_length, depth);
    }
    let (length, body) = if first < 0x80 {
        (usize::from(first), after_length)
    } else {
        parse_length(usize::from(first & 0x7F), after_length)?
    };
    if length > body.len() {
        return Err(BerError::Truncated);
    }
    let (content, rest) = body.split_at(length);
    let raw = &bytes[..bytes.len() - rest.len()];
    Ok((Element { tag, content, raw, depth }, rest))
}

fn parse_length(count: usize, bytes: &[u8]) -> Result<(usize, &[u8]), BerError> {
    if count > 8 {
        return Err(BerError::Length);
    }
    if count > bytes.len() {
        return Err(BerError::Truncated);
    }
    let (digits, rest) = bytes.split_at(count);
    let length = digits.iter().fold(0_u64, |value, &digit| value << 8 | u64::from(digit));
    usize::try_from(length).map(|length| (length, rest)).map_err(|_| BerError::Length)
}

/// An element that ends with two zero bytes.
fn parse_indefinite<'a>(
    bytes: &'a [u8],
    tag: u8,
    body: &'a [u8],
    depth: u8,
) -> Result<(Element<'a>, &'a [u8]), BerError> {
    if tag & tag::CONSTRUCTED == 0 {
        return Err(BerError::Length);
    }
    let mut rest = body;
    while !rest.starts_with(&[0, 0]) {
        if rest.is_empty() {
            return Err(BerError::Truncated);
        }
        rest = parse(rest, depth + 1)?.1;
    }
    let content = &body[..body.len() - rest.len()];
    let rest = &rest[2..];
    let raw = &bytes[..bytes.len() - rest.len()];
    Ok((Element { tag, content, raw, depth }, rest))
}

/// An object identifier in dotted form, whatever its bytes are.
pub(crate) fn dotted(oid: &[u8]) -> String {
    let mut text = String::new();
    let mut value: u64 = 0;
    for &byte in oid {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7F);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let first = (value / 40).min(2);
            text = format!("{first}.{}", value - first * 40);
        } else {
            text.push('.');
            text.push_str(&value.to_string());
        }
        value = 0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octet_strings_come_in_pieces() {
        // X.690 §8.7.3.2: constructed, indefinite, one piece of which is constructed itself.
        let bytes = [
            0x24, 0x80, 0x04, 0x02, 0x01, 0x02, 0x24, 0x80, 0x04, 0x01, 0x03, 0, 0, 0x04, 0x00, 0,
            0, 0x05, 0x00,
        ];
        let mut reader = Reader::new(&bytes);
        assert_eq!(*reader.octets().unwrap(), [1, 2, 3]);
        assert_eq!(reader.element().unwrap().tag, tag::NULL);
        assert!(reader.is_empty());
    }

    #[test]
    fn depth_is_capped() {
        let mut bytes = [0x30, 0x80].repeat(10_000);
        bytes.extend([0, 0].repeat(10_000));
        assert_eq!(Reader::new(&bytes).element().unwrap_err(), BerError::TooDeep);
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        for bytes in
            [&[0x04, 0x05, 1][..], &[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], &[0x04], &[0x04, 0x82, 1]]
        {
            assert_eq!(Reader::new(bytes).element().unwrap_err(), BerError::Truncated, "{bytes:?}");
        }
        assert_eq!(Reader::new(&[0x04, 0x89, 1]).element().unwrap_err(), BerError::Length);
        assert_eq!(Reader::new(&[0x04, 0x80, 0, 0]).element().unwrap_err(), BerError::Length);
    }

    #[test]
    fn object_identifiers_print() {
        assert_eq!(dotted(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D]), "1.2.840.113549");
        assert_eq!(dotted(&[0x55, 0x04, 0x03]), "2.5.4.3");
        assert_eq!(dotted(&[]), "");
    }
}
