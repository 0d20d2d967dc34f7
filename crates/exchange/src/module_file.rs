//! The module file: the PowerShell module that the service generates for an application's roles.
//! It is read for what it tells and never executed.

use std::sync::Arc;

use exoctl_http::Effect;
use http::header::HeaderName;
use http::{HeaderValue, Method};
use serde::Deserialize;
use uuid::Uuid;

use crate::anchor::Anchor;
use crate::catalogue::Catalogue;
use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::dispatch::Manner;
use crate::error::InvokeError;
use crate::parameters::Parameters;
use crate::proxy;
use crate::request::{Prepared, common_headers};

/// The module version that we say we are; the service generates the file for it.
const MODULE_VERSION: &str = "3.9.2";

/// A module file as it was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// Name, `ExchangeOnline.psm1` as a rule.
    pub name: String,
    /// The script.
    pub script: String,
}

impl ModuleFile {
    /// Reads the body of an `EXOModuleFile` answer: the first script module in it.
    pub fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            value: Vec<File>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct File {
            #[serde(alias = "FileName")]
            file_name: String,
            #[serde(alias = "FileContent")]
            file_content: String,
        }
        let envelope: Envelope = serde_json::from_slice(body).ok()?;
        let is_script = |file: &File| file.file_name.to_ascii_lowercase().ends_with(".psm1");
        let file = envelope.value.into_iter().find(is_script)?;
        Some(Self { name: file.file_name, script: file.file_content })
    }

    /// The cmdlets and parameters in it, and the key for secrets.
    pub fn catalogue(&self) -> Catalogue {
        proxy::read(&self.script)
    }
}

impl Connection {
    /// Downloads the module file. What is in it depends on the application's roles.
    pub async fn module_file(&self) -> Result<ModuleFile, InvokeError> {
        let request = self.module_file_request();
        let manner = Manner { link: None, effect: Effect::Read };
        let answer = self.answer(&request, &manner, &mut Cookies::default()).await?;
        ModuleFile::read(answer.body()).ok_or_else(|| InvokeError::ModuleFile {
            organization: self.organization().clone(),
            reason: "it holds no script module",
        })
    }

    /// What the application may use: given to the builder, or read from the module file once.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, InvokeError> {
        let read = || async { Ok(Arc::new(self.module_file().await?.catalogue())) };
        self.0.catalogue.get_or_try_init(read).await.cloned()
    }

    fn module_file_request(&self) -> Prepared {
        let addressee = &self.0.addressee;
        let cmdlet = "Get-EXOModuleFile".parse().expect("the name has a verb and a noun");
        let client_request_id = Uuid::new_v4();
        let anchor = Anchor::of(
            &cmdlet,
            &Parameters::new(),
            &addressee.organization,
            addressee.tenant,
            addressee.compliance,
        );
        let mut headers = common_headers(addressee, client_request_id, &anchor);
        for (name, value) in [
            ("commandname", "*"),
            ("exomodule-version", MODULE_VERSION),
            ("is-cloud-shell-environment", "False"),
            ("x-initializeconnectioncontextobjectiddynamic", "true"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let tenant = addressee.tenant_segment();
        Prepared {
            cmdlet,
            method: Method::GET,
            path: format!("/adminapi/v1.0/{tenant}/EXOModuleFile?Version={MODULE_VERSION}"),
            headers,
            body: bytes::Bytes::new(),
            client_request_id,
        }
    }
}
