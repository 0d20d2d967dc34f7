//! Terraform, for the provider `hashicorp/azuread`. Its registry page documents the resources.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exoctl_identity::EXCHANGE_APP_ROLE;

use crate::desired::{Desired, WantedApplication, WantedCertificate};
use crate::observed::Observed;
use crate::well_known::EXCHANGE_ONLINE;

/// The desired state as a Terraform configuration. What is there already is imported.
pub fn terraform(desired: &Desired, observed: &Observed) -> String {
    let mut out = String::new();
    head(desired, &mut out);
    application(desired, observed, &mut out);
    certificate(&desired.certificate, &mut out);
    out.push_str(PRINCIPAL_AND_CONSENT);
    roles(desired, &mut out);
    role_group(desired, &mut out);
    out.push_str("output \"app_id\" {\n  value = azuread_application.exo.client_id\n}\n");
    out
}

fn head(desired: &Desired, out: &mut String) {
    let _ = write!(
        out,
        r#"terraform {{
  required_providers {{
    azuread = {{
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }}
  }}
}}

# {}
provider "azuread" {{
  tenant_id = "{}"
}}

data "azuread_service_principal" "exchange" {{
  client_id = "{EXCHANGE_ONLINE}"
}}

"#,
        desired.organization, desired.tenant
    );
}

fn application(desired: &Desired, observed: &Observed, out: &mut String) {
    if let Some(there) = &observed.application {
        let id = there.id;
        let _ = write!(
            out,
            "import {{\n  to = azuread_application.exo\n  id = \"/applications/{id}\"\n}}\n\n"
        );
    }
    let name = match (&desired.application, &observed.application) {
        (_, Some(there)) => there.display_name.clone(),
        (WantedApplication::Own { display_name, .. }, None) => display_name.clone(),
        (WantedApplication::Existing { app_id }, None) => app_id.to_string(),
    };
    let _ = write!(
        out,
        r#"resource "azuread_application" "exo" {{
  display_name     = {}
  sign_in_audience = "AzureADMyOrg"

  required_resource_access {{
    resource_app_id = data.azuread_service_principal.exchange.client_id

    resource_access {{
      id   = data.azuread_service_principal.exchange.app_role_ids["{EXCHANGE_APP_ROLE}"]
      type = "Role"
    }}
  }}
}}

"#,
        quoted(&name)
    );
}

fn certificate(wanted: &WantedCertificate, out: &mut String) {
    let (value, end) = match wanted {
        WantedCertificate::Existing { certificate } => {
            let certificate = &certificate.0;
            let value = format!("\"{}\"", STANDARD.encode(certificate.der()));
            (value, format!("  end_date       = \"{}\"\n", certificate.not_after()))
        }
        WantedCertificate::New { subject, valid_for } => {
            let _ = write!(
                out,
                "# exoctl cert new --subject {} --valid-for {valid_for}\n\
                 # exoctl cert export THUMBPRINT --format cer --out exo.cer\n",
                quoted(subject)
            );
            ("filebase64(\"exo.cer\")".to_owned(), String::new())
        }
    };
    let _ = write!(
        out,
        r#"resource "azuread_application_certificate" "exo" {{
  application_id = azuread_application.exo.id
  type           = "AsymmetricX509Cert"
  encoding       = "base64"
  value          = {value}
{end}}}

"#
    );
}

const PRINCIPAL_AND_CONSENT: &str = r#"resource "azuread_service_principal" "exo" {
  client_id = azuread_application.exo.client_id
}

resource "azuread_app_role_assignment" "exo" {
  app_role_id         = data.azuread_service_principal.exchange.app_role_ids["Exchange.ManageAsApp"]
  principal_object_id = azuread_service_principal.exo.object_id
  resource_object_id  = data.azuread_service_principal.exchange.object_id
}

"#;

fn roles(desired: &Desired, out: &mut String) {
    for role in desired.access.known_roles() {
        let name = role.name.to_lowercase().replace(' ', "_");
        let _ = write!(
            out,
            r#"# {}
resource "azuread_directory_role" "{name}" {{
  template_id = "{}"
}}

resource "azuread_directory_role_assignment" "{name}" {{
  role_id             = azuread_directory_role.{name}.template_id
  principal_object_id = azuread_service_principal.exo.object_id
}}

"#,
            role.name, role.template_id
        );
    }
}

/// The provider does not reach Exchange.
fn role_group(desired: &Desired, out: &mut String) {
    let Some(group) = &desired.access.role_group else { return };
    out.push_str("# The role group is Exchange's own; as an Exchange Administrator:\n");
    for line in super::guide::exchange_lines(desired, group, "APP-ID", "SERVICE-PRINCIPAL-ID") {
        let _ = writeln!(out, "#   {line}");
    }
    out.push('\n');
}

/// A string of HCL: JSON's escapes, and templates switched off.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_template() {
        // The language's reference: "Strings and Templates", escape sequences.
        assert_eq!(quoted("a \"b\" ${c} %{d}"), r#""a \"b\" $${c} %%{d}""#);
    }
}
