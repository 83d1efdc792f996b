"""S1 and S2: a snapshot at one revision, then every later turn; nothing twice, nothing lost."""

import pytest

from support.json_client import JsonClient
from support.storm import Storm
from support.syndicate import SyndicateClient

SUBSCRIBERS = 8


def numbers(events):
    return [event["captures"]["n"] for event in events]


def snapshot_and_deltas(client, ident):
    """The `add` events before and after the `synced` event, and that event."""
    events = [event for event in client.events(ident=ident) if event["op"] != "ok"]
    at = [event["op"] for event in events].index("synced")
    return events[:at], events[at + 1:], events[at]


def test_a_storm_of_commits_during_subscribing_loses_none_and_doubles_none(server):
    clients = []
    with Storm(server, "a") as first, Storm(server, "b") as second:
        for _ in range(SUBSCRIBERS):
            client = JsonClient(server)
            clients.append((client, client.observe("<storm $who $n>")))
            read_all(clients)
    read_all(clients)

    committed = {("a", n): rev for n, rev in first.committed.items()}
    committed |= {("b", n): rev for n, rev in second.committed.items()}
    for client, ident in clients:
        check_against(committed, *snapshot_and_deltas(client, ident))
        client.socket.close()
    first.client.socket.close()
    second.client.socket.close()


def read_all(clients):
    """Reads on: who reads nothing for ten seconds is slow, and is ended."""
    for client, _ in clients:
        client.sync()


def check_against(committed, snapshot, deltas, synced):
    told = {storm_key(event): event["rev"] for event in snapshot + deltas}
    assert len(told) == len(snapshot) + len(deltas), "a fact came twice"
    assert told.keys() == committed.keys(), "a fact was lost"
    assert all(committed[storm_key(event)] <= synced["rev"] for event in snapshot)
    assert all(committed[storm_key(event)] > synced["rev"] for event in deltas)
    assert all(event["rev"] == committed[storm_key(event)] for event in deltas)
    revisions = [event["rev"] for event in deltas]
    assert revisions == sorted(set(revisions)), "turns must come in order, each once"


def storm_key(event):
    who = event["captures"]["who"]
    return (who["$symbol"] if isinstance(who, dict) else who, event["captures"]["n"])


def test_a_subscription_to_nothing_is_synced_too(server):
    with JsonClient(server) as client:
        ident = client.fresh_id()
        client.tell({"observe": "<nothing $here>", "id": ident})

        synced = client.wait_synced(ident)

        assert isinstance(synced["rev"], int)
        assert client.events(ident=ident, op="add") == []


def test_the_snapshot_holds_what_was_there_and_the_deltas_what_came_later(server):
    with JsonClient(server) as publisher, JsonClient(server) as client:
        for number in range(5):
            publisher.publish(f"<n {number}>")
        ident = client.observe("<n $n>")
        for number in range(5, 8):
            publisher.publish(f"<n {number}>")
        client.sync()

        snapshot, deltas, synced = snapshot_and_deltas(client, ident)
        assert sorted(numbers(snapshot)) == [0, 1, 2, 3, 4]
        assert numbers(deltas) == [5, 6, 7]
        assert all(event["rev"] > synced["rev"] for event in deltas)


def test_a_fact_of_the_subscribing_turn_is_told_once(server):
    with JsonClient(server) as client:
        first, observer, second = (client.fresh_id() for _ in range(3))
        client.tell([{"publish": "<n 1>", "id": first}, {"observe": "<n $n>", "id": observer},
                     {"publish": "<n 2>", "id": second}])
        client.wait_synced(observer)
        client.sync()

        assert sorted(numbers(client.events(ident=observer, op="add"))) == [1, 2]


def test_a_fact_retracted_in_the_subscribing_turn_is_not_told(server):
    with JsonClient(server) as client:
        held = client.publish("<n 1>")
        client.tell([{"observe": "<n $n>", "id": 100}, {"retract": held}])
        client.wait_synced(100)
        client.sync()

        adds, removes = (client.events(ident=100, op=op) for op in ("add", "remove"))
        assert len(adds) == len(removes)
        assert client.query("<n _>") == []


def test_a_withdrawn_subscription_tells_nothing_more(server):
    with JsonClient(server) as client, JsonClient(server) as publisher:
        ident = client.observe("<n $n>")
        client.retract(ident)

        publisher.publish("<n 1>")
        client.sync()

        assert client.events(ident=ident, op="add") == []


def test_two_subscriptions_to_the_same_pattern_are_both_told(server):
    with JsonClient(server) as client, JsonClient(server) as publisher:
        first, second = client.observe("<n $n>"), client.observe("<n $n>")
        publisher.publish("<n 1>")
        client.sync()

        assert numbers(client.events(ident=first, op="add")) == [1]
        assert numbers(client.events(ident=second, op="add")) == [1]


@pytest.mark.parametrize("encoding", ["binary", "text"])
def test_a_plain_client_gets_its_snapshot_as_one_turn(server, encoding):
    with SyndicateClient(server, "tcp", encoding) as client:
        client.resolve()
        for number in range(500):
            client.publish(f"<n {number}>")
        client.sync()
        seen = len(client.turns)

        entity = client.observe("<group <rec n> {0: <bind <_>>}>")
        client.sync()

        with_snapshot = [turn for turn in client.turns[seen:]
                         if any(event.oid == entity for event in turn)]
        assert [len(turn) for turn in with_snapshot] == [500]
