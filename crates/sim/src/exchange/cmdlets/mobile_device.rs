//! `MobileDevice`: telephones that fetch mail, and wiping them.

use jiff::{SignedDuration, Timestamp};

use super::audit_bypass::find;
use crate::data::{Mailbox, MailboxKind};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const READERS: &[&str] = &["View-Only Recipients", "Mail Recipients", "Organization Client Access"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MobileDevice",
        READERS,
        &[ANY_IDENTITY, Parameter::new("Mailbox", Type::Identity), RESULT_SIZE],
        get,
    ),
    Cmdlet::read(
        "Get-MobileDeviceStatistics",
        READERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Mailbox", Type::Identity),
            Parameter::new("ActiveSync", Type::Switch),
            Parameter::new("UseCustomRouting", Type::Switch),
        ],
        statistics,
    ),
    Cmdlet::write(
        "Clear-MobileDevice",
        &["Mail Recipients", "Organization Client Access"],
        Impact::High,
        &[
            IDENTITY,
            Parameter::new("AccountOnly", Type::Switch),
            Parameter::new("Cancel", Type::Switch),
            Parameter::new("NotificationEmailAddresses", Type::Strings),
        ],
        clear,
    )
    .prompt("Wiping mobile device \"{Identity}\". All its data will be lost."),
];

/// One device; which ones a mailbox has follows from the mailbox.
#[derive(Debug)]
struct Device {
    mailbox: Mailbox,
    nth: u64,
}

/// Type, model, operating system.
const MODELS: [(&str, &str, &str); 4] = [
    ("Outlook", "Outlook for iOS and Android", "iOS 19.1"),
    ("iPhone", "iPhone17C3", "iOS 19.1"),
    ("SamsungSMS938B", "SM-S938B", "Android 16"),
    ("iPad", "iPad14C3", "iPadOS 19.1"),
];

impl Device {
    fn of(mailbox: &Mailbox) -> impl Iterator<Item = Self> + use<> {
        let count = if mailbox.kind() == MailboxKind::User {
            mailbox.draw(60, 8).saturating_sub(4).min(2)
        } else {
            0
        };
        let mailbox = mailbox.clone();
        (0..count).map(move |nth| Self { mailbox: mailbox.clone(), nth })
    }

    fn model(&self) -> (&'static str, &'static str, &'static str) {
        MODELS[self.mailbox.draw(62 + self.nth, 4) as usize]
    }

    fn id(&self) -> String {
        let digits = self.mailbox.draw(64 + self.nth, u64::MAX);
        format!("{digits:016X}{:016X}", digits.rotate_left(23) ^ 0x5bd1_e995)
    }

    fn identity(&self) -> String {
        format!("{}\\ExchangeActiveSyncDevices\\{}", self.mailbox.name(), self.name())
    }

    fn name(&self) -> String {
        format!("{}\u{a7}{}", self.model().0, self.id())
    }

    fn first_sync(&self) -> Timestamp {
        let days = 20 + self.mailbox.draw(66 + self.nth, 300) as i64;
        self.mailbox
            .created()
            .saturating_add(SignedDuration::from_hours(24 * days))
            .unwrap_or(Timestamp::MAX)
    }

    fn row(&self) -> Record<'static> {
        let (kind, model, system) = self.model();
        Record::new()
            .with("FriendlyName", model)
            .with("DeviceId", self.id())
            .with("DeviceImei", Value::Null)
            .with("DeviceMobileOperator", Value::Null)
            .with("DeviceOS", system)
            .with("DeviceOSLanguage", "en")
            .with("DeviceTelephoneNumber", Value::Null)
            .with("DeviceType", kind)
            .with("DeviceUserAgent", format!("{kind}/2310.87"))
            .with("DeviceModel", model)
            .with("FirstSyncTime", Value::Local(self.first_sync()))
            .with(
                "UserDisplayName",
                format!("{}/{}", self.mailbox.organization().unit(), self.mailbox.name()),
            )
            .with("DeviceAccessState", "Allowed")
            .with("DeviceAccessStateReason", "Global")
            .with("DeviceAccessControlRule", Value::Null)
            .with("ClientVersion", "16.1")
            .with("ClientType", if kind == "Outlook" { "Outlook" } else { "EAS" })
            .with("IsManaged", false)
            .with("IsCompliant", false)
            .with("IsDisabled", false)
            .with("Name", self.name())
            .with("Identity", self.identity())
            .with("WhenCreatedUTC", Value::Utc(self.first_sync()))
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    }

    fn statistics(&self, world: &World) -> Record<'static> {
        let wiped = world.administration.wiped_devices.get(&self.id()).copied();
        let last = world.started
            - SignedDuration::from_mins(3 + self.mailbox.draw(68 + self.nth, 20_000) as i64);
        let (_, model, system) = self.model();
        Record::new()
            .with("FirstSyncTime", Value::Utc(self.first_sync()))
            .with("LastPolicyUpdateTime", Value::Utc(last))
            .with("LastSyncAttemptTime", Value::Utc(last))
            .with("LastSuccessSync", Value::Utc(last))
            .with("DeviceType", self.model().0)
            .with("DeviceID", self.id())
            .with("DeviceModel", model)
            .with("DeviceOS", system)
            .with("DeviceWipeSentTime", Value::Null)
            .with("DeviceWipeRequestTime", wiped.map_or(Value::Null, Value::Utc))
            .with("DeviceWipeAckTime", Value::Null)
            .with("LastPingHeartbeat", Value::Null)
            .with("IsRemoteWipeSupported", true)
            .with("Status", if wiped.is_some() { "DeviceWipePending" } else { "DeviceOk" })
            .with("StatusNote", Value::Null)
            .with("DevicePolicyApplied", "Default")
            .with("DevicePolicyApplicationStatus", "AppliedInFull")
            .with("NumberOfFoldersSynced", 6 + self.mailbox.draw(70 + self.nth, 9) as i32)
            .with("ClientType", if self.model().0 == "Outlook" { "Outlook" } else { "EAS" })
            .with(
                "Guid",
                uuid::Uuid::from_u64_pair(
                    self.mailbox.draw(72 + self.nth, u64::MAX),
                    self.mailbox.number(),
                ),
            )
            .with("Identity", self.identity())
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    }
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        return Ok(Output::row(device(world, identity)?.row()));
    }
    if let Some(mailbox) = call.string("Mailbox") {
        let mailbox = find(world, mailbox)?;
        return Ok(Output::rows(Device::of(&mailbox).map(|device| device.row())));
    }
    // A position is a mailbox and a device of it, so that a page can begin anywhere.
    Ok(Output::seek(move |from| {
        world.mailboxes.from(from / 4).flat_map(move |(after, mailbox)| {
            let number = after - 1;
            Device::of(&mailbox)
                .map(move |device| (number * 4 + device.nth + 1, device.row()))
                .filter(move |(position, _)| *position > from)
        })
    }))
}

fn statistics<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    match (call.string("Mailbox"), call.string("Identity")) {
        (Some(mailbox), _) => {
            let mailbox = find(world, mailbox)?;
            Ok(Output::rows(Device::of(&mailbox).map(|device| device.statistics(world))))
        }
        (None, Some(identity)) => Ok(Output::row(device(world, identity)?.statistics(world))),
        (None, None) => Err(CmdletError::invalid(
            "You must specify one of the following parameters: Identity, Mailbox.",
        )),
    }
}

fn clear<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let id = device(&world, call.required("Identity"))?.id();
    let wiped = &mut world.change(call)?.administration.wiped_devices;
    if call.switch("Cancel") {
        wiped.remove(&id);
    } else {
        wiped.insert(id, call.now);
    }
    Ok(Output::nothing())
}

/// The device of an identity such as `adele\ExchangeActiveSyncDevices\iPhone§0A1B…`.
fn device(world: &World, identity: &str) -> Result<Device, CmdletError> {
    let owner = identity.split('\\').next().unwrap_or_default();
    let mailbox = world.mailboxes.find(owner).map_err(|_| CmdletError::not_found(identity))?;
    Device::of(&mailbox)
        .find(|device| device.identity().eq_ignore_ascii_case(identity))
        .ok_or_else(|| CmdletError::not_found(identity))
}
