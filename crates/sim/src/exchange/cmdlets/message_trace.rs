//! `MessageTraceV2`: mail of the last days, newest first, without a link to the next page.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::config::mix;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{Enumeration, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const ROLES: &[&str] = &["Message Tracking", "View-Only Recipients", "Security Reader"];
const STATUS: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.MessageTrace.DeliveryStatus",
    members: &[
        "Delivered",
        "Expanded",
        "Failed",
        "FilteredAsSpam",
        "GettingStatus",
        "Pending",
        "Quarantined",
    ],
};
const DEFAULT_RESULT_SIZE: usize = 1_000;
const MAX_RESULT_SIZE: usize = 5_000;
/// Days that one query may span, and days that are kept (documented).
const QUERY_DAYS: i64 = 10;
const KEPT_DAYS: i64 = 90;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MessageTraceV2",
        ROLES,
        &[
            Parameter::new("StartDate", Type::DateTime),
            Parameter::new("EndDate", Type::DateTime),
            Parameter::new("FromIP", Type::String),
            Parameter::new("MessageId", Type::Strings),
            Parameter::new("MessageTraceId", Type::Guid),
            Parameter::new("RecipientAddress", Type::Strings),
            Parameter::new("ResultSize", Type::Int),
            Parameter::new("SenderAddress", Type::Strings),
            Parameter::new("StartingRecipientAddress", Type::String),
            Parameter::new("Status", Type::Enums(&STATUS)),
            Parameter::new("Subject", Type::String),
            Parameter::new("ToIP", Type::String),
        ],
        trace,
    ),
    Cmdlet::read("Get-MessageTrace", ROLES, &[], |_, _| {
        // Only the status is recorded; the text is ours.
        Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.CmdletDeprecatedException",
            "Get-MessageTrace is no longer available. Please use Get-MessageTraceV2.",
        ))
    }),
];

/// One message to one recipient.
#[derive(Debug)]
struct Delivery {
    received: Timestamp,
    draw: u64,
    sender: String,
    recipient: String,
}

fn trace<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let end = call.time("EndDate").unwrap_or(call.now).min(call.now);
    let start = call.time("StartDate").unwrap_or(end - SignedDuration::from_hours(48));
    check_window(start, end, call.now)?;
    let size = match call.number("ResultSize") {
        None => DEFAULT_RESULT_SIZE,
        Some(size) => usize::try_from(size)
            .ok()
            .filter(|size| (1..=MAX_RESULT_SIZE).contains(size))
            .ok_or_else(|| {
                CmdletError::invalid(format!("ResultSize must be between 1 and {MAX_RESULT_SIZE}."))
            })?,
    };
    let after = call.string("StartingRecipientAddress").map(str::to_lowercase);
    // The module sends dates without fraction: the whole second belongs to the result.
    let last_second = end.as_second();
    let mut found: Vec<Delivery> = deliveries(world, start, end)
        .filter(|delivery| {
            delivery.received.as_second() < last_second
                || after.as_ref().is_none_or(|after| delivery.recipient.to_lowercase() >= *after)
        })
        .filter(|delivery| wanted(call, delivery))
        .take(size + 1)
        .collect();
    if found.len() > size {
        found.truncate(size);
        let last = found.last().expect("a page has rows");
        call.warn(format!(
            "There are more results, use the following command to get more. Get-MessageTraceV2 \
             -StartDate \"{}\" -EndDate \"{}\" -StartingRecipientAddress \"{}\"",
            start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            last.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
            last.recipient,
        ));
    }
    Ok(Output::rows(found.into_iter().map(|delivery| delivery.row())))
}

fn check_window(start: Timestamp, end: Timestamp, now: Timestamp) -> Result<(), CmdletError> {
    if start > end {
        return Err(CmdletError::invalid("The StartDate must be before the EndDate."));
    }
    if start < now - SignedDuration::from_hours(24 * KEPT_DAYS) {
        return Err(CmdletError::invalid(format!(
            "The StartDate can't be more than {KEPT_DAYS} days ago."
        )));
    }
    if end.duration_since(start) > SignedDuration::from_hours(24 * QUERY_DAYS) {
        return Err(CmdletError::invalid(format!(
            "The time between StartDate and EndDate can't be more than {QUERY_DAYS} days."
        )));
    }
    Ok(())
}

/// All mail between two times, newest first, recipients of one message by address. Every stretch
/// of some seconds has one message, so the tenant's size sets the traffic: eight a mailbox and day.
fn deliveries(
    world: &World,
    start: Timestamp,
    end: Timestamp,
) -> impl Iterator<Item = Delivery> + '_ {
    let stretch = (86_400 / (world.mailboxes.len().max(1) * 8)).clamp(1, 3_600) as i64;
    let seed = world.organization.seed;
    let (first, last) = (start.as_second() / stretch, end.as_second() / stretch);
    (first..=last)
        .rev()
        .flat_map(move |slot| {
            let draw = mix(seed ^ mix(slot as u64));
            let second = slot * stretch + (draw % stretch as u64) as i64;
            let nanosecond = (draw >> 40) as i32 % 1000 * 1_000_000;
            let received = Timestamp::new(second, nanosecond).expect("a trace is about our days");
            let mut recipients: Vec<String> =
                (0..=draw % 7 / 5).map(|nth| address(world, mix(draw ^ (nth + 1)))).collect();
            recipients.sort_by_key(|recipient| recipient.to_lowercase());
            recipients.dedup();
            let outside = draw >> 20 & 1 == 0;
            let sender = if outside {
                format!(
                    "{}@fabrikam.com",
                    ["news", "orders", "j.doe", "billing"][(draw >> 8) as usize % 4]
                )
            } else {
                address(world, mix(draw ^ 0x63))
            };
            recipients.into_iter().map(move |recipient| Delivery {
                received,
                draw,
                sender: sender.clone(),
                recipient,
            })
        })
        .filter(move |delivery| {
            delivery.received >= start && delivery.received.as_second() <= end.as_second()
        })
}

fn address(world: &World, draw: u64) -> String {
    let number = draw % world.mailboxes.len().max(1);
    world.mailboxes.get(number).map_or_else(
        || format!("postmaster@{}", world.organization.domain),
        |mailbox| mailbox.primary_address().into_owned(),
    )
}

fn wanted(call: &Call, delivery: &Delivery) -> bool {
    let one_of = |name: &str, value: &str| {
        let list = call.strings(name);
        list.is_empty() || list.iter().any(|wanted| fits(wanted, value))
    };
    one_of("SenderAddress", &delivery.sender)
        && one_of("RecipientAddress", &delivery.recipient)
        && one_of("MessageId", &delivery.message_id())
        && one_of("Status", delivery.status())
        && call.guid("MessageTraceId").is_none_or(|id| id == delivery.trace_id())
        && call.string("FromIP").is_none_or(|ip| ip == delivery.client_ip())
        && call.string("ToIP").is_none_or(str::is_empty)
        && call
            .string("Subject")
            .is_none_or(|text| delivery.subject().to_lowercase().contains(&text.to_lowercase()))
}

/// An address, or `*@domain`.
fn fits(wanted: &str, value: &str) -> bool {
    match wanted.strip_prefix('*') {
        Some(tail) => value.to_lowercase().ends_with(&tail.to_lowercase()),
        None => wanted.eq_ignore_ascii_case(value),
    }
}

impl Delivery {
    fn row(&self) -> Record<'static> {
        Record::new()
            .with("MessageTraceId", self.trace_id().to_string())
            .with("MessageId", self.message_id())
            .with("Received", Value::Utc(self.received))
            .with("SenderAddress", self.sender.clone())
            .with("RecipientAddress", self.recipient.clone())
            .with("FromIP", self.client_ip())
            .with("ToIP", "")
            .with("Subject", self.subject())
            .with("Status", self.status())
            .with("Size", (4_000 + self.draw % 900_000) as i32)
    }

    fn trace_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.draw) << 64 | u128::from(mix(self.draw))).to_be_bytes(),
        )
        .into_uuid()
    }

    fn message_id(&self) -> String {
        let domain = self.sender.rsplit('@').next().unwrap_or_default();
        format!("<{:016x}@{domain}>", self.draw)
    }

    fn client_ip(&self) -> String {
        format!("203.0.113.{}", 1 + self.draw % 250)
    }

    fn status(&self) -> &'static str {
        match (self.draw >> 30) % 128 {
            0..=109 => "Delivered",
            110..=117 => "FilteredAsSpam",
            118..=121 => "Quarantined",
            122..=124 => "Failed",
            125 => "Expanded",
            _ => "Pending",
        }
    }

    fn subject(&self) -> &'static str {
        ["Your order", "Meeting on Monday", "Quarterly figures", "Re: Contract", "Newsletter"]
            [(self.draw >> 12) as usize % 5]
    }
}
