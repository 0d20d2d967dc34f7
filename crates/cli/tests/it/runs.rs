//! Jobs run unattended: by hand, by the scheduler, and through kills.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::harness::{Home, Tenant};

const READ: &str = r#"
name = "mailboxes"
profile = "default"
schedule = "daily at 02:30 Europe/Berlin"
retry = { attempts = 1 }

[[steps]]
cmdlet = "Get-Mailbox -ResultSize 3"
output = "mailboxes.csv"

[[steps]]
program = ["sh", "-c", "echo $EXOCTL_RUN_JOB; echo my password is $CANARY_PASSWORD >&2; exit ${END:-0}"]
keep-env = ["END"]
idempotent = true
"#;

fn home(tenant: &Tenant, job: &str) -> Home {
    let home = Home::of(tenant);
    let _ = home.connected(tenant);
    keep_job(&home, job);
    home
}

fn keep_job(home: &Home, job: &str) {
    let name = job.split('"').nth(1).unwrap();
    let directory = home.path().join("home/config/jobs");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("{name}.toml")), job).unwrap();
}

fn history(home: &Home) -> Vec<Value> {
    let ran = home.run("job history -o json").ok();
    serde_json::from_str(&ran.stdout).unwrap()
}

fn directory(run: &Value) -> PathBuf {
    PathBuf::from(run["directory"].as_str().unwrap())
}

fn record(run: &Value) -> Value {
    let text = std::fs::read_to_string(directory(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_run_leaves_its_files_and_a_record_and_no_secret() {
    let tenant = Tenant::start(5);
    let home = home(&tenant, READ);
    let canary = [("CANARY_PASSWORD", "Correct-Horse-77")];
    let ran = home.run_with("job run mailboxes", &canary, "");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("mailboxes for default: done"), "{}", ran.stderr);

    let runs = history(&home);
    assert_eq!(
        (runs.len(), &runs[0]["state"], &runs[0]["trigger"]),
        (1, &"done".into(), &"manual".into())
    );
    let place = directory(&runs[0]);
    let csv = std::fs::read_to_string(place.join("mailboxes.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(std::fs::read_to_string(place.join("2-sh.out")).unwrap(), "mailboxes\n");
    let log = home.run("job logs mailboxes").ok().stdout;
    assert!(log.contains("stderr my password is ***"), "{log}");

    let record = record(&runs[0]);
    assert_eq!(record["outcome"]["state"], "done");
    assert_eq!(record["steps"][0]["name"], "1-get-mailbox");
    assert_eq!(record["steps"][1]["exitCode"], 0);
    let artifacts: Vec<&str> = record["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(artifacts, ["2-sh.out", "mailboxes.csv"]);
    assert_eq!(record["artifacts"][1]["bytes"], csv.len());
    assert!(record["certificate"]["daysLeft"].as_i64().unwrap() > 0, "{record}");
    assert!(record["scheduledLocal"].as_str().unwrap().ends_with("[Europe/Berlin]"), "{record}");
    for file in ["run.json", "run.log", "2-sh.out"] {
        let text = std::fs::read_to_string(place.join(file)).unwrap();
        assert!(!text.contains("Correct-Horse-77") && !text.contains("eyJ"), "{file}: {text}");
    }
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&place), mode(&place.join("mailboxes.csv"))), (0o700, 0o600));
        assert_eq!(mode(&home.path().join("home/data/ledger.db")), 0o600);
    }
}

#[test]
fn how_a_run_ends_is_its_exit_code_and_its_history() {
    let tenant = Tenant::start(5);
    let home = home(&tenant, READ);
    let failed = home.run_with("job run mailboxes", &[("END", "5")], "");
    assert_eq!(failed.exit, 5, "{}", failed.stderr);
    assert!(failed.stderr.contains("step 2-sh ended with exit code 5"), "{}", failed.stderr);
    assert_eq!(record(&history(&home)[0])["outcome"]["state"], "failed");

    // A step that must not be done twice and is ended in the middle leaves nobody knowing.
    keep_job(&home, &READ.replace("idempotent = true", ""));
    let ended = home.run_with("job run mailboxes", &[("END", "143")], "");
    assert_eq!(ended.exit, 14, "{}", ended.stderr);
    let run = history(&home)[0]["run"].as_str().unwrap().to_owned();
    let resolved =
        home.run_words(&["job", "resolve", &run, "--as", "done", "--reason", "it was done"]);
    assert_eq!(resolved.exit, 0, "{}", resolved.stderr);
    assert_eq!(history(&home)[0]["state"], "done");
    assert_eq!(home.run_words(&["job", "resolve", &run, "--as", "done", "--reason", "x"]).exit, 2);

    let not_due = home.run("job run mailboxes --if-due");
    assert_eq!(not_due.exit, 75, "{}", not_due.stderr);
    let _ = home.run("job pause mailboxes").ok();
    assert_eq!(home.run("job run mailboxes").exit, 75);
    let _ = home.run("job resume mailboxes").ok();
    assert_eq!(home.run("job run mailboxes --if-due").exit, 0, "what has waited is worked on");
    let occurrence = "job run mailboxes --scheduled 2026-11-01T01:30:00Z";
    assert_eq!(home.run(occurrence).exit, 0);
    let before = history(&home).len();
    assert_eq!(home.run(occurrence).exit, 0, "it has its run already");
    assert_eq!(history(&home).len(), before);
    // One that has failed is made again, for the same instant.
    let another = "job run mailboxes --scheduled 2026-11-02T01:30:00Z";
    assert_eq!(home.run_with(another, &[("END", "1")], "").exit, 1);
    assert_eq!(home.run(another).exit, 0);
    let of_instant: Vec<Value> = history(&home)
        .into_iter()
        .filter(|run| run["scheduled"] == "2026-11-02T01:30:00Z")
        .map(|run| run["state"].clone())
        .collect();
    assert_eq!(of_instant, ["done", "failed"]);
    assert_eq!(home.run("job run mailboxes --profile nobody").exit, 2);
    assert_eq!(home.run("job logs ffffffff").exit, 2);
    let place = [("EXOCTL_LEDGER", "mysql://root:hunter2@host/db")];
    let wrong = home.run_with("job history", &place, "");
    assert_eq!(wrong.exit, 2);
    assert!(!wrong.stderr.contains("hunter2"), "{}", wrong.stderr);
}

/// A process that ends with the test.
struct Serving {
    process: Child,
    address: String,
    said: Option<JoinHandle<String>>,
}

impl Serving {
    fn start(home: &Home) -> Self {
        let words = ["serve", "--listen", "127.0.0.1:0", "--grace", "30s"].map(str::to_owned);
        let mut command: Command = home.command(words);
        let mut process = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .find_map(|line| Some(line.unwrap().strip_prefix("Listening on http://")?.to_owned()))
            .unwrap();
        let said = std::thread::spawn(move || lines.map(|line| line.unwrap() + "\n").collect());
        Self { process, address, said: Some(said) }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to end, and waits until it has. What it said.
    fn stop(mut self) -> String {
        let id = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        self.said.take().unwrap().join().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn serve_runs_what_is_wanted_answers_and_stops_in_good_order() {
    let tenant = Tenant::start(5);
    let home = home(&tenant, READ);
    assert_eq!(home.run("serve --listen 0.0.0.0:0").exit, 2, "others could reach it");
    let serving = Serving::start(&home);
    let run = home.run("job run mailboxes --no-wait").ok().stdout.trim().to_owned();
    // It follows the log until the run has ended.
    let log = home.run_words(&["job", "logs", &run, "--follow"]).ok().stdout;
    assert!(log.contains("run    done, exit code 0"), "{log}");
    assert_eq!(history(&home)[0]["state"], "done");
    assert!(serving.get("/healthz").starts_with("HTTP/1.1 200"), "{}", serving.get("/healthz"));
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200"), "{}", serving.get("/readyz"));
    let figures = serving.get("/metrics");
    assert!(
        figures.contains("exoctl_attempts_total{job=\"mailboxes\",outcome=\"done\"} 1"),
        "{figures}"
    );
    assert!(figures.contains("exoctl_next_run_timestamp_seconds"), "{figures}");
    assert!(serving.stop().ends_with("Stopped.\n"));
}

#[test]
fn a_scheduler_says_since_when_nobody_was_there_and_makes_up_for_what_was_missed() {
    let tenant = Tenant::start(5);
    let home = home(&tenant, READ);
    let state = tenant.environment().parent().unwrap().display().to_string();
    let first = Serving::start(&home);
    // The first look is over when the next due time is told.
    while !first.get("/metrics").lines().any(|line| {
        line.strip_prefix("exoctl_next_run_timestamp_seconds ").is_some_and(|value| value != "0")
    }) {}
    assert!(!first.stop().contains("Nobody was here"));
    let _ = home.run(&format!("sim clock --state {state} --advance 72h")).ok();
    let second = Serving::start(&home);
    let ended = |run: &Value| run["state"] == "done" && run["trigger"] == "catch-up";
    while !history(&home).iter().any(ended) {}
    let said = second.stop();
    assert!(said.contains("(72 h ") && said.contains("Runs that were missed: 3;"), "{said}");
    let mut runs = history(&home);
    runs.sort_by_key(|run| run["scheduled"].as_str().unwrap().to_owned());
    let states: Vec<Value> = runs.iter().map(|run| run["state"].clone()).collect();
    assert_eq!(states, ["skipped", "skipped", "done"], "the latest stands for all");
}

/// The processes of steps that were started from this home.
#[cfg(target_os = "linux")]
fn steps_of(home: &Home) -> usize {
    let place = format!("{}/home", home.path().display());
    let is_one = |process: &Path| {
        let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
        let holds = |bytes: Vec<u8>, text: &str| {
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        };
        holds(read("environ"), &place) && holds(read("environ"), "EXOCTL_RUN=")
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    processes.filter(|process| is_one(process)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_step_ends_when_its_worker_hangs() {
    use rustix::process::{Pid, Signal, kill_process};
    let tenant = Tenant::start(5);
    let home = home(&tenant, READ);
    let endless = READ.replace("exit ${END:-0}", "while true; do sleep 1; done");
    keep_job(&home, &endless);
    let mut worker = home.spawn("job run mailboxes --lease 3s");
    while steps_of(&home) < 2 {}
    // It holds the pipe, so that only its silence can be noticed.
    let id = Pid::from_child(&worker);
    kill_process(id, Signal::STOP).unwrap();
    while steps_of(&home) > 0 {}
    kill_process(id, Signal::KILL).unwrap();
    worker.wait().unwrap();
    assert_eq!(history(&home)[0]["state"], "running", "nobody has judged it yet");
}

/// The short form of `scripts/job-storm`.
#[cfg(target_os = "linux")]
#[test]
fn runs_survive_that_everything_is_killed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let storm = Command::new("python3")
        .arg(root.join("scripts/job-storm"))
        .args(["--binary", env!("CARGO_BIN_EXE_exoctl"), "--store", "sqlite"])
        .args(["--kills", "20", "--wanted", "4", "--pause", "0.3", "--lease", "3s"])
        .output()
        .unwrap();
    let (out, error) =
        (String::from_utf8_lossy(&storm.stdout), String::from_utf8_lossy(&storm.stderr));
    assert!(storm.status.success(), "{out}{error}");
}
