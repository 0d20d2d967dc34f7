//! The private key: whether this account gets at it, whether it belongs to the certificate, and how
//! long the certificate is good.

use std::error::Error;

use exoctl_certificate::{KeyFileError, StoreError, Thumbprint};
use jiff::{SignedDuration, Timestamp};

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::error::{CommandError, KeyError};

/// Whether this account gets at the key.
pub(super) struct PrivateKey;

impl Check for PrivateKey {
    fn name(&self) -> &'static str {
        "private key"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["connection"]
    }

    fn may_ask(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let sign_in = visit.learned.sign_in.as_ref().expect("the connection was found");
            let Some(key) = &sign_in.key else {
                return Finding::skipped("an access token signs in, there is no key");
            };
            match key.open() {
                Ok(key) => {
                    let certificate = key.certificate();
                    let (kind, subject) = (certificate.key_kind(), certificate.subject());
                    let fact = format!("{kind} key of {subject} can be opened");
                    visit.learned.key = Some(key);
                    Finding::ok(fact)
                }
                // The next checks say so.
                Err(error) if is_open_to_others(&error) => {
                    Finding::ok("the file of the key can be read")
                }
                Err(error) if is_mismatch(&error) => Finding::ok("the key can be read"),
                Err(error) => Finding::failed(&error.into()),
            }
        })
    }
}

fn is_open_to_others(error: &KeyError) -> bool {
    has_cause(error, |cause| matches!(cause, StoreError::Permissions { .. }))
}

fn is_mismatch(error: &KeyError) -> bool {
    has_cause(error, |cause| matches!(cause, KeyFileError::Mismatch(_)))
}

fn has_cause<T: Error + 'static>(error: &KeyError, is: impl Fn(&T) -> bool) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if cause.downcast_ref().is_some_and(&is) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Whether key and certificate belong together.
pub(super) struct Pair;

impl Check for Pair {
    fn name(&self) -> &'static str {
        "key pair"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["private key"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            // Nobody can make a certified key of two that do not match.
            if let Some(certificate) = visit.certificate() {
                let thumbprint = certificate.thumbprint();
                return Finding::ok(format!("the key is that of certificate {thumbprint}"));
            }
            let sign_in = visit.learned.sign_in.as_ref().expect("the connection was found");
            match sign_in.key.as_ref().map(|key| key.open()) {
                Some(Err(error)) if is_open_to_others(&error) => Finding::blocked(
                    "because file permissions failed: the store does not give the key",
                ),
                Some(Err(error)) => Finding::failed(&error.into()),
                _ => Finding::skipped("there is no key"),
            }
        })
    }
}

/// Whether the certificate is good today.
pub(super) struct Validity;

impl Check for Validity {
    fn name(&self) -> &'static str {
        "validity"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["key pair"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let now = visit.context.clock().now();
            match visit.certificate() {
                Some(certificate) => {
                    let times = (certificate.not_before(), certificate.not_after());
                    valid(certificate.thumbprint(), times, now)
                }
                None => Finding::skipped("there is no certificate"),
            }
        })
    }
}

/// A certificate with less than this is reported.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

fn valid(thumbprint: Thumbprint, (from, until): (Timestamp, Timestamp), now: Timestamp) -> Finding {
    if until <= now {
        return failed(KeyError::Expired { thumbprint, at: until });
    }
    if from > now {
        return failed(KeyError::NotYetValid { thumbprint, at: from });
    }
    let left = until.duration_since(now);
    let fact = format!("valid until {until}, {} left", days(left));
    if left < SOON { Finding::warn(condition::ENDS_SOON, fact) } else { Finding::ok(fact) }
}

fn days(left: SignedDuration) -> String {
    match left.as_hours() / 24 {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn failed(error: KeyError) -> Finding {
    Finding::failed(&CommandError::from(error))
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::State;
    use super::*;

    #[test]
    fn the_days_left_decide() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let times = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let looked = |now| valid(Thumbprint::from_bytes([7; 20]), times, at(now));
        let state = |now| looked(now).state;
        assert_eq!(state("2025-12-31T23:59:59Z"), State::Fail);
        assert_eq!(state("2026-01-01T00:00:00Z"), State::Ok);
        assert_eq!(state("2026-12-02T00:00:00Z"), State::Ok);
        assert_eq!(state("2026-12-02T00:00:01Z"), State::Warn);
        assert_eq!(state("2027-01-01T00:00:00Z"), State::Fail);
        let evidence = looked("2026-12-30T12:00:00Z").evidence.remove(0);
        assert_eq!(evidence, "valid until 2027-01-01T00:00:00Z, 1 day left");
    }
}
