//! `RemoteDomain`: how mail to other domains is formatted.

use super::configuration::get;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Int, Null, Text, Unlimited},
};
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::parameter::{ANY_IDENTITY, RESULT_SIZE};

pub(super) static KIND: Kind = Kind {
    noun: "RemoteDomain",
    template: &[
        ("DomainName", Text("*")),
        ("IsInternal", Bool(false)),
        ("TargetDeliveryDomain", Bool(false)),
        ("ByteEncoderTypeFor7BitCharsets", Text("Undefined")),
        ("CharacterSet", Text("iso-8859-1")),
        ("NonMimeCharacterSet", Text("iso-8859-1")),
        ("AllowedOOFType", Text("External")),
        ("AutoReplyEnabled", Bool(true)),
        ("AutoForwardEnabled", Bool(true)),
        ("DeliveryReportEnabled", Bool(true)),
        ("NDREnabled", Bool(true)),
        ("MeetingForwardNotificationEnabled", Bool(false)),
        ("ContentType", Text("MimeHtmlText")),
        ("DisplaySenderName", Bool(true)),
        ("PreferredInternetCodePageForShiftJis", Text("Undefined")),
        ("RequiredCharsetCoverage", Null),
        ("TNEFEnabled", Null),
        ("LineWrapSize", Unlimited),
        ("TrustedMailOutboundEnabled", Bool(false)),
        ("TrustedMailInboundEnabled", Bool(false)),
        ("UseSimpleDisplayName", Bool(false)),
        ("NDRDiagnosticInfoEnabled", Bool(true)),
        ("MessageCountThreshold", Int(i32::MAX)),
    ],
    first: &[
        ("Default", &[]),
        ("Fabrikam", &[("DomainName", Text("fabrikam.com")), ("TNEFEnabled", Bool(false))]),
    ],
};

pub(super) const CMDLETS: &[Cmdlet] = &[Cmdlet::read(
    "Get-RemoteDomain",
    &["View-Only Configuration", "Remote and Accepted Domains"],
    &[ANY_IDENTITY, RESULT_SIZE],
    get,
)];
