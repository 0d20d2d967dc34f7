//! Writes JSON the way the audit pipeline does: no spaces, `\/` for a slash, `\u0026` for an
//! ampersand, other letters raw.
//!
//! `serde_json` cannot be asked for those escapes, and they matter: a client that parses and writes
//! the record again changes its bytes, and with them any hash of the evidence.

use std::fmt::{Display, Write as _};

/// A JSON object under construction; members appear in the order in which they are added.
#[derive(Debug)]
pub(crate) struct Object {
    text: String,
}

impl Object {
    /// An empty object with room for `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push('{');
        Self { text }
    }

    /// An empty object.
    pub(crate) fn new() -> Self {
        Self::with_capacity(64)
    }

    /// Adds a string member.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        quote(&mut self.text, value);
        self
    }

    /// Adds the text form of something, quoted.
    pub(crate) fn show(mut self, name: &str, value: impl Display) -> Self {
        self.name(name);
        let value = value.to_string();
        quote(&mut self.text, &value);
        self
    }

    /// Adds a number or a boolean.
    pub(crate) fn bare(mut self, name: &str, value: impl Display) -> Self {
        self.name(name);
        write!(self.text, "{value}").expect("writing to a string cannot fail");
        self
    }

    /// Adds an object or an array that is JSON already.
    pub(crate) fn json(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.text.push_str(value);
        self
    }

    /// Adds the member only when `present`.
    pub(crate) fn text_if(self, present: bool, name: &str, value: &str) -> Self {
        if present { self.text(name, value) } else { self }
    }

    /// The finished text.
    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        quote(&mut self.text, name);
        self.text.push(':');
    }
}

/// An array of things that are JSON already.
pub(crate) fn array(items: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (nth, item) in items.into_iter().enumerate() {
        if nth > 0 {
            text.push(',');
        }
        text.push_str(&item);
    }
    text.push(']');
    text
}

/// An array of `{"Name":…,"Value":…}`, the shape of parameters and extended properties.
pub(crate) fn name_values<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    array(
        pairs
            .into_iter()
            .map(|(name, value)| Object::new().text("Name", name).text("Value", &value).finish()),
    )
}

/// Appends `value` as a JSON string.
pub(crate) fn quote(text: &mut String, value: &str) {
    text.push('"');
    for letter in value.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' => text.push_str("\\/"),
            '\r' => text.push_str("\\r"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '&' | '<' | '>' | '\'' | '\0'..='\u{1f}' => {
                write!(text, "\\u{:04x}", u32::from(letter)).expect("a string takes it");
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_the_pipeline_does_and_reads_back() {
        let text = Object::new().text("a", "x/y & \"ü\"\r\n\u{1}").bare("n", 5).finish();
        assert_eq!(text, r#"{"a":"x\/y \u0026 \"ü\"\r\n\u0001","n":5}"#);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["a"], "x/y & \"ü\"\r\n\u{1}");
    }
}
