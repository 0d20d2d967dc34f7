//! The exit codes that the table promises, from the program itself, and the program killed while
//! it connects.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use exoctl_sim::{ControlClient, DirectoryRole, Registration, SimConfig, SimulatedTenant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[test]
fn exit_codes_of_the_program() {
    let stage = Stage::set();
    stage.run(&stage.connect()).expect(0);
    let rows: Vec<u8> =
        stage.run("Get-Mailbox -ResultSize Unlimited --select Guid").expect(0).stdout;
    assert_eq!(rows.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 2_500);
    let read = "Get-Mailbox -ResultSize Unlimited --select Guid -o jsonl";
    let write = "Set-Mailbox -Identity adele -CustomAttribute1";
    for (fault, line, exit) in [
        ("throttle:retry-after=0.01,count=3", read.to_owned(), 0),
        ("short-page:keep=0.5", read.to_owned(), 0),
        ("lost-continuation:count=1", read.to_owned(), 0),
        ("expired-token:after=1,count=1", read.to_owned(), 0),
        ("reset:when=after,match=Set-*", format!("{write} reset"), 1),
        ("error:status=500,when=after,match=Set-*", format!("{write} error"), 1),
        ("error:status=500,when=after,count=1", format!("{write} again --retry-writes"), 0),
        ("expired-token:", read.to_owned(), 4),
        ("nul403:", read.to_owned(), 5),
        ("wrong-role:", format!("{write} role"), 5),
        ("lost-continuation:", read.to_owned(), 6),
        ("nul403:after=1", read.to_owned(), 6),
        ("warning:text=A task was canceled.,keep=0.5", read.to_owned(), 6),
        ("throttle:retry-after=0.01", read.to_owned(), 7),
        ("throttle:retry-after=0.01", format!("{write} throttled"), 7),
    ] {
        stage.inject(fault);
        let output = stage.run(&line);
        stage.clear();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{fault}, {line}: {text}");
        let whole = output.stdout.split(|byte| *byte == b'\n').count() - 1 == 2_500;
        assert!(line != read || whole == (exit == 0), "{fault}: exit {exit}, all rows: {whole}");
    }
}

#[test]
fn a_program_killed_while_it_connects_leaves_a_home_that_the_next_one_reads() {
    let stage = Stage::set();
    let connect = stage.connect();
    // Killed at any time from before its first write to after its last one; whatever the machine's
    // speed is, every outcome must be readable.
    for milliseconds in (0..200).step_by(12) {
        let mut child = stage.command(&connect).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let profiles = stage.run("profile list -o jsonl").expect(0);
        let output = stage.run("Get-Mailbox adele --select Alias");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        // Not connected yet is said plainly; anything else must work.
        let exit = output.status.code().unwrap();
        let not_yet = profiles.stdout.is_empty() && error.contains("there is no connection yet");
        assert!(exit == 0 || not_yet, "exit {exit}: {error}");
    }
    leave_pieces(&stage.home.path().join("home"));
    stage.run(&connect).expect(0);
    stage.run("profile list").expect(0);
    stage.run("cert list").expect(0);
    stage.run("Get-Mailbox adele").expect(0);
}

/// Half of every file, under the names that temporary files have.
fn leave_pieces(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            leave_pieces(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for name in [".tmpAb3dE6", ".token-Ab3dE6", ".exoctl-Ab3dE6.tmp"] {
            std::fs::write(directory.join(name), &bytes[..bytes.len() / 2]).unwrap();
        }
    }
}

/// A tenant, and a home for the program with a certificate that the tenant knows.
struct Stage {
    runtime: Runtime,
    sim: SimulatedTenant,
    control: ControlClient,
    state: TempDir,
    home: TempDir,
    thumbprint: String,
    app: String,
}

impl Stage {
    fn set() -> Self {
        let (state, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let runtime = Runtime::new().unwrap();
        let mut config = SimConfig::new(state.path());
        config.mailboxes = 2_500;
        let sim = runtime.block_on(SimulatedTenant::start(config)).unwrap();
        let control = runtime.block_on(ControlClient::open(state.path())).unwrap();
        let (thumbprint, app) = (String::new(), String::new());
        let mut stage = Self { runtime, sim, control, state, home, thumbprint, app };
        let made = stage.run("cert new --subject CN=Faults -o json").expect(0).stdout;
        let made: serde_json::Value = serde_json::from_slice(&made).unwrap();
        made["thumbprint"].as_str().unwrap().clone_into(&mut stage.thumbprint);
        stage
            .run(&format!("cert export {} --format cer --force --out exo.cer", stage.thumbprint))
            .expect(0);
        let certificate = std::fs::read(stage.home.path().join("exo.cer")).unwrap();
        let registration =
            Registration::new(certificate).with_role(DirectoryRole::ExchangeAdministrator);
        stage.app = stage.sim.register(registration).unwrap().app_id.to_string();
        stage
    }

    fn connect(&self) -> String {
        format!(
            "Connect-ExchangeOnline -CertificateThumbprint {} -AppId {} -Organization contoso.onmicrosoft.com",
            self.thumbprint, self.app
        )
    }

    fn inject(&self, fault: &str) {
        self.runtime.block_on(self.control.inject(&fault.parse().unwrap())).unwrap();
    }

    fn clear(&self) {
        self.runtime.block_on(self.control.clear_faults()).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exoctl"));
        command
            .args(line.split(' '))
            .env_clear()
            .env("EXOCTL_HOME", self.home.path().join("home"))
            .env("EXOCTL_ENVIRONMENT", self.state.path().join("environment.json"))
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Ran {
        let output = self.command(line).output().unwrap();
        Ran(output)
    }
}

/// What a run of the program gave.
struct Ran(Output);

impl std::ops::Deref for Ran {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.0
    }
}

impl Ran {
    #[track_caller]
    fn expect(self, exit: i32) -> Output {
        let text = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(exit), "{text}");
        self.0
    }
}
