//! `Get-`, `New-` and `Remove-InboxRule`.

use super::recipient_type::{OPTIONS, VIEWERS, mailbox};
use crate::data::{IdentifierKind, Mailbox};
use crate::exchange::call::{Argument, Call};
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::grant::InboxRule;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const MAILBOX: Parameter = Parameter::new("Mailbox", Type::Identity);
const FORCE: Parameter = Parameter::new("Force", Type::Switch);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-InboxRule",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("BypassScopeCheck", Type::Switch),
            Parameter::new("IncludeHidden", Type::Switch),
            MAILBOX,
            RESULT_SIZE,
            Parameter::new("SkipLegacyFolders", Type::Switch),
            Parameter::new("UseCustomRouting", Type::Switch),
        ],
        get,
    ),
    Cmdlet::write(
        "New-InboxRule",
        OPTIONS,
        Impact::Medium,
        &[
            Parameter::new("Name", Type::String).mandatory().at(0),
            Parameter::new("ApplyCategory", Type::Multivalued),
            Parameter::new("BodyContainsWords", Type::Multivalued),
            Parameter::new("DeleteMessage", Type::Bool),
            FORCE,
            Parameter::new("ForwardAsAttachmentTo", Type::Identities),
            Parameter::new("ForwardTo", Type::Identities),
            Parameter::new("From", Type::Identities),
            Parameter::new("FromAddressContainsWords", Type::Multivalued),
            Parameter::new("HasAttachment", Type::Bool),
            MAILBOX,
            Parameter::new("MarkAsRead", Type::Bool),
            Parameter::new("MoveToFolder", Type::Identity),
            Parameter::new("MyNameInToBox", Type::Bool),
            Parameter::new("Priority", Type::Int),
            Parameter::new("RedirectTo", Type::Identities),
            Parameter::new("SentTo", Type::Identities),
            Parameter::new("StopProcessingRules", Type::Bool),
            Parameter::new("SubjectContainsWords", Type::Multivalued),
            Parameter::new("SubjectOrBodyContainsWords", Type::Multivalued),
        ],
        new,
    )
    .prompt("Creating inbox rule \"{Name}\" in mailbox \"{Mailbox}\"."),
    Cmdlet::write("Remove-InboxRule", OPTIONS, Impact::High, &[IDENTITY, FORCE, MAILBOX], remove)
        .prompt("Are you sure you want to perform this action?\nRemoving the Inbox rule \"{Identity}\" from mailbox \"{Mailbox}\"."),
];

/// Actions, of which a rule needs at least one.
const ACTIONS: [&str; 7] = [
    "ApplyCategory",
    "DeleteMessage",
    "ForwardAsAttachmentTo",
    "ForwardTo",
    "MarkAsRead",
    "MoveToFolder",
    "RedirectTo",
];
/// Parts that hold recipients.
const RECIPIENTS: [&str; 5] =
    ["ForwardAsAttachmentTo", "ForwardTo", "From", "RedirectTo", "SentTo"];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let (item, wanted) = target(call, world)?;
    let rules = world.grants.rules(&item);
    let found =
        rules.iter().position(|rule| wanted.as_ref().is_some_and(|name| is_named(rule, name)));
    if let (Some(name), None) = (&wanted, found) {
        return Err(no_rule(name));
    }
    let shown =
        rules.into_iter().enumerate().filter(move |(nth, _)| found.is_none_or(|only| only == *nth));
    Ok(Output::rows(shown.map(move |(nth, rule)| row(&item, nth, &rule))))
}

/// The mailbox of a call, and the rule's name or number: from `-Mailbox` and `-Identity`, or from
/// `-Identity` as `mailbox\rule`.
fn target(call: &Call, world: &World) -> Result<(Mailbox, Option<String>), CmdletError> {
    let identity = call.string("Identity");
    match (call.string("Mailbox"), identity) {
        (Some(name), rule) => {
            let rule = rule.map(|rule| rule.rsplit('\\').next().unwrap_or(rule).to_owned());
            Ok((mailbox(world, name)?, rule))
        }
        (None, Some(identity)) => match identity.split_once('\\') {
            Some((name, rule)) => Ok((mailbox(world, name)?, Some(rule.to_owned()))),
            None => Err(no_rule(identity)),
        },
        (None, None) => Err(CmdletError::invalid(
            "The Mailbox parameter is required: an application has no mailbox of its own.",
        )),
    }
}

fn is_named(rule: &InboxRule, name: &str) -> bool {
    rule.name.eq_ignore_ascii_case(name) || rule.id.to_string() == name
}

fn no_rule(name: &str) -> CmdletError {
    CmdletError::failed(
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        format!("The specified Inbox rule wasn't found: \"{name}\"."),
    )
}

fn row(item: &Mailbox, nth: usize, rule: &InboxRule) -> Record<'static> {
    let id = item.id(IdentifierKind::Directory);
    let mut row = Record::new()
        .with("Description", description(rule))
        .with("Enabled", rule.enabled)
        .with("Identity", format!("{id}\\{}", rule.id))
        .with("InError", false)
        .with("ErrorType", "None")
        .with("Name", rule.name.clone())
        .with("Priority", Value::Raw((nth + 1).into()))
        .with("RuleIdentity", Value::UInt64(rule.id))
        .with("SupportedByTask", true)
        .with("Legacy", false);
    for (part, texts) in &rule.parts {
        row = match *part {
            "MoveToFolder" => row.with(*part, texts.join("")),
            _ if texts.is_empty() => row.with(*part, true),
            _ => row.with(*part, Value::Array(texts.iter().map(|t| t.clone().into()).collect())),
        };
    }
    row.with("MailboxOwnerId", id.to_string())
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

fn description(rule: &InboxRule) -> String {
    let parts = rule.parts.iter().map(|(part, texts)| format!("\t{part} {}\r\n", texts.join("; ")));
    format!("If the message:\r\n{}", parts.collect::<String>())
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(
        &world,
        call.string("Mailbox").ok_or_else(|| {
            CmdletError::invalid(
                "The Mailbox parameter is required: an application has no mailbox of its own.",
            )
        })?,
    )?;
    let mut rules = world.grants.rules(&item);
    let name = call.required("Name");
    if rules.iter().any(|rule| rule.name.eq_ignore_ascii_case(name)) {
        return Err(CmdletError::already_exists(name));
    }
    let parts = parts(call, &world)?;
    if !parts.iter().any(|(part, _)| ACTIONS.contains(part)) {
        return Err(CmdletError::invalid("An Inbox rule must have at least one action."));
    }
    // The next number after the largest one, and larger than a signed one can be.
    let last = rules.iter().map(|rule| rule.id).max().unwrap_or(15_394_007_230_974_001_152);
    let rule = InboxRule { id: last + 1, name: name.to_owned(), enabled: true, parts };
    let most = rules.len();
    let nth = call.number("Priority").map_or(most, |nth| (nth.max(1) as usize - 1).min(most));
    let shown = row(&item, nth, &rule);
    rules.insert(nth, rule);
    world.change(call)?.grants.put_rules(item.number(), rules);
    Ok(Output::row(shown))
}

/// Conditions and actions of a call, in the order of their names.
fn parts(call: &Call, world: &World) -> Result<Vec<(&'static str, Vec<String>)>, CmdletError> {
    let mut parts = Vec::new();
    for (name, argument) in &call.arguments {
        if matches!(*name, "Name" | "Mailbox" | "Force" | "Priority") {
            continue;
        }
        let texts = match argument {
            Argument::Flag(true) => Vec::new(),
            Argument::Text(text) => vec![text.clone()],
            Argument::Texts(texts) => texts.clone(),
            _ => continue,
        };
        let texts = if RECIPIENTS.contains(name) {
            texts.iter().map(|who| recipient(world, who)).collect::<Result<_, _>>()?
        } else {
            texts
        };
        parts.push((*name, texts));
    }
    Ok(parts)
}

/// A recipient as a rule shows it: by its legacy name inside, by its address outside.
fn recipient(world: &World, who: &str) -> Result<String, CmdletError> {
    match world.mailboxes.find(who) {
        Ok(item) => Ok(format!("\"{}\" [EX:{}]", item.names().display, item.legacy_name())),
        Err(_) if who.contains('@') => Ok(format!("\"{who}\" [SMTP:{who}]")),
        Err(_) => Err(CmdletError::no_such_recipient(who)),
    }
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let (item, name) = target(call, &world)?;
    let name = name.unwrap_or_default();
    let mut rules = world.grants.rules(&item);
    let before = rules.len();
    rules.retain(|rule| !is_named(rule, &name));
    if rules.len() == before {
        return Err(no_rule(&name));
    }
    world.change(call)?.grants.put_rules(item.number(), rules);
    Ok(Output::nothing())
}
