//! The result of a cmdlet as a stream of records.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use exoctl_http::BoxFuture;
use futures_util::Stream;

use crate::error::InvokeError;
use crate::page::Page;
use crate::reader::Reader;
use crate::record::Record;

/// The rows of a result, two pages in memory at a time: while the rows of one are worked on, the
/// next one of a read is fetched (within a Tokio runtime). Nothing is sent before the first row
/// is asked for, and nothing more once the stream is dropped.
///
/// The stream ends with `None` only when the result is whole, or as long as was asked for. In
/// every other case its last item is an error, [`InvokeError::Incomplete`] once rows were given.
/// What the service says besides rows collects in [`Records::take_notices`].
pub struct Records {
    state: State,
    page: Option<Page>,
    notices: VecDeque<Notice>,
    rows: u64,
}

/// What the service says besides rows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A warning; that more results are available is one.
    Warning(String),
    /// An error that did not end the cmdlet.
    Error(String),
    /// What would be done: the text of `-WhatIf`.
    WhatIf(String),
}

type PageRead = (Box<Reader>, Result<Option<Page>, InvokeError>);

enum State {
    Idle(Box<Reader>),
    Deferred(BoxFuture<'static, Result<Reader, InvokeError>>),
    Reading(BoxFuture<'static, PageRead>),
    Failed(Box<InvokeError>),
    Ended,
}

impl Records {
    pub(crate) fn new(reader: Reader) -> Self {
        let state = State::Idle(Box::new(reader));
        Self { state, page: None, notices: VecDeque::new(), rows: 0 }
    }

    /// Records whose reader takes a request of its own to make.
    pub(crate) fn deferred(
        reader: impl Future<Output = Result<Reader, InvokeError>> + Send + 'static,
    ) -> Self {
        let state = State::Deferred(Box::pin(reader));
        Self { state, page: None, notices: VecDeque::new(), rows: 0 }
    }

    pub(crate) fn failed(error: InvokeError) -> Self {
        let state = State::Failed(Box::new(error));
        Self { state, page: None, notices: VecDeque::new(), rows: 0 }
    }

    /// The next row.
    pub async fn next(&mut self) -> Option<Result<Record, InvokeError>> {
        poll_fn(|context| self.poll_record(context)).await
    }

    /// The rest of the current page, or the next page.
    pub async fn next_page(&mut self) -> Option<Result<Page, InvokeError>> {
        poll_fn(|context| self.poll_page(context)).await.inspect(|page| {
            self.rows += page.as_ref().map_or(0, |page| page.rows_left() as u64);
        })
    }

    /// Reads the first page, so that what is wrong with the call shows now.
    pub async fn begin(&mut self) -> Result<(), InvokeError> {
        match poll_fn(|context| self.poll_page(context)).await {
            Some(Ok(page)) => {
                self.page = Some(page);
                Ok(())
            }
            Some(Err(error)) => Err(error),
            None => Ok(()),
        }
    }

    /// All rows that are left.
    pub async fn collect(mut self) -> Result<Vec<Record>, InvokeError> {
        let mut rows = Vec::new();
        while let Some(page) = self.next_page().await {
            rows.extend(page?);
        }
        Ok(rows)
    }

    /// Takes what the service said so far besides rows.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.drain(..).collect()
    }

    /// How many rows were given so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn poll_record(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Record, InvokeError>>> {
        loop {
            if let Some(row) = self.page.as_mut().and_then(Page::next) {
                self.rows += 1;
                return Poll::Ready(Some(Ok(row)));
            }
            self.page = None;
            match ready!(self.poll_page(context)) {
                Some(Ok(page)) => self.page = Some(page),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Page, InvokeError>>> {
        if let Some(page) = self.page.take().filter(|page| page.rows_left() > 0) {
            return Poll::Ready(Some(Ok(page)));
        }
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Failed(error) => return Poll::Ready(Some(Err(*error))),
                State::Idle(reader) => self.state = State::Reading(Box::pin(read(reader))),
                State::Deferred(mut deferred) => match deferred.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Deferred(deferred);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(reader)) => self.state = State::Idle(Box::new(reader)),
                },
                State::Reading(mut reading) => match reading.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(read) => return Poll::Ready(self.receive(read)),
                },
            }
        }
    }

    /// Takes a page that was read.
    fn receive(&mut self, (reader, page): PageRead) -> Option<Result<Page, InvokeError>> {
        let mut page = match page {
            Ok(page) => page?,
            Err(error) => return Some(Err(error)),
        };
        self.state = State::Idle(reader);
        self.note(&mut page);
        Some(Ok(page))
    }

    fn note(&mut self, page: &mut Page) {
        self.notices.extend(page.warnings.iter().cloned().map(Notice::Warning));
        self.notices.extend(page.errors.iter().cloned().map(Notice::Error));
        self.notices.extend(page.confirmation.iter().cloned().map(Notice::WhatIf));
    }
}

async fn read(mut reader: Box<Reader>) -> PageRead {
    let page = reader.read().await;
    (reader, page)
}

impl Stream for Records {
    type Item = Result<Record, InvokeError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_record(context)
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("rows", &self.rows)
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}
