//! Which row an error of this machine is: keys, files, settings, the command line.

use std::error::Error;
use std::io;

use exoctl_certificate::{Fault, KeyFileError, StoreError};
use exoctl_export::bucket::{BucketError, Refusal};
use exoctl_export::crosscheck::CrosscheckError;
use exoctl_export::manifest::ManifestError;
use exoctl_export::report::ReportError;
use exoctl_export::{ExportError, LedgerError, WrittenError};
use exoctl_mail::MailError;
use exoctl_model::{EnvironmentError, InvalidTenant, UnknownEnvironmentName};
use exoctl_notify::{SendError, TemplateError};
use exoctl_setup::UnknownRole;

use super::condition::as_type;
use crate::error::{
    ExecError, FileError, InvalidSetting, InvalidTime, JobError, KeyError, NoHome, NotInteractive,
    NotifyError, PasswordError, PlanError, ProfileError, Reported, RunError, SignInError, Stopped,
    ledger_code,
};

/// The code of an error by itself, whatever its causes are.
pub(super) fn of_one(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let is_the = |found: bool, code: &'static str| found.then_some(code);
    None.or_else(|| as_type::<KeyError>(error).and_then(key))
        .or_else(|| as_type::<StoreError>(error).and_then(store))
        .or_else(|| as_type::<KeyFileError>(error).map(key_file))
        .or_else(|| as_type::<ProfileError>(error).and_then(profile))
        .or_else(|| as_type::<SignInError>(error).map(sign_in))
        .or_else(|| as_type::<FileError>(error).map(file))
        .or_else(|| as_type::<ExecError>(error).map(exec))
        .or_else(|| as_type::<RunError>(error).map(RunError::code))
        .or_else(|| as_type::<exoctl_store::StoreError>(error).map(ledger_code))
        .or_else(|| as_type::<JobError>(error).map(job))
        .or_else(|| as_type::<PasswordError>(error).and_then(password))
        .or_else(|| as_type::<PlanError>(error).map(plan))
        .or_else(|| as_type::<ExportError>(error).and_then(export))
        .or_else(|| as_type::<BucketError>(error).and_then(bucket))
        .or_else(|| as_type::<CrosscheckError>(error).and_then(crosscheck))
        .or_else(|| as_type::<WrittenError>(error).and_then(written))
        .or_else(|| as_type::<ReportError>(error).and_then(report))
        .or_else(|| as_type::<MailError>(error).and_then(mail))
        .or_else(|| as_type::<NotifyError>(error).and_then(notify))
        .or_else(|| as_type::<SendError>(error).and_then(sending))
        .or_else(|| is_the(as_type::<TemplateError>(error).is_some(), "notify-template"))
        .or_else(|| as_type::<ManifestError>(error).map(|_| "audit-manifest"))
        .or_else(|| is_the(as_type::<EnvironmentError>(error).is_some(), "environment-file"))
        .or_else(|| is_the(as_type::<InvalidSetting>(error).is_some(), "setting-wrong"))
        .or_else(|| is_the(as_type::<NotInteractive>(error).is_some(), "no-terminal"))
        .or_else(|| is_the(as_type::<NoHome>(error).is_some(), "home-unknown"))
        .or_else(|| is_the(as_type::<InvalidTime>(error).is_some(), "time-wrong"))
        .or_else(|| is_the(as_type::<UnknownRole>(error).is_some(), "role-unknown"))
        .or_else(|| is_the(as_type::<InvalidTenant>(error).is_some(), "tenant-name"))
        .or_else(|| is_the(as_type::<UnknownEnvironmentName>(error).is_some(), "cloud-name"))
        .or_else(|| is_the(as_type::<Reported>(error).is_some(), "cmdlet-reported"))
        .or_else(|| is_the(as_type::<Stopped>(error).is_some(), "warning-stop"))
}

fn mail(error: &MailError) -> Option<&'static str> {
    Some(match error {
        MailError::Unreachable { .. } => "mail-unreachable",
        MailError::Refused { .. } => "mail-refused",
        MailError::GraphRefused { status: 401 | 403, .. } => "mail-graph-denied",
        _ => return None,
    })
}

fn notify(error: &NotifyError) -> Option<&'static str> {
    Some(match error {
        NotifyError::Channels { .. } => "notify-file",
        NotifyError::NoChannel { .. } => "notify-no-channel",
        NotifyError::Templates(_) | NotifyError::NotTold { .. } => return None,
    })
}

fn sending(error: &SendError) -> Option<&'static str> {
    Some(match error {
        SendError::Secret { .. } | SendError::Authority { .. } => "notify-secret",
        SendError::Address { .. } => "notify-address",
        SendError::Refused { .. } => "notify-refused",
        _ => return None,
    })
}

fn report(error: &ReportError) -> Option<&'static str> {
    Some(match error {
        ReportError::Manifest(_) => "audit-manifest",
        ReportError::NothingToRead { .. } => "audit-nothing-to-report",
        ReportError::File { .. } => "audit-file-gone",
        _ => return None,
    })
}

fn crosscheck(error: &CrosscheckError) -> Option<&'static str> {
    Some(match error {
        CrosscheckError::NotGenuine { .. } => "audit-not-genuine",
        CrosscheckError::NoCommonTime { .. } | CrosscheckError::OtherLimits { .. } => {
            "audit-not-comparable"
        }
        _ => return None,
    })
}

fn written(error: &WrittenError) -> Option<&'static str> {
    Some(match error {
        WrittenError::NothingToRead { .. } => "audit-nothing-to-report",
        WrittenError::File { .. } => "audit-file-gone",
        _ => return None,
    })
}

fn export(error: &ExportError) -> Option<&'static str> {
    Some(match error {
        ExportError::Locked { .. } => "audit-locked",
        ExportError::Ledger(LedgerError::OtherQuery { .. }) => "audit-other-query",
        ExportError::SpoolGone { .. } | ExportError::Reconciled { .. } => "audit-form-added",
        ExportError::NotGenuine { .. } => "audit-not-genuine",
        ExportError::NotDone { .. } => "audit-not-done",
        ExportError::OtherTenant { .. } | ExportError::OtherSource { .. } => "audit-other-tenant",
        ExportError::UnknownForm { .. } => "audit-unknown-form",
        ExportError::Ledger(_) => "audit-ledger",
        ExportError::File { .. } | ExportError::Spool { .. } | ExportError::Sink { .. } => {
            "audit-disk"
        }
        ExportError::Manifest(_) => "audit-manifest",
        _ => return None,
    })
}

fn bucket(error: &BucketError) -> Option<&'static str> {
    Some(match error {
        BucketError::Settings { .. } => "bucket-settings",
        BucketError::PlainHttp { .. } => "bucket-without-tls",
        BucketError::Refused { refusal: Refusal::NoBucket, .. } => "bucket-not-there",
        BucketError::Refused { refusal: Refusal::Denied, .. } => "bucket-denied",
        BucketError::Refused { .. } => "bucket-unavailable",
        BucketError::OtherQuery { .. } => "audit-other-query",
        BucketError::Changed { .. } | BucketError::Gone { .. } | BucketError::Local { .. } => {
            "bucket-changed"
        }
        BucketError::File { .. } => "audit-disk",
        BucketError::NoManifest { .. } | BucketError::Manifest(_) => "audit-manifest",
        _ => return None,
    })
}

fn key(error: &KeyError) -> Option<&'static str> {
    Some(match error {
        KeyError::Expired { .. } => "certificate-expired",
        KeyError::NotYetValid { .. } => "certificate-not-yet-valid",
        KeyError::Read { .. } => "key-file-unreadable",
        KeyError::Store(_) | KeyError::File { .. } => return None,
    })
}

fn store(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::NotFound { .. } => "certificate-not-found",
        StoreError::NoPrivateKey { .. } => "certificate-without-key",
        StoreError::Permissions { .. } => "store-permissions",
        StoreError::Io { .. } => "store-unreadable",
        _ => return None,
    })
}

fn key_file(error: &KeyFileError) -> &'static str {
    match error {
        KeyFileError::PasswordRequired => "password-required",
        KeyFileError::WrongPassword => "password-wrong",
        KeyFileError::NoPrivateKey { .. } => "certificate-without-key",
        KeyFileError::NoCertificate => "key-without-certificate",
        KeyFileError::Mismatch(_) => "key-mismatch",
        error => match error.fault() {
            Fault::Algorithm => "key-algorithm",
            Fault::Choice => "key-choice",
            _ => "key-file-damaged",
        },
    }
}

fn profile(error: &ProfileError) -> Option<&'static str> {
    Some(match error {
        ProfileError::Name(_) => "profile-name",
        ProfileError::Unknown { .. } => "unknown-profile",
        ProfileError::NotConnected => "not-connected",
        ProfileError::Syntax { .. } => "profile-damaged",
        ProfileError::Io { .. } => "profile-unwritable",
        ProfileError::Encode { .. } => return None,
    })
}

fn sign_in(error: &SignInError) -> &'static str {
    match error {
        SignInError::NoOrganization => "no-organization",
        SignInError::NoApplication => "no-app-id",
        SignInError::NoMeans => "no-certificate",
        SignInError::NoTokenIn(_) | SignInError::TokenGone => "token-gone",
        SignInError::TokenNotKept => "token-not-kept",
        SignInError::PasswordOnCommandLine | SignInError::TokenOnCommandLine => {
            "secret-on-command-line"
        }
        SignInError::OtherWay(_) => "other-way",
        SignInError::TwoWays(..) => "two-ways",
        SignInError::NoInitialDomain(_) => "no-initial-domain",
    }
}

fn plan(error: &PlanError) -> &'static str {
    match error {
        PlanError::Syntax { .. } | PlanError::Format { .. } => "plan-damaged",
        PlanError::NoFootprint { .. } => "no-footprint",
    }
}

fn file(error: &FileError) -> &'static str {
    match error.source.kind() {
        io::ErrorKind::NotFound => "file-not-there",
        _ => "file-unusable",
    }
}

fn job(error: &JobError) -> &'static str {
    match error {
        JobError::Unknown { .. } => "job-unknown",
        JobError::Invalid { .. } => "job-file",
        JobError::Exists { .. } => "job-exists",
        JobError::NotWritten { .. } => "job-not-written",
        JobError::Preflight { .. } => "job-preflight",
        JobError::File(error) => file(error),
    }
}

fn exec(error: &ExecError) -> &'static str {
    match error {
        ExecError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            "program-not-found"
        }
        ExecError::Start { .. } => "program-not-runnable",
        ExecError::Program(..) => "program-lost",
        ExecError::Endpoint(_) => "no-loopback",
        ExecError::GivenToken(_) => "token-for-one-service",
    }
}

fn password(error: &PasswordError) -> Option<&'static str> {
    match error {
        PasswordError::NotSet(_) | PasswordError::Empty(_) => Some("no-password"),
        PasswordError::Different => None,
    }
}
