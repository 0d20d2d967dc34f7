//! What a token is asked for.

use std::fmt;
use std::str::FromStr;

use exoctl_model::Cloud;

/// A scope of the client-credentials grant: one resource and `/.default`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope(String);

impl Scope {
    /// The scope of Exchange Online.
    pub fn exchange(cloud: &Cloud) -> Self {
        Self(cloud.exchange_scope())
    }

    /// The scope of Security & Compliance.
    pub fn compliance(cloud: &Cloud) -> Self {
        Self(cloud.compliance_scope())
    }

    /// The scope of the Office 365 Management Activity API.
    pub fn activity(cloud: &Cloud) -> Self {
        Self(cloud.activity_scope())
    }

    /// The scope of Microsoft Graph.
    pub fn graph(cloud: &Cloud) -> Self {
        Self(format!("{}/.default", cloud.graph.as_str().trim_end_matches('/')))
    }

    /// The scope as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource: the scope without `/.default`. The audience of the token, as a rule.
    pub fn resource(&self) -> &str {
        self.0.strip_suffix(SUFFIX).unwrap_or(&self.0)
    }
}

/// Not one resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one resource such as https://outlook.office365.com/.default, not {0:?}")]
pub struct InvalidScope(pub String);

impl FromStr for Scope {
    type Err = InvalidScope;

    /// Reads a scope. A bare resource gets its `/.default`, the only form that this grant
    /// takes (AADSTS1002012).
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let scope = text.trim();
        if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(InvalidScope(text.to_owned()));
        }
        match scope.strip_suffix(SUFFIX) {
            Some("") => Err(InvalidScope(text.to_owned())),
            Some(_) => Ok(Self(scope.to_owned())),
            None => Ok(Self(format!("{}{SUFFIX}", scope.strip_suffix('/').unwrap_or(scope)))),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const SUFFIX: &str = "/.default";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_becomes_a_scope_and_a_scope_stays_one() {
        for (text, scope) in [
            ("https://graph.microsoft.com", "https://graph.microsoft.com/.default"),
            ("https://graph.microsoft.com/", "https://graph.microsoft.com/.default"),
            ("https://graph.microsoft.com/.default", "https://graph.microsoft.com/.default"),
            // The audience keeps its slash if it is asked for with one.
            ("https://outlook.office365.com//.default", "https://outlook.office365.com//.default"),
        ] {
            assert_eq!(text.parse::<Scope>().unwrap().as_str(), scope);
        }
    }

    #[test]
    fn several_resources_and_nothing_are_refused() {
        for text in ["", " ", "/.default", "https://a/.default https://b/.default"] {
            assert!(text.parse::<Scope>().is_err(), "{text:?}");
        }
    }
}
