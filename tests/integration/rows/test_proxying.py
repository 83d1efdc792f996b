"""References handed on: one client speaks to another's entity through the server."""

import pytest

from support.json_client import JsonClient
from support.syndicate import SyndicateClient, reference_number
from support.values import stringify

TRANSPORTS = pytest.mark.parametrize("transport, encoding",
                                     [("tcp", "binary"), ("unix", "text"), ("ws", "binary")])


@pytest.fixture
def owner(server):
    with SyndicateClient(server) as client:
        client.resolve()
        yield client


def finds(server, owner, transport="unix", encoding="text", reference="#:[0 5]"):
    """A second client, and its number for the entity 5 that the owner publishes."""
    client = SyndicateClient(server, transport, encoding)
    client.resolve()
    entity = client.observe("<group <rec service> {0: <bind <_>>}>")
    owner.publish(f"<service {reference}>")
    found = client.until(lambda event: event.oid == entity and event.kind == "A")
    return client, reference_number(found.body[0])


@TRANSPORTS
def test_assertions_and_retractions_reach_the_owner(server, owner, transport, encoding):
    client, number = finds(server, owner, transport, encoding)

    handle = client.publish("<holding 1>", at=number)
    asserted = owner.until(lambda event: event.oid == 5)
    client.retract(handle, at=number)
    retracted = owner.until(lambda event: event.oid == 5)

    assert (asserted.kind, stringify(asserted.body)) == ("A", "<holding 1>")
    assert (retracted.kind, retracted.handle) == ("R", asserted.handle)
    client.wire.close()


@TRANSPORTS
def test_messages_reach_the_owner_in_order(server, owner, transport, encoding):
    client, number = finds(server, owner, transport, encoding)

    for n in range(20):
        client.send(f"<increment {n}>", at=number)
    owner.until(lambda event: event.kind == "M" and stringify(event.body) == "<increment 19>")

    assert [event.body.fields[0] for event in owner.told(5, "M")] == list(range(20))
    client.wire.close()


@TRANSPORTS
def test_a_sync_goes_through_to_the_owner_and_its_answer_back(server, owner, transport, encoding):
    client, number = finds(server, owner, transport, encoding)
    client.send("<before>", at=number)
    client.say(f"[[{number} <S #:[0 77]>]]")

    asked = owner.until(lambda event: event.oid == 5 and event.kind == "S")
    client.sync()
    assert client.told(77) == [], "only the owner can answer"

    owner.say(f"[[{reference_number(asked.body)} <M #t>]]")
    answer = client.until(lambda event: event.oid == 77)
    assert (answer.kind, answer.body) == ("M", True)
    assert [event.kind for event in owner.told(5)] == ["M", "S"]
    client.wire.close()


def test_a_reference_handed_back_is_the_owners_own(server, owner):
    client, number = finds(server, owner)

    client.publish(f"<take-this-back #:[1 {number}]>", at=number)

    told = owner.until(lambda event: event.oid == 5)
    assert stringify(told.body) == "<take-this-back #:[1 5]>"
    client.wire.close()


def test_a_callback_works_in_both_directions(server, owner):
    client, number = finds(server, owner)
    client.publish("<call-me #:[0 9]>", at=number)
    asked = owner.until(lambda event: event.oid == 5)

    owner.send("<called>", at=reference_number(asked.body.fields[0]))

    called = client.until(lambda event: event.oid == 9)
    assert stringify(called.body) == "<called>"
    client.wire.close()


def test_the_end_of_the_holder_retracts_what_it_asserted_at_the_owner(server, owner):
    client, number = finds(server, owner)
    client.publish("<holding 1>", at=number)
    client.publish("<holding 2>", at=number)
    client.sync(at=None)
    owner.sync()
    assert len(owner.told(5, "A")) == 2

    client.wire.close()

    owner.until(lambda event: event.kind == "R")
    owner.sync()
    assert len(owner.told(5, "R")) == 2


def test_the_end_of_the_owner_is_seen_and_later_events_harm_nobody(server, owner):
    leaving = SyndicateClient(server)
    leaving.resolve()
    client, number = finds(server, leaving)

    leaving.wire.close()
    client.until(lambda event: event.kind == "R")
    client.say(f"[[{number} <A <late> 901>] [{number} <M <late>>] [{number} <S #:[0 78]>]]")

    assert client.sync()
    client.wire.close()


def test_an_attenuation_of_the_owners_filters_what_reaches_it(server, owner):
    client, number = finds(server, owner, reference="#:[0 5]")
    client.publish(f"<narrow #:[1 {number} <reject <rec secret [<_>]>>]>")
    entity = owner.observe("<group <rec narrow> {0: <bind <_>>}>")
    narrow = owner.until(lambda event: event.oid == entity).body[0]

    assert stringify(narrow) == "#:[1 5 <reject <rec secret [<_>]>>]" or \
        narrow.embeddedValue[0] == 0
    client.wire.close()


def test_an_attenuated_reference_filters_for_its_holder(server, owner):
    client, number = finds(server, owner)
    with SyndicateClient(server) as third:
        third.resolve()
        entity = third.observe("<group <rec narrow> {0: <bind <_>>}>")
        client.publish(f"<narrow #:[1 {number} <reject <rec secret [<_>]>>]>")
        found = third.until(lambda event: event.oid == entity and event.kind == "A")
        narrow = reference_number(found.body[0])

        third.say(f"[[{narrow} <A <secret 1> 901>] [{narrow} <M <secret 2>>] "
                  f"[{narrow} <A <open 3> 902>]]")

        assert stringify(owner.until(lambda event: event.oid == 5).body) == "<open 3>"
        assert [event.kind for event in owner.told(5)] == ["A"]
    client.wire.close()


def test_a_json_client_reaches_an_entity_of_a_plain_one(server, owner):
    with JsonClient(server) as client:
        client.observe("<service $ref>")
        owner.publish("<service #:[0 5]>")
        found = client.until(lambda event: event["op"] == "add")["captures"]["ref"]

        client.tell({"send": '<greeting "from json">', "to": found})

        told = owner.until(lambda event: event.oid == 5)
        assert (told.kind, stringify(told.body)) == ("M", '<greeting "from json">')


def test_a_plain_client_reaches_an_entity_of_a_json_one(server, owner):
    with JsonClient(server) as client:
        entity = owner.observe("<group <rec service> {0: <bind <_>>}>")
        client.tell({"publish": {"<service>": [{"$mine": 3}]}, "id": client.fresh_id()})
        found = owner.until(lambda event: event.oid == entity and event.kind == "A")

        owner.send("<greeting>", at=reference_number(found.body[0]))

        told = client.until(lambda event: event["op"] == "message")
        assert told["at"] == {"$mine": 3}
