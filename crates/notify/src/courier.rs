//! Carries what is in the outbox to where it is to be told, again and again until it is taken.
//!
//! What waits was written together with the end of its run, so that nothing is forgotten by a
//! crash; a crash between sending and noting it tells a thing twice, under the same id.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use exoctl_model::Clock;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Channel, Channels, Content, Event, Means, Notice, Outbox, OutboxError, Parcel, SendError,
    Settlement, TemplateError, Templates, Waiting, Way, compose, send,
};

/// What one round has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// How many notices were taken.
    pub sent: usize,
    /// How many wait for others.
    pub waiting: usize,
    /// How many are no news any more.
    pub passed: usize,
    /// How many are tried again.
    pub retried: usize,
    /// How many are not tried again.
    pub given_up: usize,
    /// What went wrong, a sentence for each message; also of a template that was not used.
    pub warnings: Vec<String>,
}

/// Carries.
#[derive(Debug)]
pub struct Courier {
    channels: Channels,
    templates: Templates,
    means: Arc<dyn Means>,
    clock: Arc<dyn Clock>,
}

impl Courier {
    /// To these channels.
    pub fn new(
        channels: Channels,
        templates: Templates,
        means: Arc<dyn Means>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { channels, templates, means, clock }
    }

    /// Carries what is due, once. That something was not taken is no error: it is noted there.
    pub async fn round(&self, outbox: &dyn Outbox) -> Result<Round, OutboxError> {
        let mut claimed = outbox.claim(self.clock.now(), MOST).await?;
        // A check has to hear of a run's start before it hears of its end.
        claimed.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
        let mut by_channel: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
        let mut round = Round::default();
        for waiting in claimed {
            if is_past(&waiting, self.clock.now()) {
                let mut passed = Round::default();
                self.settle(outbox, &waiting, Settlement::Passed, &mut passed).await?;
                round.add(passed);
                continue;
            }
            by_channel.entry(waiting.channel.clone()).or_default().push(waiting);
        }
        let channels = by_channel.into_iter();
        let carried = channels.map(|(name, waiting)| self.carry(name, waiting, outbox));
        for carried in join_all(carried).await {
            round.add(carried?);
        }
        Ok(round)
    }

    /// Tells one thing on one channel, without any outbox. Gives what the receiver calls it by, and
    /// why the administrator's template was not used, if it was not.
    pub async fn tell(
        &self,
        channel: &Channel,
        notice: &Notice,
    ) -> Result<(String, Option<TemplateError>), SendError> {
        self.send(channel, Content::One(notice), notice.id()).await
    }

    async fn carry(
        &self,
        name: String,
        waiting: Vec<Waiting>,
        outbox: &dyn Outbox,
    ) -> Result<Round, OutboxError> {
        let mut round = Round::default();
        let Some(channel) = self.channels.find(&name) else {
            let error = format!("there is no channel {name} in notify.toml");
            round.warnings.push(error.clone());
            for waiting in waiting {
                let settlement = Settlement::GivenUp { error: error.clone() };
                self.settle(outbox, &waiting, settlement, &mut round).await?;
            }
            return Ok(round);
        };
        for bundle in bundles(channel, waiting, self.clock.now()) {
            match bundle {
                Bundle::Early { waiting, until } => {
                    let settlement = Settlement::Wait { until };
                    self.settle(outbox, &waiting, settlement, &mut round).await?;
                }
                Bundle::Due(waiting) => {
                    self.carry_bundle(channel, &waiting, outbox, &mut round).await?;
                }
            }
        }
        Ok(round)
    }

    async fn carry_bundle(
        &self,
        channel: &Channel,
        waiting: &[Waiting],
        outbox: &dyn Outbox,
        round: &mut Round,
    ) -> Result<(), OutboxError> {
        let notices: Vec<Notice> = waiting.iter().map(|waiting| waiting.notice.clone()).collect();
        let sent = match &notices[..] {
            [notice] => self.send(channel, Content::One(notice), notice.id()).await,
            several => self.send(channel, Content::Digest(several), bundle_id(several)).await,
        };
        match &sent {
            Ok((_, None)) => {}
            Ok((_, Some(error))) => round.warnings.push(unused(error)),
            Err(error) => {
                round.warnings.push(format!("channel {}: {}", channel.name, error.line()));
            }
        }
        for waiting in waiting {
            let settlement = match &sent {
                Ok((receipt, _)) => Settlement::Sent { receipt: receipt.clone() },
                // Told later it would come after the end.
                Err(error) if is_start(waiting) && !error.is_final() => Settlement::Passed,
                Err(error) => after_failure(error, waiting.attempts, self.clock.now()),
            };
            self.settle(outbox, waiting, settlement, round).await?;
        }
        Ok(())
    }

    async fn send(
        &self,
        channel: &Channel,
        content: Content<'_>,
        id: String,
    ) -> Result<(String, Option<TemplateError>), SendError> {
        let (payload, unused) = match compose(channel, content, &self.templates) {
            Ok(payload) => (payload, None),
            // What happened is more important than how it looks.
            Err(error) => {
                let built_in = Templates::default();
                let payload = compose(channel, content, &built_in).map_err(SendError::Template)?;
                (payload, Some(error))
            }
        };
        let parcel = Parcel { id, payload, now: self.clock.now() };
        let receipt = send(channel, &parcel, &*self.means).await?;
        Ok((receipt, unused))
    }

    async fn settle(
        &self,
        outbox: &dyn Outbox,
        waiting: &Waiting,
        settlement: Settlement,
        round: &mut Round,
    ) -> Result<(), OutboxError> {
        match settlement {
            Settlement::Sent { .. } => round.sent += 1,
            Settlement::Wait { .. } => round.waiting += 1,
            Settlement::Passed => round.passed += 1,
            Settlement::Retry { .. } => round.retried += 1,
            Settlement::GivenUp { .. } => round.given_up += 1,
        }
        outbox.settle(&waiting.id, self.clock.now(), &settlement).await
    }
}

/// How many are taken at once.
const MOST: usize = 500;
/// More than these at once for one channel of people's are told as one.
const FLOOD: usize = 5;
/// How often something is tried.
const TRIES: u32 = 10;

fn unused(error: &TemplateError) -> String {
    format!("{error}; the built-in template was used instead")
}

fn is_start(waiting: &Waiting) -> bool {
    waiting.notice.event == Event::Started
}

/// Whether it is no news any more.
fn is_past(waiting: &Waiting, now: Timestamp) -> bool {
    is_start(waiting) && now.duration_since(waiting.since) > NEWS
}

/// How long it is news that a run has begun.
const NEWS: SignedDuration = SignedDuration::from_mins(2);

/// What goes together.
enum Bundle {
    Due(Vec<Waiting>),
    Early { waiting: Box<Waiting>, until: Timestamp },
}

fn bundles(channel: &Channel, waiting: Vec<Waiting>, now: Timestamp) -> Vec<Bundle> {
    let (mut gathered, mut single, mut bundles) = (Vec::new(), Vec::new(), Vec::new());
    for waiting in waiting {
        match channel.digest.map(|period| end_of_period(waiting.since, period)) {
            None => single.push(waiting),
            Some(until) if until > now => {
                bundles.push(Bundle::Early { waiting: Box::new(waiting), until });
            }
            Some(_) => gathered.push(waiting),
        }
    }
    let for_people = matches!(channel.way, Way::Mail(_) | Way::Teams(_) | Way::Slack(_));
    if for_people && single.len() > FLOOD {
        bundles.push(Bundle::Due(single));
    } else {
        bundles.extend(single.into_iter().map(|waiting| Bundle::Due(vec![waiting])));
    }
    if !gathered.is_empty() {
        bundles.push(Bundle::Due(gathered));
    }
    bundles
}

/// Periods begin at the same instants for everybody, so that what came within one is due at once.
fn end_of_period(since: Timestamp, period: Duration) -> Timestamp {
    let period = i64::try_from(period.as_secs()).unwrap_or(i64::MAX).max(1);
    let end = (since.as_second().div_euclid(period) + 1).saturating_mul(period);
    Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
}

fn after_failure(error: &SendError, attempts: u32, now: Timestamp) -> Settlement {
    let line = error.line();
    if error.is_final() || attempts + 1 >= TRIES {
        return Settlement::GivenUp { error: line };
    }
    let minutes = 1_i64.checked_shl(attempts).unwrap_or(60).clamp(1, 60);
    let asked = error.after().and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0);
    let seconds = (minutes * 60).max(asked.min(3600));
    let at = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    Settlement::Retry { at, error: line }
}

/// The same notices have the same id.
fn bundle_id(notices: &[Notice]) -> String {
    let mut ids: Vec<String> = notices.iter().map(Notice::id).collect();
    ids.sort();
    let hash = digest::digest(&digest::SHA256, ids.join("\n").as_bytes());
    let start: [u8; 16] = hash.as_ref()[..16].try_into().expect("a hash has 32 bytes");
    format!("digest.{:032x}", u128::from_be_bytes(start))
}

impl Round {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.waiting += other.waiting;
        self.passed += other.passed;
        self.retried += other.retried;
        self.given_up += other.given_up;
        self.warnings.extend(other.warnings);
    }
}

#[cfg(test)]
mod tests;
