//! What is known when a fix is printed, and put into its command.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use exoctl_certificate::StoreError;
use exoctl_exchange::InvokeError;
use exoctl_identity::CredentialError;
use exoctl_setup::SetupError;

use crate::error::{KeyError, PlanError, ProfileError};

/// Values by the names that stand in braces in the catalogue's commands: `organization`, `app-id`,
/// `name`, `thumbprint`, `certificate` (setup's option with its value), `sign-in` (the same of
/// `Connect-ExchangeOnline`), `client-id`, `profile`, `cmdlet`, `cmdlets`, `path`, `host`, `user`, `unit`. What is not known is left as a
/// word in upper case that somebody has to replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known(BTreeMap<&'static str, String>);

impl Known {
    /// With this value, unless there is one already.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write names and numbers as they are"
    )]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.entry(name).or_insert_with(|| value.to_string());
        self
    }

    /// With the file that key and certificate are in.
    pub(crate) fn with_key_file(self, path: &Path) -> Self {
        let path_text = quoted("path", &path.display().to_string());
        self.with("certificate", format!("--certificate-file {path_text}"))
            .with("sign-in", format!("-CertificateFilePath {path_text}"))
            .with("path", path.display())
    }

    /// With what the other one knows besides.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        for (name, value) in &other.0 {
            self.0.entry(name).or_insert_with(|| value.clone());
        }
        self
    }

    /// What an error's causes tell.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut known = Self::default();
        let mut next = Some(error);
        while let Some(cause) = next {
            known = known.told_by(cause);
            next = cause.source();
        }
        known
    }

    fn told_by(self, error: &(dyn Error + 'static)) -> Self {
        if let Some(error) = error.downcast_ref::<InvokeError>() {
            return self.told_by_call(error);
        }
        if let Some(path) = file_of(error) {
            return self.with("path", path.display());
        }
        if let Some(error) = error.downcast_ref::<SetupError>() {
            return self.told_by_setup(error);
        }
        match error.downcast_ref::<ProfileError>() {
            Some(ProfileError::Unknown { name, .. }) => return self.with("profile", name),
            Some(ProfileError::Syntax { path, .. }) => {
                let name = path.file_stem().unwrap_or_default();
                return self.with("profile", name.display()).with("path", path.display());
            }
            _ => {}
        }
        match error.downcast_ref::<PlanError>() {
            Some(PlanError::Syntax { path, .. } | PlanError::Format { path, .. }) => {
                return self.with("path", path.display());
            }
            Some(PlanError::NoFootprint { app_id }) => return self.with("app-id", app_id),
            None => {}
        }
        match error.downcast_ref::<CredentialError>().map(CredentialError::root) {
            Some(CredentialError::Refused { client, .. }) => self.with("client-id", client),
            _ => self,
        }
    }

    fn told_by_setup(self, error: &SetupError) -> Self {
        match error {
            SetupError::NoExchange { organization } => self.with("organization", organization),
            SetupError::NameTaken { name, app_ids } => match app_ids.as_slice() {
                [only] => self.with("name", name).with("app-id", only),
                _ => self.with("name", name),
            },
            SetupError::NameHeld { name, .. }
            | SetupError::NoRoleGroup { name }
            | SetupError::RoleGroupTaken { name } => self.with("name", name),
            _ => self,
        }
    }

    fn told_by_call(self, error: &InvokeError) -> Self {
        match error {
            InvokeError::Cmdlet { cmdlet, organization, .. }
            | InvokeError::Unauthorized { cmdlet, organization, .. }
            | InvokeError::Forbidden { cmdlet, organization, .. } => {
                self.with("cmdlet", cmdlet).with("organization", organization)
            }
            InvokeError::Parameter { cmdlet, .. } | InvokeError::ResultSize { cmdlet, .. } => {
                self.with("cmdlet", cmdlet)
            }
            InvokeError::RoleNotSupported { organization, .. } => {
                self.with("organization", organization)
            }
            _ => self,
        }
    }

    /// Whether there is a value of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether the other one is not about another application or tenant.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        ["app-id", "organization"].iter().all(|name| match (self.0.get(name), other.0.get(name)) {
            (Some(one), Some(another)) => one.eq_ignore_ascii_case(another),
            _ => true,
        })
    }

    /// A command of the catalogue with everything put in that is known.
    pub(crate) fn fill(&self, command: &str) -> String {
        let mut filled = String::with_capacity(command.len());
        let mut rest = command;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            filled.push_str(before);
            filled.push_str(&self.value(name));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> String {
        if let Some(value) = self.0.get(name) {
            return quoted(name, value);
        }
        match name {
            "certificate" => format!("--certificate-thumbprint {}", self.value("thumbprint")),
            "sign-in" => format!("-CertificateThumbprint {}", self.value("thumbprint")),
            "path" => "FILE".to_owned(),
            "organization" => "TENANT.onmicrosoft.com".to_owned(),
            name => name.to_uppercase(),
        }
    }

    /// Values of the right form for all names.
    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self::default()
            .with("organization", "contoso.onmicrosoft.com")
            .with("app-id", "36ee4c6c-0812-40a2-b820-b22ebd02bce3")
            .with("client-id", "14d82eec-204b-4c2f-b7e8-296a70dab67e")
            .with("thumbprint", "3D05A4E8F0F30C9A1C3B5D7E9F1A2B3C4D5E6F70")
            .with("profile", "reports")
            .with("name", "EXO Reporting")
            .with("cmdlet", "Get-Mailbox")
            .with("cmdlets", "Get-Mailbox,Get-User")
            .with("object-id", "8b1a9953-c461-4296-a827-abf8c47804d7")
            .with("path", "exo.pfx")
    }
}

/// The file that a key or a store's entry is in.
fn file_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Path> {
    if let Some(
        StoreError::Permissions { path, .. }
        | StoreError::Unreadable { path, .. }
        | StoreError::Io { path, .. },
    ) = error.downcast_ref()
    {
        return Some(path);
    }
    match error.downcast_ref::<KeyError>()? {
        KeyError::Read { path, .. } | KeyError::File { path, .. } => Some(path),
        _ => None,
    }
}

/// As shells take it, those of Windows too as long as it is nothing special. Options with their
/// values are put together by whoever knows them.
fn quoted(name: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " -_.,:/\\@".contains(c);
    match name {
        "certificate" | "sign-in" | "cmdlets" => value.to_owned(),
        _ if value.contains(' ') && value.chars().all(is_plain) => format!("\"{value}\""),
        _ if value.chars().all(is_plain) => value.to_owned(),
        _ => shlex::try_quote(value).map_or_else(|_| value.to_owned(), Into::into),
    }
}

/// What a run of the program works with, as far as it has got; filled in as settings are read.
#[derive(Debug, Default)]
pub(crate) struct Circumstances(Mutex<Known>);

impl Circumstances {
    /// What is known now comes before what was known.
    pub(crate) fn note(&self, known: Known) {
        let mut before = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *before = known.or(&before);
    }

    /// All that is known.
    pub(crate) fn known(&self) -> Known {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_put_in_and_the_rest_is_left_to_a_human() {
        let known = Known::default().with("app-id", "36ee").with("path", "my keys/exo.pfx");
        let filled = known.fill("exoctl x --app-id {app-id} {certificate} --out {path}");
        assert_eq!(
            filled,
            "exoctl x --app-id 36ee --certificate-thumbprint THUMBPRINT --out \"my keys/exo.pfx\""
        );
        assert_eq!(known.fill("a { b"), "a { b");
    }

    #[test]
    fn what_was_noted_last_counts() {
        let circumstances = Circumstances::default();
        circumstances.note(Known::default().with("app-id", "1").with("profile", "p"));
        circumstances.note(Known::default().with("app-id", "2"));
        assert_eq!(circumstances.known().fill("{app-id} {profile}"), "2 p");
    }
}
