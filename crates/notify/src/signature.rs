//! The signature of a webhook: the one of the Standard Webhooks specification, for which there are
//! libraries in many languages. <https://www.standardwebhooks.com>

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// What the header `webhook-signature` has: HMAC-SHA256 over the delivery's id, the time in seconds
/// and the body. A key that begins with `whsec_` is base64 behind it; any other is its own bytes.
pub fn sign(key: &SecretString, id: &str, seconds: i64, body: &[u8]) -> String {
    let text = key.expose_secret();
    let decoded = text.strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
    let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, bytes));
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
