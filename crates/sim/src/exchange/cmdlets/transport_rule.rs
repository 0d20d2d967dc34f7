//! `TransportRule`: what happens to mail on its way.

use super::configuration::{apply, check_free, get, kind, name_of, set, show};
use crate::exchange::administration::configuration::Configuration;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Id, Int, List, Null, Text},
};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type, followed,
};
use crate::exchange::row::Output;
use crate::exchange::value::Value;

pub(super) static KIND: Kind = Kind {
    noun: "TransportRule",
    template: &[
        ("Priority", Int(0)),
        ("DlpPolicy", Null),
        ("DlpPolicyId", Text("00000000-0000-0000-0000-000000000000")),
        ("Comments", Null),
        ("CreatedBy", Text("admin@{domain}")),
        ("LastModifiedBy", Text("admin@{domain}")),
        ("ManuallyModified", Bool(false)),
        ("ActivationDate", Null),
        ("ExpiryDate", Null),
        ("Description", Text("")),
        ("RuleVersion", Text("14.4.0.0")),
        ("Size", Int(0)),
        ("Mode", Text("Enforce")),
        ("RuleErrorAction", Text("Ignore")),
        ("SenderAddressLocation", Text("Header")),
        ("State", Text("Enabled")),
        ("StopRuleProcessing", Bool(false)),
        ("FromScope", Null),
        ("SentToScope", Null),
        ("From", Null),
        ("SentTo", Null),
        ("SenderDomainIs", Null),
        ("RecipientDomainIs", Null),
        ("SubjectContainsWords", Null),
        ("SubjectOrBodyContainsWords", Null),
        ("AttachmentExtensionMatchesWords", Null),
        ("HasAttachment", Bool(false)),
        ("ExceptIfFrom", Null),
        ("ExceptIfSenderDomainIs", Null),
        ("PrependSubject", Null),
        ("SetSCL", Null),
        ("RedirectMessageTo", Null),
        ("BlindCopyTo", Null),
        ("RejectMessageReasonText", Null),
        ("RejectMessageEnhancedStatusCode", Null),
        ("DeleteMessage", Bool(false)),
        ("Quarantine", Bool(false)),
        ("SetHeaderName", Null),
        ("SetHeaderValue", Null),
        ("ApplyHtmlDisclaimerText", Null),
        ("ApplyHtmlDisclaimerLocation", Null),
        ("ImmutableId", Id),
        ("RuleSubType", Text("None")),
    ],
    first: &[
        (
            "Mark external mail",
            &[
                ("FromScope", Text("NotInOrganization")),
                ("PrependSubject", Text("[External] ")),
                ("Description", Text("Prepend the subject with [External]")),
            ],
        ),
        (
            "Block executables",
            &[
                ("Priority", Int(1)),
                ("AttachmentExtensionMatchesWords", List(&["exe", "scr", "js"])),
                ("RejectMessageReasonText", Text("Executable attachments are not accepted.")),
                ("RejectMessageEnhancedStatusCode", Text("5.7.1")),
            ],
        ),
        (
            "Forwarding outside (old)",
            &[
                ("Priority", Int(2)),
                ("State", Text("Disabled")),
                ("SentToScope", Text("NotInOrganization")),
                ("DeleteMessage", Bool(true)),
            ],
        ),
    ],
};

const READERS: &[&str] =
    &["Transport Rules", "Data Loss Prevention", "View-Only Configuration", "Security Reader"];
const WRITERS: &[&str] = &["Transport Rules"];
const MODE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.MessagingPolicies.Rules.RuleMode",
    members: &["Audit", "AuditAndNotify", "Enforce"],
};
const STATE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.MessagingPolicies.Rules.RuleState",
    members: &["Enabled", "Disabled"],
};
const FROM_SCOPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.MessagingPolicies.Rules.Tasks.FromUserScope",
    members: &["InOrganization", "NotInOrganization"],
};
const TO_SCOPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.MessagingPolicies.Rules.Tasks.ToUserScope",
    members: &["InOrganization", "NotInOrganization", "ExternalPartner", "ExternalNonPartner"],
};

/// What a rule is made of.
const RULE: &[Parameter] = &[
    Parameter::new("AttachmentExtensionMatchesWords", Type::Strings),
    Parameter::new("ApplyHtmlDisclaimerText", Type::String),
    Parameter::new("BlindCopyTo", Type::Identities),
    Parameter::new("Comments", Type::String),
    Parameter::new("DeleteMessage", Type::Bool),
    Parameter::new("ExceptIfFrom", Type::Identities),
    Parameter::new("ExceptIfSenderDomainIs", Type::Strings),
    Parameter::new("From", Type::Identities),
    Parameter::new("FromScope", Type::Enum(&FROM_SCOPE)),
    Parameter::new("HasAttachment", Type::Bool),
    Parameter::new("Mode", Type::Enum(&MODE)),
    Parameter::new("PrependSubject", Type::String),
    Parameter::new("Priority", Type::Int),
    Parameter::new("Quarantine", Type::Bool),
    Parameter::new("RecipientDomainIs", Type::Strings),
    Parameter::new("RedirectMessageTo", Type::Identities),
    Parameter::new("RejectMessageReasonText", Type::String),
    Parameter::new("SenderDomainIs", Type::Strings),
    Parameter::new("SentTo", Type::Identities),
    Parameter::new("SentToScope", Type::Enum(&TO_SCOPE)),
    Parameter::new("SetHeaderName", Type::String),
    Parameter::new("SetHeaderValue", Type::String),
    Parameter::new("SetSCL", Type::Int),
    Parameter::new("StopRuleProcessing", Type::Bool),
    Parameter::new("SubjectContainsWords", Type::Strings),
    Parameter::new("SubjectOrBodyContainsWords", Type::Strings),
];
const NEW: &[Parameter] = &followed::<{ 2 + RULE.len() }>(
    &[
        Parameter::new("Name", Type::String).mandatory().at(0),
        Parameter::new("Enabled", Type::Bool),
    ],
    RULE,
);
const SET: &[Parameter] =
    &followed::<{ 2 + RULE.len() }>(&[IDENTITY, Parameter::new("Name", Type::String)], RULE);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-TransportRule",
        READERS,
        &[
            ANY_IDENTITY,
            Parameter::new("State", Type::Enum(&STATE)),
            Parameter::new("ExcludeConditionActionDetails", Type::Bool),
            RESULT_SIZE,
        ],
        list,
    ),
    Cmdlet::write("New-TransportRule", WRITERS, Impact::Medium, NEW, add),
    Cmdlet::write("Set-TransportRule", WRITERS, Impact::Medium, SET, change),
    Cmdlet::write("Remove-TransportRule", WRITERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing transport rule \"{Identity}\"."),
    Cmdlet::write(
        "Enable-TransportRule",
        WRITERS,
        Impact::Medium,
        &[IDENTITY, Parameter::new("Mode", Type::Enum(&MODE))],
        switch,
    ),
    Cmdlet::write("Disable-TransportRule", WRITERS, Impact::High, &[IDENTITY], switch)
        .prompt("Disabling transport rule \"{Identity}\"."),
];

/// Rules by priority, of one state if that is asked for.
fn list<'a>(
    call: &'a Call,
    world: &'a crate::exchange::world::World,
) -> Result<Output<'a>, CmdletError> {
    let Some(state) = call.string("State") else { return get(call, world) };
    let configuration = &world.administration.configuration;
    let found = configuration.matching(KIND.noun, call.string("Identity"))?;
    let home = configuration.home();
    Ok(Output::rows(
        found
            .into_iter()
            .filter(move |rule| rule.text("State") == state)
            .map(move |rule| rule.record(home)),
    ))
}

/// A new rule comes last unless it says where.
fn add<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name");
    check_free(&world, KIND.noun, name)?;
    let last = world.administration.configuration.all(KIND.noun).len();
    let place = place(call, last)?.unwrap_or(last);
    let configuration = &mut world.change(call)?.administration.configuration;
    let rule = configuration.add(kind(KIND.noun), name, call.now);
    apply(call, rule);
    if call.flag("Enabled") == Some(false) {
        rule.set("State", Value::from("Disabled"));
    }
    move_to(configuration, name, place);
    show(configuration, KIND.noun, name)
}

/// Changes a rule; a new priority moves the others.
fn change<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let last = world.administration.configuration.all(KIND.noun).len().saturating_sub(1);
    let Some(place) = place(call, last)? else { return set(call, world) };
    let rule = world.administration.configuration.find(KIND.noun, call.required("Identity"))?;
    let mut changed = rule.clone();
    let name = rule.name.clone();
    if !apply(call, &mut changed) {
        call.warn_unmodified(&name);
    }
    changed.changed = call.now;
    let new_name = changed.name.clone();
    let configuration = &mut world.change(call)?.administration.configuration;
    *configuration.find_mut(KIND.noun, &name)? = changed;
    move_to(configuration, &new_name, place);
    Ok(Output::nothing())
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = name_of(call, &world, KIND.noun)?;
    let configuration = &mut world.change(call)?.administration.configuration;
    configuration.remove(KIND.noun, &name);
    renumber(configuration);
    Ok(Output::nothing())
}

/// Enables or disables, as the verb says.
fn switch<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = name_of(call, &world, KIND.noun)?;
    let state = if call.cmdlet.name.starts_with("Enable") { "Enabled" } else { "Disabled" };
    let configuration = &mut world.change(call)?.administration.configuration;
    let rule = configuration.find_mut(KIND.noun, &name)?;
    rule.set("State", Value::from(state));
    apply(call, rule);
    rule.changed = call.now;
    Ok(Output::nothing())
}

/// The wanted priority, which must be one that exists.
fn place(call: &Call, last: usize) -> Result<Option<usize>, CmdletError> {
    let Some(wanted) = call.number("Priority") else { return Ok(None) };
    match usize::try_from(wanted) {
        Ok(place) if place <= last => Ok(Some(place)),
        _ => Err(CmdletError::invalid(format!(
            "The priority {wanted} isn't valid. It must be between 0 and {last}."
        ))),
    }
}

fn move_to(configuration: &mut Configuration, name: &str, place: usize) {
    let rules = configuration.all_mut(KIND.noun);
    if let Some(from) = rules.iter().position(|rule| rule.name.eq_ignore_ascii_case(name)) {
        let rule = rules.remove(from);
        rules.insert(place.min(rules.len()), rule);
    }
    renumber(configuration);
}

fn renumber(configuration: &mut Configuration) {
    for (priority, rule) in (0..).zip(configuration.all_mut(KIND.noun)) {
        rule.set("Priority", Value::Int32(priority));
    }
}
