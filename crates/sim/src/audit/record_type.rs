//! Names and numbers of record types (Graph's `auditLogRecordType`); the number is the key.

/// Number and name of the record types that this tenant knows by name; any other number from 1 to
/// 476 is accepted by the search and finds nothing.
pub const RECORD_TYPES: &[(u16, &str)] = &[
    (1, "ExchangeAdmin"),
    (2, "ExchangeItem"),
    (3, "ExchangeItemGroup"),
    (4, "SharePoint"),
    (6, "SharePointFileOperation"),
    (7, "OneDrive"),
    (8, "AzureActiveDirectory"),
    (9, "AzureActiveDirectoryAccountLogon"),
    (10, "DataCenterSecurityCmdlet"),
    (11, "ComplianceDLPSharePoint"),
    (13, "ComplianceDLPExchange"),
    (14, "SharePointSharingOperation"),
    (15, "AzureActiveDirectoryStsLogon"),
    (18, "SecurityComplianceCenterEOPCmdlet"),
    (20, "PowerBIAudit"),
    (25, "MicrosoftTeams"),
    (28, "ThreatIntelligence"),
    (36, "SharePointListOperation"),
    (40, "SecurityComplianceAlerts"),
    (41, "ThreatIntelligenceUrl"),
    (47, "ThreatIntelligenceAtpContent"),
    (50, "ExchangeItemAggregated"),
    (52, "DataInsightsRestApiAudit"),
    (56, "SharePointFieldOperation"),
    (64, "AirInvestigation"),
    (261, "CopilotInteraction"),
];

/// The highest number of the published enumeration.
pub const HIGHEST_RECORD_TYPE: u16 = 476;

/// The name of a number, or the number itself as text when it has no name here.
pub fn record_type_name(number: u16) -> String {
    RECORD_TYPES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// The number of a name (any letter case) or of a number in text form.
pub fn record_type_number(text: &str) -> Option<u16> {
    if let Ok(number) = text.parse::<u16>() {
        return (1..=HIGHEST_RECORD_TYPE).contains(&number).then_some(number);
    }
    RECORD_TYPES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(number, _)| *number)
}

/// The names of `UserType` 0 to 10, as `-Formatted` writes them.
pub const USER_TYPES: [&str; 11] = [
    "Regular",
    "Reserved",
    "Admin",
    "DcAdmin",
    "System",
    "Application",
    "ServicePrincipal",
    "CustomPolicy",
    "SystemPolicy",
    "PartnerTechnician",
    "Guest",
];
