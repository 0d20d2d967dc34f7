//! Proof Key for Code Exchange (RFC 7636): who redeems a code shows that it asked for the code.

use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What redeems a code, and what is shown of it beforehand.
#[derive(Debug)]
pub(crate) struct Pkce {
    verifier: SecretString,
    challenge: String,
}

impl Pkce {
    /// A new one, of 256 random bits.
    pub(crate) fn new() -> Self {
        Self::of(random().as_slice())
    }

    fn of(octets: &[u8]) -> Self {
        let verifier = URL_SAFE_NO_PAD.encode(octets);
        let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
        Self { verifier: verifier.into(), challenge: URL_SAFE_NO_PAD.encode(hash) }
    }

    /// `code_verifier`: goes to the token endpoint and nowhere else.
    pub(crate) fn verifier(&self) -> &str {
        self.verifier.expose_secret()
    }

    /// `code_challenge` of the method `S256`.
    pub(crate) fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// A value that nobody guesses, for `state`.
pub(crate) fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random().as_slice())
}

fn random() -> Zeroizing<[u8; 32]> {
    let mut octets = Zeroizing::new([0; 32]);
    rand::fill(octets.as_mut_slice()).expect("the system's randomness does not run out");
    octets
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_rfcs_octets_give_the_rfcs_verifier_and_challenge() {
        // RFC 7636 appendix B.
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let pkce = Pkce::of(&octets);
        assert_eq!(pkce.verifier(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(!format!("{pkce:?}").contains("dBjft"), "{pkce:?}");
    }

    #[test]
    fn each_is_of_43_characters_and_like_no_other() {
        let all: HashSet<String> = (0..100).map(|_| random_text()).collect();
        assert_eq!(all.len(), 100);
        assert!(all.iter().all(|text| text.len() == 43), "{all:?}");
        assert_ne!(Pkce::new().verifier(), Pkce::new().verifier());
    }
}
