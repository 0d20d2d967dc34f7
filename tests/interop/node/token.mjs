// A token by a Node library; prints {"token": …} or {"error": …} as one JSON line.
//
//     token.mjs msal-node-sha256|msal-node-sha1|azure-identity SETTINGS

import { readFileSync } from "node:fs";

const [client, file] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(file, "utf8"));
const scope = "https://outlook.office365.com/.default";
const host = new URL(settings.url).host;

async function msalNode(certificate) {
  const { ConfidentialClientApplication } = await import("@azure/msal-node");
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: settings.appId,
      authority: `${settings.url}/${settings.tenant}`,
      knownAuthorities: [host],
      clientCertificate: { ...certificate, privateKey: readFileSync(settings.keyPem, "utf8") },
    },
  });
  const answer = await application.acquireTokenByClientCredential({ scopes: [scope] });
  return answer.accessToken;
}

async function azureIdentity() {
  const { ClientCertificateCredential } = await import("@azure/identity");
  const credential = new ClientCertificateCredential(
    settings.tenant,
    settings.appId,
    { certificatePath: settings.bundlePem },
    { authorityHost: settings.url, disableInstanceDiscovery: true },
  );
  return (await credential.getToken(scope)).token;
}

const clients = {
  "msal-node-sha256": () => msalNode({ thumbprintSha256: settings.sha256 }),
  "msal-node-sha1": () => msalNode({ thumbprint: settings.thumbprint }),
  "azure-identity": azureIdentity,
};
try {
  console.log(JSON.stringify({ token: await clients[client]() }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error.message ?? error) }));
}
