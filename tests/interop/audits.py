"""A simulated tenant with an audit log of a month, exported by the real binary.

What must be there is asked from the tenant's oracle, which knows it without a search.
"""

import collections
import contextlib
import json
import ssl
import subprocess
import urllib.request

FROM, TO = "2026-10-01", "2026-11-01"
# Everything that a service does wrong and that leaves the ids as they are.
ACCIDENTS = ",".join([
    "retention=36500", "duplicates=0.041", "boundary-duplicates=0.2", "short-page=0.02", "empty-page=0.02",
    "numbers-as-strings=0.01", "duplicate-keys=0.01", "unterminated=0.002",
])
PERIOD = ("--from", FROM, "--to-date", TO, "--retry-wait", "0", "-q", "-o", "jsonl")


class AuditTenant:
    """A tenant with so many records, and an exoctl that is connected to it."""

    def __init__(self, exoctl, certificate, state, records):
        self.exoctl, self.records = exoctl, records
        line = [exoctl.binary, "sim", "--listen", "127.0.0.1:0", "--state", state, "--audit-records", str(records),
                "--audit-from", FROM + "T00:00:00Z", "--audit-to", TO + "T00:00:00Z", "--audit", ACCIDENTS]
        self.process = subprocess.Popen(line, env=exoctl.environment, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        app = exoctl.json("sim", "register", "--state", state, "--certificate", certificate.cer,
                          "--role", "Exchange Administrator", "--name", "audit")
        self.variables = {"EXOCTL_ENVIRONMENT": self.ready["environment"], "EXOCTL_PROFILE": "audit"}
        self.run("Connect-ExchangeOnline", "--profile", "audit", "-CertificateThumbprint", certificate.thumbprint,
                 "-AppId", app["appId"], "-Organization", self.ready["organization"])

    def run(self, *arguments, check=True, **variables):
        return self.exoctl.run(*arguments, check=check, **{**self.variables, **variables})

    def export(self, to, *options, check=True, **variables):
        """What the export says of itself, or how it ended if that is not checked."""
        done = self.run("audit", "export", *PERIOD, "--to", to, *options, check=check, **variables)
        return json.loads(done.stdout) if check else done

    def oracle(self):
        """Number and fingerprint of the ids of each hour."""
        url = f"{self.ready['control']}/audit/oracle?from={FROM}T00:00:00Z&to={TO}T00:00:00Z"
        context = ssl.create_default_context(cafile=self.ready["ca"])
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with urllib.request.build_opener(*handlers).open(url) as answer:
            hours = json.load(answer)
        return {hour["hour"][:13]: (hour["records"], int(hour["xor"], 16)) for hour in hours if hour["records"]}

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0


@contextlib.contextmanager
def audit_tenant(exoctl, certificate, folder, records):
    tenant = AuditTenant(exoctl, certificate, folder, records)
    yield tenant
    tenant.stop()


def fingerprint(pairs):
    """The same as the oracle says, of pairs of a time (`2026-10-01T07:…`) and an id."""
    hours = collections.defaultdict(lambda: (0, 0))
    for time, identity in pairs:
        count, xor = hours[time[:13]]
        hours[time[:13]] = (count + 1, xor ^ int(identity.replace("-", ""), 16))
    return dict(hours)


def member(text, name):
    """A member of a record that may break off."""
    return text.split(f'"{name}":"', 1)[1].split('"', 1)[0]


def facts(texts):
    """Times and ids of records."""
    return [(member(text, "CreationTime"), member(text, "Id")) for text in texts]
