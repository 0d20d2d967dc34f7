//! What a scheduler says when it starts: since when nobody was there, and what was missed.

use exoctl_runner::{Jobs as _, create_due};
use exoctl_store::Ledger as _;
use jiff::Timestamp;

use crate::error::CommandError;
use crate::ui::Ui;
use crate::unattended::Installation;

/// Decides what was missed, and says it.
pub(super) async fn tell(here: &Installation, ui: &mut Ui) -> Result<(), CommandError> {
    let now = here.context.clock().now();
    let ledger = here.ledger();
    let last = last_seen(here).await?;
    let mut missed = 0;
    let roster = here.roster().read().map_err(CommandError::failed)?;
    for listed in &roster.jobs {
        let tenants = listed.job.profiles.of(&roster.profiles);
        missed += create_due(&*ledger, listed, &tenants, now).await?.missed;
    }
    for problem in &roster.problems {
        ui.warning(problem);
    }
    let Some(last) = last else { return Ok(()) };
    let away = now.duration_since(last).as_secs();
    if away >= WORTH_TELLING || missed > 0 {
        let (hours, minutes) = (away / 3600, away / 60 % 60);
        ui.say(format_args!(
            "Nobody was here from {last:.0} to {now:.0} ({hours} h {minutes} min). Runs that were missed: \
            {missed}; the job's catch-up says what becomes of them."
        ));
    }
    Ok(())
}

/// Notes that somebody is here.
pub(super) async fn note(here: &dyn exoctl_store::Ledger, now: Timestamp) {
    // It is only for telling: that it fails is told by whatever else fails then.
    let _ = here.decide(MARK, &[MARK.to_owned()], now).await;
}

/// When somebody was here last.
pub(crate) async fn last_seen(here: &Installation) -> Result<Option<Timestamp>, CommandError> {
    Ok(here.ledger.decided(MARK).await?.remove(MARK))
}

/// In the place of a job's name, which has no slash.
const MARK: &str = "/serve";
/// In seconds. A restart is no absence.
const WORTH_TELLING: i64 = 300;
