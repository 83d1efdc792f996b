"""C1, C5: commits that demand what must be there or not, and turns that may be sent again."""

import uuid

import pytest

from support.json_client import JsonClient


@pytest.fixture
def ann(server):
    with JsonClient(server) as client:
        yield client


@pytest.fixture
def bob(server):
    with JsonClient(server) as client:
        yield client


def turn_id(number=1):
    return [str(uuid.uuid4()), number]


def test_a_demand_that_holds_lets_the_commit_pass(ann):
    ann.commit({"put": "<free 1>"})

    done = ann.commit({"drop": "<free 1>"}, {"put": "<taken 1>"}, require=["<free 1>"],
                      absent=["<taken _>"])

    assert done["results"] == [True, True]


@pytest.mark.parametrize("demands", [{"require": ["<free 2>"]}, {"absent": ["<free _>"]},
                                     {"require": ["<free 1>"], "absent": ["<free 1>"]}])
def test_a_demand_that_does_not_hold_refuses_all_of_it(ann, demands):
    ann.commit({"put": "<free 1>"})

    refused = ann.try_commit({"put": "<taken 1>"}, **demands)

    assert refused["code"] == "guard-failed"
    assert ann.query("<taken _>") == []


def test_of_many_who_want_the_same_exactly_one_succeeds(server, ann):
    ann.commit({"put": "<free 1>"})
    clients = [JsonClient(server) for _ in range(8)]
    for client in clients:
        client.tell({"commit": [{"drop": "<free 1>"}, {"put": "<taken 1>"}],
                     "require": ["<free 1>"], "id": 77})

    answers = [client.until(lambda event: event.get("id") == 77) for client in clients]

    assert sorted(answer["op"] for answer in answers) == ["error"] * 7 + ["ok"]
    for client in clients:
        client.socket.close()


def test_a_commit_waits_for_its_demands_as_long_as_told(ann, bob):
    ann.tell({"commit": [{"put": "<seen>"}], "require": ["<go>"], "timeout": 60_000, "id": 77})
    ann.sync()
    assert bob.query("<seen>") == []

    bob.commit({"put": "<go>"})

    assert ann.until(lambda event: event.get("id") == 77)["op"] == "ok"
    assert len(bob.query("<seen>")) == 1


def test_a_commit_whose_time_is_over_is_refused_and_never_done(ann, bob):
    refused = ann.try_commit({"put": "<seen>"}, require=["<go>"], timeout=50)
    assert refused["code"] == "guard-failed"

    bob.commit({"put": "<go>"})

    assert bob.query("<seen>") == []


def test_a_waiting_commit_is_cancelled_by_its_retraction(ann, bob):
    ann.tell({"commit": [{"put": "<seen>"}], "require": ["<go>"], "timeout": 60_000, "id": 77})
    ann.tell({"retract": 77})
    assert ann.until(lambda event: event.get("id") == 77)["code"] == "retracted"

    bob.commit({"put": "<go>"})

    assert bob.query("<seen>") == []


def test_a_turn_that_is_sent_again_is_answered_as_before_and_done_once(ann, bob):
    name = turn_id()
    first = ann.commit({"item": "<job 1>"}, {"put": "<done 1>"}, turn_id=name)
    ann.commit({"drop": "<done 1>"})

    again = bob.commit({"item": "<job 1>"}, {"put": "<done 1>"}, turn_id=name)

    assert again["replayed"] is True
    assert {key: again[key] for key in ("rev", "seq", "epoch", "level", "results")} == \
        {key: first[key] for key in ("rev", "seq", "epoch", "level", "results")}
    assert bob.query("<done _>") == []


def test_the_outcome_of_a_turn_can_be_asked_for(ann, bob):
    name = turn_id()
    done = ann.commit({"put": "<done 1>"}, turn_id=name)

    (outcome,) = bob.commit({"outcome": name})["results"]

    assert outcome == {"<committed>": [done["rev"], done["seq"]]}


def test_a_turn_whose_outcome_was_asked_for_too_early_never_happens(ann, bob):
    name = turn_id()
    (outcome,) = bob.commit({"outcome": name})["results"]
    assert outcome == {"<impossible>": []}

    refused = ann.try_commit({"put": "<done 1>"}, turn_id=name)

    assert refused["op"] == "error"
    assert ann.query("<done _>") == []


def test_a_refused_turn_may_be_tried_again_under_its_name(ann):
    name = turn_id()
    assert ann.try_commit({"put": "<done>"}, require=["<go>"], turn_id=name)["code"] == \
        "guard-failed"
    ann.commit({"put": "<go>"})

    assert "replayed" not in ann.commit({"put": "<done>"}, require=["<go>"], turn_id=name)
