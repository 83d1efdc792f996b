#!/usr/bin/env python3
"""Every header compiles alone.

    tests/style/headers.py BUILD     a build folder with compile_commands.json

A header that includes another sees all that the other includes, so nothing is hidden from the check
if it comes after that other in the same unit, which then takes no longer than it would alone. So
headers are compiled in as few chains as possible, each after one that it includes. The command is
that of a source of the header's own folder, or else of any source, so it sees exactly the include
paths that its users see.
"""

import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import compiled

ROOT = Path(__file__).resolve().parents[2]
TREES = ("sdk", "server", "tests")
INCLUDE_ROOTS = (ROOT, ROOT / "sdk", ROOT / "sdk" / "cpp")


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
    return tuple(flags)


def command_for(header, entries):
    """The flags of a source beside the header, of one in the same tree, or of any at all."""
    def closeness(entry):
        source = entry["file"]
        return len(os.path.commonpath([source, str(header)]))
    return compile_flags(max(entries, key=closeness))


def included_by(headers):
    """For each header all of `headers` that it includes, itself or by others."""
    known = set(headers)
    direct = {}
    for header in headers:
        names = re.findall(r'^#include "(.+)"$', header.read_text(), re.MULTILINE)
        direct[header] = {root / name for name in names for root in INCLUDE_ROOTS} & known
    within = {}
    for header in headers:
        seen, todo = set(), [header]
        while todo:
            fresh = direct[todo.pop()] - seen
            seen |= fresh
            todo.extend(fresh)
        within[header] = seen - {header}
    return within


def chains_of(headers, within):
    """These headers in chains, in each of which one includes all before it: as few of them as
    possible."""
    users = {header: sorted(other for other in headers if header in within[other])
             for header in headers}
    before = {}  # The header that comes before one in its chain.

    def place(header, tried):
        """Finds a header for it to come before, and others for those whose place it takes."""
        for user in users[header]:
            if user not in tried:
                tried.add(user)
                if user not in before or place(before[user], tried):
                    before[user] = header
                    return True
        return False

    # A chain takes as long as what is at its end: what includes most finds a place first.
    ends = [header for header in sorted(headers, key=lambda header: -len(within[header]))
            if not place(header, set())]
    chains = []
    for header in ends:
        chain = [header]
        while chain[0] in before:
            chain.insert(0, before[chain[0]])
        chains.append(chain)
    return chains


def compile_chain(chain, flags):
    """Whether it fails, and what the compiler says."""
    # Included once more, it must add nothing.
    probe = "".join(f'#include "{header}"\n' * 2 for header in chain)
    done = subprocess.run(
        [*flags, "-I", str(ROOT), "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++", "-"],
        input=probe, capture_output=True, text=True)
    return done.returncode != 0, done.stderr


def main():
    entries = [entry for entry in compiled.commands(sys.argv[1])
               if entry["file"].endswith(".cpp") and str(ROOT / "build") not in entry["file"]
               and "-I" in entry["command"]]
    headers = [header for tree in TREES for header in sorted((ROOT / tree).rglob("*.hpp"))
               if "consumers" not in header.parts]
    within = included_by(headers)
    by_flags = {}
    for header in headers:
        by_flags.setdefault(command_for(header, entries), []).append(header)
    chains = [(chain, flags) for flags, group in by_flags.items()
              for chain in chains_of(group, within)]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        done = list(workers.map(lambda each: compile_chain(*each), chains))
    failed = [(chain, said) for (chain, _), (fails, said) in zip(chains, done) if fails]
    for chain, said in failed:
        print("not all of these compile, each after those that it includes: "
              f"{', '.join(str(header.relative_to(ROOT)) for header in chain)}\n{said}")
    print(f"{len(headers)} headers in {len(chains)} chains, of which {len(failed)} do not compile")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
