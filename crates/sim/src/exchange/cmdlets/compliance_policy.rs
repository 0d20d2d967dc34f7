//! Policies that Security & Compliance offers: retention, labels, data loss prevention, and how
//! long audit records are kept.

use super::configuration::get;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Id, Int, List, Null, Text},
};
use crate::exchange::cmdlet::{Cmdlet, Offered};
use crate::exchange::parameter::ANY_IDENTITY;

pub(super) static RETENTION_POLICY: Kind = Kind {
    noun: "RetentionCompliancePolicy",
    template: &[
        ("Type", Text("Retention")),
        ("Workload", Text("Exchange, SharePoint, OneDriveForBusiness")),
        ("Mode", Text("Enforce")),
        ("Enabled", Bool(true)),
        ("Comment", Null),
        ("DistributionStatus", Text("Success")),
        ("ExchangeLocation", List(&["All"])),
        ("SharePointLocation", List(&["All"])),
        ("OneDriveLocation", List(&["All"])),
        ("TeamsChannelLocation", List(&[])),
        ("TeamsChatLocation", List(&[])),
        ("RestrictiveRetention", Bool(false)),
        ("Priority", Int(0)),
        ("CreatedBy", Text("admin@{domain}")),
        ("LastModifiedBy", Text("admin@{domain}")),
    ],
    first: &[
        ("Keep seven years", &[]),
        (
            "Delete chats after a year",
            &[
                ("Workload", Text("Teams")),
                ("ExchangeLocation", List(&[])),
                ("SharePointLocation", List(&[])),
                ("OneDriveLocation", List(&[])),
                ("TeamsChannelLocation", List(&["All"])),
                ("TeamsChatLocation", List(&["All"])),
                ("Priority", Int(1)),
            ],
        ),
    ],
};

pub(super) static LABEL: Kind = Kind {
    noun: "Label",
    template: &[
        ("ImmutableId", Id),
        ("DisplayName", Text("")),
        ("Tooltip", Text("")),
        ("Comment", Null),
        ("Priority", Int(0)),
        ("ParentId", Null),
        ("ContentType", Text("File, Email")),
        ("Workload", Text("Exchange, SharePoint, OneDriveForBusiness")),
        ("Mode", Text("Enforce")),
        ("Disabled", Bool(false)),
        ("Settings", List(&["[tooltip, ]", "[isparent, False]"])),
        ("LabelActions", List(&[])),
    ],
    first: &[
        ("Public", &[("DisplayName", Text("Public")), ("Tooltip", Text("May be published."))]),
        (
            "Internal",
            &[
                ("DisplayName", Text("Internal")),
                ("Tooltip", Text("For colleagues.")),
                ("Priority", Int(1)),
            ],
        ),
        (
            "Confidential",
            &[
                ("DisplayName", Text("Confidential")),
                ("Tooltip", Text("For those named.")),
                ("Priority", Int(2)),
            ],
        ),
    ],
};

pub(super) static DLP_POLICY: Kind = Kind {
    noun: "DlpCompliancePolicy",
    template: &[
        ("Type", Text("Dlp")),
        ("Workload", Text("Exchange, SharePoint, OneDriveForBusiness")),
        ("Mode", Text("Enable")),
        ("Enabled", Bool(true)),
        ("Comment", Null),
        ("DistributionStatus", Text("Success")),
        ("ExchangeLocation", List(&["All"])),
        ("SharePointLocation", List(&["All"])),
        ("OneDriveLocation", List(&["All"])),
        ("EndpointDlpLocation", List(&[])),
        ("Priority", Int(0)),
    ],
    first: &[
        ("Payment cards", &[]),
        (
            "Personal data (test)",
            &[("Mode", Text("TestWithoutNotifications")), ("Priority", Int(1))],
        ),
    ],
};

pub(super) static AUDIT_RETENTION_POLICY: Kind = Kind {
    noun: "UnifiedAuditLogRetentionPolicy",
    template: &[
        ("Description", Text("")),
        ("Priority", Int(1)),
        ("RecordTypes", List(&[])),
        ("Operations", List(&[])),
        ("UserIds", List(&[])),
        ("RetentionDuration", Text("TwelveMonths")),
    ],
    // The default policy is never listed (documented).
    first: &[(
        "Short Teams history",
        &[
            ("RecordTypes", List(&["MicrosoftTeams"])),
            ("RetentionDuration", Text("ThreeMonths")),
            ("Priority", Int(10)),
        ],
    )],
};

pub(super) static COMPLIANCE_TAG: Kind = Kind {
    noun: "ComplianceTag",
    template: &[
        ("Comment", Null),
        ("Notes", Null),
        ("RetentionAction", Text("KeepAndDelete")),
        ("RetentionDuration", Text("2555")),
        ("RetentionType", Text("CreationAgeInDays")),
        ("IsRecordLabel", Bool(false)),
        ("Regulatory", Bool(false)),
        ("EventType", Null),
        ("ReviewerEmail", List(&[])),
        ("Workload", Text("Exchange, SharePoint, OneDriveForBusiness")),
        ("Disabled", Bool(false)),
        ("Policy", Id),
    ],
    first: &[
        ("Contract", &[("IsRecordLabel", Bool(true))]),
        ("Draft", &[("RetentionDuration", Text("365")), ("RetentionAction", Text("Delete"))]),
    ],
};

const RETENTION: &[&str] =
    &["Retention Management", "View-Only Retention Management", "Organization Configuration"];
const LABELS: &[&str] = &["Sensitivity Label Administrator", "Sensitivity Label Reader"];
const DLP: &[&str] = &["DLP Compliance Management", "View-Only DLP Compliance Management"];
const AUDIT: &[&str] = &["Audit Logs", "View-Only Audit Logs"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-RetentionCompliancePolicy", RETENTION, &[ANY_IDENTITY], get)
        .offered(Offered::Compliance),
    Cmdlet::read("Get-ComplianceTag", RETENTION, &[ANY_IDENTITY], get).offered(Offered::Compliance),
    Cmdlet::read("Get-Label", LABELS, &[ANY_IDENTITY], get).offered(Offered::Compliance),
    Cmdlet::read("Get-DlpCompliancePolicy", DLP, &[ANY_IDENTITY], get).offered(Offered::Compliance),
    Cmdlet::read("Get-UnifiedAuditLogRetentionPolicy", AUDIT, &[ANY_IDENTITY], get)
        .offered(Offered::Compliance),
];
