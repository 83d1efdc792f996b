"""What the clients of a test say and are told, written down for the checker of histories.

While AVOW_TEST_RECORDS names a folder, each connection has a file there; its format is told in
docs/TESTING.md. It is named in the environment so that processes which a test starts record too.
"""

import itertools
import json
import os

from preserves import stringify

OPS = {"A": "add", "R": "remove", "M": "message"}
FOLDER = "AVOW_TEST_RECORDS"
_numbers = itertools.count(1)


class Record:
    """The record of one client, which may be handed on to its next connection."""

    def __init__(self, file):
        self._file = file

    def said(self, text):
        """It is about to send that JSON."""
        if self._file is not None:
            self._write("said", text)

    def said_something(self, text):
        """It is about to send what may be JSON, or what a test wants to be refused."""
        if self._file is not None:
            try:
                self._write("said", json.dumps(json.loads(text)))
            except (ValueError, RecursionError):
                pass  # Nothing is done of what cannot be read.

    def told(self, text):
        """It has received that JSON."""
        if self._file is not None:
            self._write("told", text)

    def told_events(self, events):
        """It has received a turn of plain Syndicate."""
        if self._file is not None:
            self._write("told", json.dumps([_in_json(event) for event in events]))

    def _write(self, kind, text):
        self._file.write(f'{{"{kind}": {text}}}\n')


def _in_json(event):
    """As JSON clients are told what is done at their entities; values are text."""
    told = {"op": OPS.get(event.kind, "sync"), "at": event.oid}
    if event.handle is not None:
        told["handle"] = event.handle
    if event.body is not None:
        told["fact"] = stringify(event.body)
    return told


def begin(kind):
    """A new record of a client of some kind, which goes nowhere if nobody wants it."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return Record(None)
    name = f"{kind}-{os.getpid()}-{next(_numbers):05}"
    # Whoever is killed leaves every line that it has written.
    file = open(os.path.join(folder, name + ".jsonl"), "w", buffering=1, encoding="utf-8")
    file.write(json.dumps({"client": name}) + "\n")
    return Record(file)
