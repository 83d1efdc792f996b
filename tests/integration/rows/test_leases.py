"""L3: facts of a lease stay while it is renewed, and go by themselves, never too early."""

import time

import pytest

from support.json_client import JsonClient


@pytest.fixture
def watcher(server):
    with JsonClient(server) as client:
        client.observe("<alive $who>")
        yield client


@pytest.fixture
def ann(server):
    with JsonClient(server) as client:
        yield client


def test_facts_of_a_lease_go_in_one_turn_when_it_expires_and_not_before(ann, watcher):
    ttl = 300
    begun = time.monotonic()
    lease = ann.lease(ttl)["lease"]
    ann.commit({"lease-to": lease, "fact": "<alive 1>"}, {"lease-to": lease, "fact": "<alive 2>"})

    gone = watcher.until(lambda event: event["op"] == "remove")

    assert time.monotonic() - begun >= ttl / 1000
    assert gone["cause"] == "expired"
    assert [event["op"] for event in watcher.turns[-1]] == ["remove", "remove"]


def test_whoever_began_a_lease_is_told_that_it_has_expired(ann):
    begun = ann.lease(100)

    ended = ann.until(lambda event: event["op"] == "expired")

    assert ended["id"] == begun["id"]
    assert ended["rev"] > 0
    assert ann.try_commit({"renew": begun["lease"]})["code"] == "unknown-lease"


def test_a_lease_outlives_the_session_that_began_it(server, watcher):
    with JsonClient(server) as client:
        lease = client.lease(60_000)["lease"]
        client.commit({"lease-to": lease, "fact": "<alive 1>"})

    watcher.sync()
    assert len(watcher.query("<alive _>")) == 1
    watcher.commit({"end": lease})
    assert [event["cause"] for event in watcher.events(op="remove")] == ["retracted"]


def test_a_renewed_lease_goes_on(ann, watcher):
    ttl = 400
    lease = ann.lease(ttl)["lease"]
    ann.commit({"lease-to": lease, "fact": "<alive 1>"})
    renewed = time.monotonic()
    for _ in range(6):
        # Time goes by: what is demanded never comes.
        assert ann.try_commit(require=["<never>"], timeout=ttl // 4)["code"] == "guard-failed"
        renewed = time.monotonic()
        ann.commit({"renew": lease})

    watcher.until(lambda event: event["op"] == "remove")

    assert time.monotonic() - renewed >= ttl / 1000


def test_an_ended_lease_takes_its_facts_in_the_same_turn(ann, watcher):
    begun = ann.lease(60_000)
    ann.commit({"lease-to": begun["lease"], "fact": "<alive 1>"})

    assert ann.commit({"end": begun["lease"]})["results"] == [True]

    assert watcher.until(lambda event: event["op"] == "remove")["cause"] == "retracted"
    assert ann.try_commit({"lease-to": begun["lease"], "fact": "<alive 1>"})["code"] == \
        "unknown-lease"


def test_a_fact_stays_while_one_of_its_leases_does(ann, watcher):
    short, long = ann.lease(100)["lease"], ann.lease(60_000)["lease"]
    ann.commit({"lease-to": short, "fact": "<alive 1>"}, {"lease-to": long, "fact": "<alive 1>"})

    ann.until(lambda event: event["op"] == "expired")

    watcher.sync()
    assert watcher.events(op="remove") == []
    ann.commit({"end": long})
    watcher.until(lambda event: event["op"] == "remove")


@pytest.mark.parametrize("ttl", [0, 49, 30 * 24 * 3600 * 1000 + 1])
def test_a_ttl_outside_of_the_limits_is_refused(ann, ttl):
    assert ann.ask({"lease": ttl})["op"] == "error"
