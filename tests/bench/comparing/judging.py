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
        return self.gate.floor is None or self._beats(self.gate.floor)

    @property
    def is_as_aimed(self):
        return self._beats(self.gate.aim)

    def _beats(self, bound):
        more = self.measure.more_is_better
        return self.reached >= bound if more else self.reached <= bound


def verdicts(workload, told):
    """Of all measures of a workload, for each of ours that took part.

    `told`: workload, its rows and what completes them, for each that was measured."""
    rows = {each.name: rows for each, rows, _ in told}
    found = []
    for measure in workload.measures:
        for contender in workload.contenders:
            own = Spread.of(rows[workload.name], contender.name, measure.field)
            if not own or not contender.is_ours:
                continue
            for gate in measure.gates:
                reached = _reached(gate, own.median, contender, measure, workload, rows)
                if reached is not None:
                    found.append(Verdict(contender.name, gate, reached, measure))
    return found


def _reached(gate, own, contender, measure, workload, rows):
    if gate.peer is None and not gate.itself_in:
        return own
    name = gate.peer or contender.name
    other = Spread.of(rows.get(gate.itself_in or workload.name, []), name, measure.field)
    return own / other.median if other and other.median else None
