//! What others wrote, on a terminal: a name that the tenant holds, a message of the service, a
//! line of a file. Nothing in it may move the cursor, change colours or set the window's title.

use std::fmt::{self, Display, Formatter, Write};

/// Shows a text with a space for each control character but line feed and tab.
#[derive(Debug)]
pub(super) struct Plain<T>(pub(super) T);

impl<T: Display> Display for Plain<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Filter(f), "{}", self.0)
    }
}

struct Filter<'f, 'b>(&'f mut Formatter<'b>);

impl Write for Filter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(is_obeyed) {
            let shown = piece.trim_end_matches(is_obeyed);
            self.0.write_str(shown)?;
            if shown.len() < piece.len() {
                self.0.write_char(' ')?;
            }
        }
        Ok(())
    }
}

fn is_obeyed(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_said() {
        // Clear the screen; set the title; the one-character form of ESC [; overprint; delete.
        let text = "a\u{1b}[2Jb\u{1b}]0;title\u{7}c\u{9b}31md\re\u{8}f\u{7f}g\n\th";
        assert_eq!(Plain(text).to_string(), "a [2Jb ]0;title c 31md e f g\n\th");
        assert_eq!(Plain(format_args!("{}{}", "\u{1b}\u{1b}", "é …")).to_string(), "  é …");
    }
}
