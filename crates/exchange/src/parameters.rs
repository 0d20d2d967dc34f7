//! What a cmdlet is called with: PowerShell's values, before they become JSON.

use jiff::Timestamp;
use secrecy::SecretString;

/// A parameter's value as PowerShell would hold it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ParameterValue {
    /// `$null`.
    Null,
    /// A switch or `$true` and `$false`.
    Bool(bool),
    /// A number as it was written; PowerShell's integer and floating point literals.
    Number(serde_json::Number),
    /// A string, and everything that goes as its text: enumeration members, GUIDs, time spans.
    String(String),
    /// `a,b` or `@('a','b')`.
    Array(Vec<ParameterValue>),
    /// `@{Add='x'}`, in the order written.
    Hashtable(Vec<(String, ParameterValue)>),
    /// A byte array, a file's content for example.
    Bytes(Vec<u8>),
    /// An instant; goes as UTC without zone and fraction.
    DateTime(Timestamp),
    /// A `SecureString`; goes encrypted with the module's public key.
    Secure(SecretString),
    /// A `PSCredential`; goes encrypted as a whole.
    Credential {
        /// The user name.
        user_name: String,
        /// The password.
        password: SecretString,
    },
}

impl From<&str> for ParameterValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for ParameterValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for ParameterValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for ParameterValue {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

/// Parameters by name, in the order in which they were given; names match in any letter case.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<(String, ParameterValue)>);

impl Parameters {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a parameter.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<ParameterValue>) {
        let name = name.into();
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The same with one more parameter.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<ParameterValue>) -> Self {
        self.set(name, value);
        self
    }

    /// The value of a parameter.
    pub fn find(&self, name: &str) -> Option<&ParameterValue> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Takes a parameter out.
    pub fn remove(&mut self, name: &str) -> Option<ParameterValue> {
        let at = self.0.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.0.remove(at).1)
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
