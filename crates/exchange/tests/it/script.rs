//! A transport that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exoctl_exchange::{Connection, ConnectionBuilder, Invocation, InvokeError, Record, Records};
use exoctl_http::{BoxFuture, FixedRandom, Request, Response, Transport, TransportError};
use exoctl_identity::{AccessToken, CredentialError, TokenCredential, TokenRequest};
use exoctl_model::{Cloud, ManualClock};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) const TENANT: &str = "9f7a1b2c-0000-4000-8000-0123456789ab";
pub(crate) const BASE: &str =
    "https://outlook.office365.com/adminapi/beta/9f7a1b2c-0000-4000-8000-0123456789ab";

/// What the transport does with one request.
pub(crate) enum Step {
    Answer(Response),
    Lost,
    NotConnected,
}

/// An answer of that status and body.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Step {
    with_headers(status, &[], body)
}

pub(crate) fn with_headers(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Step {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Step::Answer(response.body(body.into()).unwrap())
}

/// A success with these rows, `{"Name":…}` each.
pub(crate) fn rows(names: &[&str], next_link: Option<&str>) -> Step {
    let rows: Vec<Value> = names.iter().map(|name| serde_json::json!({ "Name": name })).collect();
    let mut body = serde_json::json!({ "value": rows, "@adminapi.warnings": [] });
    if let Some(link) = next_link {
        body["@odata.nextLink"] = link.into();
        body["@adminapi.warnings"] = serde_json::json!([MORE_RESULTS]);
    }
    answer(200, body.to_string())
}

pub(crate) const MORE_RESULTS: &str = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";

/// What was asked, as far as a test looks.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Script {
    seen: Mutex<Vec<Seen>>,
    steps: Mutex<VecDeque<StepBox>>,
}

struct StepBox(Step);

impl std::fmt::Debug for StepBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step")
    }
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let steps = steps.into_iter().map(StepBox).collect();
        Arc::new(Self { seen: Mutex::default(), steps: Mutex::new(steps) })
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn left(&self) -> usize {
        self.steps.lock().unwrap().len()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        self.seen.lock().unwrap().push(Seen {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        });
        let step = self.steps.lock().unwrap().pop_front();
        let StepBox(step) = step.expect("a request that the script does not have");
        Box::pin(async move {
            match step {
                Step::Answer(response) => Ok(response),
                Step::Lost => Err(TransportError::Reset { host, source: "reset by peer".into() }),
                Step::NotConnected => {
                    Err(TransportError::Connect { host, source: "refused".into() })
                }
            }
        })
    }
}

/// Gives `token-1`; after a renewal `token-2`, and so on.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) renewals: Mutex<Vec<Option<String>>>,
}

impl TokenCredential for Tokens {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        let mut renewals = self.renewals.lock().unwrap();
        if request.renew {
            renewals.push(request.claims.clone());
        }
        let secret = format!("token-{}", renewals.len() + 1);
        let token = AccessToken::new(secret.into(), Timestamp::UNIX_EPOCH, Timestamp::MAX);
        Box::pin(std::future::ready(Ok(token)))
    }
}

pub(crate) fn builder(script: &Arc<Script>) -> ConnectionBuilder {
    with_tokens(script, Arc::new(Tokens::default()))
}

pub(crate) fn with_tokens(script: &Arc<Script>, tokens: Arc<Tokens>) -> ConnectionBuilder {
    let organization = "contoso.onmicrosoft.com".parse().unwrap();
    Connection::builder(Cloud::default(), organization, tokens, script.clone())
        .tenant_id(TENANT.parse().unwrap())
        .clock(Arc::new(ManualClock::new("2026-07-23T12:00:00Z".parse().unwrap())))
        .random(Arc::new(FixedRandom(0.0)))
}

pub(crate) fn connection(script: &Arc<Script>) -> Connection {
    builder(script).build()
}

pub(crate) fn call(cmdlet: &str) -> Invocation {
    Invocation::new(cmdlet.parse().unwrap())
}

/// The rows' names until the end or an error, and the error.
pub(crate) async fn names(mut records: Records) -> (Vec<String>, Option<InvokeError>) {
    let mut names = Vec::new();
    while let Some(row) = records.next().await {
        match row {
            Ok(row) => names.push(name(&row)),
            Err(error) => return (names, Some(error)),
        }
    }
    (names, None)
}

fn name(row: &Record) -> String {
    row.text("Name").unwrap()
}

/// The error with which an invocation ends.
pub(crate) async fn error_of(connection: &Connection, invocation: Invocation) -> InvokeError {
    let (_, error) = names(connection.invoke(invocation)).await;
    error.expect("the invocation ends with an error")
}
