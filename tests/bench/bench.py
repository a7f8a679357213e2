"""Measures the program against its references and prints a table of medians and ratios.

Called by scripts/bench, which builds what is measured. docs/performance.md says what the rows mean.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import time

import report
import rows_flight
import rows_media
import rows_queue
import rows_requests
from gateway import find_nginx
from measure import Failed
from stage import SHORT, Sizes, Stage

ROWS = {
    "chat": rows_requests.chat,
    "http2": rows_requests.http2,
    "node": rows_requests.node,
    "load": rows_queue.load,
    "completes": rows_queue.completes,
    "resume": rows_queue.resume,
    "flight": rows_flight.flight,
    "images": rows_media.images,
    "download": rows_media.download,
}
SKIPPED = 77  # what ctest takes for "not run"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--short", action="store_true",
                        help="a minute that shows only that every row works; judges nothing")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW",
                        help="one row (repeatable): " + ", ".join(ROWS))
    parser.add_argument("--runs", type=int, help="runs of each row (5)")
    parser.add_argument("--tasks", type=int, help="chat tasks a run (100000)")
    parser.add_argument("--lines", type=int, help="lines of the manifest that is loaded (1000000)")
    parser.add_argument("--build", default=ROOT / "build" / "bench", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=pathlib.Path, help="where to write the numbers; default "
                        "docs/bench.json when all of it was measured, else build/bench/bench.json")
    return parser.parse_args()


def sizes_of(given):
    sizes = SHORT if given.short else Sizes()
    sizes.runs = given.runs or sizes.runs
    sizes.chat_tasks = given.tasks or sizes.chat_tasks
    if given.lines:
        sizes.load_lines = given.lines
        sizes.completes = min(sizes.completes, given.lines // 2 // sizes.runs)
    return sizes


def words_of(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def setting():
    return {"at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "commit": words_of(["git", "rev-parse", "--short", "HEAD"]) or None,
            "processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(),
            "curl": words_of(["curl", "--version"]).splitlines()[0],
            "nginx": words_of([find_nginx(), "-v"])}


def measure_rows(stage, names):
    """The lines, and the names of the rows that did not work."""
    lines, broken = [], []
    for name in names:
        began = time.monotonic()
        try:
            found = list(ROWS[name](stage))
        except (Failed, OSError, ValueError) as error:
            broken.append(name)
            print(f"{name}: DID NOT WORK: {error}", file=sys.stderr, flush=True)
            continue
        lines += found
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return lines, broken


def main():
    given = arguments()
    if find_nginx() is None:
        print("bench: nginx is missing; scripts/setup bench installs it", file=sys.stderr)
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended
    build = pathlib.Path(given.build).resolve()
    stage = Stage(build, build / "bench" / "work", sizes_of(given))
    try:
        lines, broken = measure_rows(stage, given.only or list(ROWS))
    finally:
        stage.close()
    print(report.table(lines, judge=not given.short))
    whole = not (given.short or given.only or given.runs or given.tasks or given.lines)
    path = given.json or (ROOT / "docs" if whole else build) / "bench.json"
    numbers = {"schema": 1, **setting(), "runs": stage.sizes.runs, "broken": broken,
               "lines": [line.as_json() for line in lines]}
    path.write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"the numbers are in {os.path.relpath(path)}", file=sys.stderr)
    missed = [] if given.short else [line.what for line in lines if line.met() is False]
    if missed:
        print("targets not met: " + "; ".join(missed), file=sys.stderr)
    return 1 if broken or missed else 0


if __name__ == "__main__":
    sys.exit(main())
