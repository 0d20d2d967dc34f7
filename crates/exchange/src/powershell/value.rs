//! The grammar of values: words, strings, arrays, hashtables.
//!
//! A shell has been here before. What it unquoted comes as a bare word, so bare words may hold
//! spaces and stand where PowerShell would want quotes; what it split comes as several
//! arguments. A comma separates unless white space follows it inside one argument: such a text
//! was quoted in the shell, `"Vance, Adele"` for example, and is a string in PowerShell too.

mod bare;
mod quoted;
mod structure;

use jiff::tz::TimeZone;

use crate::parameters::ParameterValue;

use super::Evaluation;
use super::error::{Fault, ParseError};
use super::expression;
use super::known::Expected;
use super::number;
use super::source::Source;
pub(super) use quoted::{is_double, is_single};

/// Levels of arrays, hashtables and brackets. The service reads ten.
pub(super) const DEEPEST: usize = 32;

/// Reads values from a source.
pub(super) struct Reader<'s, 'a> {
    pub(super) source: &'s mut Source<'a>,
    pub(super) evaluation: &'s Evaluation<'a>,
    pub(super) name: &'s str,
    pub(super) expected: Expected,
    pub(super) depth: usize,
}

/// Where a bare word stands, which decides where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// Directly in an argument.
    Argument,
    /// Between `@(` and `)`.
    Array,
    /// Between `@{` and `}`.
    Hashtable,
}

impl Reader<'_, '_> {
    /// Reads the whole value of a parameter.
    pub(super) fn parameter_value(&mut self) -> Result<ParameterValue, ParseError> {
        self.source.check_length()?;
        self.refuse_shell_damage()?;
        let value = match self.expected {
            Expected::Text | Expected::Verbatim => return self.text_value(),
            _ => self.list(Inside::Argument)?,
        };
        self.source.skip_space();
        match self.source.peek() {
            None => Ok(self.coerced(value)),
            Some(_) => Err(self.source.error_here(Fault::TrailingText)),
        }
    }

    /// Elements separated by commas; one alone is no array.
    pub(super) fn list(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
        let mut elements = Vec::new();
        let unary = self.peek_past_space() == Some(',');
        if unary {
            self.skip_space(inside)?;
            self.source.bump();
        }
        elements.push(self.element(inside)?);
        while self.comma_follows(inside)? {
            elements.push(self.element(inside)?);
        }
        match elements.len() {
            1 if !unary => Ok(elements.pop().expect("there is one")),
            _ => Ok(ParameterValue::Array(elements)),
        }
    }

    fn comma_follows(&mut self, inside: Inside) -> Result<bool, ParseError> {
        self.skip_space(inside)?;
        if self.source.peek().is_none() {
            let comma_next = self.source.next_argument().is_some_and(|next| next.starts_with(','));
            if !comma_next || !self.source.extend(false)? {
                return Ok(false);
            }
            self.source.skip_space();
        }
        if !self.source.eat(',') {
            return Ok(false);
        }
        self.source.skip_space_inside()?;
        match self.source.peek() {
            None => Err(self.source.error_here(Fault::Expected { expected: "a value" })),
            Some(_) => Ok(true),
        }
    }

    /// One value without commas.
    pub(super) fn element(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
        if self.depth >= DEEPEST {
            return Err(self.source.error_here(Fault::TooDeep { limit: DEEPEST }));
        }
        self.depth += 1;
        if self.structure_follows() {
            self.skip_space(inside)?;
        }
        let value = self.element_here(inside);
        self.depth -= 1;
        value
    }

    fn element_here(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
        let start = self.source.at;
        let source = &mut *self.source;
        if source.starts_with("@{") {
            source.at += 2;
            return self.hashtable(start);
        }
        if source.starts_with("@(") {
            source.at += 2;
            return self.array(start);
        }
        if source.starts_with("@'") || source.starts_with("@\"") {
            return Err(source.error_here(Fault::Expression));
        }
        match source.peek() {
            Some(quote) if is_single(quote) || is_double(quote) => {
                let text = self.quoted()?;
                Ok(ParameterValue::String(text))
            }
            Some('$') => self.variable(inside),
            Some('(') if expression::begins_in_brackets(source.rest()) => {
                expression::bracketed(self)
            }
            Some('[') if expression::begins_with_type(source.rest()) => expression::cast(self),
            _ => self.bare(inside),
        }
    }

    /// A scalar string, kept as it was written unless it is one string in quotes, or structured.
    fn text_value(&mut self) -> Result<ParameterValue, ParseError> {
        let as_written = self.source.whole().to_owned();
        let trimmed = as_written.trim();
        let expected = self.expected;
        if trimmed.eq_ignore_ascii_case("$null") {
            self.source.at = as_written.len();
            return Ok(ParameterValue::Null);
        }
        if expected == Expected::Verbatim && trimmed.starts_with('{') {
            return self.script_block();
        }
        let structured = trimmed.starts_with("@{") || trimmed.starts_with("@(");
        let quoted = trimmed.starts_with(is_single) || trimmed.starts_with(is_double);
        let called = expression::is_call(trimmed);
        let end = self.source.end();
        if expected != Expected::Verbatim && (structured || called) || quoted {
            let start = self.source.at;
            let value = self.list(Inside::Argument);
            self.source.skip_space();
            let complete = self.source.peek().is_none();
            match value {
                Ok(ParameterValue::Array(_)) if expected == Expected::Verbatim => {}
                Ok(value) if complete => return Ok(value),
                Err(error) if structured || called => return Err(error),
                Ok(_) if structured || called => {
                    return Err(self.source.error_here(Fault::TrailingText));
                }
                _ => {}
            }
            self.source.restart(start, end);
        }
        self.source.at = self.source.whole().len();
        Ok(ParameterValue::String(as_written))
    }

    /// A filter in braces, a script block to PowerShell, of which the text goes to the service.
    /// `{Column}` is a placeholder and stays.
    fn script_block(&mut self) -> Result<ParameterValue, ParseError> {
        let balanced = |text: &str| text.matches('{').count() <= text.matches('}').count();
        while !balanced(self.source.whole()) && self.source.extend(true)? {}
        let text = self.source.whole().trim().to_owned();
        if !balanced(&text) {
            return Err(self.source.error(0, Fault::Unclosed { what: "script block" }));
        }
        self.source.at = self.source.whole().len();
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let inner = inner.map(str::trim).filter(|inner| inner.contains(char::is_whitespace));
        Ok(ParameterValue::String(inner.map_or(text.clone(), str::to_owned)))
    }

    /// The value as the parameter's type has it.
    fn coerced(&self, value: ParameterValue) -> ParameterValue {
        let text = match &value {
            ParameterValue::String(text) => text,
            ParameterValue::Number(number)
                if matches!(self.expected, Expected::Boolean | Expected::Switch) =>
            {
                return ParameterValue::Bool(number.as_f64() != Some(0.0));
            }
            _ => return value,
        };
        let quoted = self.source.whole().trim_start().starts_with(|c| is_single(c) || is_double(c));
        let converts = matches!(self.expected, Expected::DateTime | Expected::Number);
        if !converts && (quoted || self.source.whole().trim() != text) {
            return value;
        }
        coerce(text, self.expected, self.evaluation.zone)
    }

    /// Text that tells of what a shell has done to the value.
    fn refuse_shell_damage(&self) -> Result<(), ParseError> {
        const TYPES: [&str; 5] = [
            "System.Collections.Hashtable",
            "System.Object[]",
            "System.String[]",
            "System.Byte[]",
            "System.Security.SecureString",
        ];
        let whole = self.source.whole();
        if let Some(name) = TYPES.into_iter().find(|name| *name == whole) {
            let fault = Fault::EvaluatedByPowerShell { name: name.to_owned() };
            return Err(self.source.error(0, fault));
        }
        let key = whole.strip_prefix('@').and_then(|rest| rest.split_once('='));
        let word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
        if key.is_some_and(|(key, _)| word(key)) {
            return Err(self.source.error(0, Fault::BracesExpanded));
        }
        Ok(())
    }

    fn structure_follows(&self) -> bool {
        let rest = self.source.rest().trim_start();
        rest.starts_with(['\'', '"', '$', '[', '('])
            || rest.starts_with("@{")
            || rest.starts_with("@(")
    }

    fn peek_past_space(&self) -> Option<char> {
        self.source.rest().trim_start().chars().next()
    }

    pub(super) fn skip_space(&mut self, inside: Inside) -> Result<(), ParseError> {
        match inside {
            Inside::Argument => self.source.skip_space(),
            Inside::Array | Inside::Hashtable => {
                // A line end ends a statement.
                self.source.take_while(|c| c.is_whitespace() && c != '\n');
                if self.source.peek().is_none() {
                    self.source.skip_space_inside()?;
                }
            }
        }
        Ok(())
    }
}

/// Converts a text to what a parameter takes, as PowerShell converts a string that it binds; a
/// text that does not convert stays, and the service says what it thinks of it.
pub fn coerce(text: &str, expected: Expected, zone: &TimeZone) -> ParameterValue {
    let trimmed = text.trim();
    let value = match expected {
        Expected::Any | Expected::Boolean | Expected::Switch => truth(trimmed),
        Expected::Number => {
            number::read(trimmed).map(|literal| ParameterValue::Number(literal.into_number()))
        }
        Expected::DateTime => super::datetime::read(trimmed, zone)
            .map(|moment| ParameterValue::DateTime(moment.timestamp())),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

/// `true` and `false` without their `$`: what PowerShell makes of `$true` for a program, and what
/// spreadsheets write.
fn truth(text: &str) -> Option<ParameterValue> {
    match () {
        () if text.eq_ignore_ascii_case("true") => Some(true.into()),
        () if text.eq_ignore_ascii_case("false") => Some(false.into()),
        () => None,
    }
}
