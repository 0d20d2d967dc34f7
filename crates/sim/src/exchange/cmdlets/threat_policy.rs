//! Policies against spam, phishing and malware, and the signing of mail.

use super::configuration::get;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Int, List, Text},
};
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::parameter::{ANY_IDENTITY, RESULT_SIZE};

pub(super) static CONTENT_FILTER: Kind = Kind {
    noun: "HostedContentFilterPolicy",
    template: &[
        ("AddXHeaderValue", Text("")),
        ("ModifySubjectValue", Text("")),
        ("RedirectToRecipients", List(&[])),
        ("TestModeBccToRecipients", List(&[])),
        ("QuarantineRetentionPeriod", Int(30)),
        ("EndUserSpamNotificationFrequency", Int(3)),
        ("TestModeAction", Text("None")),
        ("IncreaseScoreWithImageLinks", Text("Off")),
        ("IncreaseScoreWithNumericIps", Text("Off")),
        ("IncreaseScoreWithRedirectToOtherPort", Text("Off")),
        ("IncreaseScoreWithBizOrInfoUrls", Text("Off")),
        ("MarkAsSpamEmptyMessages", Text("Off")),
        ("MarkAsSpamJavaScriptInHtml", Text("Off")),
        ("MarkAsSpamFramesInHtml", Text("Off")),
        ("MarkAsSpamSpfRecordHardFail", Text("Off")),
        ("MarkAsSpamBulkMail", Text("On")),
        ("LanguageBlockList", List(&[])),
        ("RegionBlockList", List(&[])),
        ("HighConfidenceSpamAction", Text("Quarantine")),
        ("SpamAction", Text("MoveToJmf")),
        ("BulkSpamAction", Text("MoveToJmf")),
        ("PhishSpamAction", Text("Quarantine")),
        ("HighConfidencePhishAction", Text("Quarantine")),
        ("BulkThreshold", Int(7)),
        ("AllowedSenders", List(&[])),
        ("AllowedSenderDomains", List(&[])),
        ("BlockedSenders", List(&[])),
        ("BlockedSenderDomains", List(&[])),
        ("EnableLanguageBlockList", Bool(false)),
        ("EnableRegionBlockList", Bool(false)),
        ("SpamZapEnabled", Bool(true)),
        ("PhishZapEnabled", Bool(true)),
        ("ZapEnabled", Bool(true)),
        ("InlineSafetyTipsEnabled", Bool(true)),
        ("SpamQuarantineTag", Text("DefaultFullAccessPolicy")),
        ("HighConfidencePhishQuarantineTag", Text("AdminOnlyAccessPolicy")),
        ("IsDefault", Bool(false)),
        ("RecommendedPolicyType", Text("Custom")),
    ],
    first: &[
        ("Default", &[("IsDefault", Bool(true))]),
        (
            "Board",
            &[
                ("SpamAction", Text("Quarantine")),
                ("BulkThreshold", Int(5)),
                ("AllowedSenderDomains", List(&["fabrikam.com"])),
            ],
        ),
    ],
};

pub(super) static ANTI_PHISH: Kind = Kind {
    noun: "AntiPhishPolicy",
    template: &[
        ("ImpersonationProtectionState", Text("Manual")),
        ("EnableTargetedUserProtection", Bool(false)),
        ("EnableMailboxIntelligenceProtection", Bool(false)),
        ("EnableTargetedDomainsProtection", Bool(false)),
        ("EnableOrganizationDomainsProtection", Bool(false)),
        ("EnableMailboxIntelligence", Bool(true)),
        ("EnableFirstContactSafetyTips", Bool(false)),
        ("EnableSimilarUsersSafetyTips", Bool(false)),
        ("EnableSimilarDomainsSafetyTips", Bool(false)),
        ("EnableUnusualCharactersSafetyTips", Bool(false)),
        ("TargetedUserProtectionAction", Text("NoAction")),
        ("TargetedDomainProtectionAction", Text("NoAction")),
        ("MailboxIntelligenceProtectionAction", Text("NoAction")),
        ("EnableSpoofIntelligence", Bool(true)),
        ("EnableViaTag", Bool(true)),
        ("EnableUnauthenticatedSender", Bool(true)),
        ("HonorDmarcPolicy", Bool(true)),
        ("DmarcRejectAction", Text("Reject")),
        ("DmarcQuarantineAction", Text("Quarantine")),
        ("AuthenticationFailAction", Text("MoveToJmf")),
        ("PhishThresholdLevel", Int(1)),
        ("TargetedDomainsToProtect", List(&[])),
        ("TargetedUsersToProtect", List(&[])),
        ("ExcludedDomains", List(&[])),
        ("ExcludedSenders", List(&[])),
        ("Enabled", Bool(true)),
        ("IsDefault", Bool(false)),
        ("RecommendedPolicyType", Text("Custom")),
    ],
    first: &[("Office365 AntiPhish Default", &[("IsDefault", Bool(true))])],
};

pub(super) static MALWARE: Kind = Kind {
    noun: "MalwareFilterPolicy",
    template: &[
        ("CustomNotifications", Bool(false)),
        ("CustomExternalBody", Text("")),
        ("CustomExternalSubject", Text("")),
        ("CustomFromAddress", Text("")),
        ("CustomFromName", Text("")),
        ("CustomInternalBody", Text("")),
        ("CustomInternalSubject", Text("")),
        ("EnableExternalSenderAdminNotifications", Bool(false)),
        ("EnableInternalSenderAdminNotifications", Bool(false)),
        ("ExternalSenderAdminAddress", Text("")),
        ("InternalSenderAdminAddress", Text("")),
        ("EnableFileFilter", Bool(true)),
        ("FileTypeAction", Text("Reject")),
        ("FileTypes", List(&["ace", "apk", "app", "exe", "iso", "jar", "lnk", "scr", "vbs"])),
        ("QuarantineTag", Text("AdminOnlyAccessPolicy")),
        ("ZapEnabled", Bool(true)),
        ("IsDefault", Bool(false)),
        ("RecommendedPolicyType", Text("Custom")),
    ],
    first: &[("Default", &[("IsDefault", Bool(true))])],
};

pub(super) static DKIM: Kind = Kind {
    noun: "DkimSigningConfig",
    template: &[
        ("Domain", Text("")),
        ("Selector1KeySize", Int(2048)),
        ("Selector1CNAME", Text("")),
        ("Selector2KeySize", Int(2048)),
        ("Selector2CNAME", Text("")),
        ("Enabled", Bool(true)),
        ("IsDefault", Bool(false)),
        ("HeaderCanonicalization", Text("Relaxed")),
        ("BodyCanonicalization", Text("Relaxed")),
        ("Algorithm", Text("RsaSHA256")),
        ("NumberOfBytesToSign", Text("All")),
        ("IncludeSignatureCreationTime", Bool(true)),
        ("IncludeKeyExpiration", Bool(false)),
        ("Status", Text("Valid")),
    ],
    first: &[
        (
            "{domain}",
            &[
                ("Domain", Text("{domain}")),
                ("IsDefault", Bool(true)),
                ("Selector1CNAME", Text("selector1-{domain}._domainkey.{organization}")),
                ("Selector2CNAME", Text("selector2-{domain}._domainkey.{organization}")),
            ],
        ),
        (
            "{organization}",
            &[
                ("Domain", Text("{organization}")),
                ("Selector1CNAME", Text("selector1._domainkey.{organization}")),
                ("Selector2CNAME", Text("selector2._domainkey.{organization}")),
            ],
        ),
    ],
};

const READERS: &[&str] =
    &["Transport Hygiene", "View-Only Configuration", "Security Reader", "Security Admin"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-HostedContentFilterPolicy", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
    Cmdlet::read("Get-AntiPhishPolicy", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
    Cmdlet::read("Get-MalwareFilterPolicy", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
    Cmdlet::read("Get-DkimSigningConfig", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
];
