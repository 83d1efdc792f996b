"""L9, C6: whoever sees a fact go is told why, never another reason; and what nets to nothing is not
told at all."""

import pytest

from support.json_client import JsonClient


@pytest.fixture
def watcher(server):
    with JsonClient(server) as client:
        client.observe("<n $n>")
        yield client


def publisher(server):
    client = JsonClient(server)
    client.publish("<n 1>")
    return client


def retract(server):
    with publisher(server) as client:
        client.retract(1)


def close(server):
    publisher(server).socket.close()


def reset(server):
    publisher(server).socket.channel.reset()


def drop(server):
    with JsonClient(server) as client:
        client.commit({"put": "<n 1>"})
        client.commit({"drop": "<n 1>"})


def replace(server):
    with JsonClient(server) as client:
        client.commit({"slot": "k", "fact": "<n 1>"})
        client.commit({"slot": "k", "fact": "<other>"})


def expire(server):
    with JsonClient(server) as client:
        lease = client.lease(50)["lease"]
        client.commit({"lease-to": lease, "fact": "<n 1>"})
        client.until(lambda event: event["op"] == "expired")


@pytest.mark.parametrize("ending, cause", [
    (retract, "retracted"), (close, "closed"), (reset, "session-lost"), (drop, "retracted"),
    (replace, "superseded"), (expire, "expired")])
def test_a_fact_goes_with_the_cause_of_its_going(server, watcher, ending, cause):
    ending(server)

    gone = watcher.until(lambda event: event["op"] == "remove")

    assert gone["cause"] == cause
    assert len(watcher.events(op="add")) == 1 and len(watcher.events(op="remove")) == 1


def test_what_comes_and_goes_in_one_turn_is_told_to_nobody(server, watcher):
    with JsonClient(server) as client:
        client.tell([{"publish": "<n 1>", "id": 1}, {"retract": 1}])
        client.commit({"put": "<n 2>"}, {"drop": "<n 2>"})
        client.commit({"slot": "k", "fact": "<n 3>"}, {"slot": "k", "fact": "<n 4>"})
    watcher.sync()

    assert [event["captures"]["n"] for event in watcher.events(op="add")] == [4]
    assert watcher.events(op="remove") == []
