//! A token by azure_identity's certificate credential; prints {"token": …} or {"error": …}.
//!
//!     azure-identity-judge SETTINGS      {"url","tenant","appId","pfx","pfxPassword","ca"}

use std::error::Error;
use std::fs;
use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{SecretBytes, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{ClientCertificateCredential, ClientCertificateCredentialOptions};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let answer = match token().await {
        Ok(token) => json!({ "token": token }),
        Err(error) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            json!({ "error": text })
        }
    };
    println!("{answer}");
}

async fn token() -> Result<String, Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which settings?")?;
    let settings: Value = serde_json::from_slice(&fs::read(file)?)?;
    let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();

    let authority = reqwest::Certificate::from_pem(&fs::read(text("ca"))?)?;
    let client = reqwest::Client::builder().tls_certs_only([authority]).build()?;
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = text("url");
    let options = ClientCertificateCredentialOptions {
        client_options: ClientOptions {
            transport: Some(Transport::new(Arc::new(client))),
            cloud: Some(Arc::new(cloud.into())),
            ..Default::default()
        },
        password: Some(text("pfxPassword").into()),
    };
    let pfx = SecretBytes::new(fs::read(text("pfx"))?);
    let credential =
        ClientCertificateCredential::new(text("tenant"), text("appId"), pfx, Some(options))?;
    let token = credential.get_token(&["https://outlook.office365.com/.default"], None).await?;
    Ok(token.token.secret().to_owned())
}
