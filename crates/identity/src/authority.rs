//! Who issues tokens: a cloud's login host and a tenant.

use exoctl_model::{Cloud, TenantReference};
use url::Url;

/// A tenant at a login host. The endpoints follow from the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    base: Url,
    tenant: TenantReference,
}

impl Authority {
    /// The authority of `tenant` in `cloud`.
    pub fn new(cloud: &Cloud, tenant: TenantReference) -> Self {
        Self { base: cloud.authority.clone(), tenant }
    }

    /// The tenant as it is named in the URLs.
    pub fn tenant(&self) -> &TenantReference {
        &self.tenant
    }

    /// Where tokens are asked for; the audience of a client assertion.
    pub fn token_endpoint(&self) -> Url {
        self.endpoint(&["oauth2", "v2.0", "token"])
    }

    /// Where a browser is sent to sign a human in.
    pub fn authorization_endpoint(&self) -> Url {
        self.endpoint(&["oauth2", "v2.0", "authorize"])
    }

    /// Where a code for another device is asked for (RFC 8628 section 3.1).
    pub fn device_authorization_endpoint(&self) -> Url {
        self.endpoint(&["oauth2", "v2.0", "devicecode"])
    }

    /// The OpenID configuration of the tenant.
    pub fn openid_configuration(&self) -> Url {
        self.endpoint(&["v2.0", ".well-known", "openid-configuration"])
    }

    fn endpoint(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("an https URL has a path")
            .pop_if_empty()
            .push(&self.tenant.to_string())
            .extend(path);
        url
    }
}

impl std::fmt::Display for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.base.as_str().trim_end_matches('/'), self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoints_are_those_of_the_documentation() {
        let authority =
            Authority::new(&Cloud::default(), "contoso.onmicrosoft.com".parse().unwrap());
        assert_eq!(
            authority.token_endpoint().as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
        );
        assert_eq!(
            authority.authorization_endpoint().as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize"
        );
        assert_eq!(
            authority.device_authorization_endpoint().as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/devicecode"
        );
        assert_eq!(
            authority.openid_configuration().as_str(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"
        );
        assert_eq!(
            authority.to_string(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com"
        );
    }

    #[test]
    fn a_base_with_a_path_keeps_it() {
        let authority = Url::parse("https://127.0.0.1:8443/login/").unwrap();
        let cloud = Cloud { authority, ..Cloud::default() };
        let id = "9f7a1b2c-0000-4000-8000-0123456789ab";
        let authority = Authority::new(&cloud, id.parse().unwrap());
        let expected = format!("https://127.0.0.1:8443/login/{id}/oauth2/v2.0/token");
        assert_eq!(authority.token_endpoint().as_str(), expected);
    }
}
