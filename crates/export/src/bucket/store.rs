//! Access to a bucket by what the environment says.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, Checksum};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{ClientConfigKey, ObjectStore, RetryConfig};

use super::{BucketAddress, BucketError, Scheme};
use crate::bucket::error::Told;

/// Where requests go if not to the service itself; the first that is set.
const ENDPOINTS: [(Scheme, &[&str]); 3] = [
    (Scheme::S3, &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]),
    (Scheme::Azure, &["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT", "AZURITE_BLOB_STORAGE_URL"]),
    (Scheme::Google, &["GOOGLE_BASE_URL"]),
];

pub(super) fn build(
    address: &BucketAddress,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, BucketError> {
    let environment: Vec<(String, String)> = environment.into_iter().collect();
    let endpoint = endpoint(address.scheme(), &environment);
    let is_plain = endpoint.is_some_and(|endpoint| !endpoint.starts_with("https://"));
    if let Some(endpoint) = endpoint.filter(|endpoint| is_plain && !is_loopback(endpoint)) {
        return Err(BucketError::PlainHttp { endpoint: endpoint.to_owned() });
    }
    let retry = RetryConfig {
        max_retries: 6,
        retry_timeout: Duration::from_mins(2),
        ..RetryConfig::default()
    };
    let bucket = address.bucket();
    let built = match address.scheme() {
        Scheme::S3 => s3(bucket, endpoint, is_plain, &environment, retry),
        Scheme::Azure => azure(bucket, is_plain, &environment, retry),
        Scheme::Google => google(bucket, is_plain, &environment, retry),
    };
    built.map_err(|error| BucketError::Settings {
        address: address.to_string(),
        source: Told::of(&error),
    })
}

type Built = object_store::Result<Arc<dyn ObjectStore>>;
type Variables = [(String, String)];

fn s3(
    bucket: &str,
    endpoint: Option<&str>,
    is_plain: bool,
    environment: &Variables,
    retry: RetryConfig,
) -> Built {
    // The service compares the bytes with their hash before it takes them.
    let mut builder = AmazonS3Builder::new().with_checksum_algorithm(Checksum::SHA256);
    for (key, value) in settings::<AmazonS3ConfigKey>("AWS_", environment) {
        if key != AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp) {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let builder = builder.with_bucket_name(bucket).with_allow_http(is_plain).with_retry(retry);
    Ok(Arc::new(builder.build()?))
}

fn azure(bucket: &str, is_plain: bool, environment: &Variables, retry: RetryConfig) -> Built {
    let mut builder = MicrosoftAzureBuilder::new();
    if let Some((_, endpoint)) = environment.iter().find(|(name, _)| name == "IDENTITY_ENDPOINT") {
        builder = builder.with_msi_endpoint(endpoint);
    }
    for (key, value) in settings::<AzureConfigKey>("AZURE_", environment) {
        if key != AzureConfigKey::Client(ClientConfigKey::AllowHttp) {
            builder = builder.with_config(key, value);
        }
    }
    let builder = builder.with_container_name(bucket).with_allow_http(is_plain).with_retry(retry);
    Ok(Arc::new(builder.build()?))
}

fn google(bucket: &str, is_plain: bool, environment: &Variables, retry: RetryConfig) -> Built {
    let allow_http = GoogleConfigKey::Client(ClientConfigKey::AllowHttp);
    let mut builder = GoogleCloudStorageBuilder::new();
    for (key, value) in settings::<GoogleConfigKey>("GOOGLE_", environment) {
        if key != allow_http {
            builder = builder.with_config(key, value);
        }
    }
    if is_plain {
        builder = builder.with_config(allow_http, "true");
    }
    Ok(Arc::new(builder.with_bucket_name(bucket).with_retry(retry).build()?))
}

/// The library's settings that variables with a prefix mean.
fn settings<'a, K: FromStr>(
    prefix: &'static str,
    environment: &'a Variables,
) -> impl Iterator<Item = (K, &'a str)> {
    let named = environment.iter().filter(move |(name, _)| name.starts_with(prefix));
    named.filter_map(|(name, value)| {
        let key = name.to_ascii_lowercase().parse().ok()?;
        Some((key, value.as_str()))
    })
}

fn endpoint(scheme: Scheme, environment: &Variables) -> Option<&str> {
    let (_, names) = ENDPOINTS.iter().find(|(known, _)| *known == scheme)?;
    let value = |name: &&str| environment.iter().find(|(known, _)| known == name);
    let (_, endpoint) = names.iter().find_map(value)?;
    Some(endpoint.trim_end_matches('/'))
}

/// Whether an address without TLS is on this machine.
fn is_loopback(endpoint: &str) -> bool {
    let Some(rest) = endpoint.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_address = |host: &str| host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    !authority.contains('@') && (host == "localhost" || is_address(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(address: &str, variables: &[(&str, &str)]) -> Result<(), BucketError> {
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        build(&address.parse().unwrap(), variables).map(drop)
    }

    #[test]
    fn without_tls_only_to_this_machine() {
        for here in ["http://127.0.0.1:9000", "http://localhost:9000/", "http://[::1]:9000"] {
            open("s3://a/b", &[("AWS_ENDPOINT_URL", here)]).unwrap();
        }
        for there in [
            "http://10.0.0.1:9000",
            "http://127.0.0.1@evil.example",
            "http://localhost.evil.example",
        ] {
            for (address, name) in [
                ("s3://a/b", "AWS_ENDPOINT_URL"),
                ("gs://a/b", "GOOGLE_BASE_URL"),
                ("az://a/b", "AZURE_STORAGE_ENDPOINT"),
            ] {
                let error =
                    open(address, &[(name, there), ("AWS_ALLOW_HTTP", "true")]).unwrap_err();
                assert!(matches!(error, BucketError::PlainHttp { .. }), "{error}");
            }
        }
        open("s3://a/b", &[("AWS_ENDPOINT_URL", "https://s3.example.com")]).unwrap();
    }

    #[test]
    fn what_is_missing_is_told() {
        let error = open("az://logs/a", &[]).unwrap_err();
        assert!(matches!(error, BucketError::Settings { .. }), "{error}");
        assert!(
            std::error::Error::source(&error).unwrap().to_string().contains("Account"),
            "{error:?}"
        );
    }
}
