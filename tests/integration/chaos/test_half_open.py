"""V-N2: a client whose link is down says nothing more, and is found out by its silence.

The server's clock runs AVOW_TEST_PACE times as fast (5 by default), so that its 45 seconds of
silence take 9. At a pace of 1 they are real. Needs root, for a network namespace; skipped without.
"""

import os
import time

import pytest

from support.hold_facts import Holder
from support.json_client import JsonClient
from support.namespace import Namespace
from support.observed import open_sockets
from support.quick_clock import quick_clock
from support.server import Server

PACE = int(os.environ.get("AVOW_TEST_PACE", "5"))
SILENCE_SECONDS = 45
GRACE_SECONDS = 2 if PACE == 1 else 15
FACTS = [f"<present {number}>" for number in range(30)]


@pytest.fixture
def namespace():
    one = Namespace()
    yield one
    one.close()


@pytest.fixture
def server(avowd, namespace):
    running = Server(avowd, "--listen", f"{namespace.address}:0", "--open",
                     environment=quick_clock(PACE))
    yield running
    running.stop()


def wait_for_removals(watcher):
    """The events of the turn that removes something; pings are answered meanwhile."""
    watcher.until(lambda event: event["op"] == "remove", 2 * SILENCE_SECONDS / PACE + 30)
    return watcher.turns[-1]


def watch(server):
    """Somebody who sees all that is held: begun last, since the server counts its silence too."""
    watcher = JsonClient(server)
    ident = watcher.observe("<present $who>")
    assert len(watcher.events(ident=ident, op="add")) == len(FACTS)
    return watcher


def test_a_client_without_a_link_is_lost_after_its_time_of_silence(server, namespace):
    before = open_sockets(server)
    holder = Holder(server, "json", FACTS, under=namespace.within)
    with watch(server) as watcher:
        pulled = time.monotonic()
        namespace.pull_cable()

        turn = wait_for_removals(watcher)

        silence = (time.monotonic() - pulled) * PACE
        assert {(event["op"], event["cause"]) for event in turn} == {("remove", "session-lost")}
        assert len(turn) == len(FACTS)
        assert SILENCE_SECONDS - 15 <= silence, "it had been heard when it was pinged last"
        assert silence <= SILENCE_SECONDS + GRACE_SECONDS
        watcher.sync()
        assert open_sockets(server) == before + 1
    holder.kill()


def test_a_client_that_dies_unseen_is_lost_once_the_link_is_back(server, namespace):
    holder = Holder(server, "json", FACTS, under=namespace.within)
    with watch(server) as watcher:
        namespace.pull_cable()
        holder.kill()
        watcher.sync()
        assert watcher.events(op="remove") == []

        namespace.plug_in()

        turn = wait_for_removals(watcher)
        assert len(turn) == len(FACTS)
        assert {event["cause"] for event in turn} == {"session-lost"}
