"""The CSV files of an export as Python's csv reads them: the records are the bytes of the JSON lines.

From a simulated tenant, and from records that others have published; these lie next to the repository."""

import csv
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess

import pyarrow
import pytest

LICENCES = ("mit-", "apache2-", "ccby4-")
SAMPLES = pathlib.Path(os.environ.get("EXOCTL_AUDIT_SAMPLES", "../shared/samples/audit"))
csv.field_size_limit(1 << 30)


def rows(path):
    text = unpacked(path).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def unpacked(path):
    if path.suffix == ".zst":
        return pyarrow.input_stream(path, compression="zstd").read()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def lines(path):
    return path.read_bytes().decode().split("\n")[:-1] if path.exists() else []


def same_records(folder):
    """Every CSV has what the lines and the quarantine have, in the order of the lines."""
    good = lines(folder / "audit.jsonl")
    odd = [json.loads(line)["AuditData"] for line in lines(folder / "quarantine.jsonl")]
    no_lines = [json.loads(line)["AuditData"] for line in lines(folder / "quarantine.jsonl")
                if json.loads(line)["Quarantine"] in ("unreadable", "line-break")]
    read = 0
    for path in sorted(folder.glob("*.csv*")):
        if path.name.startswith("review"):
            assert len(rows(path)) == len(good) + len(no_lines)
            continue
        texts = [row["AuditData"] for row in rows(path)]
        assert sorted(texts) == sorted(good + no_lines), path.name
        assert [text for text in texts if text not in no_lines] == good, path.name
        assert set(odd) <= set(texts)
        read += 1
    return read, len(good), len(odd)


def test_an_export_is_read_as_it_was_written(tmp_path, exoctl, tenant, certificate, application):
    folder = tmp_path / "out"
    connection = ("--environment", tenant["environment"], "--profile", "audit-csv")
    exoctl.run(*connection, "Connect-ExchangeOnline", "-CertificateThumbprint", certificate.thumbprint,
               "-AppId", application["appId"], "-Organization", tenant["organization"])
    exoctl.run(*connection, "audit", "export", "--last-month", "--to", folder,
               "--sink", "cmdlet-csv", "--sink", "portal-csv", "--sink", "reviewer-csv", "--sink", "jsonl")
    files, good, _ = same_records(folder)
    assert files == 2 and good > 500


def published():
    found = sorted(SAMPLES.glob("*.jsonl")) if SAMPLES.is_dir() else []
    return [path for path in found if path.name.startswith(LICENCES)]


@pytest.mark.skipif(not published(), reason=f"no published records at {SAMPLES}")
@pytest.mark.parametrize("path", published(), ids=lambda path: path.name)
def test_published_records_are_read_as_they_were_written(tmp_path, path):
    program = pathlib.Path(os.environ["EXOCTL_BINARY"]).resolve().parent / "examples" / "write_forms"
    if not program.exists():
        pytest.skip("the example is not built: cargo build -p exoctl-export --example write_forms")
    form = ["--rows"] if "cmdlet-rows" in path.name else []
    subprocess.run([program, tmp_path, *form], stdin=path.open("rb"), check=True, capture_output=True)
    files, good, odd = same_records(tmp_path)
    assert files == 6 and good + odd > 0
    published = [json.loads(line)["AuditData"] if form else line for line in lines(path)]
    digests = {hashlib.sha256(text.encode()).digest() for text in published}
    written = {hashlib.sha256(row["AuditData"].encode()).digest() for row in rows(tmp_path / "audit.csv")}
    assert written == digests
