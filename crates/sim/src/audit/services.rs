//! Bodies of the smaller workloads: Teams (25), Security & Compliance (18, 40, 52), threat
//! intelligence (28), automated investigation (64) and Copilot (261).

use super::json::{Object, array};
use super::kind::Shape;
use super::scene::Scene;

/// The record of a smaller workload.
pub(crate) fn body(scene: &Scene<'_>) -> String {
    match scene.kind.shape {
        Shape::Teams => teams(scene),
        Shape::ComplianceCmdlet => compliance_cmdlet(scene),
        Shape::Alert => alert(scene),
        Shape::Insight => insight(scene),
        Shape::Threat => threat(scene),
        Shape::Investigation => investigation(scene),
        _ => copilot(scene),
    }
}

fn teams(scene: &Scene<'_>) -> String {
    let team = format!("Team {}", scene.draw.zipf(200, 80));
    let thread = format!("19:{}@thread.tacv2", scene.hex(201, 32).to_lowercase());
    let opening = scene.opening(None);
    match scene.kind.operation {
        "TeamsSessionStarted" => opening
            .text("ClientApplication", "Microsoft Teams")
            .text("DeviceInformation", "Windows")
            .text("ItemName", "TeamsSession")
            .finish(),
        "MemberAdded" => {
            let roster = scene.log.roster();
            let nth = scene.draw.below(202, roster.size());
            let member = Object::new()
                .text("DisplayName", &roster.display_name(nth))
                .bare("Role", 1)
                .text("UPN", &roster.user_principal_name(nth))
                .finish();
            opening
                .json("Members", &array([member]))
                .text("TeamName", &team)
                .text("TeamGuid", &thread)
                .json("ExtraProperties", "[]")
                .text("ItemName", &team)
                .text("CommunicationType", "Team")
                .show("AADGroupId", scene.draw.uuid(203))
                .finish()
        }
        "MeetingParticipantDetail" => opening
            .text("CommunicationType", "GroupCall")
            .text("JoinTime", &scene.creation_time())
            .show("MeetingDetailId", scene.draw.uuid(204))
            .text("ItemName", "Weekly meeting")
            .finish(),
        _ => opening
            .text("ChatThreadId", &thread)
            .text("CommunicationType", "GroupChat")
            .text("MessageId", &format!("17{}", scene.draw.below(205, 99_999_999_999)))
            .json("MessageURLs", r#"["https:\/\/intranet.contoso.example\/news"]"#)
            .finish(),
    }
}

fn compliance_cmdlet(scene: &Scene<'_>) -> String {
    // `Parameters` is a list in Exchange's records and a string here.
    scene
        .opening(Some("Success"))
        .bare("SecurityComplianceCenterEventType", 0)
        .text("ClientApplication", "EMC")
        .text("CmdletVersion", "V15.20.9218.003")
        .text("EffectiveOrganization", scene.log.organization())
        .text("NonPIIParameters", "")
        .text("Parameters", "-StartDate \"2026-01-01\" -AggregateBy \"Day\"")
        .text("StartTime", &scene.creation_time())
        .text("UserServicePlan", "")
        .finish()
}

fn alert(scene: &Scene<'_>) -> String {
    let id = scene.draw.uuid(15).to_string();
    let data = Object::new()
        .text("etype", "User")
        .text("eid", &scene.log.roster().user_principal_name(0))
        .text("op", "Creation of forwarding/redirect rule")
        .text("ts", &scene.creation_time())
        .text("tid", &scene.log.tenant_id().to_string())
        .finish();
    let link = Object::new()
        .text("AlertLinkHref", &format!("https://security.microsoft.com/viewalerts?id={id}"));
    scene
        .opening(Some("Succeeded"))
        .text("AlertId", &id)
        .json("AlertLinks", &array([link.finish()]))
        .text("AlertType", "System")
        .text("Category", "ThreatManagement")
        .text("Comments", "New alert")
        .text("Data", &data)
        .text("Name", "Creation of forwarding/redirect rule")
        .show("PolicyId", scene.draw.uuid(206))
        .text("Severity", "Informational")
        .text("Source", "Office 365 Security & Compliance")
        .text("Status", "Active")
        .finish()
}

fn insight(scene: &Scene<'_>) -> String {
    scene
        .opening(None)
        .text("AadAppId", "80ccca67-54bd-44ab-8625-4b79c4dc7775")
        .text("DataType", "Subscription")
        .text("DatabaseType", "DataInsights")
        .text("RelativeUrl", "/DataInsights/DataInsightsService.svc/Find/Subscription")
        .text("ResultCount", &scene.draw.below(207, 40).to_string())
        .finish()
}

fn threat(scene: &Scene<'_>) -> String {
    let roster = scene.log.roster();
    let recipient = roster.user_principal_name(scene.draw.below(208, roster.size()));
    let sender = format!("billing{}@shop.example", scene.draw.zipf(209, 500));
    let message = scene.draw.uuid(210);
    let mut recipients = String::from("[");
    super::json::quote(&mut recipients, &recipient);
    recipients.push(']');
    scene
        .opening(None)
        .json("AttachmentData", "[]")
        .text("DeliveryAction", "Blocked")
        .text("DetectionMethod", "Advanced filter")
        .text("DetectionType", "Inline")
        .text("Directionality", "Inbound")
        .text(
            "EventDeepLink",
            &format!(
                "https://security.microsoft.com/?hash=/threatexplorer?messageParams={message}"
            ),
        )
        .text("InternetMessageId", &format!("<{message}@shop.example>"))
        .text("LatestDeliveryLocation", "Quarantine")
        .text("MessageTime", &scene.creation_time())
        .show("NetworkMessageId", message)
        .text("OriginalDeliveryLocation", "Quarantine")
        .text("P1Sender", &sender)
        .text("P2Sender", &sender)
        .text("Policy", "Anti-phishing policy")
        .text("PolicyAction", "Quarantine")
        .json("Recipients", &recipients)
        .text("SenderIp", "192.0.2.17")
        .text("Subject", "Your invoice is overdue")
        .text("Verdict", "Phish")
        .finish()
}

fn investigation(scene: &Scene<'_>) -> String {
    let id = scene.draw.uuid(15);
    let evidence: Vec<_> = (0..14)
        .map(|nth| {
            Object::new()
                .text("$id", &nth.to_string())
                .text("Type", "mailMessage")
                .show("NetworkMessageId", scene.draw.uuid(220 + nth))
                .text(
                    "Recipient",
                    &scene.log.roster().user_principal_name(nth % scene.log.roster().size()),
                )
                .text(
                    "ThreatDetails",
                    "Advanced filter; mail reported by user; similar messages clustered",
                )
                .finish()
        })
        .collect();
    let data = Object::new().json("Entities", &array(evidence)).finish();
    scene
        .opening(None)
        .json("Actions", "[]")
        .text("Data", &data)
        .text("DeepLinkUrl", &format!("https://security.microsoft.com/mtp-investigation/urn:{id}"))
        .text("EndTimeUtc", &scene.creation_time())
        .text("InvestigationId", &format!("urn:ZappedUrlInvestigation:{id}"))
        .text("InvestigationName", "Mail with malicious urls is zapped")
        .text("InvestigationType", "ZappedUrlInvestigation")
        .text("LastUpdateTimeUtc", &scene.creation_time())
        .bare("RunningTime", 60 + scene.draw.below(211, 3_000))
        .text("StartTimeUtc", &scene.creation_time())
        .text("Status", "Remediated")
        .finish()
}

fn copilot(scene: &Scene<'_>) -> String {
    let event = Object::new()
        .json("AccessedResources", "[]")
        .text("AppHost", scene.draw.one_of(212, &["Word", "Teams", "Outlook", "Bing"]))
        .show("ThreadId", scene.draw.uuid(213))
        .finish();
    scene
        .opening(None)
        .text("AppIdentity", "Copilot.MicrosoftCopilot")
        .json("CopilotEventData", &event)
        .finish()
}
