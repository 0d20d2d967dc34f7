"""Other programs read the PKCS#12 files, certificates and stores that exoctl writes."""

import datetime
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import PASSWORD
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

DOTNET = pathlib.Path("target/interop-dotnet/run").resolve()


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(params=["aes-256", "legacy"])
def pfx(request, certificate):
    return certificate.pfx if request.param == "aes-256" else certificate.legacy_pfx


def test_python_cryptography(pfx, certificate):
    key, cert, _ = pkcs12.load_key_and_certificates(pfx.read_bytes(), PASSWORD.encode())
    assert key.public_key() == cert.public_key()
    assert cert.fingerprint(cert.signature_hash_algorithm) == x509.load_der_x509_certificate(
        certificate.cer.read_bytes()).fingerprint(cert.signature_hash_algorithm)
    span = cert.not_valid_after_utc - cert.not_valid_before_utc
    assert datetime.timedelta(days=365) <= span <= datetime.timedelta(days=367)


def test_java_keytool(pfx, certificate):
    listed = run("keytool", "-list", "-v", "-storetype", "PKCS12", "-keystore", pfx,
                 "-storepass", PASSWORD)
    assert "PrivateKeyEntry" in listed
    assert ":".join(certificate.thumbprint[i:i + 2] for i in range(0, 40, 2)) in listed


def test_gnutls(pfx):
    read = run("certtool", "--p12-info", "--inder", "--infile", pfx, "--password", PASSWORD)
    assert "BEGIN CERTIFICATE" in read and "PRIVATE KEY" in read


def test_gnutls_reads_the_certificate(certificate):
    read = run("certtool", "--certificate-info", "--inder", "--infile", certificate.cer)
    assert "Signature Algorithm: RSA-SHA256" in read
    assert "Certificate Authority (CA): FALSE" in read and "TLS WWW Client" in read
    assert "Digital signature" in read


def test_nss(pfx, tmp_path):
    database = f"sql:{tmp_path}"
    run("certutil", "-d", database, "-N", "--empty-password")
    run("pk12util", "-d", database, "-i", pfx, "-W", PASSWORD)
    assert "rsa" in run("certutil", "-d", database, "-K")


def test_gnutls_and_openssl_read_the_request(exoctl, tmp_path):
    csr = tmp_path / "request.csr"
    exoctl.run("cert", "request", "--subject", "CN=Asked,O=Contoso", "--dns-name", "a.contoso.com", "--out", csr)
    read = run("certtool", "--crq-info", "--infile", csr)
    assert "CN=Asked" in read and "a.contoso.com" in read
    assert "Self signature: verified" in read or "Self signature" in read
    run("openssl", "req", "-in", csr, "-verify", "-noout")


def test_a_certificate_authority_of_openssl_answers(exoctl, tmp_path):
    """`openssl ca` plays the internal CA, with its database and policy."""
    ca = tmp_path / "ca"
    (ca / "new").mkdir(parents=True)
    (ca / "index.txt").touch()
    (ca / "serial").write_text("1000\n")
    (ca / "ca.cnf").write_text(f"""
[ca]
default_ca = internal
[internal]
dir = {ca}
new_certs_dir = {ca}/new
database = {ca}/index.txt
serial = {ca}/serial
certificate = {ca}/ca.crt
private_key = {ca}/ca.key
default_md = sha256
default_days = 90
policy = anything
copy_extensions = copy
[anything]
commonName = supplied
organizationName = optional
""")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca / "ca.key",
        "-out", ca / "ca.crt", "-subj", "/CN=Contoso Issuing CA", "-days", "365")
    csr, answer = tmp_path / "r.csr", tmp_path / "answer.pem"
    exoctl.run("cert", "request", "--subject", "CN=By the CA,O=Contoso", "--out", csr)
    run("openssl", "ca", "-batch", "-config", ca / "ca.cnf", "-in", csr, "-out", answer, "-notext")
    assert "Verified." in run("certtool", "--verify", "--load-ca-certificate", ca / "ca.crt", "--infile", answer)
    done = exoctl.json("cert", "complete", answer, "--chain", ca / "ca.crt", "-o", "json")
    pfx = tmp_path / "chain.pfx"
    exoctl.run("cert", "export", done["thumbprint"], "--format", "pfx",
               "--password-env", "PFX_PASSWORD", "--out", pfx)
    key, cert, chain = pkcs12.load_key_and_certificates(pfx.read_bytes(), PASSWORD.encode())
    assert cert.issuer == chain[0].subject and key.public_key() == cert.public_key()


@pytest.mark.skipif(not DOTNET.exists(), reason="no .NET runtime under target/interop-dotnet")
def test_dotnet_finds_the_certificate_by_thumbprint_and_signs(exoctl, tmp_path):
    made = exoctl.json("cert", "new", "--subject", "CN=For PowerShell", "--valid-for", "90d",
                       "--store", "dotnet", "-o", "json")
    environment = {**os.environ, "HOME": str(exoctl.home), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    assert "signed as CN=For PowerShell" in run(DOTNET / "azmcp", made["thumbprint"], env=environment)
    missing = subprocess.run([DOTNET / "azmcp", "0" * 40], env=environment, capture_output=True, text=True)
    assert missing.returncode == 1 and "found 0 of" in missing.stdout


def test_the_readers_are_all_here():
    for program in ("keytool", "certtool", "certutil", "pk12util"):
        assert shutil.which(program), f"{program} is missing; scripts/test installs it"
