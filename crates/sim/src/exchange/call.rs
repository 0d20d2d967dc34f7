//! One run of a cmdlet: its bound parameters, its caller, its warnings.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::caller::Caller;
use super::cmdlet::Cmdlet;
use super::cmdlet_error::CmdletError;

/// A cmdlet with bound parameters. Parameters are asked for by their declared names.
#[derive(Debug)]
pub(crate) struct Call {
    /// What runs.
    pub(crate) cmdlet: &'static Cmdlet,
    /// Who runs it.
    pub(crate) caller: Caller,
    /// When, by the tenant's clock.
    pub(crate) now: Timestamp,
    /// The bound parameters, by declared name.
    pub(crate) arguments: BTreeMap<&'static str, Argument>,
    /// Whether the caller only wants to see what would happen.
    pub(crate) preview: bool,
    /// Texts for `@adminapi.warnings`.
    pub(crate) warnings: RefCell<Vec<String>>,
}

/// A bound value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Argument {
    /// `$null`.
    Null,
    /// Text, an enumeration member, an identity, or a size.
    Text(String),
    /// Several texts; of a multivalued property: all its new values.
    Texts(Vec<String>),
    /// A switch or a `bool`.
    Flag(bool),
    /// A number.
    Number(i64),
    /// `Unlimited`.
    Unlimited,
    /// A GUID.
    Guid(Uuid),
    /// A date.
    Time(Timestamp),
    /// A time span.
    Span(SignedDuration),
    /// An edit of a multivalued property.
    Edit {
        /// Values to add.
        add: Vec<String>,
        /// Values to remove.
        remove: Vec<String>,
    },
    /// A hashtable.
    Table(serde_json::Map<String, serde_json::Value>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A decrypted secret, of which only this is kept.
    Secret {
        /// Its length in characters.
        length: usize,
    },
}

impl Call {
    /// The raw value of a parameter, if it was given.
    pub(crate) fn argument(&self, name: &str) -> Option<&Argument> {
        debug_assert!(self.cmdlet.parameter(name).is_some(), "{name} is not declared");
        self.arguments.get(name)
    }

    /// Whether a parameter was given, even as `$null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.argument(name).is_some()
    }

    /// Text, an enumeration member, an identity or a size; absent when `$null`.
    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        match self.argument(name)? {
            Argument::Text(text) => Some(text),
            Argument::Unlimited => Some("Unlimited"),
            _ => None,
        }
    }

    /// The text of a mandatory parameter.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.string(name).unwrap_or_default()
    }

    /// All texts of a parameter; none when it was not given.
    pub(crate) fn strings(&self, name: &str) -> &[String] {
        match self.argument(name) {
            Some(Argument::Texts(items)) => items,
            Some(Argument::Text(item)) => std::slice::from_ref(item),
            _ => &[],
        }
    }

    /// Whether a switch is on.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.flag(name) == Some(true)
    }

    /// A `bool`, if it was given.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.argument(name)? {
            Argument::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A number, if it was given.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.argument(name)? {
            Argument::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A GUID, if it was given.
    pub(crate) fn guid(&self, name: &str) -> Option<Uuid> {
        match self.argument(name)? {
            Argument::Guid(id) => Some(*id),
            _ => None,
        }
    }

    /// A date, if it was given.
    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        match self.argument(name)? {
            Argument::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// Applies a multivalued parameter to the present values: replaces them, or adds and removes
    /// (in any case of letters). Tells whether anything changed.
    pub(crate) fn edit(&self, name: &str, values: &mut Vec<String>) -> bool {
        let before = values.clone();
        match self.argument(name) {
            Some(Argument::Texts(items)) if !items.is_empty() => values.clone_from(items),
            Some(Argument::Text(item)) => *values = vec![item.clone()],
            Some(Argument::Null) => values.clear(),
            Some(Argument::Edit { add, remove }) => {
                values.retain(|value| !remove.iter().any(|r| r.eq_ignore_ascii_case(value)));
                for item in add {
                    if !values.iter().any(|value| value.eq_ignore_ascii_case(item)) {
                        values.push(item.clone());
                    }
                }
            }
            _ => {}
        }
        *values != before
    }

    /// Adds a warning to the answer.
    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.warnings.borrow_mut().push(text.into());
    }

    /// The warning of a `Set-` that changed nothing.
    pub(crate) fn warn_unmodified(&self, identity: &str) {
        self.warn(format!(
            "The command completed successfully but no settings of '{identity}' have been modified."
        ));
    }

    /// Goes on, or ends the call with the confirmation text if it is only a preview.
    pub(crate) fn confirm(&self) -> Result<(), CmdletError> {
        if self.preview { Err(CmdletError::Preview(self.prompt())) } else { Ok(()) }
    }

    fn prompt(&self) -> String {
        let mut text = self.cmdlet.prompt.to_owned();
        for (name, value) in &self.arguments {
            let shown = match value {
                Argument::Text(text) => text.clone(),
                Argument::Texts(items) => items.join(", "),
                _ => continue,
            };
            text = text.replace(&format!("{{{name}}}"), &shown);
        }
        if text.is_empty() {
            let identity = self.arguments.get("Identity");
            let target = match identity {
                Some(Argument::Text(text)) => text.as_str(),
                _ => "",
            };
            text = format!("{} on target \"{target}\".", self.cmdlet.name);
        }
        text
    }
}
