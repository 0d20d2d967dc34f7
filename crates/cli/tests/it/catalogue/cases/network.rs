//! Services that are out of reach.

use serde_json::json;

use crate::catalogue::case::Fix::Act;
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::Scene;
use crate::harness::Tenant;

const TOKEN: &str = "token --no-token-cache";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "connection-lost",
            |scene| {
                scene.connect();
                scene.tenant.inject("reset:service=entra");
                TOKEN.to_owned()
            },
            Act("try again", |scene| scene.tenant.clear_faults()),
        ),
        case(
            "no-connection",
            |scene| {
                scene.connect();
                // A port that was free a moment ago.
                let port =
                    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
                scene.edit_environment(|file| file["authority"] = json!(format!("https://{port}")));
                TOKEN.to_owned()
            },
            Act("start it again", Scene::mend_environment),
        ),
        case(
            "tls",
            |scene| {
                scene.connect();
                let other = Tenant::start(1);
                let text = std::fs::read_to_string(other.environment()).unwrap();
                let other: serde_json::Value = serde_json::from_str(&text).unwrap();
                let authority = &other["certificateAuthority"];
                scene.edit_environment(|file| file["certificateAuthority"] = authority.clone());
                TOKEN.to_owned()
            },
            Act("it makes a new authority at each start", Scene::mend_environment),
        ),
        case(
            "certificate-authority",
            |scene| {
                scene.connect();
                scene.edit_environment(|file| {
                    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
                    file["certificateAuthority"] = json!(damaged);
                });
                TOKEN.to_owned()
            },
            Act("put PEM text into certificateAuthority", Scene::mend_environment),
        ),
    ]
}
