"""Programs that we did not write, unmodified under `exoctl exec`, sign in with a managed identity."""

import json
import os
import pty
import shutil
import subprocess
import sys

import jwt
import pytest
import requests
from clients import HERE, NODE
from results import EXECUTED

EXCHANGE = "https://outlook.office365.com"
GRAPH = "https://graph.microsoft.com"
PYTHON = [sys.executable, HERE / "identity" / "managed_identity.py"]

# name in the table, program, client
PROGRAMS = [
    ("azure-identity 1.27 for Python, ManagedIdentityCredential", PYTHON, "ManagedIdentityCredential"),
    ("azure-identity 1.27 for Python, DefaultAzureCredential", PYTHON, "DefaultAzureCredential"),
    ("msal 1.39 for Python, ManagedIdentityClient", PYTHON, "msal"),
    ("@azure/identity 4.13.1, ManagedIdentityCredential", "node", "ManagedIdentityCredential"),
    ("@azure/identity 4.13.1, DefaultAzureCredential", "node", "DefaultAzureCredential"),
    ("@azure/msal-node 7.2.1, ManagedIdentityApplication", "node", "msal-node"),
]
# The variables that a program is left without, so that it takes the next protocol.
NEWER = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]
OLDER = ["MSI_ENDPOINT", "MSI_SECRET"]
PROTOCOLS = {
    "App Service, 2019-08-01": [],
    "App Service and Machine Learning, 2017-09-01": NEWER,
    "Instance Metadata Service, `--imds`": NEWER + OLDER,
}
REFUSED = "Microsoft Graph, not allowed"
ALLOWED = "Microsoft Graph, `--allow-resource`"


@pytest.fixture(scope="module")
def connection(exoctl, tenant, certificate, application):
    """The name of a connection that signs in with the certificate; the application's id."""
    exoctl.run(
        "--environment", tenant["environment"], "--profile", "judged",
        "Connect-ExchangeOnline", "-CertificateThumbprint", certificate.thumbprint,
        "-AppId", application["appId"], "-Organization", tenant["organization"])
    return application["appId"]


def execute(exoctl, tenant, program, client, resource=EXCHANGE, options=(), without=()):
    if program == "node":
        # Bare module names are looked up from the script's folder, so it runs beside node_modules.
        script = NODE / "managed_identity.mjs"
        shutil.copy(HERE / "identity" / "managed_identity.mjs", script)
        program = ["node", script]
    left_out = [word for name in without for word in ("-u", name)]
    done = exoctl.run(
        "--profile", "judged", "exec", *options, "--", "env", *left_out, *program,
        client, tenant["url"], tenant["tenantId"], tenant["ca"], resource,
        check=False, NODE_EXTRA_CA_CERTS=tenant["ca"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("name", "program", "client"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_a_program_signs_in_and_gets_rows(exoctl, tenant, connection, name, program, client, protocol):
    options = ["--imds"] if "--imds" in protocol else []
    said, _ = execute(exoctl, tenant, program, client, options=options, without=PROTOCOLS[protocol])
    assert "token" in said, said
    claims = jwt.decode(said["token"], options={"verify_signature": False})
    # appidacr 2: proved with a certificate.
    assert (claims["appid"], claims["appidacr"], claims["aud"]) == (connection, "2", EXCHANGE)
    assert said["rows"] == 7
    EXECUTED[name, protocol] = "token, rows"


@pytest.mark.parametrize(("name", "program", "client"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_a_program_is_told_what_it_may_not_have(exoctl, tenant, connection, name, program, client):
    said, done = execute(exoctl, tenant, program, client, resource=GRAPH)
    assert "token" not in said, said
    assert f"exoctl exec --allow-resource {GRAPH}" in done.stderr
    told = "--allow-resource" in said["error"]
    EXECUTED[name, REFUSED] = "refused, with the fix" if told else "refused"
    said, _ = execute(exoctl, tenant, program, client, resource=GRAPH, options=["--allow-resource", GRAPH])
    claims = jwt.decode(said["token"], options={"verify_signature": False})
    assert (claims["appid"], claims["aud"]) == (connection, GRAPH)
    EXECUTED[name, ALLOWED] = "token"


def test_another_process_gets_nothing_and_afterwards_there_is_nothing(exoctl, connection):
    process = subprocess.Popen(
        [exoctl.binary, "--profile", "judged", "exec", "--", "sh", "-c", "env; echo ready; cat"],
        env=exoctl.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    variables = dict(line.strip().split("=", 1) for line in iter(process.stdout.readline, "ready\n"))
    url = variables["IDENTITY_ENDPOINT"]
    query = {"api-version": "2019-08-01", "resource": EXCHANGE}
    secret = {"X-IDENTITY-HEADER": variables["IDENTITY_HEADER"]}
    for headers in {}, {"Metadata": "true"}, {"X-IDENTITY-HEADER": "guess"}:
        refused = requests.get(url, params=query, headers=headers, timeout=10)
        assert refused.status_code == 401 and "access_token" not in refused.text
    rebound = requests.get(url, params=query, headers={**secret, "Host": "evil.example"}, timeout=10)
    assert rebound.status_code == 421
    answer = requests.get(url, params=query, headers=secret, timeout=10).json()
    assert {name: type(value) for name, value in answer.items()} == dict.fromkeys(
        ("access_token", "expires_on", "resource", "token_type", "client_id"), str)
    process.communicate()
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(url, params=query, headers=secret, timeout=10)


def on_a_terminal(exoctl, *arguments, typed):
    """Runs exoctl on a terminal of its own, types once it says ready; what is on the screen, and its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.execve(exoctl.binary, ["exoctl", *arguments], exoctl.environment)
    screen = b""
    while b"ready" not in screen:
        screen += os.read(terminal, 4096)
    os.write(terminal, typed)
    try:
        while more := os.read(terminal, 4096):
            screen += more
    except OSError:  # how Linux says that nobody has the terminal open any longer
        pass
    os.close(terminal)
    return screen.decode(), os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_a_program_has_the_terminal_of_exoctl(exoctl, connection):
    script = "test -t 0 && test -t 1 && test -t 2 && stty -echo && echo ready && read answer && echo got $answer; exit 6"
    run = ("--profile", "judged", "exec", "--", "sh", "-c", script)
    screen, code = on_a_terminal(exoctl, *run, typed=b"forty-two\n")
    assert ("got forty-two" in screen, code) == (True, 6), screen


def test_the_interrupt_key_reaches_the_program_and_its_end_is_waited_for(exoctl, connection):
    script = "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done"
    run = ("--profile", "judged", "exec", "--", "sh", "-c", script)
    screen, code = on_a_terminal(exoctl, *run, typed=b"\x03")
    assert ("interrupted" in screen, code) == (True, 7), screen


def test_a_parser_of_powershell_reads_the_prelude(exoctl):
    tree_sitter = pytest.importorskip("tree_sitter")
    import tree_sitter_powershell

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    prelude = exoctl.run("exec", "--print-prelude").stdout.encode()
    assert not parser.parse(prelude).root_node.has_error
    assert parser.parse(prelude.replace(b"}", b"", 1)).root_node.has_error, "it would notice"
