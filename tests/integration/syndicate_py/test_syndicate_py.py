"""Programs on the released Python package syndicate-py 0.19.3 use an Avow server unchanged."""

import os
import subprocess
from pathlib import Path

import pytest

from support import environment
from support.json_client import JsonClient
from support.lines import LineReader
from support.syndicate import SyndicateClient, reference_number
from support.values import stringify

PROGRAMS = Path(__file__).parent / "programs"


class Program:
    """One running program of ours on that package."""

    def __init__(self, name, address, *arguments):
        self._process = subprocess.Popen(
            [environment.interpreter(), PROGRAMS / f"{name}.py", address, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.lines = LineReader(self._process.stdout)

    def end(self):
        """Ends it from outside, and checks that it had nothing to complain about."""
        if self._process.stderr.closed:
            return
        self._process.terminate()
        complaints = self._process.stderr.read().decode()
        self._process.wait(timeout=20)
        self._process.stderr.close()
        self.lines.close()
        assert "Traceback" not in complaints and "crashed" not in complaints, complaints


@pytest.fixture(params=["tcp", "ws", "unix"])
def start(server, request):
    """Starts programs that speak to the server over one transport, and ends them."""
    address = {"tcp": '<tcp "{}" {}>'.format(*server.tcp_address), "ws": f'<ws "{server.url}">',
               "unix": f'<unix "{server.unix_path}">'}[request.param]
    programs = []

    def start_one(name, *arguments):
        programs.append(Program(name, address, *arguments))
        return programs[-1]

    yield start_one
    for program in programs:
        program.end()


def test_presence_is_seen_both_ways_until_it_is_withdrawn(server, start):
    with JsonClient(server) as watcher:
        watcher.observe("<Present $who>")
        ann = start("presence", "ann")
        assert ann.lines.next() == "+ ann"
        bob = start("presence", "bob")
        assert ann.lines.next() == "+ bob"
        assert sorted([bob.lines.next(), bob.lines.next()]) == ["+ ann", "+ bob"]

        watcher.tell({"send": '<leave "bob">'})

        assert ann.lines.next() == bob.lines.next() == "- bob"
        watcher.sync()
        assert [(event["op"], event["captures"]["who"]) for event in watcher.events()
                if event["op"] in ("add", "remove")] == \
            [("add", "ann"), ("add", "bob"), ("remove", "bob")]


def test_presence_ends_with_the_program(server, start):
    with JsonClient(server) as watcher:
        watcher.observe("<Present $who>")
        ann = start("presence", "ann")
        assert ann.lines.next() == "+ ann"

        ann.end()

        assert watcher.until(lambda event: event["op"] == "remove")["captures"] == {"who": "ann"}


def test_messages_go_to_and_from_a_program(server, start):
    with JsonClient(server) as client:
        ready = client.observe("<listening>")
        client.observe("<Repeats $what>")
        chat = start("chat")
        if not client.events(ident=ready, op="add"):
            client.until(lambda event: event["op"] == "add")

        for word in ("one", "two"):
            client.tell({"send": f'<Says "{word}">'})
            answer = client.until(lambda event: event["op"] == "message")
            assert answer["captures"]["what"] == word.upper()

        assert [chat.lines.next(), chat.lines.next()] == ["heard one", "heard two"]


def test_a_program_provides_what_is_asked_for_and_only_that(server, start):
    with JsonClient(server) as client:
        client.observe("<Price $item $price>")
        provider = start("provider")

        ident = client.observe('<Price "coffee" $price>')
        added = client.until(lambda event: event["op"] == "add")
        client.tell({"retract": ident})
        client.until(lambda event: event["op"] == "remove")

        assert added["captures"]["price"] == 6
        assert [provider.lines.next(), provider.lines.next()] == ["wanted coffee",
                                                                  "unwanted coffee"]


def test_a_reference_to_a_programs_entity_is_used_by_another_client(server, start):
    with SyndicateClient(server) as client:
        client.resolve()
        entity = client.observe("<group <rec Counter> {0: <bind <_>>}>")
        counter = start("counter")
        found = client.until(lambda event: event.oid == entity and event.kind == "A")
        number = reference_number(found.body[0])

        client.send("<increment 5>", at=number)
        client.send("<increment 6>", at=number)
        handle = client.publish("<asking #:[0 9]>", at=number)
        told = client.until(lambda event: event.oid == 9)
        client.retract(handle, at=number)

        assert stringify(told.body) == "<total 11>"
        assert [counter.lines.next() for _ in range(4)] == \
            ["total 5", "total 11", "+ asking", "- asking"]
