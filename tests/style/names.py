#!/usr/bin/env python3
"""Finds classes of the same name in the same namespace, and names that only one file may use.

    tests/style/names.py [ROOT]

Two such classes are one for the linker, which takes whichever destructor it meets first: the
program breaks far from the cause, and no compiler says so. And gcc leaves out calls of a function
that only calls `__builtin_prefetch`, which no test of what is answered can notice. Prints one line
for each name, and fails if there is any.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

FOLDERS = ("sdk", "server")
ONLY_IN = {"__builtin_prefetch": "server/base/load_ahead.hpp"}
NAMESPACE = re.compile(r"namespace ([\w:]*) ?\{")
CLASS = re.compile(
    r"(?:struct|class|union|enum class) (?:alignas\(\w+\) )?(\w+)(?: final)?(?: :|\s*\{)")


def classes_in(text):
    """The classes that are defined outside any other, with their namespaces. Those of unnamed
    namespaces are of their file alone, and not among them."""
    namespaces = []
    for line in text.splitlines():
        if opened := NAMESPACE.match(line):
            namespaces.append(opened.group(1))
        elif line.startswith("}  // namespace"):
            namespaces.pop()
        elif (defined := CLASS.match(line)) and "" not in namespaces:
            yield "::".join([*namespaces, defined.group(1)])


def breaches(root):
    """One sentence for each name that stands for two classes, or where it may not."""
    files = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            text, place = path.read_text(), str(path.relative_to(root))
            for name in classes_in(text):
                files[name].append(place)
            for name, only in ONLY_IN.items():
                if name in text and place != only:
                    yield f"{place} uses {name}; use what {only} has instead."
    for name, places in sorted(files.items()):
        if len(places) > 1:
            yield f"{name} is defined in {' and in '.join(places)}; give one another name."


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(breaches(root))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
