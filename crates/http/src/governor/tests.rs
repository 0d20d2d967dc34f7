//! Services behind token buckets, as independent judges of what comes through.

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::*;

/// A service behind a token bucket, as an independent judge of what comes through.
#[derive(Debug)]
struct Service {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    served: u32,
    refused: u32,
}

impl Service {
    fn new(per_second: f64, burst: f64) -> Arc<Mutex<Self>> {
        let filled = Instant::now();
        let (served, refused) = (0, 0);
        Arc::new(Mutex::new(Self { per_second, burst, tokens: burst, filled, served, refused }))
    }

    fn call(&mut self) -> Result<(), Duration> {
        let elapsed = self.filled.elapsed().as_secs_f64();
        self.filled = Instant::now();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        if self.tokens < 1.0 {
            self.refused += 1;
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second));
        }
        self.tokens -= 1.0;
        self.served += 1;
        Ok(())
    }
}

/// Calls `calls` times with `workers` at once; gives the parts of the supply that was used
/// and of the calls that were refused.
async fn run(
    service: &Arc<Mutex<Service>>,
    calls: u32,
    workers: usize,
    retry_after: impl Fn(Duration) -> Option<Duration> + Copy + Send + 'static,
) -> (f64, f64) {
    let governor = Governor::new(GovernorOptions { concurrency: workers, rate: None });
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for worker in 0..workers as u32 {
        let (governor, service) = (governor.clone(), service.clone());
        let mine = calls / workers as u32;
        tasks.spawn(async move {
            let mut done = 0;
            while done < mine {
                let permit = governor.permit().await;
                sleep(Duration::from_millis(u64::from(150 + 7 * (worker % 5)))).await;
                let answer = service.lock().unwrap().call();
                sleep(Duration::from_millis(150)).await;
                match answer {
                    Ok(()) => permit.succeeded(),
                    Err(wait) => {
                        permit.throttled(retry_after(wait));
                        continue;
                    }
                }
                done += 1;
            }
        });
    }
    tasks.join_all().await;
    let service = service.lock().unwrap();
    let supply = service.burst + service.per_second * started.elapsed().as_secs_f64();
    let used = f64::from(service.served) / supply;
    (used, f64::from(service.refused) / f64::from(service.served + service.refused))
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_used_up_without_a_storm_of_refusals() {
    for (per_second, burst) in [(20.0, 40.0), (10.0, 20.0), (40.0, 40.0), (5.0, 100.0)] {
        let service = Service::new(per_second, burst);
        let (used, refused) = run(&service, 5_000, 20, Some).await;
        let case = format!("{per_second}/s, burst {burst}: {used:.3} used, {refused:.3} refused");
        println!("{case}");
        assert!(used >= 0.95, "{case}");
        assert!(refused <= 0.05, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn whole_seconds_or_no_retry_after_do_hardly_worse() {
    let whole: fn(Duration) -> Option<Duration> = |_| Some(Duration::from_secs(1));
    let none: fn(Duration) -> Option<Duration> = |_| None;
    for retry_after in [whole, none] {
        let service = Service::new(20.0, 40.0);
        let (used, refused) = run(&service, 5_000, 20, retry_after).await;
        println!("{used:.3} used, {refused:.3} refused");
        assert!(used >= 0.95, "{used:.3} used");
        assert!(refused <= 0.05, "{refused:.3} refused");
    }
}

/// Batches of ten to a service that is close by and counts calls: members that were refused
/// are sent again together, after the wait that they were told.
async fn run_batches(
    service: &Arc<Mutex<Service>>,
    batches: u32,
    workers: u32,
    latency: Duration,
) -> (f64, f64) {
    let options = GovernorOptions { concurrency: 8, rate: None };
    let governor = Governor::new(options);
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (governor, service) = (governor.clone(), service.clone());
        tasks.spawn(async move {
            for _ in 0..batches / workers {
                let mut left = 10;
                while left > 0 {
                    let permit = governor.permit_for(left).await;
                    sleep(latency).await;
                    let mut refused = (0, Duration::ZERO);
                    for _ in 0..left {
                        if let Err(wait) = service.lock().unwrap().call() {
                            refused = (refused.0 + 1, wait);
                        }
                    }
                    sleep(latency).await;
                    left = refused.0;
                    if left == 0 {
                        permit.succeeded();
                    } else {
                        permit.partly_throttled(left, Some(refused.1));
                        sleep(refused.1).await;
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    let service = service.lock().unwrap();
    let supply = service.burst + service.per_second * started.elapsed().as_secs_f64();
    let used = f64::from(service.served) / supply;
    (used, f64::from(service.refused) / f64::from(service.served + service.refused))
}

#[tokio::test(start_paused = true)]
async fn batches_use_up_a_bucket_of_calls() {
    for (per_second, burst) in [(200.0, 20.0), (50.0, 100.0), (20.0, 10.0)] {
        for (workers, milliseconds) in [(16, 1), (4, 1), (16, 40), (1, 5)] {
            let service = Service::new(per_second, burst);
            let latency = Duration::from_millis(milliseconds);
            let (used, refused) = run_batches(&service, 1_000, workers, latency).await;
            let case = format!(
                "{per_second}/s, burst {burst}, {workers} workers, {latency:?}: \
                 {used:.3} used, {refused:.3} refused"
            );
            println!("{case}");
            assert!(used >= 0.95, "{case}");
            assert!(refused <= 0.05, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_retry_after_makes_everybody_wait() {
    let governor = Governor::new(GovernorOptions { concurrency: 4, rate: None });
    let started = Instant::now();
    let unlucky = governor.permit().await;
    unlucky.throttled(Some(Duration::from_secs(7)));
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        let governor = governor.clone();
        tasks.spawn(async move {
            let _permit = governor.permit().await;
            started.elapsed()
        });
    }
    for waited in tasks.join_all().await {
        assert!(waited >= Duration::from_secs(7), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_are_in_flight_and_places_come_back() {
    let governor = Governor::new(GovernorOptions { concurrency: 2, rate: None });
    let first = governor.permit().await;
    let second = governor.permit().await;
    let third = tokio::time::timeout(Duration::from_secs(1), governor.permit());
    assert!(third.await.is_err(), "a third got through");
    drop(first);
    let third = governor.permit().await;
    assert_eq!(governor.state().in_flight, 2);
    drop((second, third));
    assert_eq!(governor.state().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn answers_of_one_moment_slow_down_once() {
    let governor = Governor::new(GovernorOptions { concurrency: 10, rate: None });
    let mut permits = Vec::new();
    for _ in 0..10 {
        permits.push(governor.permit().await);
    }
    for permit in permits {
        permit.throttled(None);
    }
    let state = governor.state();
    assert_eq!((state.concurrency, state.throttled), (9, 10));
}

#[tokio::test(start_paused = true)]
async fn a_fixed_rate_is_never_exceeded() {
    let rate = Some(Rate { per_second: 10.0, burst: 5 });
    let governor = Governor::new(GovernorOptions { concurrency: 100, rate });
    let started = Instant::now();
    for _ in 0..105 {
        governor.permit().await.succeeded();
    }
    let elapsed = started.elapsed().as_secs_f64();
    assert!((10.0..10.3).contains(&elapsed), "{elapsed}");
}
