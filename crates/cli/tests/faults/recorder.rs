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
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Recorder {
    inner: HttpTransport,
    /// What was sent under each key, in this order: throttled members of a batch are sent again
    /// under the same id, without those that were not.
    writes: Mutex<HashMap<Key, Vec<Writes>>>,
    /// Identities whose write got no answer, and those that were sent again after that.
    lost: Mutex<[HashSet<String>; 2]>,
    tokens: AtomicU64,
    /// Good answers of Exchange so far.
    answers: watch::Sender<u64>,
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
        Self {
            inner,
            writes: Mutex::default(),
            lost: Mutex::default(),
            tokens: AtomicU64::new(0),
            answers: watch::Sender::new(0),
        }
    }

    /// How many tokens were given so far.
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens.load(Ordering::SeqCst)
    }

    /// How many good answers Exchange has given so far.
    pub(crate) fn answers(&self) -> u64 {
        *self.answers.borrow()
    }

    /// Waits until Exchange has given so many.
    pub(crate) async fn answered_until(&self, count: u64) {
        let mut answers = self.answers.subscribe();
        answers.wait_for(|given| *given >= count).await.unwrap();
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
        let mut arrived: HashMap<Key, usize> = HashMap::new();
        for entry in log {
            let id = entry.client_request_id.map(|id| id.to_string()).unwrap_or_default();
            let key = (id, entry.path.ends_with("$batch"));
            let Some(sent) = writes.get(&key) else { continue };
            let place = arrived.entry(key).or_default();
            // What never arrived is missing in the log, but then it was the same each time.
            let sent = sent.get(*place).unwrap_or(&sent[sent.len() - 1]);
            *place += 1;
            if !was_executed(entry, after) {
                continue;
            }
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

    fn writes(&self) -> MutexGuard<'_, HashMap<Key, Vec<Writes>>> {
        self.writes.lock().unwrap()
    }

    /// Gives the place of what is sent among all that has the same key.
    fn note(&self, key: &Key, body: &[u8]) -> usize {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return 0 };
        let subjects: Vec<Option<String>> = match body["requests"].as_array() {
            Some(members) => members.iter().map(|member| subject(&member["body"])).collect(),
            None => vec![subject(&body)],
        };
        let [lost, blind] = &mut *self.lost.lock().unwrap();
        blind.extend(subjects.iter().flatten().filter(|id| lost.contains(*id)).cloned());
        if subjects.iter().all(Option::is_none) {
            return 0;
        }
        let mut writes = self.writes();
        let sent = writes.entry(key.clone()).or_default();
        sent.push(Writes { subjects, statuses: None });
        sent.len() - 1
    }

    fn answered(&self, key: &Key, place: usize, response: &Response) {
        let mut writes = self.writes();
        if let (true, Some(sent)) = (key.1, writes.get_mut(key).and_then(|all| all.get_mut(place)))
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
        let place = if path.contains("/adminapi/") { self.note(&key, request.body()) } else { 0 };
        Box::pin(async move {
            let outcome = self.inner.send(request).await;
            if outcome.as_ref().map_or_else(may_be_done, |answer| answer.status().as_u16() >= 500) {
                let writes = self.writes();
                let sent = writes.get(&key).and_then(|all| all.get(place));
                let subjects = sent.map(|sent| sent.subjects.clone());
                drop(writes);
                self.lost.lock().unwrap()[0].extend(subjects.into_iter().flatten().flatten());
            }
            if let Ok(response) = &outcome {
                self.answered(&key, place, response);
                if path.contains("/adminapi/") && response.status().is_success() {
                    self.answers.send_modify(|answers| *answers += 1);
                }
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
