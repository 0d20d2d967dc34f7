//! A TLS server that reads one request and answers with the bytes it was told, for the tests.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) authority: String,
    /// The DER of its own certificate.
    pub(crate) certificate: Vec<u8>,
    /// The heads of the requests as they came.
    pub(crate) requests: mpsc::UnboundedReceiver<String>,
}

/// What follows the answer.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    Close,
    Hang,
}

impl Server {
    /// Every connection gets `answer`.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let (authority, certificate, config) = certificates();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::unbounded_channel();
        let answer = answer.into();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen, answer) = (acceptor.clone(), seen.clone(), answer.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    seen.send(String::from_utf8(head).unwrap()).unwrap();
                    stream.write_all(&answer).await.unwrap();
                    match then {
                        Then::Close => stream.shutdown().await.unwrap(),
                        Then::Hang => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, authority, certificate, requests }
    }
}

/// The PEM of a new authority and a server that it vouches for.
fn certificates() -> (String, Vec<u8>, ServerConfig) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (authority, certificate.der().to_vec(), config)
}
