// A script as people write it: signs in with a managed identity and calls the admin API. It knows nothing
// of exoctl. Prints {"token": …, "rows": …} or {"error": …}.
//
//     managed_identity.mjs CLIENT TENANT-URL TENANT-ID CA-FILE RESOURCE        (the CA by NODE_EXTRA_CA_CERTS)

const [client, url, tenant, , resource] = process.argv.slice(2);

async function token() {
  if (client === "msal-node") {
    const { ManagedIdentityApplication } = await import("@azure/msal-node");
    return (await new ManagedIdentityApplication().acquireToken({ resource })).accessToken;
  }
  const identity = await import("@azure/identity");
  return (await new identity[client]().getToken(`${resource}/.default`)).token;
}

async function rows(token) {
  const answer = await fetch(`${url}/adminapi/beta/${tenant}/InvokeCommand`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ CmdletInput: { CmdletName: "Get-Mailbox", Parameters: { ResultSize: 7 } } }),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return (await answer.json()).value.length;
}

try {
  const given = await token();
  console.log(JSON.stringify({ token: given, rows: resource.includes("outlook") ? await rows(given) : 0 }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error.message ?? error) }));
}
