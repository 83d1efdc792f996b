"""What round trips take, beside whatever else goes on."""

import time

from support.witness import Witness


def slow_round_trip(witness: Witness, trips):
    """How many seconds 99 of 100 round trips (publish, seen, retract, sync) take at most."""
    taken = []
    for _ in range(trips):
        begun = time.monotonic()
        assert witness.still_served()
        taken.append(time.monotonic() - begun)
    return sorted(taken)[trips * 99 // 100]
