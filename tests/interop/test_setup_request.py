"""A tenant that takes no self-signed certificates: setup writes a request, an authority that we did not write issues the
certificate, and setup goes on with it."""

import datetime
import json

import pytest
import requests
from clients import AUTHORITY
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from results import JUDGED


@pytest.fixture
def strict(exoctl, tenant):
    """While the test runs, the tenant takes certificates of authorities only, for half a year."""
    token = exoctl.run(
        "sim", "admin-token", "--state", tenant["state"], "--scope", "Policy.ReadWrite.ApplicationConfiguration").stdout
    restrictions = [{"restrictionType": kind, "state": "enabled", "maxLifetime": "P180D"}
                    for kind in ("trustedCertificateAuthority", "asymmetricKeyLifetime")]

    def patch(enabled):
        answer = requests.patch(
            f"{tenant['url']}/v1.0/policies/defaultAppManagementPolicy", verify=tenant["ca"],
            headers={"Authorization": f"Bearer {token.strip()}"},
            json={"isEnabled": enabled, "applicationRestrictions": {"keyCredentials": restrictions}})
        assert answer.status_code == 204, answer.text
    patch(True)
    yield
    patch(False)


def issued(request, folder):
    """What a certification authority makes of a request: its own name above, and the key that was asked for."""
    asked = x509.load_pem_x509_csr(request.read_bytes())
    assert asked.is_signature_valid
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(asked.subject).public_key(asked.public_key())
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Contoso Issuing CA")]))
        .serial_number(x509.random_serial_number()).not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=90)).sign(key, hashes.SHA256()))
    path = folder / "issued.cer"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    return path, certificate.fingerprint(hashes.SHA1()).hex().upper()


def test_setup_goes_on_with_the_certificate_that_an_authority_has_issued(exoctl, tenant, strict, tmp_path):
    token = tmp_path / "token"
    token.write_text(exoctl.run("sim", "admin-token", "--state", tenant["state"]).stdout)
    home = {"EXOCTL_HOME": str(tmp_path / "home")}

    def setup(*more, check=True):
        return exoctl.run(
            "--environment", tenant["environment"], "setup", "--organization", tenant["organization"], "--name", "Issued",
            "--role", "Global Reader", "--access-token-file", token, *more, check=check, **home)

    refused = setup("--valid-for", "90d", "--yes", check=False)
    assert refused.returncode == 1 and "--csr-out" in refused.stderr, refused.stderr
    request = tmp_path / "exo.csr"
    said = setup("--csr-out", request).stderr
    assert "--certificate-file" in said, said
    first = request.read_bytes()
    setup("--csr-out", request)
    assert request.read_bytes() == first, "the key that waits is asked for again, not another one"
    certificate, thumbprint = issued(request, tmp_path)
    plan = setup("--certificate-file", certificate, "--what-if", check=False)
    assert plan.returncode == 3 and thumbprint in plan.stdout, plan.stderr
    done = json.loads(setup("--certificate-file", certificate, "--yes").stdout)
    assert done["certificateThumbprint"] == thumbprint
    again = json.loads(setup("--certificate-thumbprint", thumbprint, "--yes").stdout)
    assert again["changes"] == 0
    rows = exoctl.run(
        "--environment", tenant["environment"], "Get-Mailbox", "adele", "--select", "Alias", "-o", "json", **home)
    assert json.loads(rows.stdout)
    JUDGED[AUTHORITY, "setup --csr-out"] = "issued, and setup went on with it"
