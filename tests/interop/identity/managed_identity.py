"""A script as people write it: signs in with a managed identity and calls the admin API. It knows nothing
of exoctl. Prints {"token": …, "rows": …} or {"error": …}.

    managed_identity.py CLIENT TENANT-URL TENANT-ID CA-FILE RESOURCE
"""

import json
import sys

import requests

client, url, tenant, ca, resource = sys.argv[1:]


def msal_token():
    import msal

    identity = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    answer = identity.acquire_token_for_client(resource=resource)
    if "access_token" not in answer:
        raise RuntimeError(answer["error_description"])
    return answer["access_token"]


def azure_token(name):
    import azure.identity

    return getattr(azure.identity, name)().get_token(f"{resource}/.default").token


def rows(token):
    answer = requests.post(
        f"{url}/adminapi/beta/{tenant}/InvokeCommand", verify=ca, timeout=60,
        headers={"Authorization": f"Bearer {token}"},
        json={"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"ResultSize": 7}}})
    answer.raise_for_status()
    return len(answer.json()["value"])


try:
    token = msal_token() if client == "msal" else azure_token(client)
    print(json.dumps({"token": token, "rows": rows(token) if "outlook" in resource else 0}))
except Exception as error:  # whatever it is, the test looks at its text
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
