//! A delay that is different for each tenant and always the same for one.

use jiff::SignedDuration;

use crate::duration::Duration;

/// The delay of a job's runs for a tenant: from nothing up to `most`, not included, in whole
/// seconds. The same on every machine and in every version, so that a run is expected when it
/// comes; different jobs of a tenant are spread too.
pub(crate) fn jitter(job: &str, tenant: &str, most: Duration) -> SignedDuration {
    let Ok(most @ 1..) = u64::try_from(most.as_secs()) else { return SignedDuration::ZERO };
    SignedDuration::from_secs((hash(job, tenant) % most) as i64)
}

/// FNV-1a of both names with a zero between them, and the finalizer of MurmurHash3 over it, for the
/// last letters of similar names move only low bits of the former.
fn hash(job: &str, tenant: &str) -> u64 {
    let bytes = job.bytes().chain([0]).chain(tenant.bytes().map(|b| b.to_ascii_lowercase()));
    let fnv = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_tenants_are_spread_evenly_over_an_hour() {
        let mut minutes = [0_u32; 60];
        for tenant in 0..10_000 {
            let delay = jitter("audit", &format!("tenant-{tenant:05}"), Duration::from_hours(1));
            minutes[usize::try_from(delay.as_secs() / 60).unwrap()] += 1;
        }
        // 166.7 a minute; six standard deviations of a binomial count are 77.
        assert!(minutes.iter().all(|count| (90..=244).contains(count)), "{minutes:?}");
    }

    #[test]
    fn no_jitter_is_no_delay() {
        assert_eq!(jitter("a", "b", Duration::from_secs(0)), SignedDuration::ZERO);
        assert_eq!(jitter("a", "b", Duration::from_secs(1)), SignedDuration::ZERO);
        let hour = Duration::from_hours(1);
        assert_eq!(jitter("a", "Contoso", hour), jitter("a", "contoso", hour));
        assert_ne!(jitter("ab", "c", hour), jitter("a", "bc", hour));
    }
}
