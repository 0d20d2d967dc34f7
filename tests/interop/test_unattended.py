"""A month's audit job that nobody watches, as a new user makes it: five commands, then the months go by on the
simulated tenant's clock, one of them with the machine off and one over the change to summer time."""

import datetime
import email
import email.policy
import json
import pathlib
import shlex
import signal
import subprocess
import threading
import time

import pytest

from conftest import Exoctl
from receivers import mail_servers

JOB = "audit-monthly"
PATIENCE = 120


def commands_of_the_readme():
    """The words of the section's commands. On the third at six in Berlin is five by UTC in winter, four in summer."""
    readme = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    section = readme.split("## Leave it alone\n")[1].split("\n## ")[0]
    block = section.split("```console\n")[1].split("```")[0].replace("\\\n", " ")
    return [shlex.split(line)[2:] for line in block.splitlines() if line.startswith("$ exoctl ")]


def utc(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Machine:
    """A machine that runs `exoctl serve`, and loses its power."""

    def __init__(self, exoctl):
        self.exoctl, self.serve = exoctl, None

    def switch_on(self):
        self.serve = subprocess.Popen([self.exoctl.binary, "serve"], env=self.exoctl.environment,
                                      stderr=subprocess.PIPE, text=True)
        said = []
        for line in self.serve.stderr:
            said.append(line)
            if line.startswith("Serving"):
                break
        # What it says later is of no interest, but somebody has to take it.
        threading.Thread(target=self.serve.stderr.read, daemon=True).start()
        return "".join(said)

    def lose_power(self):
        self.serve.send_signal(signal.SIGKILL)
        self.serve.wait()

    def switch_off(self):
        self.serve.terminate()
        return self.serve.wait(timeout=PATIENCE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A home with nothing in it, a tenant with nothing registered, and a mail server."""
    home = tmp_path_factory.mktemp("unattended")
    exoctl = Exoctl(home)
    tenant = home / "tenant"
    with mail_servers(tmp_path_factory.mktemp("unattended-smtp")) as post:
        process = subprocess.Popen(
            [exoctl.binary, "sim", "--state", tenant, "--mailboxes", "20", "--audit-records", "4000",
             "--audit-from", "2027-01-01", "--audit-to", "2027-05-10"],
            env=exoctl.environment, stdout=subprocess.PIPE, text=True)
        ready = json.loads(process.stdout.readline())
        exoctl.environment["EXOCTL_ENVIRONMENT"] = ready["environment"]
        exoctl.run("sim", "clock", "--state", tenant, "--to", "2027-02-20T12:00:00Z")
        yield exoctl, tenant, post
        process.terminate()
        process.wait(timeout=20)


def history(exoctl):
    rows = exoctl.run("job", "history", JOB, "-o", "json").stdout
    return sorted(json.loads(rows), key=lambda row: row["scheduled"])


def ended(exoctl, count):
    """Waits until so many runs have ended and been told; a machine is not asked to be quick."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        runs = history(exoctl)
        status = json.loads(exoctl.run("status", "-o", "json", check=False).stdout)
        status = status[0] if isinstance(status, list) else status
        over = [run for run in runs if run["state"] not in ("ready", "admitted", "running")]
        if len(over) >= count and status["notifications"]["waiting"] == 0:
            return runs
        threading.Event().wait(0.5)
    raise AssertionError(f"not {count} runs in time: {history(exoctl)}")


def test_three_months_pass(place):
    exoctl, tenant, (mailbox, ca, ports) = place
    go_to = lambda moment: exoctl.run("sim", "clock", "--state", tenant, "--to", moment)
    here = {"./tenant": tenant, "token.txt": exoctl.home / "token.txt", "smtp.contoso.com": f"localhost:{ports['open']}"}
    token, setup, add, run, serve = [[here.get(word, word) for word in words] for words in commands_of_the_readme()]
    assert token[-2] == ">"
    token[-1].write_text(exoctl.run(*token[:-2]).stdout)
    exoctl.run(*setup)
    # All but the authority of the test's mail server is as it is written.
    exoctl.run(*add, "--smtp-ca", ca)
    exoctl.run(*run)
    assert serve == ["serve"]
    machine = Machine(exoctl)
    machine.switch_on()

    assert [run["state"] for run in ended(exoctl, 1)] == ["done"]
    status = exoctl.run("status")
    assert "all is well" in status.stdout and "2027-03-03 06:00 CET" in status.stdout, status.stdout

    go_to("2027-03-03T04:59:00Z")
    assert len(history(exoctl)) == 1
    go_to("2027-03-03T05:00:05Z")
    ended(exoctl, 2)

    # The machine has no power from the middle of March to the tenth of April.
    machine.lose_power()
    go_to("2027-03-28T00:59:00Z")
    assert "2027-04-03 06:00 CEST" in exoctl.run("status", check=False).stdout
    go_to("2027-04-10T09:00:00Z")
    missed = exoctl.run("status", check=False)
    assert missed.returncode == 3 and "nobody has looked since it was due at 2027-04-03 04:00 UTC" in missed.stdout
    said = machine.switch_on()
    assert "Runs that were missed: 1" in said, said
    ended(exoctl, 3)

    go_to("2027-05-03T04:00:05Z")
    runs = ended(exoctl, 4)
    assert machine.switch_off() == 0

    assert [run["state"] for run in runs] == ["done"] * 4, runs
    assert [run["trigger"] for run in runs] == ["manual", "schedule", "catch-up", "schedule"]
    assert [utc(run["scheduled"]) for run in runs[1:]] == [
        utc("2027-03-03T05:00:00Z"), utc("2027-04-03T04:00:00Z"), utc("2027-05-03T04:00:00Z")]

    # What was mailed: each month once, complete, as the tenant's log has it.
    mails = [email.message_from_bytes(envelope.content, policy=email.policy.default)
             for _, _, envelope in mailbox.mails]
    months = ["2027-01-01 up to 2027-02-01", "2027-02-01 up to 2027-03-01",
              "2027-03-01 up to 2027-04-01", "2027-04-01 up to 2027-05-01"]
    subjects = [mail["subject"] for mail in mails]
    assert len(subjects) == 4 and len({mail["message-id"] for mail in mails}) == 4, subjects
    for subject, month in zip(subjects, months):
        assert "complete" in subject and month in subject, subjects
    exports = sorted((exoctl.home / "exoctl/data/runs" / JOB).glob("*/*/audit"))
    assert len(exports) == 4
    for export in exports:
        exoctl.run("audit", "verify", export)

    calm = exoctl.run("status", check=False)
    assert calm.returncode == 0, calm.stdout
