//! Which tenant a domain belongs to, asked without signing in, and how wrong the local clock is.

use std::sync::Arc;

use exoctl_http::{Effect, Response, Retrying, Transport, TransportError, retry_after};
use exoctl_model::{Clock, Cloud, TenantId, TenantReference};
use http::header::{ACCEPT, DATE};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::certificate_credential::retry_policy;
use crate::token_endpoint::ClassifyEntra;
use crate::{Authority, EntraError};

/// What a tenant's OpenID configuration tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantDiscovery {
    /// The tenant's id.
    pub tenant_id: TenantId,
    /// Where its tokens are asked for.
    pub token_endpoint: Url,
    /// Its region: "EU", "NA", "AS" and so on.
    pub region: Option<String>,
    /// How far the local clock is ahead of the authority's, to the second; negative if it is
    /// behind. `None` if the answer carried no date.
    pub clock_skew: Option<SignedDuration>,
}

impl TenantDiscovery {
    /// The skew, if it is large enough to be worth a warning.
    pub fn alarming_clock_skew(&self) -> Option<SignedDuration> {
        self.clock_skew.filter(|skew| skew.abs() > CLOCK_SKEW_LIMIT)
    }
}

/// A local clock further off than this deserves a warning: assertions are good for minutes.
pub const CLOCK_SKEW_LIMIT: SignedDuration = SignedDuration::from_secs(60);

/// Why nothing was learned about a tenant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The authority could not be reached.
    #[error("could not ask {authority} about the tenant")]
    Transport {
        /// Login host and tenant.
        authority: String,
        /// The cause.
        source: TransportError,
    },
    /// No such tenant in this cloud.
    #[error("there is no tenant {tenant} in {cloud}")]
    UnknownTenant {
        /// The tenant as it was named.
        tenant: TenantReference,
        /// The cloud's name.
        cloud: String,
        /// The authority's words.
        source: Box<EntraError>,
    },
    /// The authority refused for another reason.
    #[error("{authority} did not say which tenant it is")]
    Refused {
        /// Login host and tenant.
        authority: String,
        /// Its words.
        source: Box<EntraError>,
    },
    /// The answer is no OpenID configuration of one tenant.
    #[error("{authority} answered with HTTP {status} and no OpenID configuration of one tenant")]
    Unreadable {
        /// Login host and tenant.
        authority: String,
        /// The HTTP status.
        status: u16,
    },
}

/// Asks the authority of `cloud` about `tenant`.
pub async fn discover(
    transport: &dyn Transport,
    clock: Arc<dyn Clock>,
    cloud: &Cloud,
    tenant: &TenantReference,
) -> Result<TenantDiscovery, DiscoveryError> {
    let authority = Authority::new(cloud, tenant.clone());
    let request = http::Request::get(authority.openid_configuration().as_str())
        .header(ACCEPT, "application/json")
        .body(bytes::Bytes::new())
        .expect("an https URL makes a request");
    let retrying = Retrying::new(retry_policy(), clock.clone());
    let attempted = retrying.send(transport, &ClassifyEntra, Effect::Read, &request).await;
    let authority = authority.to_string();
    let response = match attempted.outcome {
        Ok(response) => response,
        Err(source) => return Err(DiscoveryError::Transport { authority, source }),
    };
    read_configuration(&response, clock.now()).ok_or_else(|| {
        let status = response.status().as_u16();
        match EntraError::read(&response).map(Box::new) {
            Some(source) if source.is_unknown_tenant() => {
                let (tenant, cloud) = (tenant.clone(), cloud.name.clone());
                DiscoveryError::UnknownTenant { tenant, cloud, source }
            }
            Some(source) => DiscoveryError::Refused { authority, source },
            None => DiscoveryError::Unreadable { authority, status },
        }
    })
}

#[derive(Deserialize)]
struct OpenIdConfiguration {
    issuer: String,
    token_endpoint: Url,
    tenant_region_scope: Option<String>,
}

fn read_configuration(response: &Response, now: Timestamp) -> Option<TenantDiscovery> {
    if !response.status().is_success() {
        return None;
    }
    let document: OpenIdConfiguration = serde_json::from_slice(response.body()).ok()?;
    // `https://{host}/{tenant id}/v2.0`, or of v1 `https://sts.windows.net/{tenant id}/`.
    let tenant_id = document.issuer.split('/').find_map(|segment| segment.parse().ok())?;
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    Some(TenantDiscovery {
        tenant_id,
        token_endpoint: document.token_endpoint,
        region: document.tenant_region_scope,
        clock_skew: date
            .and_then(retry_after::parse_http_date)
            .map(|date| SignedDuration::from_secs(now.as_second() - date.as_second())),
    })
}
