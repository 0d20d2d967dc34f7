//! `QuarantineMessage`: mail that was held back, by pages of its own.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::config::mix;
use crate::data::IdentifierKind;
use crate::exchange::administration::QuarantineAction;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, Enumeration, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const READERS: &[&str] =
    &["Transport Hygiene", "Security Reader", "Security Admin", "View-Only Configuration"];
const WRITERS: &[&str] = &["Transport Hygiene", "Security Admin"];
const TYPES: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.FfoQuarantine.QuarantineMessageTypeEnum",
    members: &[
        "Spam",
        "TransportRule",
        "Bulk",
        "Phish",
        "HighConfPhish",
        "Malware",
        "SPOMalware",
        "FileTypeBlock",
        "DataLossPrevention",
    ],
};
const ENTITY: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.FfoQuarantine.EntityType",
    members: &["Email", "SharePointOnline", "Teams", "DataLossPrevention"],
};
const RELEASE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.FfoQuarantine.ReleaseStatus",
    members: &["NotReleased", "Released", "Requested", "Denied", "PreparingToRelease", "Error"],
};
/// Pages are numbered from 1 and have a hundred messages unless told otherwise (recorded: 1001 is
/// accepted, 0 gives none).
const DEFAULT_PAGE_SIZE: i64 = 100;
const LARGEST_PAGE: i64 = 1_000;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-QuarantineMessage",
        READERS,
        &[
            ANY_IDENTITY,
            Parameter::new("StartReceivedDate", Type::DateTime),
            Parameter::new("EndReceivedDate", Type::DateTime),
            // Recorded: 403 for a Security Reader.
            Parameter::new("EntityType", Type::Enum(&ENTITY)).roles(WRITERS),
            Parameter::new("Page", Type::Int),
            Parameter::new("PageSize", Type::Int),
            Parameter::new("QuarantineTypes", Type::Enums(&TYPES)),
            Parameter::new("Type", Type::Enum(&TYPES)),
            Parameter::new("RecipientAddress", Type::Strings),
            Parameter::new("SenderAddress", Type::Strings),
            Parameter::new("ReleaseStatus", Type::Enums(&RELEASE)),
            Parameter::new("Subject", Type::String),
        ],
        get,
    ),
    Cmdlet::write(
        "Release-QuarantineMessage",
        WRITERS,
        Impact::Medium,
        &[
            ANY_IDENTITY,
            Parameter::new("Identities", Type::Identities),
            Parameter::new("ReleaseToAll", Type::Switch),
            Parameter::new("User", Type::Strings),
            Parameter::new("Force", Type::Switch),
            Parameter::new("AllowSender", Type::Switch),
            Parameter::new("ReportFalsePositive", Type::Switch),
        ],
        release,
    ),
    Cmdlet::write(
        "Delete-QuarantineMessage",
        WRITERS,
        Impact::High,
        &[
            ANY_IDENTITY,
            Parameter::new("Identities", Type::Identities),
            Parameter::new("HardDelete", Type::Switch),
        ],
        delete,
    )
    .prompt("Deleting the message \"{Identity}\" from quarantine."),
];

/// A message in quarantine; number 0 is the newest.
struct Held<'a> {
    world: &'a World,
    number: u64,
    draw: u64,
}

/// How many messages were held back in the last thirty days.
fn population(world: &World) -> u64 {
    (world.mailboxes.len() * 2).clamp(10, 20_000)
}

impl<'a> Held<'a> {
    fn new(world: &'a World, number: u64) -> Self {
        Self { world, number, draw: mix(world.organization.seed ^ mix(0x7175_6172 ^ number)) }
    }

    fn received(&self) -> Timestamp {
        let span = 29 * 86_400 / population(self.world);
        let age = 600 + self.number * span + self.draw % span.max(1);
        self.world.started - SignedDuration::from_secs(age as i64)
    }

    fn kind(&self) -> &'static str {
        match (self.draw >> 20) % 16 {
            0..=6 => "Spam",
            7..=9 => "Phish",
            10..=11 => "Bulk",
            12 => "HighConfPhish",
            13 => "Malware",
            14 => "TransportRule",
            _ => "FileTypeBlock",
        }
    }

    fn message_id(&self) -> Uuid {
        let bytes = (u128::from(self.draw) << 64 | u128::from(self.number)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn recipient(&self) -> Option<crate::data::Mailbox> {
        self.world.mailboxes.get(self.draw % self.world.mailboxes.len().max(1))
    }

    fn identity(&self) -> String {
        let recipient = self.recipient().map_or(Uuid::nil(), |m| m.id(IdentifierKind::Mailbox));
        format!("{}\\{recipient}", self.message_id())
    }

    fn sender(&self) -> String {
        format!("offer{}@shop.example", self.draw % 300)
    }

    fn address(&self) -> String {
        self.recipient().map_or_else(String::new, |m| m.primary_address().into_owned())
    }

    fn action(&self) -> Option<QuarantineAction> {
        self.world.administration.quarantine.get(&self.number).copied()
    }

    /// As rows spell it.
    fn status(&self) -> &'static str {
        if self.action() == Some(QuarantineAction::Released) { "RELEASED" } else { "NOTRELEASED" }
    }

    /// The recorded members first; the others are documented.
    fn row(&self) -> Record<'static> {
        let kind = self.kind();
        Record::new()
            .with("Identity", self.identity())
            .with("ReceivedTime", Value::Local(self.received()))
            .with("Organization", self.world.organization.tenant_id.to_string())
            .with("MessageId", format!("<{}@shop.example>", self.message_id().as_simple()))
            .with("SenderAddress", self.sender())
            .with("RecipientAddress", Value::from(vec![self.address()]))
            .with("Subject", "A special offer")
            .with("Size", (9_000 + self.draw % 300_000) as i32)
            .with("Type", kind)
            .with("PolicyType", "HostedContentFilterPolicy")
            .with("PolicyName", "Default")
            .with("TagName", "DefaultFullAccessPolicy")
            .with("PermissionToBlockSender", false)
            .with("PermissionToDelete", true)
            .with("PermissionToRelease", true)
            .with("Released", self.status() == "RELEASED")
            .with("ReleaseStatus", self.status())
            .with("SystemReleased", false)
            .with("RecipientCount", 1)
            .with("QuarantineTypes", kind)
            .with("Expires", Value::Local(self.received() + SignedDuration::from_hours(24 * 30)))
            .with("Direction", "Inbound")
            .with("EntityType", "Email")
            .with("CustomData", Value::Null)
    }
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        return Ok(Output::row(find(world, identity)?.row()));
    }
    let page = call.number("Page").unwrap_or(1).max(1) as usize;
    let size = call.number("PageSize").unwrap_or(DEFAULT_PAGE_SIZE).clamp(0, LARGEST_PAGE) as usize;
    Ok(Output::rows(
        (0..population(world))
            .map(|number| Held::new(world, number))
            .filter(|held| held.action() != Some(QuarantineAction::Deleted))
            .filter(|held| wanted(call, held))
            .skip((page - 1) * size)
            .take(size)
            .map(|held| held.row()),
    ))
}

fn wanted(call: &Call, held: &Held<'_>) -> bool {
    let one_of = |name: &str, value: &str| {
        let list = call.strings(name);
        list.is_empty() || list.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    one_of("QuarantineTypes", held.kind())
        && one_of("Type", held.kind())
        && one_of("SenderAddress", &held.sender())
        && one_of("RecipientAddress", &held.address())
        && one_of("ReleaseStatus", held.status())
        && call.string("EntityType").is_none_or(|entity| entity == "Email")
        && call.string("Subject").is_none_or(|subject| subject == "A special offer")
        && call.time("StartReceivedDate").is_none_or(|start| held.received() >= start)
        && call.time("EndReceivedDate").is_none_or(|end| held.received() <= end)
}

fn release<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    if !call.switch("ReleaseToAll") && call.strings("User").is_empty() {
        return Err(CmdletError::invalid(
            "You must specify one of the following parameters: ReleaseToAll, User.",
        ));
    }
    mark(call, world, QuarantineAction::Released)
}

fn delete<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    mark(call, world, QuarantineAction::Deleted)
}

fn mark<'a>(
    call: &'a Call,
    world: Pending<'a>,
    action: QuarantineAction,
) -> Result<Output<'a>, CmdletError> {
    let names: Vec<&str> = call
        .string("Identity")
        .into_iter()
        .chain(call.strings("Identities").iter().map(String::as_str))
        .collect();
    if names.is_empty() {
        return Err(CmdletError::invalid(
            "You must specify one of the following parameters: Identity, Identities.",
        ));
    }
    let numbers = names
        .into_iter()
        .map(|name| find(&world, name).map(|held| held.number))
        .collect::<Result<Vec<_>, _>>()?;
    let quarantine = &mut world.change(call)?.administration.quarantine;
    for number in numbers {
        quarantine.insert(number, action);
    }
    Ok(Output::nothing())
}

fn find<'a>(world: &'a World, identity: &str) -> Result<Held<'a>, CmdletError> {
    (0..population(world))
        .map(|number| Held::new(world, number))
        .filter(|held| held.action() != Some(QuarantineAction::Deleted))
        .find(|held| held.identity().eq_ignore_ascii_case(identity))
        .ok_or_else(|| CmdletError::not_found(identity))
}
