"""L2: equal facts are one fact, which goes with its last support."""

import pytest

from support.json_client import JsonClient
from support.syndicate import SyndicateClient


@pytest.fixture
def watcher(server):
    with JsonClient(server) as client:
        client.observe("<light $room>")
        yield client


def told(watcher):
    """What the watcher was told so far, as (op, room)."""
    watcher.sync()
    return [(event["op"], event["captures"]["room"]) for event in watcher.events()
            if event["op"] in ("add", "remove")]


def test_a_fact_of_three_clients_appears_once_and_goes_with_the_last(server, watcher):
    with JsonClient(server) as one, JsonClient(server) as two, SyndicateClient(server) as three:
        three.resolve()
        held = [(client, client.publish('<light "hall">')) for client in (one, two, three)]
        three.sync()
        assert told(watcher) == [("add", "hall")]

        for client, ident in held[:2]:
            client.retract(ident)
            assert told(watcher) == [("add", "hall")]

        three.retract(held[2][1])
        three.sync()
        assert told(watcher) == [("add", "hall"), ("remove", "hall")]


def test_a_client_may_support_a_fact_twice(server, watcher):
    with JsonClient(server) as client:
        first, second = client.publish('<light "hall">'), client.publish('<light "hall">')

        client.retract(first)
        assert told(watcher) == [("add", "hall")]

        client.retract(second)
        assert told(watcher) == [("add", "hall"), ("remove", "hall")]


def test_the_end_of_one_session_leaves_the_support_of_the_other(server, watcher):
    with JsonClient(server) as stays:
        leaves = JsonClient(server)
        leaves.publish('<light "hall">')
        stays.publish('<light "hall">')

        leaves.socket.close()

        assert told(watcher) == [("add", "hall")]
        assert len(stays.query('<light "hall">')) == 1


def test_a_fact_replaced_by_an_equal_one_in_a_turn_is_told_to_nobody(server, watcher):
    with JsonClient(server) as client:
        held = client.publish('<light "hall">')

        client.tell([{"retract": held}, {"publish": '<light "hall">', "id": client.fresh_id()}])
        client.sync()

        assert told(watcher) == [("add", "hall")]


def test_a_fact_that_comes_and_goes_within_a_turn_is_told_to_nobody(server, watcher):
    with JsonClient(server) as client:
        ident = client.fresh_id()

        client.tell([{"publish": '<light "hall">', "id": ident}, {"retract": ident}])
        client.sync()

        assert told(watcher) == []


@pytest.mark.parametrize("one, other", [("1", "1.0"), ('"a"', "a"), ("0.0", "-0.0"), ("#t", "1")])
def test_values_of_different_kinds_are_different_facts(server, watcher, one, other):
    with JsonClient(server) as client:
        client.publish(f"<light {one}>")
        client.publish(f"<light {other}>")

        assert [op for op, _ in told(watcher)] == ["add", "add"]


def test_a_set_and_its_reordering_are_one_fact(server, watcher):
    with JsonClient(server) as client:
        client.publish("<light #{1 2 {a: 1 b: 2}}>")
        client.publish("<light #{ {b: 2 a: 1} 2 1 }>")

        assert [op for op, _ in told(watcher)] == ["add"]


def test_one_capture_of_two_facts_appears_once(server):
    with SyndicateClient(server) as plain:
        plain.resolve()
        entity = plain.observe("<group <rec light> {0: <bind <_>>}>")
        first, second = plain.publish("<light hall 1>"), plain.publish("<light hall 2>")

        plain.retract(first)
        plain.sync()
        assert [event.kind for event in plain.told(entity)] == ["A"]

        plain.retract(second)
        plain.sync()
        assert [event.kind for event in plain.told(entity)] == ["A", "R"]
