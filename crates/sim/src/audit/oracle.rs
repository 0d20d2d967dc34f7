//! What an export of the log must hold, computed from the log and never from an answer.

use std::ops::Range;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use uuid::Uuid;

use super::search::{AuditSearch, PageRow};

/// Count and fingerprints of a set of records, to compare with what a client wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many records.
    pub records: u64,
    /// Exclusive or of their identifiers.
    pub xor: u128,
    /// Wrapping sum of their identifiers.
    pub sum: u128,
    /// Exclusive or of the first halves of the SHA-256 of each record's bytes.
    pub bytes_xor: u128,
    /// Wrapping sum of the same.
    pub bytes_sum: u128,
    /// The records that come with one content or another; their bytes are in no fingerprint.
    pub ambiguous: Vec<Ambiguous>,
}

/// A record that comes with other bytes at other places of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous {
    /// Its identifier.
    pub id: Uuid,
    /// The first half of the SHA-256 of either content.
    pub contents: [u128; 2],
}

impl AuditSearch {
    /// What there is of a range of records at a time.
    pub fn digest(&self, records: Range<u64>, now: Timestamp) -> Digest {
        let profile = self.profile();
        let mut found = Digest::default();
        for index in records {
            if profile.late && self.log().visible_from(index) > now.as_second() {
                continue;
            }
            let row = |position| self.written(&profile, &PageRow::at(index, position));
            let (one, other) = (row(0), row(1));
            let id = one.identity.as_u128();
            found.records += 1;
            found.xor ^= id;
            found.sum = found.sum.wrapping_add(id);
            let contents = [fingerprint(&one.audit_data), fingerprint(&other.audit_data)];
            if one.audit_data == other.audit_data {
                found.bytes_xor ^= contents[0];
                found.bytes_sum = found.bytes_sum.wrapping_add(contents[0]);
            } else {
                found.ambiguous.push(Ambiguous { id: one.identity, contents });
            }
        }
        found
    }
}

fn fingerprint(text: &str) -> u128 {
    let hash = digest(&SHA256, text.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_ref()[..16]);
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first half of the digest of "abc" in FIPS 180-2, appendix B.1.
    #[test]
    fn a_fingerprint_is_the_first_half_of_sha_256() {
        assert_eq!(fingerprint("abc"), 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223);
    }
}
