//! Every environment variable that exoctl knows, and the only place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::SecretString;

/// An environment variable by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, for help and documentation.
    pub(crate) meaning: &'static str,
    /// Whether its value is a secret and is never shown.
    pub(crate) secret: bool,
}

const fn variable(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning, secret: false }
}

/// One directory for everything that exoctl keeps.
pub(crate) const EXOCTL_HOME: Variable = variable(
    "EXOCTL_HOME",
    "one directory for everything that exoctl keeps (profiles, certificates, caches)",
);
/// The environment file.
pub(crate) const EXOCTL_ENVIRONMENT: Variable = variable(
    "EXOCTL_ENVIRONMENT",
    "file that describes the cloud, as `exoctl sim` writes it; like --environment",
);
/// The profile.
pub(crate) const EXOCTL_PROFILE: Variable =
    variable("EXOCTL_PROFILE", "name of the connection to use; like --profile");
/// The output format.
pub(crate) const EXOCTL_OUTPUT: Variable =
    variable("EXOCTL_OUTPUT", "table, list, json, jsonl, csv or yaml; like --output");
/// What to log.
pub(crate) const EXOCTL_LOG: Variable = variable(
    "EXOCTL_LOG",
    "what to log to stderr: error, warn, info, debug, trace or a filter; like --log",
);
/// How to log.
pub(crate) const EXOCTL_LOG_FORMAT: Variable =
    variable("EXOCTL_LOG_FORMAT", "text or json; like --log-format");
/// Whether tokens are kept on disk.
pub(crate) const EXOCTL_NO_TOKEN_CACHE: Variable =
    variable("EXOCTL_NO_TOKEN_CACHE", "keep no token on disk if not empty; like --no-token-cache");
/// How client assertions are signed.
pub(crate) const EXOCTL_ASSERTION_ALGORITHM: Variable = variable(
    "EXOCTL_ASSERTION_ALGORITHM",
    "PS256 or RS256 for client assertions; without it PS256 where the key can do it",
);
/// An access token made elsewhere.
pub(crate) const EXOCTL_ACCESS_TOKEN: Variable = Variable {
    name: "EXOCTL_ACCESS_TOKEN",
    meaning: "access token for Connect-ExchangeOnline -AccessToken env",
    secret: true,
};
/// Where the files of jobs are.
pub(crate) const EXOCTL_JOBS: Variable =
    variable("EXOCTL_JOBS", "directory of the job files; like --jobs");
/// Where the ledger of runs is.
pub(crate) const EXOCTL_LEDGER: Variable = Variable {
    name: "EXOCTL_LEDGER",
    meaning: "ledger of runs: an SQLite file, a postgres:// address, or file:PATH of a file that holds the address",
    secret: true,
};
/// No colour, see <https://no-color.org>.
pub(crate) const NO_COLOR: Variable = variable("NO_COLOR", "no colour if not empty");
/// The terminal's kind.
pub(crate) const TERM: Variable = variable("TERM", "no colour and no progress bar if `dumb`");
/// The terminal's width.
pub(crate) const COLUMNS: Variable = variable("COLUMNS", "width of tables on a terminal");
/// The application.
pub(crate) const AZURE_CLIENT_ID: Variable =
    variable("AZURE_CLIENT_ID", "application (client) id; like -AppId");
/// The tenant.
pub(crate) const AZURE_TENANT_ID: Variable =
    variable("AZURE_TENANT_ID", "tenant id or domain; like -Organization");
/// The key.
pub(crate) const AZURE_CLIENT_CERTIFICATE_PATH: Variable = variable(
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "PFX or PEM file with certificate and key; like -CertificateFilePath",
);
/// The key's password.
pub(crate) const AZURE_CLIENT_CERTIFICATE_PASSWORD: Variable = Variable {
    name: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    meaning: "password of that file; like --password-env",
    secret: true,
};

/// What the network libraries look at. A proxy's address may have a user and a password in it.
pub(crate) const NETWORK: [Variable; 10] = {
    const fn of_the_network(name: &'static str) -> Variable {
        Variable { name, meaning: "what requests go through, and who is trusted", secret: true }
    }
    [
        of_the_network("HTTPS_PROXY"),
        of_the_network("https_proxy"),
        of_the_network("ALL_PROXY"),
        of_the_network("all_proxy"),
        of_the_network("HTTP_PROXY"),
        of_the_network("http_proxy"),
        of_the_network("NO_PROXY"),
        of_the_network("no_proxy"),
        of_the_network("SSL_CERT_FILE"),
        of_the_network("SSL_CERT_DIR"),
    ]
};

/// Where programs are looked for.
pub(crate) const PATH: Variable = variable("PATH", "where programs are looked for");
/// Where a scheduler puts the secrets of a run: systemd's `LoadCredential=`, a secret of Kubernetes.
pub(crate) const CREDENTIALS_DIRECTORY: Variable = variable(
    "CREDENTIALS_DIRECTORY",
    "files there are taken in the place of a profile's key and password files of the same names",
);

/// What says where things are kept without [`EXOCTL_HOME`].
pub(crate) const PLACES: [Variable; 7] = [
    CREDENTIALS_DIRECTORY,
    variable("HOME", "the home directory"),
    variable("XDG_CONFIG_HOME", "where profiles are kept"),
    variable("XDG_DATA_HOME", "where certificates are kept"),
    variable("XDG_CACHE_HOME", "where cmdlets are kept"),
    variable("XDG_RUNTIME_DIR", "where tokens are kept"),
    variable("TMPDIR", "where temporary files are made"),
];

/// All of them, in the order in which documentation lists them.
pub(crate) const ALL: [Variable; 18] = [
    EXOCTL_HOME,
    EXOCTL_ENVIRONMENT,
    EXOCTL_PROFILE,
    EXOCTL_OUTPUT,
    EXOCTL_LOG,
    EXOCTL_LOG_FORMAT,
    EXOCTL_NO_TOKEN_CACHE,
    EXOCTL_ASSERTION_ALGORITHM,
    EXOCTL_ACCESS_TOKEN,
    EXOCTL_JOBS,
    EXOCTL_LEDGER,
    AZURE_CLIENT_ID,
    AZURE_TENANT_ID,
    AZURE_CLIENT_CERTIFICATE_PATH,
    AZURE_CLIENT_CERTIFICATE_PASSWORD,
    NO_COLOR,
    TERM,
    COLUMNS,
];

/// The environment as it was when the program began.
#[derive(Clone, Default)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Reads the process's environment.
    pub(crate) fn capture() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The same without the variables of exoctl and of the Azure tools, for a run of its own.
    pub(crate) fn without_settings(&self) -> Self {
        let ours = |name: &OsString| {
            name.to_str()
                .is_some_and(|name| ["EXOCTL_", "AZURE_"].iter().any(|p| name.starts_with(p)))
        };
        Self(
            self.0
                .iter()
                .filter(|(name, _)| !ours(name))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect(),
        )
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, variable: Variable, value: impl Into<OsString>) -> Self {
        self.0.insert(variable.name.into(), value.into());
        self
    }

    /// The value of a variable; one that is empty counts as not set.
    pub(crate) fn find(&self, variable: Variable) -> Option<String> {
        self.text(variable.name)
    }

    /// The value of a variable as a path.
    pub(crate) fn path(&self, variable: Variable) -> Option<PathBuf> {
        self.0.get(&OsString::from(variable.name)).filter(|value| !value.is_empty()).map(Into::into)
    }

    /// Whether a variable is there and not empty.
    pub(crate) fn has(&self, variable: Variable) -> bool {
        self.path(variable).is_some()
    }

    /// The value of a variable that the user has named, a password for example.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// What the tools of object storages look at, by name; secrets are among the values.
    pub(crate) fn for_object_storage(&self) -> Vec<(String, String)> {
        let prefixes = ["AWS_", "AZURE_", "AZURITE_", "GOOGLE_", "IDENTITY_ENDPOINT"];
        let is_theirs = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let texts =
            self.0.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
        let theirs = texts.filter(|(name, value)| is_theirs(name) && !value.is_empty());
        theirs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The values of all variables that hold secrets, of those that look like it by their names too.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretString> + '_ {
        let names = [
            "PASSWORD",
            "PASSWD",
            "SECRET",
            "TOKEN",
            "API_KEY",
            "PRIVATE_KEY",
            "ACCOUNT_KEY",
            "SAS_KEY",
            "STORAGE_KEY",
        ];
        let is_secret = move |name: &str| {
            let of_ours = ALL.iter().find(|variable| variable.name == name);
            let by_name = || names.iter().any(|word| name.to_ascii_uppercase().contains(word));
            of_ours.map_or_else(by_name, |variable| variable.secret)
        };
        self.0.iter().filter_map(move |(name, value)| {
            let value = value.to_str().filter(|value| !value.is_empty());
            name.to_str().filter(|name| is_secret(name)).and(value).map(SecretString::from)
        })
    }

    /// What Windows calls this machine.
    #[cfg(not(unix))]
    pub(crate) fn computer_name(&self) -> Option<String> {
        self.text("COMPUTERNAME")
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = self.0.get(&OsString::from(name))?.to_string_lossy().into_owned();
        (!value.is_empty()).then_some(value)
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("variables", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_none_and_values_are_not_printed() {
        let pairs = [("EXOCTL_PROFILE", ""), ("SECRET", "hunter2")];
        let environment = Environment(pairs.map(|(n, v)| (n.into(), v.into())).into());
        assert_eq!(environment.find(EXOCTL_PROFILE), None);
        assert!(environment.secret("SECRET").is_some());
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
