//! The certificates of a PKCS#7 file (.p7b, .p7c), which is how many a CA answers.

use crate::ber::{Reader, tag};
use crate::certificate::Certificate;
use crate::error::KeyFileError;
use crate::oid;

/// The certificates of SignedData ([RFC 5652 §5.1](https://www.rfc-editor.org/rfc/rfc5652#section-5.1)),
/// in the order of the file. Signatures are not looked at: a CA's answer has none.
pub fn read(bytes: &[u8]) -> Result<Vec<Certificate>, KeyFileError> {
    let bad = KeyFileError::malformed("the PKCS#7 file");
    let mut info = Reader::new(bytes).sequence().map_err(&bad)?;
    let kind = info.oid().map_err(&bad)?;
    if kind != oid::SIGNED_DATA {
        return Err(KeyFileError::UnknownFormat {
            reason: "it is a PKCS#7 file without certificates".to_owned(),
        });
    }
    let wrapper = info.expect(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)?;
    let mut signed = wrapper.reader().and_then(|mut reader| reader.sequence()).map_err(&bad)?;
    signed.integer().map_err(&bad)?;
    signed.expect(tag::SET).map_err(&bad)?;
    signed.expect(tag::SEQUENCE).map_err(&bad)?;
    let mut certificates = Vec::new();
    if let Some(set) = signed.optional(tag::CONTEXT_0_CONSTRUCTED).map_err(&bad)? {
        let mut reader = set.reader().map_err(&bad)?;
        while !reader.is_empty() {
            let element = reader.element().map_err(&bad)?;
            // Other choices than an X.509 certificate have context tags.
            if element.tag == tag::SEQUENCE {
                certificates.push(Certificate::from_der(element.raw)?);
            }
        }
    }
    Ok(certificates)
}

/// Whether the bytes look like PKCS#7: a sequence that starts with an identifier of its family.
pub(crate) fn is_pkcs7(bytes: &[u8]) -> bool {
    let Ok(mut info) = Reader::new(bytes).sequence() else { return false };
    matches!(info.oid(), Ok(oid::SIGNED_DATA | oid::DATA | oid::ENVELOPED_DATA))
}
