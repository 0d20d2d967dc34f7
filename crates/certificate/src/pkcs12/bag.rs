//! The bags of a PKCS#12 file: keys, certificates, and what is passed over.

use zeroize::Zeroizing;

use crate::ber::{BerError, Element, Reader, tag};
use crate::certificate::Certificate;
use crate::contents::{Contents, FoundCertificate, FoundKey};
use crate::encryption::{self, Budget, Password};
use crate::error::KeyFileError;
use crate::oid;
use crate::private_key::{KeyError, PrivateKey};

/// What is said to be malformed if it came out of a decryption.
pub(super) const DECRYPTED: &str = "the decrypted contents";

/// More bags than any honest file has; Java's trust stores have about 150.
const MAXIMUM_BAGS: u64 = 2_000;
/// Bags of bags may be this deep.
const MAXIMUM_NESTING: u8 = 4;

/// Collects what is in the bags.
pub(super) struct Bags<'a> {
    password: &'a Password,
    budget: &'a mut Budget,
    count: u64,
    contents: Contents,
}

impl<'a> Bags<'a> {
    pub(super) fn new(password: &'a Password, budget: &'a mut Budget) -> Self {
        Self {
            password,
            budget,
            count: 0,
            contents: Contents { is_key_store: true, ..Contents::default() },
        }
    }

    pub(super) fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    pub(super) fn finish(self) -> Contents {
        self.contents
    }

    /// Reads SafeContents; `what` names them in errors.
    pub(super) fn read(&mut self, bytes: &[u8], what: &'static str) -> Result<(), KeyFileError> {
        let bags = Reader::new(bytes).sequence().map_err(KeyFileError::malformed(what))?;
        self.read_all(bags, what, 0)
    }

    fn read_all(
        &mut self,
        mut bags: Reader<'_>,
        what: &'static str,
        nesting: u8,
    ) -> Result<(), KeyFileError> {
        let bad = KeyFileError::malformed(what);
        while !bags.is_empty() {
            self.count += 1;
            if self.count > MAXIMUM_BAGS {
                let (limit, found) = (MAXIMUM_BAGS, self.count);
                return Err(KeyFileError::LimitExceeded { what: "bags", limit, found });
            }
            let mut bag = bags.sequence().map_err(&bad)?;
            let kind = bag.oid().map_err(&bad)?;
            let value = bag.expect(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)?;
            let name = friendly_name(bag.optional(tag::SET).map_err(&bad)?);
            let mut content = value.reader().map_err(&bad)?;
            match oid::last_arc(kind, oid::BAG) {
                Some(1) => {
                    let info = content.expect(tag::SEQUENCE).map_err(&bad)?;
                    self.push_key(info.raw, name)?;
                }
                Some(2) => self.read_shrouded_key(&mut content, name)?,
                Some(3) => self.read_certificate(&mut content, name)?,
                Some(4) => self.pass_over("a certificate revocation list"),
                Some(5) => self.pass_over("a secret that is no private key"),
                Some(6) if nesting < MAXIMUM_NESTING => {
                    let inner = content.sequence().map_err(&bad)?;
                    self.read_all(inner, what, nesting + 1)?;
                }
                Some(6) => return Err(bad(BerError::TooDeep)),
                _ => self.pass_over("a bag of an unknown kind"),
            }
        }
        Ok(())
    }

    /// EncryptedPrivateKeyInfo.
    fn read_shrouded_key(
        &mut self,
        content: &mut Reader<'_>,
        name: Option<String>,
    ) -> Result<(), KeyFileError> {
        let plain = decrypt_pkcs8(content, self.password, self.budget)?;
        self.push_key(&plain, name)
    }

    fn push_key(
        &mut self,
        pkcs8: &[u8],
        friendly_name: Option<String>,
    ) -> Result<(), KeyFileError> {
        let key = match PrivateKey::from_pkcs8(pkcs8) {
            Err(KeyError::Malformed(source)) => {
                return Err(KeyFileError::Malformed { what: DECRYPTED, source });
            }
            key => key,
        };
        self.contents.keys.push(FoundKey { key, friendly_name });
        Ok(())
    }

    fn read_certificate(
        &mut self,
        content: &mut Reader<'_>,
        friendly_name: Option<String>,
    ) -> Result<(), KeyFileError> {
        let bad = KeyFileError::malformed("a certificate bag");
        let mut bag = content.sequence().map_err(&bad)?;
        if bag.oid().map_err(&bad)? != oid::X509_CERTIFICATE {
            self.pass_over("a certificate that is not X.509");
            return Ok(());
        }
        let wrapper = bag.expect(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)?;
        let der = wrapper.reader().and_then(|mut reader| reader.octets()).map_err(&bad)?;
        let certificate = Certificate::from_der(der)?;
        self.contents.certificates.push(FoundCertificate { certificate, friendly_name });
        Ok(())
    }

    fn pass_over(&mut self, what: &str) {
        self.contents.passed_over.push(what.to_owned());
    }
}

/// Decrypts an EncryptedPrivateKeyInfo
/// ([RFC 5958 §3](https://www.rfc-editor.org/rfc/rfc5958#section-3)).
pub(crate) fn decrypt_pkcs8(
    reader: &mut Reader<'_>,
    password: &Password,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bad = KeyFileError::malformed("the encrypted private key");
    let mut info = reader.sequence().map_err(&bad)?;
    let algorithm = info.expect(tag::SEQUENCE).map_err(&bad)?;
    let data = info.octets().map_err(&bad)?;
    encryption::decrypt(algorithm, password, &data, budget)
}

/// The friendly name among a bag's attributes. Attributes that are malformed, or have no values
/// as Microsoft's machine-key mark has, mean nothing here.
fn friendly_name(attributes: Option<Element<'_>>) -> Option<String> {
    let mut attributes = attributes?.reader().ok()?;
    while let Ok(mut attribute) = attributes.sequence() {
        let (Ok(kind), Ok(values)) = (attribute.oid(), attribute.expect(tag::SET)) else {
            continue;
        };
        if kind != oid::FRIENDLY_NAME {
            continue;
        }
        let value = values.reader().ok()?.expect(tag::BMP_STRING).ok()?;
        let units =
            value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let name = String::from_utf16_lossy(&units.collect::<Vec<_>>());
        // Windows writes the terminator too.
        let name = name.trim_end_matches('\0').to_owned();
        return Some(name).filter(|name| !name.is_empty());
    }
    None
}
