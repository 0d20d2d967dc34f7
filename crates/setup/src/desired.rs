//! What is wanted: an application with a certificate, and what it may do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exoctl_certificate::Certificate;
use exoctl_identity::{DIRECTORY_ROLES, DirectoryRole};
use exoctl_model::{ClientId, Organization, TenantId};
use serde::{Deserialize, Serialize};

use crate::role_group::RoleGroup;
use crate::well_known::{APPLICATION_READ_WRITE_ALL, POLICY_READ_ALL, ROLE_MANAGEMENT};

/// What is wanted of a tenant. There is no secret in it: of the certificate only the public part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Desired {
    /// The tenant.
    pub tenant: TenantId,
    /// Its `.onmicrosoft.com` domain.
    pub organization: Organization,
    /// The application.
    pub application: WantedApplication,
    /// The certificate that it is to sign in with.
    pub certificate: WantedCertificate,
    /// What it is to be allowed.
    pub access: Access,
}

/// Which application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum WantedApplication {
    /// One of setup's own, made if it is not there.
    Own {
        /// What people call it.
        display_name: String,
        /// What the directory knows it by; it follows from the name.
        unique_name: String,
    },
    /// One that is there.
    Existing {
        /// Its client id.
        app_id: ClientId,
    },
}

/// Which certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum WantedCertificate {
    /// One that is still to be made.
    New {
        /// For whom.
        subject: String,
        /// For how long, as ISO 8601 or jiff's friendly form has it.
        valid_for: String,
    },
    /// This one.
    Existing {
        /// Its public part.
        certificate: PublicCertificate,
    },
}

/// A certificate as text: base64 of its DER form.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicCertificate(pub Certificate);

/// What an application may do in Exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Access {
    /// Directory roles, by the names that [`DIRECTORY_ROLES`] has.
    #[serde(default)]
    pub directory_roles: Vec<String>,
    /// A role group of Exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_group: Option<RoleGroup>,
}

/// Not one of the directory roles that Exchange takes from an application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a directory role that Exchange accepts from an application")]
pub struct UnknownRole(pub String);

impl WantedApplication {
    /// An application of setup's own.
    pub fn own(display_name: &str) -> Self {
        Self::Own { display_name: display_name.to_owned(), unique_name: unique_name(display_name) }
    }
}

impl Access {
    /// Directory roles by their names, in any letter case.
    pub fn roles<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, UnknownRole> {
        let mut directory_roles: Vec<String> = Vec::new();
        for name in names {
            let name = name.as_ref();
            let role = DirectoryRole::by_name(name).ok_or_else(|| UnknownRole(name.to_owned()))?;
            if !directory_roles.iter().any(|known| known == role.name) {
                directory_roles.push(role.name.to_owned());
            }
        }
        Ok(Self { directory_roles, role_group: None })
    }

    /// The directory roles themselves.
    pub fn known_roles(&self) -> impl Iterator<Item = &'static DirectoryRole> + '_ {
        self.directory_roles.iter().filter_map(|name| DirectoryRole::by_name(name))
    }

    /// The names of all roles that can be asked for.
    pub fn names() -> impl Iterator<Item = &'static str> {
        DIRECTORY_ROLES.iter().map(|role| role.name)
    }
}

impl Desired {
    /// The delegated permissions of Graph that it takes to bring this about, and no more.
    pub fn graph_scopes(&self) -> Vec<&'static str> {
        let mut scopes = vec![APPLICATION_READ_WRITE_ALL, POLICY_READ_ALL];
        if !self.access.directory_roles.is_empty() {
            scopes.push(ROLE_MANAGEMENT);
        }
        scopes
    }
}

/// The directory's name for an application of setup's own: letters, digits and hyphens of what
/// people call it, so that the same name leads to the same application.
fn unique_name(display_name: &str) -> String {
    let mut name = String::from("exoctl");
    let mut gap = true;
    for c in display_name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            if gap {
                name.push('-');
            }
            name.push(c);
        }
        gap = !c.is_alphanumeric();
    }
    name
}

impl PartialEq for PublicCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der() == other.0.der()
    }
}

impl Eq for PublicCertificate {}

impl From<PublicCertificate> for String {
    fn from(certificate: PublicCertificate) -> Self {
        STANDARD.encode(certificate.0.der())
    }
}

impl TryFrom<String> for PublicCertificate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let der = STANDARD.decode(text).map_err(|error| error.to_string())?;
        Certificate::from_der(der).map(Self).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_leads_to_one_application() {
        for (name, unique) in [
            ("EXO Reporting", "exoctl-exo-reporting"),
            (" EXO  reporting! ", "exoctl-exo-reporting"),
            ("Bücher & Co. 2", "exoctl-bücher-co-2"),
        ] {
            assert_eq!(unique_name(name), unique);
        }
    }

    #[test]
    fn roles_are_known_by_name_and_named_once() {
        let access = Access::roles(["global reader", "Global Reader"]).unwrap();
        assert_eq!(access.directory_roles, ["Global Reader"]);
        let error = Access::roles(["Reports Reader"]).unwrap_err();
        assert_eq!(error, UnknownRole("Reports Reader".to_owned()));
    }
}
