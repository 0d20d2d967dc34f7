//! A task of Windows' Task Scheduler, as its XML schema has it
//! (<https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema>).

use super::calendar::EVERY_MINUTES;
use super::entry::{Entry, Written};
use super::xml::{Element, document};

const NAMESPACE: &str = "http://schemas.microsoft.com/windows/2004/02/mit/task";

/// The name of a job's file.
pub(super) fn name(job: &str) -> String {
    format!("exoctl-{job}.xml")
}

/// The task of a job, in UTF-16 as Task Scheduler wants it. It looks every ten minutes; zones,
/// change-overs and what was missed are the ledger's.
pub(super) fn files(entry: &Entry<'_>) -> Vec<Written> {
    let root = Element::of(
        "Task",
        [registration(entry), triggers(entry), principals(entry), settings(entry), actions(entry)],
    )
    .with("version", "1.2")
    .with("xmlns", NAMESPACE);
    let text = document("UTF-16", None, &entry.options.stamp(), &root).replace('\n', "\r\n");
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    vec![Written { name: name(entry.name()), bytes }]
}

/// The text of a task's file.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).skip(1).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    String::from_utf16_lossy(&units.collect::<Vec<_>>())
}

fn registration(entry: &Entry<'_>) -> Element {
    Element::of(
        "RegistrationInfo",
        [
            Element::text("Author", "exoctl schedule install"),
            Element::text("Description", entry.description()),
            Element::text("URI", format!("\\exoctl\\{}", entry.name())),
        ],
    )
}

fn triggers(entry: &Entry<'_>) -> Element {
    let begin = format!("2026-01-01T00:{:02}:00Z", entry.minute());
    Element::of(
        "Triggers",
        [Element::of(
            "TimeTrigger",
            [
                Element::text("Enabled", "true"),
                Element::text("StartBoundary", begin),
                Element::of(
                    "Repetition",
                    [
                        Element::text("Interval", format!("PT{EVERY_MINUTES}M")),
                        Element::text("StopAtDurationEnd", "false"),
                    ],
                ),
            ],
        )],
    )
}

/// Whether or not somebody is logged on, without more rights than the account has, and without a
/// password that Windows would have to keep.
fn principals(entry: &Entry<'_>) -> Element {
    let (account, logon) = match entry.options.user.as_deref() {
        None | Some("SYSTEM" | "NT AUTHORITY\\SYSTEM") => ("S-1-5-18", None),
        Some("LOCAL SERVICE" | "NT AUTHORITY\\LOCAL SERVICE") => ("S-1-5-19", None),
        Some("NETWORK SERVICE" | "NT AUTHORITY\\NETWORK SERVICE") => ("S-1-5-20", None),
        // A group managed service account: the domain keeps its password.
        Some(account) if account.ends_with('$') => (account, Some("Password")),
        Some(account) => (account, Some("S4U")),
    };
    let mut elements = vec![Element::text("UserId", account)];
    elements.extend(logon.map(|logon| Element::text("LogonType", logon)));
    elements.push(Element::text("RunLevel", "LeastPrivilege"));
    Element::of("Principals", [Element::of("Principal", elements).with("id", "Author")])
}

fn settings(entry: &Entry<'_>) -> Element {
    let limit = format!("PT{}S", entry.seconds());
    let settings = [
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "false"),
        ("AllowStartOnDemand", "true"),
        ("Enabled", "true"),
        ("Hidden", "false"),
        ("RunOnlyIfIdle", "false"),
        ("WakeToRun", "false"),
        ("ExecutionTimeLimit", limit.as_str()),
        ("Priority", "7"),
    ];
    Element::of("Settings", settings.map(|(name, value)| Element::text(name, value)))
}

fn actions(entry: &Entry<'_>) -> Element {
    let words = entry.command_that_ends_well();
    let (program, rest) = words.split_first().expect("a command has a program");
    let variables = entry.variables();
    let (command, arguments) = if variables.is_empty() {
        (program.clone(), rest.join(" "))
    } else {
        // A task has no variables of its own.
        let set: Vec<String> =
            variables.iter().map(|(name, value)| format!("set \"{name}={value}\"")).collect();
        let line = format!("{} && \"{program}\" {}", set.join(" && "), rest.join(" "));
        ("%SystemRoot%\\System32\\cmd.exe".to_owned(), format!("/d /s /c \"{line}\""))
    };
    Element::of(
        "Actions",
        [Element::of(
            "Exec",
            [Element::text("Command", command), Element::text("Arguments", arguments)],
        )],
    )
    .with("Context", "Author")
}
