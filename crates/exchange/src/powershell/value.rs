//! The grammar of values: words, strings, arrays, hashtables.
//!
//! A shell has been here before. What it unquoted comes as a bare word, so bare words may hold
//! spaces and stand where PowerShell would want quotes; what it split comes as several
//! arguments. A comma separates unless white space follows it inside one argument: such a text
//! was quoted in the shell, `"Vance, Adele"` for example, and is a string in PowerShell too.

use jiff::tz::TimeZone;

use crate::parameters::ParameterValue;

use super::Evaluation;
use super::error::{Fault, ParseError};
use super::expression;
use super::known::Expected;
use super::number::{self, Literal};
use super::source::Source;

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

    /// `@( … )`, its opening taken.
    fn array(&mut self, start: usize) -> Result<ParameterValue, ParseError> {
        let unclosed = Fault::Unclosed { what: "array" };
        let mut elements = Vec::new();
        loop {
            self.separators()?;
            match self.source.peek() {
                None => return Err(self.source.error(start, unclosed)),
                Some(')') => break,
                // PowerShell enumerates what a statement yields.
                Some(_) => match self.list(Inside::Array)? {
                    ParameterValue::Array(several) => elements.extend(several),
                    one => elements.push(one),
                },
            }
            self.end_of_statement(')', "a comma or )")?;
        }
        self.source.bump();
        Ok(ParameterValue::Array(elements))
    }

    fn end_of_statement(&mut self, close: char, expected: &'static str) -> Result<(), ParseError> {
        self.skip_space(Inside::Array)?;
        match self.source.peek() {
            None | Some(';' | '\n') => Ok(()),
            Some(c) if c == close => Ok(()),
            Some(_) => Err(self.source.error_here(Fault::Expected { expected })),
        }
    }

    /// `@{ … }`, its opening taken.
    fn hashtable(&mut self, start: usize) -> Result<ParameterValue, ParseError> {
        let mut entries: Vec<(String, ParameterValue)> = Vec::new();
        loop {
            self.separators()?;
            match self.source.peek() {
                None => {
                    return Err(self.source.error(start, Fault::Unclosed { what: "hashtable" }));
                }
                Some('}') => break,
                Some(_) => {}
            }
            let at = self.source.at;
            let key = self.key()?;
            if entries.iter().any(|(known, _)| known.eq_ignore_ascii_case(&key)) {
                return Err(self.source.error(at, Fault::DuplicateKey { key }));
            }
            self.source.skip_space_inside()?;
            if !self.source.eat('=') {
                return Err(match self.source.peek() {
                    None => self.source.error(start, Fault::Unclosed { what: "hashtable" }),
                    _ => self.source.error_here(Fault::Expected { expected: "=" }),
                });
            }
            self.source.skip_space_inside()?;
            if matches!(self.source.peek(), Some(';' | '}')) {
                return Err(self.source.error_here(Fault::Expected { expected: "a value" }));
            }
            entries.push((key, self.list(Inside::Hashtable)?));
            self.end_of_statement('}', "a semicolon or }")?;
        }
        self.source.bump();
        Ok(ParameterValue::Hashtable(entries))
    }

    fn key(&mut self) -> Result<String, ParseError> {
        let expected = Fault::Expected { expected: "a key" };
        match self.source.peek() {
            Some(quote) if is_single(quote) || is_double(quote) => self.quoted(),
            Some(_) => {
                let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                let key = self.source.take_while(word);
                if key.is_empty() { Err(self.source.error_here(expected)) } else { Ok(key) }
            }
            None => Err(self.source.error_here(expected)),
        }
    }

    /// White space, line ends and semicolons between statements.
    fn separators(&mut self) -> Result<(), ParseError> {
        loop {
            self.source.skip_space_inside()?;
            if !self.source.eat(';') {
                return Ok(());
            }
        }
    }

    /// `$true`, `$false`, `$null`; there are no other variables.
    fn variable(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
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

    /// A string in quotes, as about_Quoting_Rules has it.
    pub(super) fn quoted(&mut self) -> Result<String, ParseError> {
        let start = self.source.at;
        let open = self.source.bump().expect("a quote was seen");
        let single = is_single(open);
        let is_quote = if single { is_single } else { is_double };
        let mut text = String::new();
        loop {
            let at = self.source.at;
            match self.source.bump() {
                Some(quote) if is_quote(quote) => match self.source.peek() {
                    Some(next) if is_quote(next) => {
                        self.source.bump();
                        text.push(quote);
                    }
                    _ => return Ok(text),
                },
                Some('`') if !single => self.escape(&mut text),
                Some('$') if !single && self.expected != Expected::Verbatim => {
                    self.expanded(at, &mut text)?;
                }
                Some(c) => text.push(c),
                None if self.source.extend(true)? => {}
                None => return Err(self.source.error(start, Fault::Unclosed { what: "string" })),
            }
        }
    }

    /// What a backtick makes of the next character (about_Special_Characters).
    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.source.bump() else {
            text.push('`');
            return;
        };
        if c == 'u' && self.source.peek() == Some('{') {
            let digits = self.source.rest()[1..].split_once('}').map_or("", |(digits, _)| digits);
            let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            if let (Some(c), 1..=6) = (code, digits.len()) {
                self.source.at += digits.len() + 2;
                text.push(c);
                return;
            }
        }
        text.push(match c {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            other => other,
        });
    }

    /// A `$` in double quotes: the three constants become their text, other names are refused.
    fn expanded(&mut self, at: usize, text: &mut String) -> Result<(), ParseError> {
        if self.source.starts_with("(") || self.source.starts_with("{") {
            return Err(self.source.error(at, Fault::Expression));
        }
        if !self.source.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
            text.push('$');
            return Ok(());
        }
        let name = self.source.take_while(|c| c.is_alphanumeric() || c == '_');
        match name.to_ascii_lowercase().as_str() {
            "true" => text.push_str("True"),
            "false" => text.push_str("False"),
            "null" => {}
            _ => return Err(self.source.error(at, Fault::Variable { name })),
        }
        Ok(())
    }

    /// A word without quotes.
    fn bare(&mut self, inside: Inside) -> Result<ParameterValue, ParseError> {
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

/// PowerShell takes typographic quotes for quotes.
pub(super) fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

/// PowerShell takes typographic quotes for quotes.
pub(super) fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}
