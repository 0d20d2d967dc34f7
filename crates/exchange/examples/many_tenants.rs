//! One cmdlet in each of many tenants from one process: 10, then 1,000.
//!
//! There is one simulated tenant, so each connection stands for a tenant of its own: its own
//! credential, token, governor and catalogue; only the transport is shared, as it would be.
//!
//!     many_tenants SETTINGS      {"url","ca","tenantId","organization","appId","pfx","pfxPassword","environment"}

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use exoctl_certificate::{CertifiedKey, load_key_file};
use exoctl_exchange::{Connection, Invocation};
use exoctl_http::{HttpOptions, HttpTransport, Transport};
use exoctl_identity::{AssertionOptions, Authority, CachedCredential, CertificateCredential};
use exoctl_model::{Clock, Cloud, SystemClock, TenantReference};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

/// How many tenants are asked at the same time.
const CONCURRENCY: usize = 16;

#[derive(Clone)]
struct Estate {
    cloud: Cloud,
    settings: Arc<Value>,
    key: Arc<CertifiedKey>,
    transport: Arc<dyn Transport>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which settings?")?;
    let settings: Value = serde_json::from_slice(&fs::read(file)?)?;
    let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
    let cloud = Cloud::from_environment_json(&fs::read_to_string(text("environment"))?)?;
    let options = HttpOptions {
        certificate_authority: cloud.certificate_authority.clone(),
        ..HttpOptions::default()
    };
    let key = load_key_file(&fs::read(text("pfx"))?, Some(&text("pfxPassword").into()), None)?;
    let estate = Estate {
        transport: Arc::new(HttpTransport::new(&options)?),
        key: Arc::new(key),
        cloud,
        settings: Arc::new(settings),
    };
    ask(&estate, 10).await?; // warm
    let ten = ask(&estate, 10).await?;
    let before = resident()?;
    let thousand = ask(&estate, 1000).await?;
    let result = json!({
        "seconds_10": ten.0, "seconds_1000": thousand.0,
        "kib_per_tenant": (thousand.1.saturating_sub(before)) as f64 / 1000.0,
    });
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

/// Seconds, and KiB in memory while all connections are still there.
async fn ask(estate: &Estate, tenants: usize) -> Result<(f64, u64), Box<dyn Error>> {
    let started = Instant::now();
    let connections: Vec<Connection> = stream::iter(0..tenants)
        .map(|_| one(estate.clone()))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let took = started.elapsed().as_secs_f64();
    let held = resident()?;
    drop(connections);
    Ok((took, held))
}

async fn one(estate: Estate) -> Result<Connection, Box<dyn Error>> {
    let text = |name: &str| estate.settings[name].as_str().unwrap_or_default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tenant: TenantReference = text("tenantId").parse()?;
    let credential = CertificateCredential::new(
        Authority::new(&estate.cloud, tenant),
        text("appId").parse()?,
        estate.key.clone(),
        estate.transport.clone(),
        clock.clone(),
        AssertionOptions::default(),
    );
    let credential = Arc::new(CachedCredential::new(Arc::new(credential), clock));
    let organization = text("organization").parse()?;
    let transport = estate.transport.clone();
    let connection = Connection::builder(estate.cloud.clone(), organization, credential, transport)
        .tenant_id(text("tenantId").parse()?)
        .build();
    let adele = Invocation::new("Get-Mailbox".parse()?).with("Identity", "adele");
    let mailboxes = connection.invoke(adele).collect().await?;
    if mailboxes.len() == 1 { Ok(connection) } else { Err("adele was not found".into()) }
}

/// KiB of this process in memory (Linux).
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}
