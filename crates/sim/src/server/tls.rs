//! The tenant's own certificate authority and the server certificate it issues at every start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use crate::clock::SimClock;
use crate::error::SimError;

/// The real hosts whose part the tenant plays. Clients are pointed at it by name resolution.
const HOSTS: [&str; 24] = [
    "localhost",
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "outlook.office365.com",
    "*.outlook.office365.com",
    "outlook.office.com",
    "outlook.office365.us",
    "*.outlook.office365.us",
    "partner.outlook.cn",
    "*.partner.outlook.cn",
    "ps.compliance.protection.outlook.com",
    "*.ps.compliance.protection.outlook.com",
    "*.admin.protection.outlook.com",
    "ps.compliance.protection.office365.us",
    "*.ps.compliance.protection.office365.us",
    "outlook-dod.office365.us",
    "graph.microsoft.com",
    "management.azure.com",
    "management.core.windows.net",
];

/// A server certificate, and the authority that vouches for it.
pub(crate) struct ServerIdentity {
    /// The authority's certificate.
    pub authority_pem: String,
    /// Does the TLS handshakes.
    pub acceptor: TlsAcceptor,
}

impl ServerIdentity {
    /// A new authority and a certificate for the loopback, all known hosts and `extra`.
    pub(crate) fn generate(extra: IpAddr) -> Result<Self, SimError> {
        let failed = |source: rcgen::Error| SimError::Key {
            what: "server certificate",
            source: Box::new(source),
        };
        let authority = CertifiedIssuer::self_signed(
            authority_parameters(),
            KeyPair::generate().map_err(failed)?,
        )
        .map_err(failed)?;
        let key = KeyPair::generate().map_err(failed)?;
        let leaf =
            leaf_parameters(extra).map_err(failed)?.signed_by(&key, &authority).map_err(failed)?;
        let chain = vec![leaf.der().clone(), authority.der().clone()];
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let failed = |source: rustls::Error| SimError::Key {
            what: "server certificate",
            source: Box::new(source),
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .map_err(failed)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { authority_pem: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

fn authority_parameters() -> CertificateParams {
    let mut parameters = parameters("exoctl simulated tenant authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn leaf_parameters(extra: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = parameters("exoctl simulated tenant");
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    if !extra.is_unspecified() && !addresses.contains(&extra) {
        addresses.push(extra);
    }
    for host in HOSTS {
        parameters.subject_alt_names.push(SanType::DnsName(host.try_into()?));
    }
    parameters.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

/// Valid from yesterday for a year, by the system's clock: that is the one clients check with.
fn parameters(name: &str) -> CertificateParams {
    let now = SimClock::system().now().as_second();
    let now =
        OffsetDateTime::from_unix_timestamp(now).expect("the system's clock shows a usual year");
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = now - Duration::days(1);
    parameters.not_after = now + Duration::days(365);
    parameters
}
