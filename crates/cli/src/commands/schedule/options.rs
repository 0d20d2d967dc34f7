//! How jobs are installed: what is given to `schedule install`, and is kept in each file that it writes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What stands before the options in a file, so that they are found again.
const MARK: &str = "exoctl-schedule:";

/// How jobs are installed. No secret is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Options {
    /// exoctl itself.
    pub(super) program: PathBuf,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// `EXOCTL_HOME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) home: Option<PathBuf>,
    /// `EXOCTL_JOBS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jobs: Option<PathBuf>,
    /// `EXOCTL_LEDGER`, if it is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ledger: Option<String>,
    /// `EXOCTL_ENVIRONMENT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<PathBuf>,
    /// Files with keys and passwords that the scheduler hands to the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) credentials: Vec<Credential>,
    /// What a pod is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pod: Option<Pod>,
}

/// A file that systemd hands to the run, and nobody else can read there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Credential {
    /// Its name in the directory of credentials.
    pub(super) name: String,
    /// Where it is kept.
    pub(super) path: PathBuf,
    /// Whether it is kept encrypted, as systemd-creds does it.
    #[serde(default)]
    pub(super) encrypted: bool,
}

/// What a pod is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pod {
    /// The image that has exoctl.
    pub(super) image: String,
    /// The namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    /// The claim of the volume with profiles, certificates, runs and the ledger.
    pub(super) claim: String,
    /// The secret with the files of keys and passwords.
    pub(super) secret: String,
}

impl Options {
    /// What a file says about itself.
    pub(super) fn stamp(&self) -> String {
        let json = serde_json::to_string(self).expect("options can be written");
        format!("{MARK} {json}")
    }

    /// The options that a file was written with, if it was written by us.
    pub(super) fn of_file(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.split_once(MARK))?.1.trim();
        let end = line.rfind('}')?;
        serde_json::from_str(&line[..=end].replace("-\u{2010}", "--")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_in_what_was_written_with_them() {
        let options = Options {
            program: "/opt/a--b/exoctl".into(),
            user: Some("exoctl".to_owned()),
            ..Options::default()
        };
        let text = format!("# x\n# {}\n[Unit]\n", options.stamp());
        assert_eq!(Options::of_file(&text), Some(options.clone()));
        let comment = format!("<!-- {} -->", options.stamp().replace("--", "-\u{2010}"));
        assert_eq!(Options::of_file(&comment), Some(options));
        assert_eq!(Options::of_file("[Unit]\n"), None);
    }
}
