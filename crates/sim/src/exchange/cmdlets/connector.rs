//! `InboundConnector` and `OutboundConnector`: mail flow with partners and own servers.

use super::configuration::{get, new, remove, set};
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, List, Null, Text},
};
use crate::exchange::cmdlet::{Cmdlet, Impact};
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type, followed,
};

pub(super) static INBOUND: Kind = Kind {
    noun: "InboundConnector",
    template: &[
        ("Enabled", Bool(true)),
        ("ConnectorType", Text("Partner")),
        ("ConnectorSource", Text("Default")),
        ("Comment", Null),
        ("SenderIPAddresses", List(&[])),
        ("SenderDomains", List(&["smtp:*;1"])),
        ("TrustedOrganizations", List(&[])),
        ("ClientHostNames", List(&[])),
        ("AssociatedAcceptedDomains", List(&[])),
        ("RequireTls", Bool(false)),
        ("RestrictDomainsToIPAddresses", Bool(false)),
        ("RestrictDomainsToCertificate", Bool(false)),
        ("CloudServicesMailEnabled", Bool(false)),
        ("TreatMessagesAsInternal", Bool(false)),
        ("TlsSenderCertificateName", Null),
        ("EFTestMode", Bool(false)),
        ("ScanAndDropRecipients", List(&[])),
        ("EFSkipLastIP", Bool(false)),
        ("EFSkipIPs", List(&[])),
        ("EFUsers", List(&[])),
    ],
    first: &[(
        "From Fabrikam",
        &[
            ("SenderDomains", List(&["smtp:fabrikam.com;1"])),
            ("RequireTls", Bool(true)),
            ("TlsSenderCertificateName", Text("*.fabrikam.com")),
        ],
    )],
};

pub(super) static OUTBOUND: Kind = Kind {
    noun: "OutboundConnector",
    template: &[
        ("Enabled", Bool(true)),
        ("UseMXRecord", Bool(false)),
        ("Comment", Null),
        ("ConnectorType", Text("Partner")),
        ("ConnectorSource", Text("Default")),
        ("RecipientDomains", List(&[])),
        ("SmartHosts", List(&[])),
        ("TlsDomain", Null),
        ("TlsSettings", Text("EncryptionOnly")),
        ("IsTransportRuleScoped", Bool(false)),
        ("RouteAllMessagesViaOnPremises", Bool(false)),
        ("CloudServicesMailEnabled", Bool(false)),
        ("AllAcceptedDomains", Bool(false)),
        ("SenderRewritingEnabled", Bool(false)),
        ("TestMode", Bool(false)),
        ("LinkForModifiedConnector", Text("00000000-0000-0000-0000-000000000000")),
        ("ValidationRecipients", Null),
        ("IsValidated", Bool(false)),
        ("LastValidationTimestamp", Null),
    ],
    first: &[(
        "To Fabrikam",
        &[
            ("RecipientDomains", List(&["fabrikam.com"])),
            ("SmartHosts", List(&["mail.fabrikam.com"])),
            ("TlsSettings", Text("DomainValidation")),
            ("TlsDomain", Text("*.fabrikam.com")),
        ],
    )],
};

const READERS: &[&str] =
    &["View-Only Configuration", "Remote and Accepted Domains", "Organization Transport Settings"];
const WRITERS: &[&str] = &["Remote and Accepted Domains"];
const CONNECTOR_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.TenantConnectorType",
    members: &["Default", "Partner", "OnPremises"],
};

/// What an inbound connector is made of besides its name and the senders' domains.
const CONNECTOR: &[Parameter] = &[
    Parameter::new("Comment", Type::String),
    Parameter::new("ConnectorType", Type::Enum(&CONNECTOR_TYPE)),
    Parameter::new("Enabled", Type::Bool),
    Parameter::new("RequireTls", Type::Bool),
    Parameter::new("RestrictDomainsToIPAddresses", Type::Bool),
    Parameter::new("RestrictDomainsToCertificate", Type::Bool),
    Parameter::new("SenderIPAddresses", Type::Multivalued),
    Parameter::new("TlsSenderCertificateName", Type::String),
    Parameter::new("TreatMessagesAsInternal", Type::Bool),
];
const NEW: &[Parameter] = &followed::<{ 2 + CONNECTOR.len() }>(
    &[
        Parameter::new("Name", Type::String).mandatory().at(0),
        Parameter::new("SenderDomains", Type::Multivalued).mandatory(),
    ],
    CONNECTOR,
);
const SET: &[Parameter] = &followed::<{ 3 + CONNECTOR.len() }>(
    &[
        IDENTITY,
        Parameter::new("Name", Type::String),
        Parameter::new("SenderDomains", Type::Multivalued),
    ],
    CONNECTOR,
);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-InboundConnector", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
    Cmdlet::read("Get-OutboundConnector", READERS, &[ANY_IDENTITY, RESULT_SIZE], get),
    Cmdlet::write("New-InboundConnector", WRITERS, Impact::Medium, NEW, new),
    Cmdlet::write("Set-InboundConnector", WRITERS, Impact::Medium, SET, set),
    Cmdlet::write("Remove-InboundConnector", WRITERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing inbound connector \"{Identity}\"."),
];
