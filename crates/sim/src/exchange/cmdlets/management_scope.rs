//! `ManagementScope`: the recipients to which a role assignment is limited.

use super::configuration::{get, new};
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Null, Text},
};
use crate::exchange::cmdlet::{Cmdlet, Impact};
use crate::exchange::parameter::{ANY_IDENTITY, Parameter, Type};

pub(super) static KIND: Kind = Kind {
    noun: "ManagementScope",
    template: &[
        ("RecipientRoot", Null),
        ("RecipientFilter", Text("")),
        ("RecipientRestrictionFilter", Text("")),
        ("ServerFilter", Text("")),
        ("ServerRestrictionFilter", Text("")),
        ("DatabaseFilter", Text("")),
        ("TenantOrganizationFilter", Text("")),
        ("ScopeRestrictionType", Text("RecipientScope")),
        ("Exclusive", Bool(false)),
    ],
    first: &[],
};

const WRITERS: &[&str] = &["Role Management"];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-ManagementScope",
        &["View-Only Configuration", "Role Management"],
        &[ANY_IDENTITY],
        get,
    ),
    Cmdlet::write(
        "New-ManagementScope",
        WRITERS,
        Impact::Medium,
        &[
            Parameter::new("Name", Type::String).mandatory().at(0),
            Parameter::new("RecipientRestrictionFilter", Type::String).mandatory(),
            Parameter::new("RecipientRoot", Type::Identity),
        ],
        new,
    ),
];
