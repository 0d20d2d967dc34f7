//! Secure strings and credentials: encrypted with the key that the module file brings.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The RSA key of a module file, .NET's `RSAKeyValue`. It changes from time to time; the service
/// takes older ones for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// A secret that cannot be encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The module file's key is none.
    #[error("the public key of the module file is not an RSA key of 2048 bits or more")]
    Key,
    /// More than fits into one RSA block.
    #[error("the secret is too long, the most is {most} bytes")]
    TooLong {
        /// The most bytes of UTF-8 that fit.
        most: usize,
    },
}

impl PublicKey {
    /// Reads `<RSAKeyValue><Modulus>…</Modulus><Exponent>…</Exponent></RSAKeyValue>`, RFC 3275
    /// section 4.4.2.2.
    pub fn from_xml(xml: &str) -> Option<Self> {
        let element = |name: &str| {
            let (_, rest) = xml.split_once(&format!("<{name}>"))?;
            let (text, _) = rest.split_once(&format!("</{name}>"))?;
            let text: String = text.split_whitespace().collect();
            STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
        };
        Some(Self { modulus: element("Modulus")?, exponent: element("Exponent")? })
    }

    /// `base64(RSA PKCS#1 v1.5(UTF-8))`; an empty secret stays empty, as in the module.
    pub(crate) fn encrypt_secret(&self, secret: &SecretString) -> Result<String, SecretError> {
        let secret = secret.expose_secret();
        if secret.is_empty() {
            return Ok(String::new());
        }
        self.encrypt(secret.as_bytes())
    }

    /// The same with the compact JSON of a user name and its password.
    pub(crate) fn encrypt_credential(
        &self,
        user_name: &str,
        password: &SecretString,
    ) -> Result<String, SecretError> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Credential<'a> {
            user_name: &'a str,
            password: &'a str,
        }
        let credential = Credential { user_name, password: password.expose_secret() };
        let json = serde_json::to_vec(&credential).expect("two strings become JSON");
        self.encrypt(&Zeroizing::new(json))
    }

    fn encrypt(&self, plain: &[u8]) -> Result<String, SecretError> {
        let key = PublicEncryptingKey::from_der(&self.to_der()).map_err(|_| SecretError::Key)?;
        let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| SecretError::Key)?;
        if plain.len() > key.max_plaintext_size() {
            return Err(SecretError::TooLong { most: key.max_plaintext_size() });
        }
        let mut block = vec![0; key.ciphertext_size()];
        let block = key.encrypt(plain, &mut block).map_err(|_| SecretError::Key)?;
        Ok(STANDARD.encode(block))
    }

    /// SubjectPublicKeyInfo, RFC 5280 section 4.1 and RFC 8017 appendix A.1.
    fn to_der(&self) -> Vec<u8> {
        /// `AlgorithmIdentifier { rsaEncryption, NULL }`.
        const RSA_ENCRYPTION: [u8; 15] = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
            0x00,
        ];
        let key = element(0x30, &[integer(&self.modulus), integer(&self.exponent)].concat());
        let bits = element(0x03, &[&[0], key.as_slice()].concat());
        element(0x30, &[&RSA_ENCRYPTION, bits.as_slice()].concat())
    }
}

/// A DER INTEGER from unsigned big-endian bytes.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[first..];
    let sign: &[u8] = if digits.first().is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    element(0x02, &[sign, digits].concat())
}

/// A DER element with its length.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(7)..];
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        out.push(0x80 | significant.len() as u8);
    }
    out.extend_from_slice(significant);
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};

    use super::*;

    /// A key that openssl made, in three of its forms.
    const XML: &str = include_str!("../tests/fixtures/public_key.xml");
    const SPKI: &[u8] = include_bytes!("../tests/fixtures/public_key.der");
    const PKCS8: &[u8] = include_bytes!("../tests/fixtures/private_key.der");

    fn decrypt(text: &str) -> String {
        let key = PrivateDecryptingKey::from_pkcs8(PKCS8).unwrap();
        let key = Pkcs1PrivateDecryptingKey::new(key).unwrap();
        let block = STANDARD.decode(text).unwrap();
        let mut plain = vec![0; key.min_output_size()];
        String::from_utf8(key.decrypt(&block, &mut plain).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_key_becomes_the_der_that_openssl_writes() {
        assert_eq!(PublicKey::from_xml(XML).unwrap().to_der(), SPKI);
    }

    #[test]
    fn secrets_are_encrypted_for_the_holder_of_the_private_key() {
        let key = PublicKey::from_xml(XML).unwrap();
        assert_eq!(decrypt(&key.encrypt_secret(&"pässword".into()).unwrap()), "pässword");
        assert_eq!(key.encrypt_secret(&"".into()).unwrap(), "");
        assert_eq!(
            decrypt(&key.encrypt_credential("contoso\\adele", &"p\"w".into()).unwrap()),
            r#"{"UserName":"contoso\\adele","Password":"p\"w"}"#
        );
    }

    #[test]
    fn too_long_secrets_and_bad_keys_are_refused() {
        let key = PublicKey::from_xml(XML).unwrap();
        let long = "x".repeat(246);
        assert!(matches!(
            key.encrypt_secret(&long.into()),
            Err(SecretError::TooLong { most: 245 })
        ));
        assert!(PublicKey::from_xml("<RSAKeyValue><Modulus>AA</Modulus></RSAKeyValue>").is_none());
        let small = PublicKey { modulus: vec![0xff; 16], exponent: vec![1, 0, 1] };
        assert!(matches!(small.encrypt_secret(&"x".into()), Err(SecretError::Key)));
    }
}
