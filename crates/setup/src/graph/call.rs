//! Requests to Graph as values: what is asked, and how it is called in a message.

use std::fmt;

use bytes::Bytes;
use exoctl_identity::AccessToken;
use exoctl_model::{ClientId, ObjectId};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderName, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::object::KeyCredential;

/// One request to Graph.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// What it does, as the end of "could not …".
    pub operation: String,
    /// The method.
    pub method: Method,
    /// Path and query behind the version, or the whole address of a next page.
    pub place: Place,
    /// The body.
    pub body: Option<Value>,
    /// Whether the object is made if it is not there (`Prefer: create-if-missing`).
    pub create_if_missing: bool,
    /// Whether it is not sent again once it may have been carried out.
    pub once: bool,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind `/v1.0`.
    Path(String),
    /// The next page, as the service gave it.
    Link(Url),
}

impl Call {
    /// The tenant: its id and domains.
    pub fn organization() -> Self {
        Self::get("read the organization", "/organization?$select=id,displayName,verifiedDomains")
    }

    /// What the tenant demands of new credentials.
    pub fn app_management_policy() -> Self {
        Self::get(
            "read the tenant's policy for application credentials",
            "/policies/defaultAppManagementPolicy",
        )
    }

    /// What users may do by default.
    pub fn authorization_policy() -> Self {
        Self::get("read whether users may register applications", "/policies/authorizationPolicy")
    }

    /// The policies for credentials that are put on one application; at most one.
    pub fn app_management_policies_of(id: ObjectId) -> Self {
        Self::get(
            "read the application's own policy for credentials",
            format!("/applications/{id}/appManagementPolicies"),
        )
    }

    /// The application with that client id. Key bytes are not in the answer, which lets its
    /// key credentials be sent back as they came.
    pub fn application(app: ClientId) -> Self {
        Self::get(format!("read the application {app}"), format!("/applications(appId='{app}')"))
    }

    /// The application with that object id.
    pub fn application_object(id: ObjectId) -> Self {
        Self::get("read the application", format!("/applications/{id}"))
    }

    /// The application with that unique name.
    pub fn application_by_unique_name(name: &str) -> Self {
        let key = quoted(name);
        Self::get(
            format!("look for the application {name}"),
            format!("/applications(uniqueName={key})"),
        )
    }

    /// The applications with that display name; there may be many.
    pub fn applications_by_name(name: &str) -> Self {
        let filter = filter(&format!("displayName eq '{}'", name.replace('\'', "''")));
        Self::get(
            format!("look for applications called {name}"),
            format!("/applications?$filter={filter}"),
        )
    }

    /// Makes the application of that unique name, or changes the one that is there. Learn,
    /// "Upsert application".
    pub fn upsert_application(unique_name: &str, body: Value) -> Self {
        let key = quoted(unique_name);
        let path = format!("/applications(uniqueName={key})");
        Self { create_if_missing: true, ..Self::patch("create the application", path, body) }
    }

    /// Changes an application. `keyCredentials` replaces the whole list.
    pub fn update_application(operation: &str, id: ObjectId, body: Value) -> Self {
        Self::patch(operation, format!("/applications/{id}"), body)
    }

    /// Removes a secret.
    pub fn remove_password(id: ObjectId, key_id: Uuid) -> Self {
        let body = json!({ "keyId": key_id });
        Self::post("remove the secret", format!("/applications/{id}/removePassword"), body)
    }

    /// Puts an application among the deleted items.
    pub fn delete_application(id: ObjectId) -> Self {
        Self::delete("remove the application", format!("/applications/{id}"))
    }

    /// Deleted applications.
    pub fn deleted_applications() -> Self {
        Self::get(
            "look for deleted applications",
            "/directory/deletedItems/microsoft.graph.application",
        )
    }

    /// Removes a deleted object for good.
    pub fn purge(id: ObjectId) -> Self {
        Self::delete(
            "remove the deleted application for good",
            format!("/directory/deletedItems/{id}"),
        )
    }

    /// The service principal of an application.
    pub fn service_principal(app: ClientId) -> Self {
        Self::get(
            format!("read the service principal of {app}"),
            format!("/servicePrincipals(appId='{app}')"),
        )
    }

    /// The service principal of a resource, with its application roles.
    pub fn resource(app: ClientId) -> Self {
        let filter = filter(&format!("appId eq '{app}'"));
        Self::get(
            "look for Office 365 Exchange Online",
            format!("/servicePrincipals?$filter={filter}"),
        )
    }

    /// Makes the service principal of an application unless it is there. Learn, "Upsert
    /// servicePrincipal".
    pub fn upsert_service_principal(app: ClientId, body: Value) -> Self {
        let path = format!("/servicePrincipals(appId='{app}')");
        Self { create_if_missing: true, ..Self::patch("create the service principal", path, body) }
    }

    /// Lets a service principal sign in, or not.
    pub fn enable_service_principal(id: ObjectId, enabled: bool) -> Self {
        Self::patch(
            "enable the service principal",
            format!("/servicePrincipals/{id}"),
            json!({ "accountEnabled": enabled }),
        )
    }

    /// Removes a service principal.
    pub fn delete_service_principal(id: ObjectId) -> Self {
        Self::delete("remove the service principal", format!("/servicePrincipals/{id}"))
    }

    /// Which application roles a service principal has.
    pub fn app_role_assignments(principal: ObjectId) -> Self {
        Self::get(
            "read what the application was consented to",
            format!("/servicePrincipals/{principal}/appRoleAssignments"),
        )
    }

    /// Admin consent: the application role of the resource, for the principal. All three ids are
    /// object ids of service principals or ids of roles, none is a client id.
    pub fn grant_app_role(resource: ObjectId, principal: ObjectId, role: Uuid) -> Self {
        let body = json!({ "principalId": principal, "resourceId": resource, "appRoleId": role });
        let path = format!("/servicePrincipals/{resource}/appRoleAssignedTo");
        Self::post("grant admin consent", path, body)
    }

    /// Takes consent back.
    pub fn revoke_app_role(principal: ObjectId, assignment: &str) -> Self {
        let path = format!("/servicePrincipals/{principal}/appRoleAssignments/{assignment}");
        Self::delete("revoke admin consent", path)
    }

    /// Which directory roles a principal has.
    pub fn directory_roles(principal: ObjectId) -> Self {
        let filter = filter(&format!("principalId eq '{principal}'"));
        Self::get(
            "read the application's directory roles",
            format!("/roleManagement/directory/roleAssignments?$filter={filter}"),
        )
    }

    /// Assigns a directory role in the whole tenant.
    pub fn assign_directory_role(name: &str, principal: ObjectId, role: Uuid) -> Self {
        let body = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
            "principalId": principal,
            "roleDefinitionId": role,
            "directoryScopeId": "/",
        });
        Self::post(
            format!("assign the directory role {name}"),
            "/roleManagement/directory/roleAssignments",
            body,
        )
    }

    /// Takes a directory role away.
    pub fn remove_directory_role(name: &str, assignment: &str) -> Self {
        Self::delete(
            format!("remove the directory role {name}"),
            format!("/roleManagement/directory/roleAssignments/{assignment}"),
        )
    }

    /// Adds a certificate, with a proof in place of a permission. Learn, "application: addKey". Sent
    /// twice it adds two.
    pub fn add_key(id: ObjectId, key: &KeyCredential, proof: &SecretString) -> Self {
        let body = json!({
            "keyCredential": key,
            "passwordCredential": null,
            "proof": proof.expose_secret(),
        });
        let path = format!("/applications/{id}/addKey");
        Self { once: true, ..Self::post("add the key credential", path, body) }
    }

    /// Removes a certificate, with a proof in place of a permission. Learn, "application: removeKey".
    pub fn remove_key(id: ObjectId, key: Uuid, proof: &SecretString) -> Self {
        let body = json!({ "keyId": key, "proof": proof.expose_secret() });
        Self::post("remove the key credential", format!("/applications/{id}/removeKey"), body)
    }

    /// The same about the next page.
    pub(super) fn at(&self, link: Url) -> Self {
        Self { place: Place::Link(link), ..self.clone() }
    }

    pub(super) fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// The request as it goes over the wire.
    pub fn to_request(&self, base: &Url, token: &AccessToken, id: Uuid) -> exoctl_http::Request {
        let address = match &self.place {
            Place::Path(path) => format!("{}/v1.0{path}", base.as_str().trim_end_matches('/')),
            Place::Link(link) => link.to_string(),
        };
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.secret().expose_secret()))
                .unwrap_or(HeaderValue::from_static("Bearer"));
        bearer.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(address)
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header(HeaderName::from_static("client-request-id"), id.to_string());
        if self.create_if_missing {
            request = request.header(HeaderName::from_static("prefer"), "create-if-missing");
        }
        let body = match &self.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        request.body(body).expect("paths are made of ids and encoded text")
    }

    fn get(operation: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(operation, Method::GET, path, None)
    }

    fn delete(operation: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(operation, Method::DELETE, path, None)
    }

    fn post(operation: impl Into<String>, path: impl Into<String>, body: Value) -> Self {
        Self::new(operation, Method::POST, path, Some(body))
    }

    fn patch(operation: impl Into<String>, path: impl Into<String>, body: Value) -> Self {
        Self::new(operation, Method::PATCH, path, Some(body))
    }

    fn new(
        operation: impl Into<String>,
        method: Method,
        path: impl Into<String>,
        body: Option<Value>,
    ) -> Self {
        let (operation, place) = (operation.into(), Place::Path(path.into()));
        Self { operation, method, place, body, create_if_missing: false, once: false }
    }
}

/// Without the body, which may have a proof in it.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// A key of OData in a path: quotes doubled, the rest encoded.
fn quoted(text: &str) -> String {
    format!("'{}'", encoded(&text.replace('\'', "''")))
}

fn filter(expression: &str) -> String {
    encoded(expression)
}

/// Percent-encoded, with `%20` for a space, which OData understands in paths and queries.
fn encoded(text: &str) -> String {
    let pieces: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    pieces.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(call: &Call) -> String {
        let token =
            AccessToken::new("secret".into(), jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
        let base = Url::parse("https://graph.microsoft.com/").unwrap();
        let request = call.to_request(&base, &token, Uuid::nil());
        assert!(!format!("{:?}", request.headers()).contains("secret"));
        request.uri().to_string()
    }

    #[test]
    fn names_are_quoted_as_odata_and_urls_want_it() {
        // OData 4.01 URL conventions, section 5.1.1.6.1: a single quote is doubled.
        assert_eq!(
            address(&Call::applications_by_name("O'Neil & Co")),
            "https://graph.microsoft.com/v1.0/applications?$filter=displayName%20eq%20%27O%27%27Neil%20%26%20Co%27"
        );
        assert_eq!(
            address(&Call::application_by_unique_name("exoctl-a")),
            "https://graph.microsoft.com/v1.0/applications(uniqueName='exoctl-a')"
        );
    }

    #[test]
    fn an_upsert_prefers_to_create() {
        let call = Call::upsert_application("exoctl-a", json!({ "displayName": "A" }));
        assert_eq!((call.method.as_str(), call.create_if_missing), ("PATCH", true));
    }
}
