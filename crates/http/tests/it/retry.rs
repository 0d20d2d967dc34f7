//! The retry rules as a table, in paused time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use exoctl_http::{
    Attempt, Attempted, BoxFuture, Effect, FixedRandom, GaveUp, Governor, GovernorOptions, Request,
    Response, RetryPolicy, RetryReason, Retrying, StandardClassify, Transport, TransportError,
};
use exoctl_model::{ManualClock, SystemClock};
use http::StatusCode;
use tokio::time::Instant;

/// What the next try meets.
#[derive(Clone, Copy, Debug)]
enum Meets {
    Status(u16),
    After(u16, &'static str),
    NoConnection,
    Reset,
    Untrusted,
}
use Meets::{After, NoConnection, Reset, Status, Untrusted};

/// Meets each try with the next of a list, and the last one for ever.
#[derive(Debug)]
struct Script {
    list: Mutex<VecDeque<Meets>>,
    sent: Mutex<Vec<(Duration, Request)>>,
    started: Instant,
}

impl Script {
    fn of(list: &[Meets]) -> Self {
        let list = Mutex::new(list.iter().copied().collect());
        Self { list, sent: Mutex::default(), started: Instant::now() }
    }

    /// The seconds at which requests were sent.
    fn times(&self) -> Vec<f64> {
        self.sent.lock().unwrap().iter().map(|(at, _)| at.as_secs_f64()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.sent.lock().unwrap().push((self.started.elapsed(), request));
        let mut list = self.list.lock().unwrap();
        let meets = if list.len() > 1 { list.pop_front() } else { list.front().copied() };
        let (host, source) = ("h".to_owned(), "scripted".into());
        let outcome = match meets.unwrap() {
            Status(status) => Ok(http::Response::builder().status(status)),
            After(status, wait) => {
                Ok(http::Response::builder().status(status).header("retry-after", wait))
            }
            NoConnection => Err(TransportError::Connect { host, source }),
            Reset => Err(TransportError::Reset { host, source }),
            Untrusted => Err(TransportError::Tls { host, source }),
        };
        Box::pin(std::future::ready(outcome.map(|builder| builder.body(Bytes::new()).unwrap())))
    }
}

fn retrying(policy: RetryPolicy) -> Retrying {
    Retrying::new(policy, Arc::new(SystemClock)).with_random(Arc::new(FixedRandom(0.0)))
}

async fn send(script: &Script, effect: Effect, policy: RetryPolicy) -> Attempted {
    let request = http::Request::get("https://h/").body(Bytes::from_static(b"body")).unwrap();
    retrying(policy).send(script, &StandardClassify, effect, &request).await
}

#[tokio::test(start_paused = true)]
async fn reads_and_writes_are_told_apart() {
    use Effect::{Read, Write};
    let unwell = || RetryReason::Status(StatusCode::SERVICE_UNAVAILABLE);
    let transport = || RetryReason::Transport;
    let ambiguous = GaveUp::AmbiguousWrite;
    for (effect, meets, attempts, gave_up) in [
        (Read, &[Status(200)][..], 1, None),
        (Read, &[Status(404)], 1, None),
        (Read, &[Status(401)], 1, None),
        (Read, &[Status(503), Status(502), Status(200)], 3, None),
        (Read, &[Reset, NoConnection, Status(200)], 3, None),
        (Read, &[Untrusted], 1, None),
        (Read, &[Status(503)], 6, Some(GaveUp::Attempts(unwell()))),
        (Read, &[Reset], 6, Some(GaveUp::Attempts(transport()))),
        // Not carried out for sure: writes are repeated as well.
        (Write, &[NoConnection, Status(429), Status(200)], 3, None),
        // May have been carried out.
        (Write, &[Status(503)], 1, Some(ambiguous(unwell()))),
        (Write, &[Reset], 1, Some(ambiguous(transport()))),
        (Write, &[Status(429), Reset], 2, Some(ambiguous(transport()))),
    ] {
        let script = Script::of(meets);
        let attempted = send(&script, effect, RetryPolicy::default()).await;
        assert_eq!(attempted.attempts, attempts, "{effect:?} {meets:?}");
        assert_eq!(attempted.gave_up, gave_up, "{effect:?} {meets:?}");
        assert_eq!(script.times().len() as u32, attempts, "{effect:?} {meets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_write_is_repeated_if_that_is_allowed() {
    let script = Script::of(&[Reset, Status(503), Status(200)]);
    let policy = RetryPolicy { repeat_ambiguous_writes: true, ..RetryPolicy::default() };
    let attempted = send(&script, Effect::Write, policy).await;
    assert_eq!((attempted.attempts, attempted.gave_up), (3, None));
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_the_longest() {
    let script = Script::of(&[Status(503)]);
    let longest = Duration::from_secs(10);
    send(&script, Effect::Read, RetryPolicy { longest, ..RetryPolicy::default() }).await;
    assert_eq!(script.times(), [0.0, 2.0, 6.0, 14.0, 24.0, 34.0]);
}

#[tokio::test(start_paused = true)]
async fn the_services_own_wait_goes_before_ours() {
    let script = Script::of(&[After(429, "0.5"), After(503, "120"), After(429, "no"), Status(200)]);
    send(&script, Effect::Read, RetryPolicy::default()).await;
    assert_eq!(script.times(), [0.0, 0.5, 120.5, 128.5]);
}

#[tokio::test(start_paused = true)]
async fn a_date_to_wait_for_is_seen_from_the_clock() {
    let clock = ManualClock::new("1994-11-06T08:49:07Z".parse().unwrap());
    let script = Script::of(&[After(503, "Sun, 06 Nov 1994 08:49:37 GMT"), Status(200)]);
    let request = http::Request::get("https://h/").body(Bytes::new()).unwrap();
    let retrying = Retrying::new(RetryPolicy::default(), Arc::new(clock));
    retrying.send(&script, &StandardClassify, Effect::Read, &request).await;
    assert_eq!(script.times(), [0.0, 30.0]);
}

#[tokio::test(start_paused = true)]
async fn no_try_starts_after_the_deadline() {
    let deadline = Some(Duration::from_secs(10));
    let script = Script::of(&[Status(429)]);
    let policy = RetryPolicy { deadline, ..RetryPolicy::default() };
    let attempted = send(&script, Effect::Read, policy.clone()).await;
    assert_eq!(script.times(), [0.0, 2.0, 6.0]);
    assert_eq!(attempted.gave_up, Some(GaveUp::Deadline(RetryReason::Throttled)));
    // A wait that leads past it is not begun.
    let script = Script::of(&[After(429, "3600")]);
    let started = Instant::now();
    let attempted = send(&script, Effect::Read, policy).await;
    assert_eq!((attempted.attempts, started.elapsed()), (1, Duration::ZERO));
    assert_eq!(attempted.outcome.unwrap().status(), 429);
}

#[test]
fn jitter_takes_its_part_and_no_more() {
    let policy = RetryPolicy::default();
    assert_eq!(policy.wait(2, 0.0), Duration::from_secs(4));
    assert_eq!(policy.wait(2, 0.5), Duration::from_secs(3));
    assert_eq!(policy.wait(2, 1.0), Duration::from_secs(2));
    assert_eq!(policy.wait(40, 0.0), policy.longest);
    assert_eq!(policy.wait(u32::MAX, 0.0), policy.longest);
}

#[tokio::test(start_paused = true)]
async fn each_try_is_made_anew_and_knows_why() {
    let script = Script::of(&[Status(429), Reset, Status(200)]);
    let mut attempts: Vec<Attempt> = Vec::new();
    let prepare = |attempt: Attempt| -> BoxFuture<'_, Result<Request, Infallible>> {
        let request = http::Request::get("https://h/").header("try", attempt.number);
        attempts.push(attempt);
        Box::pin(std::future::ready(Ok(request.body(Bytes::new()).unwrap())))
    };
    let retrying = retrying(RetryPolicy::default());
    let sent = retrying.send_with(&script, &StandardClassify, Effect::Read, prepare).await;
    assert_eq!(sent.unwrap().attempts, 3);
    let reasons: Vec<_> = attempts.into_iter().map(|attempt| attempt.previous).collect();
    assert_eq!(reasons, [None, Some(RetryReason::Throttled), Some(RetryReason::Transport)]);
    let sent = script.sent.lock().unwrap();
    assert_eq!(sent[2].1.headers()["try"], "3");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_made_ends_it() {
    let script = Script::of(&[Status(503)]);
    let prepare = |attempt: Attempt| -> BoxFuture<'_, Result<Request, u32>> {
        let request = http::Request::get("https://h/").body(Bytes::new()).unwrap();
        let made = if attempt.number < 3 { Ok(request) } else { Err(attempt.number) };
        Box::pin(std::future::ready(made))
    };
    let retrying = retrying(RetryPolicy::default());
    let sent = retrying.send_with(&script, &StandardClassify, Effect::Read, prepare).await;
    assert_eq!((sent.unwrap_err(), script.times().len()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn one_calls_retry_after_holds_back_another_call() {
    let governor = Governor::new(GovernorOptions::default());
    let retrying = retrying(RetryPolicy::default()).governed(governor.clone());
    for (answer, throttled) in [(After(429, "9"), 1), (After(503, "9"), 1)] {
        let unlucky = Script::of(&[answer, Status(200)]);
        let other = Script::of(&[Status(200)]);
        let request = http::Request::get("https://h/").body(Bytes::new()).unwrap();
        let first = retrying.send(&unlucky, &StandardClassify, Effect::Read, &request);
        let second = async {
            tokio::task::yield_now().await;
            retrying.send(&other, &StandardClassify, Effect::Read, &request).await
        };
        tokio::join!(first, second);
        assert_eq!(other.times(), [9.0], "{answer:?}");
        assert_eq!(governor.state().throttled, throttled, "{answer:?}");
    }
    assert_eq!(governor.state().in_flight, 0);
}
