//! The key with which the module encrypts secure strings.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An RSA key of 2048 bits, made when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct SecretKey(OnceLock<Pair>);

#[derive(Debug)]
struct Pair {
    decrypting: Pkcs1PrivateDecryptingKey,
    xml: String,
}

impl SecretKey {
    /// The public part as .NET writes it: `<RSAKeyValue><Modulus>…`.
    pub(crate) fn public_xml(&self) -> &str {
        &self.pair().xml
    }

    /// How many characters a secret has; `None` if it cannot be decrypted. The secret itself is
    /// forgotten at once.
    pub(crate) fn length_of_decrypted(&self, base64: &str) -> Option<usize> {
        let cipher = STANDARD.decode(base64).ok()?;
        let key = &self.pair().decrypting;
        let mut buffer = vec![0; key.min_output_size()];
        let plain = key.decrypt(&cipher, &mut buffer).ok()?;
        let length = std::str::from_utf8(plain).ok().map(|text| text.chars().count());
        buffer.fill(0);
        length
    }

    fn pair(&self) -> &Pair {
        self.0.get_or_init(|| {
            let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
            let modulus = key.public_key().modulus();
            let exponent = key.public_key().exponent();
            let xml = format!(
                "<RSAKeyValue><Modulus>{}</Modulus><Exponent>{}</Exponent></RSAKeyValue>",
                STANDARD.encode(modulus.big_endian_without_leading_zero()),
                STANDARD.encode(exponent.big_endian_without_leading_zero()),
            );
            let pkcs8 = key.as_der().expect("a key that was made can be encoded");
            let private = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref())
                .expect("a key that was encoded can be read");
            let decrypting =
                Pkcs1PrivateDecryptingKey::new(private).expect("a key of 2048 bits can decrypt");
            Pair { decrypting, xml }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};

    #[test]
    fn a_secret_is_decrypted_and_only_its_length_kept() {
        let key = SecretKey::default();
        assert!(key.public_xml().contains("<Exponent>AQAB</Exponent>"));
        let public = key.pair().decrypting.key_size_bytes();
        assert_eq!(public, 256);
        assert_eq!(key.length_of_decrypted("bm90IGVuY3J5cHRlZA=="), None);
        let cipher = encrypt(&key, "Pässword");
        assert_eq!(key.length_of_decrypted(&cipher), Some(8));
    }

    /// Encrypts with nothing but the published XML, as the module does.
    fn encrypt(key: &SecretKey, plain: &str) -> String {
        let xml = key.public_xml();
        let part = |from: &str, to: &str| {
            let start = xml.find(from).unwrap() + from.len();
            STANDARD.decode(&xml[start..xml.find(to).unwrap()]).unwrap()
        };
        let components = aws_lc_rs::rsa::PublicKeyComponents {
            n: part("<Modulus>", "</Modulus>"),
            e: part("<Exponent>", "</Exponent>"),
        };
        let public: PublicEncryptingKey = components.try_into().unwrap();
        let public = Pkcs1PublicEncryptingKey::new(public).unwrap();
        let mut out = vec![0; public.ciphertext_size()];
        STANDARD.encode(public.encrypt(plain.as_bytes(), &mut out).unwrap())
    }
}
