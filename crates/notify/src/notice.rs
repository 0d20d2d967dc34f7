//! What is known of a run when somebody is told of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Event, Mood};

/// An event, and the record of the run that it is about. Everything in it has been redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Notice {
    /// Why somebody is told.
    pub event: Event,
    /// The job's name.
    pub job: String,
    /// The profile's name that the run was for.
    pub tenant: String,
    /// The organization of the profile.
    pub organization: Option<String>,
    /// The run's id, a UUID.
    pub run: String,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// The instant that the schedule names.
    pub scheduled: Option<Timestamp>,
    /// The same in the schedule's own time zone, as it is to be read.
    pub scheduled_local: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended, in one word of the ledger: `done`, `failed`, `unknown`.
    pub outcome: Option<String>,
    /// How the one before it ended.
    pub previous: Option<String>,
    /// The exit code.
    pub exit: Option<i32>,
    /// Why it ended so.
    pub cause: Option<Cause>,
    /// What to do about it.
    pub next_action: Option<String>,
    /// What it did, in order.
    pub steps: Vec<Step>,
    /// What it has written.
    pub artifacts: Vec<Artifact>,
    /// Where that is.
    pub directory: Option<String>,
    /// The last lines of the run's log.
    pub log: String,
    /// When the job last succeeded for this tenant.
    pub last_success: Option<Timestamp>,
    /// When it will run again.
    pub next_run: Option<Timestamp>,
    /// The machine.
    pub host: Option<String>,
}

/// Why a run ended as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// A code that the same cause has everywhere: `AADSTS700027`, a row of the catalogue.
    #[serde(default)]
    pub code: Option<String>,
    /// One sentence.
    pub text: String,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// How it ended, as [`Notice::outcome`].
    #[serde(default)]
    pub outcome: Option<String>,
    /// Its exit code.
    #[serde(default)]
    pub exit: Option<i32>,
    /// How long it took.
    #[serde(default)]
    pub seconds: Option<u64>,
}

/// A file that a run has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its path below the run's directory.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    #[serde(default)]
    pub sha256: Option<String>,
}

impl Default for Notice {
    fn default() -> Self {
        Self {
            event: Event::Test,
            job: String::new(),
            tenant: String::new(),
            organization: None,
            run: String::new(),
            attempt: 1,
            scheduled: None,
            scheduled_local: None,
            started: None,
            ended: None,
            outcome: None,
            previous: None,
            exit: None,
            cause: None,
            next_action: None,
            steps: Vec::new(),
            artifacts: Vec::new(),
            directory: None,
            log: String::new(),
            last_success: None,
            next_run: None,
            host: None,
        }
    }
}

impl Notice {
    /// What happened, in one line; the subject of a mail.
    pub fn headline(&self) -> String {
        let Self { job, tenant, .. } = self;
        match self.event {
            Event::Started => format!("{job} has started for {tenant}"),
            Event::Success => format!("{job} succeeded for {tenant}"),
            Event::Failure => format!("{job} failed for {tenant}"),
            Event::Recovered => format!("{job} works again for {tenant}"),
            Event::Change => format!("{job} ended otherwise than before for {tenant}"),
            Event::Unknown => format!("{job} was broken off for {tenant}, its outcome is unknown"),
            Event::Late => format!("{job} is late for {tenant}"),
            Event::Test => "exoctl can reach you here".to_owned(),
        }
    }

    /// How long it ran, in seconds.
    pub fn seconds(&self) -> Option<u64> {
        let (started, ended) = (self.started?, self.ended?);
        u64::try_from(ended.duration_since(started).as_secs()).ok()
    }

    /// What is the same for this event of this run whenever it is told; letters that mail headers
    /// may have.
    pub fn id(&self) -> String {
        format!("run.{}.{}", self.run, self.event)
    }
}

/// Several notices in one message, put together by what caused them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// How many notices.
    pub count: usize,
    /// The worst of them.
    pub mood: Mood,
    /// By cause, the most frequent first.
    pub groups: Vec<Group>,
}

/// What has one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// `AADSTS700027 in 43 tenants`.
    pub title: String,
    /// How it is to be taken.
    pub mood: Mood,
    /// One of the causes, as it was told.
    pub cause: Option<String>,
    /// What to do about it.
    pub action: Option<String>,
    /// For whom, each once.
    pub tenants: Vec<String>,
    /// Which jobs, each once.
    pub jobs: Vec<String>,
    /// How many notices.
    pub count: usize,
}

impl Digest {
    /// Puts notices together.
    pub fn of(notices: &[Notice]) -> Self {
        let mut order: Vec<(Event, String)> = Vec::new();
        for notice in notices {
            let key = (notice.event, key(notice));
            if !order.contains(&key) {
                order.push(key);
            }
        }
        let mut groups: Vec<Group> = order
            .iter()
            .map(|(event, wanted)| {
                let same = |notice: &&Notice| notice.event == *event && key(notice) == *wanted;
                Group::of(*event, &notices.iter().filter(same).collect::<Vec<_>>())
            })
            .collect();
        groups.sort_by_key(|group| (rank(group.mood), usize::MAX - group.count));
        let mood = groups.first().map_or(Mood::Neutral, |group| group.mood);
        Self { count: notices.len(), mood, groups }
    }

    /// What happened, in one line.
    pub fn headline(&self) -> String {
        let [first, others @ ..] = &self.groups[..] else { return "nothing happened".to_owned() };
        match others.len() {
            0 => first.title.clone(),
            1 => format!("{} and 1 other thing", first.title),
            more => format!("{} and {more} other things", first.title),
        }
    }
}

impl Group {
    fn of(event: Event, notices: &[&Notice]) -> Self {
        let each = |of: fn(&Notice) -> &String| -> Vec<String> {
            notices
                .iter()
                .map(|notice| of(notice).clone())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        let tenants = each(|notice| &notice.tenant);
        let jobs = each(|notice| &notice.job);
        let first = notices.first().expect("a group is made of at least one");
        let cause = first.cause.as_ref();
        let code = cause.and_then(|cause| cause.code.clone());
        let what = code.unwrap_or_else(|| match &jobs[..] {
            [job] => format!("{job}: {event}"),
            _ => event.to_string(),
        });
        let place = match &tenants[..] {
            [tenant] => tenant.clone(),
            _ => format!("{} tenants", tenants.len()),
        };
        Self {
            title: format!("{what} in {place}"),
            mood: event.mood(),
            cause: cause.map(|cause| cause.text.clone()),
            action: first.next_action.clone(),
            tenants,
            jobs,
            count: notices.len(),
        }
    }
}

/// What notices of one cause have in common: its code wherever it is, else the job and what it said.
fn key(notice: &Notice) -> String {
    match &notice.cause {
        Some(Cause { code: Some(code), .. }) => code.clone(),
        Some(Cause { code: None, text }) => format!("{}\0{text}", notice.job),
        None => notice.job.clone(),
    }
}

fn rank(mood: Mood) -> u8 {
    match mood {
        Mood::Bad => 0,
        Mood::Attention => 1,
        Mood::Good => 2,
        Mood::Neutral => 3,
    }
}
