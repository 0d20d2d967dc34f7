//! How far off a clock may be.

use exoctl_identity::CLOCK_SKEW_LIMIT;
use jiff::SignedDuration;

use super::super::super::finding::State;

/// What is thought of a clock that is ahead by so much, or behind if it is negative.
///
/// An assertion is good from a minute before it is made to nine minutes after. A clock that is
/// further ahead makes assertions of the future, one further behind makes them when they have ended;
/// what Entra allows on top is written nowhere.
pub(super) fn judge(skew: SignedDuration) -> (State, String) {
    let seconds = skew.as_secs().abs();
    let way = if skew.is_negative() { "behind" } else { "ahead of" };
    let state = match skew {
        skew if skew > SignedDuration::from_mins(5) || skew < SignedDuration::from_mins(-9) => {
            State::Fail
        }
        skew if skew.abs() > CLOCK_SKEW_LIMIT => State::Warn,
        _ => return (State::Ok, "within a minute of the authority's".to_owned()),
    };
    (state, format!("{seconds} seconds {way} the authority's"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_nothing_and_what_an_assertion_does_not_survive_is_a_failure() {
        let state = |seconds| judge(SignedDuration::from_secs(seconds)).0;
        assert_eq!([-60, 0, 60].map(state), [State::Ok; 3]);
        assert_eq!([-540, -61, 61, 300].map(state), [State::Warn; 4]);
        assert_eq!([-541, 301, 3600, -7200].map(state), [State::Fail; 4]);
        assert_eq!(judge(SignedDuration::from_secs(-90)).1, "90 seconds behind the authority's");
    }
}
