"""A report by mail: received by aiosmtpd over STARTTLS, opened by Python's email parser."""

import email
import email.policy
import hashlib
import io
import json
import subprocess
import zipfile

import pytest

from receivers import PASSWORD, TOKEN, authority_and_server, mail_servers


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    with mail_servers(tmp_path_factory.mktemp("smtp")) as servers:
        yield servers


@pytest.fixture(scope="module")
def export(exoctl, certificate, tmp_path_factory):
    """A month of a tenant of its own, exported; the planted incidents are in it."""
    state = tmp_path_factory.mktemp("audit-tenant")
    process = subprocess.Popen(
        [exoctl.binary, "sim", "--listen", "127.0.0.1:0", "--state", state, "--audit-records", "6000",
         "--audit-from", "2026-10-01", "--audit-to", "2026-11-01"],
        env=exoctl.environment, stdout=subprocess.PIPE, text=True)
    ready = json.loads(process.stdout.readline())
    application = exoctl.json("sim", "register", "--state", state, "--certificate", certificate.cer,
                              "--role", "Exchange Administrator", "--name", "audit")
    directory = tmp_path_factory.mktemp("audit") / "2026-10"
    home = {"EXOCTL_HOME": exoctl.environment["EXOCTL_HOME"]}
    exoctl.run("--environment", ready["environment"], "Connect-ExchangeOnline", "-CertificateThumbprint",
               certificate.thumbprint, "-AppId", application["appId"], "-Organization", ready["organization"], **home)
    exoctl.run("--environment", ready["environment"], "audit", "export", "--from", "2026-10-01", "--to-date", "2026-11-01",
               "--to", directory, **home)
    yield directory
    process.terminate()
    process.wait(timeout=20)


def send(exoctl, export, post, server, *more, check=True, authority=None, **variables):
    mailbox, ca, ports = post
    mailbox.mails.clear()
    done = exoctl.run("audit", "report", export, "-o", "jsonl", "--mail-to", "review@contoso.com,boss@contoso.com",
                      "--mail-from", "Audit <audit@contoso.com>", "--smtp", f"localhost:{ports[server]}",
                      "--smtp-ca", authority or ca, *more, check=check, **variables)
    return done, mailbox.mails


def test_a_mail_comes_over_starttls_and_opens(exoctl, export, post):
    limit = 2_000_000
    done, mails = send(exoctl, export, post, "open", "--attach-limit", str(limit))
    [(encrypted, _, envelope)] = mails
    assert encrypted and envelope.rcpt_tos == ["review@contoso.com", "boss@contoso.com"]
    assert len(envelope.content) < limit
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert not mail.defects
    assert mail["subject"].startswith("Audit review contoso.onmicrosoft.com: complete, 2026-10-01 up to 2026-11-01 UTC")
    manifest = (export / "manifest.jsonl").read_bytes()
    digest = hashlib.sha256(manifest).hexdigest()
    text = mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    files = [entry for entry in map(json.loads, manifest.splitlines()) if entry["entry"] == "file"]
    for part in text, page:
        assert digest in part and all(entry["sha256"] in part for entry in files)
        assert str(export) in part
    assert text.startswith("AUDIT REVIEW contoso.onmicrosoft.com: COMPLETE")
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    bytes_of = lambda content: content.encode() if isinstance(content, str) else content
    assert bytes_of(attached["manifest.jsonl"]) == manifest
    assert bytes_of(attached["manifest.jws"]) == (export / "manifest.jws").read_bytes()
    # The data files are larger than the limit; zipped, one of them fits.
    assert set(attached) == {"manifest.jsonl", "manifest.jws", "audit.jsonl.zip"}
    assert "Attached zipped, the hashes are those of the files within: audit.jsonl." in text
    assert "Not attached, for the mail would be too large: audit.csv." in text
    [entry] = [entry for entry in files if entry["file"] == "audit.jsonl"]
    with zipfile.ZipFile(io.BytesIO(attached["audit.jsonl.zip"])) as archive:
        assert archive.namelist() == ["audit.jsonl"]
        assert hashlib.sha256(archive.read("audit.jsonl")).hexdigest() == entry["sha256"]
    row = json.loads(done.stdout)
    assert row["messageId"] == mail["message-id"] == f"<exoctl.audit.{digest}@contoso.com>"
    _, again = send(exoctl, export, post, "open", "--attach-limit", "0")
    other = email.message_from_bytes(again[0][2].content, policy=email.policy.default)
    assert other["message-id"] == mail["message-id"] and not list(other.iter_attachments())
    text = other.get_body(("plain",)).get_content()
    assert "Not attached, for the mail would be too large:" in text and "audit.csv" in text


def test_everything_goes_along_under_a_large_limit(exoctl, export, post):
    _, [(_, _, envelope)] = send(exoctl, export, post, "tls", "--smtp-tls", "implicit", "--attach-limit", "40MiB")
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    parts = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    for name in "audit.jsonl", "audit.csv", "manifest.jsonl", "manifest.jws":
        assert parts[name] == (export / name).read_bytes(), name


def test_a_password_and_a_token_prove_who_sends(exoctl, export, post):
    none = ("--attach-limit", "0", "--smtp-user", "audit")
    _, [(_, login, _)] = send(exoctl, export, post, "login", *none, "--smtp-password", "env:MAIL", MAIL=PASSWORD)
    assert login == b"PLAIN"
    _, [(_, login, _)] = send(exoctl, export, post, "login", *none, "--smtp-token", "env:MAIL", MAIL=TOKEN)
    assert login == b"token"
    done, mails = send(exoctl, export, post, "login", *none, "--smtp-password", "env:MAIL", MAIL="wrong", check=False)
    assert done.returncode != 0 and not mails and "535" in done.stderr
    assert "wrong" not in done.stderr


def test_nothing_is_sent_in_the_clear_or_to_a_stranger(exoctl, export, post, tmp_path):
    done, mails = send(exoctl, export, post, "clear", check=False)
    assert done.returncode != 0 and not mails and "STARTTLS" in done.stderr
    other, _ = authority_and_server(tmp_path)
    done, mails = send(exoctl, export, post, "open", check=False, authority=other)
    assert done.returncode != 0 and not mails and "TLS" in done.stderr
