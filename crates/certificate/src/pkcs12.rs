//! PKCS#12 files (.pfx, .p12): [RFC 7292](https://www.rfc-editor.org/rfc/rfc7292) as the world
//! writes it.
//!
//! Reading takes BER, missing MACs, plain bags, passwords that are empty or not there, and the
//! encryptions in use since 1996 except RC4 and Camellia. `docs/pfx-matrix.md` has the table.

mod bag;
mod mac;
mod write;

pub(crate) use bag::decrypt_pkcs8;
pub use write::{Profile, WriteError, write};

use std::borrow::Cow;

use secrecy::SecretString;

use crate::ber::{BerError, Reader, tag};
use crate::contents::Contents;
use crate::encryption::{self, Budget, Password};
use crate::error::KeyFileError;
use crate::oid;

/// Reads all keys and certificates of a file.
///
/// No password and an empty one are the same here: whichever of the two the file's maker meant
/// is found.
pub fn read(bytes: &[u8], password: Option<&SecretString>) -> Result<Contents, KeyFileError> {
    let file = File::parse(bytes)?;
    let mut budget = Budget::new();
    for candidate in Password::candidates(password) {
        match file.open(&candidate, &mut budget) {
            Err(KeyFileError::WrongPassword) => {}
            opened => return opened,
        }
    }
    Err(if password.is_some() {
        KeyFileError::WrongPassword
    } else {
        KeyFileError::PasswordRequired
    })
}

/// Whether the bytes look like PKCS#12: a sequence that starts with the version number 3.
pub(crate) fn is_pkcs12(bytes: &[u8]) -> bool {
    // Only the beginning is looked at, so that a truncated file counts.
    let content = match bytes {
        [tag::SEQUENCE, length @ 0x81..=0x88, rest @ ..] => rest.get(usize::from(length & 0x7F)..),
        [tag::SEQUENCE, _, rest @ ..] => Some(rest),
        _ => None,
    };
    content.is_some_and(|content| content.starts_with(&[tag::INTEGER, 1, 3, tag::SEQUENCE]))
}

/// The outermost structure, PFX.
struct File<'a> {
    authenticated_safe: Cow<'a, [u8]>,
    mac: Option<mac::Mac<'a>>,
}

impl<'a> File<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, KeyFileError> {
        let bad = KeyFileError::malformed("the PKCS#12 file");
        let mut pfx = Reader::new(bytes).sequence().map_err(&bad)?;
        let version = pfx.integer().map_err(&bad)?;
        if version != 3 {
            return Err(bad(BerError::Value { what: "the version" }));
        }
        let mut info = pfx.sequence().map_err(&bad)?;
        let authenticated_safe = match info.oid().map_err(&bad)? {
            oid::DATA => {
                let wrapper = info.expect(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)?;
                wrapper.reader().and_then(|mut content| content.octets()).map_err(&bad)?
            }
            oid::SIGNED_DATA => {
                return Err(KeyFileError::UnsupportedAlgorithm {
                    algorithm: "a signature with a public key in place of a password".to_owned(),
                    reason: "which is not read; export the file again with a password",
                });
            }
            other => return Err(encryption::unsupported(other)),
        };
        let mac = if pfx.is_empty() { None } else { Some(mac::Mac::parse(&mut pfx)?) };
        Ok(Self { authenticated_safe, mac })
    }

    fn open(&self, password: &Password, budget: &mut Budget) -> Result<Contents, KeyFileError> {
        if let Some(mac) = &self.mac {
            mac.verify(&self.authenticated_safe, password, budget)?;
        }
        let opened = self.open_safes(password, budget);
        // Without a MAC nothing else tells a wrong password from damage: one in 256 wrong
        // passwords leaves a padding that looks right, and noise behind it.
        match opened {
            Err(KeyFileError::Malformed { what: bag::DECRYPTED, .. }) if self.mac.is_none() => {
                Err(KeyFileError::WrongPassword)
            }
            opened => opened,
        }
    }

    fn open_safes(
        &self,
        password: &Password,
        budget: &mut Budget,
    ) -> Result<Contents, KeyFileError> {
        let bad = KeyFileError::malformed("the list of contents");
        let mut bags = bag::Bags::new(password, budget);
        let mut safes = Reader::new(&self.authenticated_safe).sequence().map_err(&bad)?;
        while !safes.is_empty() {
            let mut info = safes.sequence().map_err(&bad)?;
            let kind = info.oid().map_err(&bad)?;
            let wrapper = info.expect(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)?;
            let mut content = wrapper.reader().map_err(&bad)?;
            match kind {
                oid::DATA => bags.read(&content.octets().map_err(&bad)?, "the bags")?,
                oid::ENCRYPTED_DATA => {
                    let plain = decrypt_content(&mut content, password, bags.budget())?;
                    bags.read(&plain, bag::DECRYPTED)?;
                }
                oid::ENVELOPED_DATA => {
                    return Err(KeyFileError::UnsupportedAlgorithm {
                        algorithm: "encryption to a public key in place of a password".to_owned(),
                        reason: "which is not read; export the file again with a password",
                    });
                }
                other => return Err(encryption::unsupported(other)),
            }
        }
        Ok(bags.finish())
    }
}

/// EncryptedData of [RFC 5652 §8](https://www.rfc-editor.org/rfc/rfc5652#section-8).
fn decrypt_content(
    content: &mut Reader<'_>,
    password: &Password,
    budget: &mut Budget,
) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyFileError> {
    let bad = KeyFileError::malformed("the encrypted contents");
    let mut data = content.sequence().map_err(&bad)?;
    data.integer().map_err(&bad)?;
    let mut info = data.sequence().map_err(&bad)?;
    info.oid().map_err(&bad)?;
    let algorithm = info.expect(tag::SEQUENCE).map_err(&bad)?;
    let cipher_text =
        info.element().and_then(|element| element.to_octets(tag::CONTEXT_0)).map_err(&bad)?;
    encryption::decrypt(algorithm, password, &cipher_text, budget)
}
