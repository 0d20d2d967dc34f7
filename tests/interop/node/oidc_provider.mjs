// npm oidc-provider as the authority: an OpenID provider that has never heard of Entra checks our
// private_key_jwt. Prints its port when it is ready.
//
//     oidc_provider.mjs SETTINGS      {"certificate","key","jwk","clientId","algorithm","tamper"}

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const scope = "https://outlook.office365.com/.default";
const tenant = "/contoso.onmicrosoft.com";
const server = createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) });

server.listen(0, "127.0.0.1", () => {
  const url = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
    clients: [{
      client_id: settings.clientId,
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: settings.algorithm,
      jwks: { keys: [settings.jwk] },
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope,
    }],
    scopes: [scope],
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: ["RS256", "PS256"] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    routes: { token: `${tenant}/oauth2/v2.0/token` },
  });
  const callback = provider.callback();
  server.on("request", async (request, response) => {
    if (request.url.endsWith("/.well-known/openid-configuration")) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({
        issuer: `${url}/3f1c8f0e-8f5d-4d8e-9d0e-5f3f6d2b7a10/v2.0`,
        token_endpoint: `${url}${tenant}/oauth2/v2.0/token`,
        authorization_endpoint: `${url}${tenant}/oauth2/v2.0/authorize`,
      }));
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    if (settings.tamper) form.client_assertion = tampered(form.client_assertion);
    request.body = form;
    callback(request, response);
  });
  console.log(server.address().port);
});

// Another subject, the same signature.
function tampered(assertion) {
  const [header, claims, signature] = assertion.split(".");
  const changed = JSON.parse(Buffer.from(claims, "base64url"));
  changed.jti = "00000000-0000-0000-0000-000000000000";
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}
