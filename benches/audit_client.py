"""The audit log without exoctl: read and thrown away, or exported as a good Python program would.

    audit_client.py drain SETTINGS WINDOWS         every page fetched, the bodies thrown away
    audit_client.py export SETTINGS WINDOWS OUT    into a CSV and into Parquet partitioned by day

WINDOWS is a list of windows, each with its period, and how many calls its session takes: those of an
exoctl manifest, so that nobody has to find them out. Both read three windows at a time, as exoctl does.
"""

import concurrent.futures
import csv
import hashlib
import http.client
import json
import pathlib
import queue
import re
import ssl
import sys
import threading
import urllib.parse
import uuid

import orjson
import pyarrow
import pyarrow.parquet
import requests

from python_client import token

SESSIONS = 3
NEXT = re.compile(rb'"@odata.nextLink":"([^"]*)"')


def parameters(window):
    return {"StartDate": window["start"], "EndDate": window["end"], "SessionId": str(uuid.uuid4()),
            "SessionCommand": "ReturnLargeSet", "ResultSize": 5000, "HighCompleteness": True}


def headers(settings):
    return {"Authorization": f"Bearer {token(settings)}", "X-AnchorMailbox": settings["anchor"],
            "Prefer": "odata.maxpagesize=1000", "Content-Type": "application/json"}


def body(given):
    return orjson.dumps({"CmdletInput": {"CmdletName": "Search-UnifiedAuditLog", "Parameters": given}})


def drain(settings, windows):
    """Nothing is looked at but where the next page is, and that stands in the first bytes."""
    parts = urllib.parse.urlsplit(settings["url"])
    context = ssl.create_default_context(cafile=settings["ca"])
    first, waiting = f"/adminapi/beta/{settings['tenantId']}/InvokeCommand", queue.SimpleQueue()
    for window in windows:
        waiting.put(window)
    sent, volume = headers(settings), []

    def work():
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
        sink, seen = bytearray(1 << 20), 0
        while True:
            try:
                window = waiting.get_nowait()
            except queue.Empty:
                return volume.append(seen)
            given = parameters(window)
            for _ in range(window["calls"]):
                path, own = first, dict(sent)
                while path:
                    connection.request("POST", path, body(given), own)
                    answer = connection.getresponse()
                    assert answer.status == 200, answer.read()
                    if cookies := answer.headers.get_all("Set-Cookie"):
                        own["Cookie"] = "; ".join(cookie.split(";")[0] for cookie in cookies)
                    head = answer.read(4096)
                    seen += len(head)
                    while got := answer.readinto(sink):
                        seen += got
                    found = NEXT.search(head)
                    path = found and found.group(1).decode().split(parts.netloc)[1]
    threads = [threading.Thread(target=work) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(volume)


TEXTS = {"id": "Id", "operation": "Operation", "workload": "Workload", "user_id": "UserId", "client_ip": "ClientIP",
         "object_id": "ObjectId", "result_status": "ResultStatus", "organization_id": "OrganizationId"}
SCHEMA = pyarrow.schema([
    ("creation_time", pyarrow.timestamp("us", tz="UTC")), ("record_type", pyarrow.int32()), ("user_type", pyarrow.int32()),
    *((name, pyarrow.string()) for name in TEXTS), ("audit_data", pyarrow.string()), ("audit_data_sha256", pyarrow.string())])
COLUMNS = ["RecordType", "CreationDate", "UserIds", "Operations", "AuditData", "ResultIndex", "ResultCount", "Identity",
           "IsValid", "ObjectState"]


def read(settings, sent, local, window):
    """All rows of a window: page after page until one says that there are no more."""
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.verify = settings["ca"]
        local.session.headers.update(sent)
    first = f"{settings['url']}/adminapi/beta/{settings['tenantId']}/InvokeCommand"
    given, rows = parameters(window), []
    while True:
        url, page = first, []
        while url:
            answer = local.session.post(url, data=body(given))
            answer.raise_for_status()
            read = orjson.loads(answer.content)
            page += read["value"]
            url = read.get("@odata.nextLink")
        rows += page
        if not page or not more(page[-1]):
            return rows


def more(row):
    told = row.get("AuditSearchRequestMetadata")
    told = orjson.loads(told) if isinstance(told, str) else told or {}
    return told.get("moreRecordsAvailable", told.get("MoreRecordsAvailable", False))


class Parts:
    """A Parquet file for each day."""

    def __init__(self, folder):
        self.folder, self.writers = folder, {}

    def write(self, days):
        for day, rows in days.items():
            if day not in self.writers:
                path = self.folder / f"event_date={day}" / "part-0.parquet"
                path.parent.mkdir(parents=True)
                self.writers[day] = pyarrow.parquet.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=3)
            columns = dict(zip(SCHEMA.names, zip(*rows)))
            columns["creation_time"] = pyarrow.array(columns["creation_time"], pyarrow.string()).cast(
                pyarrow.timestamp("us")).cast(SCHEMA.field("creation_time").type)
            self.writers[day].write_table(pyarrow.table(columns, schema=SCHEMA))

    def close(self):
        for writer in self.writers.values():
            writer.close()


def export(settings, windows, out):
    sent, local, seen, parts = headers(settings), threading.local(), set(), Parts(out / "parquet")
    with open(out / "audit.csv", "w", newline="", encoding="utf-8") as file, \
            concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        # No more windows on their way than are read, so that memory does not grow.
        running, rest = set(), iter(windows)
        while True:
            while len(running) <= SESSIONS and (window := next(rest, None)):
                running.add(pool.submit(read, settings, sent, local, window))
            if not running:
                break
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for window in done:
                write(window.result(), seen, writer, parts)
    parts.close()
    return len(seen)


def write(rows, seen, writer, parts):
    days = {}
    for row in rows:
        text = row["AuditData"]
        record = orjson.loads(text)
        if record["Id"] in seen:
            continue
        seen.add(record["Id"])
        writer.writerow([row.get(name) for name in COLUMNS])
        time = record["CreationTime"]
        days.setdefault(time[:10], []).append((
            time, record.get("RecordType"), record.get("UserType"), *(record.get(name) for name in TEXTS.values()),
            text, hashlib.sha256(text.encode()).hexdigest()))
    parts.write(days)


def main():
    what, settings, windows = sys.argv[1], json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
    if what == "drain":
        print(drain(settings, windows))
    else:
        print(export(settings, windows, pathlib.Path(sys.argv[4])))


if __name__ == "__main__":
    main()
