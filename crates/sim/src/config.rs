//! What a simulated tenant is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::activity::profile::ActivityProfile;
use crate::audit::profile::AuditProfile;
use crate::clock::SimClock;
use crate::fault::FaultSpec;

/// What a simulated tenant is started with. Two tenants with the same seed and sizes hold the same
/// data.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether an address that other machines reach is allowed.
    pub allow_remote: bool,
    /// Where the environment file, the authority's certificate, the ready line and the registrations
    /// are written.
    pub state: PathBuf,
    /// The tenant's primary domain, an `.onmicrosoft.com` one.
    pub organization: String,
    /// The tenant's id; made from the seed when absent.
    pub tenant_id: Option<Uuid>,
    /// How many mailboxes the tenant has.
    pub mailboxes: u64,
    /// How many records its audit log has.
    pub audit_records: u64,
    /// Where its audit log begins: with the calendar month before this one, UTC, when absent.
    pub audit_from: Option<Timestamp>,
    /// Where its audit log ends: now when absent. Cut down to a full hour.
    pub audit_to: Option<Timestamp>,
    /// How searching the audit log misbehaves. Not at all by default.
    pub audit: AuditProfile,
    /// How the Management Activity API behaves. Nobody has subscribed to anything by default.
    pub activity: ActivityProfile,
    /// From what data, faults and token lifetimes are made.
    pub seed: u64,
    /// What goes wrong. Nothing by default.
    pub faults: Vec<FaultSpec>,
    /// How long a token is valid. Between 60 and 90 minutes, by the seed, when absent, as Entra's
    /// configurable token lifetimes page says.
    pub token_lifetime: Option<Duration>,
    /// The largest page of rows that the admin API gives, 1 to 1000.
    pub page_size: u32,
    /// How long a continuation can be used. The service's error text says 30 minutes.
    pub continuation_lifetime: Duration,
    /// What time it is.
    pub clock: SimClock,
}

impl SimConfig {
    /// A calm tenant of 120 mailboxes and 2000 audit records on a free port of the loopback.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            state: state.into(),
            organization: "contoso.onmicrosoft.com".to_owned(),
            tenant_id: None,
            mailboxes: 120,
            audit_records: 2000,
            audit_from: None,
            audit_to: None,
            audit: AuditProfile::default(),
            activity: ActivityProfile::default(),
            seed: 1,
            faults: Vec::new(),
            token_lifetime: None,
            page_size: 1000,
            continuation_lifetime: Duration::from_mins(30),
            clock: SimClock::system(),
        }
    }

    /// The tenant's id: the given one, or one made from the seed.
    pub fn tenant_id(&self) -> Uuid {
        self.tenant_id.unwrap_or_else(|| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&mix(self.seed).to_be_bytes());
            bytes[8..].copy_from_slice(&mix(self.seed ^ 0x7465_6e61_6e74).to_be_bytes());
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        })
    }
}

/// Spreads a number over 64 bits (the finalizer of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    stafford(number.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

/// Stafford's mix 13, the last steps of [`mix`].
pub(crate) fn stafford(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_id_follows_the_seed() {
        let mut config = SimConfig::new("unused");
        let first = config.tenant_id();
        assert_eq!(first, SimConfig::new("elsewhere").tenant_id());
        config.seed = 2;
        assert_ne!(first, config.tenant_id());
        assert_eq!(first.get_version_num(), 4);
    }

    #[test]
    fn mixing_matches_the_published_generator() {
        // First output of SplitMix64 seeded with 0, from the reference implementation.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
