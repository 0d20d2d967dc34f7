//! `Get-` and `Set-OrganizationConfig`, and `Get-AcceptedDomain`.

use super::configuration;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Int, Null, Text},
};
use crate::exchange::cmdlet::{Cmdlet, Impact};
use crate::exchange::parameter::{ANY_IDENTITY, Parameter, RESULT_SIZE, Type};

const VIEWERS: &[&str] = &["View-Only Configuration", "Organization Configuration"];

pub(super) static KIND: Kind = Kind {
    noun: "OrganizationConfig",
    template: &[
        ("ActivityBasedAuthenticationTimeoutEnabled", Bool(true)),
        ("ActivityBasedAuthenticationTimeoutInterval", Text("06:00:00")),
        ("AppsForOfficeEnabled", Bool(true)),
        ("AsyncSendEnabled", Bool(true)),
        ("AuditDisabled", Bool(false)),
        ("AutodiscoverPartialDirSync", Bool(false)),
        ("AutoExpandingArchiveEnabled", Bool(false)),
        ("BlockMoveMessagesForGroupFolders", Bool(false)),
        ("BookingsEnabled", Bool(true)),
        ("ConnectorsEnabled", Bool(true)),
        ("CustomerLockboxEnabled", Bool(false)),
        ("DefaultAuthenticationPolicy", Null),
        ("DefaultGroupAccessType", Text("Private")),
        ("DefaultMinutesToReduceLongEventsBy", Int(10)),
        ("DefaultMinutesToReduceShortEventsBy", Int(5)),
        ("DefaultPublicFolderAgeLimit", Null),
        ("DirectReportsGroupAutoCreationEnabled", Bool(false)),
        ("DisplayName", Text("Contoso")),
        ("EndUserMailFlowEnabled", Bool(true)),
        ("EwsAllowEntourage", Null),
        ("EwsApplicationAccessPolicy", Null),
        ("EwsEnabled", Null),
        ("FocusedInboxOn", Null),
        ("HiddenMembershipGroupsCreationEnabled", Bool(true)),
        ("IsAgendaMailEnabled", Bool(true)),
        ("IsDehydrated", Bool(false)),
        ("LeanPopoutEnabled", Bool(false)),
        ("LinkPreviewEnabled", Bool(true)),
        ("MailTipsAllTipsEnabled", Bool(true)),
        ("MailTipsExternalRecipientsTipsEnabled", Bool(false)),
        ("MailTipsGroupMetricsEnabled", Bool(true)),
        ("MailTipsLargeAudienceThreshold", Int(25)),
        ("MailTipsMailboxSourcedTipsEnabled", Bool(true)),
        ("MessageRecallEnabled", Null),
        ("OAuth2ClientProfileEnabled", Bool(true)),
        ("OutlookMobileGCCRestrictionsEnabled", Bool(false)),
        ("PublicComputersDetectionEnabled", Bool(false)),
        ("PublicFoldersEnabled", Text("Local")),
        ("ReadTrackingEnabled", Bool(false)),
        ("RefreshSessionEnabled", Bool(true)),
        ("RejectDirectSend", Bool(false)),
        ("SendFromAliasEnabled", Bool(false)),
        ("ShortenEventScopeDefault", Text("None")),
        ("SmtpActionableMessagesEnabled", Bool(true)),
        ("WebPushNotificationsDisabled", Bool(false)),
    ],
    first: &[("{organization}", &[])],
};

pub(super) static DOMAIN: Kind = Kind {
    noun: "AcceptedDomain",
    template: &[
        ("DomainName", Text("")),
        ("CatchAllRecipientID", Null),
        ("DomainType", Text("Authoritative")),
        ("MatchSubDomains", Bool(false)),
        ("AddressBookEnabled", Bool(true)),
        ("Default", Bool(false)),
        ("EmailOnly", Bool(false)),
        ("ExternallyManaged", Bool(false)),
        ("AuthenticationType", Text("Managed")),
        ("LiveIdInstanceType", Text("Business")),
        ("PendingRemoval", Bool(false)),
        ("PendingCompletion", Bool(false)),
        ("FederatedOrganizationLink", Null),
        ("MailFlowPartner", Null),
        ("OutboundOnly", Bool(false)),
        ("PendingFederatedAccountNamespace", Bool(false)),
        ("PendingFederatedDomain", Bool(false)),
        ("IsCoexistenceDomain", Bool(false)),
        ("PerimeterDuplicateDetected", Bool(false)),
        ("IsDefaultFederatedDomain", Bool(false)),
        ("EnableNego2Authentication", Bool(false)),
        ("InitialDomain", Bool(false)),
        ("SendingFromDomainDisabled", Bool(false)),
        ("CanHaveCloudCache", Bool(false)),
    ],
    first: &[
        (
            "{organization}",
            &[("DomainName", Text("{organization}")), ("InitialDomain", Bool(true))],
        ),
        ("{domain}", &[("DomainName", Text("{domain}")), ("Default", Bool(true))]),
    ],
};

const fn flag(name: &'static str) -> Parameter {
    Parameter::new(name, Type::Bool)
}

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-OrganizationConfig", VIEWERS, &[], configuration::get),
    Cmdlet::write(
        "Set-OrganizationConfig",
        &["Organization Configuration"],
        Impact::Medium,
        &[
            flag("ActivityBasedAuthenticationTimeoutEnabled"),
            flag("AppsForOfficeEnabled"),
            flag("AuditDisabled"),
            Parameter::new("AutoExpandingArchive", Type::Switch),
            flag("BookingsEnabled"),
            flag("ConnectorsEnabled"),
            flag("CustomerLockboxEnabled"),
            Parameter::new("DefaultAuthenticationPolicy", Type::Identity),
            Parameter::new("DefaultMinutesToReduceLongEventsBy", Type::Int),
            Parameter::new("DefaultMinutesToReduceShortEventsBy", Type::Int),
            flag("EndUserMailFlowEnabled"),
            flag("EwsEnabled"),
            flag("FocusedInboxOn"),
            flag("LinkPreviewEnabled"),
            flag("MailTipsAllTipsEnabled"),
            flag("MailTipsExternalRecipientsTipsEnabled"),
            Parameter::new("MailTipsLargeAudienceThreshold", Type::Int),
            flag("MessageRecallEnabled"),
            flag("OAuth2ClientProfileEnabled"),
            flag("ReadTrackingEnabled"),
            flag("RejectDirectSend"),
            flag("SendFromAliasEnabled"),
            flag("SmtpActionableMessagesEnabled"),
            flag("WebPushNotificationsDisabled"),
        ],
        configuration::set,
    )
    .prompt("Setting the organization configuration."),
    Cmdlet::read(
        "Get-AcceptedDomain",
        &[
            "View-Only Configuration",
            "Remote and Accepted Domains",
            "Organization Configuration",
            "View-Only Recipients",
        ],
        &[ANY_IDENTITY, RESULT_SIZE],
        configuration::get,
    ),
];
