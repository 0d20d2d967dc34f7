"""An export into object storage: a server of the S3 protocol (moto) takes it, and pyarrow reads it back."""

import hashlib
import http.server
import json
import logging
import os
import pathlib
import signal
import subprocess
import threading
import time

import duckdb
import pyarrow.dataset
import pyarrow.fs
import pytest
from moto.server import ThreadedMotoServer

from audits import PERIOD, audit_tenant, facts, fingerprint

RECORDS = 3000
SECRET = "a-secret-of-somebody"


@pytest.fixture(scope="module")
def server():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def variables(server):
    """What a shell has set where S3 is used."""
    return {"AWS_ENDPOINT_URL": f"http://{server}", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": SECRET}


@pytest.fixture(scope="module")
def storage(server):
    """The same place as pyarrow sees it."""
    there = pyarrow.fs.S3FileSystem(access_key="somebody", secret_key=SECRET, endpoint_override=server, scheme="http",
                                    region="us-east-1", allow_bucket_creation=True, allow_bucket_deletion=True)
    for bucket in ("audit", "killed"):
        there.create_dir(bucket)
    return there


@pytest.fixture(scope="module")
def tenant(exoctl, certificate, tmp_path_factory):
    with audit_tenant(exoctl, certificate, tmp_path_factory.mktemp("bucketed"), RECORDS) as tenant:
        yield tenant


def names(storage, prefix):
    selector = pyarrow.fs.FileSelector(prefix, recursive=True)
    return sorted(info.path.removeprefix(prefix + "/") for info in storage.get_file_info(selector) if info.is_file)


def read(storage, path):
    with storage.open_input_stream(path) as stream:
        return stream.read()


def test_an_export_arrives_whole_and_is_read_where_it_is(tenant, variables, storage, certificate):
    done = tenant.export("s3://audit/2026-10", "--sink", "parquet", "--sink", "jsonl", **variables)
    assert (done["verdict"], done["records"]) == ("complete", RECORDS)
    there = names(storage, "audit/2026-10")
    parts = [f"parquet/event_date=2026-10-{day:02}/part-000.parquet" for day in range(1, 32)]
    assert set(there) == {"audit.jsonl", "manifest.jsonl", "manifest.jws", "quarantine.jsonl", *parts}

    data = pyarrow.dataset.dataset("audit/2026-10/parquet", filesystem=storage, partitioning="hive")
    rows = data.to_table(columns=["id", "audit_data", "event_date"])
    assert fingerprint(facts(rows["audit_data"].to_pylist())) == tenant.oracle()
    found = duckdb.sql("SELECT count(DISTINCT id), count(*) FROM rows").fetchall()
    assert found == [(RECORDS, RECORDS)]
    for line in read(storage, "audit/2026-10/manifest.jsonl").splitlines():
        entry = json.loads(line)
        if entry["entry"] == "file":
            bytes_there = read(storage, f"audit/2026-10/{entry['file']}")
            assert hashlib.sha256(bytes_there).hexdigest() == entry["sha256"]

    verified = tenant.run("audit", "verify", "s3://audit/2026-10", "--certificate", certificate.cer, "-o", "jsonl",
                          **variables)
    assert json.loads(verified.stdout)["genuine"] is True
    copies = [path for path in pathlib.Path(tenant.exoctl.home).rglob("*.parquet")]
    assert copies == [], "nothing is kept twice without being asked for"

    before = {name: storage.get_file_info(f"audit/2026-10/{name}").mtime for name in there}
    again = tenant.export("s3://audit/2026-10", "--sink", "parquet", "--sink", "jsonl", **variables)
    assert again["records"] == RECORDS
    assert before == {name: storage.get_file_info(f"audit/2026-10/{name}").mtime for name in there}


def test_what_was_changed_there_is_noticed(tenant, variables, storage):
    path = "audit/2026-10/parquet/event_date=2026-10-07/part-000.parquet"
    whole = read(storage, path)
    with storage.open_output_stream(path) as stream:
        stream.write(whole[:-9] + bytes(9))
    verified = tenant.run("audit", "verify", "s3://audit/2026-10", check=False, **variables)
    assert verified.returncode == 1
    assert "event_date=2026-10-07/part-000.parquet was changed" in verified.stderr
    again = tenant.export("s3://audit/2026-10", "--sink", "parquet", "--sink", "jsonl", check=False, **variables)
    assert again.returncode == 1 and "bucket-changed" in again.stderr, again.stderr
    with storage.open_output_stream(path) as stream:
        stream.write(whole)
    verified = tenant.run("audit", "verify", "s3://audit/2026-10", **variables)


def test_killed_anywhere_it_goes_on_and_puts_only_what_is_missing(tenant, variables, storage, tmp_path):
    environment = {**tenant.exoctl.environment, **tenant.variables, **variables}
    forms = ("--sink", "parquet", "--sink", "cmdlet-csv", "--work", tmp_path / "work")
    line = [tenant.exoctl.binary, "audit", "export", *PERIOD, "--to", "s3://killed/2026-10", *forms]
    killed = 0
    for wanted in (0, 1, 7, 20):
        process = subprocess.Popen(list(map(str, line)), env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        remembered = tmp_path / "work" / ".exoctl" / "uploaded.jsonl"
        while process.poll() is None:
            lines = remembered.read_text().split() if remembered.exists() else []
            if len(lines) > wanted:
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(0)
        killed += process.wait() == -signal.SIGKILL
        assert process.returncode in (0, -signal.SIGKILL)
        if process.returncode:
            assert "manifest.jsonl" not in names(storage, "killed/2026-10"), "the manifest is the last"
    assert killed > 1
    done = tenant.export("s3://killed/2026-10", *forms, **variables)
    assert done["verdict"] == "complete"
    remembered = [json.loads(line)["name"] for line in remembered.read_text().split()]
    assert len(remembered) - len(set(remembered)) <= killed, "at most the object of each kill was put twice"
    here = tmp_path / "work"
    assert (here / "audit.csv").exists(), "--work keeps the files"
    for name in names(storage, "killed/2026-10"):
        assert read(storage, f"killed/2026-10/{name}") == (here / name).read_bytes(), name
    tenant.run("audit", "verify", "s3://killed/2026-10", **variables)
    tenant.run("audit", "verify", here)


class Refusing(http.server.BaseHTTPRequestHandler):
    """A service that lets nobody in."""

    def do_GET(self):
        answer = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("refuses, code, told", [(True, 5, "bucket-denied"), (False, 7, "bucket-unavailable")])
def test_who_is_not_let_in_learns_it_before_anything_is_read(tenant, variables, refuses, code, told):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as service:
        endpoint = f"http://127.0.0.1:{service.server_port}"
        if refuses:
            threading.Thread(target=service.serve_forever, daemon=True).start()
        else:
            service.server_close()
        done = tenant.export("s3://audit/other", check=False, **{**variables, "AWS_ENDPOINT_URL": endpoint})
        if refuses:
            service.shutdown()
    assert done.returncode == code and told in done.stderr, done.stderr
    assert SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("to, change, code, told", [
    ("s3://nobody-made-this/a", {}, 1, "bucket-not-there"),
    ("s3://audit/other", {"AWS_ENDPOINT_URL": "http://10.0.0.1:9000"}, 2, "bucket-without-tls"),
    ("az://audit/other", {}, 2, "bucket-settings"),
    ("s3://audit/2026-10?key=1", {}, 2, "s3://BUCKET/PREFIX"),
    ("ftp://audit/2026-10", {}, 2, "s3://BUCKET/PREFIX"),
])
def test_what_cannot_be_is_told_with_cause_and_fix_and_without_secrets(tenant, variables, storage, to, change, code, told):
    done = tenant.export(to, check=False, **{**variables, **change, "EXOCTL_LOG": "debug"})
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_a_prefix_with_another_export_is_left_alone(tenant, variables, storage):
    done = tenant.run("audit", "export", "--from", "2026-10-01", "--to-date", "2026-10-02", "--to", "s3://audit/2026-10",
                      check=False, **variables)
    assert done.returncode == 2 and "audit-other-query" in done.stderr, done.stderr


def test_the_secret_is_nowhere(tenant, variables, storage, tmp_path):
    done = tenant.export("s3://audit/logged", "--sink", "jsonl", "--work", tmp_path, check=False,
                         **{**variables, "EXOCTL_LOG": "trace"})
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stderr + done.stdout
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
