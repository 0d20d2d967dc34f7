//! Questions to the human at the terminal.

use std::fmt::Display;
use std::io::{self, Write};

use secrecy::SecretString;

use super::Ui;
use super::plain::Plain;
use crate::error::{CommandError, NotInteractive};

impl Ui {
    /// Asks on stderr whether to go on; `--yes` answers for the user. Without a terminal it is an
    /// error that says how to answer beforehand: `instead` completes "use …".
    pub(crate) fn confirm(
        &mut self,
        question: impl Display,
        instead: &str,
    ) -> Result<bool, CommandError> {
        if self.yes {
            return Ok(true);
        }
        if !self.is_interactive() {
            let (question, instead) = (question.to_string(), instead.to_owned());
            return Err(NotInteractive { question, instead }.into());
        }
        loop {
            let answer =
                self.ask(format_args!("{question}\n[Y] Yes  [N] No  (default is \"Y\"): "))?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "" | "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Asks for a secret without showing what is typed.
    pub(crate) fn prompt_secret(
        &mut self,
        label: impl Display,
        instead: &str,
    ) -> Result<SecretString, CommandError> {
        if !self.is_interactive() {
            let (question, instead) = (label.to_string(), instead.to_owned());
            return Err(NotInteractive { question, instead }.into());
        }
        self.flush()?;
        let mut stderr = io::stderr();
        write!(stderr, "{}: ", Plain(label))?;
        stderr.flush()?;
        Ok(rpassword::read_password().map(SecretString::from)?)
    }

    fn ask(&mut self, question: impl Display) -> Result<String, CommandError> {
        self.flush()?;
        let mut stderr = io::stderr();
        write!(stderr, "{}", Plain(question))?;
        stderr.flush()?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(answer)
    }
}
