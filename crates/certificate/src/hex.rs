//! Bytes as hexadecimal digits.

/// Two upper-case digits a byte.
pub(crate) fn upper(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 0x0F)]).collect()
}
