//! Where records come from: the source, who asks it, who signs what came of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use exoctl_certificate::Signer;
use exoctl_exchange::Connection;
use exoctl_export::manifest::Author;
use exoctl_export::{ActivityFeed, ActivityOptions, AuditSearch, Options, Source};

use crate::context::{Context, Flags, SignIn, Wish};
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::profile::Service;
use crate::ui::Ui;

/// Blobs read at a time.
const BLOBS: usize = 8;

/// Where records can come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// Search-UnifiedAuditLog: any period that is kept
    #[default]
    Search,
    /// The Office 365 Management Activity API: what became available within seven days
    Activity,
}

impl From {
    /// The one that a manifest names.
    pub(super) fn named(source: &str) -> Self {
        if source == ActivityFeed::NAME { Self::Activity } else { Self::Search }
    }
}

/// How they are asked.
#[derive(clap::Args, Debug)]
pub(super) struct AccessArgs {
    /// How many searches to run at a time; the service allows about three for each application
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=8))]
    sessions: u8,
    /// The wait, in seconds, before a search is repeated whose result cannot be relied on; it doubles
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    retry_wait: f64,
    /// Of the Management Activity API: start the subscriptions that are missing; they give nothing from before
    #[arg(long)]
    start_subscriptions: bool,
    /// Of the Management Activity API: how many calls a minute at most
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: u32,
    /// Of the Management Activity API: the tenant is in the US government's GCC, which has a host of its own
    #[arg(long)]
    gcc: bool,
    #[command(flatten)]
    password: PasswordArgs,
}

/// A source that can be asked.
pub(super) struct Access {
    pub(super) source: Arc<dyn Source>,
    pub(super) author: Author,
    pub(super) signer: Option<Arc<dyn Signer>>,
    /// Where it is kept how the service behaves.
    pub(super) behaviour: PathBuf,
}

impl AccessArgs {
    /// Gets together what it takes. Nothing is sent yet.
    pub(super) fn open(
        &self,
        from: From,
        context: &Context,
        ui: &Ui,
    ) -> Result<Access, CommandError> {
        let settings = context.settings(&Flags::default())?;
        let organization = settings.domain()?;
        let sign_in = context.sign_in(&settings, None, &self.password, ui.voice())?;
        let wish = Wish { service: Service::ExchangeOnline, catalogue: None };
        let connection = context.connection(&settings, &sign_in, organization.clone(), wish);
        // Opened before anything is read: who cannot sign learns it now and not after hours.
        let signer = sign_in.key.as_ref().map(|key| key.open()).transpose()?;
        let kept = context.paths()?.certificates.with_file_name("audit");
        let started = kept.join(format!("{organization}.subscriptions.json"));
        let source: Arc<dyn Source> = match from {
            From::Search => Arc::new(AuditSearch::new(connection.clone())),
            From::Activity => Arc::new(self.feed(context, &connection, &sign_in, started)?),
        };
        Ok(Access {
            source,
            author: Author {
                organization: organization.to_string(),
                tenant_id: connection.tenant_id().map(|id| id.to_string()),
                app_id: sign_in.app_id.map(|id| id.to_string()),
                thumbprint: signer.as_ref().map(|key| key.thumbprint().to_string()),
            },
            signer: signer.map(|key| key as Arc<dyn Signer>),
            behaviour: kept.join(format!("{organization}.json")),
        })
    }

    fn feed(
        &self,
        context: &Context,
        connection: &Connection,
        sign_in: &SignIn,
        started: PathBuf,
    ) -> Result<ActivityFeed, CommandError> {
        let tenant = connection.tenant_id().ok_or_else(|| {
            CommandError::usage(
                "the Management Activity API takes the tenant's id, which is not known",
            )
            .fix("Connect with Connect-ExchangeOnline once: that finds it out and keeps it.")
        })?;
        let cloud = sign_in.cloud.clone();
        Ok(ActivityFeed::new(ActivityOptions {
            cloud: if self.gcc { cloud.for_gcc() } else { cloud },
            tenant,
            credential: sign_in.credential.clone(),
            transport: sign_in.transport.clone(),
            clock: context.clock(),
            start_subscriptions: self.start_subscriptions,
            requests_per_minute: self.requests_per_minute,
            concurrency: BLOBS,
            first_wait: Duration::from_secs_f64(self.retry_wait),
            started: Some(started),
        }))
    }

    /// How an export is made of it.
    pub(super) fn options(&self, keep_spool: bool) -> Options {
        Options {
            sessions: usize::from(self.sessions),
            first_wait: Duration::from_secs_f64(self.retry_wait),
            keep_spool,
            ..Options::default()
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected a number of seconds up to 3600".to_owned()),
    }
}
