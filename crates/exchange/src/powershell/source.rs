//! The text of one value, taken from one argument or, where the shell has split it, from several.

use super::error::{Fault, ParseError, Place};

/// Longest value, in bytes.
const LONGEST: usize = 1 << 20;

/// A cursor over a value's text. It takes further arguments when the grammar asks for more.
pub(super) struct Source<'a> {
    arguments: &'a [String],
    /// Says which arguments are parameters or options and thus never part of a value.
    is_option: &'a dyn Fn(&str) -> bool,
    /// What is shown before the value in error messages, `-Name ` for example.
    prefix: String,
    text: String,
    /// Where in `text` which argument begins, and how many of its bytes were left out before.
    starts: Vec<Start>,
    /// The next argument to take.
    next: usize,
    /// The next character, a byte offset into `text`.
    pub(super) at: usize,
}

struct Start {
    offset: usize,
    argument: usize,
    skipped: usize,
}

impl<'a> Source<'a> {
    /// Begins with `arguments[first]`, `skipped` bytes of it left out.
    pub(super) fn new(
        arguments: &'a [String],
        first: usize,
        skipped: usize,
        prefix: String,
        is_option: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        let text = arguments[first][skipped..].to_owned();
        let starts = vec![Start { offset: 0, argument: first, skipped }];
        Self { arguments, is_option, prefix, text, starts, next: first + 1, at: 0 }
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes the character if it is the next.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Takes the text, in any letter case, if it is next.
    pub(super) fn eat_text(&mut self, wanted: &str) -> bool {
        let found = self.starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Whether the text is next, in any letter case.
    pub(super) fn starts_with(&self, wanted: &str) -> bool {
        self.rest().get(..wanted.len()).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
    }

    /// Takes characters as long as they are so.
    pub(super) fn take_while(&mut self, so: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !so(c)).unwrap_or(rest.len());
        let taken = rest[..end].to_owned();
        self.at += end;
        taken
    }

    /// Takes white space.
    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes white space inside brackets, where a value goes on in the next argument.
    pub(super) fn skip_space_inside(&mut self) -> Result<(), ParseError> {
        loop {
            self.skip_space();
            if self.peek().is_some() || !self.extend(false)? {
                return Ok(());
            }
        }
    }

    /// What is left of the text taken so far.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The text from an offset up to here.
    pub(super) fn since(&self, start: usize) -> &str {
        &self.text[start..self.at]
    }

    /// Everything that was taken so far, one argument after the other.
    pub(super) fn whole(&self) -> &str {
        &self.text
    }

    /// The next argument, if it may belong to a value.
    pub(super) fn next_argument(&self) -> Option<&'a str> {
        let next = self.arguments.get(self.next)?;
        (!(self.is_option)(next)).then_some(next.as_str())
    }

    /// Goes on in the next argument, after a space; `forced` takes one that looks like a
    /// parameter too. False if there is none.
    pub(super) fn extend(&mut self, forced: bool) -> Result<bool, ParseError> {
        let next = match self.arguments.get(self.next) {
            Some(next) if forced || !(self.is_option)(next) => next,
            _ => return Ok(false),
        };
        if self.text.len() + next.len() >= LONGEST {
            return Err(self.too_long());
        }
        self.text.push(' ');
        self.starts.push(Start { offset: self.text.len(), argument: self.next, skipped: 0 });
        self.text.push_str(next);
        self.next += 1;
        Ok(true)
    }

    /// Goes back to an offset in the arguments before `end`, giving back those after.
    pub(super) fn restart(&mut self, at: usize, end: usize) {
        self.next = end;
        self.starts.retain(|start| start.argument < end);
        let last = self.starts.last().expect("the first argument is always there");
        let length = self.arguments[last.argument].len() - last.skipped;
        self.text.truncate(last.offset + length);
        self.at = at;
    }

    /// Refuses a text that is too long from the beginning.
    pub(super) fn check_length(&self) -> Result<(), ParseError> {
        if self.text.len() > LONGEST { Err(self.too_long()) } else { Ok(()) }
    }

    /// The first argument that was not taken.
    pub(super) fn end(&self) -> usize {
        self.next
    }

    /// An error at an offset.
    pub(super) fn error(&self, at: usize, fault: Fault) -> ParseError {
        ParseError::new(fault, self.place(at))
    }

    /// An error at the next character.
    pub(super) fn error_here(&self, fault: Fault) -> ParseError {
        self.error(self.at, fault)
    }

    fn place(&self, at: usize) -> Place {
        let start = self.starts.iter().rev().find(|start| start.offset <= at);
        let start = start.unwrap_or(&self.starts[0]);
        let argument = &self.arguments[start.argument];
        let column = argument[..start.skipped].chars().count()
            + self.text[start.offset..at.max(start.offset)].chars().count();
        Place {
            argument: start.argument,
            column,
            line: format!("{}{}", self.prefix, self.text),
            caret: self.prefix.chars().count() + self.text[..at].chars().count(),
        }
    }

    fn too_long(&self) -> ParseError {
        let place = Place::of_argument(self.starts[0].argument, self.prefix.trim_end());
        ParseError::new(Fault::TooLong { limit: LONGEST }, place)
    }
}
