//! The service's own words for a failure.

use serde::Deserialize;
use serde_json::Value;

use crate::trace::Trace;

/// An error that a cmdlet, or the service in front of it, reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct CmdletError {
    /// The text, without the exception's id and type.
    pub message: String,
    /// Full name of the .NET exception, if it was told.
    pub exception: Option<String>,
    /// The error's id, `Ex6F9304` for example; the same failure keeps it over time and language.
    pub id: Option<String>,
    /// `error.code`, the status in words: `NotFound`, `BadRequest`, `Forbidden`.
    pub code: Option<String>,
    /// `details[0].code`: `Client`, `Context`, or PowerShell's error category as a number.
    pub category: Option<String>,
    /// `details[0].target`, the object that is meant.
    pub target: Option<String>,
    /// Warnings that came with the error.
    pub warnings: Vec<String>,
    /// Where and when.
    pub trace: Trace,
}

/// When the service says nothing. The module's text for this, that one should try again later,
/// misleads: an empty 403 is a refusal.
const NO_TEXT: &str = "the service gave no reason";

impl CmdletError {
    /// Reads the body of an answer that is no success, whatever it is: the JSON error document,
    /// plain text, nothing, NUL bytes.
    pub(crate) fn read(body: &[u8], trace: Trace) -> Self {
        let document = serde_json::from_slice::<Document>(body).ok();
        let Some(error) = document.and_then(|document| document.error) else {
            return Self::from_text(readable(body), trace);
        };
        let detail = error.details.into_iter().flatten().next().unwrap_or_default();
        let internal = error.innererror.and_then(|inner| inner.internalexception);
        let internal = internal.unwrap_or_default();
        let text = [detail.message, internal.message, error.message.clone()]
            .into_iter()
            .flatten()
            .find(|text| !text.trim().is_empty())
            .unwrap_or_else(|| NO_TEXT.to_owned());
        let Told { id, exception, message } = Told::read(&text);
        Self {
            message,
            exception: exception.or(internal.kind).or_else(|| trace.exception_type.clone()),
            id,
            code: error.code.map(text_of),
            category: detail.code.map(text_of),
            target: detail.target.filter(|target| !target.is_empty()),
            warnings: error.warnings.unwrap_or_default(),
            trace,
        }
    }

    fn from_text(text: Option<String>, trace: Trace) -> Self {
        let text = text.or_else(|| trace.diagnostics.clone()).unwrap_or_else(|| NO_TEXT.to_owned());
        Self {
            message: text,
            exception: trace.exception_type.clone(),
            id: None,
            code: None,
            category: None,
            target: None,
            warnings: Vec::new(),
            trace,
        }
    }

    /// The exception's name without its namespace: `ManagementObjectNotFoundException`.
    pub fn exception_name(&self) -> Option<&str> {
        self.exception.as_deref().and_then(|name| name.rsplit('.').next())
    }

    /// Whether the object is not there, or cannot be seen with these rights. A new object may
    /// take minutes until every server knows it.
    pub fn is_not_found(&self) -> bool {
        self.exception_name() == Some("ManagementObjectNotFoundException")
            || (self.trace.status == 404 && self.message.contains("couldn't"))
    }

    /// Whether the object to create is there already.
    pub fn is_already_there(&self) -> bool {
        matches!(
            self.exception_name(),
            Some("ADObjectAlreadyExistsException" | "MemberAlreadyExistsException")
        )
    }

    /// Whether the continuation of a result was refused: too late, or by another server.
    pub(crate) fn is_lost_continuation(&self) -> bool {
        self.message.to_ascii_lowercase().contains("expired or invalid pagination request")
    }

    /// Whether a directory or backend was only busy for the moment: the module's list and that of
    /// other clients in production.
    pub(crate) fn is_transient(&self) -> bool {
        const TRANSIENT: [&str; 9] = [
            "DCOverloadedException",
            "SuitabilityDirectoryException",
            "ServerInMMException",
            "ADServerSettingsChangedException",
            "StorageTransientException",
            "CmdletProxyNotAvailableFailure",
            "ServerBusyException",
            "TransientException",
            "BackendCommunicationException",
        ];
        let exception = self.exception.as_deref().unwrap_or_default();
        TRANSIENT.iter().any(|name| exception.contains(name) || self.message.contains(name))
    }

    /// Whether the tenant has too many requests under way. Some servers say so with a status
    /// other than 429.
    pub(crate) fn is_concurrency_limit(&self) -> bool {
        self.message.contains("maximum number of concurrent requests")
    }

    /// Whether the application's directory role is the trouble.
    pub(crate) fn is_role_not_supported(&self) -> bool {
        self.message.contains("The role assigned to application")
    }
}

/// A detail's text taken apart.
struct Told {
    id: Option<String>,
    exception: Option<String>,
    message: String,
}

impl Told {
    /// Either `ExHHHHHH|Full.Type|text`, the id possibly missing, or a serialised exception.
    fn read(text: &str) -> Self {
        Self::from_json(text).or_else(|| Self::from_pipes(text)).unwrap_or_else(|| Self {
            id: None,
            exception: None,
            message: text.trim().to_owned(),
        })
    }

    fn from_pipes(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '|');
        let (id, exception, message) = (parts.next()?, parts.next()?, parts.next()?);
        let is_name = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || ".+_`".contains(c))
        };
        if !(id.is_empty() || is_name(id)) || !is_name(exception) {
            return None;
        }
        Some(Self {
            id: (!id.is_empty()).then(|| id.to_owned()),
            exception: Some(exception.to_owned()),
            message: message.trim().to_owned(),
        })
    }

    fn from_json(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Exception {
            #[serde(rename = "ClassName", alias = "TypeName")]
            class: Option<String>,
            #[serde(rename = "Message")]
            message: Option<String>,
            #[serde(rename = "localizedString")]
            localized: Option<Localized>,
        }
        #[derive(Deserialize)]
        struct Localized {
            #[serde(rename = "stringId")]
            id: Option<String>,
        }
        let exception: Exception = serde_json::from_str(text).ok()?;
        let message = exception.message?;
        Some(Self {
            id: exception.localized.and_then(|localized| localized.id),
            exception: exception.class,
            message: message.trim().to_owned(),
        })
    }
}

/// The body as text, if a human could read it. A long run of NUL bytes is none.
fn readable(body: &[u8]) -> Option<String> {
    const LONGEST: usize = 2000;
    let text =
        std::str::from_utf8(body).ok()?.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let control = |c: char| c.is_control() && !c.is_whitespace();
    if text.is_empty() || text.contains(control) {
        return None;
    }
    Some(text.chars().take(LONGEST).collect())
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(alias = "@odata.error")]
    error: Option<ErrorMember>,
}

#[derive(Deserialize)]
struct ErrorMember {
    code: Option<Value>,
    message: Option<String>,
    details: Option<Vec<Detail>>,
    innererror: Option<InnerError>,
    #[serde(rename = "@adminapi.warnings")]
    warnings: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
struct Detail {
    code: Option<Value>,
    target: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct InnerError {
    #[serde(alias = "internalException")]
    internalexception: Option<InternalException>,
}

#[derive(Default, Deserialize)]
struct InternalException {
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}
