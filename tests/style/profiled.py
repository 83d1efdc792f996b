#!/usr/bin/env python3
"""Holds the profile in the tree against the build that uses it: each unit that is compiled with a
profile has its part of it, and no part is of a unit that is not there any more.

    tests/style/profiled.py

A unit without one would be compiled as before there were profiles, and nobody would notice but by
the figures of docs/PERFORMANCE.md. tests/bench/profile makes the profile anew.
"""

import json
import shlex
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "-fprofile-prefix-path="


def profile_name(command):
    """What the compiler calls the part of the profile for a unit, or nothing: it uses none.

    What Cap'n Proto's compiler makes of a schema are tables, of which nothing is counted.
    """
    words = shlex.split(command)
    below = [word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX)]
    output = words[words.index("-o") + 1]
    if not below or output.endswith(".capnp.c++.o"):
        return None
    return output.removesuffix(".o").replace("/", "#") + ".gcda"


def wanted(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    return {name for each in commands if (name := profile_name(each["command"]))}


def breaches(wanted_names, names):
    for name in sorted(wanted_names - names):
        yield f"{name}: this unit is in no profile; tests/bench/profile makes it"
    for name in sorted(names - wanted_names):
        yield f"{name}: the profile is of a unit that is not compiled; tests/bench/profile makes it"


def main():
    version = subprocess.check_output(["c++", "-dumpfullversion"], text=True).strip()
    path = ROOT / ".cmake" / "profile" / f"gcc-{version}.tar.xz"
    if not path.exists():
        return print(f"No profile is for this compiler, {version}: nothing is compiled with one.")
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder)
        subprocess.run(["cmake", "--preset", "release", "-B", str(build)], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
        wanted_names = wanted(build)
    with tarfile.open(path) as archive:
        found = list(breaches(wanted_names, set(archive.getnames())))
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
