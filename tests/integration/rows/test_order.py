"""S5: over many turns of several clients, every subscriber sees one order without gaps.

What they said and were told is judged by the checker of histories at the end of the test.
AVOW_TEST_TURNS sets how many turns are committed.
"""

import os
import threading

from support.json_client import JsonClient
from support.syndicate import SyndicateClient

TURNS = int(os.environ.get("AVOW_TEST_TURNS", "10000"))
PUBLISHERS = 2
IN_FLIGHT = 50
LIVE_TURNS = 20
PAIRS = "<pair $name $number $half>"


class Publisher:
    """Commits its share of the turns; each publishes a pair, and retracts an earlier pair."""

    def __init__(self, server, name):
        self._client = JsonClient(server)
        self._name = name
        self.revisions = set()

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
        self.revisions.add(answer[0]["rev"])

    def close(self):
        self._client.socket.close()


class Watcher:
    """Reads what one subscription is told until the last turn of all, in a thread of its own."""

    def __init__(self, server):
        self._client = JsonClient(server)
        self._client.observe(PAIRS)
        self._problem = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self._client.until(lambda event: event["op"] == "add" and
                               event["captures"]["name"] == {"$symbol": "end"}, 60)
        except Exception as problem:  # Raised again by the thread that waits for this one.
            self._problem = problem

    def finish(self):
        """Waits for the last turn, and raises what went wrong before."""
        self._thread.join()
        self._client.socket.close()
        if self._problem:
            raise self._problem


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


def test_every_subscriber_sees_every_turn_once_in_order_and_whole(server, history):
    history.is_complete = True
    watchers = [Watcher(server)]
    publishers = commit_all(server, lambda: watchers.append(Watcher(server)))
    assert len(publishers[0].revisions | publishers[1].revisions) == \
        TURNS // PUBLISHERS * PUBLISHERS, "each turn has its own revision"

    with JsonClient(server) as last:
        last.publish('<pair end 0 "a">')
        for watcher in watchers:
            watcher.finish()
        assert len(last.query(PAIRS)) == 2 * LIVE_TURNS * PUBLISHERS + 1
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
