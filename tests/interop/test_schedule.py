"""Files for schedulers, judged by the schedulers' own tools where they can be had, else by parsers and
schemas of others: systemd by systemd-analyze, cron by croniter and a shell, Task Scheduler by the XML schema
of its documentation, launchd by plistlib, Kubernetes by the schemas that its releases publish."""

import datetime
import json
import pathlib
import plistlib
import re
import shlex
import shutil
import subprocess
import zoneinfo

import kubernetes_validate
import pytest
import xmlschema
import yaml
from croniter import croniter

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc

# A job a schedule: what is handed over to the scheduler, and what is not.
SCHEDULES = {
    "a-monthly": "monthly on day 1 at 06:00 Europe/Berlin",
    "b-nightly": "daily at 02:30 Europe/Berlin",
    "c-last-day": "monthly on last day at 20:00",
    "d-first-monday": "monthly on first monday at 07:05 America/New_York",
    "e-last-friday": "monthly on last friday at 17:00",
    "f-workdays": "*/15 8-17 * * 1-5",
    "g-odd": "5,35 1-23/2 13 * 5",
    "h-every": "every 7h",
    "i-after": "after-month-end 48h Europe/Berlin",
    "j-quarter": "quarterly on day 2 at 04:15 Asia/Tokyo",
}
PROGRAM = "/usr/local/bin/exoctl"


@pytest.fixture(scope="module")
def installed(exoctl, tmp_path_factory):
    """Writes the files of all jobs for a scheduler; gives their directory."""
    folder = tmp_path_factory.mktemp("schedule")
    jobs = folder / "jobs"
    jobs.mkdir()
    for name, schedule in SCHEDULES.items():
        (jobs / f"{name}.toml").write_text(
            f'name = "{name}"\ndescription = "100 % of <it> & \\"more\\""\nprofiles = ["*"]\n'
            f'schedule = "{schedule}"\n[[steps]]\ncmdlet = "Get-Mailbox"\n')

    def install(scheduler, *more):
        out = folder / scheduler
        exoctl.run("schedule", "install", "--all", "--with", scheduler, "--out", out,
                   *more, EXOCTL_JOBS=str(jobs))
        checked = exoctl.run("schedule", "status", "--with", scheduler, "--out", out, "--check",
                             EXOCTL_JOBS=str(jobs))
        assert "differs" not in checked.stdout
        return out

    install.jobs = jobs
    return install


def occurrences(exoctl, installed, name):
    """The next five times of a job, as exoctl computes them."""
    shown = exoctl.run("job", "check", installed.jobs / f"{name}.toml", "-o", "json", check=False)
    rows = json.loads(shown.stdout)
    [row] = rows if isinstance(rows, list) else [rows]
    return [instant(time["utc"]) for time in row["next"]]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd(exoctl, installed):
    # Units name a program and an account that have to be there.
    units = installed("systemd", "--user", "root", "--program", "/bin/true")
    services = sorted(units.glob("exoctl-*.service"))
    timers = sorted(units.glob("exoctl-*.timer"))
    assert (len(services), len(timers)) == (len(SCHEDULES) + 1, len(SCHEDULES))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *services, *timers],
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")

    for name in SCHEDULES:
        timer = (units / f"exoctl-{name}.timer").read_text()
        lines = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
        theirs = set()
        for line in lines:
            shown = subprocess.run(["systemd-analyze", "calendar", "--iterations=40", line],
                                   capture_output=True, text=True, check=True, env={"TZ": "UTC"})
            times = re.findall(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): (?:\w+ )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", shown.stdout)
            theirs |= {instant(time.replace(" ", "T") + "Z") for time in times}
        assert theirs, (name, lines)
        if lines == ["*-*-* *:00/10:00 UTC"]:
            # Looked at often, and the ledger decides.
            assert name in ("b-nightly", "h-every", "i-after"), name
            continue
        ours = occurrences(exoctl, installed, name)
        assert sorted(theirs)[:len(ours)] == ours, (name, lines)

    score = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=30", units / "exoctl-a-monthly.service"],
        capture_output=True, text=True)
    assert score.returncode == 0, score.stdout.splitlines()[-1]


def test_cron(installed):
    folder = installed("cron", "--user", "exoctl", "--program", PROGRAM)
    for name in SCHEDULES:
        path = folder / f"exoctl-{name}"
        # run-parts' names, and nobody else may write: cron(8) passes over all others.
        assert re.fullmatch(r"[A-Za-z0-9_-]+", path.name) and path.stat().st_mode & 0o777 == 0o644
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        *variables, entry = lines
        assert all(re.fullmatch(r'[A-Z_]+="?[^"]*"?', line) for line in variables), variables
        *fields, user, command = entry.split(None, 6)
        assert user == "exoctl"
        start = datetime.datetime(2026, 3, 29, tzinfo=UTC)
        times = croniter(" ".join(fields), start)
        gaps = {times.get_next(datetime.datetime) - start.replace(minute=0) for _ in range(3)}
        assert len(gaps) == 3
        first, second = times.get_next(datetime.datetime), times.get_next(datetime.datetime)
        assert second - first == datetime.timedelta(minutes=10)
        said = subprocess.run(["sh", "-c", "printf '%s\\n' " + command.replace("\\%", "%")],
                              capture_output=True, text=True, check=True)
        assert said.stdout.splitlines() == [PROGRAM, "--quiet", "job", "run", name, "--if-due"]
        assert shlex.split(command)


def test_task_scheduler(installed):
    schema = xmlschema.XMLSchema(str(HERE / "task.xsd"))
    folder = installed("task-scheduler", "--user", "CONTOSO\\exoctl$", "--program", "C:\\exoctl\\exoctl.exe")
    for name in SCHEDULES:
        path = folder / f"exoctl-{name}.xml"
        raw = path.read_bytes()
        assert raw[:2] == b"\xff\xfe"
        # As Get-Content -Raw hands it over: text, whose declaration says UTF-16.
        text = raw.decode("utf-16")
        schema.validate(text.replace('encoding="UTF-16"', ""))
        task = schema.to_dict(text.replace('encoding="UTF-16"', ""))
        assert task["Settings"]["MultipleInstancesPolicy"] == "IgnoreNew"
        assert task["Settings"]["StartWhenAvailable"] is True
        assert task["RegistrationInfo"]["Description"].endswith('100 % of <it> & "more"')
        [action] = task["Actions"]["Exec"]
        assert f"--quiet job run {name} --if-due --not-due-ok" in action["Arguments"]


def test_launchd(installed):
    folder = installed("launchd", "--user", "_exoctl", "--program", PROGRAM)
    for name in SCHEDULES:
        daemon = plistlib.loads((folder / f"exoctl.{name}.plist").read_bytes())
        assert daemon["Label"] == f"exoctl.{name}"
        assert daemon["ProgramArguments"] == [PROGRAM, "--quiet", "job", "run", name, "--if-due", "--not-due-ok"]
        minutes = [time["Minute"] for time in daemon["StartCalendarInterval"]]
        assert len(minutes) == 6 and {b - a for a, b in zip(minutes, minutes[1:])} == {10}
        assert daemon["Umask"] == 0o077 and "StartInterval" not in daemon


def test_kubernetes(exoctl, installed):
    folder = installed("kubernetes", "--image", "registry.example/exoctl:1")
    for name in SCHEDULES:
        documents = list(yaml.safe_load_all((folder / f"exoctl-{name}.yaml").read_text()))
        assert [document["kind"] for document in documents] == ["ConfigMap", "CronJob"]
        for document in documents:
            kubernetes_validate.validate(document, "1.31", strict=True)
        config, cron = documents
        assert config["data"][f"{name}.toml"] == (installed.jobs / f"{name}.toml").read_text()
        spec = cron["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        if re.fullmatch(r"\d-59/10 \* \* \* \*", spec["schedule"]):
            continue
        # The controller's zone rules are Go's; where it is used no change-over is met.
        zone = zoneinfo.ZoneInfo(spec["timeZone"])
        ours = occurrences(exoctl, installed, name)
        begin = (ours[0] - datetime.timedelta(seconds=1)).astimezone(zone)
        times = croniter(spec["schedule"], begin)
        assert [times.get_next(datetime.datetime).astimezone(UTC) for _ in ours] == ours, name
