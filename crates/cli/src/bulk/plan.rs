//! What is called for a row.

use std::fmt::Write as _;

use exoctl_exchange::powershell::Printed;
use exoctl_exchange::{Catalogue, Invocation, ParameterValue, Parameters};
use jiff::tz::TimeZone;

use super::column::{Columns, Row};
use super::error::{PlanError, RowError};
use super::template::{Template, parameter_value};

/// How a row becomes a call.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    base: Invocation,
    columns: &'a Columns,
    catalogue: Option<&'a Catalogue>,
    parameters: Vec<(String, Template)>,
    bound: Vec<Bound>,
    zone: TimeZone,
}

/// A column that goes to a parameter by its name.
#[derive(Debug)]
struct Bound {
    column: usize,
    parameter: String,
}

impl<'a> Plan<'a> {
    /// Finds the placeholders in the parameters of `base`, or, without any, the columns that are
    /// parameters of the cmdlet.
    pub(super) fn new(
        base: Invocation,
        columns: &'a Columns,
        catalogue: Option<&'a Catalogue>,
    ) -> Result<Self, PlanError> {
        let read = |(name, value): (&str, &ParameterValue)| {
            Ok((name.to_owned(), Template::read(name, value, columns)?))
        };
        let parameters = base.parameters.iter().map(read).collect::<Result<Vec<_>, PlanError>>()?;
        let bound = if parameters.iter().any(|(_, template)| template.has_placeholder()) {
            Vec::new()
        } else {
            by_name(&base, columns, catalogue)?
        };
        Ok(Self { base, columns, catalogue, parameters, bound, zone: TimeZone::system() })
    }

    /// The call for a row.
    pub(super) fn invocation(&self, row: &Row) -> Result<Invocation, RowError> {
        let mut parameters = Parameters::new();
        for (name, template) in &self.parameters {
            parameters.set(name.clone(), template.fill(row, self.columns)?);
        }
        for bound in &self.bound {
            // An object of JSON lines that lacks the member leaves the parameter out.
            if let Some(value) = &row.cells[bound.column] {
                parameters.set(bound.parameter.clone(), parameter_value(value));
            }
        }
        let invocation = self.base.clone().parameters(parameters);
        let invocation = match self.catalogue {
            Some(catalogue) => catalogue.bind(invocation, &self.zone)?,
            None => invocation,
        };
        invocation.wanted()?;
        Ok(invocation)
    }

    /// Which columns go to which parameters by name, and which are not used; nothing with
    /// placeholders.
    pub(super) fn bindings(&self) -> Option<String> {
        if self.bound.is_empty() {
            return None;
        }
        let names = self.columns.names();
        let used: Vec<&str> = self.bound.iter().map(|bound| bound.parameter.as_str()).collect();
        let is_used = |at: usize| self.bound.iter().any(|bound| bound.column == at);
        let unused = names.iter().enumerate().filter(|(at, _)| !is_used(*at));
        let unused: Vec<&str> = unused.map(|(_, name)| name.as_str()).collect();
        let mut text = format!("from the columns: {}", used.join(", "));
        if !unused.is_empty() {
            text.push_str("; not used: ");
            text.push_str(&unused.join(", "));
        }
        Some(text)
    }
}

/// A call in PowerShell's syntax. Secrets are not shown.
pub(super) fn printed(invocation: &Invocation) -> String {
    let mut text = invocation.cmdlet.to_string();
    for (name, value) in invocation.parameters.iter() {
        // With a colon it is right for a switch too.
        let separator = if matches!(value, ParameterValue::Bool(_)) { ':' } else { ' ' };
        let _ = write!(text, " -{name}{separator}{}", Printed(value));
    }
    text
}

/// As PowerShell binds the properties of pipeline input (about_Pipelines): what is given on the
/// command line is not taken from a column.
fn by_name(
    base: &Invocation,
    columns: &Columns,
    catalogue: Option<&Catalogue>,
) -> Result<Vec<Bound>, PlanError> {
    let Some(cmdlet) = catalogue.and_then(|catalogue| catalogue.find(&base.cmdlet)) else {
        let (cmdlet, columns) = (base.cmdlet.clone(), columns.names().to_vec());
        return Err(PlanError::UnknownCmdlet { cmdlet, columns });
    };
    let mut bound: Vec<Bound> = Vec::new();
    for (column, name) in columns.names().iter().enumerate() {
        let Some(parameter) = cmdlet.find(name) else { continue };
        if base.parameters.find(&parameter.name).is_some() {
            continue;
        }
        if let Some(other) = bound.iter().find(|bound| bound.parameter == parameter.name) {
            return Err(PlanError::SameParameter {
                first: columns.names()[other.column].clone(),
                second: name.clone(),
                parameter: parameter.name.clone(),
            });
        }
        bound.push(Bound { column, parameter: parameter.name.clone() });
    }
    if bound.is_empty() {
        let (cmdlet, columns) = (base.cmdlet.clone(), columns.names().to_vec());
        return Err(PlanError::NothingBinds { cmdlet, columns });
    }
    Ok(bound)
}
