//! Bodies of the directory's records: changes (8) and sign-ins (15).

use super::json::{Object, array, name_values};
use super::scene::Scene;

/// `ObjectId` of a directory change.
pub(crate) fn object(scene: &Scene<'_>) -> String {
    let roster = scene.log.roster();
    match scene.kind.operation {
        operation if about_application(operation) => scene.draw_application(170).to_string(),
        _ => roster.user_principal_name(scene.draw.below(171, roster.size())),
    }
}

/// A change in the directory.
pub(crate) fn change(scene: &Scene<'_>) -> String {
    let object = scene.object_id().unwrap_or_default();
    let category = match scene.kind.operation {
        operation if operation.contains("application") => "Application",
        operation if operation.contains("service principal") => "ServicePrincipal",
        "Add member to role." => "Role",
        "Add member to group." => "Group",
        _ => "User",
    };
    let agent =
        Object::new().text("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)").finish();
    let kind = if about_application(scene.kind.operation) { "ServicePrincipal" } else { "User" };
    let target_id = scene.draw.uuid(172).to_string();
    scene
        .opening(Some("Success"))
        .bare("AzureActiveDirectoryEventType", 1)
        .json(
            "ExtendedProperties",
            &name_values([
                ("additionalDetails", agent),
                ("extendedAuditEventCategory", category.to_owned()),
            ]),
        )
        .json("ModifiedProperties", &modified(scene))
        .json("Actor", &actor(scene))
        .show("ActorContextId", scene.log.tenant_id())
        .show("InterSystemsId", scene.draw.uuid(173))
        .show("IntraSystemId", scene.draw.uuid(174))
        .text("SupportTicketId", "")
        .json(
            "Target",
            &typed_ids(&[
                (format!("{kind}_{target_id}"), 2),
                (target_id.clone(), 2),
                (kind.to_owned(), 2),
                (object.clone(), if kind == "User" { 5 } else { 4 }),
            ]),
        )
        .show("TargetContextId", scene.log.tenant_id())
        .finish()
}

/// Somebody signed in, or could not.
pub(crate) fn sign_in(scene: &Scene<'_>) -> String {
    let failed = scene.kind.operation == "UserLoginFailed";
    let user = scene.user_number().unwrap_or_default();
    let user_object = scene.log.roster().object_id(user).to_string();
    let (error, reason) = scene.draw.one_of(
        175,
        &[
            ("50126", "InvalidUserNameOrPassword"),
            ("50053", "IdsLocked"),
            ("50076", "UserStrongAuthClientAuthNRequiredInterrupt"),
        ],
    );
    let address = scene.client_ip().unwrap_or_default();
    // A failed sign-in says "Success" in two cases of three (observed).
    let result = if failed && scene.draw.below(176, 3) == 0 { "Failed" } else { "Success" };
    let detail = if failed { "UserError" } else { "Success" };
    let browser = scene.draw.one_of(177, &["Chrome", "Edge", "Firefox", "MobileSafari"]);
    let system = scene.draw.one_of(178, &["Windows10", "MacOs", "Android", "Ios"]);
    let opening = scene
        .opening(Some(result))
        .bare("AzureActiveDirectoryEventType", 1)
        .json(
            "ExtendedProperties",
            &name_values([
                ("ResultStatusDetail", detail.to_owned()),
                ("UserAgent", AGENT.to_owned()),
                ("UserAuthenticationMethod", "1".to_owned()),
                ("RequestType", "OAuth2:Authorize".to_owned()),
            ]),
        )
        .json("ModifiedProperties", "[]")
        .json("Actor", &typed_ids(&[(user_object, 0), (scene.user_id(), 5)]))
        .show("ActorContextId", scene.log.tenant_id())
        .text("ActorIpAddress", &address)
        .show("InterSystemsId", scene.draw.uuid(173))
        .show("IntraSystemId", scene.draw.uuid(174))
        .text("SupportTicketId", "")
        .json("Target", &typed_ids(&[("00000002-0000-0ff1-ce00-000000000000".to_owned(), 0)]))
        .show("TargetContextId", scene.log.tenant_id())
        .show("ApplicationId", scene.draw_application(179))
        .json(
            "DeviceProperties",
            &name_values([
                ("OS", system.to_owned()),
                ("BrowserType", browser.to_owned()),
                ("SessionId", scene.draw.uuid(180).to_string()),
            ]),
        )
        .text("ErrorNumber", if failed { error } else { "0" });
    opening.text_if(failed, "LogonError", reason).finish()
}

fn about_application(operation: &str) -> bool {
    operation.contains("application") || operation.contains("service principal")
}

fn actor(scene: &Scene<'_>) -> String {
    match scene.user_number() {
        Some(nth) => {
            let object = scene.log.roster().object_id(nth).to_string();
            typed_ids(&[
                (scene.user_id(), 5),
                (scene.user_key().split('@').next().unwrap_or_default().to_owned(), 3),
                (format!("User_{object}"), 2),
                (object, 2),
                ("User".to_owned(), 2),
            ])
        }
        None => typed_ids(&[
            ("Microsoft Substrate Management".to_owned(), 1),
            (scene.draw_application(11).to_string(), 2),
            (scene.user_id(), 2),
            ("ServicePrincipal".to_owned(), 2),
        ]),
    }
}

/// `ModifiedProperties`; most records are small, one in forty is several times as big.
fn modified(scene: &Scene<'_>) -> String {
    let changed = |name: &str, new: &str| {
        Object::new().text("Name", name).text("NewValue", new).text("OldValue", "[]").finish()
    };
    if let Some(step) = scene.step
        && !step.details.is_empty()
    {
        return array(step.details.iter().map(|(name, value)| changed(name, value)));
    }
    let blocks = if scene.draw.below(181, 40) == 0 { 12 } else { 1 + scene.draw.below(182, 3) };
    let names = (0..blocks).flat_map(|block| {
        let id = scene.draw.uuid(190 + block);
        let plan = format!(
            "[\r\n  {{\r\n    \"SkuName\": \"ENTERPRISEPACK\",\r\n    \"AssignedPlanId\": \"{id}\",\r\n    \"CapabilityStatus\": \"Enabled\"\r\n  }}\r\n]"
        );
        [changed("AssignedPlan", &plan), changed("LicenseAssignmentDetail", &format!("[\r\n  \"{id}\"\r\n]"))]
    });
    array(
        names.chain([changed(
            "Included Updated Properties",
            "AssignedPlan, LicenseAssignmentDetail",
        )]),
    )
}

fn typed_ids(ids: &[(String, u8)]) -> String {
    array(ids.iter().map(|(id, kind)| Object::new().text("ID", id).bare("Type", kind).finish()))
}

const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
