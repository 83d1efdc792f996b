#!/usr/bin/env python3
"""Every header compiles alone.

    tests/style/headers.py BUILD     a build folder with compile_commands.json

A header whose source includes it before anything else has been compiled alone by the build. Any
other is compiled here, with the command of a source of its own folder, or else of any source, so it
sees exactly the include paths that its users see.
"""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREES = ("sdk", "server", "tests")


def compile_flags(entry):
    """The flags of one compile command that decide what a header sees."""
    words = shlex.split(entry["command"])
    if Path(words[0]).name == "ccache":
        words = words[1:]
    flags, pending = [words[0]], False
    for word in words[1:]:
        if pending or word.startswith(("-I", "-D", "-std=")) or word in ("-isystem", "-pthread"):
            flags.append(word)
        pending = word == "-isystem"
    return flags


def command_for(header, entries):
    """The flags of a source beside the header, of one in the same tree, or of any at all."""
    def closeness(entry):
        source = entry["file"]
        return len(os.path.commonpath([source, str(header)]))
    return compile_flags(max(entries, key=closeness))


def proven_by(source, header):
    """Whether this source begins by including that header."""
    if not source.is_file():
        return False
    first = next((line for line in source.read_text().splitlines() if line.startswith("#include")),
                 "")
    named = first.partition('"')[2].partition('"')[0]
    return bool(named) and str(header).endswith("/" + named)


def check(header, entries):
    probe = f'#include "{header}"\n#include "{header}"\n'
    done = subprocess.run(
        [*command_for(header, entries), "-I", str(ROOT), "-fsyntax-only", "-Wall", "-Wextra",
         "-Werror", "-x", "c++", "-"], input=probe, capture_output=True, text=True)
    return header, done.returncode, done.stderr


def main():
    database = Path(sys.argv[1]) / "compile_commands.json"
    entries = [entry for entry in json.loads(database.read_text())
               if entry["file"].endswith(".cpp") and str(ROOT / "build") not in entry["file"]
               and "-I" in entry["command"]]
    headers = [header for tree in TREES for header in sorted((ROOT / tree).rglob("*.hpp"))
               if "consumers" not in header.parts]
    compiled = {entry["file"] for entry in entries}
    to_check = [header for header in headers
                if str(header.with_suffix(".cpp")) not in compiled or
                not proven_by(header.with_suffix(".cpp"), header)]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        done = list(workers.map(lambda header: check(header, entries), to_check))
    bad = [(header, said) for header, status, said in done if status != 0]
    for header, said in bad:
        print(f"{header.relative_to(ROOT)} does not compile alone:\n{said}")
    print(f"{len(headers) - len(bad)} of {len(headers)} headers compile alone")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
