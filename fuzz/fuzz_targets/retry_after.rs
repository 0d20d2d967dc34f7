//! A Retry-After header: a wait that is bounded, or nothing.

#![no_main]

use std::time::Duration;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    let now = Timestamp::from_second(1_795_000_000).expect("in range");
    if let Some(wait) = exoctl_http::retry_after::parse(value, now) {
        assert!(wait <= Duration::from_secs(24 * 3600), "{value:?} means {wait:?}");
    }
});
