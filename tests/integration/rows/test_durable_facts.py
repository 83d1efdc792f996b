"""L5, L10: durable facts stay whoever put them; a slot holds one; the reply says how surely."""

import pytest

from support.json_client import JsonClient


@pytest.fixture
def ann(server):
    with JsonClient(server) as client:
        yield client


@pytest.fixture
def watcher(server):
    with JsonClient(server) as client:
        client.observe("<config $name $value>")
        yield client


def changes(client):
    """What a watcher was told since its snapshot: sign, value of the config, cause."""
    return [(event["op"], event["captures"]["value"], event.get("cause"))
            for event in client.events() if event["op"] in ("add", "remove")]


def test_a_durable_fact_outlives_the_session_that_put_it(server, watcher):
    with JsonClient(server) as client:
        done = client.commit({"put": '<config "a" 1>'})
    assert done["results"] == [True]
    assert done["level"] in ("durable", "accepted")

    watcher.sync()
    assert changes(watcher) == [("add", 1, None)]
    assert len(watcher.query("<config _ _>")) == 1


def test_a_durable_fact_has_one_support_whoever_puts_it_and_anybody_drops_it(server, ann):
    ann.commit({"put": '<config "a" 1>'})
    with JsonClient(server) as bob:
        assert bob.commit({"put": '<config "a" 1>'})["results"] == [False]

        assert bob.commit({"drop": '<config "a" 1>'})["results"] == [True]
        assert bob.commit({"drop": '<config "a" 1>'})["results"] == [False]
    assert ann.query("<config _ _>") == []


def test_a_fact_that_is_published_too_goes_only_with_its_last_support(ann, watcher):
    held = ann.publish('<config "a" 1>')
    ann.commit({"put": '<config "a" 1>'})
    ann.retract(held)
    watcher.sync()
    assert changes(watcher) == [("add", 1, None)]

    ann.commit({"drop": '<config "a" 1>'})

    watcher.sync()
    assert [op for op, _, _ in changes(watcher)] == ["add", "remove"]


def test_all_operations_of_a_commit_are_told_in_one_turn(ann, watcher):
    ann.commit({"put": '<config "a" 1>'})
    watcher.sync()
    before = len(watcher.turns)

    ann.commit({"drop": '<config "a" 1>'}, {"put": '<config "a" 2>'}, {"put": '<config "b" 3>'})

    watcher.until(lambda event: event["op"] == "remove")
    told = [event for event in watcher.turns[before]]
    assert [event["op"] for event in told] == ["add", "add", "remove"]
    assert len({event["rev"] for event in told}) == 1


def test_a_slot_supersedes_in_one_turn(ann, watcher):
    ann.commit({"slot": "<config-of \"a\">", "fact": '<config "a" 1>'})
    ann.commit({"slot": "<config-of \"a\">", "fact": '<config "a" 2>'})
    watcher.until(lambda event: event["op"] == "remove")

    new, old = watcher.turns[-1]
    assert (new["op"], new["captures"]["value"]) == ("add", 2)
    assert (old["op"], old["captures"]["value"], old["cause"]) == ("remove", 1, "superseded")


def test_a_slot_is_cleared_without_a_fact(ann, watcher):
    ann.commit({"slot": "leader", "fact": '<config "leader" "ann">'})
    assert ann.commit({"slot": "leader"})["results"] == [True]
    assert ann.commit({"slot": "leader"})["results"] == [False]
    watcher.sync()
    assert [op for op, _, _ in changes(watcher)] == ["add", "remove"]


@pytest.mark.parametrize("operations, code", [
    ([{"put": {"<config>": ["a", {"$mine": 3}]}}], "reference-not-durable"),
    ([{"lease-to": 4711, "fact": "<config 1 1>"}], "unknown-lease"),
    ([{"renew": 4711}], "unknown-lease"),
    ([{"ack": 4711}], "unknown-item"),
    ([{"take": "<nothing>"}], "empty"),
])
def test_nothing_of_a_refused_commit_is_done(ann, watcher, operations, code):
    refused = ann.try_commit({"put": '<config "a" 1>'}, *operations, {"put": '<config "b" 1>'})

    assert (refused["op"], refused["code"]) == ("error", code)
    assert refused["message"]
    watcher.sync()
    assert changes(watcher) == []


def test_a_message_of_a_commit_says_how_many_it_reached(ann, watcher):
    done = ann.commit({"put": '<config "a" 1>'}, {"send": '<config "hello" 0>'})

    assert done["results"] == [True, 1]
    assert watcher.until(lambda event: event["op"] == "message")["rev"] == done["rev"]


def test_the_keeper_is_told_only_to_those_who_ask_for_services(server, ann):
    with JsonClient(server) as curious:
        everything = curious.observe("$x")
        ann.commit({"put": '<config "a" 1>'})
        curious.sync()

        told = [event["fact"] for event in curious.events(ident=everything, op="add")]

    assert {"<config>": ["a", 1]} in told
    assert not any("<avow-service>" in fact for fact in told if isinstance(fact, dict))
