//! The organization: its names, and where its servers are.

use uuid::Uuid;

use crate::config::SimConfig;

/// The forest in which the organization lives.
pub(crate) const FOREST: &str = "EURPR01A001.PROD.OUTLOOK.COM";

/// Names of the organization.
#[derive(Debug, Clone)]
pub(crate) struct Organization {
    /// Seed of everything.
    pub(crate) seed: u64,
    /// The tenant's id.
    pub(crate) tenant_id: Uuid,
    /// The initial domain, `contoso.onmicrosoft.com`.
    pub(crate) initial_domain: String,
    /// The domain of addresses, `contoso.com`.
    pub(crate) domain: String,
}

impl Organization {
    /// The organization that a configuration describes.
    pub(crate) fn new(config: &SimConfig) -> Self {
        let initial_domain = config.organization.clone();
        let domain = initial_domain
            .strip_suffix(".onmicrosoft.com")
            .map_or_else(|| initial_domain.clone(), |name| format!("{name}.com"));
        Self { seed: config.seed, tenant_id: config.tenant_id(), initial_domain, domain }
    }

    /// What `OrganizationId` shows.
    pub(crate) fn organization_id(&self) -> String {
        format!(
            "{}/Microsoft Exchange Hosted Organizations/{domain} - {}/ConfigurationUnits/{domain}/Configuration",
            FOREST.to_lowercase(),
            FOREST.to_lowercase(),
            domain = self.initial_domain,
        )
    }

    /// What `OrganizationalUnitRoot` and `OrganizationalUnit` show.
    pub(crate) fn unit(&self) -> String {
        format!(
            "{}/Microsoft Exchange Hosted Organizations/{}",
            FOREST.to_lowercase(),
            self.initial_domain
        )
    }

    /// The distinguished name of a recipient.
    pub(crate) fn distinguished_name(&self, name: &str) -> String {
        format!(
            "CN={name},OU={},OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM",
            self.initial_domain
        )
    }

    /// The distinguished name of something below the configuration unit.
    pub(crate) fn configuration_name(&self, name: &str, container: &str) -> String {
        format!(
            "CN={name},{container},CN=Configuration,CN={},CN=ConfigurationUnits,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM",
            self.initial_domain
        )
    }
}
