//! A property list of macOS' launchd: launchd.plist(5).

use super::calendar::EVERY_MINUTES;
use super::entry::{Entry, Written, text};
use super::xml::{Element, document};

const DOCTYPE: &str = "plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"";

/// The label of a job.
pub(super) fn label(job: &str) -> String {
    format!("exoctl.{job}")
}

/// The name of a job's file.
pub(super) fn name(job: &str) -> String {
    format!("{}.plist", label(job))
}

/// The daemon of a job. It looks at fixed minutes, which launchd makes up for after sleep, unlike an
/// interval; everything else is the ledger's.
pub(super) fn files(entry: &Entry<'_>) -> Vec<Written> {
    let mut dictionary = Vec::new();
    let mut put = |key: &str, value: Element| {
        dictionary.push(Element::text("key", key));
        dictionary.push(value);
    };
    put("Label", Element::text("string", label(entry.name())));
    let words =
        entry.command_that_ends_well().into_iter().map(|word| Element::text("string", word));
    put("ProgramArguments", Element::of("array", words.collect::<Vec<_>>()));
    if let Some(user) = &entry.options.user {
        put("UserName", Element::text("string", user));
    }
    let variables = entry.variables();
    if !variables.is_empty() {
        let pairs = variables
            .into_iter()
            .flat_map(|(name, value)| [Element::text("key", name), Element::text("string", value)]);
        put("EnvironmentVariables", Element::of("dict", pairs.collect::<Vec<_>>()));
    }
    let minutes = (entry.minute()..60).step_by(usize::from(EVERY_MINUTES)).map(|minute| {
        let minute = Element::text("integer", minute.to_string());
        Element::of("dict", [Element::text("key", "Minute"), minute])
    });
    put("StartCalendarInterval", Element::of("array", minutes.collect::<Vec<_>>()));
    put("RunAtLoad", Element::empty("true"));
    put("ProcessType", Element::text("string", "Background"));
    put("ExitTimeOut", Element::text("integer", "120"));
    // As decimal number, 0077.
    put("Umask", Element::text("integer", "63"));
    let log = match &entry.options.home {
        Some(home) => text(&home.join(format!("{}.log", label(entry.name())))),
        None => format!("/Library/Logs/{}.log", label(entry.name())),
    };
    put("StandardOutPath", Element::text("string", &log));
    put("StandardErrorPath", Element::text("string", log));
    let root = Element::of("plist", [Element::of("dict", dictionary)]).with("version", "1.0");
    let text = document("UTF-8", Some(DOCTYPE), &entry.options.stamp(), &root);
    vec![Written::text(name(entry.name()), text)]
}
