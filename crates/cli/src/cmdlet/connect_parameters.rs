//! The parameters of `Connect-ExchangeOnline` and `Connect-IPPSSession`, as Learn lists them.

use std::path::PathBuf;

use exoctl_certificate::{InvalidThumbprint, Thumbprint};
use exoctl_exchange::powershell::{Expected, KnownParameter};
use exoctl_exchange::{ParameterValue, Parameters};

use super::binding;
use crate::context::{Context, Flags, Means};
use crate::env;
use crate::error::{CommandError, InvalidSetting, SignInError};
use crate::profile::Source;

/// What the user wants of a new connection.
#[derive(Debug)]
pub(super) struct ConnectParameters {
    /// Who signs in where.
    pub(super) flags: Flags,
    /// `-Prefix`.
    pub(super) prefix: Option<String>,
    /// Whether the access token is on stdin.
    pub(super) token_on_stdin: bool,
    /// `-ShowBanner`, true unless told otherwise.
    pub(super) show_banner: bool,
    /// `-Verbose`.
    pub(super) verbose: bool,
    /// Parameters that do nothing here.
    pub(super) ignored: Vec<String>,
}

/// Parameters for other ways to sign in than that of an application with a certificate.
const OTHER_WAYS: [&str; 9] = [
    "Certificate",
    "Credential",
    "Device",
    "DelegatedOrganization",
    "InlineCredential",
    "ManagedIdentity",
    "ManagedIdentityAccountId",
    "UserPrincipalName",
    "SigningCertificate",
];

/// Parameters of a PowerShell session, a proxy object or a remote session; nothing to do here.
const IGNORED: [(&str, Expected); 24] = [
    ("AzureADAuthorizationEndpointUri", Expected::Text),
    ("BypassMailboxAnchoring", Expected::Switch),
    ("CommandName", Expected::TextList),
    ("ConnectionUri", Expected::Text),
    ("DisableWAM", Expected::Switch),
    ("EnableErrorReporting", Expected::Switch),
    ("EnableSearchOnlySession", Expected::Switch),
    ("FormatTypeName", Expected::TextList),
    ("LoadCmdletHelp", Expected::Switch),
    ("LogDirectoryPath", Expected::Text),
    ("LogLevel", Expected::Text),
    ("PSSessionOption", Expected::Any),
    ("ShowBanner", Expected::Switch),
    ("ShowProgress", Expected::Boolean),
    ("SkipLoadingCmdletHelp", Expected::Switch),
    ("SkipLoadingFormatData", Expected::Switch),
    ("TrackPerformance", Expected::Boolean),
    ("UseMultithreading", Expected::Boolean),
    ("UseRPSSession", Expected::Switch),
    ("ErrorAction", Expected::Text),
    ("WarningAction", Expected::Text),
    ("InformationAction", Expected::Text),
    ("Debug", Expected::Switch),
    ("Confirm", Expected::Switch),
];

/// The parameters of a certificate's or a token's sign-in.
const OURS: [(&str, Expected); 9] = [
    ("AppId", Expected::Text),
    ("Organization", Expected::Text),
    ("CertificateThumbprint", Expected::Text),
    ("CertificateFilePath", Expected::Text),
    ("CertificatePassword", Expected::Secret),
    ("AccessToken", Expected::Text),
    ("ExchangeEnvironmentName", Expected::Text),
    ("PageSize", Expected::Number),
    ("Prefix", Expected::Text),
];

/// All parameters that are understood, be it to refuse or to ignore them.
fn known() -> impl Iterator<Item = (&'static str, Expected)> {
    let other_ways = OTHER_WAYS.map(|name| (name, Expected::Any));
    OURS.into_iter().chain(other_ways).chain(IGNORED)
}

/// The names of the parameters that do something here.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OURS.into_iter().map(|(name, _)| name).chain(["ShowBanner"])
}

impl ConnectParameters {
    /// Reads them.
    pub(super) fn read(arguments: &[String], context: &Context) -> Result<Self, CommandError> {
        refuse_secrets(arguments)?;
        let known: Vec<KnownParameter> =
            known().map(|(name, expected)| KnownParameter::new(name, expected)).collect();
        let line = binding::read(arguments, Some(&known), context)?;
        Self::understand(&line.parameters, line.common.verbose)
    }

    fn understand(given: &Parameters, verbose: bool) -> Result<Self, CommandError> {
        if let Some(name) = OTHER_WAYS.into_iter().find(|name| given.find(name).is_some()) {
            return Err(SignInError::OtherWay(name.to_owned()).into());
        }
        let text = |name: &str| given.find(name).map(text_of);
        let thumbprint = text("CertificateThumbprint");
        let file = text("CertificateFilePath");
        let token = text("AccessToken");
        let means = match (thumbprint, file, &token) {
            (Some(thumbprint), None, None) => {
                Some(Means::Thumbprint(read_thumbprint(&thumbprint)?))
            }
            (None, Some(path), None) => Some(Means::File(absolute(&path))),
            // A thumbprint beside a file chooses one of the file's keys.
            (Some(thumbprint), Some(path), None) => Some(Means::Source(Source::File {
                path: absolute(&path),
                thumbprint: read_thumbprint(&thumbprint)?,
                password_file: None,
                password_env: None,
            })),
            (None, None, Some(token)) => Some(Means::Source(token_source(token))),
            (None, None, None) => None,
            _ => return Err(SignInError::TwoWays("-AccessToken", "a certificate").into()),
        };
        let environment_name =
            text("ExchangeEnvironmentName").map(|name| name.parse()).transpose()?;
        let flags = Flags {
            organization: text("Organization").map(|text| text.parse()).transpose()?,
            app_id: text("AppId").map(|text| text.parse()).transpose()?,
            means,
            environment_name,
            page_size: text("PageSize").map(|text| read_page_size(&text)).transpose()?,
            afresh: true,
        };
        let banner = given.find("ShowBanner");
        Ok(Self {
            flags,
            prefix: text("Prefix").filter(|prefix| !prefix.is_empty()),
            token_on_stdin: token.as_deref() == Some("-"),
            show_banner: !matches!(banner, Some(ParameterValue::Bool(false))),
            verbose,
            ignored: IGNORED
                .into_iter()
                .map(|(name, _)| name)
                .filter(|name| *name != "ShowBanner" && given.find(name).is_some())
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// A secret must not even get into an error message, so this looks before the parser does.
fn refuse_secrets(arguments: &[String]) -> Result<(), CommandError> {
    for (at, argument) in arguments.iter().enumerate() {
        let Some(name) = argument.strip_prefix('-') else { continue };
        let (name, inline) = match name.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (name, None),
        };
        let is = |whole: &str, shortest: usize| {
            let beginning = whole.get(..name.len());
            name.len() >= shortest && beginning.is_some_and(|text| text.eq_ignore_ascii_case(name))
        };
        if is("CertificatePassword", "CertificateP".len()) {
            return Err(SignInError::PasswordOnCommandLine.into());
        }
        let value =
            inline.filter(|text| !text.is_empty()).or(arguments.get(at + 1).map(String::as_str));
        if is("AccessToken", "Ac".len()) && !value.is_some_and(is_reference) {
            return Err(SignInError::TokenOnCommandLine.into());
        }
    }
    Ok(())
}

/// Whether a value says where a token is and is none itself.
fn is_reference(value: &str) -> bool {
    value == "-"
        || value.eq_ignore_ascii_case("env")
        || value.starts_with('@')
        || value.starts_with("env:")
}

fn token_source(value: &str) -> Source {
    match (value.strip_prefix('@'), value.strip_prefix("env:")) {
        (Some(path), _) => Source::TokenFile { path: absolute(path) },
        (None, Some(name)) => Source::TokenVariable { name: name.to_owned() },
        (None, None) if value == "-" => Source::TokenGiven,
        (None, None) => Source::TokenVariable { name: env::EXOCTL_ACCESS_TOKEN.name.to_owned() },
    }
}

fn read_thumbprint(text: &str) -> Result<Thumbprint, CommandError> {
    text.parse().map_err(|error: InvalidThumbprint| CommandError::usage(error))
}

fn read_page_size(text: &str) -> Result<u16, CommandError> {
    let size = text.parse().ok().filter(|size| (1..=1000).contains(size));
    let invalid =
        || InvalidSetting { setting: "-PageSize", value: text.to_owned(), expected: "1 to 1000" };
    Ok(size.ok_or_else(invalid)?)
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}

fn text_of(value: &ParameterValue) -> String {
    match value {
        ParameterValue::String(text) => text.clone(),
        ParameterValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> bool {
        refuse_secrets(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_err()
    }

    #[test]
    fn secrets_on_the_command_line_are_refused_however_they_are_written() {
        for line in [
            "-CertificatePassword hunter2",
            "-certificatep:hunter2",
            "-AccessToken eyJ0eXAiOiJKV1QifQ.e30.c2ln",
            "-AccessToken:eyJ0eXAiOiJKV1QifQ.e30.c2ln",
            "-acc x",
        ] {
            assert!(refused(line), "{line}");
        }
        for line in ["-AccessToken @token.txt", "-AccessToken -", "-AccessToken env", "-AppId x"] {
            assert!(!refused(line), "{line}");
        }
    }
}
