//! A password in the two forms in which key derivations take it.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// A password, wiped when dropped.
pub(crate) struct Password {
    utf8: Zeroizing<Vec<u8>>,
    bmp: Zeroizing<Vec<u8>>,
}

impl Password {
    /// A password that is there, an empty one included: two zero bytes end its UTF-16 form.
    pub(crate) fn new(text: &str) -> Self {
        let mut bmp = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        bmp.extend(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
        Self { utf8: Zeroizing::new(text.as_bytes().to_vec()), bmp }
    }

    /// No password: not even the two zero bytes.
    pub(crate) fn null() -> Self {
        Self { utf8: Zeroizing::default(), bmp: Zeroizing::default() }
    }

    /// The passwords to try. PKCS#12 tells an empty one from none, and programs disagree about
    /// which of the two "no password" means, so both are tried then.
    pub(crate) fn candidates(given: Option<&SecretString>) -> Vec<Self> {
        match given.map(SecretString::expose_secret) {
            None | Some("") => vec![Self::new(""), Self::null()],
            Some(text) => vec![Self::new(text)],
        }
    }

    /// UTF-8, for PKCS#5.
    pub(crate) fn utf8(&self) -> &[u8] {
        &self.utf8
    }

    /// UTF-16 big-endian with its terminator, for PKCS#12.
    pub(crate) fn bmp(&self) -> &[u8] {
        &self.bmp
    }
}
