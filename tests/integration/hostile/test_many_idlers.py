"""V-B1: clients that never read, that read very slowly and that stop for a while, beside many that
read what a quick producer says.

What waits for them stays within `--queue-max`. Each is told of a gap and then of what it missed, or
is cut; the history, in which those that read slowly are recorded, knows of no other gap. Once they
have fallen behind, those who read notice little of them: before, they cost what readers cost.
AVOW_TEST_READERS, _IDLERS, _DAWDLERS, _NAPPERS and _TURNS_A_SECOND say how many
there are, and AVOW_TEST_SECONDS how long the producer goes on at least.
"""

import os
import time

import pytest

from support.crowd import Caller, Crowd
from support.deadline import Deadline
from support.observed import memory, metric
from support.seed import count_of
from support.server import Server

READERS = count_of("AVOW_TEST_READERS", 5)
IDLERS = count_of("AVOW_TEST_IDLERS", 30)
DAWDLERS = count_of("AVOW_TEST_DAWDLERS", 5)
NAPPERS = count_of("AVOW_TEST_NAPPERS", 5)
TURNS_A_SECOND = count_of("AVOW_TEST_TURNS_A_SECOND", 400)
SECONDS = count_of("AVOW_TEST_SECONDS", 5)
DAWDLED_BYTES_A_SECOND = 1000
MESSAGES_EVERY = 10  # One of so many turns is a message, the others change a fact.
TICK_SECONDS = 0.02
PADDING = "x" * 1500
CUT_SECONDS_MAX = 120
SECONDS_UNNOTICED = 0.05  # Of a machine that has other work to do as well.
QUEUE_MIB = 16
# What a server has anyway for so many connections, and for what it remembers of the changes.
MEMORY_BESIDE = 48 << 20
IS_SANITIZED = bool(os.environ.get("AVOW_TEST_SANITIZED"))


@pytest.fixture
def small_server(avowd):
    running = Server(avowd, "--queue-max", str(QUEUE_MIB))
    yield running
    running.stop()


class Reader:
    """Keeps the number of the fact that is there, and counts messages; notes how old each was."""

    def __init__(self, server, **options):
        self.fact = None
        self.messages = self.missed = self.gaps = 0
        self.is_synced = False
        self._ages = []
        self.caller = Caller(server, self._note, **options)
        self.caller.tell({"observe": "<tick $n $time _>"})

    def _note(self, _, events):
        now = time.monotonic()
        for event in events:
            op = event["op"]
            if op in ("add", "message"):
                self._ages.append(now - event["captures"]["time"])
            if op == "add":
                self.fact = event["captures"]["n"]
            elif op == "message":
                self.messages += 1
            elif op == "gap":
                self.gaps += 1
                self.is_synced = False
            elif op == "synced":
                self.missed += event.get("missed", 0)
                self.is_synced = True

    def slow_age(self):
        """What 99 of 100 were younger than, of those since this was asked last; in seconds."""
        ages, self._ages = sorted(self._ages), []
        return ages[len(ages) * 99 // 100]


class Producer:
    """So many turns a second: each replaces the fact of the one before, or is a message."""

    def __init__(self, server, crowd):
        self.fact = None
        self.messages = 0
        self._crowd = crowd
        self._said = 0
        self._caller = crowd.join(Caller(server, lambda *_: None, is_recorded=True))

    def go_on(self, seconds, between=lambda: None):
        end = time.monotonic() + seconds
        due = time.monotonic()
        while due < end:
            due += TICK_SECONDS
            self._caller.send_messages([self._next() for _ in range(self._turns_a_tick())])
            between()
            self._crowd.serve_for(due - time.monotonic())

    @staticmethod
    def _turns_a_tick():
        return max(1, int(TURNS_A_SECOND * TICK_SECONDS))

    def _next(self):
        self._said += 1
        tick = {"<tick>": [self._said, time.monotonic(), PADDING]}
        if self._said % MESSAGES_EVERY == 0:
            self.messages += 1
            return {"send": tick}
        before, self.fact = self.fact, self._said
        publish = {"publish": tick, "id": self.fact}
        return [publish] if before is None else [publish, {"retract": before}]


class Slow:
    """Those that do not read, or little, and how much memory the server takes meanwhile."""

    def __init__(self, server):
        self._server = server
        self._before = memory(server)
        self.growth = 0
        many = [Reader(server, receive_buffer=4096, is_recorded=True)
                for _ in range(IDLERS + DAWDLERS + NAPPERS)]
        self.nappers, self.dawdlers = many[:NAPPERS], many[NAPPERS:NAPPERS + DAWDLERS]
        self.idlers = many[NAPPERS + DAWDLERS:]
        for each in many:
            each.caller.may_be_ended = True

    def dawdle(self):
        self.growth = max(self.growth, memory(self._server) - self._before)
        for each in self.dawdlers:
            if not each.caller.is_over:
                each.caller.pump(int(DAWDLED_BYTES_A_SECOND * TICK_SECONDS))

    def wake(self, crowd):
        """Who stopped for a while reads again."""
        for each in self.nappers:
            crowd.join(each.caller)


def test_those_who_do_not_read_cost_others_little(small_server):
    with Crowd() as crowd:
        readers = [Reader(small_server, is_recorded=number == 0) for number in range(READERS)]
        for each in readers:
            crowd.join(each.caller)
        producer = Producer(small_server, crowd)
        producer.go_on(2)
        undisturbed = max(each.slow_age() for each in readers)

        crowd.serve(lambda: all(each.fact == producer.fact for each in readers))
        slow = Slow(small_server)
        messages_before = producer.messages
        end = time.monotonic() + CUT_SECONDS_MAX + SECONDS
        while metric(small_server, "avow_gaps_total") < IDLERS + DAWDLERS + NAPPERS:
            assert time.monotonic() < end, "they do not fall behind"
            producer.go_on(0.2, slow.dawdle)
        meanwhile = max(each.slow_age() for each in readers)
        cut, passed = 0, 0
        while cut < IDLERS or passed < SECONDS:
            assert time.monotonic() < end, f"{cut} of {IDLERS} were cut"
            producer.go_on(1, slow.dawdle)
            passed += 1
            if passed == 2:
                slow.wake(crowd)
            cut = metric(small_server, "avow_slow_consumers_total")
        disturbed = max(each.slow_age() for each in readers)

        awake = readers + slow.nappers
        crowd.serve(lambda: all(each.fact == producer.fact and each.is_synced for each in awake),
                    Deadline(30))
        for each in slow.idlers + slow.dawdlers:
            each.caller.finish()
            assert each.fact != producer.fact, "it was cut before it had all"

    assert all(each.gaps == 0 for each in readers)
    for each in slow.nappers:
        assert each.gaps > 0 and not each.caller.is_over
        assert each.messages + each.missed == producer.messages - messages_before
    print(f"p99 {undisturbed * 1000:.0f} ms alone, {meanwhile * 1000:.0f} ms while they fall "
          f"behind, {disturbed * 1000:.0f} ms afterwards; "
          f"{slow.growth >> 20} MiB more at most, {metric(small_server, 'avow_gaps_total')} gaps")
    if not IS_SANITIZED:
        assert slow.growth <= (QUEUE_MIB << 20) + MEMORY_BESIDE
        assert disturbed <= max(2 * undisturbed, SECONDS_UNNOTICED)
