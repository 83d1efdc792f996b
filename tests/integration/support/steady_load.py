"""Clients that read all they are told, at a steady rate, and how long that takes on its way.

The load tool does it (`avow bench fanout --rate`): its own delay is small beside the server's, it
counts the waiting of what was due and not yet sent, and it checks every delivery.

How long also depends on what else the machine does in the same second, so two of them are compared
that run at the same time: one of the server that is tested, and one of a server that does nothing
else (`SideBySide`).
"""

import json
import os
import statistics
import subprocess
from dataclasses import dataclass

from support.server import Server


class SteadyLoad:
    """Runs of one second, one after another, for as long as `go_on` is called."""

    def __init__(self, avow, server, readers, turns_a_second, size=100):
        self._command = [
            avow, "bench", "fanout", "--connections", str(readers), "--batch", "1", "--rate",
            str(turns_a_second), "--size", str(size), "--for", "1s", "--json"]
        self._environment = {**os.environ, "AVOW_URL": server.url}
        self._slow = []
        self._start()

    def _start(self):
        self._running = subprocess.Popen(self._command, env=self._environment, text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def go_on(self):
        """Notes what the run has told, if it is over, and starts the next."""
        if self._running.poll() is not None:
            self.go_through()

    def go_through(self):
        """Waits until the run is over, and starts the next."""
        self._slow.append(self._outcome()["delay_us"]["p99"] / 1e6)
        self._start()

    def _outcome(self):
        told, complaint = self._running.communicate()
        assert self._running.returncode == 0, complaint
        return json.loads(told)

    def runs(self):
        """How many are over since `slow_delay` was asked last."""
        return len(self._slow)

    def slow_delay(self):
        """What 99 of 100 deliveries were faster than, in seconds: the median of all runs that were
        begun and ended since this was asked last. One moment of a machine that does something
        else spoils one run.
        """
        self.stop()
        slow, self._slow = self._slow, []
        self._start()
        return statistics.median(slow)

    def stop(self):
        """Ends the run that is not over; it counts for nothing."""
        self._running.kill()
        self._running.communicate()


@dataclass(frozen=True)
class Delays:
    """What 99 of 100 deliveries were faster than at the same time, in seconds."""

    tested: float
    undisturbed: float

    def ratio(self):
        return self.tested / self.undisturbed

    def __str__(self):
        return f"{self.tested * 1000:.1f} ({self.undisturbed * 1000:.1f}) ms"


class SideBySide:
    """The same load on two servers, the one that is tested and one of its own."""

    def __init__(self, avow, avowd, tested, readers, turns_a_second):
        self._other = Server(avowd)
        self._loads = [SteadyLoad(avow, server, readers, turns_a_second)
                       for server in (tested, self._other)]

    def go_on(self):
        for each in self._loads:
            each.go_on()

    def go_through(self):
        for each in self._loads:
            each.go_through()

    def runs(self):
        return min(each.runs() for each in self._loads)

    def slow_delays(self):
        return Delays(*[each.slow_delay() for each in self._loads])

    def stop(self):
        for each in self._loads:
            each.stop()

    def close(self):
        self.stop()
        self._other.stop()
