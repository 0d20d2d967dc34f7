//! A scripted authority and a counting credential, for the tests.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use exoctl_certificate::{Certificate, CertifiedKey, PrivateKey};
use exoctl_http::{BoxFuture, Request, Response, Transport, TransportError};
use exoctl_identity::{AccessToken, CredentialError, TokenCredential, TokenRequest};
use exoctl_model::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

pub(crate) const CLIENT: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_second(NOW).unwrap()))
}

pub(crate) fn certified_key() -> CertifiedKey {
    let certificate = include_bytes!("../fixtures/signer.cer").to_vec();
    let key = PrivateKey::from_pkcs8(include_bytes!("../fixtures/signer.pkcs8")).unwrap();
    CertifiedKey::new(Certificate::from_der(certificate).unwrap(), key).unwrap()
}

/// Answers from a list and keeps what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Authority {
    answers: Mutex<VecDeque<Response>>,
    pub(crate) asked: Mutex<Vec<Request>>,
}

impl Authority {
    pub(crate) fn answering(answers: impl IntoIterator<Item = (u16, &'static str)>) -> Arc<Self> {
        let answer = |(status, body): (u16, &'static str)| {
            http::Response::builder()
                .status(status)
                .header("date", "Fri, 15 Jan 2027 08:00:00 GMT") // NOW
                .body(body.as_bytes().into())
                .unwrap()
        };
        let answers = Mutex::new(answers.into_iter().map(answer).collect());
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Transport for Authority {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        let host = "scripted".to_owned();
        let outcome = answer
            .ok_or_else(|| TransportError::Reset { host, source: "nothing left to say".into() });
        Box::pin(std::future::ready(outcome))
    }
}

/// Gives tokens named `token-1`, `token-2` and so on after 100 ms; or fails.
#[derive(Debug)]
pub(crate) struct Counting {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) count: AtomicU32,
    pub(crate) life: SignedDuration,
    pub(crate) refresh_in: Option<SignedDuration>,
    pub(crate) fails: std::sync::atomic::AtomicBool,
}

impl Counting {
    pub(crate) fn new(clock: &Arc<ManualClock>) -> Self {
        Self {
            clock: clock.clone(),
            count: AtomicU32::new(0),
            life: SignedDuration::from_hours(1),
            refresh_in: None,
            fails: false.into(),
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::SeqCst)
    }
}

impl TokenCredential for Counting {
    fn token<'a>(
        &'a self,
        _: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(async move {
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
            if self.fails.load(Ordering::SeqCst) {
                return Err(CredentialError::Rejected);
            }
            let now = self.clock.now();
            let token = AccessToken::new(format!("token-{number}").into(), now, now + self.life);
            Ok(token.with_refresh_at(self.refresh_in.map(|after| now + after)))
        })
    }
}
