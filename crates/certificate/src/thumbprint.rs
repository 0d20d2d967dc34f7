//! Thumbprints: the digest of a certificate's DER form, by which it is named.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The SHA-1 digest of a certificate: what Windows, Entra and PowerShell call its thumbprint.
///
/// Parsing tolerates what people paste: either case, spaces, colons, dashes, and the invisible
/// marks (U+200E and its like) that Windows' certificate dialog copies along.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// A thumbprint from its 20 bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Base64url without padding: the `x5t` header of a JWT ([RFC 7515 §4.1.7]).
    ///
    /// [RFC 7515 §4.1.7]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.7
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The SHA-256 digest of a certificate, tolerant in parsing as [`Thumbprint`] is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256Thumbprint([u8; 32]);

impl Sha256Thumbprint {
    /// A thumbprint from its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Base64url without padding: the `x5t#S256` header of a JWT ([RFC 7515 §4.1.8]).
    ///
    /// [RFC 7515 §4.1.8]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// A text that is no thumbprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidThumbprint {
    /// It has a character that is neither a hexadecimal digit nor a separator.
    #[error("a thumbprint has hexadecimal digits only, not {character:?}")]
    Character {
        /// The first such character.
        character: char,
    },
    /// It has too few or too many digits.
    #[error("a thumbprint of this kind has {expected} hexadecimal digits, not {found}")]
    Length {
        /// How many digits the digest has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
}

impl FromStr for Thumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, InvalidThumbprint> {
        digest(text).map(Self)
    }
}

impl FromStr for Sha256Thumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, InvalidThumbprint> {
        digest(text).map(Self)
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = InvalidThumbprint;

    fn try_from(text: String) -> Result<Self, InvalidThumbprint> {
        text.parse()
    }
}

impl TryFrom<String> for Sha256Thumbprint {
    type Error = InvalidThumbprint;

    fn try_from(text: String) -> Result<Self, InvalidThumbprint> {
        text.parse()
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.to_string()
    }
}

impl From<Sha256Thumbprint> for String {
    fn from(thumbprint: Sha256Thumbprint) -> Self {
        thumbprint.to_string()
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Display for Sha256Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Thumbprint({self})")
    }
}

impl fmt::Debug for Sha256Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sha256Thumbprint({self})")
    }
}

fn write_hex(formatter: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
}

fn digest<const N: usize>(text: &str) -> Result<[u8; N], InvalidThumbprint> {
    let mut digits = Vec::with_capacity(2 * N);
    for character in text.chars().filter(|&character| !is_separator(character)) {
        let digit = character.to_digit(16).ok_or(InvalidThumbprint::Character { character })?;
        digits.push(digit as u8);
    }
    if digits.len() != 2 * N {
        return Err(InvalidThumbprint::Length { expected: 2 * N, found: digits.len() });
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Ok(bytes)
}

/// White space, the usual separators, and the format characters that nobody sees.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, ':' | '-')
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "70BFCBF03E356D890B9E576632141A15E301BB53";

    #[test]
    fn pasted_forms_mean_the_same() {
        let expected: Thumbprint = PLAIN.parse().unwrap();
        for text in [
            "70bfcbf03e356d890b9e576632141a15e301bb53",
            "\u{200E}70 bf cb f0 3e 35 6d 89 0b 9e 57 66 32 14 1a 15 e3 01 bb 53",
            " 70:BF:CB:F0:3E:35:6D:89:0B:9E:57:66:32:14:1A:15:E3:01:BB:53\n",
            "\u{FEFF}70BFCBF0-3E356D89-0B9E5766-32141A15-E301BB53\u{200F}",
        ] {
            assert_eq!(text.parse::<Thumbprint>().unwrap(), expected, "{text:?}");
        }
        assert_eq!(expected.to_string(), PLAIN);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            "70BF".parse::<Thumbprint>(),
            Err(InvalidThumbprint::Length { expected: 40, found: 4 })
        );
        assert_eq!(
            "70BG".parse::<Thumbprint>(),
            Err(InvalidThumbprint::Character { character: 'G' })
        );
    }

    #[test]
    fn base64url_has_no_padding() {
        // printf 70BFCB… | xxd -r -p | base64 | tr '+/' '-_' | tr -d =
        let thumbprint: Thumbprint = PLAIN.parse().unwrap();
        assert_eq!(thumbprint.base64url(), "cL_L8D41bYkLnldmMhQaFeMBu1M");
    }
}
