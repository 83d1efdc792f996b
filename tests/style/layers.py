#!/usr/bin/env python3
"""Holds the layers of the source trees and the few rules that every file keeps.

    tests/style/layers.py [ROOT]

Prints one line for each breach, as FILE:LINE: sentence, and fails if there is any. The tables below
are the rule; docs/STYLE.md tells why. If a breach stops you, move the code before you change them.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# Who may include whom. A file belongs to the longest folder here that it is in, and may include
# headers of its own folder and of those named.
SHARED = ["sdk/cpp/avow/base", "sdk/cpp/avow/model", "sdk/cpp/avow/capability", "sdk/cpp/avow/wire"]
SERVER = ["server/base", "server/dataspace", "server/engine", "server/session"]
MAY_INCLUDE = {
    "sdk/cpp/avow/base": [],
    "sdk/cpp/avow/model": SHARED[:1],
    "sdk/cpp/avow/capability": SHARED[:2],
    "sdk/cpp/avow/wire": SHARED[:3],
    "sdk/cpp/avow/client": [*SHARED, "sdk/cpp/avow"],
    "sdk/cpp/avow": [*SHARED, "sdk/cpp/avow/client"],  # The headers that users include.
    "sdk/cli": [*SHARED, "sdk/cpp/avow/client", "sdk/cpp/avow"],
    "sdk/inspector": [],
    "server/base": SHARED[:2],
    "server/dataspace": [*SHARED[:2], *SERVER[:1]],
    "server/store": [*SHARED, *SERVER[:1]],
    "server/engine": [*SHARED, *SERVER[:2], "server/store"],
    "server/session": [*SHARED, *SERVER[:3]],
    "server/transport": [*SHARED, *SERVER],
    "server/inspect": [*SHARED, *SERVER, "server/transport", "sdk/inspector"],
    "server": [*SHARED, *SERVER, "server/store", "server/transport", "server/inspect"],
}


@dataclass(frozen=True)
class Sole:
    """Something that only some folders may name."""

    what: str
    pattern: re.Pattern
    folders: tuple


OUTSIDE = ("sdk/cpp/avow/client", "sdk/cpp/avow", "sdk/cli", "server/transport", "server/store",
           "server")
SOLE = [
    Sole("SQLite", re.compile(r"#\s*include\s*[<\"]sqlite3|\bsqlite3_"), ("server/store",)),
    Sole("Cap'n Proto",
         re.compile(r"#\s*include\s*[<\"](capnp/|kj/|.*\.capnp\.h)|\b(capnp|kj)::"),
         # The store has records of its own, which the SDK must not carry.
         ("sdk/cpp/avow/wire", "server/store")),
    Sole("Beast", re.compile(r"boost/beast|\bbeast::"),
         ("server/transport", "sdk/cpp/avow/client")),
    Sole("Asio", re.compile(r"boost/asio|\basio::"), OUTSIDE),
    Sole("threads and locks",
         re.compile(r"#\s*include\s*<(mutex|thread|shared_mutex|condition_variable|future|"
                    r"semaphore|latch|barrier|stop_token)>|\bstd::(j?thread|mutex)\b"),
         OUTSIDE),
    # The engine is a function of its inputs: clocks and random bytes are handed to it.
    Sole("a clock",
         re.compile(r"_clock::now\b|\b(clock_gettime|gettimeofday)\s*\(|\bstd::time\s*\("),
         OUTSIDE),
    Sole("a random device",
         re.compile(r"\brandom_device\b|\bgetrandom\s*\(|\bRAND_bytes\b"), OUTSIDE),
    # Errors are values; only what users of the SDK call may throw, and says so.
    Sole("throw", re.compile(r"\bthrow\b(?!\s*\()"), ("sdk/cpp/avow/client", "sdk/cpp/avow")),
]

LINES_MAX = 500
COLUMNS_MAX = 100
CODE = (".hpp", ".cpp", ".py", ".js", ".html", ".css", ".capnp", ".cmake")
SKIPPED = {"build", ".git", ".cache", "node_modules", "__pycache__"}

# What stands in no file of the repository. This file names some of it, and its tests plant it.
NOWHERE = [
    (re.compile(r"\.\./shared\b"), "a reference to something beside the repository"),
    (re.compile(r"(?<![\w.])/(work|root|home/\w+|tmp/avow)/"), "a path of one machine"),
    (re.compile(r"\b(deb\.debian|pypi|pythonhosted|registry\.npmjs|crates|proxy\.golang|"
                r"repo1?\.maven(\.apache)?)\.(org|io)\b"), "the host of a package registry"),
]
NOWHERE_EXEMPT = {"tests/style/layers.py", "tests/style/test_layers.py"}
SLEEP = re.compile(r"(?<!\")\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\bsleep\s+\d")


@dataclass(frozen=True)
class Breach:
    file: str
    line: int
    sentence: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.sentence}"


def home(file):
    """The folder of the tables that a file belongs to, or None."""
    candidates = [folder for folder in MAY_INCLUDE if file.startswith(folder + "/")]
    return max(candidates, key=len, default=None)


def included_file(root, name, file):
    """The file of ours that an include names, relative to the root; None for a library's."""
    for base in ("sdk/cpp", "", "sdk", str(Path(file).parent)):
        if (root / base / name).is_file():
            return os.path.normpath(Path(base) / name)
    return None


def without_comments(text):
    """The code alone: comments and the insides of strings blanked, lines kept."""
    token = re.compile(r"//[^\n]*|/\*.*?\*/|R\"\((?:.*?)\)\"|\"(?:\\.|[^\"\\\n])*\""
                       r"|'(?:\\.|[^'\\\n])+'", re.DOTALL)

    def blank(match):
        found = match.group()
        if found.startswith("\"") and match.string[:match.start()].rstrip().endswith("include"):
            return found
        return "\n" * found.count("\n") if found[0] in "/R" else found[0] * 2

    return token.sub(blank, text)


def check_layers(root, file, code):
    folder = home(file)
    if folder is None:
        return
    allowed = {folder, *MAY_INCLUDE[folder]}
    for number, line in enumerate(code.splitlines(), 1):
        named = re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)
        target = included_file(root, named.group(1), file) if named else None
        if target and home(target) not in allowed:
            yield Breach(file, number, f"{folder} may not include {target}")
        for sole in SOLE:
            if folder not in sole.folders and sole.pattern.search(line):
                yield Breach(file, number, f"{folder} may not name {sole.what}")


def check_own_header_first(root, file, code):
    """A source includes its own header first, so that a header that needs another is found out."""
    own = str(Path(file).with_suffix(".hpp"))
    if not file.endswith(".cpp") or not (root / own).is_file():
        return
    for number, line in enumerate(code.splitlines(), 1):
        named = re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)
        if named:
            if included_file(root, named.group(1), file) != own:
                yield Breach(file, number, f"its own header {own} is to be included first")
            return


def check_text(file, text):
    if Path(file).suffix in CODE and not file.startswith("schemas/vectors/"):
        lines = text.splitlines()
        if len(lines) > LINES_MAX:
            yield Breach(file, len(lines), f"it is longer than {LINES_MAX} lines")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                yield Breach(file, number, f"this line is longer than {COLUMNS_MAX} columns")
    if file in NOWHERE_EXEMPT:
        return
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in NOWHERE:
            if pattern.search(line):
                yield Breach(file, number, f"it names {what}")


def check_sleep(file, code):
    """Nothing waits for time to pass: tests wait for events, programs have timers."""
    if file in NOWHERE_EXEMPT:
        return
    for number, line in enumerate(code.splitlines(), 1):
        if SLEEP.search(line):
            yield Breach(file, number, "it sleeps: wait for the event, or drive the clock")


def files_of(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not SKIPPED & set(relative.parts):
            yield str(relative)


def breaches(root):
    """All breaches below `root`, by file and line."""
    for file in files_of(root):
        try:
            text = (root / file).read_text()
        except UnicodeDecodeError:
            continue  # A binary: a corpus, a picture.
        if file.startswith("tests/fuzz/corpus/"):
            continue
        yield from check_text(file, text)
        if file.endswith((".cpp", ".hpp", ".h")):
            code = without_comments(text)
            yield from check_layers(root, file, code)
            yield from check_own_header_first(root, file, code)
            yield from check_sleep(file, code)
        elif file.endswith(".py") or file.startswith(".ci/"):
            yield from check_sleep(file, re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE))


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    found = [str(breach) for breach in breaches(root)]
    print("\n".join(found) if found else "the layers hold")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
