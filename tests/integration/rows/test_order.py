"""S5: over many turns of several clients, every subscriber sees one order without gaps.

AVOW_TEST_TURNS sets how many turns are committed.
"""

import os
import threading

from support.history import History
from support.json_client import JsonClient
from support.syndicate import SyndicateClient

TURNS = int(os.environ.get("AVOW_TEST_TURNS", "10000"))
PUBLISHERS = 2
IN_FLIGHT = 50
LIVE_TURNS = 20


class Publisher:
    """Commits its share of the turns; each publishes a pair, and retracts an earlier pair."""

    def __init__(self, server, name):
        self._client = JsonClient(server)
        self._name = name
        self.committed = {}  # revision -> (added, removed), as facts (name, number, half)

    def run(self):
        for first in range(0, TURNS // PUBLISHERS, IN_FLIGHT):
            numbers = range(first, min(first + IN_FLIGHT, TURNS // PUBLISHERS))
            for number in numbers:
                self._client.tell(self._turn(number))
            for number in numbers:
                self._take_answer(number)

    def _turn(self, number):
        pair = [{"publish": f'<pair {self._name} {number} "{half}">', "id": ident}
                for half, ident in zip("ab", self._idents(number))]
        return pair + [{"retract": ident} for ident in self._idents(number - LIVE_TURNS)]

    def _idents(self, number):
        return [2 * number + 1, 2 * number + 2] if number >= 0 else []

    def _take_answer(self, number):
        answer = self._client.next_turn()
        assert [(event["op"], event["id"]) for event in answer] == \
            [("ok", ident) for ident in self._idents(number)], answer
        self.committed[answer[0]["rev"]] = (self._pair(number), self._pair(number - LIVE_TURNS))

    def _pair(self, number):
        return {(self._name, number, half) for half in "ab"} if number >= 0 else set()

    def close(self):
        self._client.socket.close()


class Watcher:
    """Feeds a history with what one subscription is told, in a thread of its own."""

    def __init__(self, server):
        self._client = JsonClient(server)
        self.history = History()
        ident = self._client.observe("<pair $name $number $half>")
        self.snapshot_revision = self._client.events(ident=ident, op="synced")[0]["rev"]
        facts = [key(event) for event in self._client.events(ident=ident, op="add")]
        self.history.snapshot(facts, self.snapshot_revision)
        self._problem = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            while not any(name == "end" for name, _, _ in self.history.live):
                self._take(self._client.next_turn())
        except Exception as problem:  # Raised again by the thread that waits for this one.
            self._problem = problem

    def _take(self, turn):
        changes = [event for event in turn if event["op"] in ("add", "remove")]
        assert len({event["rev"] for event in changes}) == 1, "a message holds one turn"
        self.history.turn(changes[0]["rev"],
                          [key(event) for event in changes if event["op"] == "add"],
                          [key(event) for event in changes if event["op"] == "remove"])

    def finish(self):
        """Waits for the last turn, and raises what went wrong before."""
        self._thread.join()
        self._client.socket.close()
        if self._problem:
            raise self._problem


def key(event):
    captures = event["captures"]
    return captures["name"]["$symbol"], captures["number"], captures["half"]


def commit_all(server, meanwhile):
    """Runs the publishers beside each other, and `meanwhile` once they have begun."""
    publishers = [Publisher(server, name) for name in ("ann", "bob")]
    threads = [threading.Thread(target=publisher.run) for publisher in publishers]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    return publishers


def test_every_subscriber_sees_every_turn_once_in_order_and_whole(server):
    watchers = [Watcher(server)]
    publishers = commit_all(server, lambda: watchers.append(Watcher(server)))
    committed = publishers[0].committed | publishers[1].committed
    assert len(committed) == TURNS // PUBLISHERS * PUBLISHERS, "each turn has its own revision"

    with JsonClient(server) as last:
        end = last.ask({"publish": '<pair end 0 "a">'})["rev"]
        committed[end] = ({("end", 0, "a")}, set())
        for watcher in watchers:
            watcher.finish()
            watcher.history.check({revision: change for revision, change in committed.items()
                                   if revision > watcher.snapshot_revision})
        rows = {key(event) for event in last.query("<pair $name $number $half>")}
    assert rows == watchers[0].history.live == watchers[1].history.live
    for publisher in publishers:
        publisher.close()


def test_a_plain_subscriber_sees_the_same_order(server):
    with SyndicateClient(server, "tcp", "binary") as plain, JsonClient(server) as watcher, \
            JsonClient(server) as publisher:
        plain.resolve()
        entity = plain.observe("<group <rec n> {0: <bind <_>>}>")
        plain.sync()
        watcher.observe("<n $n>")
        idents = [publisher.fresh_id() for _ in range(500)]
        for number, ident in enumerate(idents):
            publisher.tell([{"publish": f"<n {number}>", "id": ident},
                            *([{"retract": idents[number - 1]}] if number else [])])
        publisher.sync()
        plain.sync()
        watcher.sync()

        orders = [event.body[0] for event in plain.told(entity, "A")]
        assert orders == [event["captures"]["n"] for event in watcher.events(op="add")]
        assert orders == list(range(500))
