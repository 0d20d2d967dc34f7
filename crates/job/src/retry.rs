//! Trying again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;

/// When a run that has failed is tried again, and how long that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Retry {
    /// How many attempts there are in all; 1 is no retry.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u32,
    /// How long to wait before the second attempt; each further wait is twice as long.
    pub wait: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// The exit codes that are worth another attempt.
    pub on: Vec<u8>,
}

impl Retry {
    /// The exit code of exoctl for what is throttled or not available.
    const UNAVAILABLE: u8 = 7;
    /// `EX_TEMPFAIL` of sysexits.h: try again later.
    const TRY_LATER: u8 = 75;

    /// Whether there is another attempt after `made` of them, the last of which ended with `exit`.
    pub fn again(&self, made: u32, exit: u8) -> bool {
        made < self.attempts && self.on.contains(&exit)
    }

    /// How long to wait after `made` attempts.
    pub fn wait_after(&self, made: u32) -> Duration {
        let doublings = made.saturating_sub(1).min(30);
        let seconds = self.wait.as_secs().saturating_mul(1 << doublings);
        Duration::from_secs(seconds.min(self.cap.as_secs()).try_into().unwrap_or(u32::MAX))
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            wait: Duration::from_secs(30),
            cap: Duration::from_mins(30),
            on: vec![Self::UNAVAILABLE, Self::TRY_LATER],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_other_codes_are_final() {
        let retry = Retry { attempts: 4, cap: Duration::from_secs(100), ..Retry::default() };
        let waits = [1, 2, 3, 40].map(|made| retry.wait_after(made).as_secs());
        assert_eq!(waits, [30, 60, 100, 100]);
        assert!(retry.again(3, 7) && retry.again(1, 75));
        assert!(!retry.again(4, 7) && !retry.again(1, 1) && !retry.again(1, 14));
    }
}
