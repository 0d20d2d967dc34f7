//! How long one start of the program may take, for schedulers that end what takes too long.

use exoctl_job::Job;

/// What starting, looking and telling take at most, in seconds.
const AROUND: i64 = 600;

/// So many seconds at most: all attempts and the waits between them, for so many profiles one after
/// the other. The program itself ends runs that take longer; this is for when it cannot.
pub(super) fn seconds(job: &Job, profiles: usize) -> i64 {
    let attempts = job.retry.attempts.max(1);
    let waits: i64 = (1..attempts).map(|made| job.retry.wait_after(made).as_secs()).sum();
    let run = job.timeout.as_secs().saturating_mul(attempts.into()).saturating_add(waits);
    run.saturating_mul(profiles.max(1) as i64).saturating_add(AROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_waits_and_profiles_count() {
        let text = "name = \"a\"\nprofile = \"p\"\ntimeout = \"1h\"\n\
            [retry]\nattempts = 3\nwait = \"1m\"\n[[steps]]\ncmdlet = \"Get-Mailbox\"\n";
        let job = Job::parse("a", text).unwrap();
        assert_eq!(seconds(&job, 2), 2 * (3 * 3600 + 60 + 120) + AROUND);
    }
}
