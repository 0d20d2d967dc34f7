//! Which cmdlets or paths a rule is about: `Get-Mailbox`, `Set-*`, `New-*|Remove-*`.

/// Alternatives with `*` for any text, compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// A pattern from its text; every text is one.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether one of the alternatives is the whole of `text`.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        self.0.to_ascii_lowercase().split('|').any(|pattern| glob(pattern, &text))
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(found) = text.find(piece) else { return false };
        text = &text[found + piece.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, matches) in [
            ("Get-Mailbox", "get-mailbox", true),
            ("Get-Mailbox", "Get-MailboxStatistics", false),
            ("Get-*", "Get-Mailbox", true),
            ("*Mailbox*", "Set-CASMailbox", true),
            ("a*a", "a", false),
            ("New-*|Remove-*", "Remove-MailUser", true),
            ("*", "", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} on {text}");
        }
    }
}
