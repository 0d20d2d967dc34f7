//! Undoing gzip, and surviving what only claims to be gzip.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::spare::Spare;
use crate::{Response, TransportError};

/// Puts `received` into `response`, decompressed if it is gzip.
///
/// A body that is not gzip in spite of its header is kept as it came, with the header. One that
/// is gzip but breaks off is kept so with an error status, and [`TransportError::Truncated`]
/// with any other: half a page must not pass for a whole one.
pub(crate) fn decode(
    mut response: Response,
    received: Bytes,
    limit: u64,
    host: &str,
    spare: &Spare,
) -> Result<Response, TransportError> {
    let claims_gzip = response.headers().get(CONTENT_ENCODING).is_some_and(|coding| {
        coding.to_str().is_ok_and(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
    });
    if !claims_gzip || !received.starts_with(&GZIP_MAGIC) {
        *response.body_mut() = received;
        return Ok(response);
    }
    let status = response.status();
    let mut plain = spare.take(received.len().saturating_mul(USUAL_RATIO));
    let decoder = MultiGzDecoder::new(&received[..]);
    match decoder.take(limit.saturating_add(1)).read_to_end(&mut plain) {
        Ok(_) if plain.len() as u64 > limit => {
            Err(TransportError::TooLarge { host: host.to_owned(), status, limit })
        }
        Ok(_) => {
            response.headers_mut().remove(CONTENT_ENCODING);
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = spare.lend(plain);
            Ok(response)
        }
        Err(_) if status.is_client_error() || status.is_server_error() => {
            *response.body_mut() = received;
            Ok(response)
        }
        Err(error) => Err(TransportError::Truncated {
            host: host.to_owned(),
            status,
            received: received.len() as u64,
            source: error.into(),
        }),
    }
}

/// How much larger than its gzip a page of rows mostly is.
const USUAL_RATIO: usize = 8;

/// RFC 1952 section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(status: u16, coding: &str, body: Vec<u8>) -> Result<Response, TransportError> {
        let response = http::Response::builder()
            .status(status)
            .header(CONTENT_ENCODING, coding)
            .header(CONTENT_LENGTH, body.len())
            .body(Bytes::new())
            .unwrap();
        decode(response, body.into(), 1000, "host", &Spare::default())
    }

    #[test]
    fn gzip_is_undone_and_its_headers_go() {
        // `printf hello | gzip -n | xxd -p`
        let hello = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6,
            0x10, 0x36, 5, 0, 0, 0,
        ];
        let response = decoded(200, "GZip", hello.to_vec()).unwrap();
        assert_eq!(&response.body()[..], b"hello");
        assert!(response.headers().is_empty());
    }

    #[test]
    fn a_fake_gzip_survives_with_its_header() {
        // Exchange's 403 for a cmdlet that is not granted: NUL bytes declared as gzip.
        let response = decoded(403, "gzip", vec![0; 300]).unwrap();
        assert_eq!(response.body().len(), 300);
        assert!(response.headers().contains_key(CONTENT_ENCODING));
        let mut fake = vec![0; 300];
        fake[..2].copy_from_slice(&GZIP_MAGIC);
        assert_eq!(decoded(403, "gzip", fake).unwrap().body().len(), 300);
    }

    #[test]
    fn half_a_gzip_is_no_answer() {
        let mut half = gzip(&(0..200).collect::<Vec<u8>>());
        half.truncate(half.len() / 2);
        let error = decoded(200, "gzip", half.clone()).unwrap_err();
        assert!(matches!(error, TransportError::Truncated { received, .. }
            if received == half.len() as u64));
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let error = decoded(200, "gzip", gzip(&vec![0; 100_000])).unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { limit: 1000, .. }), "{error}");
        assert_eq!(decoded(200, "gzip", gzip(&[0; 1000])).unwrap().body().len(), 1000);
    }

    #[test]
    fn other_codings_pass_untouched() {
        let response = decoded(200, "identity", gzip(b"x")).unwrap();
        assert_eq!(&response.body()[..2], GZIP_MAGIC);
    }
}
