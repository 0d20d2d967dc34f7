//! Takes secrets out of lines: those that are known, and what looks like one.

use std::ops::Range;

use super::secrets::{REMOVED, Secrets};

/// Reads the lines of one stream, in order: a key in PEM is more than one.
#[derive(Clone, Debug)]
pub(crate) struct Redaction {
    secrets: Secrets,
    /// How many more lines a key can have that has begun and not ended.
    key_lines: u32,
}

impl Redaction {
    /// With these known secrets, and those that are added to them later.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, key_lines: 0 }
    }

    /// A line without its secrets; `None` for a line within a key.
    pub(crate) fn line(&mut self, line: &str) -> Option<String> {
        if self.key_lines > 0 {
            self.key_lines = if line.contains(KEY_END) { 0 } else { self.key_lines - 1 };
            return None;
        }
        let (line, rest) = match line.find(KEY_BEGIN) {
            Some(at) if line[at..].contains(KEY) => line.split_at(at),
            _ => (line, ""),
        };
        // A key in one line, its line breaks written as \n, ends there.
        let last = rest.rfind(KEY_BEGIN).map(|at| &rest[at..]);
        if last.is_some_and(|last| !last.contains(KEY_END)) {
            self.key_lines = LONGEST_KEY;
        }
        let mut text = without_patterns(&self.secrets.remove_from(line));
        if !rest.is_empty() {
            text.push_str(REMOVED);
        }
        Some(text)
    }
}

/// A text without what looks like a token, a key or a signature.
fn without_patterns(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = next_secret(text, at) {
        kept.push_str(&text[at..found.start]);
        kept.push_str(REMOVED);
        at = found.end;
    }
    kept.push_str(&text[at..]);
    kept
}

/// Where the next secret is, from a place on.
fn next_secret(text: &str, from: usize) -> Option<Range<usize>> {
    let places = text[from..].char_indices().map(|(at, _)| from + at);
    places.into_iter().find_map(|at| {
        let (before, rest) = (text[..at].chars().next_back(), &text[at..]);
        let begins = !before.is_some_and(|c| c.is_ascii_alphanumeric());
        token(rest).or_else(|| begins.then(|| named(rest)).flatten()).map(|found| {
            let Range { start, end } = found;
            at + start..at + end
        })
    })
}

/// A JSON Web Token, RFC 7519: its header is an object, `{"`, which is `eyJ` in base64url.
fn token(text: &str) -> Option<Range<usize>> {
    if !text.starts_with("eyJ") {
        return None;
    }
    let length = run(text, |c| c.is_ascii_alphanumeric() || "-_.=".contains(c));
    (length >= 20).then_some(0..length)
}

/// The value behind a name: a header of RFC 6750, a parameter of an address or a form.
fn named(text: &str) -> Option<Range<usize>> {
    for name in NAMES {
        let Some(head) = text.get(..name.len()) else { continue };
        if !head.eq_ignore_ascii_case(name) {
            continue;
        }
        let value = &text[name.len()..];
        let (length, least) = if name.ends_with('=') {
            (run(value, |c| !c.is_whitespace() && !"&\"'<>;,".contains(c)), 1)
        } else {
            (run(value, |c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c)), 16)
        };
        if length >= least {
            return Some(name.len()..name.len() + length);
        }
    }
    None
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

const NAMES: [&str; 7] = [
    "Bearer ",
    "sig=",
    "access_token=",
    "refresh_token=",
    "client_secret=",
    "client_assertion=",
    "assertion=",
];
const KEY_BEGIN: &str = "-----BEGIN ";
const KEY: &str = "PRIVATE KEY-----";
const KEY_END: &str = "-----END ";
/// RSA with 16,384 bits has 200 lines of 64 characters.
const LONGEST_KEY: u32 = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> String {
        let secrets = Secrets::default();
        secrets.add("Correct-Horse-77".into());
        secrets.add("short".into());
        let mut redaction = Redaction::new(secrets);
        text.lines().filter_map(|line| redaction.line(line)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn secrets_are_taken_out_and_the_rest_stays() {
        // The JWT is that of RFC 7519 section 3.1, the signature one of a documented SAS.
        let jwt = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for (given, kept) in [
            ("nothing to see", "nothing to see"),
            ("my password is Correct-Horse-77!", "my password is ***!"),
            ("a short word", "a short word"),
            (&format!("token={jwt} end"), "token=*** end"),
            (
                &format!("{{\"access_token\":\"{jwt}\",\"x\":1}}"),
                "{\"access_token\":\"***\",\"x\":1}",
            ),
            (&format!("x{jwt}"), "x***"),
            ("Authorization: Bearer 0123456789abcdef/+==", "Authorization: Bearer ***"),
            ("authorization: bearer 0123456789abcdef", "authorization: bearer ***"),
            ("a bearer of news", "a bearer of news"),
            (
                "https://x.blob.core.windows.net/a?sv=2022&sig=Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D&se=1",
                "https://x.blob.core.windows.net/a?sv=2022&sig=***&se=1",
            ),
            ("client_secret=abc~def&grant_type=x", "client_secret=***&grant_type=x"),
            ("design=new", "design=new"),
            ("eyJust a name", "eyJust a name"),
            ("größer ßig=1 é", "größer ßig=1 é"),
        ] {
            assert_eq!(lines(given), kept, "{given}");
        }
    }

    #[test]
    fn a_key_is_taken_out_with_all_its_lines() {
        let key =
            "see:-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----\nafter";
        assert_eq!(lines(key), "see:***\nafter");
        assert_eq!(
            lines("k=-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----"),
            "k=***"
        );
        let both = "-----BEGIN CERTIFICATE-----\\nMII\\n-----END CERTIFICATE-----\\n-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nafter";
        assert_eq!(lines(both), "***\nafter");
        let endless = format!("-----BEGIN PRIVATE KEY-----\n{}after", "MII\n".repeat(400));
        assert_eq!(lines(&endless), "***\nafter", "one that never ends does not hide the rest");
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert_eq!(lines(certificate), certificate, "a certificate is public");
    }
}
