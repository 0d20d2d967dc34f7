"""The CLI for Microsoft 365, unmodified, under the real host names."""

import json
import os
import re
import shutil
import subprocess

import pytest
from clients import HERE, M365, NODE
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from materials import Material
from results import CLIENT_RESULTS, JUDGED, SCENARIOS

HOSTS = """127.0.0.1 localhost
127.0.0.1 login.microsoftonline.com login.windows.net graph.microsoft.com
127.0.0.1 outlook.office365.com outlook.office.com ps.compliance.protection.outlook.com
"""
NAMES = dict(zip(SCENARIOS, (
    "right", "other_key", "expired", "unregistered", "unknown_application", "unknown_tenant"), strict=True))


def namespaces():
    return subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def story(exoctl, certificate, tmp_path_factory):
    """Every sign-in and one call, in one go: the folder with what was printed."""
    folder = tmp_path_factory.mktemp("m365")
    hosts, state, said = folder / "hosts", folder / "tenant", folder / "said"
    hosts.write_text(HOSTS)

    def made(name):
        (folder / name).mkdir()
        return folder / name

    right = Material.from_exoctl(made("right"), certificate)
    expired = Material.self_signed(made("expired"), "expired", days_back=30, days_ahead=-1)
    pems = {
        "right": right, "expired": expired,
        "unregistered": Material.self_signed(made("unregistered"), "unregistered"),
        "other_key": Material.mismatched(made("other_key"), right),
        "unknown_application": right, "unknown_tenant": right,
    }
    state.mkdir()
    said.mkdir()
    for name, material in pems.items():
        shutil.copy(material.bundle_pem, said / f"{name}.pem")
    shutil.copy(right.cer, said / "right.cer")
    shutil.copy(expired.cer, said / "expired.cer")
    done = subprocess.run(
        [HERE / "in_namespace", hosts, HERE / "m365_story", exoctl.binary, state, said],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, **exoctl.environment, "HOME": str(folder), "INTEROP_NODE": str(NODE)},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return said


@pytest.mark.skipif(not namespaces(), reason="network namespaces need root")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_m365_signs_in(story, scenario):
    code, reason = SCENARIOS[scenario]
    said = (story / f"{NAMES[scenario]}.out").read_text()
    signed_in = (story / f"{NAMES[scenario]}.code").read_text().strip() == "0"
    if code is None:
        assert signed_in, said
        CLIENT_RESULTS[M365, scenario] = "token"
        return
    assert not signed_in, said
    named = f"AADSTS{code}" in said and re.search(reason, said)
    # msal-node hides the authority's words when the tenant's discovery document is missing.
    hidden = scenario == "unknown tenant" and re.search(r"(?i)authority|openid|endpoint|discovery", said)
    assert named or hidden, said
    CLIENT_RESULTS[M365, scenario] = f"AADSTS{code}" if named else "refused by the client"


@pytest.mark.skipif(not namespaces(), reason="network namespaces need root")
def test_m365_calls_the_admin_api(story):
    answer = json.loads((story / "request.out").read_text())
    [row] = answer["value"]
    assert row["PrimarySmtpAddress"] == "adele@contoso.com"


@pytest.mark.skipif(not namespaces(), reason="network namespaces need root")
def test_m365_signs_in_with_the_certificate_of_setup_and_sees_what_setup_made(story):
    def said(name):
        return json.loads((story / f"{name}.out").read_text())

    made = json.loads((story / "made.json").read_text())
    assert (story / "after_setup.code").read_text().strip() == "0", (story / "after_setup.out").read_text()
    assert said("after_setup")["appId"] == made["appId"]
    [listed] = [one for one in said("list") if one["appId"] == made["appId"]]
    assert listed["displayName"] == said("get")["displayName"] == "Judged by m365"
    certificate = x509.load_pem_x509_certificate((story / "after_setup.pem").read_bytes())
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()
    for shown in listed, said("get"):
        assert shown["id"] == made["objectId"]
        assert [key["customKeyIdentifier"] for key in shown["keyCredentials"]] == [thumbprint]
    assert thumbprint == made["certificateThumbprint"]
    principal = said("principal")
    assert principal["id"] == made["servicePrincipalId"]
    consented = {one["resourceDisplayName"] for one in principal["appRoleAssignments"]}
    assert consented == {"Office 365 Exchange Online", "Microsoft Graph"}, "the second one is this test's"
    JUDGED[M365, "sign-in with the certificate"] = "token"
    JUDGED[M365, "application and key credential"] = "as made"
    JUDGED[M365, "service principal and consent"] = "as made"

    assert (story / "after_teardown.code").read_text().strip() != "0"
    assert "AADSTS700016" in (story / "after_teardown.out").read_text()
    JUDGED[M365, "after teardown"] = "AADSTS700016"
