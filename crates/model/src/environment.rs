//! The environment file: a cloud described by the one who runs it, a simulated tenant mostly.

use serde::Deserialize;
use url::Url;

use crate::Cloud;

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
    certificate_authority: Option<String>,
}

impl Cloud {
    /// Reads an environment file: JSON with the members `name`, `authority`, `exchange`,
    /// `exchangeResource`, `compliance`, `complianceRegional` (with `{region}` in it),
    /// `complianceResource`, `graph`, all bases being `https` URLs, and optionally
    /// `certificateAuthority`, the PEM text of the only authorities to trust.
    pub fn from_environment_json(text: &str) -> Result<Self, EnvironmentError> {
        let file: EnvironmentFile = serde_json::from_str(text).map_err(EnvironmentError::Syntax)?;
        for (member, url) in [
            ("authority", &file.authority),
            ("exchange", &file.exchange),
            ("compliance", &file.compliance),
            ("graph", &file.graph),
        ] {
            if url.scheme() != "https" {
                return Err(EnvironmentError::NotHttps { member, value: url.to_string() });
            }
        }
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
            certificate_authority: file.certificate_authority,
        })
    }
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
    fn plain_http_and_unknown_members_are_refused() {
        let plain = FILE.replace("\"graph\": \"https", "\"graph\": \"http");
        let error = Cloud::from_environment_json(&plain).unwrap_err();
        assert!(error.to_string().starts_with("graph must be an https URL"), "{error}");
        let typo = FILE.replace("\"name\"", "\"nme\"");
        assert!(matches!(Cloud::from_environment_json(&typo), Err(EnvironmentError::Syntax(_))));
    }
}
