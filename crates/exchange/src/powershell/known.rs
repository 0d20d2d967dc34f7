//! Parameters that are known: a cmdlet's own and the common ones, found by name, alias or
//! beginning.

use super::error::Fault;

/// A parameter of a cmdlet, as far as the command line needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownParameter {
    /// Its name as the module spells it.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What it takes.
    pub expected: Expected,
    /// Its position without a name, from 0.
    pub position: Option<u32>,
}

impl KnownParameter {
    /// A parameter without aliases and position.
    pub fn new(name: impl Into<String>, expected: Expected) -> Self {
        Self { name: name.into(), aliases: Vec::new(), expected, position: None }
    }
}

/// What a parameter takes, by its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// Not known: words that are numbers become numbers, commas separate.
    #[default]
    Any,
    /// `[switch]`: no value, or one after a colon.
    Switch,
    /// `[bool]`.
    Boolean,
    /// `[string]`: a word stays as it was written, digits and commas included.
    Text,
    /// Like [`Expected::Text`], and brackets, `$true` and quotes inside stay too: filters.
    Verbatim,
    /// `[string[]]`: commas separate, digits stay as they were written.
    TextList,
    /// `[int]`, `[long]` and their like.
    Number,
    /// `[datetime]`.
    DateTime,
    /// `[securestring]` or `[pscredential]`: never on a command line.
    Secret,
}

impl Expected {
    /// What a parameter of that name takes when nothing else is known: filters, free text, and
    /// the secrets of the module's list.
    pub fn by_name(name: &str) -> Self {
        /// Parameters that the module encrypts.
        const SECRETS: [&str; 12] = [
            "Password",
            "RoomMailboxPassword",
            "SmtpPassword",
            "OAuthCode",
            "AccessToken",
            "RefreshToken",
            "TokenSecret",
            "Credential",
            "Credentials",
            "RemoteCredential",
            "OnPremisesCredentials",
            "TenantCredentials",
        ];
        /// Free text, where a comma is a comma.
        const TEXTS: [&str; 14] = [
            "DisplayName",
            "SimpleDisplayName",
            "Name",
            "Notes",
            "Comment",
            "Comments",
            "Description",
            "Title",
            "InternalMessage",
            "ExternalMessage",
            "MailTip",
            "Subject",
            "ApplyHtmlDisclaimerText",
            "RejectMessageReasonText",
        ];
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        let lower = name.to_ascii_lowercase();
        match () {
            () if SECRETS.iter().any(&is) => Self::Secret,
            () if lower.ends_with("filter") || lower.ends_with("query") => Self::Verbatim,
            () if TEXTS.iter().any(is) => Self::Text,
            () => Self::Any,
        }
    }

    /// Whether it takes a value at all.
    pub(super) fn is_switch(self) -> bool {
        self == Self::Switch
    }
}

/// The common parameters with their aliases (about_CommonParameters).
pub(super) const COMMON: [(&str, &str, Expected); 14] = [
    ("Verbose", "vb", Expected::Switch),
    ("Debug", "db", Expected::Switch),
    ("WhatIf", "wi", Expected::Switch),
    ("Confirm", "cf", Expected::Switch),
    ("ErrorAction", "ea", Expected::Text),
    ("WarningAction", "wa", Expected::Text),
    ("InformationAction", "infa", Expected::Text),
    ("ProgressAction", "proga", Expected::Text),
    ("ErrorVariable", "ev", Expected::Text),
    ("WarningVariable", "wv", Expected::Text),
    ("InformationVariable", "iv", Expected::Text),
    ("OutVariable", "ov", Expected::Text),
    ("OutBuffer", "ob", Expected::Number),
    ("PipelineVariable", "pv", Expected::Text),
];

/// Finds a parameter as PowerShell does: its whole name or alias first, then the only one that
/// begins so. Without a list of known ones every name is one, common names aside.
pub(super) fn find(
    known: Option<&[KnownParameter]>,
    written: &str,
) -> Result<(String, Expected), Fault> {
    let own = known.unwrap_or_default();
    let matches = |name: &str| name.eq_ignore_ascii_case(written);
    let whole = own.iter().find(|p| matches(&p.name) || p.aliases.iter().any(|a| matches(a)));
    if let Some(parameter) = whole {
        return Ok((parameter.name.clone(), refined(parameter)));
    }
    if let Some((name, _, expected)) = COMMON.iter().find(|(n, a, _)| matches(n) || matches(a)) {
        return Ok(((*name).to_owned(), *expected));
    }
    if known.is_none() {
        return Ok((written.to_owned(), Expected::by_name(written)));
    }
    let mut candidates: Vec<(&str, Expected)> = own
        .iter()
        .filter(|p| begins(&p.name, written) || p.aliases.iter().any(|a| begins(a, written)))
        .map(|p| (p.name.as_str(), refined(p)))
        .collect();
    for (name, _, expected) in COMMON.iter().filter(|(name, _, _)| begins(name, written)) {
        if !candidates.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            candidates.push((name, *expected));
        }
    }
    match candidates.as_slice() {
        [(name, expected)] => Ok(((*name).to_owned(), *expected)),
        [] => Err(Fault::UnknownParameter {
            name: written.to_owned(),
            nearest: nearest(written, own.iter().map(|parameter| parameter.name.as_str())),
        }),
        several => Err(Fault::AmbiguousParameter {
            name: written.to_owned(),
            candidates: several.iter().map(|(name, _)| (*name).to_owned()).collect(),
        }),
    }
}

/// The parameter at a position; without a list of known ones the first is `Identity`.
pub(super) fn at_position(
    known: Option<&[KnownParameter]>,
    position: u32,
) -> Option<(String, Expected)> {
    match known {
        None => (position == 0).then(|| ("Identity".to_owned(), Expected::Any)),
        Some(known) => known
            .iter()
            .find(|parameter| parameter.position == Some(position))
            .map(|parameter| (parameter.name.clone(), refined(parameter))),
    }
}

/// Up to three names that look like the one written, the nearest first.
pub fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    if written.len() > 64 {
        return Vec::new();
    }
    let written = written.to_ascii_lowercase();
    let most = (written.chars().count() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = names
        .map(|name| (distance(&written, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// Filters stay verbatim and free text stays whole even where the module calls them objects.
fn refined(parameter: &KnownParameter) -> Expected {
    match (parameter.expected, Expected::by_name(&parameter.name)) {
        (Expected::Any | Expected::Text, Expected::Verbatim) => Expected::Verbatim,
        (Expected::Any, Expected::Text) => Expected::Text,
        (expected, _) => expected,
    }
}

fn begins(name: &str, written: &str) -> bool {
    name.get(..written.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(written))
}

/// How many letters must be added, taken, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox() -> Vec<KnownParameter> {
        let mut filter = KnownParameter::new("Filter", Expected::Any);
        filter.aliases.push("flt".into());
        vec![
            KnownParameter::new("Identity", Expected::Any),
            KnownParameter::new("IncludeInactiveMailbox", Expected::Switch),
            KnownParameter::new("ResultSize", Expected::Any),
            KnownParameter::new("RecipientTypeDetails", Expected::TextList),
            KnownParameter::new("Result", Expected::Any),
            filter,
        ]
    }

    fn found(written: &str) -> Result<String, Fault> {
        find(Some(&mailbox()), written).map(|(name, _)| name)
    }

    /// about_Parameters: a name may be shortened as long as it stays unambiguous.
    #[test]
    fn a_beginning_stands_for_the_only_parameter_that_has_it() {
        assert_eq!(found("id").unwrap(), "Identity");
        assert_eq!(found("RECIP").unwrap(), "RecipientTypeDetails");
        assert_eq!(found("FLT").unwrap(), "Filter");
        assert_eq!(found("result").unwrap(), "Result", "a whole name wins over a beginning");
        assert_eq!(found("ea").unwrap(), "ErrorAction");
        assert_eq!(found("wh").unwrap(), "WhatIf");
    }

    #[test]
    fn an_ambiguous_beginning_lists_what_it_may_stand_for() {
        let error = found("i").unwrap_err();
        assert_eq!(
            error.to_string(),
            "-i may stand for -Identity, -IncludeInactiveMailbox, -InformationAction, -InformationVariable"
        );
    }

    #[test]
    fn an_unknown_name_brings_its_neighbours() {
        let Err(Fault::UnknownParameter { nearest, .. }) = found("Idnetity") else { panic!() };
        assert_eq!(nearest, ["Identity"]);
        let Err(Fault::UnknownParameter { nearest, .. }) = found("Zzz") else { panic!() };
        assert!(nearest.is_empty());
    }

    #[test]
    fn distances_are_damerau_levenshtein() {
        let table =
            [("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3), ("same", "same", 0)];
        for (a, b, expected) in table {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
