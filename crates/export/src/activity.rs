//! The Office 365 Management Activity API as a source: what became available, content by content.
//!
//! Nothing can be asked for by when it happened. A window is one of when content became available;
//! its blobs are listed for each content type, and read several at a time. What a blob holds may have
//! happened days before, and may come again days later.

mod blob;
mod error;
mod listing;
mod service;
mod subscription;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use exoctl_http::Transport;
use exoctl_identity::TokenCredential;
use exoctl_model::{Clock, Cloud, TenantId};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};

pub use self::error::{ActivityError, ActivityRefusal};
use self::listing::Listed;
use self::service::Service;
use crate::period::Period;
use crate::query::{Query, Window};
use crate::source::{Anomaly, Axis, Notes, ReadError, Reading, Source, Survey};
use crate::stage::Stage;

/// How long content can be had.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest window that may be asked for, in seconds.
const LONGEST: i64 = 86_400;
/// Content types that everybody with `ActivityFeed.Read` may read.
const CONTENT_TYPES: [&str; 4] =
    ["Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General"];
/// The one that takes `ActivityFeed.ReadDlp` too.
const DLP: &str = "DLP.All";

/// What the feed of a tenant is read with.
#[derive(Clone, Debug)]
pub struct ActivityOptions {
    /// Where the API is.
    pub cloud: Cloud,
    /// The tenant; also who is told to the service as the publisher, for it counts calls by that.
    pub tenant: TenantId,
    /// Gives tokens.
    pub credential: Arc<dyn TokenCredential>,
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Whether subscriptions that are missing are started. They give nothing from before.
    pub start_subscriptions: bool,
    /// The most calls a minute; the service allows a tenant 2,000 at least.
    pub requests_per_minute: u32,
    /// Blobs read at a time, of all windows together.
    pub concurrency: usize,
    /// The wait before a call is repeated that failed; it doubles.
    pub first_wait: Duration,
    /// Where it is kept since when there are subscriptions that were started here.
    pub started: Option<PathBuf>,
}

/// The feed of a tenant.
pub struct ActivityFeed {
    service: Service,
    clock: Arc<dyn Clock>,
    start_subscriptions: bool,
    concurrency: usize,
    started: Option<PathBuf>,
    /// What is read, once the survey knows.
    content_types: OnceLock<Vec<&'static str>>,
}

impl ActivityFeed {
    /// What manifests call it.
    pub const NAME: &str = "Office 365 Management Activity API";

    /// Nothing is sent yet.
    pub fn new(options: ActivityOptions) -> Self {
        Self {
            service: Service::new(&options),
            clock: options.clock,
            start_subscriptions: options.start_subscriptions,
            concurrency: options.concurrency.max(1),
            started: options.started,
            content_types: OnceLock::new(),
        }
    }

    /// Everything that became available in a window.
    async fn read_window(
        &self,
        window: &Window,
        stage: &mut Stage,
        notes: &mut Notes,
    ) -> Result<Reading, ReadError> {
        self.check_retention(window.period)?;
        let mut blobs: Vec<Listed> = Vec::new();
        for content_type in self.content_types.get().map_or(&CONTENT_TYPES[..], |known| known) {
            for part in days(window.period) {
                let listed = listing::list(&self.service, content_type, part, notes).await;
                blobs.extend(listed.map_err(|error| self.read_error(error, window.period))?);
            }
        }
        // Two pages may name the same.
        blobs.sort();
        blobs.dedup();
        notes.calls += blobs.len() as u64;
        let bodies = stream::iter(blobs)
            .map(|blob: Listed| async move { self.service.get(&blob.uri, "read content").await });
        let mut bodies = bodies.buffered(self.concurrency);
        while let Some(body) = bodies.next().await {
            let answer = body.map_err(|error| self.read_error(error, window.period))?;
            blob::take(answer.body(), stage)?;
        }
        Ok(Reading::Whole)
    }

    fn check_retention(&self, period: Period) -> Result<(), ReadError> {
        let horizon = self.clock.now().saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        if period.start() < horizon { Err(ReadError::BeforeRetention { horizon }) } else { Ok(()) }
    }

    /// What a failed call means for its window.
    fn read_error(&self, error: ActivityError, period: Period) -> ReadError {
        let anomaly = |anomaly, source: ActivityError| ReadError::Anomaly {
            anomaly,
            source: Some(Box::new(source)),
        };
        match error.code() {
            Some("AF20030" | "AF20055") => match self.check_retention(later(period)) {
                Err(horizon) => horizon,
                Ok(()) => ReadError::Stopped(Box::new(error)),
            },
            Some("AF20050" | "AF20051") => anomaly(Anomaly::Expired, error),
            _ if error.is_unanswered() => anomaly(Anomaly::Unanswered, error),
            _ if matches!(error, ActivityError::Unreadable { .. }) => {
                anomaly(Anomaly::Unreadable, error)
            }
            _ if matches!(error, ActivityError::Endless) => anomaly(Anomaly::Endless, error),
            _ => ReadError::Stopped(Box::new(error)),
        }
    }
}

/// The window as the service sees it whose clock is a little ahead of ours.
fn later(period: Period) -> Period {
    let (start, end) = (period.start().as_second() - 600, period.end().as_second());
    Period::of_seconds(start, end).unwrap_or(period)
}

/// Pieces that may be asked for at once.
fn days(period: Period) -> Vec<Period> {
    let (start, end) = (period.start().as_second(), period.end().as_second());
    let mut cuts = Vec::new();
    let mut cut = start + LONGEST;
    while cut < end {
        cuts.push(cut);
        cut += LONGEST;
    }
    period.cut_at(&cuts)
}

impl Source for ActivityFeed {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn axis(&self) -> Axis {
        Axis::Availability
    }

    fn survey<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Survey, ReadError>> {
        Box::pin(async move {
            let found = subscription::survey(self, query).await;
            found.map_err(|error| self.read_error(error, query.period))
        })
    }

    fn read<'a>(
        &'a self,
        window: &'a Window,
        stage: &'a mut Stage,
        notes: &'a mut Notes,
    ) -> BoxFuture<'a, Result<Reading, ReadError>> {
        Box::pin(self.read_window(window, stage, notes))
    }
}

impl fmt::Debug for ActivityFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityFeed").field("service", &self.service).finish_non_exhaustive()
    }
}
