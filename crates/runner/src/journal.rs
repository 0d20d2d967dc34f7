//! Which steps of a run an attempt has to do, after what earlier ones have written down.

use exoctl_job::Effect;
use exoctl_store::StepRow;

use crate::StepEnd;

/// What is known of a step from the latest earlier attempt. None: it is to be done.
///
/// What may be repeated is, so that its output belongs to this attempt. What may not is done once:
/// if it was begun and nobody saw its end, it is not begun again.
pub(crate) fn known(effect: Effect, number: u32, earlier: &[StepRow]) -> Option<StepEnd> {
    if effect.may_be_repeated() {
        return None;
    }
    let row = earlier.iter().find(|row| row.number == number)?;
    match row.exit_code {
        Some(0 | 3) => Some(StepEnd::DoneBefore),
        // It ended by itself and has said that nothing was done.
        Some(_) => None,
        None => Some(StepEnd::UnclearBefore),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;

    #[test]
    fn only_what_must_not_be_repeated_is_looked_up() {
        let row = |exit_code| StepRow {
            number: 2,
            name: "mail".to_owned(),
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            exit_code,
            log: None,
            summary: Value::Null,
        };
        let once = |exit_code| known(Effect::Once, 2, &[row(exit_code)]);
        assert_eq!(once(Some(0)), Some(StepEnd::DoneBefore));
        assert_eq!(once(Some(75)), None);
        assert_eq!(once(None), Some(StepEnd::UnclearBefore));
        assert_eq!(known(Effect::Once, 1, &[row(None)]), None);
        assert_eq!(known(Effect::DesiredState, 2, &[row(Some(0))]), None);
    }
}
