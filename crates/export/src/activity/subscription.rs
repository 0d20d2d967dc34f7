//! What is subscribed to, and since when: content from before is never given.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::error::ActivityError;
use super::{ActivityFeed, CONTENT_TYPES, DLP};
use crate::disk;
use crate::query::Query;
use crate::source::Survey;

const OPERATION: &str = "list the subscriptions";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    content_type: String,
    #[serde(default)]
    status: Option<String>,
}

/// Since when there are subscriptions that were started here.
type Started = BTreeMap<String, Timestamp>;

/// Looks at the subscriptions, and starts those that are missing if it may.
pub(super) async fn survey(feed: &ActivityFeed, query: &Query) -> Result<Survey, ActivityError> {
    let filtered = [&query.record_types, &query.operations, &query.user_ids]
        .iter()
        .any(|list| !list.is_empty());
    if filtered {
        return Err(ActivityError::Filtered);
    }
    let token = feed.service.token().await?;
    let may =
        |role: &str| token.claims().is_some_and(|claims| claims.roles.iter().any(|r| r == role));
    let mut wanted = CONTENT_TYPES.to_vec();
    if may("ActivityFeed.ReadDlp") {
        wanted.push(DLP);
    }
    let url = feed.service.url("subscriptions/list");
    let answer = feed.service.get(&url, OPERATION).await?;
    let known: Vec<Subscription> = serde_json::from_slice(answer.body())
        .map_err(|source| ActivityError::Unreadable { operation: OPERATION, source })?;
    let is_on = |content_type: &&str| {
        known.iter().any(|known| {
            let on = known.status.as_deref().is_none_or(|s| s.eq_ignore_ascii_case("enabled"));
            on && known.content_type.eq_ignore_ascii_case(content_type)
        })
    };
    let missing: Vec<&str> = wanted.iter().filter(|wanted| !is_on(wanted)).copied().collect();
    let mut started = read_started(feed.started.as_deref());
    if !missing.is_empty() {
        if !feed.start_subscriptions {
            let content_types = missing.iter().map(|name| (*name).to_owned()).collect();
            return Err(ActivityError::NotSubscribed { content_types });
        }
        for content_type in missing {
            start(feed, content_type).await?;
            started.insert(content_type.to_owned(), feed.clock.now());
            keep_started(feed.started.as_deref(), &started).map_err(ActivityError::State)?;
        }
    }
    started.retain(|content_type, since| {
        wanted.contains(&content_type.as_str()) && *since > query.period.start()
    });
    let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let content_types = wanted.join(" ");
    // A second survey of the same export reads the same.
    let _ = feed.content_types.set(wanted);
    Ok(Survey {
        auditing: Some(true),
        behaviour: BTreeMap::from([("contentTypes".to_owned(), content_types)]),
        service_date: date.map(|date| date.timestamp()),
        subscribed_since: started,
        ..Survey::default()
    })
}

async fn start(feed: &ActivityFeed, content_type: &str) -> Result<(), ActivityError> {
    tracing::info!(content_type, "starting a subscription");
    let mut url = feed.service.url("subscriptions/start");
    url.query_pairs_mut().append_pair("contentType", content_type);
    feed.service.post(&url, "start a subscription").await.map(drop)
}

fn read_started(path: Option<&Path>) -> Started {
    let bytes = path.and_then(|path| std::fs::read(path).ok());
    // A file that cannot be understood is as good as none.
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn keep_started(path: Option<&Path>, started: &Started) -> std::io::Result<()> {
    let Some(path) = path else { return Ok(()) };
    if let Some(directory) = path.parent() {
        disk::create_directory(directory)?;
    }
    disk::write_whole(path, &serde_json::to_vec(started)?)
}
