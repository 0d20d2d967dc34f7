//! What a cmdlet is to the engine: one row of a table and one function.
//!
//! # Adding a cmdlet
//!
//! 1. Write `cmdlets/<noun>.rs` with a `pub(super) const CMDLETS: &[Cmdlet]` and the handlers, and
//!    name it in the one list of `cmdlets.rs`.
//! 2. A [`Cmdlet`] says who may run it (management roles), which service offers it, its
//!    [parameters](super::parameter::Parameter) and how it asks for confirmation. The engine binds
//!    the parameters as PowerShell does, so that a handler sees only values of the declared type,
//!    and generates the module file's proxy function from the same row.
//! 3. A handler that reads gets the [`World`] and answers rows; they are **lazy**: an iterator that
//!    the engine runs only as far as the page goes. [`Output::rows`] takes any iterator of
//!    [`Record`](super::row::Record)s; a large population implements
//!    [`Columns`](super::row::Column) and uses [`Output::seek`], so that page 1000 needs no walk
//!    over the first 999.
//! 4. A handler that writes gets a [`Pending`] world: it reads through it, validates, and only
//!    then calls [`Pending::change`], which ends the call with the confirmation text when the
//!    caller asked for `-Confirm` or `-WhatIf`.
//! 5. State lives in a field of [`World`]; `ResultSize`, paging, `$select`, `$filter`, annotations,
//!    error bodies and RBAC are the engine's business.
//!
//! ```ignore
//! pub(super) const CMDLETS: &[Cmdlet] = &[
//!     Cmdlet::read("Get-RemoteDomain", &["View-Only Configuration", "Remote and Accepted Domains"],
//!         &[Parameter::new("Identity", Type::Identity).at(0).pipeline(), RESULT_SIZE], get),
//!     Cmdlet::write("Remove-RemoteDomain", &["Remote and Accepted Domains"], Impact::High,
//!         &[Parameter::new("Identity", Type::Identity).mandatory().at(0).pipeline()], remove)
//!         .prompt("Removing remote domain \"{Identity}\"."),
//! ];
//! fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
//!     let wanted = call.string("Identity");
//!     let found = world.domains.iter().filter(move |d| wanted.is_none_or(|w| w == d.name));
//!     Ok(Output::rows(found.map(|d| Record::new().with("Name", &*d.name).with("IsValid", true))))
//! }
//! fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
//!     let index = world.find_domain(call.required("Identity"))?;
//!     world.change(call)?.domains.remove(index);
//!     Ok(Output::nothing())
//! }
//! ```

use std::ops::Deref;

use super::call::Call;
use super::cmdlet_error::CmdletError;
use super::parameter::Parameter;
use super::row::Output;
use super::world::World;

/// One cmdlet.
#[derive(Debug)]
pub(crate) struct Cmdlet {
    /// `Verb-Noun`, in the case that the documentation uses.
    pub(crate) name: &'static str,
    /// Where it can be called.
    pub(crate) offered: Offered,
    /// Management roles of which any one permits the cmdlet.
    pub(crate) roles: &'static [&'static str],
    /// Its own parameters; the common ones, `Confirm` and `WhatIf` are added by the engine.
    pub(crate) parameters: &'static [Parameter],
    /// Whether and when the module asks back.
    pub(crate) impact: Impact,
    /// Confirmation text; `{Name}` stands for the value of a parameter.
    pub(crate) prompt: &'static str,
    /// What runs it.
    pub(crate) handler: Handler,
}

impl Cmdlet {
    /// A cmdlet that changes nothing, offered by Exchange Online.
    pub(crate) const fn read(
        name: &'static str,
        roles: &'static [&'static str],
        parameters: &'static [Parameter],
        handler: Read,
    ) -> Self {
        Self {
            name,
            offered: Offered::Exchange,
            roles,
            parameters,
            impact: Impact::None,
            prompt: "",
            handler: Handler::Read(handler),
        }
    }

    /// A cmdlet that changes something, offered by Exchange Online.
    pub(crate) const fn write(
        name: &'static str,
        roles: &'static [&'static str],
        impact: Impact,
        parameters: &'static [Parameter],
        handler: Write,
    ) -> Self {
        Self {
            name,
            offered: Offered::Exchange,
            roles,
            parameters,
            impact,
            prompt: "",
            handler: Handler::Write(handler),
        }
    }

    /// The same cmdlet, offered elsewhere too or instead.
    pub(crate) const fn offered(mut self, offered: Offered) -> Self {
        self.offered = offered;
        self
    }

    /// The same cmdlet with a confirmation text.
    pub(crate) const fn prompt(mut self, prompt: &'static str) -> Self {
        self.prompt = prompt;
        self
    }

    /// The parameter of that name, in any case.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }
}

/// Which of the two services offers a cmdlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offered {
    /// Exchange Online only.
    Exchange,
    /// Security & Compliance only.
    Compliance,
    /// Both.
    Both,
}

/// How much a cmdlet can break: the module asks back at [`Impact::High`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impact {
    /// No confirmation: the cmdlet has no `Confirm` and no `WhatIf`.
    None,
    /// Confirmation when asked for.
    Medium,
    /// Confirmation unless it is switched off.
    High,
}

/// A handler that only reads.
pub(crate) type Read = for<'a> fn(&'a Call, &'a World) -> Result<Output<'a>, CmdletError>;
/// A handler that writes.
pub(crate) type Write = for<'a> fn(&'a Call, Pending<'a>) -> Result<Output<'a>, CmdletError>;

/// What runs a cmdlet. Reads run beside each other, a write runs alone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// Changes nothing.
    Read(Read),
    /// May change the world.
    Write(Write),
}

/// A world that is about to be changed: readable at once, writable after the confirmation.
#[derive(Debug)]
pub(crate) struct Pending<'a>(&'a mut World);

impl<'a> Pending<'a> {
    /// Hands a world to a writing handler.
    pub(crate) fn new(world: &'a mut World) -> Self {
        Self(world)
    }

    /// Permission to write. Fails with the confirmation text, which is no error for the caller,
    /// when the call only asks what would happen.
    pub(crate) fn change(self, call: &Call) -> Result<&'a mut World, CmdletError> {
        call.confirm()?;
        Ok(self.0)
    }
}

impl Deref for Pending<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.0
    }
}
