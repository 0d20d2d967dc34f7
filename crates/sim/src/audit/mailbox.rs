//! Bodies of Exchange's records: cmdlets (1), single items (2), groups of items (3) and
//! aggregated item accesses (50).

use super::json::{Object, array, name_values};
use super::kind::Doer;
use super::scene::Scene;

/// `ObjectId` of a cmdlet record: the directory name of what it changed.
pub(crate) fn cmdlet_object(scene: &Scene<'_>) -> String {
    let organization = scene.log.organization();
    match scene.kind.operation {
        "Set-AdminAuditLogConfig" => format!("{organization}\\Admin Audit Log Settings"),
        "Install-DefaultSharingPolicy" | "Enable-AddressListPaging" | "Set-TransportConfig" => {
            format!("{organization}\\{}", scene.draw.uuid(50))
        }
        _ => format!(
            "EURPR05A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{organization}/{}",
            target(scene)
        ),
    }
}

/// A cmdlet that ran in Exchange.
pub(crate) fn cmdlet(scene: &Scene<'_>) -> String {
    let by_service = scene.kind.doer == Doer::Service && scene.step.is_none();
    let object = cmdlet_object(scene);
    let mut parameters = Vec::new();
    if by_service {
        parameters.push(("DomainController", String::new()));
    }
    parameters.push(("Identity", object));
    match scene.step {
        Some(step) => {
            parameters
                .extend(step.details.iter().map(|(name, value)| (*name, (*value).to_owned())));
        }
        None => parameters.extend(usual_parameters(scene)),
    }
    let session = scene.draw.uuid(51).to_string();
    scene
        .opening(Some("True"))
        .text("AppId", if by_service { "" } else { "fb78d390-0c51-40cd-8e17-fdbfab77341b" })
        .text(
            "AppPoolName",
            if by_service { "MSExchangeServiceHostNetCore" } else { "MSExchangeAdminApiNetCore" },
        )
        .text("ClientAppId", "")
        .text("CorrelationID", "")
        .bare("ExternalAccess", by_service)
        .text("OrganizationName", scene.log.organization())
        .text("OriginatingServer", &server(scene, ""))
        .json("Parameters", &name_values(parameters))
        .text_if(!by_service, "SessionId", &session)
        .finish()
}

/// One item of a mailbox: sent, created, updated.
pub(crate) fn item(scene: &Scene<'_>) -> String {
    let client = scene.client_ip().unwrap_or_default();
    let names = array_of_attachments(scene);
    let item = Object::new()
        .text_if(!names.is_empty(), "Attachments", &names)
        .text("Id", &entry_id(scene, 60))
        .text("InternetMessageId", &message_id(scene, 61))
        .json("ParentFolder", &folder(scene, "\\Sent Items"))
        .bare("SizeInBytes", 4_000 + scene.draw.zipf(62, 2_000_000))
        .text("Subject", SUBJECTS[scene.draw.zipf(63, SUBJECTS.len() as u64) as usize])
        .finish();
    mailbox_members(scene, scene.opening(Some("Succeeded")), &client).json("Item", &item).finish()
}

/// Several items that were deleted or moved at once.
pub(crate) fn item_group(scene: &Scene<'_>) -> String {
    let client = scene.client_ip().unwrap_or_default();
    let affected = array((0..=scene.draw.zipf(64, 8)).map(|nth| {
        Object::new()
            .text("Id", &entry_id(scene, 70 + nth))
            .text("InternetMessageId", &message_id(scene, 80 + nth))
            .json("ParentFolder", &folder(scene, "\\Deleted Items"))
            .text("Subject", SUBJECTS[scene.draw.zipf(90 + nth, SUBJECTS.len() as u64) as usize])
            .finish()
    }));
    let result = if scene.draw.below(65, 40) == 0 { "PartiallySucceeded" } else { "Succeeded" };
    mailbox_members(scene, scene.opening(Some(result)), &client)
        .json("AffectedItems", &affected)
        .bare("CrossMailboxOperation", false)
        .json("Folder", &folder(scene, "\\Deleted Items"))
        .finish()
}

/// `MailItemsAccessed`: what a client read within two minutes.
pub(crate) fn item_aggregated(scene: &Scene<'_>) -> String {
    let count = 1 + scene.draw.zipf(66, 16);
    let items = array((0..count).map(|nth| {
        Object::new()
            .text("InternetMessageId", &message_id(scene, 100 + nth))
            .bare("SizeInBytes", 4_000 + scene.draw.zipf(120 + nth, 900_000))
            .finish()
    }));
    let folders = array([Object::new()
        .json("FolderItems", &items)
        .text("Id", &folder_id(scene))
        .text("Path", "\\Inbox")
        .finish()]);
    let nth = scene.user_number().unwrap_or_default();
    let address = scene
        .step
        .map_or_else(|| super::roster::address_of(nth, scene.draw), |step| step.address.to_owned());
    mailbox_members(scene, scene.opening(Some("Succeeded")), &address)
        .json(
            "OperationProperties",
            &name_values([
                ("MailAccessType", "Bind".to_owned()),
                (
                    "IsThrottled",
                    if scene.draw.below(67, 200) == 0 { "True" } else { "False" }.to_owned(),
                ),
            ]),
        )
        .json("Folders", &folders)
        .bare("OperationCount", count)
        .finish()
}

/// What all mailbox records say about mailbox, session and client.
fn mailbox_members(scene: &Scene<'_>, opening: Object, client: &str) -> Object {
    let nth = scene.user_number().unwrap_or_default();
    let owner = super::draw::Draw::new(0x0b0e, nth);
    let sid = format!(
        "S-1-5-21-{}-{}-{}-{}",
        scene.log.seed() % 4_000_000_000,
        (scene.log.seed() >> 7) % 4_000_000_000,
        (scene.log.seed() >> 11) % 4_000_000_000,
        1_000_000 + nth
    );
    let app = scene.draw_application(68).to_string();
    opening
        .text("AppId", &app)
        .text("ClientAppId", &app)
        .text("ClientIPAddress", client)
        .text("ClientInfoString", scene.draw.one_of(69, &CLIENTS))
        .bare("ExternalAccess", false)
        .bare("InternalLogonType", 0)
        .bare("LogonType", 0)
        .text("LogonUserSid", &sid)
        .show("MailboxGuid", owner.uuid(1))
        .text("MailboxOwnerSid", &sid)
        .text("MailboxOwnerUPN", &scene.log.roster().user_principal_name(nth))
        .text("OrganizationName", scene.log.organization())
        .text("OriginatingServer", &server(scene, "\r\n"))
        .show("SessionId", scene.draw.uuid(52))
}

/// Name of the recipient that a cmdlet changed.
fn target(scene: &Scene<'_>) -> String {
    let roster = scene.log.roster();
    roster.object_id(scene.draw.below(53, roster.size())).to_string()
}

fn usual_parameters(scene: &Scene<'_>) -> Vec<(&'static str, String)> {
    let somebody =
        || scene.log.roster().user_principal_name(scene.draw.below(54, scene.log.roster().size()));
    match scene.kind.operation {
        "Set-Mailbox" => vec![
            ("SkipMailboxProvisioningConstraintValidation", "True".to_owned()),
            ("RecalculateInactiveMailbox", "False".to_owned()),
            ("PersistedCapabilities", "BPOS_S_Enterprise;BPOS_S_O365PAM;MyAnalytics".to_owned()),
            ("IsDirSynced", "False".to_owned()),
            ("Force", "True".to_owned()),
            ("AuditVersion", "Version2".to_owned()),
        ],
        "New-InboxRule" => vec![
            ("AlwaysDeleteOutlookRulesBlob", "False".to_owned()),
            ("Force", "False".to_owned()),
            ("Name", "Newsletters".to_owned()),
            ("FromAddressContainsWords", "news@".to_owned()),
            ("MoveToFolder", "Newsletters".to_owned()),
        ],
        "Add-MailboxPermission" => {
            vec![("User", somebody()), ("AccessRights", "FullAccess".to_owned())]
        }
        "Set-CASMailbox" => {
            vec![("PopEnabled", "False".to_owned()), ("ImapEnabled", "False".to_owned())]
        }
        "New-TransportRule" => vec![
            ("Name", "Mark external mail".to_owned()),
            ("FromScope", "NotInOrganization".to_owned()),
            ("PrependSubject", "[External] ".to_owned()),
        ],
        "Set-AdminAuditLogConfig" => vec![("AdminAuditLogEnabled", "True".to_owned())],
        "Set-MailboxAuditBypassAssociation" => vec![("AuditBypassEnabled", "False".to_owned())],
        _ => vec![
            ("IgnoreDehydratedFlag", "True".to_owned()),
            ("ResetPasswordOnNextLogon", "False".to_owned()),
        ],
    }
}

fn server(scene: &Scene<'_>, ending: &str) -> String {
    let rack = scene.draw.below(55, 9000);
    format!("AM0PR05MB{:04} (15.20.{}.{:03}){ending}", 1000 + rack, 9000 + rack % 90, rack % 40)
}

fn folder(scene: &Scene<'_>, path: &str) -> String {
    Object::new().text("Id", &folder_id(scene)).text("Path", path).finish()
}

fn folder_id(scene: &Scene<'_>) -> String {
    format!("LgAAAAC{}/{}AAAAAAEMAAAB", scene.hex(56, 22), scene.hex(57, 20))
}

fn entry_id(scene: &Scene<'_>, purpose: u64) -> String {
    format!(
        "RgAAAAC{}BwB{}AAAAAAEMAAB{}AAAJ",
        scene.hex(58, 22),
        scene.hex(57, 22),
        scene.hex(purpose, 12)
    )
}

fn message_id(scene: &Scene<'_>, purpose: u64) -> String {
    let server = scene.draw.below(55, 9000);
    format!(
        "<AM0PR05MB{:04}{}@AM0PR05MB{:04}.eurprd05.prod.outlook.com>",
        1000 + server,
        scene.hex(purpose ^ 0x33, 26),
        1000 + server
    )
}

fn array_of_attachments(scene: &Scene<'_>) -> String {
    (0..scene.draw.below(59, 3))
        .map(|nth| format!("Anlage {} ({}b)", nth + 1, 900 + scene.draw.below(140 + nth, 90_000)))
        .collect::<Vec<_>>()
        .join("; ")
}

const SUBJECTS: [&str; 8] = [
    "Re: Agenda for Thursday",
    "Invoice 2026-1187",
    "Rückfrage zum Vertrag",
    "Minutes & next steps",
    "Your order has shipped",
    "Holiday request",
    "Forecast for the quarter",
    "=?not a formula",
];
const CLIENTS: [&str; 5] = [
    "Client=OWA;Action=ViaProxy",
    "Client=MSExchangeRPC",
    "Client=REST;Client=RESTSystem;;",
    "Client=OutlookService;Outlook-iOS/2.0;",
    "Client=WebServices;Mozilla/5.0 (Windows NT 10.0; Win64; x64);",
];
