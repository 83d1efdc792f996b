"""S15: interests are facts, which appear and disappear in turn order and can be watched."""

import pytest

from support.json_client import JsonClient
from support.syndicate import SyndicateClient
from support.values import stringify

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
