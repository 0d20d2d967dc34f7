"""OpenSSL reads every certificate, request, PKCS#12 and PEM file that exoctl writes."""

import hashlib
import subprocess

from conftest import PASSWORD


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, input=stdin)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def modulus(*arguments):
    return openssl(*arguments, "-noout", "-modulus")


def test_the_certificate_is_what_was_asked_for(certificate):
    text = openssl("x509", "-inform", "DER", "-in", certificate.cer, "-noout", "-text").decode()
    # RFC 4514 writes the most specific name first, DER holds it last.
    assert "Subject: O = Contoso, CN = EXO Reporting" in text
    assert "sha256WithRSAEncryption" in text
    assert "DNS:exo.contoso.com" in text
    assert "TLS Web Client Authentication" in text
    der = certificate.cer.read_bytes()
    assert hashlib.sha1(der).hexdigest().upper() == certificate.thumbprint


def test_the_certificate_verifies_against_itself(certificate):
    openssl("verify", "-CAfile", certificate.pem, "-check_ss_sig", certificate.pem)


def test_pem_keys_belong_to_the_certificate(certificate):
    expected = modulus("x509", "-in", certificate.pem)
    assert modulus("rsa", "-in", certificate.key_pem) == expected
    assert modulus("rsa", "-in", certificate.encrypted_pem, "-passin", f"pass:{PASSWORD}") == expected
    assert b"ENCRYPTED PRIVATE KEY" in certificate.encrypted_pem.read_bytes()


def test_pkcs12_files_open_and_carry_what_windows_needs(certificate):
    for pfx, algorithms in [
        (certificate.pfx, ["AES-256-CBC", "hmacWithSHA256", "MAC: sha256"]),
        (certificate.legacy_pfx, ["pbeWithSHA1And3-KeyTripleDES-CBC", "MAC: sha1"]),
    ]:
        done = subprocess.run(
            ["openssl", "pkcs12", "-legacy", "-info", "-nodes", "-in", pfx, "-passin", f"pass:{PASSWORD}"],
            capture_output=True, text=True, check=True,
        )
        everything = done.stdout + done.stderr
        for expected in algorithms:
            assert expected in everything, f"{pfx.name}: {expected}"
        assert "Microsoft Enhanced RSA and AES Cryptographic Provider" in everything
        assert "localKeyID" in everything and "friendlyName" in everything
        assert "BEGIN PRIVATE KEY" in done.stdout and "BEGIN CERTIFICATE" in done.stdout


def test_a_request_verifies_and_its_certificate_completes_it(exoctl, tmp_path):
    csr, answer, ca_key, ca = (tmp_path / name for name in ("r.csr", "r.crt", "ca.key", "ca.crt"))
    exoctl.run("cert", "request", "--subject", "CN=EXO from the CA,O=Contoso", "--out", csr)
    openssl("req", "-in", csr, "-verify", "-noout")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca,
            "-subj", "/CN=Contoso Issuing CA", "-days", "30")
    openssl("x509", "-req", "-in", csr, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", "20", "-sha256", "-out", answer)
    done = exoctl.json("cert", "complete", answer, "--chain", ca, "-o", "json")
    digest = openssl("x509", "-in", answer, "-noout", "-fingerprint", "-sha1").decode()
    assert done["thumbprint"] == digest.split("=")[1].strip().replace(":", "")
    shown = exoctl.json("cert", "show", done["thumbprint"], "-o", "json")
    assert shown["hasPrivateKey"] is True
