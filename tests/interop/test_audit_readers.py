"""An export of the audit log, read by others: Python's csv, pandas, pyarrow, DuckDB, and the JWS by jwcrypto.

All agree with one another and with the tenant's oracle on counts and ids.
"""

import csv
import hashlib
import json
import os
import pathlib
import re
import subprocess

import duckdb
import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
import sqlglot
from jwcrypto import jwk, jws
from jwcrypto.common import base64url_encode

from audits import audit_tenant, facts, fingerprint

RECORDS = 6000
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
csv.field_size_limit(1 << 26)


@pytest.fixture(scope="module")
def exported(exoctl, certificate, tmp_path_factory):
    """The directory of an export in all forms, what it says of itself, and what must be in it."""
    with audit_tenant(exoctl, certificate, tmp_path_factory.mktemp("audited"), RECORDS) as tenant:
        directory = tmp_path_factory.mktemp("export") / "2026-10"
        forms = ("cmdlet-csv", "portal-csv", "reviewer-csv", "jsonl", "parquet")
        summary = tenant.export(directory, *(word for form in forms for word in ("--sink", form)))
        yield directory, summary, tenant.oracle()


def test_the_export_says_what_the_oracle_says(exported):
    _, summary, oracle = exported
    assert summary["verdict"] == "complete"
    assert sum(count for count, _ in oracle.values()) == RECORDS == summary["records"]
    assert summary["quarantined"] > 0, "some records break off, and no reader may stumble over them"


@pytest.mark.parametrize("file, identity", [("audit.csv", "Identity"), ("portal.csv", "RecordId")])
def test_python_reads_the_csv(exported, file, identity):
    directory, _, oracle = exported
    with open(directory / file, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    assert fingerprint(facts(row["AuditData"] for row in rows)) == oracle
    assert [row[identity] for row in rows] == [key for _, key in facts(row["AuditData"] for row in rows)]
    assert all(None not in row and None not in row.values() for row in rows)


def test_pandas_reads_the_csv_and_the_lines(exported):
    directory, summary, oracle = exported
    table = pandas.read_csv(directory / "audit.csv", dtype=str, keep_default_na=False)
    assert list(table.columns) == ["RecordType", "CreationDate", "UserIds", "Operations", "AuditData", "ResultIndex",
                                   "ResultCount", "Identity", "IsValid", "ObjectState"]
    assert fingerprint(facts(table["AuditData"])) == oracle
    dates = pandas.to_datetime(table["CreationDate"], format="%m/%d/%Y %I:%M:%S %p")
    assert dates.is_monotonic_increasing
    review = pandas.read_csv(directory / "review-001.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert len(review) == RECORDS
    lines = (directory / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == RECORDS - summary["quarantined"]
    assert {json.loads(line)["Id"] for line in lines} <= set(table["Identity"])


def test_pyarrow_reads_the_partitions_with_their_types(exported):
    directory, _, oracle = exported
    parts = sorted((directory / "parquet").glob("*/*.parquet"))
    assert [part.parent.name for part in parts] == [f"event_date=2026-10-{day:02}" for day in range(1, 32)]
    for part in parts:
        metadata = pyarrow.parquet.ParquetFile(part).metadata
        assert metadata.created_by.startswith("exoctl version ")
        chunks = [metadata.row_group(0).column(at) for at in range(metadata.num_columns)]
        assert {chunk.compression for chunk in chunks} == {"ZSTD"}
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("event_date", pyarrow.date32())]), flavor="hive")
    table = pyarrow.dataset.dataset(directory / "parquet", partitioning=partitioning).to_table()
    text = pyarrow.string()
    assert {field.name: field.type for field in table.schema} == {
        "creation_time": pyarrow.timestamp("us", tz="UTC"), "record_type": pyarrow.int32(), "user_type": pyarrow.int32(),
        **{name: text for name in ("id", "operation", "workload", "user_id", "client_ip", "object_id", "result_status",
                                   "organization_id", "audit_data", "audit_data_sha256")},
        "event_date": pyarrow.date32()}
    rows = table.to_pylist()
    assert fingerprint(facts(row["audit_data"] for row in rows)) == oracle
    for row in rows:
        (time, identity), = facts([row["audit_data"]])
        assert (row["id"], row["creation_time"].isoformat()) == (identity, time + "+00:00")
        assert row["event_date"].isoformat() == time[:10]
        assert row["audit_data_sha256"] == hashlib.sha256(row["audit_data"].encode()).hexdigest()
        try:
            record = dict(reversed(json.loads(row["audit_data"], object_pairs_hook=list)))
        except json.JSONDecodeError:
            continue
        promoted = {"record_type": "RecordType", "user_type": "UserType", "operation": "Operation",
                    "workload": "Workload", "user_id": "UserId", "client_ip": "ClientIP", "object_id": "ObjectId",
                    "organization_id": "OrganizationId"}
        for column, name in promoted.items():
            told = record.get(name)
            if column == "client_ip" and name not in record:
                told = record.get("ClientIPAddress")
            number = column in ("record_type", "user_type") and told is not None
            assert row[column] == (int(told) if number else told), (column, row["audit_data"])


def test_the_forms_have_the_same_bytes(exported):
    directory, _, _ = exported
    with open(directory / "audit.csv", newline="", encoding="utf-8") as lines:
        texts = [row["AuditData"] for row in csv.DictReader(lines, strict=True)]
    with open(directory / "portal.csv", newline="", encoding="utf-8") as lines:
        assert [row["AuditData"] for row in csv.DictReader(lines, strict=True)] == texts
    parts = sorted((directory / "parquet").glob("*/*.parquet"))
    columns = [pyarrow.parquet.read_table(part, columns=["audit_data"], partitioning=None) for part in parts]
    assert [text for column in columns for text in column["audit_data"].to_pylist()] == texts
    lines = (directory / "audit.jsonl").read_bytes().split(b"\n")[:-1]
    whole = {line.decode() for line in lines}
    assert [text for text in texts if text in whole] == [line.decode() for line in lines]


def queries(dialect):
    """The queries of the document, in their order."""
    document = (ROOT / "docs" / "audit-queries.md").read_text()
    return re.findall(rf"^```sql {dialect}\n(.*?)^```$", document, re.M | re.S)


@pytest.fixture(scope="module")
def duck(exported):
    """DuckDB where the document assumes it: beside the directory `audit/2026-10`."""
    directory, _, _ = exported
    folder = directory.parent
    (folder / "audit").mkdir()
    (folder / "audit" / "2026-10").symlink_to(directory)
    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{folder}'")
    connection.execute("SET TimeZone = 'UTC'")
    # No network: the document's queries need no extension that is fetched.
    connection.execute("SET autoinstall_known_extensions = false")
    return connection


def test_duckdb_answers_the_queries_of_the_document(exported, duck):
    _, summary, oracle = exported
    answers = {}
    for query in queries("duckdb"):
        name = re.match(r"-- (.*)", query).group(1)
        answers[name] = duck.execute(query).fetchall()
    assert answers["How much there is"] == [(RECORDS, RECORDS, 31)]
    assert answers["Is every record as it was written?"] == [(0,)]
    assert answers["How many records break off?"] == [(summary["quarantined"],)]
    assert sum(row[-1] for row in answers["What happened, by day and workload"]) == RECORDS
    assert sum(row[-1] for row in answers["The same from the CSV and the lines"][:1]) == RECORDS
    everything = duck.execute("SELECT strftime(creation_time, '%Y-%m-%dT%H'), id FROM audit").fetchall()
    assert fingerprint(everything) == oracle
    # The tenant has planted incidents, so that reviews find something.
    for name in ("Who sends mail elsewhere", "Mass download", "Roles and consent"):
        assert answers[name], name


def test_the_queries_for_trino_are_such_and_mean_the_same(exported, duck):
    """No Trino runs here. Its SQL is read by sqlglot, and what asks is translated for DuckDB and answered."""
    found = queries("trino")
    for query in found:
        statement, = sqlglot.parse(query, dialect="trino", error_level=sqlglot.ErrorLevel.RAISE)
        assert not isinstance(statement, sqlglot.exp.Command) or query.split("\n")[-2].startswith("CALL "), query
    asked = {re.match(r"-- (.*)", query).group(1): query for query in found if "\nSELECT" in query}
    ours = {re.match(r"-- (.*)", query).group(1): query for query in queries("duckdb")}
    for name, query in asked.items():
        translated, = sqlglot.transpile(query, read="trino", write="duckdb")
        translated = translated.replace("hive.audit.unified", "audit")
        assert duck.execute(translated).fetchall() == duck.execute(ours[name]).fetchall(), name


def test_the_manifest_is_signed_and_names_what_is_there(exported, certificate):
    directory, summary, _ = exported
    payload = (directory / "manifest.jsonl").read_bytes()
    header, nothing, signature = (directory / "manifest.jws").read_text().strip().split(".")
    assert nothing == "", "it is detached"
    token = jws.JWS()
    token.deserialize(f"{header}.{base64url_encode(payload)}.{signature}")
    key = jwk.JWK.from_pem(certificate.pem.read_bytes())
    token.verify(key)
    thumbprint = base64url_encode(hashlib.sha256(certificate.cer.read_bytes()).digest())
    assert (token.jose_header["alg"], token.jose_header["x5t#S256"]) == ("PS256", thumbprint)
    token.deserialize(f"{header}.{base64url_encode(payload + b' ')}.{signature}")
    with pytest.raises(jws.InvalidJWSSignature):
        token.verify(key)
    previous = hashlib.sha256(b"").hexdigest()
    entries = []
    for line in payload.splitlines():
        entries.append(json.loads(line))
        assert entries[-1]["previous"] == previous
        previous = hashlib.sha256(line).hexdigest()
    files = [entry for entry in entries if entry["entry"] == "file"]
    assert sorted(entry["file"] for entry in files) == sorted(
        path.relative_to(directory).as_posix() for path in directory.rglob("*")
        if path.is_file() and path.parts[len(directory.parts)] not in (".exoctl", "manifest.jsonl", "manifest.jws"))
    for entry in files:
        data = (directory / entry["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    parquet = [entry["records"] for entry in files if entry["sink"] == "parquet"]
    assert sum(parquet) == RECORDS == entries[-1]["records"] == summary["records"]


def test_a_part_with_another_number_of_rows_is_noticed(exported, exoctl):
    """The manifest and the hashes may be made to fit; the number of rows is counted from the file."""
    directory, _, _ = exported
    manifest = directory / "manifest.jsonl"
    original = manifest.read_bytes()
    signature = (directory / "manifest.jws").read_bytes()
    lines, previous = [], hashlib.sha256(b"").hexdigest()
    for line in original.splitlines():
        entry = json.loads(line)
        if entry.get("file", "").startswith("parquet/event_date=2026-10-05/"):
            entry["records"] += 1
        entry["previous"] = previous
        lines.append(json.dumps(entry, separators=(",", ":")))
        previous = hashlib.sha256(lines[-1].encode()).hexdigest()
    try:
        manifest.write_text("\n".join(lines) + "\n")
        (directory / "manifest.jws").unlink()
        told = exoctl.run("audit", "verify", directory, check=False)
    finally:
        manifest.write_bytes(original)
        (directory / "manifest.jws").write_bytes(signature)
    assert told.returncode == 1
    assert "event_date=2026-10-05/part-000.parquet has" in told.stderr


SAMPLES = ROOT.parent / "shared" / "samples" / "audit"


def test_real_records_come_back_byte_for_byte(tmp_path):
    """Through every form that keeps them: the lines, the two CSV and the raw column of Parquet."""
    if not SAMPLES.is_dir():
        pytest.skip("no real records were tried: there is no shared/samples/audit beside the checkout")
    texts = [line for file in sorted(SAMPLES.glob("*.auditdata.jsonl")) for line in file.read_text().split("\n") if line]
    rows = [{"AuditData": text} for text in texts]
    for file in sorted(SAMPLES.glob("*.cmdlet-rows.jsonl")):
        rows += [json.loads(line) for line in file.read_text().split("\n") if line]
    assert len(rows) > 300
    program = pathlib.Path(os.environ["EXOCTL_BINARY"]).parent / "examples" / "sinks"
    given = "".join(json.dumps(row) + "\n" for row in rows)
    subprocess.run([program, tmp_path], input=given, text=True, encoding="utf-8", check=True)
    expected = sorted({row["AuditData"] for row in rows})
    for file in ("audit.csv", "portal.csv"):
        with open(tmp_path / file, newline="", encoding="utf-8") as lines:
            assert sorted(row["AuditData"] for row in csv.DictReader(lines, strict=True)) == expected, file
    raw = []
    for part in (tmp_path / "parquet").glob("*/*.parquet"):
        table = pyarrow.parquet.read_table(part, partitioning=None)
        raw += table["audit_data"].to_pylist()
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in table["audit_data"].to_pylist()]
        assert table["audit_data_sha256"].to_pylist() == hashes
    assert sorted(raw) == expected
    lines = (tmp_path / "audit.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert sorted(lines) == [text for text in expected if "\n" not in text and "\r" not in text]
