"""L4, L12, V-D6: no clock that steps, and no process that stands still, ends anything early."""

import threading
import time

import pytest

from support.json_client import JsonClient
from support.wall_clock import YEARS, WallClock

IDENTITY = "36b8f84d-df4e-4d49-b662-bcde71a8764f"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "avow.db"


@pytest.fixture
def clock(tmp_path):
    return WallClock(tmp_path)


def holding(client, ttl, fact="<alive 1>"):
    """A lease with a fact; when it was begun at the latest, and its number."""
    begun = time.monotonic()
    lease = client.lease(ttl)["lease"]
    client.commit({"lease-to": lease, "fact": fact})
    return begun, lease


def seconds_until_gone(client, begun):
    gone = client.until(lambda event: event["op"] == "remove")
    assert gone["cause"] == "expired"
    return time.monotonic() - begun


def test_the_wall_clock_of_these_tests_is_the_one_that_programs_see(clock):
    clock.step(10 * YEARS)

    assert clock.shown() - time.time() > 9 * YEARS


@pytest.mark.parametrize("step", [3600, -3600, 10 * YEARS, -10 * YEARS])
def test_a_step_of_the_wall_clock_ends_no_lease_and_no_wait_early_or_late(
        serve, file, clock, step):
    server = serve(file, environment=clock.environment)
    with JsonClient(server) as ann, JsonClient(server) as bob:
        bob.observe("<alive $who>")
        asked = time.monotonic()
        bob.tell({"take": "<job $n>", "timeout": 700, "id": 77})
        begun, _ = holding(ann, 600)

        clock.step(step)
        ann.commit({"put": "<n 1>"})

        assert 0.6 <= seconds_until_gone(bob, begun) < 3
        assert bob.until(lambda event: event.get("id") == 77)["code"] == "empty"
        assert 0.7 <= time.monotonic() - asked < 3
        assert len(ann.query("<n _>")) == 1
    server.stop()


def test_a_wall_clock_that_goes_back_again_and_again_does_no_harm(serve, file, clock):
    server = serve(file, environment=clock.environment)
    with JsonClient(server) as ann:
        ann.observe("<alive $who>")
        begun, lease = holding(ann, 400)
        for second in range(20):
            clock.step(-second)
            renewed = time.monotonic()
            ann.commit({"renew": lease}, {"put": f"<n {second}>"})

        assert seconds_until_gone(ann, renewed) >= 0.4
    server.stop()


@pytest.mark.parametrize("step", [10 * YEARS, -10 * YEARS])
def test_what_came_of_a_turn_is_known_after_a_restart_under_another_wall_clock(
        serve, file, clock, step):
    turn = {"commit": [{"item": "<job 1>"}], "turn-id": [IDENTITY, 1]}
    server = serve(file, environment=clock.environment)
    with JsonClient(server) as ann:
        first = ann.ask(turn)
    server.kill()
    clock.step(step)
    server = serve(file, environment=clock.environment)

    with JsonClient(server) as ann:
        assert ann.ask({"take": "<n _>", "timeout": 600})["code"] == "empty"  # The server ticks.
        again = ann.ask(turn)
        outcome, = ann.commit({"outcome": [IDENTITY, 1]})["results"]

    assert again.get("replayed") is True, again
    assert again["results"] == first["results"]
    assert outcome == {"<committed>": [first["rev"], first["seq"]]}
    server.stop()


def test_a_lease_has_after_a_restart_what_was_written_and_no_more(serve, file):
    ttl = 1_200
    server = serve(file)
    with JsonClient(server) as ann:
        _, lease = holding(ann, ttl)
    for _ in range(5):
        server.kill()
        begun = time.monotonic()
        server = serve(file)

    with JsonClient(server) as ann:
        ann.observe("<alive $who>")
        up = time.monotonic()

        gone_after = seconds_until_gone(ann, begun)

        assert gone_after >= ttl / 4 / 1000
        assert time.monotonic() - up <= ttl / 1000 + 1
        assert ann.try_commit({"renew": lease})["code"] == "unknown-lease"
    server.stop()


# ---- a process that stands still ----------------------------------------------------------------


def stand_still(server, seconds):
    """Stops the process, and lets it go on after so many seconds, in which requests can be sent."""
    server.signal("STOP")
    going_on = threading.Timer(seconds, server.signal, ["CONT"])
    going_on.start()
    return going_on


def test_a_lease_whose_time_passed_while_the_server_stood_still_is_over(serve, file):
    server = serve(file)
    with JsonClient(server) as ann, JsonClient(server) as bob:
        _, lease = holding(ann, 500)

        stand_still(server, 1.5)
        bob.tell({"query": "<alive $who>", "id": 77})
        renewed = ann.try_commit({"renew": lease})
        bob.until(lambda event: event["op"] == "ok" and event.get("id") == 77)

        assert renewed.get("code") == "unknown-lease", renewed
        assert bob.events(op="add") == []
    server.stop()


def test_a_lease_that_has_time_left_outlives_a_server_that_stood_still(serve, file):
    server = serve(file)
    with JsonClient(server) as ann:
        ann.observe("<alive $who>")
        begun, lease = holding(ann, 2_000)

        stand_still(server, 0.7)
        renewed_at = time.monotonic()
        assert ann.commit({"renew": lease})["results"] == [True]

        assert seconds_until_gone(ann, renewed_at) >= 2
        assert renewed_at - begun < 2
    server.stop()


def test_an_item_stays_with_its_holder_while_the_server_stands_still(serve, file):
    server = serve(file)
    with JsonClient(server) as ann, JsonClient(server) as bob:
        item, = ann.commit({"item": "<job 1>"})["results"]
        ann.ask({"take": "<job $n>"})

        stand_still(server, 2)
        taken = bob.ask({"take": "<job $n>", "timeout": 300})

        assert taken.get("code") == "empty"
        assert ann.commit({"ack": item})["results"] == [True]
    server.stop()


def test_items_of_a_holder_that_left_while_the_server_stood_still_come_back(serve, file):
    server = serve(file)
    with JsonClient(server) as bob:
        ann = JsonClient(server)
        item, = ann.commit({"item": "<job 1>"})["results"]
        ann.ask({"take": "<job $n>"})

        stand_still(server, 1)
        ann.socket.channel.reset()
        taken = bob.ask({"take": "<job $n>", "timeout": 10_000})

        assert taken["results"][0]["id"] == item
    server.stop()
