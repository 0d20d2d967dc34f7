//! The national clouds and a simulated one: which host does what.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// The Microsoft clouds by the names that `Connect-ExchangeOnline -ExchangeEnvironmentName` knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnvironmentName {
    /// Worldwide and GCC.
    #[default]
    O365Default,
    /// Operated by 21Vianet in China.
    O365China,
    /// US government, GCC High.
    O365UsGovGccHigh,
    /// US government, Department of Defense.
    O365UsGovDod,
    /// The former German cloud; its hosts are retired.
    O365GermanyCloud,
}

impl EnvironmentName {
    /// All names, for help texts and completion.
    pub const ALL: [Self; 5] = [
        Self::O365Default,
        Self::O365China,
        Self::O365UsGovGccHigh,
        Self::O365UsGovDod,
        Self::O365GermanyCloud,
    ];

    /// The name as the PowerShell module spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::O365Default => "O365Default",
            Self::O365China => "O365China",
            Self::O365UsGovGccHigh => "O365USGovGCCHigh",
            Self::O365UsGovDod => "O365USGovDoD",
            Self::O365GermanyCloud => "O365GermanyCloud",
        }
    }

    /// Authority, Exchange and its resource, Security & Compliance, its regions and its resource,
    /// Graph, the Management Activity API. The last as its reference names it; that of China, and of
    /// the cloud that is gone, is from memory.
    const fn addresses(self) -> [&'static str; 8] {
        match self {
            Self::O365Default => [
                "https://login.microsoftonline.com",
                "https://outlook.office365.com",
                "https://outlook.office365.com",
                "https://ps.compliance.protection.outlook.com",
                "https://{region}.ps.compliance.protection.outlook.com",
                "https://ps.compliance.protection.outlook.com",
                "https://graph.microsoft.com",
                "https://manage.office.com",
            ],
            Self::O365China => [
                "https://login.partner.microsoftonline.cn",
                "https://partner.outlook.cn",
                "https://partner.outlook.cn",
                "https://ps.compliance.protection.partner.outlook.cn",
                "https://{region}.ps.compliance.protection.partner.outlook.cn",
                "https://ps.compliance.protection.partner.outlook.cn",
                "https://microsoftgraph.chinacloudapi.cn",
                "https://manage.office365.cn",
            ],
            Self::O365UsGovGccHigh => [
                "https://login.microsoftonline.us",
                "https://outlook.office365.us",
                "https://outlook.office365.us",
                "https://ps.compliance.protection.office365.us",
                "https://{region}.ps.compliance.protection.office365.us",
                "https://ps.compliance.protection.office365.us",
                "https://graph.microsoft.us",
                "https://manage.office365.us",
            ],
            Self::O365UsGovDod => [
                "https://login.microsoftonline.us",
                "https://outlook-dod.office365.us",
                "https://outlook-dod.office365.us",
                "https://l5.ps.compliance.protection.office365.us",
                "https://{region}.ps.compliance.protection.office365.us",
                "https://ps.compliance.protection.office365.us",
                "https://dod-graph.microsoft.us",
                "https://manage.protection.apps.mil",
            ],
            Self::O365GermanyCloud => [
                "https://login.microsoftonline.de",
                "https://outlook.office.de",
                "https://outlook.office.de",
                "https://ps.compliance.protection.outlook.de",
                "https://{region}.ps.compliance.protection.outlook.de",
                "https://ps.compliance.protection.outlook.de",
                "https://graph.microsoft.de",
                "https://manage.office.de",
            ],
        }
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that no cloud has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an Exchange environment; it is one of O365Default, O365China, O365USGovGCCHigh, O365USGovDoD, O365GermanyCloud"
)]
pub struct UnknownEnvironmentName(pub String);

impl FromStr for EnvironmentName {
    type Err = UnknownEnvironmentName;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironmentName> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownEnvironmentName(text.to_owned()))
    }
}

/// Hosts and resources of one cloud.
///
/// A host is where requests go; a resource is the audience that the token is made for. They
/// differ in the DoD cloud and in a simulated tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Name to show, `O365Default` for example.
    pub name: String,
    /// Base of the authority; the tenant follows it.
    pub authority: Url,
    /// Base of the Exchange admin API; `/adminapi/…` follows it.
    pub exchange: Url,
    /// Token audience of Exchange, without a trailing slash.
    pub exchange_resource: String,
    /// Base of the Security & Compliance front door, which redirects to a region.
    pub compliance: Url,
    /// Base of a region's Security & Compliance host; `{region}` is the redirect's first label.
    pub compliance_regional: String,
    /// Token audience of Security & Compliance, without a trailing slash.
    pub compliance_resource: String,
    /// Base of Microsoft Graph.
    pub graph: Url,
    /// Base of the Office 365 Management Activity API; `/api/v1.0/…` follows it.
    pub activity: Url,
    /// Token audience of that API, without a trailing slash.
    pub activity_resource: String,
    /// PEM of the only certificate authorities to trust; `None` trusts the operating system's.
    pub certificate_authority: Option<String>,
    /// The file that says how far its clock is from the real one, as the environment file names it;
    /// only a simulated tenant has one.
    pub clock: Option<PathBuf>,
}

impl Cloud {
    /// The cloud of that name. Hosts: Connect-ExchangeOnline and MSAL's known metadata.
    pub fn named(name: EnvironmentName) -> Self {
        let [
            authority,
            exchange,
            exchange_resource,
            compliance,
            regional,
            resource,
            graph,
            activity,
        ] = name.addresses();
        let url = |text: &str| Url::parse(text).expect("the table holds valid URLs");
        Self {
            name: name.to_string(),
            authority: url(authority),
            exchange: url(exchange),
            exchange_resource: exchange_resource.to_owned(),
            compliance: url(compliance),
            compliance_regional: regional.to_owned(),
            compliance_resource: resource.to_owned(),
            graph: url(graph),
            activity: url(activity),
            activity_resource: activity.to_owned(),
            certificate_authority: None,
            clock: None,
        }
    }

    /// The scope of an Exchange token: the resource and `/.default`.
    pub fn exchange_scope(&self) -> String {
        format!("{}/.default", self.exchange_resource)
    }

    /// The scope of a token for the Management Activity API.
    pub fn activity_scope(&self) -> String {
        format!("{}/.default", self.activity_resource)
    }

    /// The same cloud for a tenant of the US government's GCC: it is on the worldwide hosts but for
    /// the Management Activity API.
    pub fn for_gcc(mut self) -> Self {
        let gcc = "https://manage-gcc.office.com";
        self.activity = Url::parse(gcc).expect("it is a valid URL");
        gcc.clone_into(&mut self.activity_resource);
        self
    }

    /// The scope of a Security & Compliance token.
    pub fn compliance_scope(&self) -> String {
        format!("{}/.default", self.compliance_resource)
    }
}

impl Default for Cloud {
    fn default() -> Self {
        Self::named(EnvironmentName::O365Default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_written_as_the_module_does() {
        for name in EnvironmentName::ALL {
            let lower = name.as_str().to_lowercase();
            assert_eq!(lower.parse::<EnvironmentName>().unwrap().as_str(), name.as_str());
        }
        assert!("O365Mars".parse::<EnvironmentName>().is_err());
    }

    #[test]
    fn the_dod_host_and_audience_differ() {
        let dod = Cloud::named(EnvironmentName::O365UsGovDod);
        assert_eq!(dod.compliance.host_str(), Some("l5.ps.compliance.protection.office365.us"));
        assert_eq!(
            dod.compliance_scope(),
            "https://ps.compliance.protection.office365.us/.default"
        );
    }
}
