//! The cache: one renewal however many ask, and none sooner than needed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use exoctl_identity::{
    AccessToken, CacheIdentity, CachedCredential, CredentialError, DiskTokenCache, Scope,
    StaticToken, TokenCredential, TokenRequest,
};
use exoctl_model::{Cloud, ManualClock};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::authority::{CLIENT, Counting, clock};

fn request() -> TokenRequest {
    TokenRequest::new(Scope::exchange(&Cloud::default()))
}

fn cached(clock: &Arc<ManualClock>, inner: Counting) -> (Arc<Counting>, Arc<CachedCredential>) {
    let inner = Arc::new(inner);
    (inner.clone(), Arc::new(CachedCredential::new(inner, clock.clone())))
}

fn text(token: &AccessToken) -> &str {
    token.secret().expose_secret()
}

async fn hundred(
    cache: &Arc<CachedCredential>,
    request: &TokenRequest,
) -> Vec<Result<AccessToken, CredentialError>> {
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (cache, request) = (cache.clone(), request.clone());
        tasks.spawn(async move { cache.token(&request).await });
    }
    tasks.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_hundred_askers_make_one_request() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    for token in hundred(&cache, &request()).await {
        assert_eq!(text(&token.unwrap()), "token-1");
    }
    assert_eq!(inner.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_askers_share_one_failure_and_the_next_tries_again() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    inner.fails.store(true, Ordering::SeqCst);
    for outcome in hundred(&cache, &request()).await {
        assert!(matches!(outcome.unwrap_err().root(), CredentialError::Rejected));
    }
    assert_eq!(inner.count(), 1);
    inner.fails.store(false, Ordering::SeqCst);
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-2");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_refused_with_one_token_renew_it_once() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    let refused = cache.token(&request()).await.unwrap();
    let again = request().rejecting(&refused);
    for token in hundred(&cache, &again).await {
        assert_eq!(text(&token.unwrap()), "token-2");
    }
    // One that was refused with the old token too, but says so late.
    assert_eq!(text(&cache.token(&again).await.unwrap()), "token-2");
    assert_eq!(inner.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_five_minutes_early_and_not_sooner() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    cache.token(&request()).await.unwrap();
    clock.advance(SignedDuration::from_secs(54 * 60 + 59));
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-1");
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-2");
    assert_eq!(inner.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_short_lived_token_is_used_for_most_of_its_life() {
    let clock = clock();
    let life = SignedDuration::from_secs(60);
    let (inner, cache) = cached(&clock, Counting { life, ..Counting::new(&clock) });
    for _ in 0..4 {
        cache.token(&request()).await.unwrap();
        clock.advance(SignedDuration::from_secs(11));
    }
    assert_eq!(inner.count(), 1);
    clock.advance(SignedDuration::from_secs(2));
    cache.token(&request()).await.unwrap();
    assert_eq!(inner.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn refresh_in_renews_ahead_of_time_and_falls_back_to_the_old_token() {
    let clock = clock();
    let refresh_in = Some(SignedDuration::from_mins(30));
    let (inner, cache) = cached(&clock, Counting { refresh_in, ..Counting::new(&clock) });
    cache.token(&request()).await.unwrap();
    clock.advance(SignedDuration::from_mins(31));
    inner.fails.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-1");
    }
    assert_eq!(inner.count(), 2, "one failed renewal, then patience");
    inner.fails.store(false, Ordering::SeqCst);
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-3");
}

#[tokio::test(start_paused = true)]
async fn while_one_renews_ahead_of_time_the_others_do_not_wait() {
    let clock = clock();
    let refresh_in = Some(SignedDuration::from_mins(30));
    let (inner, cache) = cached(&clock, Counting { refresh_in, ..Counting::new(&clock) });
    cache.token(&request()).await.unwrap();
    clock.advance(SignedDuration::from_mins(31));
    let tokens = hundred(&cache, &request()).await;
    let old = tokens.iter().filter(|token| text(token.as_ref().unwrap()) == "token-1").count();
    assert_eq!((old, inner.count()), (99, 2));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_no_fallback() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    cache.token(&request()).await.unwrap();
    inner.fails.store(true, Ordering::SeqCst);
    clock.advance(SignedDuration::from_mins(58));
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-1", "valid for two minutes");
    clock.advance(SignedDuration::from_mins(2));
    assert!(cache.token(&request()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn scopes_and_claims_do_not_share_tokens() {
    let clock = clock();
    let (inner, cache) = cached(&clock, Counting::new(&clock));
    cache.token(&request()).await.unwrap();
    let graph = TokenRequest::new(Scope::graph(&Cloud::default()));
    assert_eq!(text(&cache.token(&graph).await.unwrap()), "token-2");
    let challenged = request().with_claims(Some("{}".to_owned()));
    assert_eq!(text(&cache.token(&challenged).await.unwrap()), "token-3");
    assert_eq!(text(&cache.token(&request()).await.unwrap()), "token-3", "the newest is kept");
    assert_eq!(inner.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finds_the_token_on_disk() {
    let clock = clock();
    let directory = tempfile::tempdir().unwrap();
    let inner = Arc::new(Counting::new(&clock));
    let run = || {
        let disk = DiskTokenCache::open(directory.path().join("tokens")).unwrap();
        let identity = CacheIdentity {
            authority: "https://login.example/contoso".to_owned(),
            client: CLIENT.parse().unwrap(),
            key: "thumbprint".to_owned(),
        };
        let cache = CachedCredential::new(inner.clone(), clock.clone());
        Arc::new(cache.with_disk(disk, identity))
    };
    for token in hundred(&run(), &request()).await {
        assert_eq!(text(&token.unwrap()), "token-1");
    }
    for token in hundred(&run(), &request()).await {
        assert_eq!(text(&token.unwrap()), "token-1");
    }
    let refused = run().token(&request()).await.unwrap();
    let renewed = run().token(&request().rejecting(&refused)).await.unwrap();
    assert_eq!((text(&renewed), inner.count()), ("token-2", 2));
    assert_eq!(text(&run().token(&request()).await.unwrap()), "token-2");
}

#[tokio::test]
async fn a_given_token_is_used_until_it_expires_or_is_refused() {
    let clock = clock();
    // {"exp":1800000060}
    let token = "e30.eyJleHAiOjE4MDAwMDAwNjB9.".to_owned();
    let credential = StaticToken::new(token.into(), clock.clone());
    credential.token(&request()).await.unwrap();
    let refused = credential.token(&request().renewing()).await.unwrap_err();
    assert!(matches!(refused, CredentialError::Rejected));
    clock.advance(SignedDuration::from_secs(60));
    let expired = credential.token(&request()).await.unwrap_err();
    assert_eq!(
        expired.to_string(),
        "the given access token expired at 2027-01-15T08:01:00Z and cannot be renewed"
    );
}
