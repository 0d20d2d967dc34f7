//! Why parameters could not be bound, in the service's words.

/// A call that never reached its cmdlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BindError {
    /// Full name of the exception's type.
    pub(crate) exception: &'static str,
    /// What was wrong.
    pub(crate) message: String,
    /// Whether the body has `details`.
    pub(crate) has_details: bool,
}

impl BindError {
    /// Names that the cmdlet does not have.
    pub(crate) fn unknown_parameters(names: &[&str]) -> Self {
        Self {
            exception: "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException",
            message: format!(
                "Parameter set cannot be resolved using the specified named parameters. Invalid \
                 cmdlet parameters specified. {}",
                names.join(", ")
            ),
            has_details: true,
        }
    }

    /// Names that the cmdlet has, but not together.
    pub(crate) fn ambiguous_set() -> Self {
        Self {
            exception: "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException",
            message: "Parameter set cannot be resolved using the specified named parameters."
                .to_owned(),
            has_details: true,
        }
    }

    /// Names that must be given. That the status is 400 and the message `Invalid Operation` is
    /// recorded; the inner text is PowerShell's own.
    pub(crate) fn missing(names: &[&str]) -> Self {
        Self {
            exception: "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterBindingException",
            message: format!(
                "Cannot process command because of one or more missing mandatory parameters: {}.",
                names.join(", ")
            ),
            has_details: true,
        }
    }

    /// A value that cannot become the parameter's type.
    pub(crate) fn transformation(parameter: &str, reason: &str) -> Self {
        Self {
            exception: "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException",
            message: format!(
                "Cannot process argument transformation on parameter '{parameter}'. {reason}"
            ),
            has_details: false,
        }
    }

    /// A value of another type than the parameter's.
    pub(crate) fn conversion(parameter: &str, value: &str, kind: &str, error: &str) -> Self {
        Self::transformation(
            parameter,
            &format!("Cannot convert value \"{value}\" to type \"{kind}\". Error: \"{error}\""),
        )
    }

    /// A continuation that is too old, from elsewhere, or for another request.
    pub(crate) fn pagination() -> Self {
        Self {
            exception: "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            message: "Expired or Invalid pagination request. Default Expiry time is 00:30:00"
                .to_owned(),
            has_details: false,
        }
    }

    /// A body that is not what `InvokeCommand` takes.
    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self {
            exception: "Microsoft.OData.ODataException",
            message: message.into(),
            has_details: false,
        }
    }
}
