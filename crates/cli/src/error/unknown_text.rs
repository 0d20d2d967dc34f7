//! A pasted text that the catalogue does not know.

use super::CommandError;

/// Nothing in the text is an error that the catalogue has.
#[derive(Debug, thiserror::Error)]
#[error("the text has no error that the catalogue knows{}", named(codes))]
pub(crate) struct UnknownText {
    /// Codes of Entra in it that are not in the catalogue.
    pub(crate) codes: Vec<String>,
}

fn named(codes: &[String]) -> String {
    match codes {
        [] => String::new(),
        codes => format!("; it names {}", codes.join(", ")),
    }
}

impl From<UnknownText> for CommandError {
    fn from(error: UnknownText) -> Self {
        let pages: Vec<String> = error.codes.iter().map(|code| page(code)).collect();
        let command = pages.into_iter().fold(Self::failed(error), Self::fix);
        command.fix(
            "paste more of it: the line with a code, an exception's name or a status helps most",
        )
    }
}

/// Where Microsoft explains a code of Entra.
fn page(code: &str) -> String {
    let number = code.trim_start_matches("AADSTS");
    format!("read what Microsoft says: https://login.microsoftonline.com/error?code={number}")
}
