//! A cmdlet with its parameters, as PowerShell writes them on one line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::place::{RunPlace, Template};
use crate::promise::Kind;

/// A line such as `Get-Mailbox -ResultSize Unlimited -Filter "City -eq 'Köln'"`. It is split
/// into arguments where PowerShell would, and quotes stay with them: the cmdlet's own reader
/// understands them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CmdletLine {
    text: String,
    words: Vec<Template>,
}

/// A line that is no cmdlet with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCmdletLine {
    /// It does not begin with a cmdlet's name.
    #[error("{0:?} is no cmdlet's name, which is a verb, a hyphen and a noun: Get-Mailbox")]
    Name(String),
    /// A quote or a bracket without its other half.
    #[error("{0} is not closed")]
    Open(char),
    /// A pipeline, a variable's assignment, several statements.
    #[error(
        "{0:?} is PowerShell's; a step is one cmdlet with its parameters, and more than that is a script: `program` with `pwsh = true`"
    )]
    Script(char),
    /// Runs are signed in by their profile.
    #[error("a run signs in as its profile says; {0} is not needed")]
    SignIn(String),
    /// An option that the job file has a key for.
    #[error("{option} is said by {key} in the job file")]
    Option {
        /// The option.
        option: String,
        /// The key.
        key: &'static str,
    },
}

/// Verbs of cmdlets that look and do not touch, as `exoctl-exchange` judges them too.
const READS: [&str; 10] =
    ["Get", "Test", "Search", "Find", "Measure", "Compare", "Check", "Validate", "Resolve", "Read"];

/// Verbs of cmdlets that bring about a state that the parameters describe.
const STATES: [&str; 6] = ["Set", "Enable", "Disable", "Update", "Grant", "Revoke"];

impl CmdletLine {
    /// The line as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The cmdlet's name.
    pub fn name(&self) -> &str {
        self.words[0].as_str()
    }

    pub(super) fn kind(&self) -> Kind {
        let verb = self.name().split_once('-').map_or("", |(verb, _)| verb);
        let is_in = |verbs: &[&str]| verbs.iter().any(|one| one.eq_ignore_ascii_case(verb));
        match () {
            () if is_in(&READS) => Kind::CmdletRead,
            () if is_in(&STATES) => Kind::CmdletState,
            () => Kind::CmdletOnce,
        }
    }

    pub(super) fn arguments(&self, place: &RunPlace<'_>, line: &mut Vec<String>) {
        line.extend(self.words.iter().map(|word| word.fill(place)));
    }
}

impl FromStr for CmdletLine {
    type Err = InvalidCmdletLine;

    fn from_str(text: &str) -> Result<Self, InvalidCmdletLine> {
        let words = split(text)?;
        let name = words.first().map(String::as_str).unwrap_or_default();
        if !is_cmdlet(name) {
            return Err(InvalidCmdletLine::Name(name.to_owned()));
        }
        let is_sign_in = |verb: &&str| {
            name.split_once('-').is_some_and(|(first, noun)| {
                first.eq_ignore_ascii_case(verb)
                    && ["ExchangeOnline", "IPPSSession"]
                        .iter()
                        .any(|own| own.eq_ignore_ascii_case(noun))
            })
        };
        if ["Connect", "Disconnect"].iter().any(is_sign_in) {
            return Err(InvalidCmdletLine::SignIn(name.to_owned()));
        }
        for word in &words {
            let option = word.split('=').next().unwrap_or_default();
            let key = match option {
                "-o" | "--output" => "`format` and `output`",
                "--profile" => "`profile`",
                _ => continue,
            };
            return Err(InvalidCmdletLine::Option { option: option.to_owned(), key });
        }
        let words = words.iter().map(|word| Template::lenient(word)).collect();
        Ok(Self { text: text.trim().to_owned(), words })
    }
}

fn is_cmdlet(name: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    name.split_once('-').is_some_and(|(verb, noun)| word(verb) && word(noun))
}

/// Splits at white space that is not in quotes or brackets. A backtick takes the sense of the
/// sign after it.
fn split(text: &str) -> Result<Vec<String>, InvalidCmdletLine> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut open: Vec<char> = Vec::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        let quote = open.last().copied().filter(|open| matches!(open, '"' | '\''));
        match sign {
            '`' if quote != Some('\'') => {
                word.push(sign);
                word.extend(signs.next());
                continue;
            }
            _ if quote == Some(sign) => drop(open.pop()),
            _ if quote.is_some() => {}
            '"' | '\'' | '{' | '(' | '[' => open.push(sign),
            '}' | ')' | ']' if open.last() == Some(&opposite(sign)) => drop(open.pop()),
            '|' | ';' | '\n' if open.is_empty() && !is_blank(sign, text) => {
                return Err(InvalidCmdletLine::Script(sign));
            }
            _ if sign.is_whitespace() && open.is_empty() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        word.push(sign);
    }
    if let Some(sign) = open.first() {
        return Err(InvalidCmdletLine::Open(*sign));
    }
    words.extend((!word.is_empty()).then_some(word));
    Ok(words)
}

/// A line's end at the end of the text, as TOML's strings of several lines have it.
fn is_blank(sign: char, text: &str) -> bool {
    sign == '\n' && text.trim_end().lines().count() <= 1
}

const fn opposite(closing: char) -> char {
    match closing {
        '}' => '{',
        ')' => '(',
        _ => '[',
    }
}

impl TryFrom<String> for CmdletLine {
    type Error = InvalidCmdletLine;

    fn try_from(text: String) -> Result<Self, InvalidCmdletLine> {
        text.parse()
    }
}

impl From<CmdletLine> for String {
    fn from(line: CmdletLine) -> Self {
        line.text
    }
}

impl fmt::Display for CmdletLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_where_powershell_splits_it() {
        let words = |text: &str| split(text).unwrap().join("·");
        assert_eq!(words("Get-Mailbox -ResultSize Unlimited"), "Get-Mailbox·-ResultSize·Unlimited");
        assert_eq!(
            words(r#"Get-Recipient -Filter "City -eq 'Bad Homburg'" -Properties A,B"#),
            r#"Get-Recipient·-Filter·"City -eq 'Bad Homburg'"·-Properties·A,B"#
        );
        assert_eq!(
            words("Set-Mailbox a -EmailAddresses @{Add = 'x y'} -Confirm:$false"),
            "Set-Mailbox·a·-EmailAddresses·@{Add = 'x y'}·-Confirm:$false"
        );
        assert_eq!(words("Get-Mailbox a` b (Get-Date 1)"), "Get-Mailbox·a` b·(Get-Date 1)");
        assert_eq!(words("Get-Mailbox 'it''s; | fine'"), "Get-Mailbox·'it''s; | fine'");
    }

    #[test]
    fn what_is_no_cmdlet_with_parameters_is_refused() {
        let fault = |text: &str| text.parse::<CmdletLine>().unwrap_err();
        assert_eq!(fault("Get-Mailbox | Export-Csv x"), InvalidCmdletLine::Script('|'));
        assert_eq!(fault("Get-Mailbox; Get-User"), InvalidCmdletLine::Script(';'));
        assert_eq!(fault("Get-Mailbox 'a"), InvalidCmdletLine::Open('\''));
        assert_eq!(fault("Set-Mailbox @{Add='a'"), InvalidCmdletLine::Open('{'));
        assert!(matches!(fault("mailboxes"), InvalidCmdletLine::Name(_)));
        assert!(matches!(fault(""), InvalidCmdletLine::Name(_)));
        assert!(matches!(fault("connect-exchangeonline -AppId x"), InvalidCmdletLine::SignIn(_)));
        assert!(matches!(fault("Get-Mailbox -o csv"), InvalidCmdletLine::Option { .. }));
        assert!(matches!(fault("Get-Mailbox --output=csv"), InvalidCmdletLine::Option { .. }));
    }

    #[test]
    fn verbs_say_what_is_promised() {
        let kind = |text: &str| text.parse::<CmdletLine>().unwrap().kind();
        for read in ["Get-Mailbox", "search-unifiedauditlog", "Test-ServicePrincipalAuthorization"]
        {
            assert_eq!(kind(read), Kind::CmdletRead, "{read}");
        }
        assert_eq!(kind("Set-Mailbox a"), Kind::CmdletState);
        for once in ["New-Mailbox", "Remove-Mailbox a", "Start-ManagedFolderAssistant", "Add-X"] {
            assert_eq!(kind(once), Kind::CmdletOnce, "{once}");
        }
    }
}
