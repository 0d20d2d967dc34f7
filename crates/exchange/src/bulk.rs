//! Many invocations: in batches of ten, several at a time, results in input order.

use futures_util::{Stream, StreamExt};

use crate::connection::Connection;
use crate::error::InvokeError;
use crate::invocation::Invocation;
use crate::records::Records;

/// How to run many invocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkOptions {
    /// Requests under way at the same time; each may be a batch.
    pub concurrency: usize,
    /// Invocations in one request, 1 to 10.
    pub batch: usize,
}

impl Default for BulkOptions {
    fn default() -> Self {
        Self { concurrency: 4, batch: 10 }
    }
}

/// What came of one of many invocations.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkOutcome {
    /// The invocation's place in the input, from 0.
    pub index: u64,
    /// Its records, the first page read already and the rest to be read as they are asked for.
    pub result: Result<Records, InvokeError>,
}

impl Connection {
    /// Runs all invocations of a stream. Outcomes come in input order; a failure is an outcome
    /// and does not stop the others. Writes run side by side, so those that depend on each other
    /// do not belong into one bulk. Memory holds the first pages of `concurrency` × `batch`
    /// invocations at most.
    pub fn bulk<S>(
        &self,
        invocations: S,
        options: &BulkOptions,
    ) -> impl Stream<Item = BulkOutcome> + Send + use<S>
    where
        S: Stream<Item = Invocation> + Send,
    {
        let connection = self.clone();
        invocations
            .enumerate()
            .ready_chunks(options.batch.clamp(1, 10))
            .map(move |chunk| {
                let connection = connection.clone();
                async move { connection.chunk(chunk).await }
            })
            .buffered(options.concurrency.max(1))
            .flat_map(futures_util::stream::iter)
    }

    async fn chunk(&self, chunk: Vec<(usize, Invocation)>) -> Vec<BulkOutcome> {
        let (indices, invocations): (Vec<usize>, Vec<Invocation>) = chunk.into_iter().unzip();
        let results = self.batch(invocations).await;
        let outcome = |(index, result)| BulkOutcome { index: index as u64, result };
        indices.into_iter().zip(results).map(outcome).collect()
    }
}
