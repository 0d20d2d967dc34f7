//! Bodies of SharePoint's and OneDrive's records: files (6), pages (4), sharing (14), lists (36)
//! and columns (56).

use super::json::Object;
use super::kind::Shape;
use super::scene::Scene;

/// Something happened to a file, or it was shared.
pub(crate) fn file(scene: &Scene<'_>) -> String {
    let place = scene.place();
    let folder = scene.kind.operation == "FolderModified";
    let object = common(scene, if folder { "Folder" } else { "File" })
        .text("SiteUrl", &place.site)
        .text("SourceRelativeUrl", place.folder)
        .text("SourceFileName", if folder { "General" } else { &place.name })
        .text("SourceFileExtension", if folder { "" } else { place.extension });
    if scene.kind.shape == Shape::Sharing {
        return sharing(scene, object).finish();
    }
    let size = 10_000 + scene.draw.zipf(160, 50_000_000);
    let bytes = matches!(scene.kind.operation, "FileDownloaded" | "FileUploaded" | "FileModified");
    let object = object
        .bare("HighPriorityMediaProcessing", false)
        .show("ListItemUniqueId", scene.draw.uuid(161));
    let object = if bytes { object.bare("FileSizeBytes", size) } else { object };
    match scene.kind.operation {
        "FileSyncDownloadedFull" | "FileSyncUploadedFull" => {
            object.text("FileSyncBytesCommitted", &size.to_string()).finish()
        }
        "FileRenamed" => object
            .text("DestinationRelativeUrl", place.folder)
            .text("DestinationFileName", &format!("Final {}", place.name))
            .text("DestinationFileExtension", place.extension)
            .finish(),
        _ => object.finish(),
    }
}

/// A page was seen, a list or a column touched.
pub(crate) fn page(scene: &Scene<'_>) -> String {
    match scene.kind.shape {
        Shape::Page => common(scene, "Page")
            .show("ListItemUniqueId", scene.draw.uuid(161))
            .bare("CustomUniqueId", false)
            .finish(),
        Shape::List => common(scene, "List")
            .bare("DoNotDistributeEvent", true)
            .bare("FromApp", false)
            .bare("IsDocLib", true)
            .bare("ItemCount", scene.draw.zipf(162, 5_000))
            .text("ListBaseTemplateType", "101")
            .text("ListBaseType", "DocumentLibrary")
            .text("ListColor", "")
            .text("ListIcon", "")
            .text("ListTitle", &scene.draw.uuid(15).to_string())
            .text("TemplateTypeId", "")
            .finish(),
        _ => common(scene, "Field").finish(),
    }
}

fn sharing(scene: &Scene<'_>, object: Object) -> Object {
    let (granted, kind) = match scene.kind.operation {
        "AnonymousLinkCreated" => {
            ("<Type>View</Type><MembersCanShareApplied>False</MembersCanShareApplied>", None)
        }
        "AddedToSecureLink" => (
            "<Type>Edit</Type><MembersCanShareApplied>False</MembersCanShareApplied>",
            Some("Guest"),
        ),
        _ => (
            "<Permissions granted>Contribute</Permissions granted><MembersCanShareApplied>True</MembersCanShareApplied>",
            Some("Member"),
        ),
    };
    let roster = scene.log.roster();
    let target = match kind {
        Some("Guest") => format!("partner{}@partner.example", scene.draw.zipf(163, 300)),
        _ => roster.user_principal_name(scene.draw.below(164, roster.size())),
    };
    object
        .text("EventData", granted)
        .text_if(kind.is_some(), "TargetUserOrGroupName", &target)
        .text_if(kind.is_some(), "TargetUserOrGroupType", kind.unwrap_or_default())
        .show("UniqueSharingId", scene.draw.uuid(165))
}

/// What every SharePoint record says about the client and the site.
fn common(scene: &Scene<'_>, item: &str) -> Object {
    let place = scene.place();
    let agent = scene.draw.one_of(166, &AGENTS);
    scene
        .opening(None)
        .text("AuthenticationType", "OAuth")
        .text("BrowserName", "Edge")
        .text("BrowserVersion", "141.0.0.0")
        .show("CorrelationId", scene.draw.uuid(167))
        .text("EventSource", "SharePoint")
        .bare("IsManagedDevice", scene.draw.below(168, 3) > 0)
        .text("ItemType", item)
        .text("Platform", "WinDesktop")
        .show("Site", place.site_id)
        .text("UserAgent", agent)
        .show("WebId", uuid::Uuid::from_u128(place.site_id.as_u128() ^ 0x3eb))
}

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "Microsoft Office Word 2016 (16.0.19127)",
    "Microsoft SkyDriveSync 25.184.0921.0003 ship; Windows NT 10.0 (26100)",
    "OneDriveMpc-Transform_Thumbnail/1.0",
];
