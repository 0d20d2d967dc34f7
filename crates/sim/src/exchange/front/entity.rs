//! The GET endpoints behind `Get-EXOMailbox` and its sisters.
//!
//! Paths, query options and the encoding of keys are those of the clients; no literal answer is
//! known, so rows are those of the cmdlets in an OData envelope.

mod property_set;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Map, Value as Json, json};

use super::super::answer::{Reply, error};
use super::super::caller::Caller;
use super::query::Query;
use super::{Arrival, execute};

/// A resource of the path: its name in lower case, and the key behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    name: String,
    key: Option<String>,
}

/// Answers `Mailbox`, `Mailbox('…')/MailboxPermission` and so on.
pub(super) async fn serve(arrival: &Arc<Arrival>, caller: Caller, resource: &str) -> Reply {
    let encoded =
        arrival.query.get("isEncoded").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let segments: Vec<Segment> =
        split(resource).iter().map(|part| segment(part, encoded)).collect();
    let Some((cmdlet, context)) = cmdlet(&segments, &arrival.query) else {
        return error(StatusCode::NOT_FOUND, "Resource not found for the segment.");
    };
    let parameters = parameters(&segments, &arrival.query, cmdlet);
    let mut request = arrival.request(cmdlet.to_owned(), parameters);
    request.select = request.select.or_else(|| property_set::of(cmdlet, &arrival.query));
    let query = arrival.query.text_without("$skiptoken");
    let and = if query.is_empty() { "" } else { "&" };
    let path = &arrival.call.path;
    let path = path
        .find("/adminapi")
        .or_else(|| path.find("/AdminApi"))
        .map_or(path.as_str(), |at| &path[at..]);
    let next = format!("{}{path}?{query}{and}", arrival.call.base);
    execute(arrival, caller, request, next, context).await
}

/// The cmdlet that answers a path, and the name of its entity set.
fn cmdlet(segments: &[Segment], query: &Query) -> Option<(&'static str, &'static str)> {
    let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
    let expanded = query.get("$expand").unwrap_or_default().to_lowercase();
    Some(match names[..] {
        ["recipient"] if expanded.contains("recipientpermission") => {
            ("Get-RecipientPermission", "Recipient(RecipientPermission)")
        }
        ["recipient"] => ("Get-Recipient", "Recipient"),
        ["mailbox"] => ("Get-Mailbox", "Mailbox"),
        ["casmailbox"] => ("Get-CASMailbox", "CasMailbox"),
        ["user"] => ("Get-User", "User"),
        ["unifiedgroup"] => ("Get-UnifiedGroup", "UnifiedGroup"),
        ["mailbox", "mailboxpermission"] => ("Get-MailboxPermission", "MailboxPermission"),
        ["mailbox", "exchange.getmailboxstatistics()"] => {
            ("Get-MailboxStatistics", "Collection(Exchange.MailboxStatistics)")
        }
        ["mailbox", "mailboxfolder", "mailboxfolderpermission"] => {
            ("Get-MailboxFolderPermission", "MailboxFolderPermission")
        }
        ["mailbox", "mailboxfolder", last]
            if last.starts_with("exchange.getmailboxfolderstatistics(") =>
        {
            ("Get-MailboxFolderStatistics", "Collection(Exchange.MailboxFolderStatistics)")
        }
        ["mailbox", "mobiledevice", last]
            if last.starts_with("exchange.getmobiledevicestatistics(") =>
        {
            ("Get-MobileDeviceStatistics", "Collection(Exchange.MobileDeviceStatistics)")
        }
        _ => return None,
    })
}

fn parameters(segments: &[Segment], query: &Query, cmdlet: &str) -> Map<String, Json> {
    let mut parameters = Map::new();
    let key = segments.first().and_then(|segment| segment.key.clone());
    let folder = segments.get(1).and_then(|segment| segment.key.clone());
    match (cmdlet, key) {
        ("Get-MailboxFolderPermission", Some(mailbox)) => {
            let folder = folder.unwrap_or_else(|| "\\".to_owned());
            parameters.insert("Identity".to_owned(), json!(format!("{mailbox}:{folder}")));
        }
        ("Get-MobileDeviceStatistics", Some(mailbox)) => {
            parameters.insert("Mailbox".to_owned(), json!(mailbox));
        }
        (_, Some(identity)) => {
            parameters.insert("Identity".to_owned(), json!(identity));
        }
        (_, None) => {}
    }
    for (option, parameter) in [
        ("$filter", "Filter"),
        ("$top", "ResultSize"),
        ("Anr", "Anr"),
        ("RecipientTypeDetails", "RecipientTypeDetails"),
        ("OrganizationalUnit", "OrganizationalUnit"),
        ("SoftDeletedMailbox", "SoftDeletedMailbox"),
    ] {
        if let Some(value) = query.get(option) {
            parameters.insert(parameter.to_owned(), json!(value));
        }
    }
    parameters
}

/// Splits a path at slashes outside of quotes.
fn split(path: &str) -> Vec<&str> {
    let mut quoted = false;
    path.split(|letter| {
        quoted ^= letter == '\'';
        letter == '/' && !quoted
    })
    .filter(|part| !part.is_empty())
    .collect()
}

/// `mailbox('key')`, or a function call, which stays whole.
fn segment(part: &str, encoded: bool) -> Segment {
    let key = part.split_once("('").and_then(|(name, rest)| Some((name, rest.strip_suffix("')")?)));
    let Some((name, key)) = key else { return Segment { name: part.to_owned(), key: None } };
    let key = url::form_urlencoded::parse(key.replace('+', "%2B").as_bytes()).next().map_or_else(
        String::new,
        |(name, value)| {
            // Base64 ends in "=", which separates names from values in a query.
            if key.contains('=') { format!("{name}={value}") } else { name.into_owned() }
        },
    );
    let decoded = || String::from_utf8(STANDARD.decode(key.as_bytes()).ok()?).ok();
    let key = if encoded { decoded().unwrap_or_default() } else { key.replace("''", "'") };
    Segment { name: name.to_owned(), key: Some(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_plain_and_encoded() {
        // base64 of "adele@contoso.com", by coreutils.
        let path = "mailbox('YWRlbGVAY29udG9zby5jb20=')/mailboxpermission";
        let parts: Vec<Segment> = split(path).iter().map(|part| segment(part, true)).collect();
        assert_eq!(parts[0].key.as_deref(), Some("adele@contoso.com"));
        assert_eq!(parts[1].name, "mailboxpermission");
        assert_eq!(segment("mailbox('O''Brien')", false).key.as_deref(), Some("O'Brien"));
        assert_eq!(segment("mailbox('a%40b.c')", false).key.as_deref(), Some("a@b.c"));
    }
}
