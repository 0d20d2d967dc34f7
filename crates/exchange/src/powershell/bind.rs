//! From arguments to parameters: which argument is a name, which a value, which exoctl's own.

use crate::parameters::ParameterValue;

use super::common::Common;
use super::error::{Fault, ParseError, Place};
use super::known::{self, Expected};
use super::source::Source;
use super::value::Reader;
use super::{Argument, CommandLine, Syntax};

/// Reads the arguments one after the other.
pub(super) struct Binder<'a> {
    syntax: &'a Syntax<'a>,
    arguments: &'a [String],
    at: usize,
    positions: u32,
    /// Whether only values follow: after `--`.
    values_only: bool,
    line: CommandLine,
}

impl<'a> Binder<'a> {
    pub(super) fn new(syntax: &'a Syntax<'a>, arguments: &'a [String]) -> Self {
        let line = CommandLine::default();
        Self { syntax, arguments, at: 0, positions: 0, values_only: false, line }
    }

    pub(super) fn bind(mut self) -> Result<CommandLine, ParseError> {
        while let Some(argument) = self.arguments.get(self.at) {
            match name_and_rest(argument) {
                _ if self.values_only => self.positional()?,
                _ if argument == "--" => {
                    self.values_only = true;
                    self.at += 1;
                }
                _ if is_own(argument) => self.own_option(argument),
                Some((name, rest)) => self.named(name, rest)?,
                None => self.positional()?,
            }
        }
        self.line.common = Common::read(&self.line.parameters);
        Ok(self.line)
    }

    /// An option of exoctl's, handed back with its value.
    fn own_option(&mut self, argument: &str) {
        self.line.options.push(argument.to_owned());
        self.at += 1;
        let has_value = argument.contains('=') || self.syntax.flags.contains(&argument);
        if has_value {
            return;
        }
        if let Some(value) = self.arguments.get(self.at).filter(|value| !is_own(value)) {
            self.line.options.push(value.clone());
            self.at += 1;
        }
    }

    fn named(&mut self, written: &str, rest: Option<&str>) -> Result<(), ParseError> {
        let index = self.at;
        let (name, expected) = known::find(self.syntax.parameters, written).map_err(|fault| {
            ParseError::new(fault, Place::of_argument(index, format!("-{written}")))
        })?;
        self.refuse_second(&name, index)?;
        let prefix = format!("-{written}{}", if rest.is_some() { ":" } else { " " });
        let missing = || {
            let place = Place::of_argument(index, prefix.trim_end());
            ParseError::new(Fault::MissingValue { name: name.clone() }, place)
        };
        let next = self.arguments.get(index + 1).filter(|next| !is_option(next));
        let (first, skipped) = match rest {
            Some(rest) if !rest.is_empty() => (index, self.arguments[index].len() - rest.len()),
            Some(_) if expected.is_switch() && next.is_some_and(|next| is_truth(next)) => {
                (index + 1, 0)
            }
            Some(_) if expected.is_switch() => return Err(missing()),
            None if expected.is_switch() => {
                self.at += 1;
                self.set(&name, index, String::new(), ParameterValue::Bool(true));
                return Ok(());
            }
            _ => match next {
                Some(_) => (index + 1, 0),
                None if rest.is_some() || self.syntax.parameters.is_some() => {
                    return Err(missing());
                }
                None if expected == Expected::Any => {
                    self.at += 1;
                    self.set(&name, index, String::new(), ParameterValue::Bool(true));
                    return Ok(());
                }
                None => return Err(missing()),
            },
        };
        self.value(name, expected, index, first, skipped, prefix)
    }

    fn value(
        &mut self,
        name: String,
        expected: Expected,
        index: usize,
        first: usize,
        skipped: usize,
        prefix: String,
    ) -> Result<(), ParseError> {
        if expected == Expected::Secret {
            // The value itself must not get into the message.
            let place = Place::of_argument(index, prefix.trim_end());
            return Err(ParseError::new(Fault::SecretOnCommandLine { name }, place));
        }
        let ends = |text: &str| is_option(text);
        let mut source = Source::new(self.arguments, first, skipped, prefix, &ends);
        let mut reader = Reader {
            source: &mut source,
            evaluation: &self.syntax.evaluation,
            name: &name,
            expected,
            depth: 0,
        };
        let value = reader.parameter_value()?;
        if expected.is_switch() && !matches!(value, ParameterValue::Bool(_)) {
            let fault = Fault::WrongValue { name, expected: "$true or $false" };
            return Err(source.error(0, fault));
        }
        let (end, literal) = (source.end(), source.whole().to_owned());
        self.at = end;
        self.set(&name, index, literal, value);
        Ok(())
    }

    /// A value without a name. It has to come before the first named parameter or after a
    /// switch: after a value it may as well be a piece of a list that the shell has split.
    fn positional(&mut self) -> Result<(), ParseError> {
        let index = self.at;
        let stray = || {
            let value: String = self.arguments[index].chars().take(80).collect();
            let place = Place::of_argument(index, value.clone());
            ParseError::new(Fault::StrayValue { value }, place)
        };
        let after_value = self.line.arguments.last().is_some_and(|last| !last.literal.is_empty())
            && !self.values_only;
        // `-Archive $false` would be taken for `-Archive` and an identity.
        let after_switch = self.line.arguments.last().is_some_and(|last| last.literal.is_empty());
        let lost_colon = after_switch && is_truth(&self.arguments[index]);
        if after_value && self.positions == 0 || lost_colon {
            return Err(stray());
        }
        let found = known::at_position(self.syntax.parameters, self.positions);
        let (name, expected) = found.ok_or_else(stray)?;
        if self.line.parameters.find(&name).is_some() {
            return Err(stray());
        }
        self.positions += 1;
        self.value(name, expected, index, index, 0, String::new())
    }

    fn refuse_second(&self, name: &str, index: usize) -> Result<(), ParseError> {
        if self.line.parameters.find(name).is_none() {
            return Ok(());
        }
        let place = Place::of_argument(index, format!("-{name}"));
        Err(ParseError::new(Fault::DuplicateParameter { name: name.to_owned() }, place))
    }

    fn set(&mut self, name: &str, index: usize, literal: String, value: ParameterValue) {
        self.line.parameters.set(name, value);
        self.line.arguments.push(Argument { name: name.to_owned(), index, literal });
    }
}

/// The name of a parameter and what follows its colon, if the argument is one: a dash of any
/// kind and a word. Anything else is a value, `-5` and `- text` too.
fn name_and_rest(argument: &str) -> Option<(&str, Option<&str>)> {
    let word = argument.strip_prefix(['-', '\u{2013}', '\u{2014}', '\u{2015}'])?;
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    match (&word[..end], &word[end..]) {
        (name, _) if !name.starts_with(begins) => None,
        (name, "") => Some((name, None)),
        (name, rest) => rest.strip_prefix(':').map(|rest| (name, Some(rest))),
    }
}

/// exoctl's own options: two dashes and a word, and `-o`.
fn is_own(argument: &str) -> bool {
    argument == "-o"
        || argument.starts_with("-o=")
        || argument.strip_prefix("--").is_some_and(|word| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && !word.split('=').next().unwrap_or_default().contains(char::is_whitespace)
        })
}

/// What can never be a value.
fn is_option(argument: &str) -> bool {
    argument == "--" || is_own(argument) || name_and_rest(argument).is_some()
}

fn is_truth(text: &str) -> bool {
    let word = text.strip_prefix('$').unwrap_or(text);
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}
