//! Random numbers without state: every draw is a hash of (seed, record, purpose).
//!
//! The mixing function is Stafford's variant 13 of the MurmurHash3 finalizer, the one of SplitMix64.
//! Only integers are used, so that the same seed gives the same log on every platform.

use uuid::Uuid;

use crate::config::stafford;

/// A source of draws for one record; the same `(seed, index)` always gives the same draws.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    key: u64,
}

impl Draw {
    /// The draws that belong to `index` under `seed`.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        Self { key: stafford(stafford(seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(index)) }
    }

    /// 64 uniform bits for `purpose`.
    pub(crate) fn bits(self, purpose: u64) -> u64 {
        stafford(self.key ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    /// A uniform number below `bound`, which must not be zero.
    pub(crate) fn below(self, purpose: u64, bound: u64) -> u64 {
        ((u128::from(self.bits(purpose)) * u128::from(bound)) >> 64) as u64
    }

    /// True in `per_million` of a million cases.
    pub(crate) fn happens(self, purpose: u64, per_million: u32) -> bool {
        self.below(purpose, 1_000_000) < u64::from(per_million)
    }

    /// A rank below `size` by Zipf's law with exponent 1: a power of two is drawn uniformly, then
    /// a rank inside of it, which makes rank *r* about *1/r* as likely as rank 1.
    pub(crate) fn zipf(self, purpose: u64, size: u64) -> u64 {
        if size < 2 {
            return 0;
        }
        let octaves = u64::from(u64::BITS - (size - 1).leading_zeros());
        let start = 1u64 << self.below(purpose, octaves);
        let rank = start - 1 + self.below(purpose ^ 0x5a5a, start);
        if rank < size { rank } else { self.below(purpose ^ 0xa5a5, size) }
    }

    /// One element of `choices`.
    pub(crate) fn one_of<T: Copy>(self, purpose: u64, choices: &[T]) -> T {
        choices[self.below(purpose, choices.len() as u64) as usize]
    }

    /// A version 4 identifier.
    pub(crate) fn uuid(self, purpose: u64) -> Uuid {
        let high = self.bits(purpose);
        let low = self.bits(purpose ^ 0x0f0f_f0f0);
        let bits = (u128::from(high) << 64 | u128::from(low)) & !(0xf << 76) & !(0x3 << 62);
        Uuid::from_u128(bits | 0x4 << 76 | 0x2 << 62)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_prefers_the_first_ranks_and_stays_in_bounds() {
        let mut seen = [0u32; 1000];
        for index in 0..100_000 {
            seen[Draw::new(7, index).zipf(1, 1000) as usize] += 1;
        }
        // 1/H(1000) is 13 %; the octave form gives a tenth.
        assert!((8_000..16_000).contains(&seen[0]), "{}", seen[0]);
        assert!(seen[0] > 20 * seen[100]);
        assert!(seen.iter().all(|&n| n > 0));
    }

    #[test]
    fn identifiers_are_version_four() {
        let id = Draw::new(1, 2).uuid(3);
        assert_eq!(id.get_version_num(), 4);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
    }
}
