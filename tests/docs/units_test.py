"""That systemd takes the units in docs/how-to.md as they are there.

    python3 tests/docs/units_test.py

Ends with 77 where there is no systemd-analyze. What it only warns about is wrong, too: it passes
over a line that it does not understand, and so would a machine at night.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from blocks import blocks_of

ROOT = pathlib.Path(__file__).resolve().parents[2]


def units():
    """The files that the document shows, by name."""
    text = (ROOT / "docs" / "how-to.md").read_text()
    blocks = blocks_of("docs/how-to.md", text)
    return {block.words: "\n".join(block.lines) + "\n" for block in blocks
            if block.marker == "file" and block.words.endswith((".service", ".timer"))}


def complaints(files):
    """What systemd says of them; "" when it takes them."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        script = folder / "home" / "night" / "night.sh"  # that the service starts
        script.parent.mkdir(parents=True)
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        for file, text in files.items():
            (folder / file).write_text(text)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"),
                       "XDG_RUNTIME_DIR": name}
        ended = subprocess.run(["systemd-analyze", "--user", "--man=no", "verify",
                                *(str(folder / file) for file in files)],
                               capture_output=True, text=True, env=environment)
        said = ended.stdout + ended.stderr
        return said or (f"ended with {ended.returncode}" if ended.returncode else "")


def main():
    if not shutil.which("systemd-analyze"):
        print("there is no systemd-analyze")
        return 77
    files = units()
    failed = 0
    if len(files) != 2:
        print(f"docs/how-to.md shows {sorted(files)}, not a service and a timer")
        failed += 1
    said = complaints(files)
    if said:
        print(said)
        failed += 1
    for right, wrong in (("Type=exec", "Type=exac"), ("OnCalendar=22:00", "OnCalendar=2200x")):
        broken = {file: text.replace(right, wrong) for file, text in files.items()}
        if broken == files or not complaints(broken):
            print(f"not seen: {wrong}")
            failed += 1
    print(f"units={len(files)} failed={failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
