//! The certificate chain that a server shows to whoever asks, trusted or not.
//!
//! A proxy that opens TLS shows a certificate of its own. Whose it is has to be known to say so,
//! also where nobody trusts it; so the handshake is ended as soon as the chain has come, and no
//! request is ever sent on such a connection.

use std::sync::{Arc, Mutex};

use http::Uri;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::client::{is_loopback, plain_builder, sending_failed, setup};
use crate::{HttpOptions, TransportError};

/// The DER of the certificates that the host of `uri` shows, its own first. Reached as every
/// request is, through the proxy if there is one. Nothing is trusted and nothing is sent.
pub async fn presented_certificates(
    options: &HttpOptions,
    uri: &Uri,
) -> Result<Vec<Vec<u8>>, TransportError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let recorder = Arc::new(Recorder { provider: provider.clone(), chain: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(error.into()))?
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_no_client_auth();
    let mut builder = plain_builder(options).tls_backend_preconfigured(config);
    if is_loopback(uri) {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| setup(error.into()))?;
    let asked = client.head(uri.to_string()).send().await;
    let chain = std::mem::take(&mut *recorder.chain());
    match asked {
        Err(error) if chain.is_empty() => {
            let host = uri.authority().map(ToString::to_string).unwrap_or_default();
            Err(sending_failed(error.without_url(), host, options.timeouts.connect))
        }
        _ => Ok(chain),
    }
}

/// Keeps the chain and refuses it.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<Vec<u8>>>,
}

impl Recorder {
    fn chain(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.chain.lock().expect("no code panics while it holds the chain")
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.chain() = all.map(|certificate| certificate.to_vec()).collect();
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("the chain was refused before".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("the chain was refused before".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
