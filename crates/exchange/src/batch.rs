//! `$batch`: up to ten invocations in one request. Members that were throttled are sent again
//! together, one that failed for the moment alone; a write never, unless it is sure that it was
//! not done.

use std::time::Duration;

use bytes::Bytes;
use exoctl_http::{Calls, Effect, Request, Verdict};
use exoctl_identity::AccessToken;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::batch_answer::{Answer, Answers};
use crate::classify::AdminClassify;
use crate::cmdlet::CmdletName;
use crate::cmdlet_error::CmdletError;
use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::dispatch::{Manner, Sendable};
use crate::error::InvokeError;
use crate::invocation::Invocation;
use crate::page::{NotAPage, Page};
use crate::reader::Reader;
use crate::records::Records;
use crate::request::{Prepared, Target, below};
use crate::trace::Trace;

/// The most members that the service takes.
const MOST_MEMBERS: usize = 10;

impl Connection {
    /// Invokes several cmdlets with as few requests as possible. The results are in the order
    /// of the invocations, each with its first page read. Cmdlets that cannot be batched (those
    /// routed to a mailbox, `Get-EXO…`, questions) are invoked alone.
    pub async fn batch(&self, invocations: Vec<Invocation>) -> Vec<Result<Records, InvokeError>> {
        let mut slots: Vec<Option<Result<Records, InvokeError>>> = Vec::new();
        let mut members: Vec<(usize, Reader)> = Vec::new();
        for (index, invocation) in invocations.into_iter().enumerate() {
            slots.push(None);
            let batchable = is_batchable(&invocation);
            match self.secret_reader(&invocation).await {
                Err(error) => slots[index] = Some(Err(error)),
                Ok(reader) if batchable => members.push((index, reader)),
                Ok(reader) => slots[index] = Some(begun(reader).await),
            }
        }
        while !members.is_empty() {
            let rest = members.split_off(members.len().min(MOST_MEMBERS));
            let (indices, readers): (Vec<usize>, Vec<Reader>) = members.into_iter().unzip();
            for (index, result) in indices.into_iter().zip(self.batch_of(readers).await) {
                slots[index] = Some(result);
            }
            members = rest;
        }
        slots.into_iter().map(|slot| slot.expect("every slot was filled above")).collect()
    }

    /// Members that were throttled are sent again, as often as the policy says, and then alone.
    async fn batch_of(&self, readers: Vec<Reader>) -> Vec<Result<Records, InvokeError>> {
        let mut results: Vec<Option<Result<Records, InvokeError>>> = Vec::new();
        results.resize_with(readers.len(), || None);
        let mut left: Vec<(usize, Reader)> = readers.into_iter().enumerate().collect();
        let retrying = self.retrying();
        let mut attempt = 1;
        while left.len() > 1 && attempt <= retrying.policy().attempts {
            let (indices, readers): (Vec<usize>, Vec<Reader>) = left.drain(..).unzip();
            let mut longest = None;
            for (index, ended) in indices.into_iter().zip(self.round(readers).await) {
                match ended {
                    Member::Ended(result) => results[index] = Some(result),
                    Member::Throttled { reader, after } => {
                        left.push((index, reader));
                        longest = longest.max(after);
                    }
                }
            }
            if !left.is_empty() {
                retrying.pause(attempt, longest).await;
            }
            attempt += 1;
        }
        for (index, reader) in left {
            results[index] = Some(begun(reader).await);
        }
        results.into_iter().map(|result| result.expect("every member came to an end")).collect()
    }

    /// Sends a batch once.
    async fn round(&self, readers: Vec<Reader>) -> Vec<Member> {
        let mut effect = Effect::Read;
        let mut members = Vec::with_capacity(readers.len());
        for reader in &readers {
            let (request, of) = reader.request();
            members.push(request.clone());
            if of == Effect::Write || effect == Effect::Read {
                effect = of;
            }
        }
        let batch = Batch { members, tenant: self.0.addressee.tenant_segment() };
        let manner = Manner { link: None, effect };
        let mut cookies = Cookies::default();
        let answer = match self.answer(&batch, &manner, &mut cookies).await {
            Ok(response) => Answers::read(response.body()),
            Err(error) => return self.whole_failed(readers, &error).await,
        };
        let mut ended = Vec::with_capacity(readers.len());
        for (index, reader) in readers.into_iter().enumerate() {
            let answer = answer.as_ref().and_then(|answers| answers.find(index));
            let verdict = answer.as_ref().map(|answer| answer.verdict(self.0.clock.now()));
            ended.push(match verdict {
                Some(Verdict::Throttled { after }) => Member::Throttled { reader, after },
                _ => Member::Ended(self.member(reader, answer, &cookies).await),
            });
        }
        ended
    }

    /// What the answer to one member means.
    async fn member(
        &self,
        reader: Reader,
        answer: Option<Answer>,
        cookies: &Cookies,
    ) -> Result<Records, InvokeError> {
        let (request, effect) = reader.request();
        let cmdlet = request.cmdlet.clone();
        let client_request_id = request.client_request_id;
        let Some(answer) = answer else {
            return match effect {
                Effect::Read => begun(reader).await,
                Effect::RepeatableWrite => self.begun_again(reader).await,
                Effect::Write => Err(self.outcome_unknown(cmdlet, "the batch's answer lacks it")),
            };
        };
        let trace = Trace::read(answer.status, &answer.headers, client_request_id);
        if (200..300).contains(&answer.status) {
            return match Page::read(answer.body.clone()) {
                Ok(page) => {
                    let mut cookies = cookies.clone();
                    cookies.update(&answer.headers);
                    begun(reader.given(page, cookies)).await
                }
                Err(NotAPage::Error) => {
                    Err(self.refusal(&cmdlet, CmdletError::read(&answer.body, trace)))
                }
                Err(NotAPage::Malformed(source)) => {
                    Err(InvokeError::Malformed { cmdlet, trace: Box::new(trace), source })
                }
            };
        }
        match (answer.verdict(self.0.clock.now()), effect) {
            (Verdict::Done, _) => {
                Err(self.refusal(&cmdlet, CmdletError::read(&answer.body, trace)))
            }
            (Verdict::Ambiguous { .. }, Effect::Write) => {
                let source = Box::new(CmdletError::read(&answer.body, trace));
                let organization = self.organization().clone();
                Err(InvokeError::OutcomeUnknown { cmdlet, organization, source })
            }
            (Verdict::Ambiguous { .. }, Effect::RepeatableWrite) => self.begun_again(reader).await,
            _ => begun(reader).await,
        }
    }

    /// Sends a write again that may be done already: if that fails, nobody knows.
    async fn begun_again(&self, reader: Reader) -> Result<Records, InvokeError> {
        let cmdlet = reader.request().0.cmdlet.clone();
        begun(reader).await.map_err(|error| match error {
            InvokeError::OutcomeUnknown { .. } => error,
            error => {
                let (organization, source) = (self.organization().clone(), Box::new(error));
                InvokeError::OutcomeUnknown { cmdlet, organization, source }
            }
        })
    }

    /// The batch got no answer of its own: reads go alone, of writes nobody knows, unless the
    /// whole was refused.
    async fn whole_failed(&self, readers: Vec<Reader>, error: &InvokeError) -> Vec<Member> {
        let mut results = Vec::with_capacity(readers.len());
        let unknown = matches!(error, InvokeError::OutcomeUnknown { .. });
        for reader in readers {
            let (request, effect) = reader.request();
            let cmdlet = request.cmdlet.clone();
            results.push(Member::Ended(match effect {
                Effect::Write if unknown => {
                    Err(self.outcome_unknown(cmdlet, "its batch was not answered"))
                }
                Effect::RepeatableWrite if unknown => self.begun_again(reader).await,
                _ => begun(reader).await,
            }));
        }
        results
    }

    fn outcome_unknown(&self, cmdlet: CmdletName, why: &'static str) -> InvokeError {
        let organization = self.organization().clone();
        InvokeError::OutcomeUnknown { cmdlet, organization, source: why.into() }
    }
}

/// What became of a member in one request.
#[expect(clippy::large_enum_variant, reason = "there are ten of them, for a moment")]
enum Member {
    Ended(Result<Records, InvokeError>),
    /// It was not carried out.
    Throttled {
        reader: Reader,
        after: Option<Duration>,
    },
}

/// The module batches no cmdlet that it routes to a mailbox and none that it asks about.
fn is_batchable(invocation: &Invocation) -> bool {
    invocation.cmdlet.routing_parameter().is_none()
        && !crate::entity::is_entity(&invocation.cmdlet)
        && invocation.confirm() != Some(true)
}

async fn begun(reader: Reader) -> Result<Records, InvokeError> {
    let mut records = Records::new(reader);
    records.begin().await?;
    Ok(records)
}

/// The request with the members in it.
struct Batch {
    members: Vec<Prepared>,
    tenant: String,
}

impl Batch {
    /// The body: every member carries its own headers, the token among them.
    fn body(&self, base: &url::Url, token: &AccessToken) -> Bytes {
        let bearer = format!("Bearer {}", token.secret().expose_secret());
        let members: Vec<Value> = self
            .members
            .iter()
            .enumerate()
            .map(|(index, member)| {
                let mut headers: Map<String, Value> = Map::new();
                for (name, value) in &member.headers {
                    let text = value.to_str().unwrap_or_default();
                    headers.insert(name.to_string(), Value::String(with_continue(name, text)));
                }
                headers.insert("Authorization".into(), Value::String(bearer.clone()));
                let body: Value = serde_json::from_slice(&member.body)
                    .expect("the body of an invocation is JSON");
                json!({
                    "id": index.to_string(),
                    "method": "POST",
                    "url": below(base, &member.path).as_str(),
                    "headers": headers,
                    "body": body,
                })
            })
            .collect();
        serde_json::to_vec(&json!({ "requests": members })).expect("JSON becomes JSON").into()
    }
}

/// Of the members' headers, `Prefer` also asks to go on after a failure.
fn with_continue(name: &HeaderName, text: &str) -> String {
    if name.as_str() == "prefer" {
        format!("{text};odata.continue-on-error")
    } else {
        text.to_owned()
    }
}

impl Sendable for Batch {
    fn cmdlet(&self) -> &CmdletName {
        &self.members.last().expect("a batch has members").cmdlet
    }

    fn classify(&self) -> AdminClassify {
        AdminClassify::of_batch()
    }

    fn client_request_id(&self) -> Uuid {
        self.members.last().expect("a batch has members").client_request_id
    }

    /// The headers are those of the last member, as the module has it.
    fn to_request(&self, at: &Target, token: &AccessToken, cookies: &str) -> Request {
        let last = self.members.last().expect("a batch has members");
        let base = match at {
            Target::Base(base) | Target::Link(base) => base,
        };
        let whole = Prepared {
            method: Method::POST,
            path: format!("/adminapi/beta/{}/$batch", self.tenant),
            body: self.body(base, token),
            ..last.clone()
        };
        let mut request = whole.to_request(at, token, cookies);
        let headers = request.headers_mut();
        headers.insert("prefer", HeaderValue::from_static("odata.continue-on-error"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        debug_assert!(headers.contains_key(AUTHORIZATION), "the whole carries the token too");
        request.extensions_mut().insert(Calls(self.members.len() as u32));
        request
    }
}
