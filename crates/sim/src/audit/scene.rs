//! One record before it is written: who, where, on what. Everything is computed when asked for, so
//! that a filter over many records costs only what it looks at.

use std::fmt::Write as _;

use uuid::Uuid;

use super::AuditLog;
use super::draw::Draw;
use super::incident::Step;
use super::json::Object;
use super::kind::{Doer, Kind, Shape};
use super::roster::{Place, address_of, address_with_port};
use super::timeline::{TICKS_AT_UNIX_EPOCH, TICKS_PER_SECOND};
use super::{directory, files, mailbox, services};

/// A record of the log that has not been written yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) log: &'a AuditLog,
    pub(crate) draw: Draw,
    pub(crate) kind: &'static Kind,
    pub(crate) step: Option<&'a Step>,
    pub(crate) ticks: i64,
    pub(crate) id: Uuid,
}

impl Scene<'_> {
    /// `CreationTime`: the whole second, without a zone.
    pub(crate) fn creation_time(&self) -> String {
        let second = (self.ticks - TICKS_AT_UNIX_EPOCH).div_euclid(TICKS_PER_SECOND);
        let time = jiff::Timestamp::from_second(second).expect("the log lies in this century");
        let mut text = time.to_string();
        text.pop();
        text
    }

    /// The number of the acting user on the roster, when it is a user.
    pub(crate) fn user_number(&self) -> Option<u64> {
        let size = self.log.roster().size();
        if let Some(step) = self.step {
            return Some(size * step.user / 1000);
        }
        match self.kind.doer {
            Doer::User => Some(self.draw.zipf(10, size)),
            Doer::Admin => Some(self.draw.zipf(10, size.min(4))),
            Doer::Service | Doer::Application => None,
        }
    }

    /// `UserId`.
    pub(crate) fn user_id(&self) -> String {
        let Some(nth) = self.user_number() else {
            return match self.kind.doer {
                Doer::Application => format!("ServicePrincipal_{}", self.draw_application(11)),
                _ => self.service_account().to_owned(),
            };
        };
        let name = self.log.roster().user_principal_name(nth);
        if self.is_guest() {
            let mailbox = name.split('@').next().unwrap_or_default();
            return format!("{mailbox}_partner.example#EXT#@{}", self.log.organization());
        }
        // The mail store keeps the letter case of the sign-in: one user, two spellings.
        if matches!(self.kind.record_type, 2 | 50) && self.draw.below(12, 20) == 0 {
            let mut letters = name.chars();
            return letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        }
        name
    }

    /// Whether a guest does it: 3 % of what users do to files.
    pub(crate) fn is_guest(&self) -> bool {
        self.step.is_none()
            && self.kind.doer == Doer::User
            && matches!(self.kind.shape, Shape::File | Shape::Page | Shape::Sharing)
            && self.draw.below(13, 100) < 3
    }

    /// `UserKey`: a PUID for mail, a membership claim for SharePoint, the account itself for services.
    pub(crate) fn user_key(&self) -> String {
        let Some(nth) = self.user_number() else {
            return match self.kind.doer {
                Doer::Application => "Not Available".to_owned(),
                _ => self.service_account().to_owned(),
            };
        };
        let puid = format!("1003200{:09X}", Draw::new(0x9d, nth).bits(1) >> 28);
        match self.kind.record_type {
            4 | 6 | 14 | 36 | 56 => format!("i:0h.f|membership|{}@live.com", puid.to_lowercase()),
            15 | 25 | 261 => self.log.roster().object_id(nth).to_string(),
            8 | 18 | 52 => format!("{puid}@{}", self.log.organization()),
            _ => puid,
        }
    }

    /// `UserType`.
    pub(crate) fn user_type(&self) -> u8 {
        match self.kind.doer {
            _ if self.is_guest() => 10,
            Doer::Service if self.kind.shape == Shape::Cmdlet => 3,
            Doer::Service | Doer::Application => 4,
            // The directory never says 2.
            _ if self.kind.record_type == 1 => 2,
            _ => 0,
        }
    }

    /// `ClientIP`; `None` where the record has none.
    pub(crate) fn client_ip(&self) -> Option<String> {
        let nth = self.user_number()?;
        let address =
            self.step.map_or_else(|| address_of(nth, self.draw), |step| step.address.to_owned());
        match self.kind.shape {
            Shape::Cmdlet => Some(address_with_port(&address, self.draw)),
            Shape::Directory if self.draw.below(14, 5) < 3 => None,
            Shape::Directory if self.draw.below(14, 5) == 3 => Some(String::new()),
            Shape::ComplianceCmdlet | Shape::Insight | Shape::ItemAggregated => None,
            _ => Some(address),
        }
    }

    /// `ObjectId`; `None` where the record has none.
    pub(crate) fn object_id(&self) -> Option<String> {
        if let Some(object) = self.step.and_then(|step| step.object) {
            return Some(object.to_owned());
        }
        match self.kind.shape {
            Shape::File | Shape::Sharing => Some(self.place().url()),
            Shape::Page => Some(format!("{}SitePages/Home.aspx", self.place().site)),
            Shape::List | Shape::Field => {
                Some(format!("{}{}", self.place().site, self.draw.uuid(15)))
            }
            Shape::Cmdlet => Some(mailbox::cmdlet_object(self)),
            Shape::Directory => Some(directory::object(self)),
            Shape::SignIn => Some("00000002-0000-0ff1-ce00-000000000000".to_owned()),
            Shape::Alert | Shape::Investigation => Some(self.draw.uuid(15).to_string()),
            Shape::ComplianceCmdlet => Some(String::new()),
            _ => None,
        }
    }

    /// The record as the service stores it: `AuditData`.
    pub(crate) fn audit_data(&self) -> String {
        match self.kind.shape {
            Shape::Cmdlet => mailbox::cmdlet(self),
            Shape::Item => mailbox::item(self),
            Shape::ItemGroup => mailbox::item_group(self),
            Shape::ItemAggregated => mailbox::item_aggregated(self),
            Shape::File | Shape::Sharing => files::file(self),
            Shape::Page | Shape::List | Shape::Field => files::page(self),
            Shape::Directory => directory::change(self),
            Shape::SignIn => directory::sign_in(self),
            _ => services::body(self),
        }
    }

    /// The members that every record begins with, in their usual order.
    pub(crate) fn opening(&self, result: Option<&str>) -> Object {
        let client_ip = self.client_ip();
        let object_id = self.object_id();
        Object::with_capacity(1600)
            .text("CreationTime", &self.creation_time())
            .show("Id", self.id)
            .text("Operation", self.kind.operation)
            .show("OrganizationId", self.log.tenant_id())
            .bare("RecordType", self.kind.record_type)
            .text_if(result.is_some(), "ResultStatus", result.unwrap_or_default())
            .text("UserKey", &self.user_key())
            .bare("UserType", self.user_type())
            .bare("Version", 1)
            .text("Workload", self.workload())
            .text_if(client_ip.is_some(), "ClientIP", client_ip.as_deref().unwrap_or_default())
            .text_if(object_id.is_some(), "ObjectId", object_id.as_deref().unwrap_or_default())
            .text("UserId", &self.user_id())
    }

    /// `Workload`.
    pub(crate) fn workload(&self) -> &'static str {
        match self.kind.record_type {
            1..=3 | 50 => "Exchange",
            4 | 6 | 14 | 36 | 56 if self.place().personal => "OneDrive",
            4 | 6 | 14 | 36 | 56 => "SharePoint",
            8 | 15 => "AzureActiveDirectory",
            25 => "MicrosoftTeams",
            28 => "ThreatIntelligence",
            64 => "AirInvestigation",
            261 => "Copilot",
            _ => "SecurityComplianceCenter",
        }
    }

    /// The file or site that the record is about.
    pub(crate) fn place(&self) -> Place {
        let nth = self.user_number().unwrap_or_default();
        let user = self.log.roster().user_principal_name(nth);
        Place::draw(self.log.prefix(), &user, self.draw)
    }

    /// A stable identifier of one of the tenant's two hundred applications.
    pub(crate) fn draw_application(&self, purpose: u64) -> Uuid {
        Draw::new(0xa99, self.draw.zipf(purpose, 200)).uuid(1)
    }

    /// `n` hexadecimal digits.
    pub(crate) fn hex(&self, purpose: u64, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        for part in 0..digits.div_ceil(16) as u64 {
            write!(text, "{:016X}", self.draw.bits(purpose ^ (part << 8)))
                .expect("a string takes it");
        }
        text.truncate(digits);
        text
    }

    fn service_account(&self) -> &'static str {
        match self.kind.shape {
            Shape::Cmdlet => "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)",
            Shape::Alert => "SecurityComplianceAlerts",
            Shape::Threat => "ThreatIntel",
            _ => "AirInvestigation",
        }
    }
}
