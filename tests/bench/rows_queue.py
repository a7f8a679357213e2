"""The queue: loading, durable completes, resuming. The later rows use the queue that the first one
left, so each builds it when it runs alone."""

import functools
import shutil
import time

import gateway
import inputs
import measure
from report import Line


def load_into(stage, folder, lines):
    manifest = inputs.chat_manifest(stage.folder, lines)
    return stage.run([stage.nightshift, "run", manifest, "-o", folder, "--limit", "0"])


@functools.cache
def full_queue(stage):
    """A run folder with every line loaded and nothing done."""
    folder = stage.fresh("queue") / "run"
    load_into(stage, folder, stage.sizes.load_lines)
    return folder


@functools.cache
def half_done(stage):
    """The same folder with half of it done."""
    folder = full_queue(stage)
    left = stage.sizes.load_lines // 2 - done_in(stage, folder)
    if left > 0:
        complete(stage, folder, left)
    # Appends to the ledger what the store has done, so that no start has to.
    stage.run([stage.nightshift, "run", "-o", folder, "--limit", "0"])
    return folder


def done_in(stage, folder):
    status = stage.run([stage.nightshift, "status", folder, "--json"])
    return status.last_json()["counts"]["succeeded"]


def complete(stage, folder, tasks):
    return stage.run([stage.program("store_completes"), folder, "--reply", stage.reply_file,
                        "--tasks", tasks]).last_json()


def load(stage):
    lines = stage.sizes.load_lines
    manifest = inputs.chat_manifest(stage.folder, lines)
    ours, reference = [], []
    for _ in range(stage.sizes.runs):
        database = stage.fresh("insert") / "queue.db"
        reference.append(stage.run([stage.program("simdjson_insert"), manifest, database]))
        ours.append(load_into(stage, stage.fresh("load") / "run", lines))
    small = load_into(stage, stage.fresh("load") / "run", lines // 10)
    for name in ("insert", "load"):
        shutil.rmtree(stage.folder / name)
    yield Line("load", "loading, time against parse and INSERT", "s",
               [each.seconds for each in ours], [each.seconds for each in reference],
               judged="ratio", most=1.3, note=f"{lines:,} lines")
    yield Line("load", "loading", "lines/s", [lines / each.seconds for each in ours],
               [lines / each.seconds for each in reference], judged="ours", least=100_000)
    yield Line("load", "loading, peak memory", "MiB", [each.peak_mib for each in ours],
               [small.peak_mib] * len(ours), judged="ours", most=150,
               note=f"the reference is a load of {lines // 10:,} lines")


def completes(stage):
    folder = full_queue(stage)
    found, disk = [], []
    for _ in range(stage.sizes.runs):
        disk.append(stage.fsyncs_per_s())
        found.append(complete(stage, folder, stage.sizes.completes))
    yield Line("completes", "durable completes, store alone", "1/s",
               [each["count"] / each["seconds"] for each in found], judged="ours", least=20_000,
               note=f"turns of 64, synchronous=FULL, disk {min(disk):,.0f} to {max(disk):,.0f} "
                    "fsyncs/s")


def first_request_s(stage, folder):
    """From the start of `nightshift run -o FOLDER` to its first POST; then it is killed."""
    server = gateway.FirstRequest()
    try:
        began = time.monotonic()
        child = measure.start([stage.nightshift, "run", "-o", folder, "--progress", "none"],
                              stage.folder, stage.gateway_settings(server.url))
        try:
            return server.wait(60) - began
        finally:
            child.kill()
            child.wait()
    finally:
        server.close()


def resume(stage):
    folder = half_done(stage)
    starts, statuses = [], []
    for _ in range(stage.sizes.runs):
        starts.append(first_request_s(stage, folder))
        statuses.append(stage.run([stage.nightshift, "status", folder]).seconds)
    what = f"{stage.sizes.load_lines:,} tasks, half done"
    yield Line("resume", "start to first request", "s", starts, judged="ours", most=0.5,
               note=what + "; killed before")
    yield Line("resume", "status", "s", statuses, judged="ours", most=0.1, note=what)
