//! Settings that people make for themselves: automatic replies, language and time zone, junk mail.

use super::property::{empty, mailbox_name as name, no, no_texts, yes};
use super::recipient_type::{OPTIONS, VIEWERS, list};
use super::setting;
use crate::data::Mailbox;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type,
};
use crate::exchange::row::{Column, Output, column};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const STATE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Storage.OofState",
    members: &["Disabled", "Enabled", "Scheduled"],
};
const AUDIENCE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.InfoWorker.Common.OOF.ExternalAudience",
    members: &["None", "Known", "All"],
};

const ROUTING: Parameter = Parameter::new("UseCustomRouting", Type::Switch);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MailboxAutoReplyConfiguration",
        VIEWERS,
        &[ANY_IDENTITY, RESULT_SIZE, ROUTING],
        get_auto_reply,
    ),
    Cmdlet::write(
        "Set-MailboxAutoReplyConfiguration",
        OPTIONS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("AutoDeclineFutureRequestsWhenOOF", Type::Bool),
            Parameter::new("AutoReplyState", Type::Enum(&STATE)),
            Parameter::new("CreateOOFEvent", Type::Bool),
            Parameter::new("DeclineAllEventsForScheduledOOF", Type::Bool),
            Parameter::new("DeclineMeetingMessage", Type::String),
            Parameter::new("EndTime", Type::DateTime),
            Parameter::new("ExternalAudience", Type::Enum(&AUDIENCE)),
            Parameter::new("ExternalMessage", Type::String),
            Parameter::new("InternalMessage", Type::String),
            Parameter::new("OOFEventSubject", Type::String),
            Parameter::new("StartTime", Type::DateTime),
        ],
        set_auto_reply,
    )
    .prompt("Setting automatic replies of mailbox Identity:\"{Identity}\"."),
    Cmdlet::read(
        "Get-MailboxRegionalConfiguration",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Archive", Type::Switch),
            RESULT_SIZE,
            ROUTING,
            Parameter::new("VerifyDefaultFolderNameLanguage", Type::Switch),
        ],
        get_regional,
    ),
    Cmdlet::write(
        "Set-MailboxRegionalConfiguration",
        OPTIONS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("DateFormat", Type::String),
            Parameter::new("Language", Type::String),
            Parameter::new("LocalizeDefaultFolderName", Type::Switch),
            Parameter::new("TimeFormat", Type::String),
            Parameter::new("TimeZone", Type::String),
            ROUTING,
        ],
        set_regional,
    )
    .prompt("Setting regional configuration of mailbox Identity:\"{Identity}\"."),
    Cmdlet::read(
        "Get-MailboxJunkEmailConfiguration",
        VIEWERS,
        &[ANY_IDENTITY, RESULT_SIZE],
        get_junk,
    ),
    Cmdlet::write(
        "Set-MailboxJunkEmailConfiguration",
        OPTIONS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("BlockedSendersAndDomains", Type::Multivalued),
            Parameter::new("ContactsTrusted", Type::Bool),
            Parameter::new("Enabled", Type::Bool),
            Parameter::new("TrustedListsOnly", Type::Bool),
            Parameter::new("TrustedSendersAndDomains", Type::Multivalued),
        ],
        set_junk,
    )
    .prompt("Setting junk e-mail configuration of mailbox Identity:\"{Identity}\"."),
];

/// One in thirty is away.
fn is_away(m: &Mailbox) -> bool {
    m.number() > 0 && m.draw(100, 30) == 0
}

static AUTO_REPLY: &[Column<Mailbox>] = &[
    column("AutoDeclineFutureRequestsWhenOOF", no),
    column("AutoReplyState", |m| if is_away(m) { "Enabled".into() } else { "Disabled".into() }),
    column("CreateOOFEvent", no),
    column("DeclineAllEventsForScheduledOOF", no),
    column("DeclineEventsForScheduledOOF", no),
    column("EventsToDeleteIDs", |_| Value::Null),
    column("EndTime", |m| Value::Local(m.changed())),
    column("ExternalAudience", |_| "All".into()),
    column("ExternalMessage", |m| {
        if is_away(m) { "I am out of the office.".into() } else { "".into() }
    }),
    column("InternalMessage", |m| {
        if is_away(m) { "I am out of the office.".into() } else { "".into() }
    }),
    column("DeclineMeetingMessage", empty),
    column("OOFEventSubject", empty),
    column("StartTime", |m| Value::Local(m.changed())),
    column("Recipients", |_| Value::Null),
    column("ReminderMinutesBeforeStart", |_| 0.into()),
    column("ReminderMessage", |_| Value::Null),
    column("MailboxOwnerId", name),
    column("Identity", name),
    column("IsValid", yes),
    column("ObjectState", |_| "Unchanged".into()),
];

static REGIONAL: &[Column<Mailbox>] = &[
    column("DateFormat", |m| match m.place().code {
        "US" => "M/d/yyyy".into(),
        "DE" | "PL" => "dd.MM.yyyy".into(),
        "JP" => "yyyy/MM/dd".into(),
        _ => "dd/MM/yyyy".into(),
    }),
    column("Language", |m| m.place().language.into()),
    column("DefaultFolderNameMatchingUserLanguage", no),
    column(
        "TimeFormat",
        |m| if m.place().code == "US" { "h:mm tt".into() } else { "HH:mm".into() },
    ),
    column("TimeZone", |m| m.place().time_zone.into()),
    column("Identity", name),
    column("IsValid", yes),
    column("ObjectState", |_| "Unchanged".into()),
];

static JUNK: &[Column<Mailbox>] = &[
    column("Enabled", yes),
    column("TrustedListsOnly", no),
    column("ContactsTrusted", no),
    column("TrustedSendersAndDomains", no_texts),
    column("BlockedSendersAndDomains", no_texts),
    column("TrustedRecipientsAndDomains", no_texts),
    column("MailboxOwnerId", name),
    column("Identity", name),
    column("IsValid", yes),
    column("ObjectState", |_| "Unchanged".into()),
];

fn get_auto_reply<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    list(call, world, AUTO_REPLY)
}

fn set_auto_reply<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    setting::set(call, world, AUTO_REPLY)
}

fn get_regional<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    list(call, world, REGIONAL)
}

fn set_regional<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    setting::set(call, world, REGIONAL)
}

fn get_junk<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    list(call, world, JUNK)
}

fn set_junk<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    setting::set(call, world, JUNK)
}
