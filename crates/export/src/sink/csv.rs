//! Fields of RFC 4180.

/// The end of a record.
pub(super) const END: &[u8] = b"\r\n";

/// A field in quotes.
pub(super) fn quoted(text: &str, to: &mut Vec<u8>) {
    to.push(b'"');
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            to.extend_from_slice(b"\"\"");
        }
        to.extend_from_slice(part.as_bytes());
    }
    to.push(b'"');
}

/// A field in quotes only where it needs them.
pub(super) fn field(text: &str, to: &mut Vec<u8>) {
    if text.bytes().any(|byte| matches!(byte, b'"' | b',' | b'\r' | b'\n')) {
        quoted(text, to);
    } else {
        to.extend_from_slice(text.as_bytes());
    }
}
