//! Why a cmdlet did not do what it was asked, in the service's terms.

use http::StatusCode;

/// The domain controller that error texts name.
pub(crate) const DOMAIN_CONTROLLER: &str = "AM0PR01A001DC001.EURPR01A001.PROD.OUTLOOK.COM";

/// A cmdlet's failure, or the confirmation text that is sent in place of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CmdletError {
    /// Nothing was done because the caller only asked what would happen.
    Preview(String),
    /// The cmdlet ran and failed.
    Failed(Failure),
}

/// A failure with the parts that the error body and its headers tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Six hexadecimal digits after `Ex`; empty for none.
    pub(crate) id: String,
    /// Full name of the exception's type.
    pub(crate) exception: &'static str,
    /// What happened.
    pub(crate) message: String,
    /// `details[0].code`: `Context`, or `Client` when the caller is to blame.
    pub(crate) code: &'static str,
    /// `details[0].target`.
    pub(crate) target: String,
}

impl CmdletError {
    /// Any failure: the exception's full type name and its text, with status 400.
    pub(crate) fn failed(exception: &'static str, message: impl Into<String>) -> Self {
        Self::Failed(Failure {
            status: StatusCode::BAD_REQUEST,
            id: exception_id(exception),
            exception,
            message: message.into(),
            code: "Context",
            target: String::new(),
        })
    }

    /// No such object.
    pub(crate) fn not_found(identity: &str) -> Self {
        Self::Failed(Failure {
            status: StatusCode::NOT_FOUND,
            id: "Ex6F9304".to_owned(),
            exception: "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
            message: format!(
                "The operation couldn't be performed because object '{identity}' couldn't be \
                 found on '{DOMAIN_CONTROLLER}'."
            ),
            code: "Context",
            target: String::new(),
        })
    }

    /// No such recipient, in the words of cmdlets that look for a second object.
    pub(crate) fn no_such_recipient(identity: &str) -> Self {
        Self::Failed(Failure {
            status: StatusCode::NOT_FOUND,
            id: "Ex94914C".to_owned(),
            exception: "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
            message: format!(
                "Couldn't find object \"{identity}\". Please make sure that it was spelled \
                 correctly or specify a different object."
            ),
            code: "Context",
            target: String::new(),
        })
    }

    /// Several objects match.
    pub(crate) fn ambiguous(identity: &str) -> Self {
        Self::failed(
            "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException",
            format!(
                "The operation couldn't be performed because '{identity}' matches multiple entries."
            ),
        )
    }

    /// The object to be made is there already.
    pub(crate) fn already_exists(name: &str) -> Self {
        Self::failed(
            "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException",
            format!("The name \"{name}\" is already being used. Please try another name."),
        )
    }

    /// An address or alias is taken by another object.
    pub(crate) fn proxy_exists(address: &str, owner: &str) -> Self {
        Self::failed(
            "Microsoft.Exchange.Data.Directory.ProxyAddressExistsException",
            format!(
                "The proxy address \"{address}\" is already being used by the proxy addresses or \
                 LegacyExchangeDN of \"{owner}\". Please choose another proxy address."
            ),
        )
    }

    /// A value that the cmdlet refuses after binding.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::failed("Microsoft.Exchange.Configuration.Tasks.TaskArgumentException", message)
    }
}

/// The `ExHHHHHH` prefix of a failure: a fixed hash of its type, as real ones are of type and text.
fn exception_id(exception: &str) -> String {
    let hash = exception
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("Ex{:06X}", hash & 0x00ff_ffff)
}
