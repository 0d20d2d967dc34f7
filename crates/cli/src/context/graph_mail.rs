//! Mail through Microsoft Graph, as the application of a connection.

use std::sync::Arc;

use exoctl_http::Transport;
use exoctl_identity::{Scope, TokenRequest};
use exoctl_mail::GraphMail;

use super::{Context, Settings};
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::ui::Voice;

impl Context {
    /// What sends mail as the application of these settings: signed in, with a token for Graph.
    pub(crate) async fn graph_mail(
        &self,
        settings: &Settings,
        password: &PasswordArgs,
        voice: Voice,
    ) -> Result<(GraphMail, Arc<dyn Transport>), CommandError> {
        let sign_in = self.sign_in(settings, None, password, voice)?;
        let request = TokenRequest::new(Scope::graph(&sign_in.cloud));
        let token = sign_in.credential.token(&request).await?;
        let endpoint = sign_in.cloud.graph.to_string();
        Ok((GraphMail { endpoint, token: token.secret().clone() }, sign_in.transport))
    }
}
