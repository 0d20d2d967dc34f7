//! Strings in quotes.

use super::super::error::{Fault, ParseError};
use super::super::known::Expected;
use super::Reader;

impl Reader<'_, '_> {
    /// A string in quotes, as about_Quoting_Rules has it.
    pub(in crate::powershell) fn quoted(&mut self) -> Result<String, ParseError> {
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
    pub(super) fn escape(&mut self, text: &mut String) {
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
}

/// PowerShell takes typographic quotes for quotes.
pub(in crate::powershell) fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

/// PowerShell takes typographic quotes for quotes.
pub(in crate::powershell) fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}
