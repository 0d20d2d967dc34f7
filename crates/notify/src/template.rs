//! Templates: the built-in ones, and files of the administrator that stand in their place.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

/// A built-in template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateFile {
    /// What the file is called.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        [$(TemplateFile { name: $name, text: include_str!(concat!("../templates/", $name)) }),+]
    };
}

const BUILT_IN: [TemplateFile; 10] = built_in![
    "mail.txt",
    "mail.html",
    "mail-digest.txt",
    "mail-digest.html",
    "teams.json",
    "teams-digest.json",
    "slack.json",
    "slack-digest.json",
    "webhook.json",
    "webhook-digest.json",
];

/// All templates there are, ready to be filled in.
///
/// A file of the administrator stands for the built-in one of the same name, and one that begins
/// with a channel's name instead of its kind's (`ops-digest.json`) for that channel's. Values are
/// escaped as the file's ending asks for: HTML, JSON, nothing in text.
#[derive(Debug)]
pub struct Templates {
    engine: Environment<'static>,
    own: BTreeMap<String, String>,
}

impl Default for Templates {
    fn default() -> Self {
        Self::new(BTreeMap::new()).expect("a test fills in the built-in ones")
    }
}

impl Templates {
    /// The built-in ones.
    pub const fn built_in() -> &'static [TemplateFile] {
        &BUILT_IN
    }

    /// With those of a directory, if it is there: all files that end as templates do.
    pub fn open(directory: &Path) -> Result<Self, TemplateError> {
        let failed = |source| TemplateError::Read { path: directory.display().to_string(), source };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
        };
        let mut own = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if ENDINGS.iter().any(|ending| name.ends_with(ending)) && path.is_file() {
                let read = fs::read_to_string(&path);
                let failed =
                    |source| TemplateError::Read { path: path.display().to_string(), source };
                own.insert(name.to_owned(), read.map_err(failed)?);
            }
        }
        Self::new(own)
    }

    /// With these, by the names of their files.
    pub fn new(own: BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.add_filter("slack", slack);
        for TemplateFile { name, text } in BUILT_IN {
            engine.add_template(name, text).map_err(|error| wrong(name, &error))?;
        }
        for (name, text) in &own {
            engine
                .add_template_owned(name.clone(), text.clone())
                .map_err(|error| wrong(name, &error))?;
        }
        Ok(Self { engine, own })
    }

    /// The names of the administrator's files.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(String::as_str)
    }

    /// The name of the template that a channel's message is made with.
    pub(crate) fn name_for(&self, channel: &str, kind: &str, ending: &str) -> String {
        let of_channel = format!("{channel}{ending}");
        if self.own.contains_key(&of_channel) { of_channel } else { format!("{kind}{ending}") }
    }

    /// Fills one in.
    pub(crate) fn fill<T: Serialize>(&self, name: &str, view: &T) -> Result<String, TemplateError> {
        let template = self.engine.get_template(name).map_err(|error| wrong(name, &error))?;
        template.render(Serde(view)).map_err(|error| wrong(name, &error))
    }
}

/// How many instructions a template may take: a loop over a thousand lines has some ten thousand.
const FUEL: u64 = 2_000_000;
const ENDINGS: [&str; 3] = [".txt", ".html", ".json"];

/// What Slack asks to be escaped in texts with markup; everything else in it is no command then.
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn wrong(name: &str, error: &minijinja::Error) -> TemplateError {
    let detail = error.detail().unwrap_or_default();
    let kind = error.kind();
    let message = if detail.is_empty() { kind.to_string() } else { format!("{kind}: {detail}") };
    let name = error.name().unwrap_or(name).to_owned();
    TemplateError::Wrong { name, line: error.line().unwrap_or(0), message }
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// It cannot be read.
    #[error("could not read the templates in {path}")]
    Read {
        /// Where.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It is no template, or names something that there is not.
    #[error("template {name}, line {line}: {message}")]
    Wrong {
        /// Which file.
        name: String,
        /// From 1; 0 if nobody knows.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// What came of it is not what the receiver takes.
    #[error("template {name} makes {message}")]
    Result {
        /// Which file.
        name: String,
        /// What it makes.
        message: String,
    },
}
