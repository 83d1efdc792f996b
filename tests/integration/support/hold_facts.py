"""A client process that can be killed: it publishes facts in three turns, says so, and holds them.

Usage: python -m support.hold_facts json HOST PORT FACT…    (or: tcp HOST PORT …, unix PATH - …)
It ends cleanly when its stdin ends.
"""

import subprocess
import sys
from types import SimpleNamespace

from support import environment
from support.lines import LineReader


class Holder:
    """The process, from the side of the test. The facts are in force once it is made.

    `under` is a command that runs it.
    """

    def __init__(self, server, kind, facts, under=()):
        host, port = {"json": server.websocket_address, "tcp": server.tcp_address,
                      "unix": (server.unix_path, "-")}[kind]
        self.process = subprocess.Popen(
            [*under, environment.interpreter(), "-m", "support.hold_facts", kind, host, str(port),
             *facts],
            cwd=environment.FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lines = LineReader(self.process.stdout)
        assert lines.next(30) == "held"
        lines.close()

    def kill(self):
        self.process.kill()
        self._reap()

    def end_cleanly(self):
        self._reap()

    def _reap(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def _thirds(facts):
    size = -(-len(facts) // 3)
    return [facts[at:at + size] for at in range(0, len(facts), size)]


def _hold(kind, host, port, facts):
    from support.json_client import JsonClient
    from support.syndicate import SyndicateClient
    if kind == "json":
        server = SimpleNamespace(websocket_address=(host, int(port)))
        client = JsonClient(server)
        for part in _thirds(facts):
            client.tell([{"publish": fact, "id": client.fresh_id()} for fact in part])
    else:
        server = SimpleNamespace(unix_path=host, tcp_address=(host, port))
        client = SyndicateClient(server, kind)
        client.resolve()
        for part in _thirds(facts):
            events = [f"[{client.oid} <A {fact} {client.fresh_handle()}>]" for fact in part]
            client.say(f"[{' '.join(events)}]")
    client.sync()
    return client


def main():
    kind, host, port, *facts = sys.argv[1:]
    with _hold(kind, host, port, facts):
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
