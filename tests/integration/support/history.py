"""Checks what a subscriber was told against what was committed, in the words of etcd's validator.

Ordered: revisions rise from turn to turn. Unique: no fact comes twice without going in between.
Reliable: every committed turn is told. Atomic: all that a turn changed comes in one message.
"""


class Broken(AssertionError):
    """A subscriber was told something that no order of the committed turns explains."""


class History:
    """Everything one subscription was told, turn by turn; a fact is any hashable key."""

    def __init__(self):
        self.changes = {}  # revision -> (what came, what went)
        self.live = set()
        self.last = -1

    def snapshot(self, facts, revision):
        """The facts that were there at `revision`."""
        if len(set(facts)) != len(facts):
            raise Broken("Unique: the snapshot names a fact twice")
        self.live = set(facts)
        self.last = revision

    def turn(self, revision, added, removed):
        """One message: all that changed at one revision."""
        if revision <= self.last:
            raise Broken(f"Ordered: revision {revision} came after {self.last}")
        self.last = revision
        if len(set(added)) != len(added) or self.live & set(added):
            raise Broken(f"Unique: at {revision} a fact came that was there already")
        if not set(removed) <= self.live:
            raise Broken(f"Unique: at {revision} a fact went that was not there")
        self.live = (self.live | set(added)) - set(removed)
        self.changes[revision] = (frozenset(added), frozenset(removed))

    def check(self, committed):
        """`committed` maps each revision after the snapshot to what came and what went at it."""
        for revision, (added, removed) in committed.items():
            if revision not in self.changes:
                raise Broken(f"Reliable: the turn at {revision} was never told")
            if self.changes[revision] != (frozenset(added), frozenset(removed)):
                raise Broken(f"Atomic: at {revision} came {self.changes[revision]}, "
                             f"committed was {(added, removed)}")
        unknown = self.changes.keys() - committed.keys()
        if unknown:
            raise Broken(f"Reliable: nobody committed anything at {sorted(unknown)[:5]}")
