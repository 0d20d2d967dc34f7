"""Clients that we did not write use the simulated tenant, and agree with exoctl."""

import json

import msal
import pytest
import requests

from conftest import PASSWORD

SCOPE = ["https://outlook.office365.com/.default"]


def application(tenant, client_id, credential):
    return msal.ConfidentialClientApplication(
        client_id,
        authority=f"{tenant['url']}/{tenant['organization']}",
        instance_discovery=False,
        client_credential=credential,
        verify=tenant["ca"],
    )


def credentials(certificate):
    return {
        "pfx": {"private_key_pfx_path": str(certificate.pfx), "passphrase": PASSWORD},
        "pfx, legacy": {"private_key_pfx_path": str(certificate.legacy_pfx), "passphrase": PASSWORD},
        "pem and thumbprint": {
            "private_key": certificate.key_pem.read_text(),
            "thumbprint": certificate.thumbprint,
        },
        "pem and certificate": {
            "private_key": certificate.key_pem.read_text(),
            "public_certificate": certificate.pem.read_text(),
        },
    }


@pytest.mark.parametrize("form", ["pfx", "pfx, legacy", "pem and thumbprint", "pem and certificate"])
def test_msal_gets_a_token(tenant, certificate, application_id, form):
    answer = application(tenant, application_id, credentials(certificate)[form])
    token = answer.acquire_token_for_client(SCOPE)
    assert "access_token" in token, token


def test_msal_is_refused_with_an_unregistered_certificate(tenant, application_id, exoctl, tmp_path):
    from conftest import Certificate

    stranger = Certificate(exoctl, tmp_path, subject="CN=Stranger")
    client = application(tenant, application_id, credentials(stranger)["pfx"])
    token = client.acquire_token_for_client(SCOPE)
    assert token["error"] == "invalid_client" and token["error_codes"] == [700027], token


@pytest.fixture(scope="module")
def application_id(application_registration):
    return application_registration["appId"]


@pytest.fixture(scope="module")
def application_registration(request):
    return request.getfixturevalue("application")


def test_a_script_lists_the_same_mailboxes_as_exoctl(tenant, certificate, application_id, exoctl):
    client = application(tenant, application_id, credentials(certificate)["pfx"])
    token = client.acquire_token_for_client(SCOPE)["access_token"]
    session = requests.Session()
    session.verify = tenant["ca"]
    session.headers.update({
        "Authorization": f"Bearer {token}",
        "X-AnchorMailbox": "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" + tenant["tenantId"],
        "Prefer": "odata.maxpagesize=500",
    })
    body = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"ResultSize": "Unlimited"}}}
    url = f"{tenant['url']}/adminapi/beta/{tenant['tenantId']}/InvokeCommand"
    pages, theirs = 0, []
    while url:
        answer = session.post(url, json=body)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        theirs += [row["Guid"] for row in page["value"]]
        url = page.get("@odata.nextLink")
        pages += 1
    assert pages >= 5 and len(theirs) == len(set(theirs)) == 2345

    exoctl.run(
        "--environment", tenant["environment"],
        "Connect-ExchangeOnline", "-CertificateThumbprint", certificate.thumbprint,
        "-AppId", application_id, "-Organization", tenant["organization"],
    )
    for options in (["-o", "jsonl"], ["-PageSize", "700", "-o", "jsonl"][2:]):
        lines = exoctl.run("Get-Mailbox", "-ResultSize", "Unlimited", *options).stdout.splitlines()
        ours = [json.loads(line)["Guid"] for line in lines]
        assert sorted(ours) == sorted(theirs)
