"""The queue: loading, durable completes, resuming. The later rows use the queue that the first one
left, so each builds it when it runs alone."""

import functools
import shutil
import time

import gateway
import inputs
import measure
from report import Line

LARGE_TURN = 512  # where the disk is slow, this shows what the store itself could do


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


def complete(stage, folder, tasks, turn=64):
    return stage.run([stage.program("store_completes"), folder, "--reply", stage.reply_file,
                      "--tasks", tasks, "--batch", turn]).last_json()


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
    peaks = [each.peak_mib for each in ours]
    yield Line("load", "loading, peak memory", "MiB", peaks, judged="ours", most=150)
    yield Line("load", "loading, peak memory against a tenth of the lines", "MiB", peaks,
               [small.peak_mib] * len(peaks), judged="ratio", most=1.25)


def completes(stage):
    folder = full_queue(stage)
    found, larger, disk = [], [], []
    for _ in range(stage.sizes.runs):
        disk.append(stage.fsyncs_per_s())
        found.append(complete(stage, folder, stage.sizes.completes // 2))
        larger.append(complete(stage, folder, stage.sizes.completes // 2, LARGE_TURN))
    yield Line("completes", "durable completes, store alone, turns of 64", "1/s",
               [each["count"] / each["seconds"] for each in found], judged="ours", least=20_000,
               note=f"synchronous=FULL; disk {min(disk):,.0f} to {max(disk):,.0f} fsyncs/s, so at "
                    f"most {64 * max(disk):,.0f}")
    yield Line("completes", f"durable completes, turns of {LARGE_TURN}", "1/s",
               [each["count"] / each["seconds"] for each in larger])
    yield Line("completes", "CPU a durable complete, turns of 64", "ms",
               [1000 * each["cpu_s"] / each["count"] for each in found])


def first_request_s(stage, folder, port):
    """From the start of `nightshift run -o FOLDER` to its first POST; then it is killed.

    Its task stays under way at this gateway, so the next run has to find it at the same port.
    """
    server = gateway.FirstRequest(port)
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
    port = gateway.free_port()
    for _ in range(stage.sizes.runs):
        starts.append(first_request_s(stage, folder, port))
        statuses.append(stage.run([stage.nightshift, "status", folder]).seconds)
    what = f"{stage.sizes.load_lines:,} tasks, half done"
    yield Line("resume", "start to first request", "s", starts, judged="ours", most=0.5,
               note=what + "; killed before")
    yield Line("resume", "status", "s", statuses, judged="ours", most=0.1, note=what)
