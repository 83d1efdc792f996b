"""M1: a message is an event inside a turn: seen by the interests in force there, and then gone."""

import pytest

from support.json_client import JsonClient
from support.syndicate import SyndicateClient
from support.values import stringify


@pytest.fixture
def listener(server):
    with JsonClient(server) as client:
        client.observe("<says $who $what>")
        yield client


def heard(listener):
    listener.sync()
    return [event["captures"]["what"] for event in listener.events(op="message")]


def test_a_message_reaches_those_who_listen_and_leaves_no_fact(server, listener):
    with JsonClient(server) as client, JsonClient(server) as deaf:
        deaf.observe("<shouts $who $what>")

        client.tell({"send": '<says ann "hello">'})
        client.sync()

        assert heard(listener) == ["hello"]
        deaf.sync()
        assert deaf.events(op="message") == []
        assert client.query("<says _ _>") == []


def test_a_message_with_an_id_is_answered(server, listener):
    with JsonClient(server) as client:
        answer = client.ask({"send": '<says ann "hello">'})

        assert answer["op"] == "ok"
        assert isinstance(answer["rev"], int)


def test_messages_keep_their_order_and_equal_ones_are_all_heard(server, listener):
    with JsonClient(server) as client:
        client.tell([{"send": f"<says ann {number % 3}>"} for number in range(10)])
        for number in range(10, 20):
            client.tell({"send": f"<says ann {number % 3}>"})
        client.sync()

        assert heard(listener) == [number % 3 for number in range(20)]


def test_a_message_before_the_interest_is_not_heard_and_one_after_it_is(server):
    with JsonClient(server) as client:
        client.tell([{"send": "<says ann 1>"}, {"observe": "<says $who $what>", "id": 1},
                     {"send": "<says ann 2>"}])
        client.tell([{"send": "<says ann 3>"}, {"retract": 1}, {"send": "<says ann 4>"}])
        client.sync()

        assert [event["captures"]["what"] for event in client.events(op="message")] == [2, 3]


def test_a_message_takes_a_revision_like_a_fact(server, listener):
    with JsonClient(server) as client:
        revisions = [client.ask(request)["rev"] for request in (
            {"publish": "<n 1>"}, {"send": "<says ann 1>"}, {"publish": "<n 2>"})]

        assert revisions == sorted(set(revisions))
        listener.sync()
        assert [event["rev"] for event in listener.events(op="message")] == [revisions[1]]


def test_json_and_plain_clients_hear_each_other(server, listener):
    with SyndicateClient(server, "tcp", "binary") as plain, JsonClient(server) as client:
        plain.resolve()
        entity = plain.observe("<group <rec says> {0: <bind <_>> 1: <bind <_>>}>")
        plain.send('<says bob "from plain">')
        plain.sync()
        client.tell({"send": '<says ann "from json">'})
        client.sync()
        plain.sync()

        assert heard(listener) == ["from plain", "from json"]
        assert [stringify(event.body) for event in plain.told(entity, "M")] == \
            ['[bob "from plain"]', '[ann "from json"]']


def test_a_message_is_heard_once_per_observer_not_once_per_pattern_match(server):
    with JsonClient(server) as client:
        first, second = client.observe("<says $who $what>"), client.observe("<says ann $what>")
        client.tell({"send": "<says ann 1>"})
        client.sync()

        assert [event["id"] for event in client.events(op="message")] == [first, second]
