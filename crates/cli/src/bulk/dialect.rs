//! How a text file is written: byte order mark, separator, line ends, and the lines that some
//! programs put before the header.

use std::io::{self, Read};

/// What the beginning of a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Whether a UTF-8 byte order mark stands in front, as Excel wants it.
    pub(super) bom: bool,
    /// Whether lines end with CR LF.
    pub(super) crlf: bool,
    /// What separates fields: a semicolon where the comma is the decimal sign.
    pub(super) delimiter: u8,
    /// Where the header, or the first row, begins.
    pub(super) start: u64,
}

/// The file is UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utf16;

const BOM: &[u8] = b"\xEF\xBB\xBF";
const SEPARATOR: &[u8] = b"sep=";
/// More than any header line.
const LOOKED_AT: u64 = 256 * 1024;

impl Dialect {
    /// Looks at the beginning of a file.
    pub(super) fn sniff(file: impl Read) -> io::Result<Result<Self, Utf16>> {
        let mut beginning = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut beginning)?;
        Ok(Self::of(&beginning))
    }

    fn of(beginning: &[u8]) -> Result<Self, Utf16> {
        if beginning.starts_with(b"\xFF\xFE") || beginning.starts_with(b"\xFE\xFF") {
            return Err(Utf16);
        }
        let bom = beginning.starts_with(BOM);
        let mut start = if bom { BOM.len() } else { 0 };
        let mut named = None;
        let mut line = first_line(&beginning[start..]);
        // `Export-Csv` of Windows PowerShell writes the type first, Excel may name the separator.
        while is_prologue(line) {
            named = line.strip_prefix(SEPARATOR).map(|rest| rest[0]).or(named);
            start += line.len();
            line = first_line(&beginning[start..]);
        }
        let delimiter = named.unwrap_or_else(|| delimiter(line));
        Ok(Self { bom, crlf: line.ends_with(b"\r\n"), delimiter, start: start as u64 })
    }
}

/// The first line with its end; a line break in quotes does not end it.
fn first_line(text: &[u8]) -> &[u8] {
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return &text[..=at],
            _ => {}
        }
    }
    text
}

/// Whether the line stands before the header: a type, or a separator and nothing else.
fn is_prologue(line: &[u8]) -> bool {
    match line.strip_prefix(SEPARATOR) {
        Some([b'\r' | b'\n', ..]) => false,
        Some([_, rest @ ..]) => rest.trim_ascii().is_empty(),
        _ => line.starts_with(b"#TYPE "),
    }
}

/// The separator that the header has most of outside of quotes.
fn delimiter(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && byte == delimiter);
        }
    }
    // Of equals the last counts: the comma, which a file with one column has too.
    let most = counts.iter().max_by_key(|(_, count)| *count);
    most.expect("there are three").0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (bool, bool, char, u64) {
        let dialect = Dialect::of(text.as_bytes()).unwrap();
        (dialect.bom, dialect.crlf, dialect.delimiter as char, dialect.start)
    }

    #[test]
    fn the_header_line_tells_the_separator() {
        assert_eq!(of("Mail,Name\nx;y;z,a\n"), (false, false, ',', 0));
        assert_eq!(of("\u{feff}Mail;Name\r\na,b;c\r\n"), (true, true, ';', 3));
        assert_eq!(of("Mail\tName\n"), (false, false, '\t', 0));
        assert_eq!(of("\"a;b;c\",Name\n"), (false, false, ',', 0));
        assert_eq!(of("\"a\nb;\",Name"), (false, false, ',', 0));
        assert_eq!(of("Mail\n"), (false, false, ',', 0));
        assert_eq!(of(""), (false, false, ',', 0));
    }

    #[test]
    fn lines_before_the_header_are_passed_over() {
        assert_eq!(of("#TYPE System.Object\r\n\"A\",\"B\"\r\n"), (false, true, ',', 21));
        assert_eq!(of("\u{feff}sep=;\nA\n"), (true, false, ';', 9));
        assert_eq!(of("sep=\t\nA,B\n"), (false, false, '\t', 6));
        assert_eq!(of("#Type,B\n"), (false, false, ',', 0));
    }

    #[test]
    fn utf16_is_told_from_utf8() {
        assert_eq!(Dialect::of(b"\xFF\xFEM\0"), Err(Utf16));
        assert_eq!(Dialect::of(b"\xFE\xFF\0M"), Err(Utf16));
    }
}
