//! What a cmdlet takes: names, types, and when a value must be there.

/// One parameter of a cmdlet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// Its name; callers may write it in any case.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Type,
    /// Whether it must be given (in its parameter sets).
    pub(crate) mandatory: bool,
    /// Its position among unnamed arguments, as the module file tells.
    pub(crate) position: Option<u8>,
    /// Whether the module binds it from the pipeline.
    pub(crate) pipeline: bool,
    /// The parameter sets it belongs to; all of them when empty.
    pub(crate) sets: &'static [&'static str],
    /// Management roles that permit it; those of the cmdlet when empty.
    pub(crate) roles: &'static [&'static str],
}

impl Parameter {
    /// An optional parameter of every parameter set.
    pub(crate) const fn new(name: &'static str, kind: Type) -> Self {
        Self {
            name,
            kind,
            mandatory: false,
            position: None,
            pipeline: false,
            sets: &[],
            roles: &[],
        }
    }

    /// It must be given.
    pub(crate) const fn mandatory(mut self) -> Self {
        self.mandatory = true;
        self
    }

    /// It may be given without its name, at this position.
    pub(crate) const fn at(mut self, position: u8) -> Self {
        self.position = Some(position);
        self
    }

    /// It is bound from the pipeline.
    pub(crate) const fn pipeline(mut self) -> Self {
        self.pipeline = true;
        self
    }

    /// It belongs to these parameter sets only.
    pub(crate) const fn sets(mut self, sets: &'static [&'static str]) -> Self {
        self.sets = sets;
        self
    }

    /// Only these management roles permit it.
    pub(crate) const fn roles(mut self, roles: &'static [&'static str]) -> Self {
        self.roles = roles;
        self
    }
}

/// `ResultSize`, which the engine obeys for every cmdlet that has it.
pub(crate) const RESULT_SIZE: Parameter = Parameter::new("ResultSize", Type::UnlimitedInt);
/// `Filter`: an OPATH expression. The engine applies it to the rows.
pub(crate) const FILTER: Parameter = Parameter::new("Filter", Type::String);
/// `SortBy`: the property to sort by. The engine sorts the rows.
pub(crate) const SORT_BY: Parameter = Parameter::new("SortBy", Type::String);
/// A mandatory `Identity` at position 0 from the pipeline.
pub(crate) const IDENTITY: Parameter =
    Parameter::new("Identity", Type::Identity).mandatory().at(0).pipeline();
/// The same, optional: without it all objects are listed.
pub(crate) const ANY_IDENTITY: Parameter =
    Parameter::new("Identity", Type::Identity).at(0).pipeline();

/// One list of two: what only one cmdlet takes, and what several take.
pub(crate) const fn followed<const N: usize>(
    first: &[Parameter],
    rest: &[Parameter],
) -> [Parameter; N] {
    assert!(first.len() + rest.len() == N, "N is the length of both");
    let mut all = [IDENTITY; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { rest[at - first.len()] };
        at += 1;
    }
    all
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// Text.
    String,
    /// `string[]`: an array, or one text.
    Strings,
    /// A switch.
    Switch,
    /// `bool`.
    Bool,
    /// A 32 bit number.
    Int,
    /// A number, or `Unlimited`.
    UnlimitedInt,
    /// A size such as `99GB`, or `Unlimited`; read with [`Call::string`](super::call::Call::string)
    /// in the service's own spelling.
    UnlimitedSize,
    /// A GUID.
    Guid,
    /// A date; without a zone it is UTC.
    DateTime,
    /// `d.hh:mm:ss`, or `Unlimited`.
    TimeSpan,
    /// One member of an enumeration; an unambiguous beginning is enough.
    Enum(&'static Enumeration),
    /// Members of an enumeration.
    Enums(&'static Enumeration),
    /// A multivalued property: an array replaces, a hashtable with `Add` and `Remove` edits.
    Multivalued,
    /// A hashtable.
    #[cfg_attr(not(test), expect(dead_code, reason = "no cmdlet here takes one yet"))]
    Hashtable,
    /// Bytes.
    #[cfg_attr(not(test), expect(dead_code, reason = "no cmdlet here takes one yet"))]
    Bytes,
    /// A secure string, encrypted with the key of the module file.
    Secret,
    /// What names an object.
    Identity,
    /// Names of several objects.
    Identities,
}

/// An enumeration type.
#[derive(Debug)]
pub(crate) struct Enumeration {
    /// The .NET name, which error messages tell.
    pub(crate) name: &'static str,
    /// Its members, in the documentation's case.
    pub(crate) members: &'static [&'static str],
}
