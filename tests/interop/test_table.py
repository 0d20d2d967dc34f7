"""The table of what every client and server got; kept in docs/conformance.md, written by the run."""

import os
import pathlib

import pytest
from clients import CLIENTS, JUDGES, M365
from results import CLIENT_RESULTS, EXECUTED, JUDGED, SCENARIOS, SERVER_RESULTS
from test_exec import ALLOWED, PROGRAMS, PROTOCOLS, REFUSED

TABLE = pathlib.Path("target/conformance.md")
KEPT = pathlib.Path("docs/conformance.md")
# what is done to the assertion, with which algorithm it is signed
ASSERTIONS = [(algorithm, state) for state in ("as sent", "tampered with") for algorithm in ("PS256", "RS256")]
WAYS = [*PROTOCOLS, REFUSED, ALLOWED]


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table():
    clients = [*(name for name, _, _ in CLIENTS), M365]
    servers = sorted({server for server, _, _ in SERVER_RESULTS})
    return "\n".join([
        "# Conformance",
        "",
        "`scripts/test interop` makes these tables; the versions are pinned.",
        "",
        "## Clients that we did not write, against the simulated tenant",
        "",
        "What they get, with certificates that `exoctl` made (right, another key) and that Python `cryptography` made",
        "(expired, unregistered). A PFX file holds the key of its own certificate and cannot show another one. The CLI for",
        "Microsoft 365 runs under the real host names, in a network namespace, and then calls the admin API.",
        "",
        row("client", *SCENARIOS),
        row(*["---"] * (len(SCENARIOS) + 1)),
        *(row(name, *(CLIENT_RESULTS[name, scenario] for scenario in SCENARIOS)) for name in clients),
        "",
        "## Servers that we did not write, against the client assertion of `exoctl`",
        "",
        row("server", *(f"{algorithm}, {state}" for algorithm, state in ASSERTIONS)),
        row(*["---"] * (len(ASSERTIONS) + 1)),
        *(row(server, *(SERVER_RESULTS[server, algorithm, state] for algorithm, state in ASSERTIONS))
          for server in servers),
        "",
        "## What clients that we did not write find of what `exoctl setup` made",
        "",
        "Compared with `exoctl app show`, and with the certificate, whose thumbprint Python `cryptography` computes. The",
        "administrator of msal's row has signed in with a device code.",
        "",
        row("client", "what", "found"),
        row("---", "---", "---"),
        *(row(judge, what, JUDGED[judge, what]) for judge, what in sorted(JUDGED)),
        "",
        "## Programs that we did not write, under `exoctl exec`",
        "",
        "Each signs in with a managed identity and lists mailboxes through the admin API; it knows nothing of exoctl. The",
        "token is of the application with the certificate. See [exec.md](exec.md).",
        "",
        row("program", *WAYS),
        row(*["---"] * (len(WAYS) + 1)),
        *(row(name, *(EXECUTED[name, way] for way in WAYS)) for name, _, _ in PROGRAMS),
        "",
    ])


def test_the_table_is_current():
    ran = {name for name, _ in CLIENT_RESULTS}
    missing = [name for name in (*(name for name, _, _ in CLIENTS), M365) if name not in ran]
    missing += [name for name, _, _ in PROGRAMS if any((name, way) not in EXECUTED for way in WAYS)]
    missing += [name for name in JUDGES if name not in {judge for judge, _ in JUDGED}]
    if missing or not SERVER_RESULTS:
        pytest.skip(f"did not run: {', '.join(missing) or 'the servers'}")
    TABLE.write_text(table())
    if os.environ.get("UPDATE_CONFORMANCE"):
        KEPT.write_text(TABLE.read_text())
    assert KEPT.exists() and KEPT.read_text() == TABLE.read_text(), (
        f"{KEPT} differs from {TABLE}; UPDATE_CONFORMANCE=1 writes it")
