//! What a token may be asked for.

use std::fmt;
use std::str::FromStr;

use exoctl_identity::Scope;
use exoctl_model::Cloud;

/// A resource as managed identities name it: an address or an application id, without `/.default`.
#[derive(Clone, Debug)]
pub struct Resource(String);

/// Not one resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a resource is one address or application id, such as https://graph.microsoft.com, not {0:?}"
)]
pub struct InvalidResource(pub String);

impl Resource {
    /// The resource.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope that a token for it is asked for with.
    pub fn scope(&self) -> Scope {
        self.0.parse().expect("a resource has no blanks and is not empty")
    }
}

impl FromStr for Resource {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let invalid = || InvalidResource(text.to_owned());
        let scope: Scope = text.parse().map_err(|_| invalid())?;
        let resource = scope.resource().trim_end_matches('/');
        // Printed in answers, logs and commands: what a shell or a terminal would obey is none.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/".contains(c);
        if resource.is_empty() || !resource.chars().all(plain) {
            return Err(invalid());
        }
        Ok(Self(resource.to_owned()))
    }
}

/// Entra does not tell upper from lower case in the address of a resource.
impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Resource {}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The resources that tokens are given for.
#[derive(Clone, Debug, Default)]
pub struct AllowedResources(Vec<Resource>);

impl AllowedResources {
    /// These and no other.
    pub fn new(resources: impl IntoIterator<Item = Resource>) -> Self {
        Self(resources.into_iter().collect())
    }

    /// Exchange Online and Security & Compliance of a cloud.
    pub fn of_exchange(cloud: &Cloud) -> Self {
        let resources = [&cloud.exchange_resource, &cloud.compliance_resource];
        // The resources of a cloud are written by us or read from a checked file.
        Self(resources.into_iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// With more.
    pub fn and(mut self, more: impl IntoIterator<Item = Resource>) -> Self {
        self.0.extend(more);
        self
    }

    /// Whether tokens are given for it.
    pub fn contains(&self, resource: &Resource) -> bool {
        self.0.contains(resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_resource_has_many_spellings() {
        let allowed = AllowedResources::of_exchange(&Cloud::default());
        for text in [
            "https://outlook.office365.com",
            "https://outlook.office365.com/",
            "https://outlook.office365.com/.default",
            "HTTPS://Outlook.Office365.com",
            "https://ps.compliance.protection.outlook.com/",
        ] {
            assert!(allowed.contains(&text.parse().unwrap()), "{text}");
        }
        for text in [
            "https://graph.microsoft.com",
            "https://outlook.office365.com.evil.example",
            "https://outlook.office365.com/x",
            "http://outlook.office365.com",
            "00000002-0000-0ff1-ce00-000000000000",
        ] {
            assert!(!allowed.contains(&text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_scope_is_the_resource_and_default() {
        let resource: Resource = "https://graph.microsoft.com/".parse().unwrap();
        assert_eq!(resource.scope().as_str(), "https://graph.microsoft.com/.default");
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        for text in
            ["", "/", " ", "/.default", "https://a https://b", "https://a/$(id)", "a\u{1b}[0m"]
        {
            assert!(text.parse::<Resource>().is_err(), "{text:?}");
        }
    }
}
