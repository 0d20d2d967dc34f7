//! Reads a result page after page: [`Paging`](crate::paging) says what, this sends it.

use exoctl_http::{Effect, Response};
use url::Url;

use crate::ahead::Asked;
use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::dispatch::Manner;
use crate::error::{IncompleteReason, InvokeError};
use crate::invocation::ResultSize;
use crate::page::{self, Page};
use crate::paging::{self, Next, Paging};
use crate::request::Prepared;

/// An invocation under way.
pub(crate) struct Reader {
    connection: Connection,
    request: Prepared,
    effect: Effect,
    /// What sending the first request again does.
    first: Effect,
    paging: Paging,
    place: Place,
    cookies: Cookies,
}

enum Place {
    Start,
    /// The first page came already, in a batch.
    Given(Box<Page>),
    /// A page to go on with, and its answer if it is under way already.
    Link(Url, Option<Asked>),
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
        Self { connection, request, effect, first: effect, paging, place: Place::Start, cookies }
    }

    /// The same for a call that moves a place on: it is sent once, and its result is not begun anew.
    pub(crate) fn moving_on(mut self) -> Self {
        self.first = Effect::Write;
        self.paging.never_restart();
        self
    }

    /// The same with the first page read already.
    pub(crate) fn given(self, page: Page, cookies: Cookies) -> Self {
        Self { place: Place::Given(Box::new(page)), cookies, ..self }
    }

    pub(crate) fn request(&self) -> (&Prepared, Effect) {
        (&self.request, self.effect)
    }

    /// The next page, `None` after the last. After an error there is nothing more.
    pub(crate) async fn read(&mut self) -> Result<Option<Page>, InvokeError> {
        loop {
            let (mut page, asked) = match std::mem::replace(&mut self.place, Place::End) {
                Place::End => return Ok(None),
                Place::Broken(error) => return Err(*error),
                Place::Given(page) => (*page, None),
                Place::Start => self.send(None, None).await?,
                Place::Link(link, asked) => match self.send(Some(link), asked).await {
                    Ok(answer) => answer,
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
                Ok(Next::Link(link)) => {
                    let asked = asked.filter(|asked| *asked.link() == link);
                    Place::Link(link, asked)
                }
                Err(reason) => Place::Broken(Box::new(self.incomplete(reason, None))),
            };
            return Ok(Some(page));
        }
    }

    /// Gets a page, and asks for the one after it before it is read: the service is slower than
    /// we are.
    async fn send(
        &mut self,
        link: Option<Url>,
        mut asked: Option<Asked>,
    ) -> Result<(Page, Option<Asked>), InvokeError> {
        let effect = if link.is_some() { self.effect } else { self.first };
        let manner = Manner { link, effect };
        let mut malformed = 0;
        loop {
            let response = match asked.take() {
                Some(asked) => {
                    let abandoned = || self.incomplete(IncompleteReason::PageFailed, None);
                    let (cookies, answer) = asked.answer().await.ok_or_else(abandoned)?;
                    self.cookies = cookies;
                    answer?
                }
                None => self.connection.answer(&self.request, &manner, &mut self.cookies).await?,
            };
            let next = self.ask_ahead(&response);
            malformed += 1;
            if let Some(page) =
                self.connection.page(&self.request, &manner, &response, malformed)?
            {
                return Ok((page, next));
            }
        }
    }

    fn ask_ahead(&self, response: &Response) -> Option<Asked> {
        if self.effect != Effect::Read || !self.paging.surely_goes_on(self.connection.page_size()) {
            return None;
        }
        let link = self.connection.own_link(&page::next_link(response.body())?);
        let link = paging::continuation(&link, &self.connection.uri()).ok()?;
        Asked::ask(&self.connection, &self.request, link, &self.cookies)
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
