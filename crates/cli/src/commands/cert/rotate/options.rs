//! The arguments of `exoctl cert rotate`.

use std::path::PathBuf;
use std::time::Duration;

use exoctl_model::ObjectId;
use exoctl_setup::Patience;
use exoctl_setup::rotation::{Rotation, Stage};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::commands::setup::WaitArgs;
use crate::context::Context;
use crate::error::{CommandError, InvalidTime};
use crate::password::PasswordArgs;
use crate::sign_in::SignInArgs;

/// The arguments of `exoctl cert rotate`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the user's")]
pub(in crate::commands::cert) struct Args {
    /// Do nothing unless the certificate expires within this time: 30d
    #[arg(long, value_name = "TIME")]
    pub(super) if_expiring_within: Option<String>,
    /// How long the old certificate stays on the application [default: 7d]
    #[arg(long, value_name = "TIME")]
    pub(super) overlap: Option<String>,
    /// How long the new certificate is valid: 1y, 6mo, 180d [default: 1y]
    #[arg(long, value_name = "TIME")]
    pub(super) valid_for: Option<String>,
    /// Run this command when the new certificate is in use; may be repeated
    #[arg(long = "deploy-hook", value_name = "COMMAND")]
    pub(super) deploy_hooks: Vec<String>,
    /// Show what would be done and do nothing
    #[arg(long, visible_alias = "what-if")]
    pub(super) plan: bool,
    /// Finish earlier rotations and begin none; with --overlap 0d the overlap ends at once
    #[arg(long)]
    pub(super) finish: bool,
    /// Write a request for a certification authority to this file instead of signing it ourselves
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "finish", "complete", "self_signed"])]
    pub(super) csr_out: Option<PathBuf>,
    /// Go on with the authority's answer: a certificate, or a PKCS#7 file; with its chain if need be
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "finish")]
    pub(super) complete: Vec<PathBuf>,
    /// Replace a certificate that an authority has issued by a self-signed one
    #[arg(long)]
    pub(super) self_signed: bool,
    /// The application's object id, if exoctl does not know it
    #[arg(long, value_name = "GUID")]
    pub(super) object_id: Option<ObjectId>,
    /// Have an administrator sign in to change the application; when no certificate works any more
    #[arg(long)]
    pub(super) as_admin: bool,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
    #[command(flatten)]
    pub(super) wait: WaitArgs,
    #[command(flatten)]
    pub(super) sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert rotate --plan
  exoctl cert rotate --if-expiring-within 30d --yes
  exoctl cert rotate --profile exo-reporting --valid-for 90d --deploy-hook 'systemctl restart reporting'
  exoctl cert rotate --finish --overlap 0d
  exoctl cert rotate --as-admin --device-code
  exoctl cert rotate --csr-out exo.csr
  exoctl cert rotate --complete answer.p7b

A new key is made, added to the application, proved by signing in with it, and only then used. The application adds it
itself, for which it needs no permission. The old certificate stays on the application for the overlap; the
next run takes it off. A run that was stopped is gone on with by the next. Meant to be run daily or
monthly by a scheduler; docs/rotation.md has examples of that and of deploy hooks.";

/// How long a key whose certificate is gone is kept in the archive.
const ARCHIVED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Times of one run.
#[derive(Clone, Debug)]
pub(super) struct Times {
    pub(super) now: Timestamp,
    /// A certificate that ends before this is replaced; every one without it.
    pub(super) limit: Option<Timestamp>,
    pub(super) archive_until: Timestamp,
    pub(super) valid_for: Span,
    pub(super) patience: Patience,
    overlap: Span,
}

impl Args {
    /// How long a new certificate is valid.
    pub(super) fn valid_for(&self) -> &str {
        self.valid_for.as_deref().unwrap_or("1y")
    }

    /// Whether another kind of certificate is asked for than the one that is being made.
    pub(super) fn wants_another_than(&self, rotation: &Rotation) -> bool {
        match (&rotation.request, rotation.stage) {
            (Some(_), _) => self.self_signed,
            (None, Stage::Begun) => false,
            (None, _) => self.csr_out.is_some() || self.valid_for.is_some(),
        }
    }

    /// What is wrong with a time shows before anything else.
    pub(super) fn times(&self, context: &Context) -> Result<Times, CommandError> {
        // Whole seconds, for what is shown and kept.
        let now = context.clock().now();
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let overlap = span(self.overlap.as_deref().unwrap_or("7d"))?;
        let limit = match &self.if_expiring_within {
            Some(text) => Some(after(now, span(text)?)),
            None => None,
        };
        let mut patience = self.wait.patience()?;
        patience.limit = patience.limit.max(Duration::from_secs(1));
        Ok(Times {
            now,
            limit,
            archive_until: now.saturating_add(ARCHIVED).unwrap_or(Timestamp::MAX),
            valid_for: span(self.valid_for())?,
            patience,
            overlap,
        })
    }
}

impl Times {
    /// When the overlap is over that began then.
    pub(super) fn after_overlap(&self, begin: Timestamp) -> Timestamp {
        after(begin, self.overlap)
    }
}

/// So long after, in calendar years and months.
pub(in crate::commands::cert) fn after(begin: Timestamp, span: Span) -> Timestamp {
    let moved = begin.to_zoned(TimeZone::UTC).checked_add(span);
    moved.map_or(Timestamp::MAX, |moved| moved.timestamp())
}

/// A time as 1y, 6mo, 90d.
pub(in crate::commands::cert) fn span(text: &str) -> Result<Span, CommandError> {
    Ok(text.parse().map_err(|source| InvalidTime { text: text.to_owned(), source })?)
}
