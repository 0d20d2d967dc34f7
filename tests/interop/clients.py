"""Other people's clients, each as one function: settings and material to a token or an error text."""

import json
import os
import pathlib
import subprocess
import sys

from conftest import PASSWORD

HERE = pathlib.Path(__file__).parent
NODE = pathlib.Path(os.environ.get("INTEROP_NODE", "target/interop-node")).resolve()
RUST = pathlib.Path(os.environ.get("INTEROP_RUST", "target/interop-rust/debug/azure-identity-judge")).resolve()
SCOPE = "https://outlook.office365.com/.default"


def msal_python(form):
    def get(tenant, app_id, material):
        import msal

        key = material.key_pem.read_text()
        credential = {
            "pfx": {"private_key_pfx_path": str(material.pfx), "passphrase": PASSWORD},
            "pem": {"private_key": key, "public_certificate": material.cert_pem.read_text()},
            "thumbprint": {"private_key": key, "thumbprint": material.thumbprint},
        }[form]
        client = msal.ConfidentialClientApplication(
            app_id, authority=f"{tenant['url']}/{tenant['tenant']}", instance_discovery=False,
            client_credential=credential, verify=tenant["ca"])
        answer = client.acquire_token_for_client([SCOPE])
        return answer.get("access_token"), answer.get("error_description", "")
    return get


def azure_identity_python(form):
    def get(tenant, app_id, material):
        from azure.core.exceptions import ClientAuthenticationError
        from azure.identity import CertificateCredential

        path = material.pfx if form == "pfx" else material.bundle_pem
        credential = CertificateCredential(
            tenant["tenantId"], app_id, str(path), password=PASSWORD if form == "pfx" else None,
            authority=tenant["url"], disable_instance_discovery=True, connection_verify=tenant["ca"])
        try:
            return credential.get_token(SCOPE).token, ""
        except ClientAuthenticationError as error:
            return None, error.message
    return get


def settings_file(tenant, app_id, material):
    settings = {
        "url": tenant["url"], "tenant": tenant["tenantId"], "ca": tenant["ca"], "appId": app_id,
        "thumbprint": material.thumbprint, "sha256": material.sha256,
        "keyPem": str(material.key_pem), "bundlePem": str(material.bundle_pem),
        "pfx": str(material.pfx), "pfxPassword": PASSWORD,
    }
    path = material.cer.with_suffix(".settings.json")
    path.write_text(json.dumps(settings))
    return path


def outcome(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise AssertionError(f"{command} printed {done.stdout!r} {done.stderr!r}") from None
    return answer.get("token"), answer.get("error", "")


def node(client):
    def get(tenant, app_id, material):
        # Bare module names are looked up from the script's folder, so it runs beside node_modules.
        script = NODE / "token.mjs"
        script.write_text((HERE / "node" / "token.mjs").read_text())
        return outcome(["node", script, client, settings_file(tenant, app_id, material)],
                       NODE_EXTRA_CA_CERTS=tenant["ca"])
    return get


def azure_identity_rust(tenant, app_id, material):
    return outcome([RUST, settings_file(tenant, app_id, material)])


# name, function, whether it can show a certificate that is not its key's
CLIENTS = [
    ("msal 1.39 for Python, PFX", msal_python("pfx"), False),
    ("msal 1.39 for Python, PEM and certificate", msal_python("pem"), True),
    ("msal 1.39 for Python, PEM and SHA-1 thumbprint", msal_python("thumbprint"), True),
    ("azure-identity 1.27 for Python, PFX", azure_identity_python("pfx"), False),
    ("azure-identity 1.27 for Python, PEM", azure_identity_python("pem"), True),
    ("@azure/msal-node 7.2.1, SHA-256 thumbprint", node("msal-node-sha256"), True),
    ("@azure/msal-node 7.2.1, SHA-1 thumbprint", node("msal-node-sha1"), True),
    ("@azure/identity 4.13.1, PEM", node("azure-identity"), True),
    ("azure_identity 1.0 for Rust, PFX", azure_identity_rust, False),
]

# It runs as a program of its own, under the real host names: test_m365.py.
M365 = "CLI for Microsoft 365 11.11.0, PEM"

# Who reads what setup made or wrote: test_msgraph_sdk.py, test_sign_in.py, test_m365.py, test_emit.py.
GRAPH_SDK = "msgraph-sdk 1.65 for Python"
MSAL = "msal 1.39 for Python"
HCL = "python-hcl2 8.1"
AUTHORITY = "Python cryptography 50.0 as an authority"
JUDGES = [GRAPH_SDK, MSAL, M365, HCL, AUTHORITY]
