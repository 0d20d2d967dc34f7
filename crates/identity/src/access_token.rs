//! An access token and what we know of it.

use std::fmt;

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use crate::TokenClaims;

/// A bearer token. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: SecretString,
    obtained_at: Timestamp,
    expires_at: Timestamp,
    refresh_at: Option<Timestamp>,
    claims: Option<TokenClaims>,
}

impl AccessToken {
    /// A token that was obtained at `obtained_at` and is good until `expires_at`.
    pub fn new(secret: SecretString, obtained_at: Timestamp, expires_at: Timestamp) -> Self {
        let claims = TokenClaims::read(secret.expose_secret());
        Self { secret, obtained_at, expires_at, refresh_at: None, claims }
    }

    /// The same token, worth renewing from `refresh_at` on (`refresh_in` of the answer).
    pub fn with_refresh_at(self, refresh_at: Option<Timestamp>) -> Self {
        Self { refresh_at, ..self }
    }

    /// The token itself.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// When it was obtained.
    pub fn obtained_at(&self) -> Timestamp {
        self.obtained_at
    }

    /// When it stops being good.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// From when on the authority would like it renewed.
    pub fn refresh_at(&self) -> Option<Timestamp> {
        self.refresh_at
    }

    /// What it says, unverified; `None` if it is opaque.
    pub fn claims(&self) -> Option<&TokenClaims> {
        self.claims.as_ref()
    }

    /// Names the token without giving it away.
    pub fn fingerprint(&self) -> Fingerprint {
        let hash = digest::digest(&digest::SHA256, self.secret.expose_secret().as_bytes());
        let first = hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
        Fingerprint(*first)
    }

    /// Whether the service would still take it at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether it is valid at `now` and for a while longer: five minutes, as in MSAL, or a
    /// quarter of its life if that is less.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let life = self.expires_at.duration_since(self.obtained_at);
        let margin = EARLY_EXPIRY.min(life / 4);
        self.expires_at.duration_since(now) > margin
    }

    /// Whether the authority would like it renewed by `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.refresh_at.is_some_and(|at| at <= now)
    }
}

/// A token is renewed this long before it expires.
const EARLY_EXPIRY: SignedDuration = SignedDuration::from_mins(5);

/// The first eight bytes of a token's SHA-256: enough to tell two tokens apart in a log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
