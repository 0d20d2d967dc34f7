"""The export of the audit log, beside a good Python program and beside reading the same pages and no more."""

import json
import shutil
import statistics
import subprocess

FROM, TO = "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"


def tenant(bench, records):
    """A tenant with so many records of one month."""
    bench.stop()
    bench.tenant(10, "--audit-records", str(records), "--audit-from", FROM, "--audit-to", TO,
                 "--audit", "retention=36500", "--token-lifetime", "12h")


def export_line(exoctl, out):
    return [exoctl, "audit", "export", "--from", FROM[:10], "--to-date", TO[:10], "--to", out,
            "--sink", "cmdlet-csv", "--sink", "parquet", "-q", "-o", "jsonl"]


def windows(out, file):
    """The windows of an export, for those who would not know them."""
    entries = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    read = [entry for entry in entries if entry["entry"] == "window"]
    file.write_text(json.dumps([{**entry["period"], "calls": entry["calls"]} for entry in read]))
    return len(read)


def compare(bench, exoctl, python, client, once, records):
    tenant(bench, records)
    out, file = bench.folder / "audit", bench.folder / "windows.json"
    quiet = {"stdout": subprocess.DEVNULL, "env": bench.env}
    seen = {name: [] for name in ("drain", "exoctl", "python")}
    volume, spent, peak, count = 0, 0, 0, 0
    for turn in range(max(1, bench.rounds // 8)):
        shutil.rmtree(out, ignore_errors=True)
        took, spent, peak = once(export_line(exoctl, out), **quiet)
        seen["exoctl"].append(took)
        count = windows(out, file)
        with open(bench.folder / "volume", "w+") as told:
            seen["drain"].append(once([python, client, "drain", bench.file, file], stdout=told)[0])
            told.seek(0)
            volume = int(told.read())
        # Python is the slowest by far, and a third run of it would tell nothing new.
        if turn < 2:
            shutil.rmtree(out)
            out.mkdir()
            with open(bench.folder / "count", "w+") as told:
                seen["python"].append(once([python, client, "export", bench.file, file, out], stdout=told)[0])
                told.seek(0)
                assert int(told.read()) == records, "Python has exported something else"
    times = {name: statistics.median(values) for name, values in seen.items()}
    ours = times["exoctl"]
    detail = (f"{records / ours:,.0f} records/s in {count} windows, {spent:.1f} s of CPU; drain {records / times['drain']:,.0f} records/s, "
              f"{volume / times['drain'] / 1e6:,.0f} MB/s; " + ", ".join(f"{name} {value:.1f} s" for name, value in times.items()))
    what = f"{records:,} audit records to CSV and Parquet"
    ratio = times["python"] / ours
    bench.row(what, "Python", f"{ratio:.1f}× faster", "10×", ratio >= 10, detail)
    share = times["drain"] / ours
    bench.row(what, "bare drain", f"{share:.0%}", "≥ 60 %", share >= 0.6, "")
    return peak


def audit(bench, exoctl, python, client, once, sizes):
    """The largest size is compared; of all the peak memory is shown."""
    peaks = {}
    for records in sizes[:-1]:
        tenant(bench, records)
        out = bench.folder / "audit"
        shutil.rmtree(out, ignore_errors=True)
        peaks[records] = once(export_line(exoctl, out), stdout=subprocess.DEVNULL, env=bench.env)[2]
    peaks[sizes[-1]] = compare(bench, exoctl, python, client, once, sizes[-1])
    worst = max(peaks.values())
    shown = ", ".join(f"{records:,}: {peak:.0f} MiB" for records, peak in peaks.items())
    bench.row(f"peak memory at {', '.join(f'{size:,}' for size in sizes)} audit records", "–", f"{worst:.0f} MiB",
              "flat, < 200 MiB", worst < 200, shown)
