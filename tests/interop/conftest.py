"""A simulated tenant run by the real binary, and a certificate registered on it.

The judges in this folder know nothing of exoctl's code: they see its files, its command line
and what it sends.
"""

import json
import os
import pathlib
import subprocess

import pytest

PASSWORD = "Passw0rd!"

# A machine's own bundle would win over the one that a test names.
for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
    os.environ.pop(variable, None)


class Exoctl:
    """The binary under test with a home of its own."""

    def __init__(self, home):
        self.binary = pathlib.Path(os.environ["EXOCTL_BINARY"]).resolve()
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "EXOCTL_HOME": str(home / "exoctl"),
            "PFX_PASSWORD": PASSWORD,
        }

    def run(self, *arguments, check=True, **variables):
        done = subprocess.run(
            [self.binary, *map(str, arguments)],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"exoctl {arguments} ended with {done.returncode}: {done.stderr}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments).stdout)


class Certificate:
    """A certificate that exoctl made, in every form that it writes."""

    def __init__(self, exoctl, folder, subject="CN=EXO Reporting,O=Contoso"):
        made = exoctl.json(
            "cert", "new", "--subject", subject, "--valid-for", "1y",
            "--dns-name", "exo.contoso.com", "-o", "json",
        )
        self.thumbprint = made["thumbprint"]
        self.cer = folder / "exo.cer"
        self.pem = folder / "exo.pem"
        self.key_pem = folder / "exo-key.pem"
        self.encrypted_pem = folder / "exo-encrypted.pem"
        self.pfx = folder / "exo.pfx"
        self.legacy_pfx = folder / "exo-legacy.pfx"
        export = ("cert", "export", self.thumbprint)
        exoctl.run(*export, "--format", "cer", "--out", self.cer)
        exoctl.run(*export, "--format", "pem", "--out", self.pem)
        exoctl.run(*export, "--format", "pem", "--private-key", "--no-password", "--out", self.key_pem)
        password = ("--password-env", "PFX_PASSWORD")
        exoctl.run(*export, "--format", "pem", "--private-key", *password, "--out", self.encrypted_pem)
        exoctl.run(*export, "--format", "pfx", *password, "--out", self.pfx)
        exoctl.run(*export, "--format", "pfx", "--legacy", *password, "--out", self.legacy_pfx)


@pytest.fixture(scope="session")
def exoctl(tmp_path_factory):
    return Exoctl(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def certificate(exoctl, tmp_path_factory):
    return Certificate(exoctl, tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def tenant(exoctl, tmp_path_factory):
    """The ready line of a simulated tenant with 2,345 mailboxes."""
    state = tmp_path_factory.mktemp("tenant")
    process = subprocess.Popen(
        [exoctl.binary, "sim", "--listen", "127.0.0.1:0", "--state", state, "--mailboxes", "2345"],
        env=exoctl.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    ready = json.loads(process.stdout.readline())
    ready["state"] = str(state)
    yield ready
    process.terminate()
    assert process.wait(timeout=20) == 0, "SIGTERM must stop the simulated tenant cleanly"


@pytest.fixture(scope="session")
def application(exoctl, tenant, certificate):
    """An application with the certificate, the permission, consent and a role."""
    return exoctl.json(
        "sim", "register", "--state", tenant["state"], "--certificate", certificate.cer,
        "--role", "Exchange Administrator", "--name", "interop",
    )
