"""Every client, every scenario."""

import re

import pytest
from clients import CLIENTS
from materials import Material
from results import CLIENT_RESULTS, SCENARIOS


@pytest.fixture(scope="module")
def parties(tenant, exoctl, certificate, tmp_path_factory):
    def folder():
        return tmp_path_factory.mktemp("material")

    right = Material.from_exoctl(folder(), certificate)
    expired = Material.self_signed(folder(), "expired", days_back=30, days_ahead=-1)
    unregistered = Material.self_signed(folder(), "unregistered")

    def register(material, name):
        return exoctl.json(
            "sim", "register", "--state", tenant["state"], "--certificate", material.cer,
            "--role", "Global Reader", "--name", name)["appId"]

    right_app, expired_app = register(right, "conformance"), register(expired, "conformance, expired")
    by_id = {**tenant, "tenant": tenant["tenantId"]}
    nowhere = {**tenant, "tenant": "0b5e7d4c-1111-4222-8333-944445555666",
               "tenantId": "0b5e7d4c-1111-4222-8333-944445555666"}
    return {
        "right certificate": (by_id, right_app, right),
        "key of another certificate": (by_id, right_app, Material.mismatched(folder(), right)),
        "expired certificate": (by_id, expired_app, expired),
        "unregistered certificate": (by_id, right_app, unregistered),
        "unknown application": (by_id, "deadbeef-0000-4000-8000-000000000000", right),
        "unknown tenant": (nowhere, right_app, right),
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client[0])
def test_client(client, scenario, parties):
    name, get, can_mismatch = client
    if scenario == "key of another certificate" and not can_mismatch:
        CLIENT_RESULTS[name, scenario] = "–"
        pytest.skip("a PFX file holds the key of its own certificate")
    code, reason = SCENARIOS[scenario]
    try:
        token, error = get(*parties[scenario])
    except ValueError as refused:      # msal for Python checks the authority before anything else
        token, error = None, str(refused)
    if code is None:
        assert token, error
        CLIENT_RESULTS[name, scenario] = "token"
    else:
        assert token is None
        found = re.search(r"\b(?:AADSTS)?(\d{5,7})\b", error)
        named = found and found.group(1) == code and re.search(reason, error)
        # Two clients hide the authority's words when the tenant's discovery document is missing.
        hidden = scenario == "unknown tenant" and re.search(r"(?i)authority|openid|endpoint|discovery", error)
        assert named or hidden, error
        CLIENT_RESULTS[name, scenario] = f"AADSTS{code}" if named else "refused by the client"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_exoctl_itself(scenario, parties, exoctl):
    """The same scenarios by exoctl, which must say the code and what to do, and end with exit code 4."""
    tenant, app_id, material = parties[scenario]
    code, _ = SCENARIOS[scenario]
    done = exoctl.run(
        "--environment", tenant["environment"], "token", "--no-token-cache", "--app-id", app_id,
        "--organization", tenant["tenantId"], "--certificate-file", material.bundle_pem, check=False)
    if code is None:
        assert done.returncode == 0 and done.stdout.count(".") == 2, done.stderr
    elif scenario == "key of another certificate":
        assert done.returncode == 1 and "belongs to none of the certificates" in done.stderr, done.stderr
    elif scenario == "expired certificate":
        # Found before Entra is asked.
        assert done.returncode == 4 and "Cause [certificate-expired]" in done.stderr, done.stderr
    else:
        assert done.returncode == 4 and f"AADSTS{code}" in done.stderr and "Fix:" in done.stderr, done.stderr
