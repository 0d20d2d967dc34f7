//! `Search-UnifiedAuditLog` as a transport: sessions over known records, and answers out of turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exoctl_exchange::Connection;
use exoctl_export::AuditSearch;
use exoctl_http::{BoxFuture, FixedRandom, Request, Response, Transport, TransportError};
use exoctl_identity::{AccessToken, CredentialError, TokenCredential, TokenRequest};
use exoctl_model::{Cloud, ManualClock};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::records;

/// What comes instead of the next answer.
#[derive(Debug)]
pub(crate) enum OutOfTurn {
    /// Status and body.
    Answer(u16, Value),
    /// The connection breaks.
    Breaks,
}

#[derive(Debug, Default)]
pub(crate) struct Service {
    held: Vec<(i64, String)>,
    given: Mutex<HashMap<String, usize>>,
    /// Replaces answers to searches, one after the other.
    pub(crate) out_of_turn: Mutex<VecDeque<OutOfTurn>>,
    /// The parameters of all searches.
    pub(crate) asked: Mutex<Vec<Value>>,
    /// Whether rows say if there are more.
    pub(crate) metadata: bool,
}

impl Service {
    pub(crate) fn new(held: Vec<(i64, String)>) -> Arc<Self> {
        Arc::new(Self { held, metadata: true, ..Self::default() })
    }

    pub(crate) fn source(self: &Arc<Self>) -> AuditSearch {
        let organization = "contoso.onmicrosoft.com".parse().unwrap();
        let transport: Arc<dyn Transport> = self.clone();
        let clock = ManualClock::new("2026-11-02T12:00:00Z".parse().unwrap());
        let connection =
            Connection::builder(Cloud::default(), organization, Arc::new(Token), transport)
                .tenant_id("9f7a1b2c-0000-4000-8000-0123456789ab".parse().unwrap())
                .clock(Arc::new(clock))
                .random(Arc::new(FixedRandom(0.0)));
        AuditSearch::new(connection.build())
    }

    /// Answers a search as the service does.
    fn search(&self, parameters: &Value) -> Value {
        let time = |name: &str| {
            let text = parameters[name].as_str().unwrap();
            let civil: jiff::civil::DateTime = text.trim_end_matches('Z').parse().unwrap();
            jiff::tz::TimeZone::UTC.to_timestamp(civil).unwrap().as_second()
        };
        let (start, end) = (time("StartDate"), time("EndDate"));
        let matching: Vec<&(i64, String)> =
            self.held.iter().filter(|(second, _)| (start..=end).contains(second)).collect();
        let size = parameters["ResultSize"].as_u64().unwrap_or(100) as usize;
        let session = parameters["SessionId"].as_str().unwrap().to_owned();
        let mut given = self.given.lock().unwrap();
        let from = given.entry(session).or_default();
        let page = matching.iter().enumerate().skip(*from).take(size);
        *from = (*from + size).min(matching.len());
        let more = *from < matching.len();
        let rows: Vec<Value> = page
            .map(|(index, (second, text))| self.row(text, *second, index, size, more))
            .collect();
        json!({ "value": rows })
    }

    fn row(&self, text: &str, second: i64, index: usize, size: usize, more: bool) -> Value {
        let row = records::row(text, second, index as i64 + 1);
        let mut row = json!({
            "RecordType": row.record_type,
            "CreationDate@data.type": "System.DateTime",
            "CreationDate": row.creation_date,
            "UserIds": row.user_ids,
            "Operations": row.operations,
            "AuditData": text,
            "ResultIndex": index + 1,
            "ResultCount": size,
            "Identity": row.identity,
            "IsValid": true,
            "ObjectState": "Unchanged",
        });
        if self.metadata {
            row["AuditSearchRequestMetadata"] = json!({ "moreRecordsAvailable": more });
        }
        row
    }
}

impl Transport for Service {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let input = &body["CmdletInput"];
        let answer = if input["CmdletName"] == "Search-UnifiedAuditLog" {
            self.asked.lock().unwrap().push(input["Parameters"].clone());
            match self.out_of_turn.lock().unwrap().pop_front() {
                Some(OutOfTurn::Breaks) => {
                    Err(TransportError::Reset { host, source: "reset".into() })
                }
                Some(OutOfTurn::Answer(status, body)) => Ok((status, body)),
                None => Ok((200, self.search(&input["Parameters"]))),
            }
        } else {
            Ok((200, json!({ "value": [{ "UnifiedAuditLogIngestionEnabled": true }] })))
        };
        Box::pin(std::future::ready(answer.map(|(status, body)| {
            let body = Bytes::from(body.to_string());
            let date = "Mon, 02 Nov 2026 12:00:07 GMT";
            let response = http::Response::builder().status(status).header("date", date);
            response.header("request-id", "1b2c").body(body).unwrap()
        })))
    }
}

#[derive(Debug)]
pub(crate) struct Token;

impl TokenCredential for Token {
    fn token<'a>(
        &'a self,
        _request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        let token = AccessToken::new("token".into(), Timestamp::UNIX_EPOCH, Timestamp::MAX);
        Box::pin(std::future::ready(Ok(token)))
    }
}
