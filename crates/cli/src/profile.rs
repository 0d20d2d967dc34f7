//! Named connections, kept as TOML files in the configuration directory. No secret is in them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use exoctl_broker::Resource;
use exoctl_certificate::Thumbprint;
use exoctl_model::{ClientId, Cloud, EnvironmentName, Organization, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::read_cloud;
use crate::error::{CommandError, InvalidSetting, ProfileError};

/// A connection that `Connect-ExchangeOnline` or `Connect-IPPSSession` has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Profile {
    /// The connection's id, as `Get-ConnectionInformation` shows it.
    pub(crate) connection_id: Uuid,
    /// The prefix of its cmdlets' nouns, if `-Prefix` gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<String>,
    /// Which service it is to.
    pub(crate) service: Service,
    /// The organization.
    pub(crate) organization: Organization,
    /// The tenant's id, as discovery told it.
    pub(crate) tenant_id: TenantId,
    /// The application; none if an access token is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) app_id: Option<ClientId>,
    /// The cloud by name.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "environment_name")]
    pub(crate) exchange_environment_name: Option<EnvironmentName>,
    /// The file that describes the cloud, instead of a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) environment_file: Option<PathBuf>,
    /// Rows in a page.
    pub(crate) page_size: u16,
    /// The tenant's region of Security & Compliance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// What programs get tokens for besides Exchange Online and Security & Compliance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_resources: Vec<String>,
    /// When the connection was made.
    pub(crate) connected_at: Timestamp,
    /// How it signs in.
    pub(crate) credential: Source,
}

/// The services that a connection can be to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Service {
    /// Exchange Online.
    ExchangeOnline,
    /// Security & Compliance.
    Compliance,
}

/// Where the means to sign in are. Never the means themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub(crate) enum Source {
    /// A certificate in a store.
    #[serde(rename_all = "kebab-case")]
    Store {
        /// Its thumbprint.
        thumbprint: Thumbprint,
    },
    /// A file with certificate and key.
    #[serde(rename_all = "kebab-case")]
    File {
        /// The file.
        path: PathBuf,
        /// Its certificate.
        thumbprint: Thumbprint,
        /// The file that holds the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_file: Option<PathBuf>,
        /// The environment variable that holds the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_env: Option<String>,
    },
    /// An access token in a file that somebody else keeps fresh.
    #[serde(rename_all = "kebab-case")]
    TokenFile {
        /// The file.
        path: PathBuf,
    },
    /// An access token in an environment variable.
    #[serde(rename_all = "kebab-case")]
    TokenVariable {
        /// Its name.
        name: String,
    },
    /// An access token that was given once, and is in the token cache until it expires.
    TokenGiven,
}

impl Profile {
    /// The certificate that it signs in with.
    pub(crate) fn thumbprint(&self) -> Option<Thumbprint> {
        match &self.credential {
            Source::Store { thumbprint } | Source::File { thumbprint, .. } => Some(*thumbprint),
            _ => None,
        }
    }

    /// The cloud that it is in.
    pub(crate) fn cloud(&self) -> Result<Cloud, CommandError> {
        match &self.environment_file {
            Some(path) => read_cloud(path),
            None => Ok(Cloud::named(self.exchange_environment_name.unwrap_or_default())),
        }
    }

    /// What programs get tokens for, besides what every connection gives them for.
    pub(crate) fn allowed_resources(&self) -> Result<Vec<Resource>, InvalidSetting> {
        let read = |text: &String| {
            text.parse().map_err(|_| InvalidSetting {
                setting: "allowed-resources",
                value: text.clone(),
                expected: "addresses or application ids of resources",
            })
        };
        self.allowed_resources.iter().map(read).collect()
    }
}

/// The profiles of a configuration directory.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    directory: PathBuf,
}

impl Profiles {
    /// The name of a connection that was given none.
    pub(crate) const DEFAULT: &'static str = "default";
    /// The name of a connection to Security & Compliance that was given none.
    pub(crate) const COMPLIANCE: &'static str = "compliance";

    /// The profiles below a configuration directory, which may not exist yet.
    pub(crate) fn new(configuration: &Path) -> Self {
        Self { directory: configuration.join("profiles") }
    }

    /// The names, in alphabetical order.
    pub(crate) fn names(&self) -> Result<Vec<String>, ProfileError> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ProfileError::io("list", &self.directory, error)),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let is_profile = path.extension()? == "toml";
                is_profile.then(|| Some(path.file_stem()?.to_str()?.to_owned()))?
            })
            .collect();
        names.sort();
        Ok(names)
    }

    /// The profile of that name, in any letter case.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Profile>, ProfileError> {
        let path = self.path(name)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ProfileError::io("read", &path, error)),
        };
        toml::from_str(&text).map(Some).map_err(|source| ProfileError::Syntax { path, source })
    }

    /// The profile of that name, which must exist.
    pub(crate) fn load(&self, name: &str) -> Result<Profile, ProfileError> {
        let missing = || ProfileError::Unknown {
            name: name.to_owned(),
            known: self.names().unwrap_or_default(),
        };
        self.find(name)?.ok_or_else(missing)
    }

    /// What programs get tokens for by the profile of that name, if it is to the same organization
    /// as the same application: who connects again has not changed his mind.
    pub(crate) fn allowed_resources(
        &self,
        name: &str,
        organization: &Organization,
        app_id: Option<ClientId>,
    ) -> Vec<String> {
        let same = |kept: &Profile| kept.organization == *organization && kept.app_id == app_id;
        let kept = self.find(name).ok().flatten().filter(same);
        kept.map(|kept| kept.allowed_resources).unwrap_or_default()
    }

    /// Keeps a profile under a name, in place of an earlier one.
    pub(crate) fn save(&self, name: &str, profile: &Profile) -> Result<(), ProfileError> {
        let path = self.path(name)?;
        let text = toml::to_string_pretty(profile)
            .map_err(|source| ProfileError::Encode { name: name.to_owned(), source })?;
        self.write(&path, &text)
    }

    /// Forgets a profile. Returns whether there was one.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, ProfileError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(ProfileError::io("remove", &path, error)),
        }
    }

    /// The name of the profile that is used when none is asked for. The only one is, if nobody
    /// has said anything else: whoever made it may have been killed before saying so.
    pub(crate) fn current(&self) -> Result<Option<String>, ProfileError> {
        let path = self.directory.join("current");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| !name.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut names = self.names()?;
                Ok(if names.len() == 1 { names.pop() } else { None })
            }
            Err(error) => Err(ProfileError::io("read", &path, error)),
        }
    }

    /// Makes a profile the current one; `None` leaves no current one.
    pub(crate) fn set_current(&self, name: Option<&str>) -> Result<(), ProfileError> {
        self.write(&self.directory.join("current"), &format!("{}\n", name.unwrap_or_default()))
    }

    fn path(&self, name: &str) -> Result<PathBuf, ProfileError> {
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 64 || !name.chars().all(valid) {
            return Err(ProfileError::Name(name.to_owned()));
        }
        Ok(self.directory.join(format!("{}.toml", name.to_ascii_lowercase())))
    }

    #[expect(clippy::unused_self, reason = "only profiles are written so")]
    fn write(&self, path: &Path, text: &str) -> Result<(), ProfileError> {
        write_private(path, text.as_bytes()).map_err(|error| ProfileError::io("write", path, error))
    }
}

/// Writes a file whole or not at all, for its owner only.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create_private_directory(directory)?;
    // `tempfile` makes its files with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Makes a directory, and those above it, for their owner only.
pub(crate) fn create_private_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

mod environment_name {
    use exoctl_model::EnvironmentName;
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde gives the field by reference"
    )]
    pub(super) fn serialize<S: Serializer>(
        name: &Option<EnvironmentName>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match name {
            Some(name) => serializer.serialize_str(name.as_str()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<EnvironmentName>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            connection_id: Uuid::from_u128(1),
            prefix: None,
            service: Service::ExchangeOnline,
            organization: "contoso.onmicrosoft.com".parse().unwrap(),
            tenant_id: "9f7a1b2c-0000-4000-8000-0123456789ab".parse().unwrap(),
            app_id: None,
            exchange_environment_name: Some(EnvironmentName::O365China),
            environment_file: None,
            page_size: 1000,
            region: None,
            allowed_resources: vec!["https://graph.microsoft.com".to_owned()],
            connected_at: Timestamp::UNIX_EPOCH,
            credential: Source::TokenFile { path: "token".into() },
        }
    }

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let profiles = Profiles::new(home.path());
        assert_eq!(profiles.names().unwrap(), Vec::<String>::new());
        profiles.save("Contoso", &profile()).unwrap();
        assert_eq!(profiles.load("CONTOSO").unwrap(), profile());
        assert_eq!(profiles.names().unwrap(), ["contoso"]);
        assert!(profiles.remove("contoso").unwrap());
        assert!(!profiles.remove("contoso").unwrap());
    }

    #[test]
    fn the_only_profile_is_current_until_somebody_says_otherwise() {
        let home = tempfile::tempdir().unwrap();
        let profiles = Profiles::new(home.path());
        assert_eq!(profiles.current().unwrap(), None);
        profiles.save("only", &profile()).unwrap();
        assert_eq!(profiles.current().unwrap().as_deref(), Some("only"));
        profiles.set_current(None).unwrap();
        assert_eq!(profiles.current().unwrap(), None);
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_directory() {
        let profiles = Profiles::new(Path::new("/nowhere"));
        for bad in ["", "../x", "a/b", "a.b", "c:"] {
            assert!(matches!(profiles.find(bad), Err(ProfileError::Name(_))), "{bad:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        Profiles::new(home.path()).save("a", &profile()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.path().join("profiles/a.toml")), 0o600);
        assert_eq!(mode(&home.path().join("profiles")), 0o700);
    }
}
