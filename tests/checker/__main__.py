"""Judges a history: `python3 -m checker [--complete] FILE-OR-FOLDER…`, in the folder `tests`.

Exit status: 0 if every property holds, 1 with one sentence for each breach, 2 if there is nothing
that could be judged.
"""

import argparse
import sys
from pathlib import Path

from checker.records import Unreadable
from checker.verdict import judge


def files_of(places):
    """The files that are named, and those of named folders."""
    for place in map(Path, places):
        yield from sorted(place.glob("*.jsonl")) if place.is_dir() else [place]


def main():
    parser = argparse.ArgumentParser(prog="checker", description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="+", metavar="FILE-OR-FOLDER",
                        help="the records of one client each; of a folder all *.jsonl")
    parser.add_argument("--complete", action="store_true",
                        help="nobody but these clients changed anything")
    parser.add_argument("--most", type=int, default=20, help="how many breaches are told")
    given = parser.parse_args()
    try:
        verdict = judge(files_of(given.places), given.complete)
    except (OSError, Unreadable) as problem:
        print(problem, file=sys.stderr)
        return 2
    for breach in verdict.breaches[:given.most]:
        print(breach)
    print(verdict)
    if verdict.clients == 0:
        return 2
    return 1 if verdict.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
