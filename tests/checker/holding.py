"""What holds a fact up: who said so, and from when to when that may be."""

from checker.space import EVER


class Support:
    """A publish, or something durable. It began at `since`, or at any time from `earliest` on; it
    ended at `until`, or at any time up to `latest`. Until `surely` it has held, if it began."""

    __slots__ = ("session", "since", "earliest", "until", "latest", "surely", "is_durable",
                 "opening")

    def __init__(self, session, earliest, is_durable=False):
        self.session = session
        self.since = None
        self.earliest = earliest
        self.until = None
        self.latest = EVER
        self.surely = None
        self.is_durable = is_durable

    def begin(self, revision):
        self.since = self.earliest = revision

    def end(self, revision):
        self.until = self.latest = revision

    def surely_holds_at(self, revision):
        if self.since is None or not self.since <= revision:
            return False
        return revision < self.until if self.until is not None else \
            self.surely is not None and revision <= self.surely

    def may_hold_at(self, revision):
        return self.earliest <= revision < self.latest

    def may_begin_at(self, revision):
        if self.since is not None:
            return self.since == revision
        return self.earliest <= revision

    def may_end_at(self, revision):
        if self.until is not None:
            return self.until == revision
        return self.earliest <= revision <= self.latest
