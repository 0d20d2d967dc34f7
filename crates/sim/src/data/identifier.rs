//! GUIDs that carry the number of their object, so that they can be looked up without an index.

use uuid::Uuid;

use crate::config::mix;

const MASK: u64 = (1 << 48) - 1;
const FACTOR: u64 = 0x9e37_79b9_7f4b;

/// What a GUID identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    /// `Guid` of a directory object.
    Object = 1,
    /// `ExternalDirectoryObjectId`: the object id in Entra.
    Directory = 2,
    /// `ExchangeGuid` of a mailbox.
    Mailbox = 3,
    /// `ArchiveGuid`.
    Archive = 4,
    /// `Guid` of a group.
    Group = 5,
    /// `ExternalDirectoryObjectId` of a group.
    GroupDirectory = 6,
    /// Anything that is never looked up.
    Other = 7,
}

/// Makes and reads the GUIDs of one tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifiers {
    seed: u64,
}

impl Identifiers {
    /// The identifiers of the tenant with this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The GUID of object `number` (below 2^40).
    pub(crate) fn make(self, kind: Kind, number: u64) -> Uuid {
        let plain = u64::from(kind as u8) << 40 | number;
        let node = scramble(plain, mix(self.seed) & MASK);
        let hash = mix(self.seed ^ node.rotate_left(16));
        let high = hash & !0xf000 | 0x4000;
        let low = (mix(hash) & 0x3fff | 0x8000) << 48 | node;
        Uuid::from_u64_pair(high, low)
    }

    /// The number of the object that has this GUID, if `make` gave it.
    pub(crate) fn read(self, kind: Kind, id: Uuid) -> Option<u64> {
        let plain = unscramble(id.as_u64_pair().1 & MASK, mix(self.seed) & MASK);
        let number = plain & ((1 << 40) - 1);
        (self.make(kind, number) == id).then_some(number)
    }
}

/// A permutation of 48 bits.
fn scramble(plain: u64, key: u64) -> u64 {
    let mixed = plain.wrapping_add(key) & MASK;
    let mixed = (mixed ^ mixed >> 24).wrapping_mul(FACTOR) & MASK;
    mixed ^ mixed >> 24
}

fn unscramble(node: u64, key: u64) -> u64 {
    let mixed = (node ^ node >> 24).wrapping_mul(inverse(FACTOR)) & MASK;
    (mixed ^ mixed >> 24).wrapping_sub(key) & MASK
}

/// The inverse of an odd number modulo a power of two, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut round = 0;
    while round < 5 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        round += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_lead_back_to_their_number_and_to_no_other() {
        let ids = Identifiers::new(7);
        for number in [0, 1, 2, 999_999, 1 << 33] {
            let id = ids.make(Kind::Mailbox, number);
            assert_eq!(id.get_version_num(), 4);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            assert_eq!(ids.read(Kind::Mailbox, id), Some(number));
            assert_eq!(ids.read(Kind::Object, id), None);
            assert_eq!(Identifiers::new(8).read(Kind::Mailbox, id), None);
        }
    }
}
