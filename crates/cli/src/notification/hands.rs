//! What sending takes, from a context: secrets, the network, a token for Microsoft Graph.

use std::sync::Arc;

use exoctl_http::{BoxFuture, HttpOptions, HttpTransport, Transport};
use exoctl_notify::{BoxError, GraphSender, Means, SecretPlace};
use secrecy::SecretString;

use crate::context::{Context, Flags};
use crate::error::CommandError;
use crate::password::{PasswordArgs, from_file};
use crate::ui::Voice;

/// Has it from a context of its own.
#[derive(Debug)]
pub(super) struct Hands {
    context: Context,
}

impl Hands {
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.again() }
    }

    async fn sender(&self, profile: Option<&str>) -> Result<GraphSender, CommandError> {
        let settings = match profile {
            Some(name) => self.context.settings_of(name)?,
            None => self.context.settings(&Flags::default())?,
        };
        let password = PasswordArgs::default();
        let (mail, transport) =
            self.context.graph_mail(&settings, &password, Voice::silent()).await?;
        Ok(GraphSender { mail, transport })
    }
}

impl Means for Hands {
    fn secret(&self, place: &SecretPlace) -> Result<SecretString, BoxError> {
        match place {
            SecretPlace::File(path) => from_file(path).map_err(told),
            SecretPlace::Variable(name) => {
                let found = self.context.environment().secret(name);
                found.ok_or_else(|| "the environment variable is not set, or empty".into())
            }
        }
    }

    /// Without what logs paths and tells what is sent: an address is a secret here.
    fn transport(&self, authority: Option<String>) -> Result<Arc<dyn Transport>, BoxError> {
        let options = HttpOptions { certificate_authority: authority, ..HttpOptions::default() };
        Ok(Arc::new(HttpTransport::new(&options)?))
    }

    fn graph<'a>(
        &'a self,
        profile: Option<&'a str>,
    ) -> BoxFuture<'a, Result<GraphSender, BoxError>> {
        Box::pin(async move { self.sender(profile).await.map_err(told) })
    }
}

/// An error as the cause of another.
fn told(error: CommandError) -> BoxError {
    error.into_source()
}
