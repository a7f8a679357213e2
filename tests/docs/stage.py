"""A folder where documented commands can be run: a stand-in gateway, manifests, a run directory."""

import os
import pathlib
import signal
import subprocess
import time

KEY = "sk-sandbox-docs"
NIGHT = """\
{"id": "hello", "model": "claude-sonnet-4-6", "prompt": "Say hello.", "tags": ["text"]}
{"id": "again", "model": "claude-sonnet-4-6", "prompt": "Say it again.", "tags": ["text"]}
{"id": "fox", "model": "gpt-5.4", "prompt": "Tell of a fox.", "tags": ["text"]}
{"id": "owl", "model": "gpt-5.4", "prompt": "Tell of an owl.", "tags": ["text"]}
{"id": "apple", "model": "gpt-image-2", "prompt": "a red apple", "tags": ["image"]}
{"id": "horse", "model": "happyhorse-1.0-t2v", "prompt": "a white foal", "duration": 3}
{"id": "tea", "model": "qwen3-tts-flash", "input": "Tea is ready.", "voice": "Cherry"}
"""
MORE = '{"id": "more", "model": "gpt-5.4", "prompt": "And more?"}\n'
PRICES = '[price."*"]\nper_task = 0.01\n'
# So that a run is still there when the commands beside it are tried.
SLOW = '[[rule]]\nendpoint = ["messages", "chat_completions"]\ndelay = 600\n'
PATIENCE_S = 60


class Stage:
    """Everything it started has ended when the `with` is left."""

    def __init__(self, program, source, folder):
        self.program, self.source, self.folder = program, source, pathlib.Path(folder)
        self.started, self.url = [], ""

    def __enter__(self):
        self.folder.mkdir(parents=True)
        for name in ("samples", "schemas", "docs"):
            (self.folder / name).symlink_to(self.source / name)
        for path in ("bin/nightshift", "build/release/nightshift"):
            (self.folder / path).parent.mkdir(parents=True)
            (self.folder / path).symlink_to(self.program)
        (self.folder / "night.jsonl").write_text(NIGHT)
        (self.folder / "more.jsonl").write_text(MORE)
        (self.folder / "nightshift.toml").write_text(PRICES)
        (self.folder / "home").mkdir()
        (self.folder / "home" / "nightshift.key").write_text(KEY + "\n")
        (self.folder / "home" / "nightshift.key").chmod(0o600)
        self.url = self.serve("--speed", "50")
        self.ready = False
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def environment(self, url=None):
        return {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": f"{self.folder}/home",
                "LANG": "C.UTF-8", "NIGHTSHIFT_BASE_URL": url or self.url,
                "NIGHTSHIFT_API_KEY": KEY,
                # A stand-in for the night's patience, and for the reader who says yes.
                "NIGHTSHIFT_POLL_INTERVAL": "0.2", "NIGHTSHIFT_RETRY_BASE": "0.05",
                "NIGHTSHIFT_YES": "1"}

    def start(self, arguments, url=None, **streams):
        process = subprocess.Popen([self.program, *arguments], cwd=self.folder,
                                   env=self.environment(url), start_new_session=True,
                                   stdin=subprocess.DEVNULL, **streams)
        self.started.append(process)
        return process

    def serve(self, *flags):
        """Starts a stand-in gateway; its base URL."""
        process = self.start(["sandbox", "--listen", "127.0.0.1:0", *flags],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return process.stdout.readline().strip()

    def prepare_run(self):
        """night.run, as a run of night.jsonl left it. Does nothing the second time."""
        if not self.ready and not (self.folder / "night.run").exists():
            self.start(["run", "night.jsonl", "-q"], stderr=subprocess.DEVNULL).wait(PATIENCE_S)
        self.ready = True

    def run_in_background(self):
        """A run in night.run that goes on by itself until `end_background`."""
        subprocess.run(["rm", "-rf", self.folder / "night.run"], check=True)
        (self.folder / "slow.toml").write_text(SLOW)
        slow = self.serve("--faults", "slow.toml")
        process = self.start(["run", "night.jsonl", "--progress", "none", "-j", "2"], slow,
                             stderr=subprocess.DEVNULL)
        socket, until = self.folder / "night.run/.nightshift/control", time.monotonic() + PATIENCE_S
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the run in the background did not begin")
            time.sleep(0.02)
        return process, slow

    def end_background(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["rm", "-rf", self.folder / "night.run"], check=True)
        self.ready = False

    def shell(self, block, url=None):
        """Runs a block's commands in one bash; (exit code, what it said)."""
        text = "\n".join(["set -eo pipefail", *block.lines])
        text = text.replace("https://api.example.com", url or self.url).replace("sk-...", KEY)
        process = subprocess.Popen(["bash", "-c", text], cwd=self.folder, text=True,
                                   env=self.environment(url), start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        self.started.append(process)
        until_s = block.option("until")
        try:
            said, _ = process.communicate(timeout=until_s or PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT if until_s else signal.SIGKILL)
            said, _ = process.communicate(timeout=PATIENCE_S)
            return (0 if until_s and process.returncode in (0, 130, -2) else 124), said
        return process.returncode, said
