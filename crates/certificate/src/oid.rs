//! Object identifiers, as the contents of their DER form.

/// 1.2.840.113549.1.1.1
pub(crate) const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
/// 1.2.840.113549.1.1.10
pub(crate) const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
/// 1.2.840.10045.2.1
pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
/// 1.3.101.112
pub(crate) const ED25519: &[u8] = &[0x2B, 0x65, 0x70];
/// 1.2.840.10040.4.1
pub(crate) const DSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1];

/// 1.2.840.113549.1.7.1 data
pub(crate) const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
/// 1.2.840.113549.1.7.2 signedData
pub(crate) const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
/// 1.2.840.113549.1.7.3 envelopedData
pub(crate) const ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3];
/// 1.2.840.113549.1.7.6 encryptedData
pub(crate) const ENCRYPTED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 6];

/// 1.2.840.113549.1.12.10.1: the bag types, of which the last arc is left out.
pub(crate) const BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1];
/// 1.2.840.113549.1.12.10.1.2 pkcs8ShroudedKeyBag
pub(crate) const SHROUDED_KEY_BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 2];
/// 1.2.840.113549.1.12.10.1.3 certBag
pub(crate) const CERTIFICATE_BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 3];
/// 1.2.840.113549.1.9.22.1 x509Certificate
pub(crate) const X509_CERTIFICATE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 22, 1];
/// 1.2.840.113549.1.9.20
pub(crate) const FRIENDLY_NAME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 20];
/// 1.2.840.113549.1.9.21
pub(crate) const LOCAL_KEY_ID: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 21];
/// 1.3.6.1.4.1.311.17.1, szOID_PKCS_12_KEY_PROVIDER_NAME_ATTR
pub(crate) const MICROSOFT_CSP_NAME: &[u8] = &[0x2B, 6, 1, 4, 1, 0x82, 0x37, 17, 1];
/// 2.5.29.15
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1D, 15];

/// 1.2.840.113549.1.12.1: the password-based encryptions of PKCS#12, without the last arc.
pub(crate) const PKCS12_PBE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1];
/// 1.2.840.113549.1.12.1.3 pbeWithSHAAnd3-KeyTripleDES-CBC
pub(crate) const PBE_SHA1_3DES: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 3];
/// 1.2.840.113549.1.5: PKCS#5, without the last arc.
pub(crate) const PKCS5: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5];
/// 1.2.840.113549.1.5.12
pub(crate) const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
/// 1.2.840.113549.1.5.13
pub(crate) const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
/// 1.2.840.113549.1.5.14
pub(crate) const PBMAC1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 14];
/// 1.3.6.1.4.1.11591.4.11
pub(crate) const SCRYPT: &[u8] = &[0x2B, 6, 1, 4, 1, 0xDA, 0x47, 4, 11];
/// 1.2.840.113549.2: HMACs, without the last arc.
pub(crate) const HMAC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2];
/// 1.2.840.113549.2.9
pub(crate) const HMAC_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];

/// 1.3.14.3.2.26
pub(crate) const SHA1: &[u8] = &[0x2B, 14, 3, 2, 26];
/// 2.16.840.1.101.3.4.2.1
pub(crate) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
/// 2.16.840.1.101.3.4.2: the SHA-2 family, without the last arc.
pub(crate) const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
/// 2.16.840.1.101.3.4.1: AES, without the last arc.
pub(crate) const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];
/// 2.16.840.1.101.3.4.1.42
pub(crate) const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
/// 1.2.840.113549.3: ciphers of RSA, without the last arc.
pub(crate) const RSA_CIPHER: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3];
/// 1.3.14.3.2.7
pub(crate) const DES_CBC: &[u8] = &[0x2B, 14, 3, 2, 7];
/// 1.2.392.200011.61.1.1.1: Camellia, without the last arc.
pub(crate) const CAMELLIA: &[u8] = &[0x2A, 0x83, 0x08, 0x8C, 0x9A, 0x4B, 0x3D, 1, 1, 1];

/// The last arc of `oid` if the ones before it are `family`.
pub(crate) fn last_arc(oid: &[u8], family: &[u8]) -> Option<u8> {
    match oid.strip_prefix(family) {
        Some(&[last @ 0..=0x7F]) => Some(last),
        _ => None,
    }
}
