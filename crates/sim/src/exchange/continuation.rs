//! Continuations: what a `$skiptoken` stands for, and who may use it.
//!
//! A continuation belongs to the request that it continues: the same body, the same anchor mailbox,
//! the same back-end cookie, the same application. It can be used again until its time is over, so
//! that a client can repeat a page that got lost on the way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// What must be the same on every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// Hash of cmdlet and parameters, or of the path of a GET.
    pub(crate) request: u64,
    /// `X-AnchorMailbox`. Without one the service finds its back end only once.
    pub(crate) anchor: Option<String>,
    /// The back-end cookie, as given with the first page.
    pub(crate) cookie: Option<String>,
    /// Client id of the application.
    pub(crate) app_id: Uuid,
}

/// Where to go on.
#[derive(Debug, Clone)]
pub(crate) struct Continuation {
    /// What it is bound to.
    pub(crate) binding: Binding,
    /// The position of the next row.
    pub(crate) position: u64,
    /// How many rows were given so far.
    pub(crate) taken: u64,
    /// The selected properties.
    pub(crate) select: Option<Vec<String>>,
    /// When it runs out.
    pub(crate) expires: Timestamp,
}

/// The continuations that are out.
#[derive(Debug, Default)]
pub(crate) struct Continuations(Mutex<HashMap<String, Continuation>>);

impl Continuations {
    /// Keeps a continuation and gives its token. Inside are two characters,
    /// 32 digits, and the name of the server that keeps it.
    pub(crate) fn issue(&self, continuation: Continuation, now: Timestamp) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() % 256 == 255 {
            known.retain(|_, continuation| continuation.expires > now);
        }
        let key = Uuid::new_v4().as_simple().to_string();
        let token = format!("MS{}", URL_SAFE_NO_PAD.encode(format!("{key}AM0PR01MB0001")));
        known.insert(token.clone(), continuation);
        token
    }

    /// What a token stands for, if this request may use it now.
    pub(crate) fn redeem(
        &self,
        token: &str,
        binding: &Binding,
        now: Timestamp,
    ) -> Option<Continuation> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let continuation = known.get(token)?;
        let valid = continuation.expires > now
            && continuation.binding.anchor.is_some()
            && continuation.binding == *binding;
        valid.then(|| continuation.clone())
    }

    /// Forgets a token, as a back end does that was restarted.
    pub(crate) fn lose(&self, token: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}

/// When a continuation that is given now runs out.
pub(crate) fn expiry(now: Timestamp, lifetime: Duration) -> Timestamp {
    let lifetime = SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX);
    now.saturating_add(lifetime).expect("a signed duration adds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continuation_needs_the_same_caller_and_time() {
        let now = Timestamp::UNIX_EPOCH;
        let binding = Binding {
            request: 1,
            anchor: Some("UPN:a".to_owned()),
            cookie: Some("c".to_owned()),
            app_id: Uuid::nil(),
        };
        let all = Continuations::default();
        let token = all.issue(
            Continuation {
                binding: binding.clone(),
                position: 1000,
                taken: 1000,
                select: None,
                expires: expiry(now, Duration::from_mins(30)),
            },
            now,
        );
        let later = |minutes| now + SignedDuration::from_mins(minutes);
        assert_eq!(all.redeem(&token, &binding, later(29)).unwrap().position, 1000);
        assert!(all.redeem(&token, &binding, later(30)).is_none());
        for other in [
            Binding { request: 2, ..binding.clone() },
            Binding { anchor: Some("UPN:b".to_owned()), ..binding.clone() },
            Binding { anchor: None, ..binding.clone() },
            Binding { cookie: None, ..binding.clone() },
            Binding { app_id: Uuid::max(), ..binding.clone() },
        ] {
            assert!(all.redeem(&token, &other, now).is_none(), "{other:?}");
        }
        all.lose(&token);
        assert!(all.redeem(&token, &binding, now).is_none());
    }
}
