//! Secure strings and credentials: encrypted with the key that the module file brings.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey, PublicKeyComponents};
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
        let (n, e) = (self.modulus.as_slice(), self.exponent.as_slice());
        let components = PublicKeyComponents { n, e };
        let key: PublicEncryptingKey = components.try_into().map_err(|_| SecretError::Key)?;
        let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| SecretError::Key)?;
        if plain.len() > key.max_plaintext_size() {
            return Err(SecretError::TooLong { most: key.max_plaintext_size() });
        }
        let mut block = vec![0; key.ciphertext_size()];
        let block = key.encrypt(plain, &mut block).map_err(|_| SecretError::Key)?;
        Ok(STANDARD.encode(block))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};

    use super::*;

    /// A key that openssl made, in two forms.
    const XML: &str = include_str!("../tests/fixtures/public_key.xml");
    const PKCS8: &[u8] = include_bytes!("../tests/fixtures/private_key.der");

    fn decrypt(text: &str) -> String {
        let key = PrivateDecryptingKey::from_pkcs8(PKCS8).unwrap();
        let key = Pkcs1PrivateDecryptingKey::new(key).unwrap();
        let block = STANDARD.decode(text).unwrap();
        let mut plain = vec![0; key.min_output_size()];
        String::from_utf8(key.decrypt(&block, &mut plain).unwrap().to_vec()).unwrap()
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
