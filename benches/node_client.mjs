// What a Node user would run instead: msal-node for the token, fetch for the cmdlet.
//
//     node_client.mjs SETTINGS          token and one cmdlet
//
// NODE_EXTRA_CA_CERTS names the simulated tenant's certificate authority.

import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new ConfidentialClientApplication({
  auth: {
    clientId: settings.appId,
    authority: `${settings.url}/${settings.tenantId}`,
    knownAuthorities: [new URL(settings.url).host],
    clientCertificate: {
      thumbprintSha256: settings.sha256,
      privateKey: readFileSync(settings.keyPem, "utf8"),
    },
  },
});
const { accessToken } = await client.acquireTokenByClientCredential({
  scopes: ["https://outlook.office365.com/.default"],
});
const answer = await fetch(`${settings.url}/adminapi/beta/${settings.tenantId}/InvokeCommand`, {
  method: "POST",
  headers: {
    Authorization: `Bearer ${accessToken}`,
    "Content-Type": "application/json",
    "X-AnchorMailbox": settings.anchor,
  },
  body: JSON.stringify({ CmdletInput: { CmdletName: "Get-Mailbox", Parameters: { Identity: "adele" } } }),
});
const page = await answer.json();
console.log(page.value[0].PrimarySmtpAddress);
