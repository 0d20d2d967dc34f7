//! The schedulers that files are made for.

use std::path::Path;

use clap::ValueEnum;

use super::entry::{Entry, Written};
use super::error::ScheduleError;
use super::{cron, kubernetes, launchd, systemd, task};

/// A scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Linux: a hardened service and a timer
    Systemd,
    /// Debian's and Red Hat's cron: a file in /etc/cron.d
    Cron,
    /// Windows: a task that runs whether or not somebody is logged on
    TaskScheduler,
    /// macOS: a daemon
    Launchd,
    /// A `CronJob` and a `ConfigMap`
    Kubernetes,
}

impl Kind {
    /// Its name, as it is given.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cron => "cron",
            Self::TaskScheduler => "task-scheduler",
            Self::Launchd => "launchd",
            Self::Kubernetes => "kubernetes",
        }
    }

    /// Where it looks for its files, if it looks anywhere.
    pub(super) const fn directory(self) -> Option<&'static str> {
        match self {
            Self::Systemd => Some("/etc/systemd/system"),
            Self::Cron => Some("/etc/cron.d"),
            Self::Launchd => Some("/Library/LaunchDaemons"),
            Self::TaskScheduler | Self::Kubernetes => None,
        }
    }

    /// The files of a job.
    pub(super) fn files(self, entry: &Entry<'_>) -> Result<Vec<Written>, ScheduleError> {
        Ok(match self {
            Self::Systemd => systemd::files(entry),
            Self::Cron => cron::files(entry)?,
            Self::TaskScheduler => task::files(entry),
            Self::Launchd => launchd::files(entry),
            Self::Kubernetes => kubernetes::files(entry)?,
        })
    }

    /// The names of a job's files.
    pub(super) fn names(self, job: &str) -> Vec<String> {
        match self {
            Self::Systemd => systemd::names(job).into(),
            Self::Cron => vec![cron::name(job)],
            Self::TaskScheduler => vec![task::name(job)],
            Self::Launchd => vec![launchd::name(job)],
            Self::Kubernetes => vec![kubernetes::name(job)],
        }
    }

    /// The job whose file has this name, if it may be one of ours.
    pub(super) fn job_of(self, file: &str) -> Option<&str> {
        let (before, after) = match self {
            Self::Systemd => {
                let stem = file.strip_suffix(".service").or_else(|| file.strip_suffix(".timer"))?;
                return stem.strip_prefix("exoctl-").filter(|job| !job.contains('@'));
            }
            Self::Cron => ("exoctl-", ""),
            Self::TaskScheduler => ("exoctl-", ".xml"),
            Self::Launchd => ("exoctl.", ".plist"),
            Self::Kubernetes => ("exoctl-", ".yaml"),
        };
        file.strip_prefix(before)?.strip_suffix(after)
    }

    /// What is in a file, as text.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::TaskScheduler => task::text_of(bytes),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The commands that switch jobs on whose files are in a directory.
    pub(super) fn on(self, jobs: &[&str], directory: &Path) -> Vec<String> {
        let path = |job: &&str| directory.join(&self.names(job)[0]).display().to_string();
        match self {
            Self::Systemd => {
                let timers: Vec<_> = jobs.iter().map(|job| format!("exoctl-{job}.timer")).collect();
                vec![
                    "systemctl daemon-reload".to_owned(),
                    format!("systemctl enable --now {}", timers.join(" ")),
                ]
            }
            Self::Cron => Vec::new(),
            Self::TaskScheduler => {
                let register = |job: &&str| {
                    format!(
                        "Register-ScheduledTask -TaskPath \\exoctl\\ -TaskName {job} -Xml (Get-Content -Raw '{}') -Force",
                        path(job)
                    )
                };
                jobs.iter().map(register).collect()
            }
            Self::Launchd => {
                jobs.iter().map(|job| format!("launchctl bootstrap system {}", path(job))).collect()
            }
            Self::Kubernetes => {
                jobs.iter().map(|job| format!("kubectl apply -f {}", path(job))).collect()
            }
        }
    }

    /// The commands that switch jobs off.
    pub(super) fn off(self, jobs: &[&str]) -> Vec<String> {
        let each = |command: fn(&str) -> String| jobs.iter().map(|job| command(job)).collect();
        match self {
            Self::Systemd => {
                let mut commands: Vec<String> =
                    each(|job| format!("systemctl stop exoctl-{job}.timer"));
                commands.push("systemctl daemon-reload".to_owned());
                commands
            }
            Self::Cron => Vec::new(),
            Self::TaskScheduler => each(|job| {
                format!(
                    "Unregister-ScheduledTask -TaskPath \\exoctl\\ -TaskName {job} -Confirm:$false"
                )
            }),
            Self::Launchd => {
                each(|job| format!("launchctl bootout system/{}", launchd::label(job)))
            }
            Self::Kubernetes => {
                each(|job| format!("kubectl delete cronjob/exoctl-{job} configmap/exoctl-{job}"))
            }
        }
    }
}
