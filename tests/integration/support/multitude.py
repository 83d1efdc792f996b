"""A process with very many JSON clients that hold facts: killed, all of them die at once.

Usage: python -m support.multitude HOST PORT CLIENTS FACTS
Client 7 holds `<m 7 0>`, `<m 7 1>`, … It says `held` once all of them are in force.
"""

import json
import subprocess
import sys
from types import SimpleNamespace

from support import environment
from support.crowd import Caller, Crowd
from support.lines import LineReader

PATIENCE_SECONDS = 300


class Multitude:
    """The process, from the side of the test. The facts are in force once `wait` has returned."""

    def __init__(self, server, clients, facts):
        host, port = server.websocket_address
        self.process = subprocess.Popen(
            [environment.interpreter(), "-m", "support.multitude", host, str(port), str(clients),
             str(facts)],
            cwd=environment.FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait(self):
        lines = LineReader(self.process.stdout)
        assert lines.next(PATIENCE_SECONDS) == "held"
        lines.close()

    def kill(self):
        """All of its connections end, without a word."""
        self.process.kill()

    def reap(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def _hold(server, crowd, clients, facts):
    answered = 0

    def note(_, events):
        nonlocal answered
        answered += sum(event["op"] == "ok" for event in events)

    for number in range(clients):
        caller = crowd.join(Caller(server, note))
        caller.tell_all([{"publish": {"<m>": [number, fact]}} for fact in range(facts)])
    crowd.serve(lambda: answered == clients * facts, PATIENCE_SECONDS)
    assert answered == clients * facts


def main():
    host, port, clients, facts = sys.argv[1:]
    with Crowd() as crowd:
        _hold(SimpleNamespace(websocket_address=(host, int(port))), crowd, int(clients), int(facts))
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
