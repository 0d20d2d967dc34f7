//! A timer and a service of systemd, hardened: systemd.timer(5), systemd.exec(5).

use std::fmt::Write as _;
use std::path::Path;

use super::calendar::{self, EVERY_MINUTES, Look};
use super::entry::{Entry, Written, text};
use super::options::Credential;

/// The unit that is started when one of ours has failed.
pub(super) const ALERT: &str = "exoctl-alert@.service";

/// What a service may not do, whatever it runs.
const HARDENED: &str = "\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
";

/// The names of a job's units.
pub(super) fn names(job: &str) -> [String; 2] {
    [format!("exoctl-{job}.service"), format!("exoctl-{job}.timer")]
}

/// The units of a job.
pub(super) fn files(entry: &Entry<'_>) -> Vec<Written> {
    let [service, timer] = names(entry.name());
    vec![
        Written::text(service, self::service(entry)),
        Written::text(timer, self::timer(entry)),
        Written::text(ALERT.to_owned(), alert()),
    ]
}

fn service(entry: &Entry<'_>) -> String {
    let mut unit = format!(
        "# Written by `exoctl schedule install`; `systemctl edit` changes it, and writing it again keeps that.\n\
         # {}\n\
         [Unit]\n\
         Description={}\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         OnFailure=exoctl-alert@%n.service\n\n\
         [Service]\n\
         Type=oneshot\n",
        entry.options.stamp(),
        specifiers(&entry.description()),
    );
    let mut line = |text: String| {
        unit.push_str(&text);
        unit.push('\n');
    };
    let command: Vec<String> = entry.command().iter().map(|word| quoted(word)).collect();
    line(format!("ExecStart={}", command.join(" ")));
    line("# 75: nothing is due. 11: a run of the job is under way already.".to_owned());
    line("SuccessExitStatus=75 11".to_owned());
    line(format!("TimeoutStartSec={}", entry.seconds()));
    line(
        "# The program stops its steps in good order; what is left after that is killed."
            .to_owned(),
    );
    line("KillMode=mixed".to_owned());
    line("TimeoutStopSec=2min".to_owned());
    if let Some(user) = &entry.options.user {
        line(format!("User={user}"));
    }
    for (name, value) in entry.variables() {
        line(format!("Environment={}", quoted(&format!("{name}={value}"))));
    }
    for credential in &entry.options.credentials {
        line(load(credential));
    }
    let home = entry.options.home.as_deref();
    match home.and_then(state_directory) {
        Some(name) => {
            line(format!("StateDirectory={name}"));
            line("StateDirectoryMode=0700".to_owned());
        }
        None => home.into_iter().for_each(|home| {
            line(format!("ReadWritePaths={}", quoted(&text(home))));
        }),
    }
    line(format!("ProtectHome={}", protect_home(home)));
    unit.push_str(HARDENED);
    if !entry.has_programs() {
        // PowerShell, Node and others make code as they run.
        unit.push_str("MemoryDenyWriteExecute=yes\n");
    }
    unit
}

fn load(credential: &Credential) -> String {
    let key = if credential.encrypted { "LoadCredentialEncrypted" } else { "LoadCredential" };
    format!("{key}={}:{}", credential.name, text(&credential.path))
}

/// The name below `/var/lib` that systemd makes and gives to the account.
fn state_directory(home: &Path) -> Option<String> {
    home.strip_prefix("/var/lib").ok().filter(|rest| rest.components().count() == 1).map(text)
}

fn protect_home(home: Option<&Path>) -> &'static str {
    let inside = ["/home", "/root", "/run/user"];
    match home {
        Some(home) if inside.iter().any(|parent| home.starts_with(parent)) => "read-only",
        _ => "yes",
    }
}

fn timer(entry: &Entry<'_>) -> String {
    let (why, lines, delay) = match calendar::for_systemd(entry.job, entry.now) {
        Look::When(lines) => ("The job's own calendar.".to_owned(), lines, "5min"),
        Look::Often(reason) => (
            format!("Looks every ten minutes, for {reason}; the ledger says what is due."),
            vec![format!("*-*-* *:00/{EVERY_MINUTES}:00 UTC")],
            "9min",
        ),
    };
    let mut unit = format!(
        "# Written by `exoctl schedule install`.\n\
         # {}\n\
         [Unit]\n\
         Description={}\n\n\
         [Timer]\n\
         # {why}\n",
        entry.options.stamp(),
        specifiers(&entry.description()),
    );
    for line in lines {
        let _ = writeln!(unit, "OnCalendar={line}");
    }
    let _ = write!(
        unit,
        "# And soon after the timer is started: the ledger remembers from then on what is due.\n\
         OnActiveSec=1min\n\
         # What was due while the machine was off is looked at when it is on again.\n\
         Persistent=true\n\
         # Always the same delay of this job on this machine, so that not all begin at once.\n\
         RandomizedDelaySec={delay}\n\
         FixedRandomDelay=true\n\
         AccuracySec=1s\n\n\
         [Install]\n\
         WantedBy=timers.target\n"
    );
    unit
}

fn alert() -> String {
    "# Written by `exoctl schedule install`. Runs that fail tell so themselves, as their job files say; this is for\n\
     # when exoctl itself could not. `systemctl edit` changes what is done.\n\
     [Unit]\n\
     Description=Say that %i has failed\n\n\
     [Service]\n\
     Type=oneshot\n\
     ExecStart=/usr/bin/logger --priority daemon.alert --tag exoctl \"%i has failed; see journalctl --unit=%i\"\n\
     DynamicUser=yes\n\
     ProtectSystem=strict\n\
     ProtectHome=yes\n\
     PrivateNetwork=yes\n\
     NoNewPrivileges=yes\n"
        .to_owned()
}

/// A percent sign begins a specifier.
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

/// A word of a command or an assignment: systemd.syntax(7).
fn quoted(word: &str) -> String {
    let word = specifiers(word).replace('$', "$$");
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:@%$+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}
