//! PEM text ([RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)): keys, certificates, or both.

use aws_lc_rs::error::Unspecified;
use pem::{EncodeConfig, LineEnding, Pem};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::{Zeroize as _, Zeroizing};

use crate::ber::Reader;
use crate::certificate::Certificate;
use crate::certified_key::CertifiedKey;
use crate::contents::{Contents, FoundCertificate, FoundKey};
use crate::der;
use crate::encryption::{self, Budget, Password, decrypt_legacy_pem};
use crate::error::KeyFileError;
use crate::pkcs7;
use crate::pkcs12;
use crate::private_key::{KeyError, PrivateKey};

/// Reads all keys and certificates of a PEM text, in whatever order. Text between the blocks is
/// passed over, but for a `friendlyName:` line such as `openssl pkcs12` prints.
pub fn read(text: &[u8], password: Option<&SecretString>) -> Result<Contents, KeyFileError> {
    let mut contents = Contents::default();
    let mut budget = Budget::new();
    for (block, before) in blocks(text)? {
        let name = friendly_name(before);
        read_block(block, name, password, &mut budget, &mut contents)?;
    }
    if contents.keys.is_empty() && contents.certificates.is_empty() {
        return Err(KeyFileError::UnknownFormat {
            reason: "its PEM blocks are neither keys nor certificates".to_owned(),
        });
    }
    Ok(contents)
}

/// A certificate as PEM text.
pub fn write_certificate(certificate: &Certificate) -> String {
    encode("CERTIFICATE", certificate.der())
}

/// A private key as PEM text, PKCS#8: encrypted with AES-256 if a password is given.
pub fn write_private_key(
    key: &PrivateKey,
    password: Option<&SecretString>,
) -> Result<Zeroizing<String>, EncryptError> {
    let plain = key.to_pkcs8();
    let Some(password) = password else {
        return Ok(Zeroizing::new(encode("PRIVATE KEY", &plain)));
    };
    let password = Password::new(password.expose_secret());
    let (algorithm, data) = encryption::encrypt_aes256(&password, ITERATIONS, &plain)?;
    let info = der::sequence(&[&algorithm, &der::octets(&data)]);
    Ok(Zeroizing::new(encode("ENCRYPTED PRIVATE KEY", &info)))
}

/// The key, its certificate and the chain as one PEM text, the key first: what Azure's SDKs and
/// web servers take.
pub fn write(
    key: &CertifiedKey,
    password: Option<&SecretString>,
) -> Result<Zeroizing<String>, EncryptError> {
    let mut text = Zeroizing::new(String::new());
    // Room for everything, so that no copy of the key stays behind when the text grows.
    text.reserve(64 * 1024);
    text.push_str(&write_private_key(key.key(), password)?);
    for certificate in std::iter::once(key.certificate()).chain(key.chain()) {
        text.push_str(&write_certificate(certificate));
    }
    Ok(text)
}

/// A private key could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("encrypt the private key")]
pub struct EncryptError(#[from] Unspecified);

/// As many as OpenSSL's recommendation for PBKDF2 with SHA-256 asks for.
const ITERATIONS: u32 = 600_000;

pub(crate) fn encode(label: &str, bytes: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    let block = Pem::new(label, bytes);
    let text = pem::encode_config(&block, config);
    block.into_contents().zeroize();
    text
}

/// Every block of the text, with the text before it.
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<(Pem, &[u8])>, KeyFileError> {
    let mut rest = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut blocks = Vec::new();
    while let Some(start) = find(rest, BEGIN) {
        let (before, from) = rest.split_at(start);
        let end = find(from, END).ok_or_else(|| unfinished("END line"))?;
        let tail = &from[end + END.len()..];
        let dashes = find(tail, b"-----").ok_or_else(|| unfinished("end of the END line"))?;
        let length = end + END.len() + dashes + 5;
        let block = pem::parse(&from[..length])
            .map_err(|error| KeyFileError::Pem { reason: error.to_string() })?;
        blocks.push((block, before));
        rest = &from[length..];
    }
    Ok(blocks)
}

/// Whether the text has a PEM block at all.
pub(crate) fn is_pem(text: &[u8]) -> bool {
    find(text, BEGIN).is_some()
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

fn unfinished(what: &str) -> KeyFileError {
    KeyFileError::Pem { reason: format!("the {what} is missing") }
}

fn read_block(
    block: Pem,
    friendly_name: Option<String>,
    password: Option<&SecretString>,
    budget: &mut Budget,
    contents: &mut Contents,
) -> Result<(), KeyFileError> {
    let label = block.tag().to_owned();
    let legacy = block.headers().get("DEK-Info").map(str::to_owned);
    let bytes = Zeroizing::new(block.into_contents());
    let mut push = |key: Result<PrivateKey, KeyError>| match key {
        Err(KeyError::Malformed(source)) => {
            Err(KeyFileError::Malformed { what: "the private key", source })
        }
        key => {
            contents.keys.push(FoundKey { key, friendly_name: friendly_name.clone() });
            Ok(())
        }
    };
    match label.as_str() {
        "PRIVATE KEY" => push(PrivateKey::from_pkcs8(&bytes)),
        "ENCRYPTED PRIVATE KEY" => {
            let plain = with_password(password, |candidate| {
                pkcs12::decrypt_pkcs8(&mut Reader::new(&bytes), candidate, budget)
            })?;
            push(decrypted(PrivateKey::from_pkcs8(&plain))?)
        }
        "RSA PRIVATE KEY" => match legacy {
            None => push(PrivateKey::from_pkcs1(&bytes)),
            Some(info) => {
                let plain = with_password(password, |candidate| {
                    decrypt_legacy_pem(&info, candidate, &bytes)
                })?;
                push(decrypted(PrivateKey::from_pkcs1(&plain))?)
            }
        },
        "EC PRIVATE KEY" => push(Err(KeyError::NotRsa { algorithm: "EC".to_owned() })),
        "DSA PRIVATE KEY" => push(Err(KeyError::NotRsa { algorithm: "DSA".to_owned() })),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
            let certificate = Certificate::from_der(bytes.to_vec())?;
            contents.certificates.push(FoundCertificate { certificate, friendly_name });
            Ok(())
        }
        "PKCS7" | "CMS" => {
            for certificate in pkcs7::read(&bytes)? {
                contents.certificates.push(FoundCertificate { certificate, friendly_name: None });
            }
            Ok(())
        }
        other => {
            contents.passed_over.push(format!("a PEM block named {other}"));
            Ok(())
        }
    }
}

/// Without a MAC, noise behind a padding that looks right means a wrong password too.
fn decrypted(
    key: Result<PrivateKey, KeyError>,
) -> Result<Result<PrivateKey, KeyError>, KeyFileError> {
    match key {
        Err(KeyError::Malformed(_) | KeyError::Rejected { .. }) => Err(KeyFileError::WrongPassword),
        key => Ok(key),
    }
}

fn with_password(
    password: Option<&SecretString>,
    decrypt: impl FnOnce(&Password) -> Result<Zeroizing<Vec<u8>>, KeyFileError>,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let Some(password) = password else { return Err(KeyFileError::PasswordRequired) };
    decrypt(&Password::new(password.expose_secret()))
}

fn friendly_name(before: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(before);
    let name = text.lines().rev().find_map(|line| line.trim().strip_prefix("friendlyName:"))?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
