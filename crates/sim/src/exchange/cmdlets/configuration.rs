//! Handlers that all configuration objects share: the noun of the cmdlet says which objects, their
//! template says which parameters are properties.

use super::{
    admin_audit_log_config, compliance_policy, connector, mail_contact, mail_policy,
    management_scope, organization_config, remote_domain, threat_policy, transport_rule,
};
use crate::exchange::administration::object::{Kind, Object};
use crate::exchange::call::{Argument, Call};
use crate::exchange::cmdlet::Pending;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::row::Output;
use crate::exchange::value::Value;
use crate::exchange::world::World;

/// All kinds of configuration objects. A new kind is named here.
pub(in crate::exchange) static KINDS: &[&Kind] = &[
    &admin_audit_log_config::KIND,
    &compliance_policy::AUDIT_RETENTION_POLICY,
    &compliance_policy::COMPLIANCE_TAG,
    &compliance_policy::DLP_POLICY,
    &compliance_policy::LABEL,
    &compliance_policy::RETENTION_POLICY,
    &connector::INBOUND,
    &connector::OUTBOUND,
    &mail_contact::CONTACT,
    &mail_contact::USER,
    &mail_policy::OWA_MAILBOX_POLICY,
    &mail_policy::RETENTION_POLICY,
    &mail_policy::SHARING_POLICY,
    &management_scope::KIND,
    &organization_config::DOMAIN,
    &organization_config::KIND,
    &remote_domain::KIND,
    &threat_policy::ANTI_PHISH,
    &threat_policy::CONTENT_FILTER,
    &threat_policy::DKIM,
    &threat_policy::MALWARE,
    &transport_rule::KIND,
];

/// Lists the objects of the noun, or the one that `Identity` names.
pub(super) fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let configuration = &world.administration.configuration;
    let found = configuration.matching(noun(call), identity(call))?;
    Ok(Output::rows(found.into_iter().map(|object| object.record(configuration.home()))))
}

/// Makes an object called `Name`, and shows it.
pub(super) fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let kind = kind(noun(call));
    let name = call.required("Name");
    check_free(&world, kind.noun, name)?;
    let configuration = &mut world.change(call)?.administration.configuration;
    apply(call, configuration.add(kind, name, call.now));
    show(configuration, kind.noun, name)
}

/// Changes the object that `Identity` names; the only one of its noun without an identity.
pub(super) fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let noun = noun(call);
    let configuration = &world.administration.configuration;
    let object = match identity(call) {
        Some(identity) => configuration.find(noun, identity)?,
        None => configuration.all(noun).first().ok_or_else(|| CmdletError::not_found(noun))?,
    };
    let mut changed = object.clone();
    let differs = apply(call, &mut changed);
    let name = object.name.clone();
    if changed.name != name {
        check_free(&world, noun, &changed.name)?;
    }
    keep(call, world, noun, &name, differs.then_some(changed))
}

/// Removes the object that `Identity` names.
pub(super) fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let noun = noun(call);
    let name = name_of(call, &world, noun)?;
    world.change(call)?.administration.configuration.remove(noun, &name);
    Ok(Output::nothing())
}

/// Fails if a new object of the noun cannot be called so, because another one is.
pub(super) fn check_free(world: &World, noun: &str, name: &str) -> Result<(), CmdletError> {
    match world.administration.configuration.find(noun, name) {
        Ok(_) => Err(CmdletError::already_exists(name)),
        Err(_) => Ok(()),
    }
}

/// The name of the object that `Identity` names.
pub(super) fn name_of(call: &Call, world: &World, noun: &str) -> Result<String, CmdletError> {
    let found = world.administration.configuration.find(noun, call.required("Identity"))?;
    Ok(found.name.clone())
}

/// Keeps what became of the object called `name`; warns if nothing did.
pub(super) fn keep<'a>(
    call: &Call,
    world: Pending<'a>,
    noun: &str,
    name: &str,
    changed: Option<Object>,
) -> Result<Output<'a>, CmdletError> {
    let configuration = &mut world.change(call)?.administration.configuration;
    match changed {
        Some(mut object) => {
            object.changed = call.now;
            *configuration.find_mut(noun, name)? = object;
        }
        None => call.warn_unmodified(name),
    }
    Ok(Output::nothing())
}

/// The row of an object that was made or changed just now.
pub(super) fn show<'a>(
    configuration: &'a crate::exchange::administration::configuration::Configuration,
    noun: &str,
    name: &str,
) -> Result<Output<'a>, CmdletError> {
    Ok(Output::row(configuration.find(noun, name)?.record(configuration.home())))
}

/// Takes over every given parameter that is a property of the object, and `Name`. Tells whether
/// anything changed.
pub(super) fn apply(call: &Call, object: &mut Object) -> bool {
    let mut differs = false;
    for (parameter, argument) in &call.arguments {
        if *parameter == "Name" {
            if let Argument::Text(name) = argument {
                differs |= object.name != *name;
                object.name.clone_from(name);
            }
            continue;
        }
        let Some(present) = object.get(parameter) else { continue };
        let value = match (argument, present) {
            (Argument::Edit { .. } | Argument::Texts(_), _)
            | (Argument::Null, Value::Strings(_)) => {
                let mut texts = object.texts(parameter);
                call.edit(parameter, &mut texts);
                Value::from(texts)
            }
            (Argument::Text(text), Value::Strings(_)) => Value::from(vec![text.clone()]),
            _ => value_of(argument),
        };
        if *present != value {
            differs = true;
            object.set(parameter, value);
        }
    }
    differs
}

/// The noun of the cmdlet.
pub(super) fn noun(call: &Call) -> &'static str {
    call.cmdlet.name.split_once('-').map_or("", |(_, noun)| noun)
}

/// `Identity`, for cmdlets with and without one.
fn identity(call: &Call) -> Option<&str> {
    match call.arguments.get("Identity")? {
        Argument::Text(text) => Some(text),
        _ => None,
    }
}

/// The kind with this noun.
pub(super) fn kind(noun: &str) -> &'static Kind {
    KINDS.iter().copied().find(|kind| kind.noun == noun).expect("every noun used here is a kind")
}

fn value_of(argument: &Argument) -> Value<'static> {
    match argument {
        Argument::Null | Argument::Secret { .. } | Argument::Edit { .. } => Value::Null,
        Argument::Text(text) => Value::from(text.clone()),
        Argument::Texts(texts) => Value::from(texts.clone()),
        Argument::Flag(flag) => Value::Bool(*flag),
        Argument::Number(number) => Value::Int32(i32::try_from(*number).unwrap_or(i32::MAX)),
        Argument::Unlimited => Value::Unlimited,
        Argument::Guid(guid) => Value::Guid(*guid),
        Argument::Time(time) => Value::Utc(*time),
        Argument::Span(span) => Value::TimeSpan(*span),
        Argument::Table(table) => Value::Raw(serde_json::Value::Object(table.clone())),
        Argument::Bytes(bytes) => Value::from(format!("{} bytes", bytes.len())),
    }
}
