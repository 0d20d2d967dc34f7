//! Writing PKCS#12, in the shape in which Windows writes it.

use aws_lc_rs::error::Unspecified;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::ber::tag;
use crate::certificate::Certificate;
use crate::certified_key::CertifiedKey;
use crate::der;
use crate::encryption::derive::{self, Hash, Purpose};
use crate::encryption::{self, Password};
use crate::oid;

/// The algorithms of a written file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// AES-256 under PBKDF2 with HMAC-SHA-256, MAC with SHA-256: Windows 10 1709, Windows Server
    /// 2019, .NET, Java, OpenSSL and newer.
    #[default]
    Aes256,
    /// Triple DES and a MAC with SHA-1: older Windows, and macOS' keychain.
    TripleDes,
}

/// A PKCS#12 file could not be made.
#[derive(Debug, thiserror::Error)]
#[error("encrypt the PKCS#12 file")]
pub struct WriteError(#[from] Unspecified);

/// Iterations of each of the four derivations in a file. .NET on Linux passes over a file whose
/// iterations add up to more than 600,000 when it opens its store without a password (measured
/// with .NET 9); Windows itself writes 2,000.
const ITERATIONS: u32 = 10_000;
/// What Windows and .NET write with triple DES.
const LEGACY_ITERATIONS: u32 = 2_000;

/// The provider that Windows is to import the key into. Without it Windows may choose one that
/// has no SHA-256, or a CNG provider, whose keys Exchange Online's module refuses.
const CSP_NAME: &str = "Microsoft Enhanced RSA and AES Cryptographic Provider";
/// AT_KEYEXCHANGE, as the key usage in which Windows writes it.
const KEY_EXCHANGE: u8 = 0x10;

/// Writes a key with its certificate and chain. The password may be empty; better it is ASCII,
/// because Java refuses others.
pub fn write(
    key: &CertifiedKey,
    password: &SecretString,
    profile: Profile,
) -> Result<Zeroizing<Vec<u8>>, WriteError> {
    let password = Password::new(password.expose_secret());
    let key_safe = data_content(&der::sequence(&[&key_bag(key, &password, profile)?]));
    let certificates = Zeroizing::new(certificate_bags(key));
    let (algorithm, data) = encrypt(profile, &password, &certificates)?;
    let certificate_safe = encrypted_content(&algorithm, &data);
    let safes = der::sequence(&[&key_safe, &certificate_safe]);
    let mac = mac_data(&safes, &password, profile)?;
    let pfx = der::sequence(&[&der::integer(3), &data_content(&safes), &mac]);
    Ok(Zeroizing::new(pfx))
}

impl Profile {
    fn iterations(self) -> u32 {
        match self {
            Self::Aes256 => ITERATIONS,
            Self::TripleDes => LEGACY_ITERATIONS,
        }
    }
}

fn encrypt(
    profile: Profile,
    password: &Password,
    plain: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Unspecified> {
    match profile {
        Profile::Aes256 => encryption::encrypt_aes256(password, profile.iterations(), plain),
        Profile::TripleDes => encryption::encrypt_triple_des(password, profile.iterations(), plain),
    }
}

fn key_bag(
    key: &CertifiedKey,
    password: &Password,
    profile: Profile,
) -> Result<Vec<u8>, Unspecified> {
    let usage = der::element(tag::BIT_STRING, &[0, KEY_EXCHANGE]);
    let pkcs8 = key.key().pkcs8_with(&[&attribute(oid::KEY_USAGE, &usage)]);
    let (algorithm, data) = encrypt(profile, password, &pkcs8)?;
    let shrouded = der::sequence(&[&algorithm, &der::octets(&data)]);
    let mut attributes = identity_attributes(key);
    attributes.push(attribute(oid::MICROSOFT_CSP_NAME, &der::bmp_string(CSP_NAME)));
    Ok(bag(oid::SHROUDED_KEY_BAG, &shrouded, attributes))
}

fn certificate_bags(key: &CertifiedKey) -> Vec<u8> {
    let own = certificate_bag(key.certificate(), identity_attributes(key));
    let chain = key.chain().iter().map(|certificate| certificate_bag(certificate, Vec::new()));
    let bags: Vec<Vec<u8>> = std::iter::once(own).chain(chain).collect();
    der::sequence(&bags.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn certificate_bag(certificate: &Certificate, attributes: Vec<Vec<u8>>) -> Vec<u8> {
    let value = der::explicit_0(&der::octets(certificate.der()));
    let content = der::sequence(&[&der::oid(oid::X509_CERTIFICATE), &value]);
    bag(oid::CERTIFICATE_BAG, &content, attributes)
}

fn bag(kind: &[u8], content: &[u8], mut attributes: Vec<Vec<u8>>) -> Vec<u8> {
    // DER orders the elements of a SET OF.
    attributes.sort();
    let attributes = match &attributes[..] {
        [] => Vec::new(),
        some => der::set(&some.iter().map(Vec::as_slice).collect::<Vec<_>>()),
    };
    der::sequence(&[&der::oid(kind), &der::explicit_0(content), &attributes])
}

/// What ties the key's bag to the certificate's: the same local key id and name.
fn identity_attributes(key: &CertifiedKey) -> Vec<Vec<u8>> {
    let id = der::octets(key.thumbprint().as_bytes());
    let mut attributes = vec![attribute(oid::LOCAL_KEY_ID, &id)];
    if let Some(name) = key.friendly_name() {
        attributes.push(attribute(oid::FRIENDLY_NAME, &der::bmp_string(name)));
    }
    attributes
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(kind), &der::set(&[value])])
}

fn data_content(content: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(oid::DATA), &der::explicit_0(&der::octets(content))])
}

fn encrypted_content(algorithm: &[u8], data: &[u8]) -> Vec<u8> {
    let cipher_text = der::element(tag::CONTEXT_0, data);
    let info = der::sequence(&[&der::oid(oid::DATA), algorithm, &cipher_text]);
    let encrypted = der::sequence(&[&der::integer(0), &info]);
    der::sequence(&[&der::oid(oid::ENCRYPTED_DATA), &der::explicit_0(&encrypted)])
}

fn mac_data(safes: &[u8], password: &Password, profile: Profile) -> Result<Vec<u8>, Unspecified> {
    let (hash, name) = match profile {
        Profile::Aes256 => (Hash::Sha256, oid::SHA256),
        Profile::TripleDes => (Hash::Sha1, oid::SHA1),
    };
    let salt: [u8; 20] = derive::random()?;
    let (input, count) = (password.bmp(), profile.iterations());
    let key = derive::pkcs12(hash, Purpose::Mac, input, &salt, count, hash.length());
    let algorithm = der::sequence(&[&der::oid(name), &der::null()]);
    let digest = der::sequence(&[&algorithm, &der::octets(&hash.sign_hmac(&key, safes))]);
    Ok(der::sequence(&[&digest, &der::octets(&salt), &der::integer(u64::from(count))]))
}
