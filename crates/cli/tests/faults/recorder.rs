//! A transport that remembers which writes went out with which request. With the tenant's own
//! request log that tells how often each was executed.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use exoctl_http::{
    BoxFuture, HttpTransport, Reached, Request, Response, Transport, TransportError,
};
use exoctl_sim::LoggedRequest;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Recorder {
    inner: HttpTransport,
    writes: Mutex<HashMap<Key, Writes>>,
    /// Identities whose write got no answer, and those that were sent again after that.
    lost: Mutex<[HashSet<String>; 2]>,
    tokens: AtomicU64,
}

/// The client's id of a request, and whether it is a batch: its last member has the same id.
type Key = (String, bool);

#[derive(Clone, Debug)]
struct Writes {
    /// The identity that each member changes; `None` for a read.
    subjects: Vec<Option<String>>,
    /// The members' statuses, once an answer has come.
    statuses: Option<Vec<u64>>,
}

impl Recorder {
    pub(crate) fn new(inner: HttpTransport) -> Self {
        Self { inner, writes: Mutex::default(), lost: Mutex::default(), tokens: AtomicU64::new(0) }
    }

    /// How many tokens were given so far.
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens.load(Ordering::SeqCst)
    }

    pub(crate) fn forget(&self) {
        self.writes().clear();
        self.lost.lock().unwrap().iter_mut().for_each(HashSet::clear);
    }

    /// Whether the write to this identity was sent again after a try that got no answer.
    pub(crate) fn was_sent_blindly(&self, identity: &str) -> bool {
        self.lost.lock().unwrap()[1].contains(identity)
    }

    /// How often the write to each identity was executed, as the tenant's log has it.
    /// `after` says whether the fault of these requests strikes after the work.
    pub(crate) fn executions(&self, log: &[LoggedRequest], after: bool) -> HashMap<String, u32> {
        let writes = self.writes();
        let mut counts = HashMap::new();
        for entry in log.iter().filter(|entry| was_executed(entry, after)) {
            let id = entry.client_request_id.map(|id| id.to_string()).unwrap_or_default();
            let Some(sent) = writes.get(&(id, entry.path.ends_with("$batch"))) else { continue };
            for (index, subject) in sent.subjects.iter().enumerate() {
                let status = sent.statuses.as_ref().and_then(|all| all.get(index).copied());
                let done = status.is_none_or(|status| status == 200 || (after && status >= 500));
                if let Some(subject) = subject.as_ref().filter(|_| done) {
                    *counts.entry(subject.clone()).or_default() += 1;
                }
            }
        }
        counts
    }

    fn writes(&self) -> MutexGuard<'_, HashMap<Key, Writes>> {
        self.writes.lock().unwrap()
    }

    fn note(&self, key: &Key, body: &[u8]) {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
        let subjects: Vec<Option<String>> = match body["requests"].as_array() {
            Some(members) => members.iter().map(|member| subject(&member["body"])).collect(),
            None => vec![subject(&body)],
        };
        let [lost, blind] = &mut *self.lost.lock().unwrap();
        blind.extend(subjects.iter().flatten().filter(|id| lost.contains(*id)).cloned());
        if subjects.iter().any(Option::is_some) {
            self.writes().insert(key.clone(), Writes { subjects, statuses: None });
        }
    }

    fn answered(&self, key: &Key, response: &Response) {
        if let (true, Some(sent)) = (key.1, self.writes().get_mut(key))
            && let Ok(body) = serde_json::from_slice::<Value>(response.body())
            && let Some(members) = body["responses"].as_array()
        {
            let status = |index: usize| {
                let id = index.to_string();
                let member = members.iter().find(|member| member["id"] == id.as_str());
                member.and_then(|member| member["status"].as_u64()).unwrap_or_default()
            };
            sent.statuses = Some((0..members.len()).map(status).collect());
        }
    }
}

impl Transport for Recorder {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let path = request.uri().path().to_owned();
        let id = request.headers().get("client-request-id");
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let key = (id, path.ends_with("$batch"));
        if path.contains("/adminapi/") {
            self.note(&key, request.body());
        }
        Box::pin(async move {
            let outcome = self.inner.send(request).await;
            if outcome.as_ref().map_or_else(may_be_done, |answer| answer.status().as_u16() >= 500) {
                let subjects = self.writes().get(&key).map(|sent| sent.subjects.clone());
                self.lost.lock().unwrap()[0].extend(subjects.into_iter().flatten().flatten());
            }
            if let Ok(response) = &outcome {
                self.answered(&key, response);
                if path.ends_with("/token") && response.status().is_success() {
                    self.tokens.fetch_add(1, Ordering::SeqCst);
                }
            }
            outcome
        })
    }
}

fn may_be_done(error: &TransportError) -> bool {
    error.reached() == Reached::Maybe
}

fn was_executed(entry: &LoggedRequest, after: bool) -> bool {
    match entry.fault.as_deref() {
        None | Some("slow" | "truncate") => entry.status == Some(200),
        Some("error" | "reset") => after,
        _ => false,
    }
}

fn subject(body: &Value) -> Option<String> {
    let input = &body["CmdletInput"];
    let write = !input["CmdletName"].as_str()?.starts_with("Get-");
    input["Parameters"]["Identity"].as_str().filter(|_| write).map(str::to_owned)
}
