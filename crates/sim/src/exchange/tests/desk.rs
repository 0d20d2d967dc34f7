//! A tenant, and somebody who calls it.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::super::front;
use crate::call::{Call, Service};
use crate::clock::SimClock;
use crate::config::SimConfig;
use crate::role::DirectoryRole;
use crate::state_directory::StateDirectory;
use crate::tenant::Tenant;

/// The time at which the tests begin.
const NOW: &str = "2026-07-23T22:00:00Z";
/// The anchor that app-only clients send.
pub(super) const ANCHOR: &str = "UPN:OAuthUser@contoso.onmicrosoft.com";

/// A tenant and a caller of it.
pub(super) struct Desk {
    pub(super) tenant: Arc<Tenant>,
    pub(super) clock: SimClock,
    pub(super) service: Service,
    pub(super) anchor: Option<&'static str>,
    pub(super) cookie: Option<String>,
    pub(super) page_size: u32,
    token: String,
    _state: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn rows(&self) -> Vec<Json> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()["value"].as_array().unwrap().clone()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Desk {
    /// A tenant of so many mailboxes and an Exchange administrator.
    pub(super) fn new(mailboxes: u64) -> Self {
        Self::with(mailboxes, true, &[DirectoryRole::ExchangeAdministrator])
    }

    /// A caller with or without `Exchange.ManageAsApp`, with these directory roles.
    pub(super) fn with(mailboxes: u64, consented: bool, roles: &[DirectoryRole]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let clock = SimClock::fixed(NOW.parse().unwrap());
        let mut config = SimConfig::new(state.path());
        config.mailboxes = mailboxes;
        config.audit_records = 10;
        config.clock = clock.clone();
        let tenant = Tenant::new(config, StateDirectory::open(state.path()).unwrap()).unwrap();
        let mut wids = vec!["0997a1d0-0d1d-4acb-b408-d5ca73121e90".to_owned()];
        wids.extend(roles.iter().map(|role| role.template_id().to_string()));
        let now = clock.now().as_second();
        let token = tenant.token_key().sign(&json!({
            "aud": "https://outlook.office365.com", "tid": tenant.id(), "nbf": now, "exp": now + 36_000,
            "iss": format!("https://sts.windows.net/{}/", tenant.id()),
            "appid": Uuid::from_u128(7), "oid": Uuid::from_u128(8), "app_displayname": "nightly report",
            "roles": if consented { vec!["Exchange.ManageAsApp"] } else { vec![] }, "wids": wids,
        }));
        Self {
            tenant: Arc::new(tenant),
            clock,
            service: Service::Exchange,
            anchor: Some(ANCHOR),
            cookie: None,
            page_size: 1000,
            token,
            _state: state,
        }
    }

    /// The same caller at Security & Compliance.
    pub(super) fn at_compliance(mut self, region: Option<&str>, roles: &[DirectoryRole]) -> Self {
        self.service = Service::Compliance { region: region.map(str::to_owned) };
        let now = self.clock.now().as_second();
        let wids: Vec<String> = roles.iter().map(|role| role.template_id().to_string()).collect();
        self.token = self.tenant.token_key().sign(&json!({
            "aud": "https://ps.compliance.protection.outlook.com", "tid": self.tenant.id(),
            "nbf": now, "exp": now + 3600, "appid": Uuid::from_u128(7), "oid": Uuid::from_u128(8),
            "roles": ["Exchange.ManageAsApp"], "wids": wids,
        }));
        self
    }

    /// Runs a cmdlet.
    pub(super) async fn run(&self, cmdlet: &str, parameters: Json) -> Answer {
        self.post(&self.path("InvokeCommand"), &body(cmdlet, parameters)).await
    }

    /// A path below the tenant.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/adminapi/beta/{}/{rest}", self.tenant.id())
    }

    pub(super) async fn post(&self, path: &str, body: &Json) -> Answer {
        self.send("POST", path, body.to_string(), &[]).await
    }

    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, String::new(), headers).await
    }

    /// Follows a `nextLink` with the same body.
    pub(super) async fn follow(&self, link: &str, body: &Json) -> Answer {
        let path = link.strip_prefix("https://sim.example").unwrap();
        self.post(path, body).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> Answer {
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let mut quoted = false;
        let route: String = route
            .chars()
            .map(|letter| {
                quoted ^= letter == '\'';
                if quoted { letter } else { letter.to_ascii_lowercase() }
            })
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{route}?{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header("prefer", format!("odata.maxpagesize={}", self.page_size));
        if let Some(anchor) = self.anchor {
            request = request.header("x-anchormailbox", anchor);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let call = Call {
            service: self.service.clone(),
            base: "https://sim.example".to_owned(),
            path: path.split('?').next().unwrap().to_owned(),
            request_id: Uuid::nil(),
            cmdlet: None,
        };
        let request = request.extension(call).body(Body::from(body)).unwrap();
        let (parts, body) = front::serve(Arc::clone(&self.tenant), request).await.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Keeps the cookie of an answer, as a cookie jar does.
    pub(super) fn keep_cookie(&mut self, answer: &Answer) {
        let cookie = answer.header("set-cookie");
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }
}

/// The body that runs a cmdlet.
pub(super) fn body(cmdlet: &str, parameters: impl Into<Json>) -> Json {
    let parameters = parameters.into();
    json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}})
}
