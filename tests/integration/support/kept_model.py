"""The naive truth about what a space keeps: turn after turn, in the order of their numbers."""

import json
from collections import Counter

from support.turns import key_of


class Mismatch(AssertionError):
    """A turn was answered, or a state found, that no order of the turns explains."""


class KeptModel:
    """Supports of facts, slots, leases and items. Values are known by their JSON text."""

    def __init__(self):
        self.puts = set()
        self.slots = {}
        self.leases = {}
        self.items = {}  # By their numbers, which rise: so also by age.
        self._holders = {}
        self._supports = Counter()
        self._was_there = {}
        self._last_id = 0

    def facts(self):
        """Every fact that is there."""
        return {key for key, count in self._supports.items() if count > 0}

    def lose_sessions(self):
        """Whoever held an item holds it no more."""
        self._holders.clear()

    def apply(self, turn):
        """Does a turn, whose results must be those that were answered; returns what it shows:
        the sets of what appears, of what goes, and of the messages."""
        self._was_there = {}
        for guard in turn.require:
            self._check(self._supports[key_of(guard)] > 0, turn, f"{guard} is required")
        for guard in turn.absent:
            self._check(self._supports[key_of(guard)] <= 0, turn, f"{guard} is to be absent")
        for operation, result in zip(turn.operations, turn.results, strict=True):
            self._do(turn, operation, result)
        return self._shown(turn)

    def begin_lease(self, ident):
        self.leases[ident] = set()

    # ---- operations ----

    def _do(self, turn, operation, result):
        kind = next(iter(operation))
        expected = getattr(self, "_" + kind.replace("-", "_"))(turn, operation, result)
        self._check(result == expected, turn, f"{operation} is answered {result}, not {expected}")

    def _put(self, _turn, operation, _result):
        key = key_of(operation["put"])
        if key in self.puts:
            return False
        self.puts.add(key)
        self._support(key, 1)
        return True

    def _drop(self, _turn, operation, _result):
        key = key_of(operation["drop"])
        if key not in self.puts:
            return False
        self.puts.discard(key)
        self._support(key, -1)
        return True

    def _slot(self, _turn, operation, _result):
        name = key_of(operation["slot"])
        before = self.slots.pop(name, None)
        now = key_of(operation["fact"]) if "fact" in operation else None
        if now is not None:
            self.slots[name] = now
        if now == before:
            return False
        for key, change in ((now, 1), (before, -1)):
            if key is not None:
                self._support(key, change)
        return True

    def _lease_to(self, turn, operation, _result):
        facts, key = self._lease(turn, operation["lease-to"]), key_of(operation["fact"])
        if key in facts:
            return False
        facts.add(key)
        self._support(key, 1)
        return True

    def _renew(self, turn, operation, _result):
        self._lease(turn, operation["renew"])
        return True

    def _end(self, turn, operation, _result):
        for key in self._lease(turn, operation["end"]):
            self._support(key, -1)
        del self.leases[operation["end"]]
        return True

    def _item(self, turn, operation, ident):
        self._check(ident > self._last_id, turn, f"the number {ident} has been there before")
        self._last_id = ident
        self.items[ident] = key_of(operation["item"])
        return ident

    def _take(self, turn, operation, _result):
        label = operation["take"].split()[0].strip("<>")
        found = next((ident for ident, key in self.items.items()
                      if ident not in self._holders and f'"<{label}>"' in key), None)
        self._check(found is not None, turn, f"no item is there for {operation}")
        expected = {"id": found, "value": json.loads(self.items[found])}
        if turn.consumes:
            del self.items[found]
        else:
            self._holders[found] = turn.by
        return expected

    def _ack(self, turn, operation, _result):
        ident = operation["ack"]
        self._check(self._holders.pop(ident, None) == turn.by, turn, f"{ident} was not held")
        del self.items[ident]
        return True

    def _send(self, _turn, _operation, reached):
        return reached

    # ---- facts ----

    def _lease(self, turn, ident):
        self._check(ident in self.leases, turn, f"there is no lease {ident}")
        return self.leases[ident]

    def _support(self, key, change):
        self._was_there.setdefault(key, self._supports[key] > 0)
        self._supports[key] += change
        if not self._supports[key]:
            del self._supports[key]

    def _shown(self, turn):
        there = {key: self._supports[key] > 0 for key in self._was_there}
        return ({key for key, is_there in there.items() if is_there > self._was_there[key]},
                {key for key, is_there in there.items() if is_there < self._was_there[key]},
                {key_of(operation["send"]) for operation in turn.operations if "send" in operation})

    def _check(self, holds, turn, why):
        if not holds:
            raise Mismatch(f"{why}; in {turn}")
