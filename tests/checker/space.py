"""One space of one history: the facts that anybody spoke of, and who said and was told what."""

from bisect import bisect_right
from dataclasses import dataclass

from checker.values import key_of, mentions_references

EVER = float("inf")


class Space:
    """Facts are known by a number. What is about references is told to each session alone, and is
    in `private`.

    `supports[fact]` has what may have held it, `stated`, `withdrawn` and `sent` what was answered:
    (revision, fact, client). `cuts` has what was there at one revision.
    """

    def __init__(self, name):
        self.name = name
        self.values = []
        self.keys = []
        self.private = set()
        self.subscriptions = []
        self.supports = {}
        self.stated = []
        self.withdrawn = []
        self.sent = []
        self.drops = []
        self.cuts = []
        self.turns = {}
        self._numbers = {}
        self._points = []
        self._sorted_points = None

    def fact(self, value):
        """The number of a fact."""
        key = key_of(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self.values.append(value)
            if mentions_references(key):
                self.private.add(number)
        return number

    def point(self, seq, revision):
        self._points.append((seq, revision))

    def revision_by(self, seq):
        """A revision that had been reached when `seq` was; -1 if none is known."""
        points = self._by_seq()
        at = bisect_right(points, (seq, EVER))
        return points[at - 1][1] if at else -1

    def revision_after(self, seq):
        """A revision that was reached only when `seq` was, or later; EVER if none is known."""
        points = self._by_seq()
        at = bisect_right(points, (seq, -1))
        return points[at][1] if at < len(points) else EVER

    def _by_seq(self):
        if self._sorted_points is None:
            self._sorted_points = sorted(set(self._points))
        return self._sorted_points


@dataclass(frozen=True)
class Cut:
    """What a query was answered: the facts that matched at one revision."""

    revision: int
    pattern: object
    facts: set
    client: str


class Spaces:
    """All spaces by epoch and name."""

    def __init__(self):
        self._spaces = {}

    def space(self, epoch, name):
        found = self._spaces.get((epoch, name))
        if found is None:
            found = self._spaces[epoch, name] = Space(name)
        return found

    def all(self):
        return self._spaces.values()
