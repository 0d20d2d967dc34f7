//! What can follow on a command line: subcommands and options as clap knows them, cmdlets and their
//! parameters as the connected tenant's kept catalogue knows them.
//!
//! The scripts in [`mod@script`] call `exoctl __complete` for every press of the key, so nothing here
//! opens a connection.

mod script;

pub(crate) use script::{Shell, script};

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap_complete::engine;
use exoctl_exchange::{Catalogue, CmdletName, ValueType};

use crate::args::{Cli, cmdlet_at};
use crate::cmdlet::{CmdletOptions, OWN, own_parameters};

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// What the word becomes.
    pub(crate) value: String,
    /// What it means; may be empty.
    pub(crate) help: String,
}

impl Candidate {
    fn new(value: impl Into<String>, help: impl Into<String>) -> Self {
        Self { value: value.into(), help: help.into() }
    }
}

const FORMATS: [&str; 6] = ["table", "list", "json", "jsonl", "csv", "yaml"];

/// The parameters that every cmdlet has.
const COMMON: [(&str, &str); 5] = [
    ("ErrorAction", "Continue, Stop, SilentlyContinue or Ignore"),
    ("WarningAction", "Continue, Stop, SilentlyContinue or Ignore"),
    ("Verbose", "tell what is sent"),
    ("WhatIf", "let the service say what it would do"),
    ("Confirm", "ask first; -Confirm:$false does not ask"),
];

/// What commands can name on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names<'a> {
    /// The cmdlets of the connected tenant.
    pub(crate) catalogue: Option<&'a Catalogue>,
    /// The jobs.
    pub(crate) jobs: &'a [String],
}

/// How the last of these words, which begin with the program's name, can go on.
pub(crate) fn candidates(line: &[OsString], names: Names<'_>) -> Vec<Candidate> {
    let Some((word, before)) = line.split_last() else { return Vec::new() };
    let Some(word) = word.to_str() else { return Vec::new() };
    let mut found = match cmdlet_at(before) {
        Some(at) => in_cmdlet(&before[at..], word, names.catalogue),
        None if names_a_job(before) && !word.starts_with('-') => {
            names.jobs.iter().map(|name| Candidate::new(name, "")).collect()
        }
        None => in_command(line, word, names.catalogue),
    };
    found.retain(|candidate| begins(&candidate.value, word));
    found
}

fn begins(value: &str, word: &str) -> bool {
    value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Whether a job's name comes next: after `job show` for example.
fn names_a_job(before: &[OsString]) -> bool {
    const TAKE_A_NAME: [&str; 7] = ["show", "remove", "run", "history", "logs", "pause", "resume"];
    match before {
        [.., job, action] => {
            job == "job" && TAKE_A_NAME.iter().any(|name| action.to_str() == Some(name))
        }
        _ => false,
    }
}

/// A subcommand, an option of it, or a cmdlet's name.
fn in_command(line: &[OsString], word: &str, catalogue: Option<&Catalogue>) -> Vec<Candidate> {
    let here = std::env::current_dir().ok();
    let mut command = Cli::command();
    let known = engine::complete(&mut command, line.to_vec(), line.len() - 1, here.as_deref());
    let mut found: Vec<Candidate> = known
        .unwrap_or_default()
        .iter()
        .filter(|known| !known.is_hide_set())
        .map(|known| {
            let help = known.get_help().map(ToString::to_string).unwrap_or_default();
            Candidate::new(known.get_value().to_string_lossy(), help)
        })
        .collect();
    let first_free_word = found.iter().any(|known| known.value == "cert")
        || (!word.starts_with('-') && cmdlet_may_stand_here(line));
    if first_free_word {
        found.extend(OWN.map(|name| Candidate::new(name, "")));
        found.extend(catalogue.into_iter().flat_map(|catalogue| {
            catalogue.cmdlets.iter().map(|cmdlet| Candidate::new(cmdlet.name.as_str(), ""))
        }));
    }
    found
}

/// Whether a cmdlet in the place of the last word would be taken for one.
fn cmdlet_may_stand_here(line: &[OsString]) -> bool {
    let mut line = line.to_vec();
    let last = line.len() - 1;
    line[last] = "Get-Mailbox".into();
    cmdlet_at(&line) == Some(last)
}

/// A parameter of a cmdlet, an option of exoctl's, or a value of either.
fn in_cmdlet(before: &[OsString], word: &str, catalogue: Option<&Catalogue>) -> Vec<Candidate> {
    let Some(name) = before.first().and_then(|name| name.to_str()) else { return Vec::new() };
    let cmdlet = name
        .parse::<CmdletName>()
        .ok()
        .and_then(|name| catalogue.and_then(|catalogue| catalogue.find(&name)));
    let previous = before.last().and_then(|word| word.to_str()).unwrap_or_default();
    if let Some(values) = values_after(previous) {
        return values.iter().map(|value| Candidate::new(*value, "")).collect();
    }
    if word.starts_with("--") {
        return options();
    }
    let mut found: Vec<Candidate> = if let Some(cmdlet) = cmdlet {
        cmdlet.parameters.iter().map(parameter).collect()
    } else {
        let own = own_parameters(name).into_iter();
        own.map(|name| Candidate::new(format!("-{name}"), "")).collect()
    };
    found.extend(COMMON.map(|(name, help)| Candidate::new(format!("-{name}"), help)));
    found.push(Candidate::new("-o", "table, list, json, jsonl, csv or yaml"));
    let given = |candidate: &Candidate| {
        before.iter().any(|word| {
            word.to_str().is_some_and(|word| {
                word.split(':').next().unwrap_or(word).eq_ignore_ascii_case(&candidate.value)
            })
        })
    };
    found.retain(|candidate| !given(candidate));
    found
}

fn parameter(parameter: &exoctl_exchange::Parameter) -> Candidate {
    let mut help = kind(&parameter.value_type);
    if parameter.mandatory {
        help.push_str(", mandatory");
    }
    Candidate::new(format!("-{}", parameter.name), help)
}

fn kind(value_type: &ValueType) -> String {
    match value_type {
        ValueType::Any => "value".to_owned(),
        ValueType::Switch => "switch".to_owned(),
        ValueType::Bool => "$true or $false".to_owned(),
        ValueType::String => "text".to_owned(),
        ValueType::Integer => "number".to_owned(),
        ValueType::DateTime => "date and time".to_owned(),
        ValueType::SecureString => "secret, see --secure".to_owned(),
        ValueType::Credential => "credential, see --secure".to_owned(),
        ValueType::Hashtable => "hashtable".to_owned(),
        ValueType::Bytes => "bytes".to_owned(),
        ValueType::List(item) => format!("list of {}", kind(item)),
        ValueType::Other(name) => name.clone(),
        _ => String::new(),
    }
}

/// The words that can follow this one, where they are few and fixed.
fn values_after(previous: &str) -> Option<&'static [&'static str]> {
    const ACTIONS: &[&str] = &["Continue", "Stop", "SilentlyContinue", "Ignore", "Inquire"];
    const CLOUDS: &[&str] =
        &["O365Default", "O365China", "O365USGovGCCHigh", "O365USGovDoD", "O365GermanyCloud"];
    match previous.to_ascii_lowercase().as_str() {
        "-o" | "--output" => Some(&FORMATS),
        "-erroraction" | "-warningaction" => Some(ACTIONS),
        "-exchangeenvironmentname" => Some(CLOUDS),
        "-resultsize" => Some(&["Unlimited"]),
        _ => None,
    }
}

/// exoctl's own options on a cmdlet's command line.
fn options() -> Vec<Candidate> {
    let command = CmdletOptions::command();
    let known = command.get_arguments().filter(|known| !known.is_hide_set());
    known
        .filter_map(|known| {
            let help = known.get_help().map(ToString::to_string).unwrap_or_default();
            known.get_long().map(|long| Candidate::new(format!("--{long}"), help))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use exoctl_exchange::{Cmdlet, ConfirmImpact, Parameter};

    use super::*;

    fn values(line: &str) -> Vec<String> {
        let named = |name: &str| Parameter {
            name: name.to_owned(),
            aliases: Vec::new(),
            value_type: ValueType::String,
            sets: Vec::new(),
            mandatory: false,
            position: None,
        };
        let catalogue = Catalogue {
            cmdlets: vec![Cmdlet {
                name: "Get-Mailbox".parse().unwrap(),
                impact: ConfirmImpact::None,
                batchable: true,
                default_set: None,
                parameters: ["Identity", "ResultSize", "RecipientTypeDetails"].map(named).into(),
            }],
            public_key: None,
        };
        let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let jobs = ["audit-monthly".to_owned(), "rotate".to_owned()];
        let names = Names { catalogue: Some(&catalogue), jobs: &jobs };
        candidates(&line, names).into_iter().map(|found| found.value).collect()
    }

    #[test]
    fn cmdlets_and_commands_are_offered_where_they_may_stand() {
        assert_eq!(values("exoctl get-m"), ["Get-Mailbox"]);
        assert_eq!(values("exoctl Connect-I"), ["Connect-IPPSSession"]);
        assert_eq!(values("exoctl --profile test dem"), ["demo"]);
        assert!(values("exoctl cert ").contains(&"export".to_owned()));
        assert!(!values("exoctl cert ").contains(&"Get-Mailbox".to_owned()));
    }

    #[test]
    fn jobs_are_offered_where_one_is_named() {
        assert_eq!(values("exoctl job show "), ["audit-monthly", "rotate"]);
        assert_eq!(values("exoctl --profile x job remove r"), ["rotate"]);
        assert!(values("exoctl job ").contains(&"show".to_owned()));
        assert!(values("exoctl job show --out").contains(&"--output".to_owned()));
        assert!(!values("exoctl job list ").contains(&"rotate".to_owned()));
    }

    #[test]
    fn parameters_are_offered_once_in_any_letter_case() {
        assert_eq!(values("exoctl Get-Mailbox -re"), ["-ResultSize", "-RecipientTypeDetails"]);
        assert_eq!(values("exoctl Get-Mailbox -resultsize 5 -re"), ["-RecipientTypeDetails"]);
        assert_eq!(values("exoctl Get-Mailbox -o js"), ["json", "jsonl"]);
        assert_eq!(values("exoctl Get-Mailbox -ResultSize U"), ["Unlimited"]);
        assert_eq!(values("exoctl Get-Mailbox --retry"), ["--retry-writes"]);
        assert_eq!(
            values("exoctl Connect-ExchangeOnline -Certificatet"),
            ["-CertificateThumbprint"]
        );
    }
}
