//! Whatever the service answers: rows, or an error; never a panic, never an endless loop.
//!
//! Input: one byte of flags, one that chooses the status, then the body. Every request gets it.

#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use exoctl_exchange::{Connection, Invocation};
use exoctl_http::{Request, Response, Transport, TransportError};
use exoctl_identity::StaticToken;
use exoctl_model::{Cloud, Organization, SystemClock};
use futures_util::future::{BoxFuture, FutureExt, ready};
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 10] = [200, 200, 200, 204, 302, 400, 401, 403, 404, 429];

#[derive(Debug)]
struct Scripted {
    flags: u8,
    status: u16,
    body: Bytes,
}

impl Transport for Scripted {
    fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let mut answer = http::Response::builder().status(self.status);
        if self.flags & 1 != 0 {
            answer = answer.header("Content-Encoding", "gzip");
        }
        if self.flags & 2 != 0 {
            answer = answer.header("Retry-After", "0.25");
        }
        let answer = answer.body(self.body.clone()).expect("the headers are valid");
        ready(Ok(answer)).boxed()
    }
}

fuzz_target!(|input: &[u8]| {
    let [flags, status, body @ ..] = input else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let transport = Scripted { flags: *flags, status, body: Bytes::copy_from_slice(body) };
    let organization: Organization = "contoso.onmicrosoft.com".parse().expect("a domain");
    let credential = Arc::new(StaticToken::new("opaque".to_owned().into(), Arc::new(SystemClock)));
    let connection =
        Connection::builder(Cloud::default(), organization, credential, Arc::new(transport)).build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let invocation = Invocation::new("Get-Mailbox".parse().expect("a cmdlet")).unlimited();
        let mut records = connection.invoke(invocation);
        let mut rows = 0;
        while let Some(record) = records.next().await {
            let Ok(record) = record else { break };
            let _ = record.to_object();
            rows += 1;
            assert!(rows < 1_000_000, "an answer that never ends");
        }
    });
});
