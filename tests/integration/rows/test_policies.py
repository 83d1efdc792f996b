"""S11, S12: subscriptions that say how they want to be told, and how much."""

import time

import pytest

from support.json_client import JsonClient
from support.observed import metric
from support.syndicate import SyndicateClient
from support.values import stringify

LAMPS = "<lamp $room>"
PRICES = "<price $item $amount>"


@pytest.fixture
def writer(server):
    with JsonClient(server) as client:
        yield client


@pytest.fixture
def reader(server):
    with JsonClient(server) as client:
        yield client


def lamps(writer, *rooms):
    return [writer.publish(f'<lamp "{room}">') for room in rooms]


def told(client, ident):
    """What a subscription to LAMPS was told, as text."""
    return [" ".join(filter(None, (event["op"], event.get("captures", {}).get("room"))))
            for event in client.events(ident=ident)]


# ---- policies ------------------------------------------------------------------------------------


def test_a_subscription_that_closes_ends_with_an_error_and_no_other_does(server, reader, writer):
    closing = reader.observe(LAMPS, policy="close", credit={"turns": 1})
    other = reader.observe(LAMPS)
    lamps(writer, "hall", "attic", "cellar")
    reader.sync()

    assert told(reader, closing) == ["synced", "add hall", "error"]
    assert told(reader, other) == ["synced", "add hall", "add attic", "add cellar"]
    error = reader.events(ident=closing, op="error")[0]
    assert error["code"] == "slow-consumer"
    assert error["after"] == reader.events(ident=closing, op="add")[0]["rev"]
    assert metric(server, "avow_observers_closed_total") == 1


def test_whoever_was_closed_goes_on_from_where_it_was(reader, writer):
    closing = reader.observe(LAMPS, policy="close", credit={"turns": 1})
    hall, _ = lamps(writer, "hall", "attic")
    writer.retract(hall)
    reader.sync()
    after = reader.events(ident=closing, op="error")[0]["after"]

    again = reader.fresh_id()
    reader.tell({"observe": LAMPS, "from": after, "epoch": reader.hello["epoch"], "id": again})
    reader.wait_synced(again)

    assert told(reader, again) == ["add attic", "remove hall", "synced"]


def test_the_interest_of_a_closed_subscription_goes_with_a_cause(server, reader, writer):
    with JsonClient(server) as onlooker:
        interests = onlooker.observe("<Observe <group <rec lamp> _> _>")
        reader.observe(LAMPS, policy="close", credit={"turns": 1})
        lamps(writer, "hall", "attic")
        gone = onlooker.until(lambda event: event["op"] == "remove" and event["id"] == interests)
        assert gone["cause"] == "quota"


def test_a_paused_subscription_is_told_nothing_and_then_what_it_comes_to(reader, writer):
    paused = reader.observe(LAMPS, policy="pause", credit={"turns": 2})
    hall, _ = lamps(writer, "hall", "attic")
    lamps(writer, "cellar", "barn")
    writer.retract(hall)
    reader.sync()
    assert told(reader, paused) == ["synced", "add hall", "add attic"]

    assert reader.ask({"grant": paused, "turns": 1})["op"] == "ok"
    reader.until(lambda event: event["op"] == "synced")
    assert told(reader, paused)[3:] == ["gap", "add cellar", "add barn", "remove hall", "synced"]
    lamps(writer, "loft")
    reader.sync()
    assert "add loft" not in told(reader, paused)


def test_a_resyncing_subscription_is_told_of_its_gap_at_once(reader, writer):
    ident = reader.observe(LAMPS, credit={"turns": 1})
    lamps(writer, "hall", "attic")
    gap = reader.until(lambda event: event["op"] == "gap")
    assert gap["id"] == ident
    reader.tell({"grant": ident, "turns": 1})
    reader.until(lambda event: event["op"] == "synced")
    assert told(reader, ident) == ["synced", "add hall", "gap", "add attic", "synced"]


def test_a_credit_of_bytes_counts_the_snapshot(reader, writer):
    lamps(writer, *(f"room {number}" for number in range(100)))
    ident = reader.observe(LAMPS, policy="pause", credit={"bytes": 1000})
    assert len(reader.events(ident=ident, op="add")) == 100, "one turn is told whole"
    lamps(writer, "hall")
    reader.ask({"grant": ident, "bytes": 100})
    reader.sync()
    assert "add hall" not in told(reader, ident), "the first turn is still owed"

    reader.ask({"grant": ident, "bytes": 100_000})
    reader.until(lambda event: event["op"] == "synced" and event["id"] == ident)
    assert "add hall" in told(reader, ident)


@pytest.mark.parametrize("wrong, code", [
    ({"turns": 0}, "bad-request"),
    ({"turns": -1}, "bad-request"),
    ({"turns": 0.5}, "bad-request"),
    ({"bytes": 2**63}, "bad-request"),
    ({"bytes": 2**64}, "bad-request"),
    ({"turns": 2**63 - 1}, "limit"),
    ({}, "bad-request"),
])
def test_a_grant_that_is_none_is_refused_and_harms_nothing(reader, writer, wrong, code):
    ident = reader.observe(LAMPS, policy="pause", credit={"turns": 1})
    assert reader.ask({"grant": ident, **wrong})["code"] == code
    assert reader.ask({"grant": 4711, "turns": 1})["code"] == "unknown-subscription"
    lamps(writer, "hall", "attic")
    reader.sync()
    assert told(reader, ident) == ["synced", "add hall"]


@pytest.mark.parametrize("options", ["{policy: close}", "{policy: pause}", "{credit: {turns: 1}}",
                                     "{conflate: {key: [0] every: 100}}"])
def test_a_plain_client_is_refused_them_and_goes_on(server, writer, options):
    with SyndicateClient(server) as plain:
        plain.resolve()
        lamp = "<group <rec lamp> {0: <bind <_>>}>"
        plain.publish(f"<Observe {lamp} #:[0 7] {options}>")
        refused = plain.until(lambda event: event.oid == 7)
        assert "unsupported" in stringify(refused.body)
        entity = plain.observe(lamp)
        lamps(writer, "hall")
        shown = plain.until(lambda event: event.oid == entity)
        assert stringify(shown.body) == '["hall"]'


# ---- conflation ----------------------------------------------------------------------------------


def test_under_many_updates_each_key_is_told_at_most_once_in_its_time(server, writer, reader):
    every = 100
    ident = reader.observe(PRICES, conflate={"key": ["item"], "every": every})
    held, updates, began = {}, 4000, time.monotonic()
    for number in range(updates):
        item = f"item {number % 4}"
        turn = [{"retract": held[item]}] if item in held else []
        held[item] = writer.fresh_id()
        writer.tell([*turn, {"publish": {"<price>": [item, number]}, "id": held[item]}])
    writer.sync()
    took = time.monotonic() - began
    last = {f"item {key}": updates - 4 + key for key in range(4)}
    shown = {}
    while shown != last:
        for event in reader.next_turn():
            item, amount = event["captures"]["item"], event["captures"]["amount"]
            if event["op"] == "add":
                shown[item] = amount

    adds = reader.events(ident=ident, op="add")
    by_item = [[event["rev"] for event in adds if event["captures"]["item"] == item]
               for item in last]
    at_most = (time.monotonic() - began) * 1000 / every + 2
    for revisions in by_item:
        assert revisions == sorted(set(revisions)), "one change of a key in one turn"
        assert len(revisions) <= at_most, f"{updates} updates in {took} s"
    assert len(adds) < updates / 2


def test_a_conflated_subscription_begins_with_the_latest_and_others_are_told_all(reader, writer):
    writer.publish('<price "tea" 1>')
    writer.publish('<price "tea" 2>')
    conflated = reader.observe(PRICES, conflate={"key": ["item"], "every": 10_000})
    whole = reader.observe(PRICES)
    writer.publish('<price "tea" 3>')
    reader.sync()

    told_latest = reader.events(ident=conflated, op="add")
    assert [event["captures"]["amount"] for event in told_latest] == [2]
    assert len(reader.events(ident=whole, op="add")) == 3
