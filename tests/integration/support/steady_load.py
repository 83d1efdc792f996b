"""Clients that read all they are told, at a steady rate, and how long that takes on its way.

The load tool does it (`avow bench fanout --rate`): its own delay is small beside the server's, it
counts the waiting of what was due and not yet sent, and it checks every delivery.
"""

import json
import os
import statistics
import subprocess


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
