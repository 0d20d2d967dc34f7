//! Secrets that nobody can guess.

use std::fmt::Write as _;

use aws_lc_rs::rand;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// 256 random bits, which go into a header and into a path as they are. In lower case: `@azure/msal-node`
/// writes addresses in it.
pub(crate) fn secret() -> SecretString {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(&mut *bytes).expect("the system has randomness");
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes.iter() {
        write!(text, "{byte:02x}").expect("a String can be written to");
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_long_and_never_the_same() {
        let (one, other) = (secret(), secret());
        let text = one.expose_secret();
        // Two digits a byte.
        assert_eq!(text.len(), 64);
        assert!(text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)), "{text}");
        assert_ne!(text, other.expose_secret());
    }
}
