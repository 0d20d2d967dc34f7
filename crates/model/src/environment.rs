//! The environment file: a cloud described by the one who runs it, a simulated tenant mostly.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use crate::{Cloud, EnvironmentName};

/// A file that does not describe an environment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// Not JSON, or a member is missing or of the wrong kind.
    #[error("could not read the environment description")]
    Syntax(#[source] serde_json::Error),
    /// A URL that is not `https`; nothing else is spoken.
    #[error("{member} must be an https URL, not {value}")]
    NotHttps {
        /// Name of the member.
        member: &'static str,
        /// Its value.
        value: String,
    },
    /// A clock that can be moved, for a service that goes by the real one.
    #[error("{host} is a host of Microsoft's, whose clock cannot be moved")]
    ClockOfARealCloud {
        /// The host.
        host: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EnvironmentFile {
    name: String,
    authority: Url,
    exchange: Url,
    exchange_resource: String,
    compliance: Url,
    compliance_regional: String,
    compliance_resource: String,
    graph: Url,
    activity: Option<Url>,
    activity_resource: Option<String>,
    certificate_authority: Option<String>,
    clock: Option<PathBuf>,
}

impl Cloud {
    /// Reads an environment file: JSON with the members `name`, `authority`, `exchange`,
    /// `exchangeResource`, `compliance`, `complianceRegional` (with `{region}` in it),
    /// `complianceResource`, `graph`, all bases being `https` URLs, and optionally
    /// `certificateAuthority`, the PEM text of the only authorities to trust, `activity` with
    /// `activityResource`, the Management Activity API: the worldwide one if they are left out, and
    /// `clock`, the file by which a simulated tenant moves the clock of everybody who works with it.
    pub fn from_environment_json(text: &str) -> Result<Self, EnvironmentError> {
        let file: EnvironmentFile = serde_json::from_str(text).map_err(EnvironmentError::Syntax)?;
        let bases = [
            ("authority", &file.authority),
            ("exchange", &file.exchange),
            ("compliance", &file.compliance),
            ("graph", &file.graph),
            ("activity", file.activity.as_ref().unwrap_or(&file.graph)),
        ];
        for (member, url) in bases {
            if url.scheme() != "https" {
                return Err(EnvironmentError::NotHttps { member, value: url.to_string() });
            }
        }
        if file.clock.is_some() {
            let real = bases.into_iter().find_map(|(_, url)| host_of_a_named_cloud(url));
            if let Some(host) = real {
                return Err(EnvironmentError::ClockOfARealCloud { host });
            }
        }
        let worldwide = Self::default();
        // Whoever moves the clock has no business with a real host.
        let elsewhere = if file.clock.is_some() { file.graph.clone() } else { worldwide.activity };
        let resource = |text: String| text.trim_end_matches('/').to_owned();
        Ok(Self {
            name: file.name,
            authority: file.authority,
            exchange: file.exchange,
            exchange_resource: resource(file.exchange_resource),
            compliance: file.compliance,
            compliance_regional: file.compliance_regional,
            compliance_resource: resource(file.compliance_resource),
            graph: file.graph,
            activity: file.activity.unwrap_or(elsewhere),
            activity_resource: file.activity_resource.map_or(worldwide.activity_resource, resource),
            certificate_authority: file.certificate_authority,
            clock: file.clock,
        })
    }
}

/// The host of a URL, if one of the named clouds has it too.
fn host_of_a_named_cloud(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let is_real = EnvironmentName::ALL.into_iter().map(Cloud::named).any(|cloud| {
        let Cloud { authority, exchange, compliance, graph, activity, .. } = &cloud;
        [authority, exchange, compliance, graph, activity]
            .into_iter()
            .any(|base| base.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host)))
    });
    is_real.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "name": "simulated", "authority": "https://127.0.0.1:8443",
        "exchange": "https://127.0.0.1:8443",
        "exchangeResource": "https://outlook.office365.com/",
        "compliance": "https://127.0.0.1:8443/compliance",
        "complianceRegional": "https://127.0.0.1:8443/compliance/{region}",
        "complianceResource": "https://ps.compliance.protection.outlook.com",
        "graph": "https://127.0.0.1:8443"
    }"#;

    #[test]
    fn a_file_becomes_a_cloud() {
        let cloud = Cloud::from_environment_json(FILE).unwrap();
        assert_eq!(cloud.exchange_scope(), "https://outlook.office365.com/.default");
        assert_eq!(cloud.certificate_authority, None);
    }

    #[test]
    fn a_clock_is_for_simulated_tenants_only() {
        let with_clock = FILE.replace("\"name\"", "\"clock\": \"clock.json\", \"name\"");
        let cloud = Cloud::from_environment_json(&with_clock).unwrap();
        assert_eq!(cloud.clock.as_deref(), Some(std::path::Path::new("clock.json")));
        let graph = "\"graph\": \"https://127.0.0.1:8443\"";
        let real = with_clock.replace(graph, "\"graph\": \"https://Graph.Microsoft.com\"");
        let error = Cloud::from_environment_json(&real).unwrap_err();
        assert_eq!(
            error.to_string(),
            "graph.microsoft.com is a host of Microsoft's, whose clock cannot be moved"
        );
    }

    #[test]
    fn plain_http_and_unknown_members_are_refused() {
        let plain = FILE.replace("\"graph\": \"https", "\"graph\": \"http");
        let error = Cloud::from_environment_json(&plain).unwrap_err();
        assert!(error.to_string().starts_with("graph must be an https URL"), "{error}");
        let typo = FILE.replace("\"name\"", "\"nme\"");
        assert!(matches!(Cloud::from_environment_json(&typo), Err(EnvironmentError::Syntax(_))));
    }
}
