//! Which service a request is for, and its path in the one form that the routes have.

use crate::call::Service;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub service: Service,
    /// The path for routing: no double slashes, lower case outside of quotes, no `/compliance`.
    pub path: String,
    /// What was taken off the front of the path.
    pub prefix: String,
}

/// Finds the service by the host that was named, or else by the path.
pub(super) fn locate(host: &str, path: &str) -> Address {
    let path = normalize(path);
    let host = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    let host = host.to_ascii_lowercase();
    if let Some((region, path)) = compliance_path(&path) {
        let prefix = region
            .as_ref()
            .map_or("/compliance".to_owned(), |region| format!("/compliance/{region}"));
        return Address { service: Service::Compliance { region }, path, prefix };
    }
    let service = match host.split_once('.') {
        _ if host.starts_with("ps.compliance.protection.") => Service::Compliance { region: None },
        Some((region, rest))
            if rest.starts_with("ps.compliance.protection.")
                || rest.starts_with("admin.protection.") =>
        {
            Service::Compliance { region: Some(region.to_owned()) }
        }
        _ if is_below(&path, "/adminapi") => Service::Exchange,
        _ if ["/v1.0", "/beta", "/subscriptions"].iter().any(|root| is_below(&path, root)) => {
            Service::Graph
        }
        _ if is_below(&path, "/api/v1.0") => Service::Activity,
        _ => Service::Entra,
    };
    Address { service, path, prefix: String::new() }
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `/compliance/adminapi/…` and `/compliance/{region}/adminapi/…`.
fn compliance_path(path: &str) -> Option<(Option<String>, String)> {
    let rest = path.strip_prefix("/compliance")?;
    if is_below(rest, "/adminapi") {
        return Some((None, rest.to_owned()));
    }
    let (region, rest) = rest.strip_prefix('/')?.split_once('/')?;
    Some((Some(region.to_owned()), format!("/{rest}")))
}

/// Lower case and single slashes, but text in quotes is a value and stays as it is.
fn normalize(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut quoted = false;
    let decoded = path.replace("%27", "'");
    for letter in decoded.chars() {
        quoted ^= letter == '\'';
        if letter == '/' && !quoted && normal.ends_with('/') {
            continue;
        }
        normal.push(if quoted { letter } else { letter.to_ascii_lowercase() });
    }
    if normal.len() > 1 && normal.ends_with('/') {
        normal.pop();
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compliance(region: Option<&str>) -> Service {
        Service::Compliance { region: region.map(str::to_owned) }
    }

    #[test]
    fn hosts_and_paths_name_the_service() {
        for (host, path, service, routed) in [
            (
                "127.0.0.1:8443",
                "/AdminApi/Beta/T/InvokeCommand",
                Service::Exchange,
                "/adminapi/beta/t/invokecommand",
            ),
            (
                "localhost",
                "/compliance/adminapi/beta/t/$batch",
                compliance(None),
                "/adminapi/beta/t/$batch",
            ),
            (
                "localhost",
                "/Compliance/eur02b/AdminApi/v1.0/t/EXOModuleFile",
                compliance(Some("eur02b")),
                "/adminapi/v1.0/t/exomodulefile",
            ),
            (
                "ps.compliance.protection.outlook.com",
                "/adminapi/beta/t",
                compliance(None),
                "/adminapi/beta/t",
            ),
            (
                "eur02b.ps.compliance.protection.outlook.com:443",
                "/adminapi/beta/t",
                compliance(Some("eur02b")),
                "/adminapi/beta/t",
            ),
            (
                "eur02b.admin.protection.outlook.com:446",
                "/adminapi/x",
                compliance(Some("eur02b")),
                "/adminapi/x",
            ),
            (
                "manage.office.com",
                "/api/v1.0/T/activity/feed/subscriptions/list",
                Service::Activity,
                "/api/v1.0/t/activity/feed/subscriptions/list",
            ),
            ("graph.microsoft.com", "/v1.0//applications", Service::Graph, "/v1.0/applications"),
            (
                "login.microsoftonline.com",
                "/contoso.onmicrosoft.com/oauth2/v2.0/token",
                Service::Entra,
                "/contoso.onmicrosoft.com/oauth2/v2.0/token",
            ),
        ] {
            let address = locate(host, path);
            assert_eq!((address.service, address.path.as_str()), (service, routed), "{host}{path}");
        }
    }

    #[test]
    fn a_quoted_key_keeps_its_case() {
        let address =
            locate("h", "/adminapi/beta/T/Mailbox('Adele@Contoso.com')/MailboxPermission/");
        assert_eq!(address.path, "/adminapi/beta/t/mailbox('Adele@Contoso.com')/mailboxpermission");
    }
}
