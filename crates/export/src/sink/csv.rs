//! Fields of RFC 4180.

/// The end of a record.
pub(super) const END: &[u8] = b"\r\n";

/// A field in quotes.
pub(super) fn quoted(text: &str, to: &mut Vec<u8>) {
    to.push(b'"');
    let (text, mut done) = (text.as_bytes(), 0);
    for quote in memchr::memchr_iter(b'"', text) {
        to.extend_from_slice(&text[done..=quote]);
        done = quote;
    }
    to.extend_from_slice(&text[done..]);
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
