//! What people who sign in are in the middle of: device codes, authorization codes, refresh tokens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use super::scope::Delegation;
use super::token::opaque;
use crate::administrator::{Administrator, Person};

/// Everybody who is signing in.
#[derive(Debug, Default)]
pub(crate) struct SignIns(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub administrator: Administrator,
    pub devices: HashMap<String, Device>,
    pub codes: HashMap<String, Code>,
    pub refresh_tokens: HashMap<String, Session>,
}

/// A person who signed in with a client.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub client_id: Uuid,
    pub person: Person,
    pub delegation: Delegation,
    /// For the id token, when the client sent one.
    pub nonce: Option<String>,
}

/// A device code that was given out.
#[derive(Debug)]
pub(super) struct Device {
    pub client_id: Uuid,
    pub delegation: Delegation,
    pub expires: Timestamp,
    pub polls: u32,
}

/// An authorization code that was given out.
#[derive(Debug)]
pub(super) struct Code {
    pub session: Session,
    pub redirect_uri: String,
    pub challenge: Option<Challenge>,
    pub expires: Timestamp,
    pub redeemed: bool,
}

/// What the verifier of a code must match, RFC 7636.
#[derive(Debug)]
pub(super) struct Challenge {
    pub value: String,
    pub is_sha256: bool,
}

impl SignIns {
    /// Says who signs in from now on.
    pub(crate) fn set_administrator(&self, administrator: Administrator) {
        self.lock().administrator = administrator;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A refresh token for a session.
    pub(super) fn remember(&mut self, session: Session) -> String {
        let token = format!("1.A{}.{}{}", opaque(), opaque(), opaque());
        self.refresh_tokens.insert(token.clone(), session);
        token
    }
}
