"""The files of records: JSON Lines, one file for each client, in that client's own order.

    {"client": "ann"}                 who (else the name of the file); once, at the beginning
    {"said": {"publish": …}}          what it sent: a request, or several in a list
    {"told": {"hello": …}}            what it received: the hello begins a session of its own
    {"told": [{"op": "add", …}, …]}   and each message after it
    {"link": "lost"}                  anything else is for people
"""

import json
from pathlib import Path


class Unreadable(ValueError):
    """A file that holds no records."""


def records_of(path):
    """The name of the client, and an iterator over its records: ("said" or "told", content)."""
    lines = _lines_of(path)
    first = next(lines, None)
    if first is not None and "client" in first:
        return first["client"], _records(lines)
    return Path(path).stem, _records(_with(first, lines))


def _with(first, lines):
    if first is not None:
        yield first
    yield from lines


def _lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError as problem:
                raise Unreadable(f"{path}:{number} is no record: {problem}") from None


def _records(lines):
    for line in lines:
        for kind in ("said", "told"):
            if kind in line:
                yield kind, line[kind]
