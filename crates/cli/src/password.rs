//! Where the password of a key comes from. Never from the command line: other users see it there.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::env;
use crate::error::{CommandError, FileError, PasswordError};
use crate::ui::Ui;

/// The options that say where a password comes from; flatten them into a command's arguments.
#[derive(Args, Clone, Debug, Default)]
#[group(multiple = false)]
#[expect(clippy::struct_field_names, reason = "they are the names of the options")]
pub(crate) struct PasswordArgs {
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Take the password from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) password_env: Option<String>,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// What asks nobody: the options that give a password beforehand.
pub(crate) const INSTEAD: &str = "--password-file FILE, --password-env NAME or --password-stdin";

impl PasswordArgs {
    /// Whether an option says where the password comes from.
    pub(crate) fn is_given(&self) -> bool {
        self.password_file.is_some() || self.password_env.is_some() || self.password_stdin
    }

    /// The password that an option gives, else that of `AZURE_CLIENT_CERTIFICATE_PASSWORD`, else
    /// none. Asks nobody: a file may need no password at all.
    pub(crate) fn find(&self, context: &Context) -> Result<Option<SecretString>, CommandError> {
        if let Some(path) = &self.password_file {
            return from_file(path).map(Some);
        }
        if let Some(name) = &self.password_env {
            let value = context.environment().secret(name);
            return value.map(Some).ok_or_else(|| PasswordError::NotSet(name.clone()).into());
        }
        if self.password_stdin {
            return from_stdin().map(Some);
        }
        Ok(context.environment().secret(env::AZURE_CLIENT_CERTIFICATE_PASSWORD.name))
    }

    /// Asks for the password of an existing file.
    #[expect(clippy::unused_self, reason = "asking is what is left when no option was given")]
    pub(crate) fn ask(&self, what: &str, ui: &mut Ui) -> Result<SecretString, CommandError> {
        ui.prompt_secret(format_args!("Password of {what}"), INSTEAD)
    }

    /// The password for a new file: from an option, else asked for twice.
    pub(crate) fn for_new_file(
        &self,
        what: &str,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<SecretString, CommandError> {
        if let Some(password) = self.find(context)? {
            return Ok(password);
        }
        let first = ui.prompt_secret(format_args!("New password for {what}"), INSTEAD)?;
        let second = ui.prompt_secret("The same again", INSTEAD)?;
        if first.expose_secret() == second.expose_secret() {
            Ok(first)
        } else {
            Err(PasswordError::Different.into())
        }
    }
}

/// Where one secret comes from: `file:PATH`, `env:NAME`, `stdin` or `prompt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// The first line of a file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// The first line of stdin.
    Stdin,
    /// Somebody at the terminal.
    Prompt,
}

impl FromStr for SecretSource {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.to_owned())),
            None if text == "stdin" => Ok(Self::Stdin),
            None if text == "prompt" => Ok(Self::Prompt),
            _ => Err(()),
        }
    }
}

impl SecretSource {
    /// The secret; `name` is what it is for.
    pub(crate) fn open(
        &self,
        name: &str,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<SecretString, CommandError> {
        match self {
            Self::File(path) => from_file(path),
            Self::Variable(variable) => context
                .environment()
                .secret(variable)
                .ok_or_else(|| PasswordError::NotSet(variable.clone()).into()),
            Self::Stdin => from_stdin(),
            Self::Prompt => ui.prompt_secret(name, &format!("--secure {name}=file:PATH")),
        }
    }
}

/// The first line of a file, without its end.
pub(crate) fn from_file(path: &Path) -> Result<SecretString, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.into(), source };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    first_line(&text).ok_or_else(|| PasswordError::Empty(path.display().to_string()).into())
}

/// The first line of stdin, without its end.
pub(crate) fn from_stdin() -> Result<SecretString, CommandError> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().lock().read_to_string(&mut text)?;
    first_line(&text).ok_or_else(|| PasswordError::Empty("stdin".to_owned()).into())
}

fn first_line(text: &str) -> Option<SecretString> {
    let line = text.strip_prefix('\u{feff}').unwrap_or(text).lines().next()?;
    (!line.is_empty()).then(|| line.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        let line = |text| first_line(text).map(|line| line.expose_secret().to_owned());
        assert_eq!(line("pa ss \r\nsecond\n").as_deref(), Some("pa ss "));
        assert_eq!(line("\u{feff}secret").as_deref(), Some("secret"));
        assert_eq!(line("\nsecond"), None);
    }
}
