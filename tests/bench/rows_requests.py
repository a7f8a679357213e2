"""Small chat tasks: what a request costs against loops that do nothing but send."""

import json
import os
import pathlib
import shutil
import subprocess

import inputs
import measure
from report import Line

IN_FLIGHT = 64
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"  # what Debian's libcurl reads
HERE = pathlib.Path(__file__).resolve().parent


def curl_parallel(stage, config):
    return stage.run(["curl", "--parallel", "--parallel-max", IN_FLIGHT, "--silent",
                        "--show-error", "--config", config])


def chat(stage):
    tasks = stage.sizes.chat_tasks
    url = stage.nginx.url
    manifest = inputs.chat_manifest(stage.folder, tasks)
    config = inputs.curl_config(stage.folder, tasks, f"{url}/v1/chat/completions")
    ours, bare, curl, disk = [], [], [], []
    for _ in range(stage.sizes.runs):
        disk.append(stage.fsyncs_per_s())
        bare.append(stage.bare_loop(url, tasks, IN_FLIGHT))
        run_folder = stage.fresh("chat") / "run"
        ours.append(stage.run_ours(url, [manifest, "-o", run_folder, "-j", IN_FLIGHT]))
        curl.append(curl_parallel(stage, config))
    config.unlink()
    shutil.rmtree(stage.folder / "chat")
    cpu_ms = [1000 * each.cpu_s / tasks for each in ours]
    disk_words = f"disk {min(disk):,.0f} to {max(disk):,.0f} fsyncs/s"
    yield Line("chat", "CPU a task against the bare loop", "ms", cpu_ms,
               [1000 * each.cpu_s / tasks for each in bare], judged="ratio", most=2.0,
               note=f"{tasks:,} tasks, -j {IN_FLIGHT}, loading included")
    yield Line("chat", "CPU a task against curl --parallel", "ms", cpu_ms,
               [1000 * each.cpu_s / tasks for each in curl], judged="ratio", most=1.0)
    yield Line("chat", "requests/s while sending", "1/s",
               [tasks / each.last_json()["seconds"] for each in ours],
               [each.last_json()["count"] / each.last_json()["seconds"] for each in bare],
               judged="ratio", least=0.5, note=disk_words)
    yield Line("chat", "tasks/s of the whole command", "1/s",
               [tasks / each.seconds for each in ours], [tasks / each.seconds for each in bare],
               note="with start and loading")
    yield Line("chat", "peak memory", "MiB", [each.peak_mib for each in ours])


def trusting(stage):
    """A command that runs another with nginx's certificate among the system's, for it alone.

    nightshift trusts what the system trusts and has no flag for more, so it gets a mount namespace
    of its own with a longer bundle; both sides read the same one.
    """
    bundle = stage.folder / "ca_bundle.pem"
    own = stage.nginx.certificate.read_bytes()
    bundle.write_bytes(pathlib.Path(CA_BUNDLE).read_bytes() + own)
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    return bundle, unshare + ["sh", "-c", f'mount --bind "$0" {CA_BUNDLE} && exec "$@"', bundle]


def http2(stage):
    tasks = stage.sizes.chat_tasks
    url = stage.nginx.tls_url
    manifest = inputs.chat_manifest(stage.folder, tasks)
    bundle, wrapper = trusting(stage)
    ours, bare = [], []
    for _ in range(stage.sizes.runs):
        bare.append(stage.bare_loop(url, tasks, IN_FLIGHT, ["--http2", "--ca", bundle]))
        run_folder = stage.fresh("http2") / "run"
        ours.append(stage.run_ours(url, [manifest, "-o", run_folder, "-j", IN_FLIGHT], wrapper))
    shutil.rmtree(stage.folder / "http2")
    yield Line("http2", "CPU a task over TLS and HTTP/2", "ms",
               [1000 * each.cpu_s / tasks for each in ours],
               [1000 * each.cpu_s / tasks for each in bare], judged="ratio", most=1.5,
               note=f"{tasks:,} tasks, -j {IN_FLIGHT}, loading included")
    yield Line("http2", "requests/s over TLS and HTTP/2", "1/s",
               [tasks / each.last_json()["seconds"] for each in ours],
               [each.last_json()["count"] / each.last_json()["seconds"] for each in bare])


def node(stage):
    tasks = stage.sizes.node_tasks
    url = stage.nginx.url
    manifest = inputs.chat_manifest(stage.folder, tasks)
    packages = stage.folder / "node"
    if not (packages / "node_modules" / "openai").exists():
        packages.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE.parent / "sandbox" / "sdk" / name, packages)
        try:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                           cwd=packages, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise measure.Failed(f"npm could not install the SDK: {error}") from error
    shutil.copy(HERE / "node_sdk.mjs", packages)
    ours, theirs = [], []
    for _ in range(stage.sizes.runs):
        results = stage.fresh("node_run") / "results.jsonl"
        theirs.append(stage.run(["node", packages / "node_sdk.mjs", f"{url}/v1", manifest,
                                   results, IN_FLIGHT]))
        with open(results, encoding="utf-8") as lines:
            good = sum(1 for line in lines if json.loads(line)["text"])
        if good != tasks:
            raise measure.Failed(f"the SDK got {good} of {tasks} answers")
        run_folder = stage.fresh("node_run") / "run"
        ours.append(stage.run_ours(url, [manifest, "-o", run_folder, "-j", IN_FLIGHT]))
    shutil.rmtree(stage.folder / "node_run")
    yield Line("node", "CPU a task against a script on the Node SDK", "ms",
               [1000 * each.cpu_s / tasks for each in ours],
               [1000 * each.cpu_s / tasks for each in theirs],
               note=f"{tasks:,} tasks; the script keeps no queue and syncs nothing")
    yield Line("node", "peak memory", "MiB", [each.peak_mib for each in ours],
               [each.peak_mib for each in theirs])
