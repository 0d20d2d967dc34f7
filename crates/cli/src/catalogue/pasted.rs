//! Text that somebody pasted: which rows it is, and what it names.
//!
//! It may be a line of a log, an error of exoctl, or a whole error record of PowerShell with its
//! gutter, its position and its colours, broken into lines anywhere.

use super::{ADMINISTRATOR, Entry, FILES, Known, SECTIONS, entries};

/// What a text turned out to be.
#[derive(Debug)]
pub(crate) struct Pasted {
    /// Rows that it is, the one that says most first; the same code may mean something else to a
    /// human who signs in.
    pub(crate) entries: Vec<&'static Entry>,
    /// Codes of Entra that the catalogue does not have.
    pub(crate) unknown: Vec<String>,
    /// What it names, by what that is: `correlation id`, `application`, `thumbprint`.
    pub(crate) named: Vec<(&'static str, String)>,
}

impl Pasted {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let text = one_line(text);
        let codes = entra_codes(&text);
        let mut entries: Vec<&'static Entry> = Vec::new();
        let mut unknown = Vec::new();
        if let Some(ours) = in_brackets(&text) {
            entries.extend(super::entries().filter(|entry| entry.code == ours.code));
            return Self { entries, unknown, named: named(&text) };
        }
        for code in &codes {
            let before = entries.len();
            entries.extend(super::entries().filter(|entry| entry.code == *code));
            if entries.len() == before {
                unknown.push(code.clone());
            }
        }
        if entries.is_empty() {
            entries.extend(by_name(&text).or_else(|| by_words(&text)));
        }
        Self { entries, unknown, named: named(&text) }
    }

    /// What fixes can be filled in with.
    pub(crate) fn known(&self) -> Known {
        let name = |what: &str| {
            Some(match what {
                "application" => "app-id",
                "thumbprint" => "thumbprint",
                "organization" => "organization",
                "cmdlet" => "cmdlet",
                _ => return None,
            })
        };
        self.named.iter().fold(Known::default(), |known, (what, value)| match name(what) {
            Some(name) => known.with(name, value),
            None => known,
        })
    }
}

impl Entry {
    /// Whether the row is about a human's sign-in.
    pub(crate) fn is_for_administrator(&self) -> bool {
        let place = FILES.iter().position(|file| *file == ADMINISTRATOR);
        let rows = place.map(|place| &SECTIONS[place].rows);
        rows.is_some_and(|rows| rows.iter().any(|row| std::ptr::eq(row, self)))
    }
}

/// Without colours, gutters and line ends: words with one space between them.
fn one_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in without_escapes(text).lines() {
        // PowerShell 7 draws a line at the left, and below what is wrong a row of waves.
        let line = line.trim().trim_start_matches('|').trim_start_matches('+');
        if line.chars().any(|c| c != '~' && c != ' ') {
            plain.push_str(line);
            plain.push(' ');
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// ECMA-48 control sequences taken out: `ESC [ … letter`, and the caret form that logs have.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.find(|c: char| ('@'..='~').contains(&c));
            rest = end.map_or("", |end| &sequence[end + 1..]);
        }
    }
    plain.push_str(rest);
    plain
}

fn entra_codes(text: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let upper = text.to_ascii_uppercase();
    for (at, mark) in upper.match_indices("AADSTS") {
        let digits = upper[at + mark.len()..].chars().take_while(char::is_ascii_digit);
        let code = format!("AADSTS{}", digits.collect::<String>());
        if code.len() > mark.len() && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// The row that an error of exoctl names: `Cause [exchange-403]: …`.
fn in_brackets(text: &str) -> Option<&'static Entry> {
    entries().find(|entry| text.contains(&format!("Cause [{}]", entry.code)))
}

/// One of exoctl's own names.
fn by_name(text: &str) -> Option<&'static Entry> {
    let words = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let is_there = |name: &str| text.split(words).any(|word| word.eq_ignore_ascii_case(name));
    entries().find(|entry| entry.code.contains('-') && is_there(&entry.code))
}

/// The row with the longest of its texts in this one.
fn by_words(text: &str) -> Option<&'static Entry> {
    let text = text.to_lowercase();
    let longest = |entry: &&'static Entry| {
        let fits = entry.says.iter().filter(|says| text.contains(&says.to_lowercase()));
        fits.map(String::len).max().unwrap_or(0)
    };
    // Of several that fit as well, the first row.
    let best = entries().map(|entry| longest(&entry)).max().filter(|longest| *longest > 0)?;
    entries().find(|entry| longest(entry) == best)
}

const GUID: usize = 36;

/// What the text names, each kind once.
fn named(text: &str) -> Vec<(&'static str, String)> {
    let lower = text.to_lowercase();
    let after = |labels: &[&str]| {
        let tails =
            labels.iter().filter_map(|label| Some(&text[lower.find(label)? + label.len()..]));
        tails.map(|tail| tail.trim_start_matches(|c: char| " \"':=[*".contains(c))).find_map(guid)
    };
    let found = [
        (
            "correlation id",
            after(&["correlation id", "correlation_id", "correlationid", "correlation "]),
        ),
        ("trace id", after(&["trace id", "trace_id", "traceid", "trace "])),
        ("request id", after(&["requestid", "request-id", "request id", "reference: request "])),
        ("timestamp", timestamp(text, &lower)),
        (
            "application",
            after(&[
                "application with identifier",
                "client application",
                "app id",
                "-app ",
                "appid",
                "application id",
                "for app",
                "added to app",
                "application",
            ]),
        ),
        ("thumbprint", thumbprint(text)),
        ("tenant", after(&["tenantid", "tenant id", "in the tenant", "tenant", "directory"])),
        ("organization", organization(text)),
        ("cmdlet", cmdlet(text)),
    ];
    found.into_iter().filter_map(|(what, value)| Some((what, value?))).collect()
}

fn guid(text: &str) -> Option<String> {
    let text = text.get(..GUID)?;
    text.parse::<uuid::Uuid>().ok().map(|_| text.to_lowercase())
}

fn timestamp(text: &str, lower: &str) -> Option<String> {
    let at = lower.find("timestamp")? + "timestamp".len();
    let rest = text[at..].trim_start_matches(|c: char| " \"':=".contains(c));
    let end = rest.find(['Z', ']', '"', '\'', ',']).unwrap_or(rest.len()).min(40);
    let zulu = usize::from(rest[end..].starts_with('Z'));
    let value = rest.get(..end + zulu)?.trim();
    value.starts_with(|c: char| c.is_ascii_alphanumeric()).then(|| value.to_owned())
}

/// Forty hexadecimal digits.
fn thumbprint(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut thumbprints =
        words.filter(|word| word.len() == 40 && word.chars().all(|c| c.is_ascii_hexdigit()));
    thumbprints.next().map(str::to_uppercase)
}

fn organization(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
    let is_initial = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        lower.ends_with(".onmicrosoft.com") || lower.ends_with(".onmicrosoft.us")
    };
    words.find(is_initial).map(str::to_owned)
}

/// The first word that is made as cmdlets' names are, other than what connects.
fn cmdlet(text: &str) -> Option<String> {
    const VERBS: [&str; 11] = [
        "Get", "Set", "New", "Remove", "Add", "Enable", "Disable", "Search", "Test", "Start",
        "Update",
    ];
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_cmdlet = |word: &&str| {
        let Some((verb, noun)) = word.split_once('-') else { return false };
        VERBS.contains(&verb) && noun.starts_with(|c: char| c.is_ascii_uppercase())
    };
    words.find(is_cmdlet).map(str::to_owned)
}
