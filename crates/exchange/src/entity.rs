//! The `Get-EXO…` cmdlets: entities that are read with GET instead of being invoked.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Method};
use uuid::Uuid;

use crate::cmdlet::CmdletName;
use crate::encoding::EncodingError;
use crate::entity_set::{Entity, find};
use crate::invocation::Invocation;
use crate::parameters::{ParameterValue, Parameters};
use crate::request::{Addressee, Prepared, common_headers, page_size};

/// Whether a cmdlet is one of them.
pub(crate) fn is_entity(cmdlet: &CmdletName) -> bool {
    find(cmdlet).is_some()
}

/// The GET request of a `Get-EXO…` cmdlet, `None` for every other cmdlet.
pub(crate) fn prepare(
    addressee: &Addressee,
    invocation: &Invocation,
) -> Option<Result<Prepared, EncodingError>> {
    let entity = find(&invocation.cmdlet)?;
    let relative = match relative(entity, addressee, invocation) {
        Ok(relative) => relative,
        Err(error) => return Some(Err(error)),
    };
    let client_request_id = Uuid::new_v4();
    let anchor = addressee.anchor(invocation);
    let mut headers = common_headers(addressee, client_request_id, &anchor);
    let prefer = format!("odata.maxpagesize={}", page_size(addressee, invocation));
    if let Ok(value) = HeaderValue::from_str(&prefer) {
        headers.insert(HeaderName::from_static("prefer"), value);
    }
    Some(Ok(Prepared {
        cmdlet: invocation.cmdlet.clone(),
        method: Method::GET,
        path: format!("/adminapi/beta/{}/{relative}", addressee.tenant_segment()),
        headers,
        body: Bytes::new(),
        client_request_id,
    }))
}

/// Path and query below the tenant's segment.
fn relative(
    entity: &Entity,
    addressee: &Addressee,
    invocation: &Invocation,
) -> Result<String, EncodingError> {
    let mut parameters = invocation.parameters.clone();
    // Common parameters say nothing to an OData endpoint.
    for common in ["ResultSize", "ErrorAction", "WarningAction", "Verbose", "Debug", "Confirm"] {
        parameters.remove(common);
    }
    let key = identity(entity, &mut parameters)?;
    let path = path(entity, key.as_deref(), &mut parameters)?;
    let mut query = Query::default();
    if !entity.fixed.is_empty() {
        query.0.push(entity.fixed.to_owned());
    }
    if let Some(sets) =
        parameters.remove("PropertySets").or_else(|| parameters.remove("PropertySet"))
    {
        query.add("PropertySet", &list("PropertySets", &sets)?);
    }
    let mut properties = invocation.select.join(",");
    if let Some(given) = parameters.remove("Properties") {
        let given = list("Properties", &given)?;
        properties = if properties.is_empty() { given } else { format!("{properties},{given}") };
    }
    if !properties.is_empty() && !entity.fixed.contains("$select") {
        query.add("$select", &properties);
    }
    if let Some(filter) = parameters.remove("Filter") {
        query.add("$filter", &text("Filter", &filter)?);
    }
    if key.is_none() && invocation.wanted().is_ok_and(|wanted| wanted.limit().is_some()) {
        query.add("$top", &page_size(addressee, invocation).to_string());
    }
    for (name, value) in parameters.iter() {
        query.add(option_name(name), &list(name, value)?);
    }
    Ok(if query.0.is_empty() { path } else { format!("{path}?{}", query.0.join("&")) })
}

/// The query option of a parameter; most have the parameter's name.
fn option_name(parameter: &str) -> &str {
    match () {
        () if parameter.eq_ignore_ascii_case("InactiveMailboxOnly")
            || parameter.eq_ignore_ascii_case("SoftDeletedMailbox") =>
        {
            "SoftDeletedMailbox"
        }
        () => parameter,
    }
}

/// The parameter that names one object; the first of the usual ones that is given.
fn identity(entity: &Entity, parameters: &mut Parameters) -> Result<Option<String>, EncodingError> {
    const NAMES: [&str; 6] = [
        "Identity",
        "ExternalDirectoryObjectId",
        "PrimarySmtpAddress",
        "UserPrincipalName",
        "Mailbox",
        "ExchangeGuid",
    ];
    let given = NAMES.iter().find_map(|name| Some((*name, parameters.remove(name)?)));
    let Some((name, value)) = given else {
        if entity.list.is_some() {
            return Ok(None);
        }
        return Err(EncodingError::Mistyped {
            parameter: "Identity".into(),
            expected: "a mailbox",
            value: String::new(),
        });
    };
    text(name, &value).map(Some)
}

fn path(
    entity: &Entity,
    key: Option<&str>,
    parameters: &mut Parameters,
) -> Result<String, EncodingError> {
    let key = match (key, entity.list) {
        (Some(key), _) => key,
        (None, list) => return Ok(list.unwrap_or_default().to_owned()),
    };
    let (mailbox, folder) = match key.split_once(':') {
        Some((mailbox, folder)) if entity.one.contains("{folder}") => (mailbox, folder),
        _ => (key, "\\"),
    };
    let encode = |text: &str| {
        if entity.encoded {
            path_text(&STANDARD.encode(text))
        } else {
            path_text(&text.replace('\'', "''"))
        }
    };
    let scope = match parameters.remove("FolderScope") {
        Some(scope) => text("FolderScope", &scope)?,
        None => "All".to_owned(),
    };
    Ok(entity
        .one
        .replace("{key}", &encode(mailbox))
        .replace("{folder}", &encode(folder))
        .replace("{scope}", &path_text(&scope)))
}

/// Query options in order.
#[derive(Default)]
struct Query(Vec<String>);

impl Query {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push(format!("{name}={}", query_text(value)));
    }
}

/// A value as the text of a query option; lists are joined with commas.
fn list(name: &str, value: &ParameterValue) -> Result<String, EncodingError> {
    match value {
        ParameterValue::Array(items) => {
            let texts: Result<Vec<String>, EncodingError> =
                items.iter().map(|item| text(name, item)).collect();
            Ok(texts?.join(","))
        }
        other => text(name, other),
    }
}

fn text(name: &str, value: &ParameterValue) -> Result<String, EncodingError> {
    match value {
        ParameterValue::String(text) => Ok(text.trim().to_owned()),
        ParameterValue::Bool(value) => Ok(value.to_string()),
        ParameterValue::Number(number) => Ok(number.to_string()),
        _ => Err(EncodingError::Mistyped {
            parameter: name.to_owned(),
            expected: "a text",
            value: "a value of another kind".to_owned(),
        }),
    }
}

/// A text inside a path segment, RFC 3986 section 3.3 without what OData gives a meaning.
fn path_text(text: &str) -> String {
    percent(text, "-._~@'")
}

/// A text inside a query, RFC 3986 section 3.4.
fn query_text(text: &str) -> String {
    percent(text, "-._~@',:()*")
}

fn percent(text: &str, plain: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || plain.contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressee() -> Addressee {
        Addressee {
            organization: "contoso.onmicrosoft.com".parse().unwrap(),
            tenant: None,
            compliance: false,
            connection_id: Uuid::nil(),
            page_size: 1000,
        }
    }

    fn path_of(cmdlet: &str, parameters: &[(&str, &str)]) -> String {
        let mut invocation = Invocation::new(cmdlet.parse().unwrap());
        for (name, value) in parameters {
            invocation = invocation.with(*name, *value);
        }
        let request = prepare(&addressee(), &invocation).unwrap().unwrap();
        assert_eq!((request.method, request.body.len()), (Method::GET, 0));
        let base = "/adminapi/beta/contoso.onmicrosoft.com/";
        request.path.strip_prefix(base).unwrap().to_owned()
    }

    #[test]
    fn mailboxes_are_listed_by_set_property_and_filter() {
        assert_eq!(path_of("Get-EXOMailbox", &[]), "Mailbox?$top=1000");
        assert_eq!(
            path_of(
                "get-exomailbox",
                &[
                    ("ResultSize", "Unlimited"),
                    ("PropertySets", "Minimum,Quota"),
                    ("Properties", "AuditEnabled"),
                    ("Filter", "DisplayName -like 'A*'"),
                    ("RecipientTypeDetails", "SharedMailbox"),
                ]
            ),
            "Mailbox?PropertySet=Minimum,Quota&$select=AuditEnabled\
             &$filter=DisplayName%20-like%20'A*'&RecipientTypeDetails=SharedMailbox"
        );
    }

    #[test]
    fn one_object_is_named_by_its_key() {
        assert_eq!(
            path_of("Get-EXORecipient", &[("Identity", "o'neill@contoso.com")]),
            "Recipient('o''neill@contoso.com')"
        );
        assert_eq!(
            path_of("Get-EXOMailboxStatistics", &[("UserPrincipalName", "adele@contoso.com")]),
            "Mailbox('YWRlbGVAY29udG9zby5jb20%3D')/Exchange.GetMailboxStatistics()?isEncoded=true"
        );
        assert_eq!(
            path_of("Get-EXOMailboxFolderPermission", &[("Identity", "a@b.c:\\Inbox")]),
            "Mailbox('YUBiLmM%3D')/MailboxFolder('XEluYm94')/MailboxFolderPermission\
             ?IsUsingMailboxFolderId=True&isEncoded=true"
        );
    }

    #[test]
    fn statistics_need_a_mailbox() {
        let invocation = Invocation::new("Get-EXOMailboxStatistics".parse().unwrap());
        assert!(prepare(&addressee(), &invocation).unwrap().is_err());
        let other = Invocation::new("Get-Mailbox".parse().unwrap());
        assert!(prepare(&addressee(), &other).is_none());
    }
}
