//! Which content became available in a window, over all pages of the list.

use serde::Deserialize;
use url::Url;

use super::error::ActivityError;
use super::service::Service;
use crate::period::Period;
use crate::source::Notes;

const OPERATION: &str = "list the content";
/// More pages than any day can have.
const MOST_PAGES: u32 = 100_000;

/// A blob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) uri: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    content_uri: String,
}

/// Lists the content of a type that became available in at most a day.
pub(super) async fn list(
    service: &Service,
    content_type: &str,
    window: Period,
    notes: &mut Notes,
) -> Result<Vec<Listed>, ActivityError> {
    let mut url = service.url("subscriptions/content");
    let time = |time: jiff::Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    url.query_pairs_mut()
        .append_pair("contentType", content_type)
        .append_pair("startTime", &time(window.start()))
        .append_pair("endTime", &time(window.end()));
    let mut blobs = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = service.get(&url, OPERATION).await?;
        notes.calls += 1;
        if let Some(id) = answer.headers().get("request-id").and_then(|id| id.to_str().ok()) {
            notes.request_ids.push(id.to_owned());
        }
        let rows: Vec<Row> = serde_json::from_slice(answer.body())
            .map_err(|source| ActivityError::Unreadable { operation: OPERATION, source })?;
        for row in rows {
            blobs.push(Listed { uri: service.link(&row.content_uri)? });
        }
        let next = answer.headers().get("nextpageuri");
        let Some(next) = next.map(|next| next.to_str().unwrap_or_default()) else {
            return Ok(blobs);
        };
        let next = service.link(next)?;
        if next == url {
            break;
        }
        url = next;
    }
    Err(ActivityError::Endless)
}
