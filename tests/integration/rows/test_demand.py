"""S15: interests are facts, which appear and disappear in turn order and can be watched."""

import pytest

from support.json_client import JsonClient
from support.server import Server
from support.syndicate import SyndicateClient
from support.values import stringify, sturdy_reference

INTEREST_IN_PRICES = "<Observe <group <rec Price> {0: <lit $item>}> _>"

PLAIN_INTEREST_IN_PRICES = (
    "<group <rec Observe> {0: <group <rec group> {0: <group <rec rec> {0: <lit Price>}> "
    "1: <group <dict> {0: <group <rec lit> {0: <bind <_>>}>}>}>}>")


@pytest.fixture
def provider(server):
    with JsonClient(server) as client:
        client.observe(INTEREST_IN_PRICES)
        yield client


def demand(provider):
    provider.sync()
    return [(event["op"], event["captures"]["item"]) for event in provider.events()
            if event["op"] in ("add", "remove")]


def test_an_interest_appears_with_its_constants_and_goes_with_the_subscription(server, provider):
    with JsonClient(server) as client:
        ident = client.observe('<Price "tea" $price>')
        assert demand(provider) == [("add", "tea")]

        client.retract(ident)
        assert demand(provider) == [("add", "tea"), ("remove", "tea")]


def test_interests_of_json_and_plain_clients_look_alike(server, provider):
    with JsonClient(server) as one, SyndicateClient(server) as other:
        one.observe('<Price "tea" $price>')
        other.resolve()
        other.observe('<group <rec Price> {0: <lit "coffee"> 1: <bind <_>>}>')
        other.sync()

        assert sorted(demand(provider)) == [("add", "coffee"), ("add", "tea")]


def test_the_same_interest_of_two_clients_is_one_capture_and_goes_with_the_last(server):
    with SyndicateClient(server) as provider, SyndicateClient(server) as one, \
            SyndicateClient(server) as other:
        for client in (provider, one, other):
            client.resolve()
        entity = provider.observe(PLAIN_INTEREST_IN_PRICES)
        held = []
        for client in (one, other):
            client.observe('<group <rec Price> {0: <lit "tea"> 1: <bind <_>>}>')
            client.sync()
            held.append(client.fresh_handle() - 1)
        provider.sync()
        assert [stringify(event.body) for event in provider.told(entity)] == ['["tea"]']

        one.retract(held[0])
        one.sync()
        provider.sync()
        assert len(provider.told(entity)) == 1

        other.retract(held[1])
        other.sync()
        provider.sync()
        assert [event.kind for event in provider.told(entity)] == ["A", "R"]


def test_interests_that_were_there_before_are_in_the_snapshot(server):
    with JsonClient(server) as client, JsonClient(server) as provider:
        client.observe('<Price "tea" $price>')

        provider.observe(INTEREST_IN_PRICES)

        assert demand(provider) == [("add", "tea")]


def test_an_interest_in_something_else_is_not_told(server, provider):
    with JsonClient(server) as client:
        client.observe('<Cost "tea" $price>')
        client.observe("<Price $item 5>")

        assert demand(provider) == []


def test_a_provider_answers_demand_and_stops_with_it(server, provider):
    with JsonClient(server) as client:
        ident = client.observe('<Price "tea" $price>')
        provider.until(lambda event: event["op"] == "add")
        supply = provider.publish('<Price "tea" 100>')
        client.sync()
        assert [event["captures"]["price"] for event in client.events(op="add")] == [100]

        client.retract(ident)
        provider.until(lambda event: event["op"] == "remove")
        provider.retract(supply)
        assert client.query("<Price _ _>") == []


def test_demand_and_supply_keep_the_order_of_turns(server, provider):
    with JsonClient(server) as client:
        for number in range(50):
            client.observe(f'<Price "item {number}" $price>')

        assert demand(provider) == [("add", f"item {number}") for number in range(50)]


# ---- how many there are, and without one's own ---------------------------------------------------


@pytest.fixture
def counter(server):
    with JsonClient(server) as client:
        client.observe(INTEREST_IN_PRICES, count=True, others=True)
        yield client


def counts(client):
    """What it was told, message by message."""
    client.sync()
    told = [[f'{event["op"]} {event["captures"]["item"]} {event["count"]}' for event in turn
             if event["op"] in ("add", "remove")] for turn in client.turns]
    return [turn for turn in told if turn]


def test_how_many_share_an_interest_is_told_when_it_changes_in_one_turn(server, counter):
    with JsonClient(server) as one, JsonClient(server) as other, SyndicateClient(server) as plain:
        one.observe('<Price "tea" $price>')
        ident = other.observe('<Price "tea" $price>')
        plain.resolve()
        plain.observe('<group <rec Price> {0: <lit "tea"> 1: <bind <_>>}>')
        plain.sync()
        other.retract(ident)
        assert counts(counter) == [["add tea 1"], ["add tea 2", "remove tea 1"],
                                   ["add tea 3", "remove tea 2"], ["add tea 2", "remove tea 3"]]
    counter.until(lambda event: event["op"] == "remove" and event["cause"] != "superseded")
    assert counts(counter)[-1] == ["remove tea 1"]
    assert "fact" not in counter.events(op="add")[0]


def test_ones_own_interest_is_not_counted(server, counter):
    counter.observe('<Price "tea" $price>')
    with JsonClient(server) as one:
        one.observe('<Price "tea" $price>')
        assert counts(counter) == [["add tea 1"]]


def test_the_number_stands_in_the_snapshot(server):
    with JsonClient(server) as one, JsonClient(server) as other, JsonClient(server) as late:
        one.observe('<Price "tea" $price>')
        other.observe('<Price "tea" $price>')
        ident = late.observe(INTEREST_IN_PRICES, count=True)
        assert counts(late) == [["add tea 2"]]
        late.retract(ident)


@pytest.mark.parametrize("request_, code", [
    ({"query": "<n $x>", "count": True, "id": 5}, "bad-request"),
    ({"publish": "<n 1>", "others": True, "id": 5}, "bad-request"),
    ({"observe": "<n $x>", "count": 1, "id": 5}, "bad-request"),
])
def test_only_who_observes_counts(server, request_, code):
    with JsonClient(server) as client:
        client.tell(request_)
        assert client.next_turn()[0]["code"] == code


# What somebody sees who holds the space by a reference that lets only demand for prices pass: the
# same whatever else is observed.

ONLY_PRICES = sturdy_reference('"syndicate"', [
    f"<rewrite <rec Observe [<lit {PLAIN_INTEREST_IN_PRICES}> <bind Embedded> <bind <_>>]> "
    f"<rec Observe [<lit {PLAIN_INTEREST_IN_PRICES}> <ref 0> <ref 1>]>>"])

INTEREST_IN_SECRETS = PLAIN_INTEREST_IN_PRICES.replace("Price", "Secret")
ANY_INTEREST = "<group <rec Observe> {0: <bind <_>>}>"


def seen_through_caveats(server, interests):
    """All that is told while those interests come and go."""
    with SyndicateClient(server) as restricted, SyndicateClient(server) as owner:
        restricted.resolve(ONLY_PRICES)
        owner.resolve()
        for pattern in (PLAIN_INTEREST_IN_PRICES, INTEREST_IN_SECRETS, ANY_INTEREST):
            entity = restricted.fresh_oid()
            restricted.publish(f"<Observe {pattern} #:[0 {entity}] {{count: #t}}>")
        restricted.sync()
        handles = []
        for pattern in interests:
            entity = owner.fresh_oid()
            handles.append(owner.publish(f"<Observe {pattern} #:[0 {entity}]>"))
        for handle in handles:
            owner.retract(handle)
        owner.sync()
        restricted.sync()
        return [(event.oid, event.kind, event.kind == "A" and stringify(event.body))
                for turn in restricted.turns for event in turn
                if event.oid >= 1001 and event.kind in "AR"]


def test_an_interest_that_a_reference_hides_cannot_be_inferred(avowd):
    price = '<group <rec Price> {0: <lit "tea">}>'
    secret = '<group <rec Secret> {0: <lit "x">}>'
    told = []
    for interests in ([price], [secret, price, secret]):
        server = Server(avowd)
        told.append(seen_through_caveats(server, interests))
        server.stop()

    assert told[0] == told[1]
    assert [kind for _, kind, _ in told[0]] == ["A", "R"]
