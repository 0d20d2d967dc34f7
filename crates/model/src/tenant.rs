//! Who is meant: a directory by its id or by one of its domains, an application, an object.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A value that is not the identifier it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTenant {
    /// Not a GUID.
    #[error("{what} must be a GUID such as 11111111-2222-3333-4444-555555555555, not {value:?}")]
    NotAGuid {
        /// What the value was meant to be.
        what: &'static str,
        /// The value as given.
        value: String,
    },
    /// Not a domain name.
    #[error(
        "an organization is a domain such as contoso.onmicrosoft.com or a tenant id, not {value:?}"
    )]
    NotADomain {
        /// The value as given.
        value: String,
    },
}

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a GUID that is known to be of this kind.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidTenant;

            fn from_str(text: &str) -> Result<Self, InvalidTenant> {
                Uuid::try_parse(text.trim())
                    .map(Self)
                    .map_err(|_| InvalidTenant::NotAGuid { what: $what, value: text.to_owned() })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

guid!(
    /// The id of a directory, `tid` in its tokens.
    TenantId,
    "a tenant id"
);
guid!(
    /// The application (client) id of a registration, `appid` in its tokens.
    ClientId,
    "an application id"
);
guid!(
    /// The object id of a directory object; a registration and its service principal differ in it.
    ObjectId,
    "an object id"
);

/// A verified domain of a tenant, normally its initial `*.onmicrosoft.com` name. Lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Organization(String);

impl Organization {
    /// The domain name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Organization {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        let domain = text.trim().to_ascii_lowercase();
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if domain.contains('.') && domain.len() <= 253 && domain.split('.').all(label) {
            Ok(Self(domain))
        } else {
            Err(InvalidTenant::NotADomain { value: text.to_owned() })
        }
    }
}

impl TryFrom<String> for Organization {
    type Error = InvalidTenant;

    fn try_from(text: String) -> Result<Self, InvalidTenant> {
        text.parse()
    }
}

impl From<Organization> for String {
    fn from(organization: Organization) -> Self {
        organization.0
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a user names a tenant: by id or by domain. Both stand in the authority's URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TenantReference {
    /// By directory id.
    Id(TenantId),
    /// By a verified domain.
    Domain(Organization),
}

impl FromStr for TenantReference {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Domain),
        }
    }
}

impl TryFrom<String> for TenantReference {
    type Error = InvalidTenant;

    fn try_from(text: String) -> Result<Self, InvalidTenant> {
        text.parse()
    }
}

impl From<TenantReference> for String {
    fn from(tenant: TenantReference) -> Self {
        tenant.to_string()
    }
}

impl fmt::Display for TenantReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Domain(domain) => domain.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_by_guid_or_domain() {
        let id = "9f7a1b2c-0000-4000-8000-0123456789ab";
        assert!(matches!(id.parse(), Ok(TenantReference::Id(_))));
        let domain: TenantReference = " Contoso.OnMicrosoft.com ".parse().unwrap();
        assert_eq!(domain.to_string(), "contoso.onmicrosoft.com");
    }

    #[test]
    fn what_is_neither_is_refused_with_the_value() {
        for bad in ["", "contoso", "a..b", "-a.com", "a b.com", "9f7a1b2c-0000", "http://x.com/"] {
            let error = bad.parse::<TenantReference>().unwrap_err();
            assert!(error.to_string().contains(&format!("{bad:?}")), "{error}");
        }
    }
}
