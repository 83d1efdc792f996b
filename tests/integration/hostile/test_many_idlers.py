"""V-B1: clients that never read, that read very slowly and that stop for a while, beside many that
read what a quick producer says.

What waits for them stays within `--queue-max`. Each is told of a gap and then of what it missed, or
is cut; the history, in which those that read slowly are recorded, knows of no other gap. What those
who read wait for, 99 times of 100, is at most twice what it is at the same time on a server that
has no slow ones: while these fall behind, and once they have. AVOW_TEST_READERS, _IDLERS, _DAWDLERS
and _NAPPERS say how many there are, AVOW_TEST_READ_A_SECOND how many turns those who read are told,
AVOW_TEST_TURNS_A_SECOND those who do not, AVOW_TEST_SECONDS how long it goes on at least after they
fell behind, and AVOW_TEST_QUEUE_MIB what may wait for all.
"""

import os
import time

import pytest

from support.crowd import Caller, Crowd
from support.deadline import Deadline
from support.observed import memory, metric
from support.seed import count_of
from support.server import Server
from support.steady_load import SideBySide

IS_SANITIZED = bool(os.environ.get("AVOW_TEST_SANITIZED"))
READERS = count_of("AVOW_TEST_READERS", 10 if IS_SANITIZED else 200)
IDLERS = count_of("AVOW_TEST_IDLERS", 12)
DAWDLERS = count_of("AVOW_TEST_DAWDLERS", 5)
NAPPERS = count_of("AVOW_TEST_NAPPERS", 2)
READ_A_SECOND = count_of("AVOW_TEST_READ_A_SECOND", 100)
TURNS_A_SECOND = count_of("AVOW_TEST_TURNS_A_SECOND", 200)
SECONDS = count_of("AVOW_TEST_SECONDS", 5)
DAWDLED_BYTES_A_SECOND = 1000
MESSAGES_EVERY = 10  # One of so many turns is a message, the others change a fact.
TICK_SECONDS = 0.005
DAWDLES_EVERY = 4  # Of so many dawdlers one reads in a tick.
PADDING = "x" * 1500
CUT_SECONDS_MAX = 120
QUEUE_MIB = count_of("AVOW_TEST_QUEUE_MIB", 16)
ROUNDED_UP = 1.2  # An allocator that rounds sizes up makes them a fifth larger at most.
# What a server has anyway for what it remembers of the changes, and for so many connections.
MEMORY_BESIDE = (48 << 20) + (READERS + IDLERS + DAWDLERS + NAPPERS << 15)
RUNS_MIN = 5  # Of a second each, in each part of the test.


@pytest.fixture
def small_server(avowd):
    running = Server(avowd, "--queue-max", str(QUEUE_MIB))
    yield running
    running.stop()


class Reader:
    """Keeps the number of the fact that is there, and counts messages."""

    def __init__(self, server, **options):
        self.fact = None
        self.messages = self.missed = self.gaps = 0
        self.is_synced = False
        self.caller = Caller(server, self._note, **options)
        self.caller.tell({"observe": "<tick $n _>"})

    def _note(self, _, events):
        for event in events:
            op = event["op"]
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


class Producer:
    """So many turns a second: each replaces the fact of the one before, or is a message."""

    def __init__(self, server, crowd):
        self.fact = None
        self.messages = 0
        self._crowd = crowd
        self._said = 0
        self._caller = crowd.join(Caller(server, lambda *_: None, is_recorded=True))

    def go_on(self, seconds, between=lambda: None):
        """Changes the fact at last: who has the fact that is there has all that was said before."""
        end = time.monotonic() + seconds
        due = time.monotonic()
        while due < end:
            due += TICK_SECONDS
            self._caller.send_messages([self._next() for _ in range(self._turns_a_tick())])
            between()
            self._crowd.serve_for(due - time.monotonic())
        self._caller.send_messages([self._change()])

    @staticmethod
    def _turns_a_tick():
        return max(1, int(TURNS_A_SECOND * TICK_SECONDS))

    def _next(self):
        if (self._said + 1) % MESSAGES_EVERY != 0:
            return self._change()
        self.messages += 1
        return {"send": self._tick()}

    def _change(self):
        before, tick = self.fact, self._tick()
        self.fact = self._said
        publish = {"publish": tick, "id": self.fact}
        return [publish] if before is None else [publish, {"retract": before}]

    def _tick(self):
        self._said += 1
        return {"<tick>": [self._said, PADDING]}


class Slow:
    """Those that do not read, or little, and how much memory the server takes meanwhile."""

    def __init__(self, server):
        self._server = server
        self._before = memory(server)
        self._ticks = 0
        many = [Reader(server, receive_buffer=4096, is_recorded=True)
                for _ in range(IDLERS + DAWDLERS + NAPPERS)]
        self.nappers, self.dawdlers = many[:NAPPERS], many[NAPPERS:NAPPERS + DAWDLERS]
        self.idlers = many[NAPPERS + DAWDLERS:]
        for each in many:
            each.caller.may_be_ended = True

    def growth(self):
        """How much more memory the server has had since, at most; in bytes."""
        return memory(self._server, "VmHWM") - self._before

    def dawdle(self):
        self._ticks += 1
        for each in self.dawdlers[self._ticks % DAWDLES_EVERY::DAWDLES_EVERY]:
            if not each.caller.is_over:
                each.caller.pump(int(DAWDLED_BYTES_A_SECOND * TICK_SECONDS * DAWDLES_EVERY))

    def wake(self, crowd):
        """Who stopped for a while reads again."""
        for each in self.nappers:
            crowd.join(each.caller)


@pytest.fixture
def steady(avow, avowd, small_server):
    running = SideBySide(avow, avowd, small_server, READERS, READ_A_SECOND)
    yield running
    running.close()


def test_those_who_do_not_read_cost_others_little(small_server, steady):
    with Crowd() as crowd:
        reader = Reader(small_server, is_recorded=True)
        crowd.join(reader.caller)
        producer = Producer(small_server, crowd)
        alone = slow_delays(producer, steady)

        crowd.serve(lambda: reader.fact == producer.fact)
        slow = Slow(small_server)
        messages_before = producer.messages
        end = time.monotonic() + CUT_SECONDS_MAX + SECONDS
        while metric(small_server, "avow_gaps_total") < IDLERS + DAWDLERS + NAPPERS:
            assert time.monotonic() < end, "they do not fall behind"
            producer.go_on(0.2, slow.dawdle)
            steady.go_on()
        slow.wake(crowd)
        falling = slow_delays(producer, steady, slow.dawdle)
        cut, began = 0, time.monotonic()
        while cut < IDLERS or time.monotonic() - began < SECONDS:
            assert time.monotonic() < end, f"{cut} of {IDLERS} were cut"
            producer.go_on(0.2, slow.dawdle)
            steady.go_on()
            cut = metric(small_server, "avow_slow_consumers_total")
        behind = slow_delays(producer, steady, slow.dawdle)

        awake = [reader, *slow.nappers]
        crowd.serve(lambda: all(each.fact == producer.fact and each.is_synced for each in awake),
                    Deadline(30))
        for each in slow.idlers + slow.dawdlers:
            each.caller.finish()
            assert each.fact != producer.fact, "it was cut before it had all"

    assert reader.gaps == 0
    for each in slow.nappers:
        assert each.gaps > 0 and not each.caller.is_over
        assert each.messages + each.missed == producer.messages - messages_before
    print(f"p99, and in brackets that of a server without slow ones: {alone} before, {falling} "
          f"while they fall behind, {behind} afterwards; {slow.growth() >> 20} MiB more at most, "
          f"{metric(small_server, 'avow_gaps_total')} gaps")
    if not IS_SANITIZED:
        assert slow.growth() <= (QUEUE_MIB << 20) * ROUNDED_UP + MEMORY_BESIDE
        assert max(falling.ratio(), behind.ratio()) <= 2


def slow_delays(producer, steady, between=lambda: None):
    """Lets both go on until enough has been measured; what was before that counts too."""
    while steady.runs() < RUNS_MIN:
        producer.go_on(0.2, between)
        steady.go_on()
    return steady.slow_delays()
