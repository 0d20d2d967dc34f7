"""An administrator signs in: Microsoft's own library completes the flows against the simulated tenant, and exoctl leads
a browser through one."""

import base64
import json
import os
import pty
import subprocess
import time
import urllib.parse

import msal
import pytest
import requests

from clients import MSAL
from conftest import PASSWORD
from results import JUDGED

# "Microsoft Graph Command Line Tools", a public client that every tenant has.
CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
SCOPES = ["Application.ReadWrite.All"]
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

# exoctl's listener takes the query, as `http://localhost` redirects have always had it.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")


@pytest.fixture
def client(tenant):
    return msal.PublicClientApplication(
        CLIENT,
        authority=f"{tenant['url']}/{tenant['organization']}",
        instance_discovery=False,
        verify=tenant["ca"],
    )


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def applications(tenant, answer):
    assert "access_token" in answer, answer
    return requests.get(
        f"{tenant['url']}/v1.0/applications",
        headers={"Authorization": f"Bearer {answer['access_token']}"},
        verify=tenant["ca"],
    )


def approve(tenant, flow):
    """What the browser brings back from the page that msal sends it to."""
    answer = requests.get(flow["auth_uri"], verify=tenant["ca"], allow_redirects=False)
    assert answer.status_code == 302, answer.text
    location = urllib.parse.urlsplit(answer.headers["Location"])
    assert f"{location.scheme}://{location.netloc}" == flow["redirect_uri"]
    return dict(urllib.parse.parse_qsl(location.query))


def test_msal_completes_the_device_code_flow(tenant, client):
    flow = client.initiate_device_flow(SCOPES)
    assert flow.get("user_code") and flow["user_code"] in flow["message"], flow
    answer = client.acquire_token_by_device_flow(flow)
    assert applications(tenant, answer).status_code == 200
    token = claims(answer["access_token"])
    assert "Application.ReadWrite.All" in token["scp"].split()
    assert GLOBAL_ADMINISTRATOR in token["wids"]
    assert token["appid"] == CLIENT and "roles" not in token


def test_msal_signs_in_before_setup_as_a_human_and_after_it_with_the_certificate(tenant, client, exoctl, tmp_path):
    scopes = [*SCOPES, "RoleManagement.ReadWrite.Directory", "Policy.Read.All", "User.Read"]
    human = client.acquire_token_by_device_flow(client.initiate_device_flow(scopes))
    token = tmp_path / "token"
    token.write_text(human["access_token"])
    home = {"EXOCTL_HOME": str(tmp_path / "home")}
    done = json.loads(exoctl.run(
        "--environment", tenant["environment"], "setup", "--organization", tenant["organization"],
        "--name", "After msal", "--role", "Global Reader", "--access-token-file", token, "--yes", **home).stdout)
    pfx = tmp_path / "exo.pfx"
    exoctl.run("cert", "export", done["certificateThumbprint"], "--format", "pfx", "--password-env", "PFX_PASSWORD",
               "--out", pfx, **home)
    application = msal.ConfidentialClientApplication(
        done["appId"], authority=f"{tenant['url']}/{tenant['organization']}",
        instance_discovery=False, verify=tenant["ca"],
        client_credential={"private_key_pfx_path": str(pfx), "passphrase": PASSWORD})
    answer = application.acquire_token_for_client(["https://outlook.office365.com/.default"])
    assert "access_token" in answer, answer
    assert claims(answer["access_token"])["roles"] == ["Exchange.ManageAsApp"]
    assert GLOBAL_READER in claims(answer["access_token"])["wids"]
    [made] = [row for row in applications(tenant, human).json()["value"] if row["appId"] == done["appId"]]
    assert made["displayName"] == "After msal" and len(made["keyCredentials"]) == 1, made
    JUDGED[MSAL, "device code, then sign-in with the certificate"] = "tokens, with role and consent"


def test_msal_completes_the_authorization_code_flow_and_refreshes(tenant, client):
    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:49152")
    answer = client.acquire_token_by_auth_code_flow(flow, approve(tenant, flow))
    assert applications(tenant, answer).status_code == 200
    [account] = client.get_accounts()
    assert account["username"].startswith("admin@")
    again = client.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert again["access_token"] != answer["access_token"]
    assert applications(tenant, again).status_code == 200


def test_a_code_is_good_for_its_own_verifier_and_once(tenant, client):
    def redeem(flow, answer):
        return client.acquire_token_by_auth_code_flow(flow, dict(answer))

    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:49152")
    answer = approve(tenant, flow)
    stranger = {**flow, "code_verifier": "x" * 43}
    refused = redeem(stranger, answer)
    assert refused["error"] == "invalid_grant" and refused["error_codes"] == [501481], refused

    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:49152")
    answer = approve(tenant, flow)
    assert "access_token" in redeem(flow, answer)
    refused = redeem(flow, answer)
    assert refused["error"] == "invalid_grant" and refused["error_codes"] == [54005], refused


def test_another_redirect_is_not_served(tenant, client):
    flow = client.initiate_auth_code_flow(SCOPES, redirect_uri="https://evil.example/")
    answer = requests.get(flow["auth_uri"], verify=tenant["ca"], allow_redirects=False)
    assert answer.status_code == 400 and "AADSTS50011" in answer.text, answer.text


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="xdg-open opens the browser")
def test_exoctl_opens_the_browser_of_this_machine(tenant, exoctl, tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "xdg-open"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$1\" > {opened}.part && mv {opened}.part {opened}\n")
    browser.chmod(0o755)
    # It asks nobody to sign in where nobody is: there has to be a terminal.
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [exoctl.binary, "--environment", tenant["environment"], "setup", "--organization", tenant["organization"],
         "--name", "Browser", "--role", "Global Reader", "--what-if"],
        env={**exoctl.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True,
    )
    os.close(theirs)
    deadline = time.monotonic() + 30
    while not opened.exists():
        assert process.poll() is None and time.monotonic() < deadline, os.read(ours, 65536).decode()
        time.sleep(0.05)
    address = opened.read_text()
    assert address in os.read(ours, 65536).decode().replace("\r\n", ""), "printed too, for another browser"
    page = requests.get(address, verify=tenant["ca"])
    assert page.status_code == 200 and "You are signed in" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    process.communicate(timeout=30)
    assert process.returncode == 3, "there is something to do"
