//! Arrays and hashtables, from their brackets on.

use super::super::error::{Fault, ParseError};
use super::{Inside, Reader, is_double, is_single};
use crate::parameters::ParameterValue;

impl Reader<'_, '_> {
    /// `@( … )`, its opening taken.
    pub(super) fn array(&mut self, start: usize) -> Result<ParameterValue, ParseError> {
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
    pub(super) fn hashtable(&mut self, start: usize) -> Result<ParameterValue, ParseError> {
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
}
