"""From rows to medians, ratios and verdicts."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Of one number of one contender, over the rounds."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(rows, contender, field):
        values = [row["values"][field] for row in rows
                  if row["contender"] == contender and field in row["values"]]
        return Spread(statistics.median(values), min(values), max(values)) if values else None


@dataclass(frozen=True)
class Verdict:
    """What one of ours came to against one gate."""

    contender: str
    gate: object
    reached: float  # A ratio, or the number itself where the gate has no peer.
    measure: object

    @property
    def holds(self):
        return self._beats(self.gate.floor)

    @property
    def is_as_aimed(self):
        return self._beats(self.gate.aim)

    def _beats(self, bound):
        more = self.measure.more_is_better
        return self.reached >= bound if more else self.reached <= bound


def verdicts(workload, rows):
    """Of all measures of a workload, for each of ours that took part."""
    found = []
    for measure in workload.measures:
        for contender in workload.contenders:
            ours = contender.is_ours and Spread.of(rows, contender.name, measure.field)
            if not ours:
                continue
            for gate in measure.gates:
                peer = gate.peer and Spread.of(rows, gate.peer, measure.field)
                if gate.peer and (not peer or peer.median == 0):
                    continue
                reached = ours.median / peer.median if peer else ours.median
                found.append(Verdict(contender.name, gate, reached, measure))
    return found
