"""L1: when a session ends, all its facts go in one turn, and the cause says how it ended."""

import pytest

from support.hold_facts import Holder
from support.json_client import JsonClient
from support.syndicate import SyndicateClient
from support.values import parse, same_value

FACTS = [f'<present "user {number}">' for number in range(30)]


@pytest.fixture
def watcher(server):
    with JsonClient(server) as client:
        client.observe("<present $who>")
        yield client


def removals(client, since):
    """The turns from number `since` on that removed something, and their events."""
    turns = [[event for event in turn if event["op"] == "remove"] for turn in client.turns[since:]]
    return [turn for turn in turns if turn]


def wait_for_all_gone(watcher, since):
    watcher.until(lambda event: event["op"] == "remove")
    watcher.sync()
    assert watcher.query("<present _>") == []
    return removals(watcher, since)


def held_by(server, watcher, kind):
    """A holder whose facts the watcher has all seen; and the number of turns seen by then."""
    holder = Holder(server, kind, FACTS)
    watcher.sync()
    assert len(watcher.events(op="add")) == len(FACTS)
    return holder, len(watcher.turns)


def test_a_killed_client_loses_all_its_facts_in_one_turn(server, watcher):
    holder, since = held_by(server, watcher, "json")

    holder.kill()

    (turn,) = wait_for_all_gone(watcher, since)
    assert len(turn) == len(FACTS)
    assert {event["cause"] for event in turn} == {"session-lost"}


def test_a_client_that_closes_loses_all_its_facts_in_one_turn(server, watcher):
    holder, since = held_by(server, watcher, "json")

    holder.end_cleanly()

    (turn,) = wait_for_all_gone(watcher, since)
    assert len(turn) == len(FACTS)
    assert {event["cause"] for event in turn} == {"closed"}


@pytest.mark.parametrize("kind", ["tcp", "unix"])
@pytest.mark.parametrize("end", [Holder.kill, Holder.end_cleanly], ids=["killed", "closed"])
def test_a_plain_client_that_ends_loses_all_its_facts_in_one_turn(server, watcher, kind, end):
    holder, since = held_by(server, watcher, kind)

    end(holder)

    (turn,) = wait_for_all_gone(watcher, since)
    assert len(turn) == len(FACTS)
    assert {event["cause"] for event in turn} <= {"closed", "session-lost"}


def test_a_reset_connection_is_a_lost_session(server, watcher):
    client = JsonClient(server)
    client.publish(FACTS[0])
    watcher.sync()
    since = len(watcher.turns)

    client.socket.channel.reset()

    (turn,) = wait_for_all_gone(watcher, since)
    assert [event["cause"] for event in turn] == ["session-lost"]


def test_a_retracted_fact_says_so(server, watcher):
    with JsonClient(server) as client:
        client.retract(client.publish(FACTS[0]))

        assert watcher.until(lambda event: event["op"] == "remove")["cause"] == "retracted"


def test_facts_and_interests_of_a_lost_client_go_in_the_same_turn(server):
    with JsonClient(server) as watcher:
        watcher.observe("<present $who>")
        interests = watcher.observe("<Observe <group <rec wanted> _> _>")
        client = JsonClient(server)
        client.publish(FACTS[0])
        client.observe("<wanted $what>")
        watcher.sync()
        assert len(watcher.events(ident=interests, op="add")) == 1
        since = len(watcher.turns)

        client.socket.close()

        (turn,) = wait_for_all_gone(watcher, since)
        assert len(turn) == 2
        assert interests in {event["id"] for event in turn}


def test_a_plain_observer_hears_of_the_end_in_one_turn(server):
    with SyndicateClient(server, "tcp", "binary") as plain:
        plain.resolve()
        entity = plain.observe("<group <rec present> {0: <bind <_>>}>")
        holder = Holder(server, "json", FACTS)
        plain.sync()
        assert len(plain.told(entity, "A")) == len(FACTS)

        holder.kill()

        plain.until(lambda event: event.kind == "R")
        assert [event.kind for event in plain.turns[-1]] == ["R"] * len(FACTS)


def test_a_captured_value_comes_back_as_it_was_said(server):
    value = '{name: "ann" tags: #{1 2} at: [1.5 #x"00ff"]}'
    with SyndicateClient(server) as plain:
        plain.resolve()
        entity = plain.observe("<group <rec present> {0: <bind <_>>}>")
        with JsonClient(server) as client:
            client.publish(f"<present {value}>")
            plain.sync()

            (told,) = plain.told(entity, "A")
            assert same_value(told.body[0], parse(value))
