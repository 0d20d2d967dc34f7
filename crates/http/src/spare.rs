//! Memory for large bodies, used again: a page of a thousand mailboxes is twelve megabytes, and
//! an allocator that gets one after the other keeps more than two of them.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Bodies that are smaller are not kept: they cost little, and tokens are among them.
const LARGE: usize = 1 << 20;

/// One body is read while another is worked on.
const MOST: usize = 2;

/// The memory of bodies that are gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spare {
    /// Empty, with room for so many bytes.
    pub(crate) fn take(&self, capacity: usize) -> Vec<u8> {
        if capacity < LARGE {
            return Vec::with_capacity(capacity);
        }
        let mut memory = self.pieces().pop().unwrap_or_default();
        // Pages differ a little in size; what is grown to a round size fits the next one too.
        memory.reserve_exact(capacity.next_multiple_of(LARGE));
        memory
    }

    /// A body whose memory comes back here when the last slice of it is dropped.
    pub(crate) fn lend(&self, body: Vec<u8>) -> Bytes {
        if body.capacity() < LARGE {
            return body.into();
        }
        Bytes::from_owner(Lent { body, spare: self.clone() })
    }

    fn pieces(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Lent {
    body: Vec<u8>,
    spare: Spare,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut pieces = self.spare.pieces();
        if pieces.len() < MOST {
            let mut memory = std::mem::take(&mut self.body);
            memory.clear();
            pieces.push(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_memory_comes_back_and_small_does_not() {
        let spare = Spare::default();
        let mut body = spare.take(LARGE + 1);
        body.extend_from_slice(b"rows");
        let place = body.as_ptr();
        let body = spare.lend(body);
        let row = body.slice(1..);
        drop(body);
        assert_eq!(&row[..], b"ows", "a slice keeps the memory");
        drop(row);
        let again = spare.take(2 * LARGE);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        drop(spare.lend(vec![0; 10]));
        assert!(spare.pieces().is_empty());
    }
}
