//! A page that is asked for before somebody wants it, in a task of its own.

use exoctl_http::{Effect, Response};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use url::Url;

use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::dispatch::Manner;
use crate::error::InvokeError;
use crate::request::Prepared;

/// A request that is under way. It is given up once this is dropped.
pub(crate) struct Asked {
    link: Url,
    task: JoinHandle<(Cookies, Result<Response, InvokeError>)>,
}

impl Asked {
    /// Asks for the page at `link`; `None` outside of a Tokio runtime.
    pub(crate) fn ask(
        connection: &Connection,
        request: &Prepared,
        link: Url,
        cookies: &Cookies,
    ) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let (connection, request, mut cookies) =
            (connection.clone(), request.clone(), cookies.clone());
        let manner = Manner { link: Some(link.clone()), effect: Effect::Read };
        let task = async move {
            let answer = connection.answer(&request, &manner, &mut cookies).await;
            (cookies, answer)
        };
        Some(Self { link, task: runtime.spawn(task.in_current_span()) })
    }

    /// Which page it is.
    pub(crate) fn link(&self) -> &Url {
        &self.link
    }

    /// The answer and the cookies after it. `None` if the runtime ended the task.
    pub(crate) async fn answer(mut self) -> Option<(Cookies, Result<Response, InvokeError>)> {
        match (&mut self.task).await {
            Ok(ended) => Some(ended),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => None,
            },
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.task.abort();
    }
}
