"""Everything side by side, in one run, against one simulated tenant: prints a table of ratios.

    run.py [--rounds N] [--quick] [--only NAME,…]

exoctl's release binary must be there (scripts/bench builds it). What a user would otherwise use is
Python (msal + requests), Node (@azure/msal-node + fetch), curl and openssl.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

import jwt
from audit import audit
from cryptography.hazmat.primitives.serialization import pkcs12
from table import shown, write

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
EXOCTL = TARGET / "release" / "exoctl"
PYTHON = ROOT / "target" / "interop" / "bin" / "python"
PASSWORD = "Passw0rd!"
SCOPE = "https://outlook.office365.com/.default"
for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
    os.environ.pop(variable, None)


class Bench:
    """A tenant, a connected exoctl, the settings that the others read, and the results."""

    def __init__(self, folder, rounds):
        self.folder, self.rounds, self.rows = folder, rounds, []
        self.tenants = []
        self.env = {**os.environ, "EXOCTL_HOME": str(folder / "home"), "PFX": PASSWORD}
        made = json.loads(self.exoctl("cert", "new", "--subject", "CN=Bench", "-o", "json"))
        self.thumbprint, self.sha256 = made["thumbprint"], made["sha256"]
        export = ("cert", "export", self.thumbprint)
        for arguments in (
            ("--format", "cer", "--out", folder / "exo.cer"),
            ("--format", "pem", "--private-key", "--no-password", "--out", folder / "key.pem"),
            ("--format", "pfx", "--password-env", "PFX", "--out", folder / "exo.pfx"),
        ):
            self.exoctl(*export, *arguments)

    def exoctl(self, *arguments, **options):
        done = subprocess.run([EXOCTL, *map(str, arguments)], env=self.env, capture_output=True,
                              text=True, **options)
        if done.returncode:
            sys.exit(f"exoctl {arguments}: {done.stderr}")
        return done.stdout

    def tenant(self, mailboxes, *options):
        """Starts a tenant, connects exoctl to it, and writes what the other clients read."""
        state = self.folder / f"tenant-{len(self.tenants)}"
        process = subprocess.Popen(
            [EXOCTL, "sim", "--state", state, "--mailboxes", str(mailboxes), *options],
            env=self.env, stdout=subprocess.PIPE, text=True)
        self.tenants.append(process)
        ready = json.loads(process.stdout.readline())
        app = json.loads(self.exoctl("sim", "register", "--state", state, "--certificate",
                                     self.folder / "exo.cer", "--role", "Exchange Administrator"))
        self.env["EXOCTL_ENVIRONMENT"] = ready["environment"]
        self.exoctl("Connect-ExchangeOnline", "-CertificateThumbprint", self.thumbprint,
                    "-AppId", app["appId"], "-Organization", ready["organization"])
        self.settings = {
            **ready, "appId": app["appId"], "sha256": self.sha256,
            "pfx": str(self.folder / "exo.pfx"), "pfxPassword": PASSWORD,
            "keyPem": str(self.folder / "key.pem"),
            "anchor": "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" + ready["tenantId"],
        }
        self.file = self.folder / "settings.json"
        self.file.write_text(json.dumps(self.settings))
        return process

    def row(self, what, against, ratio, wanted, reached, detail):
        self.rows.append((what, against, ratio, wanted, "yes" if reached else "no", detail))
        print(f"  {what} / {against}: {ratio} (wanted {wanted}) {detail}", flush=True)

    def stop(self):
        for process in self.tenants:
            process.terminate()
            process.wait(timeout=20)
        self.tenants.clear()


def once(command, **options):
    """Seconds, CPU seconds and peak MiB of one process."""
    started = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], **options)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    if status:
        sys.exit(f"{command} ended with {status}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def interleaved(rounds, commands):
    """Medians of each command, run in turns so that all meet the same machine."""
    seen = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, options) in commands.items():
            seen[name].append(once(command, **options)[0])
    return {name: statistics.median(values) for name, values in seen.items()}


def assertion(bench):
    """A ready client assertion for curl, by PyJWT."""
    pfx = (bench.folder / "exo.pfx").read_bytes()
    key, certificate, _ = pkcs12.load_key_and_certificates(pfx, PASSWORD.encode())
    der = (bench.folder / "exo.cer").read_bytes()
    x5t = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    url = f"{bench.settings['url']}/{bench.settings['tenantId']}/oauth2/v2.0/token"
    now = int(time.time())
    claims = {"aud": url, "iss": bench.settings["appId"], "sub": bench.settings["appId"],
              "jti": str(uuid.uuid4()), "nbf": now, "exp": now + 3600}
    return url, jwt.encode(claims, key, "PS256", {"x5t#S256": x5t})


def curl_scripts(bench):
    """curl with both requests, and with the second one only."""
    url, signed = assertion(bench)
    form = urllib.parse.urlencode({
        "client_id": bench.settings["appId"], "scope": SCOPE, "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed})
    (bench.folder / "form").write_text(form)
    (bench.folder / "body").write_text(
        '{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"Identity":"adele"}}}')
    ca, tid = bench.settings["ca"], bench.settings["tenantId"]
    cmdlet = (f"curl -s --cacert '{ca}' -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' "
              f"-H 'X-AnchorMailbox: {bench.settings['anchor']}' --data-binary @{bench.folder}/body "
              f"'{bench.settings['url']}/adminapi/beta/{tid}/InvokeCommand' -o {bench.folder}/answer")
    token = f"curl -s --cacert '{ca}' --data @{bench.folder}/form '{url}'"
    answer = subprocess.run(token, shell=True, capture_output=True, text=True, check=True).stdout
    ready = json.loads(answer)["access_token"]
    both = f"TOKEN=$({token} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'); {cmdlet}"
    (bench.folder / "both.sh").write_text(both)
    (bench.folder / "second.sh").write_text(f"TOKEN={ready}; {cmdlet}")


def first_record(bench):
    curl_scripts(bench)
    quiet = {"stdout": subprocess.DEVNULL}
    exoctl = [EXOCTL, "Get-Mailbox", "-Identity", "adele", "-o", "jsonl"]
    node_env = {**bench.env, "NODE_EXTRA_CA_CERTS": bench.settings["ca"]}
    node_home = ROOT / "target" / "interop-node"
    shutil.copy(ROOT / "benches" / "node_client.mjs", node_home / "node_client.mjs")
    commands = {
        "exoctl": ([*exoctl, "--no-token-cache"], {**quiet, "env": bench.env}),
        "python": ([PYTHON, ROOT / "benches" / "python_client.py", "first", bench.file], quiet),
        "node": (["node", node_home / "node_client.mjs", bench.file], {**quiet, "env": node_env}),
        "curl": (["sh", bench.folder / "both.sh"], quiet),
        "exoctl cached": (exoctl, {**quiet, "env": bench.env}),
        "curl second": (["sh", bench.folder / "second.sh"], quiet),
        "curl one process": (["curl", "--version"], quiet),
    }
    times = interleaved(bench.rounds, commands)
    ours = times["exoctl"]
    shown = ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in times.items())
    what = "cold process to first record"
    for other, wanted in (("python", 20), ("node", 10)):
        ratio = times[other] / ours
        bench.row(what, other, f"{ratio:.1f}× faster", f"{wanted}×", ratio >= wanted, shown)
        shown = ""
    ratio = ours / times["curl"]
    bench.row(what, "curl, two requests, ready assertion", f"{ratio:.2f}×", "≤ 1.3×", ratio <= 1.3, "")
    ratio = times["exoctl cached"] / times["curl second"]
    bench.row("the same with a cached token", "curl, one request", f"{ratio:.2f}×", "≤ 1.3×", ratio <= 1.3, "")


def drain(bench):
    """Fetches every page, throws the bodies away, on one connection."""
    url, signed = assertion(bench)
    parts = urllib.parse.urlsplit(bench.settings["url"])
    context = ssl.create_default_context(cafile=bench.settings["ca"])
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
    form = urllib.parse.urlencode({
        "client_id": bench.settings["appId"], "scope": SCOPE, "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed})
    connection.request("POST", urllib.parse.urlsplit(url).path, form,
                       {"Content-Type": "application/x-www-form-urlencoded"})
    token = json.loads(connection.getresponse().read())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json",
               "X-AnchorMailbox": bench.settings["anchor"], "Prefer": "odata.maxpagesize=1000"}
    body = '{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"ResultSize":"Unlimited"}}}'
    path = f"/adminapi/beta/{bench.settings['tenantId']}/InvokeCommand"
    started, volume = time.perf_counter(), 0
    while path:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        if cookie := answer.headers.get_all("Set-Cookie"):
            headers["Cookie"] = "; ".join(c.split(";")[0] for c in cookie)
        head = answer.read(4096)
        volume += len(head)
        while chunk := answer.read(1 << 20):
            volume += len(chunk)
        found = re.search(rb'"@odata.nextLink":"([^"]*)"', head)
        path = found and found.group(1).decode().split(parts.netloc)[1]
    return time.perf_counter() - started, volume


def everything(bench, mailboxes):
    quiet = {"stdout": subprocess.DEVNULL, "env": bench.env}
    script = ROOT / "benches" / "python_client.py"
    out = bench.folder / "out"
    seen = {name: [] for name in ("drain", "csv", "jsonl", "python csv", "python jsonl", "csv --out", "jsonl --out")}
    volume = 0
    for _ in range(max(1, bench.rounds // 8)):
        took, volume = drain(bench)
        seen["drain"].append(took)
        for form in ("csv", "jsonl"):
            line = [EXOCTL, "Get-Mailbox", "-ResultSize", "Unlimited", "-o", form]
            # As Python does it: an ordinary file, not brought to the disk before the program ends.
            with out.open("wb") as file:
                seen[form].append(once(line, stdout=file, env=bench.env)[0])
            seen[f"{form} --out"].append(once([*line, "--out", out], **quiet)[0])
            seen[f"python {form}"].append(once([PYTHON, script, form, bench.file, out], **quiet)[0])
    times = {name: statistics.median(values) for name, values in seen.items()}
    rate = mailboxes / times["drain"]
    detail = (f"drain {rate:,.0f} rows/s, {volume / times['drain'] / 1e6:,.0f} MB/s; "
              + ", ".join(f"{name} {value:.2f} s" for name, value in times.items()))
    for form in ("csv", "jsonl"):
        ratio = times[f"python {form}"] / times[form]
        bench.row(f"{mailboxes:,} mailboxes to {form}", "Python", f"{ratio:.1f}× faster", "10×", ratio >= 10, detail)
        share = times["drain"] / times[form]
        bench.row(f"{mailboxes:,} mailboxes to {form}", "bare drain", f"{share:.0%}", "≥ 70 %", share >= 0.7, "")
        detail = ""


def bulk(bench, rows, rate, burst):
    table = bench.folder / "bulk.csv"
    state = bench.folder / f"tenant-{len(bench.tenants) - 1}"
    select = ("Get-Mailbox", "-ResultSize", str(rows), "-o", "csv", "--select")
    names = bench.exoctl(*select, "PrimarySmtpAddress").splitlines()[1:]
    table.write_text("Who,What\n" + "".join(f"{name},Team {i % 7}\n" for i, name in enumerate(names)))
    bench.exoctl("sim", "fault", "--state", state, f"bucket:rate={rate},burst={burst},match=Set-Mailbox")
    line = [EXOCTL, "Set-Mailbox", "--input", table, "-Identity", "{Who}", "-CustomAttribute1", "{What}",
            "--concurrency", "16"]
    took, _, _ = once(line, env=bench.env, stdout=subprocess.DEVNULL)
    refused = json.loads(bench.exoctl("sim", "fault", "--state", state))["hits"]
    bench.exoctl("sim", "fault", "--state", state, "--clear")
    there = bench.exoctl(*select, "PrimarySmtpAddress,CustomAttribute1").splitlines()[1:]
    lost = len(names) - len(set(there) & {f"{name},Team {i % 7}" for i, name in enumerate(names)})
    ideal = max(0.001, (len(names) - burst) / rate)
    share = ideal / took
    storm = refused / (refused + len(names))
    bench.row(f"{len(names):,} bulk Set, tenant throttled at {rate}/s", "the rate that the bucket allows",
              f"{share:.1%}", "≥ 95 %", share >= 0.95 and storm <= 0.05 and not lost,
              f"{took:.1f} s, ideal {ideal:.1f} s; {storm:.1%} of the calls refused with 429; {lost} rows lost")


def memory(bench, sizes):
    peaks = {}
    for size in sizes:
        bench.stop()
        bench.tenant(size)
        for form in ("jsonl", "csv"):
            line = [EXOCTL, "Get-Mailbox", "-ResultSize", "Unlimited", "-o", form]
            peaks[form, size] = once(line, env=bench.env, stdout=subprocess.DEVNULL)[2]
    shown = ", ".join(f"{form} {size:,}: {peak:.0f} MiB" for (form, size), peak in peaks.items())
    worst = max(peaks.values())
    bench.row(f"peak memory at {', '.join(f'{s:,}' for s in sizes)} rows", "–", f"{worst:.0f} MiB",
              "flat, < 60 MiB", worst < 60, shown)


def programs(bench):
    """The two measuring programs of ours, beside openssl."""
    examples = TARGET / "release" / "examples"
    ours = json.loads(subprocess.run([examples / "speed"], capture_output=True, text=True, check=True).stdout)
    spoken = subprocess.run(["openssl", "speed", "-seconds", "3", "rsa2048", "rsa4096"],
                            capture_output=True, text=True, check=True).stdout
    theirs = {bits: float(re.search(rf"rsa\s+{bits} bits.*?\s([\d.]+)\s+[\d.]+\s*$", spoken, re.M).group(1))
              for bits in (2048, 4096)}
    for bits in (2048, 4096):
        ratio = theirs[bits] / ours[f"rs256_{bits}_per_second"]
        bench.row(f"RS256 with {bits} bits", "openssl speed", f"{ratio:.2f}× its time", "≤ 1.2×", ratio <= 1.2,
                  f"{ours[f'rs256_{bits}_per_second']:.0f}/s, openssl {theirs[bits]:.0f}/s")
    generated = [once(["openssl", "genrsa", "-out", "/dev/null", "2048"], stderr=subprocess.DEVNULL)[0]
                 for _ in range(41)]
    ratio = ours["keygen_2048_median_ms"] / (statistics.median(generated) * 1000)
    bench.row("key generation, 2048 bits", "openssl genrsa", f"{ratio:.2f}× its time", "≤ 1.2×", ratio <= 1.2,
              f"medians of 41: {ours['keygen_2048_median_ms']:.0f} ms, openssl {statistics.median(generated) * 1000:.0f} ms")
    tenants = json.loads(subprocess.run(
        [examples / "many_tenants", bench.file], capture_output=True, text=True, check=True).stdout)
    ratio = tenants["seconds_1000"] / (tenants["seconds_10"] * 100)
    bench.row("1,000 tenants, one cmdlet each, one process", "100 × the time of 10", f"{ratio:.2f}×", "≤ 1.1×",
              ratio <= 1.1, f"{tenants['seconds_1000']:.2f} s, {tenants['kib_per_tenant']:.0f} KiB a tenant")


def small(bench):
    size = EXOCTL.stat().st_size / 2**20
    bench.row("binary size", "–", f"{size:.1f} MiB", "< 20 MiB", size < 20, "")
    for what, line, limit in (("--version", ["--version"], 10),
                              ("completion", ["__complete", "--", "Get-Mailbox", "-Res"], 30)):
        took = statistics.median(
            once([EXOCTL, *line], env=bench.env, stdout=subprocess.DEVNULL)[0] for _ in range(31)) * 1000
        bench.row(what, "–", f"{took:.1f} ms", f"< {limit} ms", took < limit, "")


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{cpu.group(1) if cpu else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all of it runs")
    parser.add_argument("--only", help="of start, mailboxes, audit; all without it")
    parser.add_argument("--write", help="put the rows into the table of this file")
    chosen = parser.parse_args()
    mailboxes, sizes, sets, records = (2_000, (1_000, 5_000), 300, (2_000, 20_000)) if chosen.quick else (
        100_000, (10_000, 100_000, 1_000_000), 10_000, (100_000, 1_000_000))
    only = chosen.only.split(",") if chosen.only else ["start", "mailboxes", "audit"]
    with tempfile.TemporaryDirectory(prefix="exoctl-bench-") as folder:
        bench = Bench(pathlib.Path(folder), chosen.rounds)
        try:
            if {"start", "mailboxes"} & set(only):
                bench.tenant(mailboxes)
            if "start" in only:
                first_record(bench)
                small(bench)
                programs(bench)
            if "mailboxes" in only:
                everything(bench, mailboxes)
                bulk(bench, sets, 200, 20)
                memory(bench, sizes)
            if "audit" in only:
                audit(bench, EXOCTL, PYTHON, ROOT / "benches" / "audit_client.py", once, records)
        finally:
            bench.stop()
    note = f"Machine: {machine()}. Medians of {chosen.rounds} interleaved rounds."
    print("\n" + shown(note, bench.rows))
    if chosen.write:
        write(pathlib.Path(chosen.write), note, bench.rows, whole=not chosen.only)


main()
