//! Reads a result page after page: [`Paging`](crate::paging) says what, this sends it.

use exoctl_http::Effect;
use url::Url;

use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::dispatch::Manner;
use crate::error::{IncompleteReason, InvokeError};
use crate::invocation::ResultSize;
use crate::page::Page;
use crate::paging::{Next, Paging};
use crate::request::Prepared;

/// An invocation under way.
pub(crate) struct Reader {
    connection: Connection,
    request: Prepared,
    effect: Effect,
    paging: Paging,
    place: Place,
    cookies: Cookies,
}

enum Place {
    Start,
    /// The first page came already, in a batch.
    Given(Box<Page>),
    Link(Url),
    /// The rows before it were given.
    Broken(Box<InvokeError>),
    End,
}

impl Reader {
    pub(crate) fn new(
        connection: Connection,
        request: Prepared,
        wanted: ResultSize,
        effect: Effect,
    ) -> Self {
        let paging = Paging::new(wanted, effect);
        let cookies = Cookies::default();
        Self { connection, request, effect, paging, place: Place::Start, cookies }
    }

    /// The same with the first page read already.
    pub(crate) fn given(self, page: Page, cookies: Cookies) -> Self {
        Self { place: Place::Given(Box::new(page)), cookies, ..self }
    }

    /// What is left to say if the task that reads the next page is ended from outside.
    pub(crate) fn abandoned(&self) -> InvokeError {
        self.incomplete(IncompleteReason::PageFailed, None)
    }

    /// Whether the next page is one more of a read that is under way, so that asking for it before
    /// somebody wants it changes nothing.
    pub(crate) fn goes_on(&self) -> bool {
        matches!(self.place, Place::Link(_)) && self.effect == Effect::Read
    }

    pub(crate) fn request(&self) -> (&Prepared, Effect) {
        (&self.request, self.effect)
    }

    /// The next page, `None` after the last. After an error there is nothing more.
    pub(crate) async fn read(&mut self) -> Result<Option<Page>, InvokeError> {
        loop {
            let mut page = match std::mem::replace(&mut self.place, Place::End) {
                Place::End => return Ok(None),
                Place::Broken(error) => return Err(*error),
                Place::Given(page) => *page,
                Place::Start => self.send(None).await?,
                Place::Link(link) => match self.send(Some(link)).await {
                    Ok(page) => page,
                    Err(error) => {
                        self.recover(error)?;
                        continue;
                    }
                },
            };
            let host = self.connection.uri();
            page.next_link = page.next_link.map(|link| self.connection.own_link(&link));
            self.place = match self.paging.receive(&mut page, &host) {
                Ok(Next::End) => Place::End,
                Ok(Next::Link(link)) => Place::Link(link),
                Err(reason) => Place::Broken(Box::new(self.incomplete(reason, None))),
            };
            return Ok(Some(page));
        }
    }

    async fn send(&mut self, link: Option<Url>) -> Result<Page, InvokeError> {
        let manner = Manner { link, effect: self.effect };
        self.connection.page(&self.request, &manner, &mut self.cookies).await
    }

    /// A page in the middle failed: begin anew if only the place was lost.
    fn recover(&mut self, error: InvokeError) -> Result<(), InvokeError> {
        if !error.cmdlet_error().is_some_and(crate::CmdletError::is_lost_continuation) {
            return Err(self.incomplete(IncompleteReason::PageFailed, Some(error)));
        }
        match self.paging.restart() {
            Ok(()) => {
                tracing::warn!(
                    cmdlet = %self.request.cmdlet,
                    rows = self.paging.given(),
                    "the service lost the place in the result; reading it again"
                );
                self.place = Place::Start;
                self.cookies = Cookies::default();
                Ok(())
            }
            Err(reason) => Err(self.incomplete(reason, Some(error))),
        }
    }

    fn incomplete(&self, reason: IncompleteReason, source: Option<InvokeError>) -> InvokeError {
        InvokeError::Incomplete {
            cmdlet: self.request.cmdlet.clone(),
            rows: self.paging.given(),
            reason,
            source: source.map(Box::new),
        }
    }
}
