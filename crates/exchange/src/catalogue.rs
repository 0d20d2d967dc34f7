//! The cmdlets that an application may use, with their parameters, as the module file tells.

use serde::{Deserialize, Serialize};

use crate::cmdlet::CmdletName;
use crate::powershell::{Expected, KnownParameter};
use crate::secrets::PublicKey;

/// Cmdlets and parameters of one connection; what its roles do not permit is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// By name.
    pub cmdlets: Vec<Cmdlet>,
    /// The key for secret parameters, if the module file brought one.
    pub public_key: Option<PublicKey>,
}

/// A cmdlet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cmdlet {
    /// Its name as the module spells it.
    pub name: CmdletName,
    /// How much it asks before it acts.
    pub impact: ConfirmImpact,
    /// Whether the module sends pipeline input of it in batches.
    pub batchable: bool,
    /// The parameter set taken when the given parameters do not decide.
    pub default_set: Option<String>,
    /// Its parameters; the common ones (`-Verbose`, `-ErrorAction`…) are not among them.
    pub parameters: Vec<Parameter>,
}

/// How much a cmdlet asks before it acts. PowerShell asks from `High` on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ConfirmImpact {
    /// It only reads, or does not support `-Confirm`.
    #[default]
    None,
    /// Asks only if told to.
    Low,
    /// Asks only if told to.
    Medium,
    /// Asks unless told not to.
    High,
}

/// A parameter of a cmdlet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its type, as far as the module says; many are not typed and go as they are.
    pub value_type: ValueType,
    /// The parameter sets it belongs to; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<Membership>,
    /// Whether it is mandatory in all sets.
    #[serde(default)]
    pub mandatory: bool,
    /// Its position without a name, from 0, the lowest of all sets.
    #[serde(default)]
    pub position: Option<u32>,
}

/// That a parameter belongs to a parameter set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Name of the set.
    pub set: String,
    /// Whether it is mandatory there.
    pub mandatory: bool,
}

/// A parameter's type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ValueType {
    /// Not told; strings, numbers, lists and hashtables go as they are.
    #[default]
    Any,
    /// `[switch]`.
    Switch,
    /// `[bool]`.
    Bool,
    /// `[string]` or another type that goes as text.
    String,
    /// `[int]`, `[long]` and their like.
    Integer,
    /// `[datetime]`.
    DateTime,
    /// `[securestring]`.
    SecureString,
    /// `[pscredential]`.
    Credential,
    /// `[hashtable]`.
    Hashtable,
    /// `[byte[]]`.
    Bytes,
    /// An array of something.
    List(Box<ValueType>),
    /// Another .NET type by its name.
    Other(String),
}

impl Catalogue {
    /// The cmdlet of that name, in any letter case.
    pub fn find(&self, cmdlet: &CmdletName) -> Option<&Cmdlet> {
        self.cmdlets.iter().find(|known| known.name == *cmdlet)
    }
}

impl Cmdlet {
    /// The parameter of that name or alias, in any letter case.
    pub fn find(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.is(name))
    }

    /// The parameters as the command line reads them.
    pub fn known_parameters(&self) -> Vec<KnownParameter> {
        let known = |parameter: &Parameter| {
            let expected = parameter.value_type.expected();
            let mut known = KnownParameter::new(parameter.name.clone(), expected);
            known.aliases.clone_from(&parameter.aliases);
            known.position = parameter.position;
            known
        };
        self.parameters.iter().map(known).collect()
    }
}

impl Parameter {
    /// Whether the name or an alias is this one, in any letter case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

impl ValueType {
    /// What the command line may expect.
    pub fn expected(&self) -> Expected {
        match self {
            Self::Switch => Expected::Switch,
            Self::Bool => Expected::Boolean,
            Self::String => Expected::Text,
            Self::Integer => Expected::Number,
            Self::DateTime => Expected::DateTime,
            Self::SecureString | Self::Credential => Expected::Secret,
            Self::List(item) if **item == Self::String => Expected::TextList,
            _ => Expected::Any,
        }
    }
}
