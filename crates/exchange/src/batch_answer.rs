//! The answer to a `$batch`: one answer for each member.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use exoctl_http::{Classify, Verdict};
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::classify::AdminClassify;

/// The answers to a batch, by id.
pub(crate) struct Answers {
    body: Bytes,
    by_id: HashMap<String, Part>,
}

/// Status, headers, and where in the body its own body is.
type Part = (u16, HeaderMap, Range<usize>);

/// The answer to one member.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answers {
    /// Reads the body of a batch's answer, `None` if it is none.
    pub(crate) fn read(body: &Bytes) -> Option<Self> {
        let document: ResponsesMember<'_> = serde_json::from_slice(body).ok()?;
        let mut by_id = HashMap::new();
        for answer in document.responses {
            let range = answer.body.map_or(0..0, |raw| {
                let start = raw.get().as_ptr() as usize - body.as_ptr() as usize;
                start..start + raw.get().len()
            });
            let id = match answer.id {
                Value::String(id) => id,
                other => other.to_string(),
            };
            by_id.insert(id, (answer.status, headers(answer.headers), range));
        }
        Some(Self { body: body.clone(), by_id })
    }

    /// The answer to the member at that place.
    pub(crate) fn find(&self, index: usize) -> Option<Answer> {
        Some(self.answer(self.by_id.get(&index.to_string())?))
    }

    /// All answers, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Answer> {
        self.by_id.values().map(|part| self.answer(part))
    }

    fn answer(&self, (status, headers, range): &Part) -> Answer {
        let body = self.body.slice(range.clone());
        Answer { status: *status, headers: headers.clone(), body }
    }
}

impl Answer {
    /// Whether it is worth another try.
    pub(crate) fn verdict(&self, now: Timestamp) -> Verdict {
        let status = http::StatusCode::from_u16(self.status).unwrap_or_default();
        let mut response = http::Response::new(self.body.clone());
        *response.status_mut() = status;
        *response.headers_mut() = self.headers.clone();
        AdminClassify::default().classify(&Ok(response), now)
    }
}

fn headers(members: Option<Map<String, Value>>) -> HeaderMap {
    let pairs = members.into_iter().flatten().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Some((name, HeaderValue::from_str(&text).ok()?))
    });
    pairs.collect()
}

#[derive(Deserialize)]
struct ResponsesMember<'a> {
    #[serde(borrow)]
    responses: Vec<ResponseMember<'a>>,
}

#[derive(Deserialize)]
struct ResponseMember<'a> {
    id: Value,
    #[serde(deserialize_with = "status")]
    status: u16,
    headers: Option<Map<String, Value>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// A status is a number, or one in a string.
fn status<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = match &value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    number.ok_or_else(|| serde::de::Error::custom("status is not a number"))
}
