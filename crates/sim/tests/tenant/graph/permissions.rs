//! What the client's permissions and the person's directory roles allow.

use exoctl_sim::{AdminTokenRequest, DirectoryRole};
use serde_json::{Value, json};

use super::desk::{Desk, EXCHANGE_ADMINISTRATOR, MANAGE_AS_APP, refusal, text};
use crate::harness::claims_of;

use DirectoryRole as R;

const WRITE: &str = "Application.ReadWrite.All";
const ASSIGN: &str = "AppRoleAssignment.ReadWrite.All";
const ROLES: &str = "RoleManagement.ReadWrite.Directory";
/// Graph's own application role `Application.Read.All`.
const GRAPH_READ: &str = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30";

struct Scene {
    desk: Desk,
    application: String,
    principal: String,
    exchange: String,
    graph: String,
}

async fn scene() -> Scene {
    let desk = Desk::new().await;
    let made = desk.application().await;
    let principal = desk.make("/servicePrincipals", json!({"appId": made["appId"]})).await;
    let exchange = desk.exchange().await;
    let path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = text(&desk.get(path).await.json()["id"]);
    Scene {
        application: text(&made["id"]),
        principal: text(&principal["id"]),
        exchange,
        graph,
        desk,
    }
}

impl Scene {
    /// What somebody with these roles and permissions may do: register, change, consent to Exchange,
    /// consent to Graph, give a role. `x` is allowed.
    async fn may(&mut self, roles: &[R], scopes: &[&str]) -> String {
        self.desk.become_with(roles, scopes);
        let (resource, graph) = (&self.exchange, &self.graph);
        let consent = |resource: &str, role: &str| json!({"principalId": self.principal, "resourceId": resource, "appRoleId": role});
        let role = json!({"principalId": self.principal, "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"});
        let calls = [
            ("POST", "/applications".to_owned(), json!({"displayName": "x"})),
            ("PATCH", format!("/applications/{}", self.application), json!({"notes": "x"})),
            (
                "POST",
                format!("/servicePrincipals/{resource}/appRoleAssignedTo"),
                consent(resource, MANAGE_AS_APP),
            ),
            (
                "POST",
                format!("/servicePrincipals/{graph}/appRoleAssignedTo"),
                consent(graph, GRAPH_READ),
            ),
            ("POST", "/roleManagement/directory/roleAssignments".to_owned(), role),
        ];
        let mut allowed = String::new();
        for (method, path, body) in calls {
            let answer = self.desk.call(method, &path, body).await;
            if answer.status == 403 {
                let expected = "Insufficient privileges to complete the operation.";
                assert_eq!(refusal(&answer).1, "Authorization_RequestDenied");
                assert_eq!(refusal(&answer).2, expected);
            }
            // What was granted for an earlier row is refused as a duplicate: allowed all the same.
            allowed.push(if answer.status == 403 { '.' } else { 'x' });
        }
        allowed
    }
}

#[tokio::test]
async fn permissions_and_roles_are_both_needed() {
    let mut scene = scene().await;
    let both = [WRITE, ROLES];
    let all = [WRITE, ASSIGN, ROLES];
    for (roles, scopes, allowed) in [
        (&[R::GlobalAdministrator][..], &all[..], "xxxxx"),
        (&[R::GlobalAdministrator], &both, "xxx.x"),
        (&[R::GlobalAdministrator], &[WRITE], "xxx.."),
        (&[R::GlobalAdministrator], &[ASSIGN], "....."),
        (&[R::GlobalAdministrator], &["Directory.Read.All"], "....."),
        (&[R::CloudApplicationAdministrator], &all, "xxx.."),
        (&[R::ApplicationAdministrator], &all, "xxx.."),
        (&[R::PrivilegedRoleAdministrator], &all, "x.xxx"),
        (&[R::ApplicationDeveloper], &all, "x...."),
        (&[R::ExchangeAdministrator], &all, "x...."),
        (&[], &all, "x...."),
    ] {
        assert_eq!(scene.may(roles, scopes).await, allowed, "{roles:?} with {scopes:?}");
    }
}

#[tokio::test]
async fn users_may_register_unless_the_tenant_says_otherwise() {
    let mut scene = scene().await;
    let policy = "/policies/authorizationPolicy";
    scene.desk.become_with(&[R::GlobalAdministrator], &["Policy.ReadWrite.Authorization"]);
    let read = scene.desk.get(policy).await.json();
    assert_eq!(read["defaultUserRolePermissions"]["allowedToCreateApps"], true);
    let body = json!({"defaultUserRolePermissions": {"allowedToCreateApps": false}});
    assert_eq!(scene.desk.call("PATCH", policy, body).await.status, 204);
    assert_eq!(scene.may(&[], &[WRITE]).await, ".....");
    assert_eq!(scene.may(&[R::ApplicationDeveloper], &[WRITE]).await, "x....");
    assert_eq!(scene.may(&[R::CloudApplicationAdministrator], &[WRITE]).await, "xxx..");
}

#[tokio::test]
async fn who_registered_an_application_may_change_it() {
    let mut scene = scene().await;
    scene.desk.become_with(&[R::ApplicationDeveloper], &[WRITE]);
    let made = scene.desk.make("/applications", json!({"displayName": "mine"})).await;
    let path = format!("/applications/{}", text(&made["id"]));
    assert_eq!(scene.desk.call("PATCH", &path, json!({"notes": "x"})).await.status, 204);
    let principal = json!({"appId": made["appId"]});
    assert_eq!(scene.desk.call("POST", "/servicePrincipals", principal).await.status, 201);
    scene.desk.become_with(&[], &[WRITE]);
    assert_eq!(scene.desk.call("PATCH", &path, json!({"notes": "y"})).await.status, 403);
}

#[tokio::test]
async fn reads_need_their_permission() {
    let mut desk = Desk::new().await;
    for (scope, path, status) in [
        ("Application.Read.All", "/applications", 200),
        ("Application.Read.All", "/servicePrincipals", 200),
        ("Application.Read.All", "/roleManagement/directory/roleAssignments", 403),
        ("RoleManagement.Read.Directory", "/roleManagement/directory/roleAssignments", 200),
        ("RoleManagement.Read.Directory", "/applications", 403),
        ("User.Read", "/organization", 200),
        ("User.Read", "/me", 200),
        ("Application.ReadWrite.All", "/organization", 403),
        ("Policy.Read.All", "/policies/defaultAppManagementPolicy", 200),
        ("Application.ReadWrite.All", "/policies/defaultAppManagementPolicy", 403),
    ] {
        desk.become_with(&[R::GlobalAdministrator], &[scope]);
        assert_eq!(desk.get(path).await.status, status, "{scope} at {path}");
    }
    desk.become_with(&[], &["User.Read", "Policy.Read.All"]);
    assert_eq!(desk.get("/policies/defaultAppManagementPolicy").await.status, 403);
    let me = desk.get("/me").await.json();
    assert_eq!(me["userPrincipalName"], "plain.user@contoso.onmicrosoft.com");
}

#[tokio::test]
async fn an_application_needs_permissions_of_its_own() {
    let desk = Desk::new().await;
    let made = desk.application().await;
    let (id, app_id) = (text(&made["id"]), text(&made["appId"]));
    let principal = desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    let path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = text(&desk.get(path).await.json()["id"]);
    let own_token = async || {
        let now = desk.sim.clock.now().as_second();
        let claims = json!({
            "aud": desk.sim.url("/contoso.com/oauth2/v2.0/token"),
            "iss": app_id, "sub": app_id, "nbf": now, "exp": now + 600,
        });
        let assertion = crate::harness::sign("PS256", &crate::harness::ps256_header(), &claims);
        let mut fields = crate::harness::form(&app_id, &assertion);
        fields.pop();
        fields.push(("scope", "https://graph.microsoft.com/.default".to_owned()));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        text(&desk.sim.post("/contoso.com/oauth2/v2.0/token", &fields).await.json()["access_token"])
    };
    let read = async |token: &str| {
        let url = desk.sim.url(&format!("/v1.0/applications/{id}"));
        crate::harness::read(desk.sim.client.get(url).bearer_auth(token)).await.unwrap().status
    };
    let token = own_token().await;
    assert_eq!(read(&token).await, 403);
    let role = |role: &str| json!({"principalId": principal["id"], "resourceId": graph, "appRoleId": role});
    let request = AdminTokenRequest::new([R::GlobalAdministrator]).with_scopes([WRITE, ASSIGN]);
    let request = desk
        .sim
        .client
        .post(desk.sim.url(&format!("/v1.0/servicePrincipals/{graph}/appRoleAssignedTo")))
        .bearer_auth(desk.sim.tenant.admin_token(&request).unwrap())
        .header("content-type", "application/json")
        .body(role(GRAPH_READ).to_string());
    assert_eq!(crate::harness::read(request).await.unwrap().status, 201);
    assert_eq!(read(&token).await, 403, "a token keeps the roles it was issued with");
    let token = own_token().await;
    assert_eq!(claims_of(&token)["roles"], json!(["Application.Read.All"]));
    assert_eq!(read(&token).await, 200);
    let me = desk.sim.client.get(desk.sim.url("/v1.0/me")).bearer_auth(&token);
    let me = crate::harness::read(me).await.unwrap();
    assert_eq!(refusal(&me).2, "/me request is only valid with delegated authentication flow.");
}

#[tokio::test]
async fn an_unknown_permission_cannot_be_asked_for() {
    let desk = Desk::new().await;
    let request = AdminTokenRequest::new([]).with_scopes(["Everything.Now"]);
    let error = desk.sim.tenant.admin_token(&request).unwrap_err();
    assert_eq!(error.to_string(), "could not issue a token for an administrator");
    let control = exoctl_sim::ControlClient::open(desk.sim.state.path()).await.unwrap();
    let error = control.admin_token(&request).await.unwrap_err().to_string();
    assert!(error.contains("there is no delegated permission \"Everything.Now\""), "{error}");
    let token = control.admin_token(&AdminTokenRequest::new([R::GlobalReader])).await.unwrap();
    let claims = claims_of(&token);
    assert_eq!(
        (&claims["idtyp"], &claims["aud"]),
        (&json!("user"), &json!("https://graph.microsoft.com"))
    );
    assert_eq!(claims["roles"], Value::Null);
    assert!(text(&claims["scp"]).split(' ').any(|scope| scope == "Application.ReadWrite.All"));
}
