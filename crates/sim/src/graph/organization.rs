//! `/organization` and `/me`.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Request;
use super::answer::{Refusal, Reply};
use super::path::Key;
use super::permission::Action;

/// The one organization of a tenant.
pub(super) fn serve(request: &Request<'_>) -> Result<Reply, Refusal> {
    request.allow(Action::ReadOrganization)?;
    match (&request.method, &request.path.key) {
        (&Method::GET, None) => request.list(vec![organization(request)]),
        (&Method::GET, Some(Key::Id(id))) if id.parse() == Ok(request.tenant.id()) => {
            request.one(organization(request))
        }
        (&Method::GET, Some(_)) => Err(Refusal::not_found(&request.path_key())),
        _ => Err(Refusal::method()),
    }
}

/// The person who is signed in.
pub(super) fn me(request: &Request<'_>) -> Result<Reply, Refusal> {
    let Some(person) = &request.caller.person else {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ));
    };
    request.allow(Action::ReadMe)?;
    if request.method != Method::GET || request.path.key.is_some() {
        return Err(Refusal::method());
    }
    request.one(json!({
        "businessPhones": [],
        "displayName": person.name,
        "givenName": null,
        "jobTitle": null,
        "mail": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": null,
        "userPrincipalName": person.user_principal_name,
        "id": request.caller.object_id,
    }))
}

fn organization(request: &Request<'_>) -> Value {
    let domains: Vec<Value> = request
        .tenant
        .domains()
        .iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": index == 0,
                "isInitial": index == 0,
                "name": name,
                "type": "Managed",
            })
        })
        .collect();
    json!({
        "id": request.tenant.id(),
        "deletedDateTime": null,
        "countryLetterCode": "DE",
        "displayName": "Contoso",
        "tenantType": "AAD",
        "verifiedDomains": domains,
    })
}
