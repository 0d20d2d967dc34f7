//! [`CachedCredential`]: one token per scope, renewed once however many ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exoctl_http::BoxFuture;
use exoctl_model::Clock;
use jiff::{SignedDuration, Timestamp};
use tracing::{debug, warn};

use crate::{
    AccessToken, CacheIdentity, CredentialError, DiskTokenCache, Scope, TokenCredential,
    TokenRequest,
};

/// Keeps the tokens of another credential, in memory and if wanted on disk.
///
/// A token is renewed five minutes before it expires, or when the authority's `refresh_in` says
/// so. If a renewal fails while the old token is still valid, the old one is given.
#[derive(Debug)]
pub struct CachedCredential {
    inner: Arc<dyn TokenCredential>,
    clock: Arc<dyn Clock>,
    disk: Option<(DiskTokenCache, CacheIdentity)>,
    slots: Mutex<HashMap<Scope, Arc<Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Held by the one who renews.
    renewal: tokio::sync::Mutex<()>,
    kept: Mutex<Kept>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    token: Option<AccessToken>,
    /// Counts renewals, failed ones and those from the disk too. Who waited for one does not start another.
    renewals: u64,
    failure: Option<Arc<CredentialError>>,
    /// After a failed renewal, the next one while the old token lasts.
    not_before: Option<Timestamp>,
    asked_disk: bool,
}

impl CachedCredential {
    /// Keeps the tokens of `inner` in memory.
    pub fn new(inner: Arc<dyn TokenCredential>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, disk: None, slots: Mutex::default() }
    }

    /// Keeps them on disk too, as those of `identity`.
    pub fn with_disk(self, disk: DiskTokenCache, identity: CacheIdentity) -> Self {
        Self { disk: Some((disk, identity)), ..self }
    }

    async fn cached(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let slot = self.slot(&request.scope);
        let seen = slot.kept().clone();
        let now = self.clock.now();
        let usable = seen.token.as_ref().filter(|token| may_serve(request, token, now));
        let _renewal = match usable {
            Some(token) if !wants_renewal(&seen, token, now) => return Ok(token.clone()),
            // Somebody is at it already, and the old one is good enough.
            Some(token) => match slot.renewal.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(token.clone()),
            },
            None => slot.renewal.lock().await,
        };
        if let Some(outcome) = self.meanwhile(&slot, request, &seen) {
            return outcome;
        }
        if let Some(token) = self.load_from_disk(&slot, request) {
            return Ok(token);
        }
        self.renew(&slot, request).await
    }

    /// What came of a renewal between a first look and our turn.
    fn meanwhile(
        &self,
        slot: &Slot,
        request: &TokenRequest,
        seen: &Kept,
    ) -> Option<Result<AccessToken, CredentialError>> {
        let kept = slot.kept();
        if kept.renewals == seen.renewals || request.claims.is_some() {
            return None;
        }
        if let Some(error) = &kept.failure {
            return Some(Err(CredentialError::Shared(error.clone())));
        }
        let renewed = TokenRequest { renew: request.rejected.is_some(), ..request.clone() };
        let now = self.clock.now();
        kept.token.clone().filter(|token| may_serve(&renewed, token, now)).map(Ok)
    }

    fn load_from_disk(&self, slot: &Slot, request: &TokenRequest) -> Option<AccessToken> {
        let (disk, identity) = self.disk.as_ref()?;
        if std::mem::replace(&mut slot.kept().asked_disk, true) {
            return None;
        }
        let token = match disk.load(identity, &request.scope) {
            Ok(token) => token?,
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "token cache not read");
                return None;
            }
        };
        let now = self.clock.now();
        if !may_serve(request, &token, now) || !token.is_fresh(now) || token.is_due(now) {
            // Good enough to fall back on while it lasts, if the renewal fails.
            slot.kept().token.get_or_insert(token);
            return None;
        }
        debug!(scope = %request.scope, token = %token.fingerprint(), "token from the cache");
        let mut kept = slot.kept();
        kept.token = Some(token.clone());
        kept.renewals += 1;
        Some(token)
    }

    async fn renew(
        &self,
        slot: &Slot,
        request: &TokenRequest,
    ) -> Result<AccessToken, CredentialError> {
        let outcome = self.inner.token(request).await;
        let now = self.clock.now();
        let mut kept = slot.kept();
        kept.renewals += 1;
        match outcome {
            Ok(token) => {
                kept.token = Some(token.clone());
                (kept.failure, kept.not_before) = (None, None);
                drop(kept);
                self.keep_on_disk(&request.scope, &token);
                Ok(token)
            }
            Err(error) => {
                let old = kept.token.clone().filter(|token| may_serve(request, token, now));
                if let Some(token) = old {
                    let error = &error as &dyn std::error::Error;
                    warn!(error, expires = %token.expires_at(), "token not renewed yet");
                    kept.failure = None;
                    kept.not_before = now.saturating_add(PATIENCE).ok();
                    return Ok(token);
                }
                let error = Arc::new(error);
                kept.failure = Some(error.clone());
                Err(CredentialError::Shared(error))
            }
        }
    }

    fn keep_on_disk(&self, scope: &Scope, token: &AccessToken) {
        let Some((disk, identity)) = &self.disk else { return };
        if let Err(error) = disk.store(identity, scope, token) {
            warn!(error = &error as &dyn std::error::Error, "token not kept on disk");
        }
    }

    fn slot(&self, scope: &Scope) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(scope.clone()).or_default().clone()
    }
}

impl TokenCredential for CachedCredential {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(self.cached(request))
    }
}

impl Slot {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `token` may answer `request` at all.
fn may_serve(request: &TokenRequest, token: &AccessToken, now: Timestamp) -> bool {
    let refused = match request.rejected {
        Some(rejected) => rejected == token.fingerprint(),
        None => request.renew,
    };
    token.is_valid(now) && !refused && request.claims.is_none()
}

fn wants_renewal(kept: &Kept, token: &AccessToken, now: Timestamp) -> bool {
    let tired = kept.not_before.is_some_and(|at| now < at);
    !tired && (!token.is_fresh(now) || token.is_due(now))
}

/// After a failed renewal the old token is used for so long before the next one.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
