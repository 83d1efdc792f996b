"""N1: spaces are named by the oid of the reference, and know nothing of each other."""

import pytest

from support.json_client import JsonClient
from support.syndicate import SyndicateClient
from support.values import stringify, sturdy_reference

ORDERS = sturdy_reference('<space "orders">')


def client_of(server, reference):
    client = JsonClient(server)
    answer = client.ask({"open": reference})
    assert answer["op"] == "ok", answer
    return client, answer


def test_a_fact_of_one_space_is_not_seen_in_another(server):
    orders, _ = client_of(server, ORDERS)
    with JsonClient(server) as main:
        main.observe("<n $n>")
        orders.publish("<n 1>")
        main.publish("<n 2>")
        main.sync()

        assert [event["captures"]["n"] for event in main.events(op="add")] == [2]
        assert [row["captures"]["n"] for row in orders.query("<n $n>")] == [1]
    orders.socket.close()


def test_a_message_of_one_space_is_not_heard_in_another(server):
    orders, _ = client_of(server, ORDERS)
    with JsonClient(server) as main:
        main.observe("<n $n>")
        orders.tell({"send": "<n 1>"})
        orders.sync()
        main.sync()

        assert main.events(op="message") == []
    orders.socket.close()


def test_revisions_of_spaces_are_their_own(server):
    orders, opened = client_of(server, ORDERS)
    with JsonClient(server) as main:
        before = main.ask({"publish": "<n 0>"})["rev"]
        for number in range(20):
            orders.publish(f"<n {number}>")
        after = main.ask({"publish": "<n 1>"})["rev"]

        assert after == before + 1
    orders.socket.close()


def test_the_answer_to_open_names_space_epoch_and_revision(server):
    client, answer = client_of(server, ORDERS)

    assert answer["space"] and answer["epoch"]
    assert isinstance(answer["rev"], int)
    client.socket.close()


def test_without_open_the_space_is_main(server):
    with JsonClient(server) as one:
        other, answer = client_of(server, sturdy_reference('"syndicate"'))
        other.publish("<n 1>")

        assert "main" in str(answer["space"])
        assert len(one.query("<n 1>")) == 1
        other.socket.close()


def test_one_plain_session_may_use_several_spaces(server):
    with SyndicateClient(server) as client:
        orders, main = client.resolve(ORDERS), client.resolve()
        entity = client.observe("<group <rec n> {0: <bind <_>>}>")

        client.say(f"[[{orders} <A <n 1> 901>] [{main} <A <n 2> 902>]]")
        client.sync()
        client.sync(at=orders)

        assert orders != main
        assert [stringify(event.body) for event in client.told(entity, "A")] == ["[2]"]


def test_a_space_that_begins_again_goes_on_above_its_old_revisions(server):
    first, opened = client_of(server, ORDERS)
    last = first.ask({"publish": "<n 1>"})["rev"]
    first.socket.close()

    second, reopened = client_of(server, ORDERS)

    assert second.query("<n _>") == [], "session facts went with the session"
    assert second.ask({"publish": "<n 1>"})["rev"] > last
    assert reopened["epoch"] == opened["epoch"]
    second.socket.close()


@pytest.mark.parametrize("oid", ['"nowhere"', "<space orders>", "<space>", '<space "a" "b">', "5"])
def test_an_oid_that_names_no_space_is_an_error(server, oid):
    with SyndicateClient(server) as plain, JsonClient(server) as client:
        reference = sturdy_reference(oid)

        assert stringify(plain.answer_to_resolve(reference)) == "<error unsupported>"
        assert client.ask({"open": reference})["op"] == "error"
