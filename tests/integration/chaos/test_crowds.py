"""Crowds: they die at once, come and go all the time, and come back all at once."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest

from support.crowd import Caller, Crowd
from support.json_client import JsonClient
from support.multitude import Multitude
from support.observed import memory, open_files
from support.open_files import many_open_files
from support.seed import count_of
from support.server import Server

IS_SANITIZED = bool(os.environ.get("AVOW_TEST_SANITIZED"))
DYING = count_of("AVOW_TEST_DYING", 1000)
FACTS_EACH = 100
DEATHS = count_of("AVOW_TEST_DEATHS", 3000)
FLAPPING = 100
RETURNING = count_of("AVOW_TEST_RETURNING", 1000)
FACTS_RETURNING = 3
PATIENCE_SECONDS = 120
TOLD_SECONDS_MAX = 2
BACK_SECONDS_MAX = 30
HANDSHAKE_SECONDS_MAX = 5


@pytest.fixture(autouse=True, scope="module")
def many_files():
    with many_open_files():
        yield


# ---- W8: a mass of clients ends ------------------------------------------------------------------


class Watcher:
    """An `avow watch --json`, whose lines are counted as they come and read afterwards."""

    def __init__(self, avow, server):
        self._process = subprocess.Popen(
            [avow, "watch", "--url", server.url, "--json", "<m $client $fact>"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._chunks = []
        self._lines = 0
        self._is_over = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self.wait_for_lines(1)  # It is synced.

    def wait_for_lines(self, count):
        with self._news:
            self._news.wait_for(lambda: self._lines >= count or self._is_over, PATIENCE_SECONDS)
            assert self._lines >= count, f"{self._lines} lines of {count} came"

    def end(self):
        """All that it was told, event by event."""
        self._process.send_signal(signal.SIGINT)
        self._thread.join()
        self._process.wait(timeout=20)
        return [json.loads(line) for line in b"".join(self._chunks).splitlines()]

    def _read(self):
        while chunk := os.read(self._process.stdout.fileno(), 1 << 20):
            with self._news:
                self._chunks.append(chunk)
                self._lines += chunk.count(b"\n")
                self._news.notify()
        with self._news:
            self._is_over = True
            self._news.notify()
        self._process.stdout.close()


def turns_of(events):
    """By revision: of which clients the facts were, and why they went."""
    turns = {}
    for event in events:
        turns.setdefault(event["rev"], []).append((event["captures"]["client"], event["cause"]))
    return list(turns.values())


def test_when_a_thousand_clients_die_at_once_each_watcher_sees_all_of_them_go(server, avow):
    everything = DYING * FACTS_EACH
    watchers = [Watcher(avow, server) for _ in range(2)]
    multitude = Multitude(server, DYING, FACTS_EACH)
    multitude.wait()
    for watcher in watchers:
        watcher.wait_for_lines(1 + everything)

    begun = time.monotonic()
    multitude.kill()
    for watcher in watchers:
        watcher.wait_for_lines(1 + 2 * everything)
    seconds = time.monotonic() - begun
    multitude.reap()

    for watcher in watchers:
        gone = turns_of(event for event in watcher.end() if event["op"] == "remove")
        assert len(gone) == DYING
        assert all(len(turn) == FACTS_EACH and len(set(turn)) == 1 for turn in gone)
        assert {turn[0][1] for turn in gone} == {"session-lost"}
    print(f"{DYING} clients with {FACTS_EACH} facts each: all gone after {seconds:.2f} s")
    assert IS_SANITIZED or seconds <= TOLD_SECONDS_MAX


# ---- V-N4: clients come and go -------------------------------------------------------------------


def flap(server, deaths):
    """A hundred clients at a time come, publish, and die, until so many have died."""
    died = 0
    with Crowd() as crowd:
        def answered(caller, events):
            nonlocal died
            if any(event["op"] == "ok" for event in events):
                died += 1
                crowd.leave(caller, Caller.reset if died % 2 else Caller.close)
                if died + FLAPPING <= deaths:
                    begin()

        def begin():
            crowd.join(Caller(server, answered)).tell({"publish": {"<flap>": [died]}})

        for _ in range(min(FLAPPING, deaths)):
            begin()
        crowd.serve(lambda: died == deaths, 600)
    assert died == deaths


def settled(server):
    """Waits until nobody is left; returns how many files the server has open, and its memory."""
    with JsonClient(server) as watcher:
        watcher.observe("<flap $n>")
        while watcher.query("<flap _>"):
            watcher.next_turn()
        return open_files(server), memory(server)


def test_after_many_clients_have_come_and_gone_the_server_is_as_it_was(server):
    warm_up = max(FLAPPING, DEATHS // 3)
    flap(server, warm_up)
    files_before, memory_before = settled(server)

    flap(server, DEATHS - warm_up)
    files, memory_after = settled(server)

    assert files <= files_before
    # A hundred clients more or less that are not quite forgotten yet stay within this.
    slack = memory_before // 100 + (1 << 20)
    assert IS_SANITIZED or memory_after <= memory_before + slack


# ---- V-N5: all come back at once -----------------------------------------------------------------


class Returning:
    """Clients with one subscription and some facts each, which come all at once."""

    def __init__(self, crowd):
        self._crowd = crowd
        self._missing = {}
        self.back = 0

    def all_come(self, server):
        """Returns how long it takes until all are told of their facts, and what 99 of 100
        handshakes took at most, both in seconds."""
        begun = time.monotonic()
        knocking = [(time.monotonic(), Caller(server, self._note, enters_later=True))
                    for _ in range(RETURNING)]
        handshakes = []
        for number, (since, caller) in enumerate(knocking):
            caller.enter()
            handshakes.append(time.monotonic() - since)
            self._begin(caller, number)
        self._crowd.serve(lambda: self.back == RETURNING, 300)
        return time.monotonic() - begun, sorted(handshakes)[RETURNING * 99 // 100]

    def _begin(self, caller, number):
        self._crowd.join(caller)
        self._missing[caller] = FACTS_RETURNING
        facts = [{"publish": {"<r>": [number, fact]}} for fact in range(FACTS_RETURNING)]
        caller.tell_all([{"observe": f"<r {number} $fact>"}, *facts])

    def _note(self, caller, events):
        self._missing[caller] -= sum(event["op"] == "add" for event in events)
        self.back += self._missing[caller] == 0 and any(e["op"] == "add" for e in events)


def test_after_a_restart_all_clients_are_back_soon(avowd):
    first = Server(avowd)
    with Crowd() as crowd:
        Returning(crowd).all_come(first)
        first.kill()
        crowd.serve(lambda: False, 60)  # Until every connection has ended.

    second = Server(avowd)
    with Crowd() as crowd:
        returning = Returning(crowd)
        seconds, handshake = returning.all_come(second)
        assert returning.back == RETURNING
        print(f"{RETURNING} were back after {seconds:.1f} s, handshake p99 {handshake:.2f} s")
        if not IS_SANITIZED:
            assert seconds <= BACK_SECONDS_MAX
            assert handshake <= HANDSHAKE_SECONDS_MAX
            assert memory(second, "VmHWM") <= 1.5 * memory(second)
    second.stop()
