//! The bytes of an answer, in memory that the next answer uses again: a page of a thousand
//! mailboxes is twelve megabytes, and to have these from the system anew takes longer than to
//! write them.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Bytes of an answer.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<u8>);

/// Memory that was used and is free.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// How much memory is worth keeping, and how many pieces of it.
const LARGE: usize = 1 << 20;
const MOST: usize = 8;

impl Buffer {
    /// An empty buffer, large if there is one to spare.
    pub(crate) fn spare() -> Self {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        Self(spare.pop().unwrap_or_default())
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Buffer> for Bytes {
    fn from(buffer: Buffer) -> Self {
        Self::from_owner(buffer)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.capacity() < LARGE {
            return;
        }
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MOST {
            self.0.clear();
            spare.push(std::mem::take(&mut self.0));
        }
    }
}
