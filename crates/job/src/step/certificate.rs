//! Certificates looked after, and everything looked at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;

/// A new certificate if the old one expires soon, as `exoctl cert rotate` makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CertRotate {
    /// Nothing is done unless the certificate expires within this time.
    pub if_expiring_within: Duration,
    /// How long the old certificate stays on the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Duration>,
    /// How long the new certificate is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_for: Option<Duration>,
    /// Commands that are run when the new certificate is in use.
    pub deploy_hooks: Vec<String>,
}

/// Whether certificates expire soon and whether their applications have them, as
/// `exoctl cert check` finds out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CertCheck {
    /// Warn of a certificate that expires within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<Duration>,
    /// Call one critical that expires within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<Duration>,
    /// Check the certificates of all profiles instead of that of the run.
    pub all: bool,
}

/// Whether everything works, as `exoctl doctor` finds out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Doctor {
    /// Find out whether these cmdlets are granted.
    pub for_cmdlets: Vec<String>,
}

impl Default for CertRotate {
    fn default() -> Self {
        Self {
            if_expiring_within: Duration::from_days(30),
            overlap: None,
            valid_for: None,
            deploy_hooks: Vec::new(),
        }
    }
}

impl CertRotate {
    pub(super) fn arguments(&self, line: &mut Vec<String>) {
        line.extend(["cert", "rotate"].map(str::to_owned));
        line.push(format!("--if-expiring-within={}", compact(self.if_expiring_within)));
        line.extend(self.overlap.map(|time| format!("--overlap={}", compact(time))));
        line.extend(self.valid_for.map(|time| format!("--valid-for={}", compact(time))));
        line.extend(self.deploy_hooks.iter().map(|hook| format!("--deploy-hook={hook}")));
    }
}

impl CertCheck {
    pub(super) fn arguments(&self, line: &mut Vec<String>) {
        line.extend(["cert", "check"].map(str::to_owned));
        line.extend(self.warn.map(|time| format!("--warn={}", compact(time))));
        line.extend(self.critical.map(|time| format!("--critical={}", compact(time))));
        line.extend(self.all.then(|| "--all".to_owned()));
    }
}

impl Doctor {
    pub(super) fn arguments(&self, line: &mut Vec<String>) {
        line.push("doctor".to_owned());
        if !self.for_cmdlets.is_empty() {
            line.push(format!("--for-cmdlets={}", self.for_cmdlets.join(",")));
        }
    }
}

fn compact(time: Duration) -> String {
    time.to_string().replace(' ', "")
}
