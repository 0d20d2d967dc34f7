"""The CLI for Microsoft 365, unmodified, under the real host names."""

import os
import subprocess

import pytest
from clients import HERE, NODE
from materials import Material

HOSTS = """127.0.0.1 localhost
127.0.0.1 login.microsoftonline.com login.windows.net graph.microsoft.com
127.0.0.1 outlook.office365.com outlook.office.com ps.compliance.protection.outlook.com
"""


def namespaces():
    return subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not namespaces(), reason="network namespaces need root")
def test_m365_signs_in_and_calls_the_admin_api(exoctl, certificate, tmp_path):
    hosts, state = tmp_path / "hosts", tmp_path / "tenant"
    hosts.write_text(HOSTS)
    state.mkdir()
    material = Material.from_exoctl(tmp_path, certificate)
    done = subprocess.run(
        [HERE / "in_namespace", hosts, HERE / "m365_story", exoctl.binary, state,
         material.cer, material.bundle_pem],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, **exoctl.environment, "HOME": str(tmp_path), "INTEROP_NODE": str(NODE)},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "adele@contoso.com" in done.stdout
    assert "AADSTS700016" in done.stdout + done.stderr
