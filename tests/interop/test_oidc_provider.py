"""An OpenID provider that has never heard of Entra checks our client assertion."""

import json
import subprocess

import jwt
import pytest
from clients import HERE, NODE
from cryptography import x509
from results import SERVER_RESULTS
from test_assertion import CLIENT, server_certificate

OIDC_PROVIDER = "npm oidc-provider 9.13.3"


@pytest.fixture(params=["PS256", "RS256"])
def algorithm(request):
    return request.param


@pytest.fixture
def provider(certificate, tmp_path, algorithm):
    started = []

    def start(tamper=False):
        authority = server_certificate(tmp_path)
        leaf = tmp_path / "leaf.pem"
        public_key = x509.load_der_x509_certificate(certificate.cer.read_bytes()).public_key()
        settings = tmp_path / "provider.json"
        settings.write_text(json.dumps({
            "certificate": str(leaf), "key": str(leaf), "clientId": CLIENT, "algorithm": algorithm,
            "jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public_key)), "tamper": tamper,
        }))
        script = NODE / "oidc_provider.mjs"
        script.write_text((HERE / "node" / "oidc_provider.mjs").read_text())
        process = subprocess.Popen(["node", script, settings], stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL)
        started.append(process)
        url = f"https://127.0.0.1:{process.stdout.readline().strip()}"
        environment = tmp_path / "environment.json"
        environment.write_text(json.dumps({
            "name": "oidc-provider", "authority": url, "exchange": url,
            "exchangeResource": "https://outlook.office365.com", "compliance": f"{url}/compliance",
            "complianceRegional": url + "/compliance/{region}",
            "complianceResource": "https://ps.compliance.protection.outlook.com", "graph": url,
            "certificateAuthority": authority,
        }))
        return environment

    yield start
    for process in started:
        process.kill()


def token(exoctl, environment, certificate, algorithm):
    return exoctl.run(
        "--environment", environment, "token", "--no-token-cache",
        "--certificate-thumbprint", certificate.thumbprint, "--app-id", CLIENT,
        "--organization", "contoso.onmicrosoft.com", check=False,
        EXOCTL_ASSERTION_ALGORITHM=algorithm)


def test_it_accepts_our_assertion(provider, exoctl, certificate, algorithm):
    done = token(exoctl, provider(), certificate, algorithm)
    assert done.returncode == 0 and len(done.stdout.strip()) > 20, done.stderr
    SERVER_RESULTS[OIDC_PROVIDER, algorithm, "as sent"] = "accepted"


def test_it_rejects_a_tampered_one(provider, exoctl, certificate, algorithm):
    done = token(exoctl, provider(tamper=True), certificate, algorithm)
    assert done.returncode == 4 and "invalid_client" in done.stderr, done.stderr
    SERVER_RESULTS[OIDC_PROVIDER, algorithm, "tampered with"] = "invalid_client"
