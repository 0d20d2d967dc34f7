//! Key files of whatever kind: PKCS#12, PEM, DER, PKCS#7, told apart by their contents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::ber::{Reader, tag};
use crate::certificate::Certificate;
use crate::certified_key::CertifiedKey;
use crate::contents::{Contents, FoundCertificate, FoundKey};
use crate::encryption::{Budget, Password};
use crate::error::KeyFileError;
use crate::private_key::{KeyError, PrivateKey};
use crate::thumbprint::Thumbprint;
use crate::{pem, pkcs7, pkcs12};

/// The key to sign in with, from a PKCS#12 or PEM file. If the file has several, `choice` says
/// which.
pub fn load_key_file(
    bytes: &[u8],
    password: Option<&SecretString>,
    choice: Option<&Thumbprint>,
) -> Result<CertifiedKey, KeyFileError> {
    read_key_file(bytes, password)?.certified_key(choice)
}

/// All that a file holds: PKCS#12, PEM, PKCS#7, a DER certificate or a DER private key.
pub fn read_key_file(
    bytes: &[u8],
    password: Option<&SecretString>,
) -> Result<Contents, KeyFileError> {
    if pem::is_pem(bytes) {
        return pem::read(bytes, password);
    }
    if pkcs12::is_pkcs12(bytes) {
        return pkcs12::read(bytes, password);
    }
    if bytes.first() != Some(&tag::SEQUENCE) {
        // A key vault hands a file out as Base64.
        return match from_base64(bytes) {
            Some(bytes) => read_key_file(&bytes, password),
            None => Err(unknown(bytes)),
        };
    }
    if pkcs7::is_pkcs7(bytes) {
        return Ok(certificates(pkcs7::read(bytes)?));
    }
    let mut fields = Reader::new(bytes).sequence().map_err(KeyFileError::malformed("the file"))?;
    match fields.element().map_err(KeyFileError::malformed("the file"))?.tag {
        tag::INTEGER => read_private_key(bytes).map(key),
        // A certificate starts with a sequence that starts with a context tag or a serial
        // number; an encrypted key with one that starts with an object identifier.
        tag::SEQUENCE if starts_with_oid(bytes) => {
            let Some(password) = password else { return Err(KeyFileError::PasswordRequired) };
            let password = Password::new(password.expose_secret());
            let mut reader = Reader::new(bytes);
            let plain = pkcs12::decrypt_pkcs8(&mut reader, &password, &mut Budget::new())?;
            match PrivateKey::from_pkcs8(&plain) {
                Err(KeyError::Malformed(_)) => Err(KeyFileError::WrongPassword),
                found => Ok(key(found)),
            }
        }
        _ => Ok(certificates(vec![Certificate::from_der(bytes)?])),
    }
}

fn certificates(certificates: Vec<Certificate>) -> Contents {
    let found = certificates
        .into_iter()
        .map(|certificate| FoundCertificate { certificate, friendly_name: None });
    Contents { certificates: found.collect(), ..Contents::default() }
}

fn key(key: Result<PrivateKey, KeyError>) -> Contents {
    Contents { keys: vec![FoundKey { key, friendly_name: None }], ..Contents::default() }
}

/// PKCS#8 has a sequence after its version, PKCS#1 another number.
fn read_private_key(bytes: &[u8]) -> Result<Result<PrivateKey, KeyError>, KeyFileError> {
    let bad = KeyFileError::malformed("the private key");
    let mut fields = Reader::new(bytes).sequence().map_err(&bad)?;
    fields.element().map_err(&bad)?;
    let read = match fields.element().map_err(&bad)?.tag {
        tag::SEQUENCE => PrivateKey::from_pkcs8(bytes),
        tag::OCTET_STRING => Err(KeyError::NotRsa { algorithm: "EC".to_owned() }),
        _ => PrivateKey::from_pkcs1(bytes),
    };
    match read {
        Err(KeyError::Malformed(source)) => Err(bad(source)),
        read => Ok(read),
    }
}

fn starts_with_oid(bytes: &[u8]) -> bool {
    let first = Reader::new(bytes).sequence().and_then(|mut outer| outer.sequence());
    first.and_then(|mut inner| inner.oid()).is_ok()
}

fn unknown(bytes: &[u8]) -> KeyFileError {
    let reason = match bytes {
        [] => "it is empty".to_owned(),
        [0xFE, 0xED, 0xFE, 0xED, ..] => {
            "it is a Java keystore (JKS); convert it with `keytool -importkeystore -deststoretype PKCS12`"
                .to_owned()
        }
        [b'P', b'K', 3, 4, ..] => "it is a ZIP archive".to_owned(),
        [first, ..] => format!("it starts with the byte 0x{first:02X}"),
    };
    KeyFileError::UnknownFormat { reason }
}

/// The DER file that a text is the Base64 form of.
fn from_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let bytes = Zeroizing::new(STANDARD.decode(&*text).ok()?);
    (bytes.first() == Some(&tag::SEQUENCE)).then_some(bytes)
}
