"""Notifications, as those who are told see them: a web server, aiosmtpd, and other people's libraries."""

import email
import email.policy
import json
import os
import pathlib
import subprocess
import urllib.parse
import uuid

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from clients import NODE
from receivers import PASSWORD, authority_and_server, mail_servers, web_server

HERE = pathlib.Path(__file__).parent
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLANTED = "S3cr3tS3cr3tS3cr3t"


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    with mail_servers(tmp_path_factory.mktemp("smtp")) as servers:
        yield servers


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    ca, certificate = authority_and_server(folder)
    with web_server(certificate) as server:
        server.ca, server.port = ca, server.server_address[1]
        yield server


@pytest.fixture(scope="module")
def notify(exoctl, post, web, tmp_path_factory):
    """Runs `exoctl notify` with one channel of each kind."""
    _, ca, ports = post
    home = tmp_path_factory.mktemp("notify")
    (home / "config").mkdir()
    hook = f"https://localhost:{web.port}/{PLANTED}"
    (home / "config/notify.toml").write_text(f"""
[channel.post]
kind = "mail"
from = "exoctl <exoctl@contoso.com>"
to = ["ops@contoso.com", "boss@contoso.com"]
smtp = "localhost:{ports["login"]}"
ca = "{ca}"
user = "audit"
password = "env:MAIL_PASSWORD"

[channel.room]
kind = "teams"
url = "env:HOOK"
ca = "{web.ca}"

[channel.chat]
kind = "slack"
url = "env:HOOK"
ca = "{web.ca}"

[channel.program]
kind = "webhook"
url = "env:HOOK"
ca = "{web.ca}"
key = "env:KEY"

[channel.alive]
kind = "healthcheck"
url = "file:check"
ca = "{web.ca}"
exit_code = true

[channel.stranger]
kind = "slack"
url = "env:HOOK"
""")
    (home / "config/check").write_text(f"{hook}/{{job}}-{{tenant}}?create=1\n")

    def run(*arguments, check=True, command="notify"):
        web.posts.clear()
        post[0].mails.clear()
        done = exoctl.run(command, *arguments, check=check, EXOCTL_HOME=str(home), HOOK=hook, KEY=KEY,
                          MAIL_PASSWORD=PASSWORD)
        for secret in PLANTED, KEY, PASSWORD:
            assert secret not in done.stdout + done.stderr
        return done

    run.home = home
    return run


def test_a_webhook_is_verified_by_the_standards_own_library(notify, web):
    notify("test", "program", "--event", "failure")
    [(_, headers, body)] = web.posts
    message = Webhook(KEY).verify(body, headers)
    assert message["type"] == "run.failure" and message["cause"]["code"] == "AADSTS700027"
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(body.replace(b"contoso", b"fabrikam"), headers)


@pytest.mark.parametrize("event", ["failure", "success", "late", "test"])
def test_microsofts_library_reads_the_card(notify, web, event):
    notify("test", "room", "--event", event)
    [(_, headers, body)] = web.posts
    assert len(body) <= 28_000 and headers["content-type"] == "application/json"
    message = json.loads(body)
    assert message["type"] == "message"
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    judged = judge(attachment["content"])
    assert judged["complaints"] == [] and judged["elements"] == len(attachment["content"]["body"])
    wrong = {**attachment["content"], "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "size": "Huge"}]}]}
    assert judge(wrong)["complaints"], "the judge does complain"


def judge(card):
    done = subprocess.run(["node", HERE / "node/card.mjs"], input=json.dumps(card), capture_output=True, text=True,
                          timeout=60, env={**os.environ, "JUDGES": str(NODE)})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_slack_gets_blocks_without_markup(notify, web):
    notify("test", "chat", "--event", "recovered")
    [(_, _, body)] = web.posts
    message = json.loads(body)
    assert message["text"] == "monthly-audit works again for contoso"
    assert {block["type"] for block in message["blocks"]} == {"rich_text"}


# The endpoints of https://healthchecks.io/docs/http_api/.
@pytest.mark.parametrize("event, signal", [
    ("started", "/start"), ("success", ""), ("failure", "/4"), ("late", "/log"), ("test", "/log")])
def test_a_check_is_pinged_as_its_protocol_says(notify, web, event, signal):
    notify("test", "alive", "--event", event)
    [(path, headers, body)] = web.posts
    url = urllib.parse.urlsplit(path)
    slug = "" if event == "test" else "monthly-audit-contoso"
    assert url.path == f"/{PLANTED}/{slug or '-'}{signal}"
    query = urllib.parse.parse_qs(url.query)
    assert query["create"] == ["1"] and uuid.UUID(query["rid"][0])
    assert headers["content-type"].startswith("text/plain") and body


def test_a_check_that_is_not_there_is_noticed(notify, web):
    web.answers.append((200, b"OK (not found)"))
    done = notify("test", "alive", check=False)
    assert done.returncode == 1 and "OK (not found)" in done.stderr and "[notify-refused]" in done.stderr


def test_a_mail_comes_over_starttls_with_an_id_of_its_own(notify, post):
    row = json.loads(notify("test", "post", "--event", "failure", "-o", "jsonl").stdout)
    [(encrypted, login, envelope)] = post[0].mails
    assert encrypted and login == b"PLAIN" and envelope.rcpt_tos == ["ops@contoso.com", "boss@contoso.com"]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert not mail.defects and mail["subject"] == "monthly-audit failed for contoso"
    assert mail["message-id"] == row["receipt"] and row["receipt"].startswith("<exoctl.run.")
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in text, page:
        assert "AADSTS700027" in part and "exoctl doctor --profile contoso" in part


def test_what_is_not_taken_is_told_without_the_address(notify, web):
    web.answers.append((404, f"no such hook: {PLANTED}".encode()))
    done = notify("test", "chat", check=False)
    assert done.returncode == 1 and "404 no such hook: ***" in done.stderr
    done = notify("test", "stranger", check=False)
    assert done.returncode == 7 and "localhost" in done.stderr and not web.posts


@pytest.fixture(scope="module")
def job(notify, exoctl, tenant, certificate, application):
    """A job that fails, and tells a program and a check of it."""
    exoctl.run(
        "--environment", tenant["environment"], "--profile", "contoso", "Connect-ExchangeOnline",
        "-CertificateFilePath", certificate.key_pem, "-AppId", application["appId"],
        "-Organization", tenant["organization"], EXOCTL_HOME=str(notify.home))
    (notify.home / "config/jobs").mkdir()
    (notify.home / "config/jobs/wrong.toml").write_text("""
name = "wrong"
profile = "contoso"

[[steps]]
cmdlet = "Get-Mailbox -Identity nobody-of-this-name"
output = "mailboxes.csv"

[notify]
on = ["failure"]
to = ["program", "alive"]
""")
    return "wrong"


def test_a_failing_run_is_told_and_what_was_given_up_is_told_when_somebody_wants_it(notify, web, job):
    # The check gets its start and its end only when somebody carries: after the run.
    web.answers.extend([(410, b"gone")] * 3)
    done = notify("run", job, command="job", check=False)
    assert done.returncode == 1, "what is not told does not change what became of the run"
    assert len(web.posts) == 3
    given_up = [json.loads(line) for line in notify("outbox", "--failed", "-o", "jsonl").stdout.splitlines()]
    assert {(row["channel"], row["event"], row["tries"]) for row in given_up} == {
        ("program", "failure", 1), ("alive", "started", 1), ("alive", "failure", 1)}
    assert all("410 gone" in row["error"] for row in given_up)

    done = notify("outbox", "--retry", "-o", "jsonl")
    assert {json.loads(line)["state"] for line in done.stdout.splitlines()} == {"sent"}
    bodies = {urllib.parse.urlsplit(path).path: (headers, body) for path, headers, body in web.posts}
    headers, body = bodies[f"/{PLANTED}"]
    message = Webhook(KEY).verify(body, headers)
    run = message["run"]
    assert message["type"] == "run.failure" and message["cause"]["text"] and message["log"]
    assert headers["webhook-id"] == f"run.{run}.failure"
    # Start and end of a run have one rid, and the end has the log.
    pings = {urllib.parse.urlsplit(path).path.rsplit("/", 1)[1]: (path, body)
             for path, _, body in web.posts if "wrong-contoso" in path}
    assert set(pings) == {"start", "1"} and all(f"rid={run}" in path for path, _ in pings.values())
    assert b"nobody-of-this-name" in pings["1"][1]
    assert notify("outbox", "--failed", "-o", "jsonl").stdout == ""
