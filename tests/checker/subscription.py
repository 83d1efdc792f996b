"""What one subscription was told: its own order, and at which revisions each fact came and went."""

from bisect import bisect_right

from checker.breach import (ATOMIC, BOOKMARKABLE, FILTER, ORDERED, RESUMABLE, UNIQUE, Breach, shown)
from checker.patterns import same
from checker.space import EVER

BEFORE = -1  # When a fact came that was there when the snapshot was made.
ENDS = ("closed", "session-lost")


class Subscription:
    """`opening` leads to its space once that is known. `pattern` is None if it is not understood.

    `times` has for each fact the revisions at which it came and went, by turns. It covers the
    revisions above `start`, at which its snapshot was made or from which it goes on, up to
    `covered`. `messages` has (revision, message), `ended_with` the removals that a session's end
    caused: (fact, revision). Whoever resumes is told the `net` of what it missed, and `knows_all`
    once it is known what was there before. One that `pauses` is told of its gaps afterwards.
    """

    def __init__(self, session, ident, pattern, opening, resumed_from=None, pauses=False):
        self.session = session
        self.client = session.client
        self.ident = ident
        self.pattern = pattern
        self.opening = opening
        self.resumed_from = resumed_from
        self.pauses = pauses
        self.start = None
        self.net = {}  # Fact -> whether it came, else it went; all at one revision.
        self.synced_in = None  # The number of the message with its snapshot's end.
        self.synced_revision = None
        self.times = {}
        self.messages = set()
        self.ended_with = []
        self.knows_all = resumed_from is None
        self.covered = None
        self.covered_seq = None
        self.last_told = -1
        self._told_in = None

    @property
    def is_synced(self):
        return self.synced_in is not None

    def synced(self, message, revision):
        self.synced_in, self.synced_revision = message, revision
        self.start = self.last_told = revision
        self._told_in = message

    def resync(self):
        """All that was told is void, since a new snapshot follows."""
        self.times, self.net, self.ended_with = {}, {}, []
        self.knows_all = True
        self.synced_in = self.resumed_from = self.start = None
        self.last_told = -1

    def tell(self, message, event, report):
        """Takes an `add`, `remove` or `message` event."""
        revision = event.get("rev", BEFORE)
        space = self.opening.space()
        fact = space.fact(event["fact"])
        if self.pattern is not None:
            self._check_filter(event, revision, space, fact, report)
        is_snapshot = self.start is None or (revision == self.start and
                                             message == self.synced_in)
        if not is_snapshot:
            self._check_order(message, event, revision, space, fact, report)
        if is_snapshot and self.resumed_from is not None and event["op"] != "message":
            self._catch_up(event, revision, space, fact, report)
        elif event["op"] == "message":
            self.messages.add((revision, fact))
        else:
            self._change(event, BEFORE if is_snapshot else revision, revision, space, fact, report)

    def _check_filter(self, event, revision, space, fact, report):
        captures = self.pattern.captures_of(event["fact"])
        if captures is None:
            report(Breach(FILTER, self.client, revision,
                          f"{shown(space.keys[fact])} does not match {self.pattern.name}"))
        elif captures != event["captures"] and not same(captures, event["captures"]):
            report(Breach(FILTER, self.client, revision,
                          f"of {shown(space.keys[fact])} was captured {event['captures']}, not "
                          f"{captures}"))

    def _check_order(self, message, event, revision, space, fact, report):
        if revision > self.last_told:
            if message == self._told_in and self.last_told > self.start:
                report(Breach(ATOMIC, self.client, revision,
                              f"{shown(space.keys[fact])} came in the message of the turn at "
                              f"{self.last_told}"))
            self.last_told, self._told_in = revision, message
            return
        if message == self._told_in and revision == self.last_told:
            return
        again = revision in self.times.get(fact, ())
        what = f"{event['op']} {shown(space.keys[fact])} was told "
        if self.resumed_from is not None and revision <= self.resumed_from:
            report(Breach(RESUMABLE, self.client, revision,
                          what + f"again after the resume from {self.resumed_from}"))
        elif revision == self.start or again:
            report(Breach(UNIQUE, self.client, revision, what + "a second time"))
        elif revision < self.last_told:
            report(Breach(ORDERED, self.client, revision,
                          what + f"after revision {self.last_told}"))
        else:
            report(Breach(ATOMIC, self.client, revision,
                          what + "in another message than the rest of its turn"))

    def _change(self, event, time, revision, space, fact, report):
        times = self.times.get(fact)
        is_add = event["op"] == "add"
        if times is None:
            if not is_add and self.resumed_from is None:
                report(Breach(UNIQUE, self.client, revision,
                              f"{shown(space.keys[fact])} went, and was not there"))
                return
            # Whoever resumes had it before, which is looked at later.
            self.times[fact] = [time] if is_add else [BEFORE, time]
        elif is_add == bool(len(times) & 1):
            said = "came, and was there already" if is_add else "went, and was not there"
            report(Breach(UNIQUE, self.client, revision, f"{shown(space.keys[fact])} {said}"))
            return
        else:
            times.append(time)
        if not is_add and event.get("cause") in ENDS:
            self.ended_with.append((fact, revision))

    def _catch_up(self, event, revision, space, fact, report):
        """A difference between what was told up to the resume and what is there at its `synced`."""
        if revision <= self.resumed_from or fact in self.net:
            report(Breach(RESUMABLE, self.client, revision,
                          f"{event['op']} {shown(space.keys[fact])} was told again after the "
                          f"resume from {self.resumed_from}"))
            return
        self.net[fact] = event["op"] == "add"
        if self.net[fact]:
            self.times[fact] = [BEFORE]
        elif event.get("cause") in ENDS:
            self.ended_with.append((fact, revision))

    def check_bookmark(self, bookmark, message, event, report):
        """`bookmark` is a revision up to which all was said to have been told, and where."""
        revision, said_in = bookmark
        if event["rev"] <= revision and said_in != message and self.is_synced and \
                self.synced_in <= said_in and event["rev"] > self.start:
            report(Breach(BOOKMARKABLE, self.client, event["rev"],
                          f"{event['op']} {shown(str(event['fact']))} was told after all up to "
                          f"{revision} was said to have been told"))

    def close(self, covered, covered_seq):
        """Nothing more is due; it was told all up to a revision, and up to a seq."""
        if self.covered is None and self.start is not None:
            self.covered, self.covered_seq = max(covered, self.start), covered_seq

    def settle(self, space):
        """A seq too tells how far it was told."""
        if self.covered_seq is not None:
            self.covered = max(self.covered, space.revision_by(self.covered_seq))

    def covers(self, revision):
        return self.covered is not None and self.start <= revision <= self.covered

    def has_at(self, fact, revision):
        """Whether it had that fact after the turn at that revision."""
        times = self.times.get(fact)
        return times is not None and bool(bisect_right(times, revision) & 1)

    def facts_at(self, revision):
        return {fact for fact, times in self.times.items() if bisect_right(times, revision) & 1}

    def is_made_up_for(self, revision):
        """Whether what happened at that revision was to be told later, after a resume."""
        return self.resumed_from is not None and revision <= (self.synced_revision or EVER)

    def begin_with(self, facts, space, report):
        """What was there at the revision from which this one goes on."""
        self.knows_all = True
        for fact, came in self.net.items():
            if came == (fact in facts):
                report(Breach(RESUMABLE, self.client, self.start,
                              f"{shown(space.keys[fact])} {'came' if came else 'went'} after the "
                              f"resume from {self.resumed_from}, as if nothing had been told "
                              f"before"))
        facts = (facts | {fact for fact, came in self.net.items() if came}) - \
            {fact for fact, came in self.net.items() if not came}
        for fact, times in self.times.items():
            if (times[0] == BEFORE) != (fact in facts):
                said = "went" if times[0] == BEFORE else "came"
                report(Breach(RESUMABLE, self.client, times[1] if said == "went" else times[0],
                              f"{shown(space.keys[fact])} {said} after the resume from "
                              f"{self.resumed_from}, as if nothing had been told before"))
        for fact in facts - self.times.keys():
            self.times[fact] = [BEFORE]
