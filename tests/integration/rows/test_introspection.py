"""S20: who is there, who subscribes to what, who waits, and for whom how much, are facts."""

import time

import pytest

from support.json_client import JsonClient
from support.resumable_client import ResumableClient
from support.syndicate import SyndicateClient
from support.values import sturdy_reference

SYSTEM = sturdy_reference('<space "avow.system">')


class Watcher(JsonClient):
    """Holds the system space."""

    def __init__(self, server):
        super().__init__(server)
        self.system = self.ask({"open": SYSTEM})["ref"]

    def watch(self, pattern):
        return self.observe(pattern, to=self.system)

    def await_told(self, ident, op="add", **captures):
        """Waits until that has been told; returns the event."""
        def is_it(event):
            return event["op"] == op and event.get("id") == ident and \
                captures.items() <= event["captures"].items()
        for event in self.events():
            if is_it(event):
                return event
        return self.until(is_it)


@pytest.fixture
def watcher(server):
    with Watcher(server) as client:
        yield client


def test_who_is_there_and_since_when(server, watcher):
    before = time.time() * 1000
    ident = watcher.watch("<session $id $protocol $peer $since>")
    with SyndicateClient(server) as plain:
        plain.resolve()
        told = watcher.await_told(ident, protocol={"$symbol": "syndicate"})["captures"]
        assert told["peer"] == "unix"
        assert before - 60_000 < told["since"] < time.time() * 1000 + 60_000
    watcher.await_told(ident, op="remove", id=told["id"])


def test_who_subscribes_to_what(server, watcher):
    ident = watcher.watch('<subscription $id "main" $pattern $since>')
    with JsonClient(server) as client:
        mine = client.observe('<Price "tea" $price>')
        told = watcher.await_told(ident)["captures"]
        assert "tea" in str(told["pattern"])

        client.retract(mine)
        watcher.await_told(ident, op="remove", id=told["id"])


def test_a_taker_in_line(server, watcher):
    ident = watcher.watch("<waiting $id $space $patterns $since>")
    with JsonClient(server) as client:
        client.tell({"take": "<job $n>", "timeout": 60_000, "id": 100})
        told = watcher.await_told(ident)["captures"]
        assert told["space"] == "main" and "job" in str(told["patterns"])

        client.commit({"item": "<job 1>"})
        watcher.await_told(ident, op="remove", id=told["id"])


def test_what_waits_for_a_client_that_is_away(server, watcher):
    ident = watcher.watch("<queue $id $bytes $packets>")
    ann = ResumableClient(server)
    ann.observe("<news $n>")
    ann.acknowledge()
    ann.lose()
    with JsonClient(server) as other:
        other.publish("<news 1>")
        told = watcher.await_told(ident)["captures"]
        assert told["bytes"] > 0 and told["packets"] > 0
        assert ann.resume(server)["op"] == "ok"
        ann.sync()
        ann.socket.close()
        watcher.await_told(ident, op="remove", id=told["id"])


def test_gauges_come_at_most_four_times_a_second_and_do_not_feed_themselves(server, watcher):
    for pattern in ("<queue $id $bytes $packets>", "<session $id $protocol $peer $since>",
                    "<subscription $id $space $pattern $since>"):
        watcher.watch(pattern)
    # It takes a look or two until all this has been told.
    with JsonClient(server) as other:
        other.try_commit(require=["<never>"], timeout=600)
        watcher.sync()
        seen = len(watcher.turns)
        other.try_commit(require=["<never>"], timeout=1_000)
        watcher.sync()
        told = [event for event in watcher.events(seen) if event["op"] in ("add", "remove")]
        assert told == []


def test_without_the_reference_nothing_is_seen(server, watcher):
    watcher.watch("<session $id $protocol $peer $since>")
    with JsonClient(server) as client:
        client.observe("<session $id $protocol $peer $since>")
        client.try_commit(require=["<never>"], timeout=600)
        assert client.events(op="add") == []
