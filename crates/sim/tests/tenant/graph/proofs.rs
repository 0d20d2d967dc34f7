//! An application that rolls its own certificates, with a proof instead of a permission.

use serde_json::{Value, json};

use super::desk::{Desk, key_credential, refusal, text};
use crate::harness::{Answer, certificate_between, key, rs256_header, sign};

struct Scene {
    desk: Desk,
    id: String,
}

/// An application that calls for itself, without any permission of Graph.
async fn scene() -> Scene {
    let mut desk = Desk::new().await;
    let made = desk.application().await;
    let app_id = text(&made["appId"]);
    desk.make("/servicePrincipals", json!({"appId": app_id})).await;
    let now = desk.sim.clock.now().as_second();
    let claims = json!({
        "aud": desk.sim.url("/contoso.com/oauth2/v2.0/token"),
        "iss": app_id, "sub": app_id, "nbf": now, "exp": now + 600,
    });
    let assertion = sign("PS256", &crate::harness::ps256_header(), &claims);
    let mut fields = crate::harness::form(&app_id, &assertion);
    fields.pop();
    fields.push(("scope", "https://graph.microsoft.com/.default".to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = desk.sim.post("/contoso.com/oauth2/v2.0/token", &fields).await;
    desk.token = text(&answer.json()["access_token"]);
    Scene { id: text(&made["id"]), desk }
}

impl Scene {
    /// The proof of Learn's article on rolling keys.
    fn claims(&self) -> Value {
        let now = self.desk.sim.clock.now().as_second();
        json!({"aud": "00000002-0000-0000-c000-000000000000", "iss": self.id, "nbf": now, "exp": now + 600})
    }

    async fn add(&self, proof: &str) -> Answer {
        let der = certificate_between(key(), "2026-10-01T00:00:00Z", "2027-04-01T00:00:00Z");
        let body = json!({"keyCredential": key_credential(&der), "passwordCredential": null, "proof": proof});
        self.desk.call("POST", &format!("/applications/{}/addKey", self.id), body).await
    }
}

#[tokio::test]
async fn a_proof_adds_and_removes_a_certificate() {
    let scene = scene().await;
    let proof = sign("RS256", &rs256_header(), &scene.claims());
    let added = scene.add(&proof).await;
    assert_eq!(added.status, 200, "{}", added.json());
    assert_eq!(added.json()["endDateTime"], "2027-04-01T00:00:00Z");
    let path = format!("/applications/{}/removeKey", scene.id);
    let body = json!({"keyId": added.json()["keyId"], "proof": proof});
    assert_eq!(scene.desk.call("POST", &path, body.clone()).await.status, 204);
    assert_eq!(scene.desk.call("POST", &path, body).await.status, 400);
    // Everything else needs a permission.
    let path = format!("/applications/{}", scene.id);
    assert_eq!(scene.desk.call("PATCH", &path, json!({"notes": "x"})).await.status, 403);
}

#[tokio::test]
async fn a_proof_must_be_as_the_article_has_it() {
    let scene = scene().await;
    let with = |name: &str, value: Value| {
        let mut claims = scene.claims();
        claims[name] = value;
        sign("RS256", &rs256_header(), &claims)
    };
    let now = scene.desk.sim.clock.now().as_second();
    let good = sign("RS256", &rs256_header(), &scene.claims());
    for (what, proof) in [
        ("another audience", with("aud", json!("https://graph.microsoft.com"))),
        ("another issuer", with("iss", json!("00000002-0000-0000-c000-000000000000"))),
        ("too long", with("exp", json!(now + 601))),
        ("over", {
            let mut claims = scene.claims();
            claims["nbf"] = json!(now - 1000);
            claims["exp"] = json!(now - 400);
            sign("RS256", &rs256_header(), &claims)
        }),
        ("padded", format!("{good}=")),
        ("cut", good[..good.len() - 8].to_owned()),
        ("none", String::new()),
    ] {
        let (status, code, _) = refusal(&scene.add(&proof).await);
        assert_eq!((status, code.as_str()), (401, "Authentication_MissingOrMalformed"), "{what}");
    }
    assert_eq!(scene.add(&good).await.status, 200);
}
