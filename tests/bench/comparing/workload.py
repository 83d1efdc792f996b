"""What a workload is: how servers are loaded, what is measured, and what is demanded of ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """What ours is measured against: another contender (its name), the same contender in another
    workload (`itself_in`), or nothing: then floor and aim are numbers, not ratios. Without a floor
    only the aim is told."""

    peer: str
    floor: float | None
    aim: float
    itself_in: str = ""


@dataclass(frozen=True)
class Measure:
    field: str
    what: str
    unit: str
    more_is_better: bool = True
    gates: tuple = ()


@dataclass(frozen=True)
class Workload:
    name: str
    words: tuple  # `name=number`; those that `--scale` makes smaller are in `scaled`.
    contenders: tuple
    measures: tuple
    scaled: tuple = ()
    restarts: bool = False  # What is measured is not the load, but the next start.

    def words_for(self, scale):
        return [self._scaled(word, scale) for word in self.words]

    def _scaled(self, word, scale):
        name, number = word.split("=")
        return f"{name}={max(1, int(int(number) * scale))}" if name in self.scaled else word


def rate(what, *gates):
    return (Measure("per_second", what, "/s", gates=gates),)
