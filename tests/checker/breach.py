"""What the checker finds, in the names of etcd's validators of watches."""

from dataclasses import dataclass

ORDERED = "Ordered"
UNIQUE = "Unique"
RELIABLE = "Reliable"
ATOMIC = "Atomic"
RESUMABLE = "Resumable"
BOOKMARKABLE = "Bookmarkable"
FILTER = "Filter"

SHOWN_MAX = 300


@dataclass(frozen=True)
class Breach:
    """One promise that was not kept towards one client."""

    property: str
    client: str
    revision: int
    what: str

    def __str__(self):
        return f"{self.property}: {self.client}, revision {self.revision}: {self.what}"


def shown(fact):
    """The text of a fact for a person, cut where it is too long to be read."""
    return fact if len(fact) <= SHOWN_MAX else fact[:SHOWN_MAX] + "…"
