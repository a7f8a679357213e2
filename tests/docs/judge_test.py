"""That commands.py sees what is wrong with a document: one wrong document a case.

    python3 tests/docs/judge_test.py PROGRAM
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WRONG = {
    "a flag that does not exist, in a block": "    nightshift check night.jsonl --no-such-flag\n",
    "a flag that does not exist, in a fence": "```sh\nnightshift status night.run --nope\n```\n",
    "a flag that does not exist, in the text": "Type `nightshift run --nope`.\n",
    "a flag alone, in the text": "There is `--no-such-flag-anywhere`.\n",
    "a command that does not exist": "    nightshift sleep night.run\n",
    "a synopsis with an unknown flag": "    nightshift show DIR ID [--nope]\n",
    "a command in a block that is not run": "```text\n$ nightshift status night.run\n```\n",
    "another exit code": "<!-- run: exit=3 -->\n    nightshift check night.jsonl\n",
    "a failure in the middle of a block":
        "    nightshift show night.run nobody\n    cat night.jsonl\n",
    "a script that is not there": "    scripts/no_such_script --full\n",
    "a script's flag that is not there": "    scripts/demo --no-such-flag-anywhere\n",
    "a manifest that check refuses":
        '<!-- file: a.jsonl -->\n    {"model": "gpt-5.4", "promt": 1}\n',
    "settings that are refused": "<!-- file: a.toml -->\n```toml\n[run]\nsleep = 8\n```\n",
    "a link that leads nowhere": "See [this](nowhere.md).\n",
}
# What a document may say besides: every case has it, so that something is run.
RIGHT = "    nightshift check night.jsonl\n\nText.\n\n"


def judged(program, text):
    with tempfile.TemporaryDirectory() as folder:
        document = pathlib.Path(folder) / "case.md"
        document.write_text(RIGHT + text)
        return subprocess.run([sys.executable, "-B", HERE / "commands.py", "--program", program,
                               document], capture_output=True, text=True)


def main(program):
    failed = 0
    right = judged(program, "")
    if "case.md:" in right.stdout or "commands_run=1 " not in right.stdout:
        print("a right document is not taken:", right.stdout, right.stderr)
        failed += 1
    for name, text in WRONG.items():
        ended = judged(program, text)
        if ended.returncode != 1 or "case.md:" not in ended.stdout:
            print(f"not seen: {name}\n{ended.stdout}{ended.stderr}")
            failed += 1
    print(f"documents={1 + len(WRONG)} failed={failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
