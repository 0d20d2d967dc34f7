//! The MAC of a PKCS#12 file: PKCS#12's own, or PBMAC1 of
//! [RFC 9579](https://www.rfc-editor.org/rfc/rfc9579).

use std::borrow::Cow;

use crate::ber::{Element, Reader, tag};
use crate::encryption::derive::{self, Hash, Purpose};
use crate::encryption::{self, Budget, Password};
use crate::error::KeyFileError;
use crate::oid;

/// MacData.
pub(super) struct Mac<'a> {
    algorithm: Element<'a>,
    digest: Cow<'a, [u8]>,
    salt: Cow<'a, [u8]>,
    iterations: u64,
}

impl<'a> Mac<'a> {
    pub(super) fn parse(pfx: &mut Reader<'a>) -> Result<Self, KeyFileError> {
        let bad = KeyFileError::malformed("the MAC");
        let mut data = pfx.sequence().map_err(&bad)?;
        let mut info = data.sequence().map_err(&bad)?;
        let algorithm = info.expect(tag::SEQUENCE).map_err(&bad)?;
        let digest = info.octets().map_err(&bad)?;
        let salt = data.octets().map_err(&bad)?;
        let iterations = match data.optional(tag::INTEGER).map_err(&bad)? {
            Some(number) => number.to_integer().map_err(&bad)?,
            None => 1,
        };
        Ok(Self { algorithm, digest, salt, iterations })
    }

    /// Proves that the password is right and the contents are whole.
    pub(super) fn verify(
        &self,
        contents: &[u8],
        password: &Password,
        budget: &mut Budget,
    ) -> Result<(), KeyFileError> {
        let bad = KeyFileError::malformed("the MAC");
        let mut identifier = self.algorithm.reader().map_err(&bad)?;
        let name = identifier.oid().map_err(&bad)?;
        let (hash, key) = if name == oid::PBMAC1 {
            let mut parameters = identifier.sequence().map_err(&bad)?;
            let derivation = parameters.expect(tag::SEQUENCE).map_err(&bad)?;
            let scheme = parameters.sequence().and_then(|mut scheme| scheme.oid()).map_err(&bad)?;
            let hash = encryption::hmac_hash(scheme)?;
            (hash, encryption::derive_key(derivation, password, hash.length(), budget)?)
        } else {
            let hash = digest_hash(name)?;
            let count = budget.take(self.iterations)?;
            let (input, salt, length) = (password.bmp(), &self.salt, hash.length());
            (hash, derive::pkcs12(hash, Purpose::Mac, input, salt, count, length))
        };
        if hash.verify_hmac(&key, contents, &self.digest) {
            Ok(())
        } else {
            Err(KeyFileError::WrongPassword)
        }
    }
}

fn digest_hash(name: &[u8]) -> Result<Hash, KeyFileError> {
    match oid::last_arc(name, oid::SHA2) {
        Some(1) => Ok(Hash::Sha256),
        Some(2) => Ok(Hash::Sha384),
        Some(3) => Ok(Hash::Sha512),
        _ if name == oid::SHA1 => Ok(Hash::Sha1),
        _ => Err(encryption::unsupported(name)),
    }
}
