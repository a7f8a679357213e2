"""Runs every command that the documents show against the stand-in gateway, and holds every flag
that they name against the program's own help.

    python3 tests/docs/commands.py --program build/dev/nightshift [DOCUMENT...]

Prints what failed with document and line, and at last how many commands were run. Commands of
scripts/ and of CMake build the program, or take hours: of these is checked that they are there and
know the flags; the same of a synopsis with names such as DIR. blocks.py says how a document marks
what a block needs.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from blocks import blocks_of, spans_of
from complete import dead_links, missing, unlike
from stage import Stage

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z-]*[a-z]|-[a-zA-Z])(?![\w-])")
SYNOPSIS = re.compile(r"\[-?-?[A-Z]|(?<![=\w])(DIR|MANIFEST|ID|COMMAND)\b")
BUILDING = re.compile(r"(?:sudo )?(scripts/\w+|cmake|ctest|cpack|build/(?!release/nightshift)\S+)")


def documents():
    return ["README.md", "README.zh-CN.md", "jobs/README.md", "schemas/README.md",
            *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]


class Flags:
    """What the program, its commands and the scripts know."""

    def __init__(self, program):
        self.program = program
        listed = self.help().split("Subcommands:")[1]
        self.commands = set(re.findall(r"^  ([a-z]+) ", listed, re.M))
        self.known = {command: set(FLAG.findall(self.help(command))) | {"-h", "--help"}
                      for command in self.commands}
        self.known[""] = set(FLAG.findall(self.help()))
        self.elsewhere = set()
        for path in [*(ROOT / "scripts").iterdir(), *(ROOT / "tests").rglob("*.cpp"),
                     *(ROOT / "tests").rglob("*.py")]:
            if path.is_file() and path.parent.name != "docs":
                self.elsewhere |= set(FLAG.findall(path.read_text()))

    def help(self, *command):
        return subprocess.run([self.program, *command, "--help"], capture_output=True, text=True,
                              check=True).stdout

    def of_nightshift(self, words):
        """What is wrong with `nightshift WORDS`; "" when nothing is."""
        first = words.split()[0] if words.split() else ""
        command = first if first in self.commands else ""
        if not command and re.match("[a-z]", first):
            return f"there is no command {first}"
        unknown = set(FLAG.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", words))) - self.known[command]
        return f"nightshift {command} has no {' '.join(sorted(unknown))}" if unknown else ""

    def of_span(self, span):
        """The same of code in the text; "" also for what is no command."""
        first = span.split()[0]
        if first == "nightshift":
            return self.of_nightshift(span[len("nightshift"):].split(";")[0].split(" | ")[0])
        if first in self.commands and re.search(r" (-|\[-|[A-Z]{3})", span):
            return self.of_nightshift(span)
        if span.startswith("--"):
            known = set().union(*self.known.values(), self.elsewhere)
            unknown = set(FLAG.findall(span)) - known
            return f"nothing has {' '.join(sorted(unknown))}" if unknown else ""
        return ""


def looked_at(command, flags):
    """What is wrong with a command that only is looked at: it builds or measures, or has names
    such as DIR to be filled in. None when it is another one."""
    head = BUILDING.match(command)
    if not head:
        if command.startswith("nightshift ") and SYNOPSIS.search(command):
            return flags.of_nightshift(command[len("nightshift "):])
        return None
    if head[1].startswith("scripts/") and not (ROOT / head[1]).is_file():
        return f"there is no {head[1]}"
    if head[1] in ("cmake", "ctest", "cpack"):
        preset = re.search(r"--preset (\S+)", command)
        presets = (ROOT / "CMakePresets.json").read_text()
        return f"no preset {preset[1]}" if preset and f'"{preset[1]}"' not in presets else ""
    typed = re.split(r"\s{2,}", command.strip())[0]  # the words behind say what it does
    unknown = set(FLAG.findall(typed)) - flags.elsewhere
    return f"{head[1]} has no {' '.join(sorted(unknown))}" if unknown else ""


class Tally:
    def __init__(self):
        self.run = self.looked_at = self.left_out = self.spans = 0
        self.wrong = []

    def found(self, where, what, said=""):
        self.wrong.append(where)
        print(f"{where}: {what}", *said.splitlines()[-15:], sep="\n    ")


def run_block(block, stage, tally):
    url = background = None
    if "beside-a-run" in block.words:
        background, url = stage.run_in_background()
    elif "fresh" not in block.words:
        stage.prepare_run()
    try:
        code, said = stage.shell(block, url)
    finally:
        if background:
            stage.end_background(background)
    tally.run += len(block.commands)
    expected = block.option("exit") or 0
    if code != expected:
        tally.found(block.where, f"ended with {code}, not {expected}", said)


def write_file(block, stage, tally):
    path = stage.folder / block.words
    path.write_text("\n".join(block.lines) + "\n")
    is_recipe = any(line.startswith("[task.") for line in block.lines)
    judge = {".jsonl": ["check", block.words, "-q"],
             ".toml": ["check", "night.jsonl", "-q", "--config", block.words]}.get(path.suffix)
    if is_recipe:
        judge = ["check", block.words, "-q"]
    if judge and "[[rule]]" not in block.lines:
        ended = subprocess.run([stage.program, *judge], cwd=stage.folder, capture_output=True,
                               text=True, env=stage.environment())
        if ended.returncode != 0:
            tally.found(block.where, f"{block.words} is refused", ended.stdout + ended.stderr)


def try_document(name, stage, flags, tally):
    text = (ROOT / name).read_text()
    for number, span in spans_of(text):
        wrong = flags.of_span(span)
        tally.spans += 1
        if wrong:
            tally.found(f"{name}:{number}", wrong)
    for block in blocks_of(name, text):
        if block.marker == "file":
            write_file(block, stage, tally)
            continue
        if not block.commands:
            if not block.marker and any(re.match(r"(\S+ )?nightshift ", line)
                                        for line in block.lines):
                tally.found(block.where, "has a command, but begins with none: mark it, or part it")
            continue
        looked = [looked_at(command, flags) for command in block.commands]
        if block.marker == "not run":
            tally.left_out += len(block.commands)
        elif any(result is not None for result in looked):
            tally.looked_at += len(block.commands)
            if None in looked:
                tally.found(block.where, "part what is run from what is only looked at")
        else:
            try:
                run_block(block, stage, tally)
            except (RuntimeError, subprocess.TimeoutExpired) as trouble:
                tally.found(block.where, str(trouble))
        for wrong in filter(None, looked):
            tally.found(block.where, wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("documents", nargs="*", default=documents())
    given = parser.parse_args()
    program = given.program.resolve()
    flags, tally = Flags(program), Tally()
    with tempfile.TemporaryDirectory() as folder:
        for name in given.documents:
            with Stage(program, ROOT, pathlib.Path(folder) / name.replace("/", "_")) as stage:
                try_document(name, stage, flags, tally)
    for document, word in missing(program, ROOT):
        tally.found(document, f"no table has a row for {word}")
    for document, link in dead_links(ROOT, given.documents):
        tally.found(document, f"a link leads nowhere: {link}")
    if unlike(ROOT):
        tally.found("README.zh-CN.md", unlike(ROOT))
    print(f"documents={len(given.documents)} commands_run={tally.run} "
          f"only_looked_at={tally.looked_at} not_runnable={tally.left_out} "
          f"code_in_text={tally.spans} wrong={len(tally.wrong)}")
    return 1 if tally.wrong or tally.run == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
