"""A pipe read line by line, each wait with a deadline."""

import os
import selectors

from support.deadline import Late, as_deadline


class LineReader:
    """The lines of a child's output, as they come. It owns the file object that it is given."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._pending = b""
        self._ended = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(pipe, selectors.EVENT_READ)

    def next(self, deadline=None):
        """The next line without its end, or None when the output has ended."""
        deadline = as_deadline(deadline)
        while b"\n" not in self._pending and not self._ended:
            if not self._selector.select(deadline.remaining()):
                raise Late(f"no further line came; so far of the next one: {self._pending!r}")
            self._read()
        return self._take()

    def until(self, wanted, deadline=None):
        """All lines up to and including the first for which `wanted(line)` holds."""
        deadline = as_deadline(deadline)
        lines = []
        while not lines or not wanted(lines[-1]):
            line = self.next(deadline)
            if line is None:
                raise AssertionError(f"the output ended before the wanted line: {lines}")
            lines.append(line)
        return lines

    def rest(self, deadline=None):
        """All lines up to the end of the output."""
        deadline = as_deadline(deadline)
        lines = []
        while (line := self.next(deadline)) is not None:
            lines.append(line)
        return lines

    def close(self):
        self._selector.close()
        self._pipe.close()

    def _read(self):
        chunk = os.read(self._pipe.fileno(), 65536)
        self._ended = not chunk
        self._pending += chunk

    def _take(self):
        if not self._pending and self._ended:
            return None
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode()
