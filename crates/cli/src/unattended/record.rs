//! `run.json`: what there is to know about a run, in its directory.

use std::io;
use std::path::Path;

use exoctl_certificate::Thumbprint;
use exoctl_runner::{Attempt, Conclusion, StepEnd, StepReport};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::artifacts::{self, Artifact};
use crate::context::Context;
use crate::profile::write_private;

/// A run and its latest attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) run: String,
    pub(super) job: String,
    /// The profile that it was run for.
    pub(super) profile: String,
    pub(super) trigger: String,
    /// The instant of the schedule.
    pub(super) scheduled: Timestamp,
    /// The same in the schedule's zone.
    pub(super) scheduled_local: String,
    pub(super) effect: String,
    #[serde(flatten)]
    pub(super) identity: Identity,
    #[serde(flatten)]
    pub(super) machine: Machine,
    /// The SHA-256 of the job as it was when the run was made.
    pub(super) config_hash: String,
    /// First to last.
    pub(super) attempts: Vec<AttemptRecord>,
    /// Of the latest attempt.
    pub(super) steps: Vec<StepRecord>,
    pub(super) artifacts: Vec<Artifact>,
    /// None as long as it is under way.
    pub(super) outcome: Option<Outcome>,
}

/// As whom it signs in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
    pub(super) organization: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) certificate: Option<CertificateRecord>,
}

impl Identity {
    /// As whom a profile signs in. What cannot be known is left out: the steps will say what is wrong.
    pub(super) fn of(profile: &str, context: &Context) -> Self {
        let Ok(Some(profile)) = context.profiles().and_then(|all| Ok(all.find(profile)?)) else {
            return Self::default();
        };
        let now = context.clock().now();
        let days_left = |thumbprint: &Thumbprint| {
            let found = context.store_with(thumbprint).ok()?.find(thumbprint).ok()??;
            let left = found.certificate.not_after().duration_since(now);
            Some(left.as_hours().div_euclid(24))
        };
        Self {
            organization: Some(profile.organization.to_string()),
            app_id: profile.app_id.map(|id| id.to_string()),
            certificate: profile.thumbprint().map(|thumbprint| CertificateRecord {
                thumbprint,
                days_left: days_left(&thumbprint),
            }),
        }
    }
}

/// What it signs in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateRecord {
    pub(super) thumbprint: Thumbprint,
    pub(super) days_left: Option<i64>,
}

/// Where it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    pub(super) host: String,
    pub(super) pid: u32,
    pub(super) version: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptRecord {
    pub(super) number: u32,
    pub(super) fence: i64,
    pub(super) host: String,
    pub(super) pid: u32,
    pub(super) began: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// `done`, `failed` …, or `retry`, `handed-back`, `refused`.
    pub(super) outcome: Option<String>,
    pub(super) exit_code: Option<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepRecord {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) effect: String,
    pub(super) began: Timestamp,
    pub(super) milliseconds: i64,
    /// `exited`, `killed`, `timed-out`, `stopped`, `not-started`, `done-before`, `unclear`.
    pub(super) end: String,
    pub(super) exit_code: u8,
    pub(super) cause: Option<String>,
    pub(super) output: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    /// `done`, `partial`, `failed` …, or `retry`, `handed-back`, `refused`.
    pub(super) state: String,
    pub(super) exit_code: u8,
    pub(super) cause: Option<String>,
    pub(super) next_action: Option<String>,
}

impl Record {
    /// That of an attempt that begins, after those that were made in this directory before.
    pub(super) fn begin(
        attempt: &Attempt,
        identity: Identity,
        machine: Machine,
        directory: &Path,
    ) -> Self {
        let claim = &attempt.claim;
        let mut attempts = Self::read(directory).map(|before| before.attempts).unwrap_or_default();
        attempts.push(AttemptRecord {
            number: claim.attempt,
            fence: claim.fence.number(),
            host: machine.host.clone(),
            pid: machine.pid,
            began: attempt.began,
            ended: None,
            outcome: None,
            exit_code: None,
        });
        let local = claim.scheduled.to_zoned(attempt.job.zone());
        Self {
            run: claim.run.to_string(),
            job: claim.job.clone(),
            profile: claim.tenant.clone(),
            trigger: claim.trigger.to_string(),
            scheduled: claim.scheduled,
            scheduled_local: local.to_string(),
            effect: claim.effect.to_string(),
            identity,
            machine,
            config_hash: artifacts::sha256(&claim.definition),
            attempts,
            steps: Vec::new(),
            artifacts: Vec::new(),
            outcome: None,
        }
    }

    /// With how the attempt ended.
    pub(super) fn end(
        &mut self,
        reports: &[StepReport],
        conclusion: &Conclusion,
        artifacts: Vec<Artifact>,
        now: Timestamp,
    ) {
        self.steps = reports.iter().map(step).collect();
        self.artifacts = artifacts;
        let state = conclusion.word();
        self.conclude(state, Some(conclusion.exit_code), now);
        self.outcome = Some(Outcome {
            state: state.to_owned(),
            exit_code: conclusion.exit_code,
            cause: conclusion.reason.clone(),
            next_action: conclusion.next_action.clone(),
        });
    }

    /// With that the ledger did not take the end: the run is somebody else's.
    pub(super) fn refuse(&mut self, now: Timestamp) {
        self.conclude("refused", None, now);
        if let Some(outcome) = &mut self.outcome {
            "refused".clone_into(&mut outcome.state);
        }
    }

    fn conclude(&mut self, state: &str, exit_code: Option<u8>, now: Timestamp) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.ended = Some(now);
            attempt.outcome = Some(state.to_owned());
            attempt.exit_code = exit_code.or(attempt.exit_code);
        }
    }

    /// Writes it whole or not at all. A later attempt's is left: this one is nobody's concern any more.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let fence = |record: &Self| record.attempts.last().map(|attempt| attempt.fence);
        if Self::read(directory).is_some_and(|there| fence(&there) > fence(self)) {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        write_private(&directory.join("run.json"), text.as_bytes())
    }

    /// What of it goes into the ledger.
    pub(super) fn summary(&self) -> Value {
        let step = |step: &StepRecord| json!({ "name": step.name, "milliseconds": step.milliseconds, "exitCode": step.exit_code });
        json!({
            "host": self.machine.host,
            "version": self.machine.version,
            "certificate": self.identity.certificate,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "artifacts": self.artifacts.len(),
            "bytes": self.artifacts.iter().map(|artifact| artifact.bytes).sum::<u64>(),
            "nextAction": self.outcome.as_ref().and_then(|outcome| outcome.next_action.clone()),
        })
    }

    fn read(directory: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(directory.join("run.json")).ok()?).ok()
    }
}

fn step(report: &StepReport) -> StepRecord {
    let end = match &report.outcome.end {
        StepEnd::Exited(_) => "exited",
        StepEnd::Killed(_) => "killed",
        StepEnd::TimedOut => "timed-out",
        StepEnd::Stopped(_) => "stopped",
        StepEnd::NotStarted(_) => "not-started",
        StepEnd::DoneBefore => "done-before",
        StepEnd::UnclearBefore => "unclear",
    };
    StepRecord {
        number: report.number,
        name: report.name.clone(),
        effect: report.effect.to_string(),
        began: report.began,
        milliseconds: report.ended.duration_since(report.began).as_millis() as i64,
        end: end.to_owned(),
        exit_code: report.outcome.end.code(),
        cause: report.outcome.cause.clone(),
        output: report.outcome.output.clone(),
    }
}
