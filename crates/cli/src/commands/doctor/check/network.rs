//! The way to the service: names, proxy, TLS, and what time it is there.

mod issuer;
mod skew;

use std::net::IpAddr;
use std::time::Duration;

use exoctl_certificate::Certificate;
use exoctl_http::{HttpOptions, presented_certificates, proxy_for, retry_after};
use exoctl_identity::Authority;
use exoctl_model::{Cloud, TenantReference};
use futures_util::future::join_all;
use http::Uri;
use jiff::SignedDuration;
use url::Url;

use self::issuer::Issuer;
use super::super::condition;
use super::super::finding::{Finding, State};
use super::super::redaction;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::env;
use crate::error::CommandError;

/// The hosts that everything goes to, each once.
fn hosts(cloud: &Cloud) -> Vec<Uri> {
    let mut hosts: Vec<Uri> = Vec::new();
    for url in [&cloud.authority, &cloud.exchange, &cloud.compliance] {
        let host = url[url::Position::BeforeScheme..url::Position::AfterPort].parse::<Uri>();
        let host = host.expect("a URL of a cloud has a host");
        if !hosts.iter().any(|known| known.authority() == host.authority()) {
            hosts.push(host);
        }
    }
    hosts
}

fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

fn place(uri: &Uri) -> &str {
    uri.authority().map(http::uri::Authority::as_str).unwrap_or_default()
}

/// Whether the names of the hosts are known.
pub(super) struct Names;

impl Check for Names {
    fn name(&self) -> &'static str {
        "name resolution"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["configuration"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let mut wanted: Vec<String> = Vec::new();
            let mut facts = Vec::new();
            for uri in hosts(visit.cloud()) {
                let name = match proxy_for(&uri) {
                    Some(proxy) => {
                        facts.push(format!("{}: the proxy resolves it", host(&uri)));
                        host(&proxy).to_owned()
                    }
                    None => host(&uri).to_owned(),
                };
                if !wanted.contains(&name) {
                    wanted.push(name);
                }
            }
            let mut unknown = None;
            for name in wanted {
                match resolve(&name).await {
                    Ok(fact) => facts.push(fact),
                    Err(error) => {
                        facts.push(format!("{name}: {error}"));
                        unknown.get_or_insert(name);
                    }
                }
            }
            let finding = match unknown {
                Some(name) => Finding::fail(condition::NAMES, "").knowing("host", name),
                None => Finding::ok(""),
            };
            finding.seeing(facts)
        })
    }
}

async fn resolve(name: &str) -> std::io::Result<String> {
    if name.parse::<IpAddr>().is_ok() {
        return Ok(format!("{name} is an address"));
    }
    let found = tokio::net::lookup_host((name, 443)).await?;
    let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
    addresses.dedup();
    addresses.truncate(3);
    Ok(format!("{name}: {}", addresses.join(", ")))
}

/// Which proxy is in force.
pub(super) struct Proxy;

impl Check for Proxy {
    fn name(&self) -> &'static str {
        "proxy"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["configuration"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let environment = visit.context.environment();
            let facts: Vec<String> = env::NETWORK
                .into_iter()
                .filter_map(|variable| {
                    let value = environment.find(variable)?;
                    Some(format!("{} is {}", variable.name, redaction::address(&value)))
                })
                .collect();
            let ways = hosts(visit.cloud()).into_iter().map(|uri| match proxy_for(&uri) {
                Some(proxy) => format!("{} through {}", host(&uri), place(&proxy)),
                None => format!("{} directly", host(&uri)),
            });
            let ways = ways.collect::<Vec<_>>().join(", ");
            Finding::ok(ways).saw_all(facts)
        })
    }
}

/// Whether TLS ends at the service.
pub(super) struct Tls;

impl Check for Tls {
    fn name(&self) -> &'static str {
        "TLS"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["name resolution"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let cloud = visit.cloud().clone();
            let asked = hosts(&cloud).into_iter().map(|uri| issuer_of(&cloud, uri));
            let found: Vec<(String, Issuer)> =
                join_all(asked).await.into_iter().flatten().collect();
            let facts: Vec<String> = found
                .iter()
                .map(|(host, issuer)| format!("{host}: issued by {}", issuer.name))
                .collect();
            let transport = visit.learned.transport.clone().expect("made with the configuration");
            match transport.send(first_question(visit)).await {
                Ok(answer) => {
                    visit.learned.answer = Some(answer);
                    let finding = match found.iter().find(|(_, issuer)| !issuer.is_known) {
                        Some(_) => Finding::warn(condition::OPENED_TLS, ""),
                        None => Finding::ok(""),
                    };
                    finding.seeing(facts)
                }
                Err(error) => Finding::failed(&CommandError::from(error)).saw_all(facts),
            }
        })
    }
}

/// The host and who has certified it, if it can be reached at all.
async fn issuer_of(cloud: &Cloud, uri: Uri) -> Option<(String, Issuer)> {
    let mut options = HttpOptions::default();
    options.timeouts.connect = PATIENCE;
    let chain = presented_certificates(&options, &uri).await.ok()?;
    let chain: Vec<Certificate> =
        chain.into_iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let issuer = issuer::judge(&chain, cloud.certificate_authority.as_deref())?;
    Some((host(&uri).to_owned(), issuer))
}

/// How long to wait for a certificate. That nobody answers the request itself finds out.
const PATIENCE: Duration = Duration::from_secs(10);

/// The description of the tenant, or of any tenant; nobody has to sign in for it.
fn first_question(visit: &Visit<'_>) -> exoctl_http::Request {
    let (cloud, settings) = (visit.cloud(), visit.settings());
    let anybody = || "common".parse().map(TenantReference::Domain).ok();
    let address: Url = match settings.organization.value.clone().or_else(anybody) {
        Some(tenant) => Authority::new(cloud, tenant).openid_configuration(),
        None => cloud.authority.clone(),
    };
    http::Request::get(address.as_str())
        .body(exoctl_http::Request::default().into_body())
        .expect("an https URL makes a request")
}

/// How wrong the clock is.
pub(super) struct ClockSkew;

impl Check for ClockSkew {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["TLS"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let now = visit.context.clock().now();
            let answer = visit.learned.answer.as_ref().expect("the check of TLS has it");
            let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
            let Some(date) = date.and_then(retry_after::parse_http_date) else {
                return Finding::skipped("the answer of the authority has no date");
            };
            let skew = SignedDuration::from_secs(now.as_second() - date.as_second());
            let (state, fact) = skew::judge(skew);
            match state {
                State::Ok => Finding::ok(fact),
                State::Fail => Finding::fail(condition::CLOCK, fact),
                _ => Finding::warn(condition::CLOCK, fact),
            }
        })
    }
}
