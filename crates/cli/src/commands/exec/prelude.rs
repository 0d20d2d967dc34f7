//! PowerShell that connects, and connects again before the token expires.

use std::ffi::OsStr;
use std::io::Write as _;

use tempfile::NamedTempFile;

use crate::error::ExecError;

/// What stands before a script.
pub(super) const TEXT: &str = include_str!("prelude.ps1");

/// A script that connects and then is the user's, with its arguments and its exit code.
pub(super) fn wrap(script: &OsStr) -> Result<NamedTempFile, ExecError> {
    let failed = |source| ExecError::Program("write the PowerShell that starts", source);
    let path = std::path::absolute(script).map_err(failed)?;
    let mut file =
        tempfile::Builder::new().prefix("exoctl-").suffix(".ps1").tempfile().map_err(failed)?;
    let quoted = literal(&path.to_string_lossy());
    // A script that fails without an exit code of its own has made `$?` false.
    let text = format!(
        "{TEXT}\nConnect-Exoctl\n$global:LASTEXITCODE = 0\n& {quoted} @args\nif (-not $?) {{ exit $LASTEXITCODE }}\nexit 0\n"
    );
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed)?;
    Ok(file)
}

/// A text between single quotes, which PowerShell ends with any of these (about_Quoting_Rules).
fn literal(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_its_quotes() {
        assert_eq!(literal("/home/o'neill/a $(b).ps1"), "'/home/o''neill/a $(b).ps1'");
        assert_eq!(literal("a\u{2019}; b"), "'a\u{2019}\u{2019}; b'");
    }

    #[test]
    fn the_prelude_holds_no_secret_and_asks_for_the_token_when_it_is_needed() {
        assert!(TEXT.contains("$env:IDENTITY_ENDPOINT") && TEXT.contains("$env:IDENTITY_HEADER"));
        assert!(TEXT.is_ascii(), "Windows PowerShell reads files without a mark as ANSI");
        insta::assert_snapshot!(TEXT);
    }
}
