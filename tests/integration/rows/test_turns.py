"""S3 and S4: one turn is one message, and several patterns are seen at one cut."""

import random
import threading

from support.json_client import JsonClient
from support.syndicate import SyndicateClient

SEED = 20240611
TRANSFERS = 600
TOTAL = 1000


def test_a_turn_is_one_message_for_all_subscriptions_of_a_connection(server):
    with JsonClient(server) as watcher, JsonClient(server) as publisher:
        idents = [watcher.observe(f"<{name} $x>") for name in ("red", "green", "blue")]
        seen = len(watcher.turns)

        publisher.tell([{"publish": f"<{name} {n}>", "id": publisher.fresh_id()}
                        for name in ("red", "green", "blue") for n in range(10)])
        watcher.next_turn()
        watcher.sync()

        turns = [turn for turn in watcher.turns[seen:] if turn[0]["op"] == "add"]
        assert [len(turn) for turn in turns] == [30]
        assert {event["id"] for event in turns[0]} == set(idents)
        assert len({event["rev"] for event in turns[0]}) == 1


def test_a_turn_is_one_packet_for_a_plain_client(server):
    with SyndicateClient(server, "tcp", "binary") as watcher, SyndicateClient(server) as publisher:
        watcher.resolve()
        publisher.resolve()
        entities = {watcher.observe(f"<group <rec {name}> {{0: <bind <_>>}}>")
                    for name in ("red", "green")}
        watcher.sync()

        oid = publisher.oid
        publisher.say(f"[[{oid} <A <red 1> 101>] [{oid} <A <green 2> 102>] [{oid} <M <red 3>>]]")
        watcher.next_packet()

        assert [event.kind for event in watcher.turns[-1]] == ["A", "A", "M"]
        assert {event.oid for event in watcher.turns[-1]} == entities


def test_a_turn_tells_appearances_then_messages_then_disappearances(server):
    with JsonClient(server) as watcher, JsonClient(server) as publisher:
        watcher.observe("<n $x>")
        held = publisher.publish("<n 0>")
        watcher.sync()
        seen = len(watcher.turns)

        publisher.tell([{"retract": held}, {"send": "<n 1>"},
                        {"publish": "<n 2>", "id": publisher.fresh_id()}])
        publisher.sync()
        watcher.sync()

        (turn,) = [turn for turn in watcher.turns[seen:] if len(turn) > 1]
        assert [event["op"] for event in turn] == ["add", "message", "remove"]


def test_several_patterns_in_one_request_are_one_cut(server):
    with JsonClient(server) as client, JsonClient(server) as publisher:
        for name in ("red", "green"):
            publisher.publish(f"<{name} 1>")
        client.tell([{"observe": "<red $x>", "id": 1}, {"observe": "<green $x>", "id": 2},
                     {"observe": "<blue $x>", "id": 3}])
        for ident in (1, 2, 3):
            if not client.events(ident=ident, op="synced"):
                client.wait_synced(ident)

        synced = client.events(op="synced")
        assert [event["id"] for event in synced] == [1, 2, 3]
        assert len({event["rev"] for event in synced}) == 1


class Transfers:
    """Moves random amounts between two accounts, each move one turn."""

    def __init__(self, server):
        self._client = JsonClient(server)
        self._random = random.Random(SEED)
        self._amounts = {"a": TOTAL // 2, "b": TOTAL // 2}
        self._held = {}
        self._client.tell(self._publications())
        self._client.sync()
        self.over = threading.Event()

    def _publications(self):
        self._held = {name: self._client.fresh_id() for name in self._amounts}
        return [{"publish": f"<account {name} {self._amounts[name]}>", "id": self._held[name]}
                for name in self._amounts]

    def run(self):
        for _ in range(TRANSFERS):
            moved = self._random.randint(-50, 50)
            self._amounts["a"] += moved
            self._amounts["b"] -= moved
            withdrawals = [{"retract": ident} for ident in self._held.values()]
            self._client.tell(withdrawals + self._publications())
            self._client.sync()
        self.over.set()

    def close(self):
        self._client.socket.close()


class Auditor:
    """Subscribes to both accounts in one request and adds them up after every turn."""

    def __init__(self, server):
        self.client = JsonClient(server)
        self._live = set()
        self._taken_in = 0
        self._synced = 0
        self.sums = []
        self.client.tell([{"observe": "<account a $amount>", "id": self.client.fresh_id()},
                          {"observe": "<account b $amount>", "id": self.client.fresh_id()}])

    def look(self):
        """Takes in what has come meanwhile, turn by turn."""
        self.client.sync()
        for turn in self.client.turns[self._taken_in:]:
            self._apply(turn)
        self._taken_in = len(self.client.turns)

    def _apply(self, turn):
        for event in turn:
            if event["op"] == "add":
                self._live.add((event["id"], event["captures"]["amount"]))
            elif event["op"] == "remove":
                self._live.remove((event["id"], event["captures"]["amount"]))
            elif event["op"] == "synced":
                self._synced += 1
        if self._synced == 2:
            assert len(self._live) == 2, f"both accounts exist at every revision: {self._live}"
            self.sums.append(sum(amount for _, amount in self._live))


def test_an_invariant_over_two_patterns_is_never_seen_broken(server):
    transfers = Transfers(server)
    thread = threading.Thread(target=transfers.run)
    thread.start()
    auditors = []
    while not transfers.over.is_set():
        if len(auditors) < 20:
            auditors.append(Auditor(server))
        for auditor in auditors:
            auditor.look()
    thread.join()

    sums = [total for auditor in auditors for total in auditor.sums]
    assert len(sums) > 100 and set(sums) == {TOTAL}
    for auditor in auditors:
        auditor.client.socket.close()
    transfers.close()


def test_a_query_over_a_moving_pair_is_one_cut(server):
    transfers = Transfers(server)
    thread = threading.Thread(target=transfers.run)
    thread.start()
    sums = []
    with JsonClient(server) as client:
        while not transfers.over.is_set():
            rows = client.query("<account $name $amount>")
            sums.append(sum(row["captures"]["amount"] for row in rows))
    thread.join()
    transfers.close()

    assert len(sums) > 10
    assert set(sums) == {TOTAL}
