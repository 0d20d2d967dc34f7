//! Writing DER: definite lengths, shortest form.

use crate::ber::tag;

/// One element of contents `content`.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 6);
    bytes.push(tag);
    push_length(&mut bytes, content.len());
    bytes.extend_from_slice(content);
    bytes
}

/// A constructed element of the given elements.
pub(crate) fn constructed(tag: u8, elements: &[&[u8]]) -> Vec<u8> {
    let length = elements.iter().map(|element| element.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    push_length(&mut bytes, length);
    for element in elements {
        bytes.extend_from_slice(element);
    }
    bytes
}

pub(crate) fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, elements)
}

/// A SET OF. The elements must come in DER's order if there are several.
pub(crate) fn set(elements: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SET, elements)
}

/// `[0] EXPLICIT`.
pub(crate) fn explicit_0(element: &[u8]) -> Vec<u8> {
    self::element(tag::CONTEXT_0_CONSTRUCTED, element)
}

pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    element(tag::OID, content)
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(tag::OCTET_STRING, content)
}

pub(crate) fn null() -> Vec<u8> {
    element(tag::NULL, &[])
}

pub(crate) fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|&&byte| byte == 0).count();
    let digits = &bytes[zeros..];
    if digits[0] & 0x80 == 0 {
        return element(tag::INTEGER, digits);
    }
    element(tag::INTEGER, &[&[0], digits].concat())
}

/// A BMPString: UTF-16, big-endian.
pub(crate) fn bmp_string(text: &str) -> Vec<u8> {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    element(tag::BMP_STRING, &bytes)
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    if let Ok(short @ 0..=0x7F) = u8::try_from(length) {
        bytes.push(short);
        return;
    }
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|&&byte| byte == 0).count();
    bytes.push(0x80 | (digits.len() - zeros) as u8);
    bytes.extend_from_slice(&digits[zeros..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_positive_and_short() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(integer(2000), [2, 2, 0x07, 0xD0]);
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!(octets(&[0; 127])[..2], [4, 127]);
        assert_eq!(octets(&[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octets(&[0; 256])[..4], [4, 0x82, 1, 0]);
    }
}
