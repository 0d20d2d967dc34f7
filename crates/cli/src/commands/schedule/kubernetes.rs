//! A CronJob of Kubernetes, with the job file in a ConfigMap:
//! <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/>.

use serde_json::{Value, json};

use super::calendar::{self, EVERY_MINUTES, Look};
use super::entry::{Entry, Written};
use super::error::ScheduleError;

/// The longest name of a CronJob; its jobs get eleven signs more.
const LONGEST: usize = 52;
/// Where the volume is.
const HOME: &str = "/var/lib/exoctl";
/// Where the job file is.
const JOBS: &str = "/etc/exoctl/jobs";
/// Where the secret's files are.
const CREDENTIALS: &str = "/run/secrets/exoctl";
/// An account without a name and without rights.
const NOBODY: u32 = 65532;

/// The name of a job's file.
pub(super) fn name(job: &str) -> String {
    format!("exoctl-{job}.yaml")
}

/// The manifest of a job.
pub(super) fn files(entry: &Entry<'_>) -> Result<Vec<Written>, ScheduleError> {
    let name = format!("exoctl-{}", entry.name());
    if name.len() > LONGEST {
        return Err(ScheduleError::NameTooLong {
            job: entry.name().to_owned(),
            longest: LONGEST - 7,
        });
    }
    let mut text = format!(
        "# Written by `exoctl schedule install --with kubernetes`.\n# {}\n",
        entry.options.stamp()
    );
    for document in [config_map(entry, &name), cron_job(entry, &name)] {
        let document = serde_saphyr::to_string(&document).expect("a manifest can be written");
        text.push_str("---\n");
        text.push_str(&document);
    }
    Ok(vec![Written::text(self::name(entry.name()), text)])
}

fn metadata(entry: &Entry<'_>, name: &str) -> Value {
    let labels = json!({
        "app.kubernetes.io/name": "exoctl",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "exoctl-schedule",
    });
    let mut metadata = json!({"name": name, "labels": labels});
    if let Some(namespace) = entry.options.pod.as_ref().and_then(|pod| pod.namespace.as_ref()) {
        metadata["namespace"] = json!(namespace);
    }
    metadata
}

fn config_map(entry: &Entry<'_>, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(entry, name),
        "data": {format!("{}.toml", entry.name()): entry.text},
    })
}

fn cron_job(entry: &Entry<'_>, name: &str) -> Value {
    let (schedule, zone) = match calendar::for_kubernetes(entry.job, entry.now) {
        Look::When(words) => (words[0].clone(), words[1].clone()),
        Look::Often(_) => {
            (format!("{}-59/{EVERY_MINUTES} * * * *", entry.minute()), "Etc/UTC".to_owned())
        }
    };
    let mut metadata = metadata(entry, name);
    metadata["annotations"] = json!({"description": entry.description()});
    json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata,
        "spec": {
            "schedule": schedule,
            "timeZone": zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": {
                // What is tried again, and when, is the ledger's business.
                "backoffLimit": 0,
                "activeDeadlineSeconds": entry.seconds(),
                "template": {"spec": pod(entry, name)},
            }},
        },
    })
}

fn pod(entry: &Entry<'_>, name: &str) -> Value {
    let pod = entry.options.pod.as_ref().expect("it is asked for with this scheduler");
    let command = entry.command_that_ends_well();
    json!({
        "restartPolicy": "Never",
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        // More than serve takes to stop its steps.
        "terminationGracePeriodSeconds": 120,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": NOBODY,
            "runAsGroup": NOBODY,
            "fsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [{
            "name": "exoctl",
            "image": pod.image,
            "command": [command[0]],
            "args": command[1..],
            "env": variables(entry),
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            },
            "resources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"memory": "512Mi"},
            },
            "volumeMounts": [
                {"name": "home", "mountPath": HOME},
                {"name": "jobs", "mountPath": JOBS, "readOnly": true},
                {"name": "credentials", "mountPath": CREDENTIALS, "readOnly": true},
                {"name": "tmp", "mountPath": "/tmp"},
            ],
        }],
        "volumes": [
            {"name": "home", "persistentVolumeClaim": {"claimName": pod.claim}},
            {"name": "jobs", "configMap": {"name": name}},
            {"name": "credentials", "secret": {
                "secretName": pod.secret, "defaultMode": 0o440, "optional": true,
            }},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    })
}

fn variables(entry: &Entry<'_>) -> Value {
    let secret = &entry.options.pod.as_ref().expect("it is asked for with this scheduler").secret;
    json!([
        {"name": "EXOCTL_HOME", "value": HOME},
        {"name": "EXOCTL_JOBS", "value": JOBS},
        // Files of the secret are taken in the place of those that profiles name.
        {"name": "CREDENTIALS_DIRECTORY", "value": CREDENTIALS},
        // The address of PostgreSQL, if the secret has one; else the ledger is on the volume.
        {"name": "EXOCTL_LEDGER", "valueFrom": {"secretKeyRef": {
            "name": secret, "key": "ledger-url", "optional": true,
        }}},
    ])
}
