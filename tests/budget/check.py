#!/usr/bin/env python3
"""Holds three pieces of work to the number of instructions that they are known to take.

    tests/budget/check.py [--build FOLDER] [--take]

A change that makes one of them more than 3 % dearer, or cheaper, says so by changing the number in
instructions.json in the same commit: `--take` does it. Valgrind's callgrind counts, so it does not
matter how busy a machine is. The compiler and the allocator matter: each of their versions has
numbers of its own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = Path(__file__).with_name("instructions.json")
WORKLOADS = ("decode", "route", "session")
TOLERANCE = 0.03
# The C library chooses its functions by the processor: here it chooses the same on all of them.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    f"-{name}" for name in ("AVX512F", "AVX512VL", "AVX512BW", "AVX2", "AVX", "ERMS", "FSRM",
                            "BMI1", "BMI2", "LZCNT", "MOVBE", "RTM", "SSE4_1", "SSE4_2", "SSSE3",
                            "AVX_Fast_Unaligned_Load", "Fast_Unaligned_Copy", "Slow_BSF"))


def packages(build):
    """The Debian packages of the compiler and of the allocator, with their versions: both are
    counted."""
    cache = (build / "CMakeCache.txt").read_text()
    path = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE)[1]
    owner = run(["dpkg", "-S", os.path.realpath(path)]).split(":")[0]
    return ", ".join(run(["dpkg-query", "--show", "--showformat=${Package} ${Version}", package])
                     for package in (owner, "libjemalloc2"))


def run(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def count(program, workload):
    """How many instructions are executed within `avow_counted`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        run(["valgrind", "--tool=callgrind", "--toggle-collect=avow_counted",
             f"--callgrind-out-file={out}", str(program), workload], GLIBC_TUNABLES=TUNABLES)
        return int(re.search(r"^totals: (\d+)$", out.read_text(), re.MULTILINE)[1])


def verdict(workload, counted, known):
    """Whether it holds, and a sentence about it."""
    change = counted / known - 1
    sentence = f"{workload}: {counted:,} instructions, {known:,} known ({change:+.2%})"
    return abs(change) <= TOLERANCE, sentence


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "test")
    parser.add_argument("--take", action="store_true", help="write down what is counted now")
    options = parser.parse_args()

    versions = packages(options.build)
    counted = {work: count(options.build / "budget", work) for work in WORKLOADS}
    numbers = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    if options.take:
        numbers = {versions: counted}
        NUMBERS.write_text(json.dumps(numbers, indent=2, sort_keys=True) + "\n")
    if versions not in numbers:
        sys.exit(f"No numbers are known for {versions}: take them, from a state that is known to "
                 f"be good, with tests/budget/check.py --take. Counted now: {counted}")
    verdicts = [verdict(work, counted[work], numbers[versions][work]) for work in WORKLOADS]
    for _, sentence in verdicts:
        print(sentence)
    if not all(holds for holds, _ in verdicts):
        sys.exit(f"More than {TOLERANCE:.0%} away: if that is meant, change the number in the same "
                 f"commit, with tests/budget/check.py --take, and say why.")


if __name__ == "__main__":
    main()
