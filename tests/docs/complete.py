"""What documents must name one by one: a list of (document, what is missing).

Sources are the program's own lists, so that a word that is added there is missed here.
"""

import re
import subprocess


def listed(program, *words):
    text = subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
    return text


def rows_of(text):
    """What the rows of tables of `text` begin with: a word, or numbers with commas."""
    return {word for row in re.findall(r"^\| `?([a-z_-]+|[\d, ]+)", text, re.M)
            for word in row.strip().split(", ")}


def missing(program, root):
    kinds = re.findall(r"^  ([a-z_]+)  +[a-z]", listed(program, "help", "errors"), re.M)
    codes = re.findall(r"^  (\d+) ", listed(program, "help", "exit-codes"), re.M)
    commands = re.findall(r"^  ([a-z]+) ", listed(program, "--help").split("Subcommands:")[1], re.M)
    wanted = {"docs/errors.md": kinds + codes, "README.md": codes + commands,
              "README.zh-CN.md": codes + commands}
    found = []
    for document, words in wanted.items():
        there = rows_of((root / document).read_text())
        found += [(document, word) for word in words if word not in there]
    return found


def headings(text):
    """How deep the headings are, in order: two languages of one page have the same."""
    return [len(level) for level in re.findall(r"^(#+) ", text, re.M)]


def links(text):
    return sorted(re.findall(r"\]\((?!http)([^)#]+)", text))


def unlike(root):
    """How README.zh-CN.md is built otherwise than README.md; "" when it is not."""
    english, chinese = ((root / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    if headings(english) != headings(chinese):
        return "its headings are not those of README.md"
    ours, theirs = links(chinese) + ["README.zh-CN.md"], links(english) + ["README.md"]
    if sorted(ours) != sorted(theirs):  # each links to the other
        return f"its links are not those of README.md: {set(ours) ^ set(theirs)}"
    return ""


def dead_links(root, documents):
    """(document, link) of every link to a file that is not there."""
    found = []
    for document in documents:
        path = root / document
        found += [(document, link) for link in links(path.read_text())
                  if not (path.parent / link).exists()]
    return found
