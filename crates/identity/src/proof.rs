//! The proof of possession with which an application changes its own certificates.
//!
//! Form: Learn, "Generate proof of possession tokens for rolling keys". Microsoft's sample signs with
//! RS256 and no other algorithm is documented, so this is what is sent.

use exoctl_certificate::{SignError, Signer, SigningAlgorithm};
use exoctl_model::ObjectId;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;

use crate::assertion::sign_claims;

/// Whom a proof is for: the directory, by the id that it had before Microsoft Graph.
const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// A minute back, for a local clock that is a little fast.
const BACKDATED: SignedDuration = SignedDuration::from_secs(60);
/// The longest that is taken.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

#[derive(Serialize)]
struct Claims {
    aud: &'static str,
    iss: String,
    nbf: i64,
    exp: i64,
}

/// Proves at `now` that whoever asks has the key of one of the certificates that the application with
/// that *object* id has. Good for nine minutes.
pub fn sign_proof(
    signer: &dyn Signer,
    application: ObjectId,
    now: Timestamp,
) -> Result<SecretString, SignError> {
    sign_claims(signer, SigningAlgorithm::Rs256, &claims(application, now))
}

fn claims(application: ObjectId, now: Timestamp) -> Claims {
    let from = now.as_second() - BACKDATED.as_secs();
    Claims {
        aud: AUDIENCE,
        iss: application.to_string(),
        nbf: from,
        exp: from + LIFETIME.as_secs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_the_object_id_and_ten_minutes_long_from_a_minute_ago() {
        // The members of Learn's article.
        let application = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(
            serde_json::to_string(&claims(application, now)).unwrap(),
            r#"{"aud":"00000002-0000-0000-c000-000000000000","iss":"36ee4c6c-0812-40a2-b820-b22ebd02bce3","nbf":1699999940,"exp":1700000540}"#
        );
    }
}
