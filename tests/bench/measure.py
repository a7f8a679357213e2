"""Runs one program and counts what it cost: wall time, CPU (user and system) and peak memory."""

import dataclasses
import json
import os
import signal
import subprocess


class Failed(Exception):
    """A program that was measured did not do its work."""


@dataclasses.dataclass
class Usage:
    seconds: float
    cpu_s: float  # of the program and of the children that it waited for
    peak_mib: float
    output: str

    def last_json(self):
        return json.loads(self.output.strip().splitlines()[-1])


def clean_environment(more=None):
    """Nothing of the caller's settings: no proxies, no NIGHTSHIFT_*."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **(more or {})}


def start(command, folder, environment=None, **streams):
    """A child that the caller ends."""
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    return subprocess.Popen([str(word) for word in command], cwd=folder,
                            stdin=subprocess.DEVNULL, env=clean_environment(environment),
                            **streams)


class Runner:
    """Measures by way of the program `usage_of`. Everything runs in `folder`."""

    def __init__(self, usage_of, folder):
        self.usage_of = usage_of
        self.folder = folder

    def run(self, command, environment=None):
        """Waits for its end; raises Failed, with its last words, when it ended badly."""
        cost = self.folder / "cost.json"
        with open(self.folder / "stdout", "w+b") as out, open(self.folder / "stderr", "w+b") as err:
            child = start([self.usage_of, cost, *command], self.folder, environment,
                          stdout=out, stderr=err, start_new_session=True)
            try:
                child.wait()
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
            out.seek(0)
            err.seek(0)
            output = out.read().decode(errors="replace")
            words = err.read().decode(errors="replace")
        if child.returncode != 0:
            raise Failed(f"{command[0]} ended with {child.returncode}: "
                         f"{words[-2000:] or output[-2000:]}")
        found = json.loads(cost.read_text(encoding="utf-8"))
        return Usage(found["seconds"], found["cpu_s"], found["peak_kib"] / 1024, output)
