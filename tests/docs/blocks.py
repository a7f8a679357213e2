"""Finds what a document tells its reader to type: code blocks, and code in the text.

An HTML comment on the line before a block says what its test needs:

    <!-- run: beside-a-run exit=1 until=3 -->   a scene, an exit code, an end by Ctrl-C after 3 s
    <!-- not run: REASON -->                    not run, and why
    <!-- file: NAME -->                         no commands: a file that later blocks read
"""

import re
from dataclasses import dataclass, field

COMMAND = re.compile(r"(?:[A-Z_]+=\S+ +)*(?:sudo +|command +)?"
                     r"(?:nightshift|export|scripts/\w+|build/\S+|cmake|ctest|cpack|cp|cat|jq|"
                     r"python3|sh|sed|mkdir|chmod|systemctl|apt|npm|gunzip|zcat|tail|kill)\b")
SHELLS = ("", "sh", "bash", "shell")
MARKER = re.compile(r"<!-- (run|not run|file): *(.*?) *-->$")


@dataclass
class Block:
    document: str
    line: int  # of its first line, from 1
    lines: list
    marker: str = ""  # run, not run, file or nothing
    words: str = ""  # what the marker says besides
    commands: list = field(default_factory=list)

    @property
    def where(self):
        return f"{self.document}:{self.line}"

    def option(self, name):
        found = re.search(rf"\b{name}=(\d+)", self.words)
        return int(found[1]) if found else None


def blocks_of(document, text):
    """All blocks, fenced or indented, in order; `commands` is empty where nothing is typed."""
    lines = text.splitlines()
    marker, found, at = ("", ""), [], 0
    while at < len(lines):
        line = lines[at]
        fence = re.match(r"```(\w*)$", line)
        indented = line.startswith("    ") and (at == 0 or not lines[at - 1].strip() or marker[0])
        if not fence and not indented:
            said = MARKER.match(line)
            if said:
                marker = (said[1], said[2])
            elif line.strip():
                marker = ("", "")
            at += 1
            continue
        start = at + 1 if fence else at
        end = start
        while end < len(lines) and (lines[end] != "```" if fence else
                                    lines[end].startswith("    ") or not lines[end].strip()):
            end += 1
        block = Block(document, start + 1, [text if fence else text[4:]
                                            for text in lines[start:end]], *marker)
        if block.marker != "file" and (not fence or fence[1] in SHELLS):
            block.commands = commands_of(block.lines)
        found.append(block)
        marker, at = ("", ""), end + 1 if fence else end
    return found


def commands_of(lines):
    """The commands of a block, continued lines joined; none when its first word is no command."""
    joined, commands = "", []
    for line in lines:
        joined += line[:-1] if line.endswith("\\") else line
        if line.endswith("\\"):
            continue
        if joined.strip() and not joined.lstrip().startswith("#"):
            commands.append(joined)
        joined = ""
    return commands if commands and COMMAND.match(commands[0]) else []


def spans_of(text):
    """Code in the text, outside of blocks: (line number, code)."""
    fenced, found = False, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            found += [(number, span.replace("\\|", "|")) for span in re.findall("`([^`]+)`", line)]
    return found
