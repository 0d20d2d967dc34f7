//! Words without quotes: constants, numbers, and any other text.

use super::super::error::{Fault, ParseError};
use super::super::known::Expected;
use super::super::number::{self, Literal};
use super::{Inside, Reader};
use crate::parameters::ParameterValue;

impl Reader<'_, '_> {
    /// `$true`, `$false`, `$null`; there are no other variables.
    pub(super) fn variable(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
        let start = self.source.at;
        self.source.bump();
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let name = self.source.take_while(word);
        let ended = match self.source.peek() {
            None => true,
            Some(c) => c.is_whitespace() || ",;)}".contains(c),
        };
        match name.to_ascii_lowercase().as_str() {
            "true" if ended => Ok(ParameterValue::Bool(true)),
            "false" if ended => Ok(ParameterValue::Bool(false)),
            "null" if ended => Ok(ParameterValue::Null),
            "" if self.source.starts_with("(") => Err(self.source.error(start, Fault::Expression)),
            other if other.starts_with(char::is_alphabetic) && ended => {
                Err(self.source.error(start, Fault::Variable { name }))
            }
            _ => {
                self.source.at = start;
                self.bare(inside)
            }
        }
    }

    /// A word without quotes.
    pub(super) fn bare(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
        let start = self.source.at;
        let mut text = String::new();
        let (mut brackets, mut braces) = (0_usize, 0_usize);
        let spaced = self.source.rest().contains(char::is_whitespace);
        while let Some(c) = self.source.peek() {
            let ends = match (inside, c) {
                (Inside::Argument, ',') => self.comma_separates(),
                (_, ',') | (Inside::Hashtable, '}') => braces == 0,
                (Inside::Argument, _) => false,
                (_, ';' | '\n' | '\r') => braces == 0,
                (Inside::Array, ')') => brackets == 0,
                _ => false,
            };
            if ends {
                break;
            }
            self.source.bump();
            match c {
                '(' => brackets += 1,
                ')' => brackets = brackets.saturating_sub(1),
                '{' => braces += 1,
                '}' => braces = braces.saturating_sub(1),
                _ => {}
            }
            match c {
                '`' if !spaced && self.source.peek().is_some() => self.escape(&mut text),
                c => text.push(c),
            }
        }
        let text = if inside == Inside::Argument { text.as_str() } else { text.trim_end() };
        if text.is_empty() && !(inside == Inside::Argument && self.source.whole().is_empty()) {
            return Err(self.source.error(start, Fault::Expected { expected: "a value" }));
        }
        let escaped = !spaced && self.source.since(start).contains('`');
        Ok(if escaped { ParameterValue::from(text) } else { self.word(text) })
    }

    /// Whether the comma here is one between elements and not part of a text.
    fn comma_separates(&self) -> bool {
        match self.source.rest()[1..].chars().next() {
            Some(next) => !next.is_whitespace(),
            None => self.source.next_argument().is_some() || !self.source.whole().contains(' '),
        }
    }

    /// What a word without quotes is.
    fn word(&self, text: &str) -> ParameterValue {
        if matches!(self.expected, Expected::Text | Expected::TextList | Expected::DateTime) {
            return text.into();
        }
        let number = match number::read(text) {
            Some(Literal::Exact(number) | Literal::Notation(number)) => Some(number),
            Some(lossy) if self.expected == Expected::Number => Some(lossy.into_number()),
            _ => None,
        };
        number.map_or_else(|| text.into(), ParameterValue::Number)
    }
}
