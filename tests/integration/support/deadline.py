"""Waiting with an end: every wait in these tests is for an event, and none is for ever."""

import os
import time

PATIENCE = float(os.environ.get("AVOW_TEST_PATIENCE", "10"))


class Late(AssertionError):
    """What was waited for did not come in time."""


class Deadline:
    """A moment in the future, `seconds` from now."""

    def __init__(self, seconds=PATIENCE):
        self._end = time.monotonic() + seconds

    def remaining(self):
        return max(0.0, self._end - time.monotonic())

    def passed(self):
        return self.remaining() == 0.0

    def check(self, awaited):
        """Complains if the moment is past; `awaited` says what did not come."""
        if self.passed():
            raise Late(f"waited in vain for {awaited}")


def as_deadline(deadline):
    """A deadline as it is, a number of seconds from now, or the usual patience for None."""
    if deadline is None:
        return Deadline()
    return deadline if isinstance(deadline, Deadline) else Deadline(deadline)
