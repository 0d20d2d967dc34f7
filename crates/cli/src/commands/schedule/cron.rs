//! A file of `/etc/cron.d`: crontab(5) of Debian and of cronie.

use std::fmt::Write as _;

use super::calendar::EVERY_MINUTES;
use super::entry::{Entry, Written};
use super::error::ScheduleError;

/// The name of a job's file.
pub(super) fn name(job: &str) -> String {
    format!("exoctl-{job}")
}

/// The file of a job: cron only looks, every ten minutes, and knows nothing of zones, of days on which
/// the clock is changed and of what was missed; the ledger does.
pub(super) fn files(entry: &Entry<'_>) -> Result<Vec<Written>, ScheduleError> {
    let words = entry.command();
    let words = words.iter().map(|word| escaped(word)).collect::<Result<Vec<_>, _>>()?;
    let user = entry.options.user.as_deref().unwrap_or("root");
    let mut table = format!(
        "# {}. Written by `exoctl schedule install`.\n\
         # {}\n\
         SHELL=/bin/sh\n\
         PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
        entry.description(),
        entry.options.stamp(),
    );
    for (name, value) in entry.variables() {
        if value.contains(['\n', '"', '\'']) {
            return Err(ScheduleError::Unwritable { what: name, value, kind: "cron" });
        }
        let _ = writeln!(table, "{name}=\"{value}\"");
    }
    let minute = entry.minute();
    let words = words.join(" ");
    let _ = writeln!(table, "{minute}-59/{EVERY_MINUTES} * * * * {user} {words}");
    Ok(vec![Written::text(name(entry.name()), table)])
}

/// A word for the shell, in a line in which cron takes percent signs for ends of lines.
fn escaped(word: &str) -> Result<String, ScheduleError> {
    let unwritable = || ScheduleError::Unwritable {
        what: "the program's path",
        value: word.to_owned(),
        kind: "cron",
    };
    let quoted = shlex::try_quote(word).map_err(|_| unwritable())?;
    if quoted.contains('\n') {
        return Err(unwritable());
    }
    Ok(quoted.replace('%', "\\%"))
}
