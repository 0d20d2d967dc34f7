//! The scrypt key derivation of [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914), which
//! `openssl pkcs8 -scrypt` uses.

use zeroize::Zeroizing;

use super::derive::{self, Hash};
use crate::ber::BerError;
use crate::error::KeyFileError;

/// The parameters: `n` blocks of `128 * r` bytes, `p` times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) n: u64,
    pub(crate) r: u64,
    pub(crate) p: u64,
}

/// The most that `n * r * p` may be: 32 times what OpenSSL takes, half a gigabyte of mixing.
const MAXIMUM_COST: u64 = 1 << 22;

/// Derives a key of `length` bytes.
pub(crate) fn derive(
    password: &[u8],
    salt: &[u8],
    cost: Cost,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let Cost { n, r, p } = cost;
    if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
        return Err(KeyFileError::Malformed {
            what: "the key derivation parameters",
            source: BerError::Value { what: "the cost of scrypt" },
        });
    }
    let total = n.saturating_mul(r).saturating_mul(p);
    if total > MAXIMUM_COST {
        let what = "units of scrypt cost";
        return Err(KeyFileError::LimitExceeded { what, limit: MAXIMUM_COST, found: total });
    }
    let block = 128 * r as usize;
    let mut blocks = derive::pbkdf2(Hash::Sha256, password, salt, 1, block * p as usize);
    blocks.chunks_exact_mut(block).for_each(|block| mix(block, n as usize));
    Ok(derive::pbkdf2(Hash::Sha256, password, &blocks, 1, length))
}

/// scryptROMix.
fn mix(block: &mut [u8], n: usize) {
    let mut x: Zeroizing<Vec<u32>> = Zeroizing::new(
        block
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().expect("four")))
            .collect(),
    );
    let words = x.len();
    let mut scratch = Zeroizing::new(vec![0; words]);
    let mut memory = Zeroizing::new(Vec::with_capacity(words * n));
    for _ in 0..n {
        memory.extend_from_slice(&x);
        mix_block(&mut x, &mut scratch);
    }
    for _ in 0..n {
        // Integerify: the last 64 bytes as a number, of which n takes the low bits.
        let index = x[words - 16] as usize & (n - 1);
        let past = &memory[index * words..(index + 1) * words];
        x.iter_mut().zip(past).for_each(|(word, other)| *word ^= other);
        mix_block(&mut x, &mut scratch);
    }
    for (bytes, word) in block.chunks_exact_mut(4).zip(x.iter()) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// scryptBlockMix: the even results go to the first half, the odd ones to the second.
fn mix_block(x: &mut [u32], scratch: &mut [u32]) {
    let half = x.len() / 2;
    let mut state: [u32; 16] = x[x.len() - 16..].try_into().expect("a block has 16 words");
    for (index, chunk) in x.chunks_exact(16).enumerate() {
        state.iter_mut().zip(chunk).for_each(|(word, other)| *word ^= other);
        salsa20_8(&mut state);
        let start = index / 2 * 16 + if index % 2 == 0 { 0 } else { half };
        scratch[start..start + 16].copy_from_slice(&state);
    }
    x.copy_from_slice(scratch);
}

/// The Salsa20 core with eight rounds.
fn salsa20_8(state: &mut [u32; 16]) {
    const COLUMNS: [[usize; 4]; 4] = [[0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11]];
    const ROWS: [[usize; 4]; 4] = [[0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14]];
    let input = *state;
    for _ in 0..4 {
        for [a, b, c, d] in COLUMNS.into_iter().chain(ROWS) {
            state[b] ^= state[a].wrapping_add(state[d]).rotate_left(7);
            state[c] ^= state[b].wrapping_add(state[a]).rotate_left(9);
            state[d] ^= state[c].wrapping_add(state[b]).rotate_left(13);
            state[a] ^= state[d].wrapping_add(state[c]).rotate_left(18);
        }
    }
    state.iter_mut().zip(input).for_each(|(word, old)| *word = word.wrapping_add(old));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// RFC 7914 §12.
    #[test]
    fn vectors() {
        for (password, salt, n, r, p, expected) in [
            ("", "", 16, 1, 1, "77D6576238657B203B19CA42C18A0497"),
            ("password", "NaCl", 1024, 8, 16, "FDBABE1C9D3472007856E7190D01E9FE"),
            ("pleaseletmein", "SodiumChloride", 16384, 8, 1, "7023BDCB3AFD7348461C06CD81FD38EB"),
        ] {
            let cost = Cost { n, r, p };
            let key = derive(password.as_bytes(), salt.as_bytes(), cost, 16).unwrap();
            assert_eq!(hex::upper(&key), expected, "{password} {salt}");
        }
    }

    #[test]
    fn costs_that_cannot_be_are_refused() {
        for (n, r, p) in
            [(0, 8, 1), (3, 8, 1), (16, 0, 1), (16, 8, 0), (u64::MAX, u64::MAX, 2), (1 << 40, 8, 1)]
        {
            assert!(derive(b"", b"", Cost { n, r, p }, 16).is_err(), "{n} {r} {p}");
        }
    }
}
