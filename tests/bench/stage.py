"""What the rows share: where things lie, how much is asked for, and the servers, started when a row
first wants them."""

import dataclasses
import functools
import pathlib
import resource
import shutil

import gateway
import inputs
import measure


@dataclasses.dataclass
class Sizes:
    runs: int = 5
    chat_tasks: int = 100_000
    node_tasks: int = 5_000
    load_lines: int = 1_000_000
    completes: int = 100_000  # a run; all runs together at most half of load_lines
    in_flight: int = 10_000
    rounds: int = 2  # requests for each that is in flight at once
    delay_s: float = 10
    images: int = 512  # a quarter of it is more than is in flight
    image_bytes: int = 1_500_000  # 2 MB as base64
    film_bytes: int = 2 << 30


SHORT = Sizes(runs=1, chat_tasks=500, node_tasks=100, load_lines=5_000, completes=1_000,
              in_flight=200, rounds=2, delay_s=0.5, images=5, film_bytes=16 << 20)


class Stage:
    def __init__(self, build, folder, sizes):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder).resolve()
        self.sizes = sizes
        self.folder.mkdir(parents=True, exist_ok=True)
        self.nightshift = self.build / "nightshift"
        self._runner = measure.Runner(self.program("usage_of"), self.folder)
        self._open = []

    def run(self, command, environment=None):
        """What it cost; raises Failed when it ended badly."""
        return self._runner.run(command, environment)

    def program(self, name):
        return self.build / "bench" / name

    def fresh(self, name):
        """An empty folder."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    @functools.cached_property
    def nginx(self):
        server = gateway.Nginx(self.folder, self.sizes.image_bytes, self.sizes.film_bytes)
        self._open.append(server)
        return server

    @functools.cached_property
    def reply_file(self):
        def make(path):
            path.write_text(inputs.chat_reply(), encoding="utf-8")
        return inputs.once(self.folder / "chat_reply.json", make)

    @functools.cached_property
    def body_file(self):
        def make(path):
            path.write_text(inputs.CHAT_BODY, encoding="utf-8")
        return inputs.once(self.folder / "chat_body.json", make)

    def run_ours(self, url, arguments, wrapper=()):
        """`nightshift run ... --json` in an empty folder; every task must have succeeded."""
        usage = self.run([*wrapper, self.nightshift, "run", *arguments, "--progress", "none",
                             "--json"], self.gateway_settings(url))
        counts = usage.last_json()["counts"]
        if sum(counts.values()) != counts["succeeded"]:
            raise measure.Failed(f"not everything succeeded: {counts}")
        return usage

    def gateway_settings(self, url):
        return {"NIGHTSHIFT_BASE_URL": url, "NIGHTSHIFT_API_KEY": "sk-bench"}

    def bare_loop(self, url, tasks, in_flight, more=()):
        return self.run([self.program("bare_loop"), "--url", f"{url}/v1/chat/completions",
                            "--body", self.body_file, "--tasks", tasks, "-j", in_flight, *more])

    def fsyncs_per_s(self):
        found = self.run([self.program("fsync_rate"), self.folder]).last_json()
        return found["count"] / found["seconds"]

    def start(self, server):
        self._open.append(server)
        return server

    def close(self):
        for server in reversed(self._open):
            server.close()


def descriptors_allowed(wanted):
    """Raises the limit of open files for this script and its children as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(wanted, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return soft
