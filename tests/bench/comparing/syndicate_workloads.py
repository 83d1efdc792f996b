"""The workloads in which ours is compared with the other server of the same protocol.

Both are loaded by the same driver with the same bytes, so ours is measured anew here. Where that
server would take too long, sizes are smaller than those of the same names without S-. Streams are
as long as there: in the first tenth of a second, memory is used for the first time.
"""

from comparing.contenders import SPINNING_SYNDICATE, SYNDICATE, SYNDICATE_SERVER
from comparing.workload import Gate, Measure, Workload, rate

BOTH = (SYNDICATE, SYNDICATE_SERVER)


def _of_its(bound):
    """At least so many times what the other reaches; at most such a part, where less is better."""
    return Gate(SYNDICATE_SERVER.name, bound, bound)


def _mass_end(clients, facts, what):
    return Workload(
        f"S-W8b-{clients}", ("workload=mass_end", f"clients={clients}", f"facts={facts}"), BOTH,
        (Measure("seconds", what, "s", False, (_of_its(1 / 5),)),),
        ("facts",) if clients == 1 else ("clients",))


def _memory(of, count, what):
    return Workload(
        f"S-W9-{of}", ("workload=memory", f"of={of}", f"count={count}"), BOTH,
        (Measure("bytes_each", what, "B", False, (_of_its(1 / 4),)),), ("count",))


SYNDICATE_WORKLOADS = (
    Workload("S-W1a", ("workload=stream", "deliveries=1000000"), BOTH,
             rate("messages, 64 a turn", _of_its(4)), ("deliveries",)),
    Workload("S-W1b", ("workload=stream", "burst=1", "turns=64", "deliveries=500000"), BOTH,
             rate("messages, 1 a turn, 64 a write", _of_its(4)), ("deliveries",)),
    Workload("S-W1d", ("workload=latency", "probes=5000"), (SPINNING_SYNDICATE, *BOTH),
             (Measure("p50_us", "publish to delivery, median", "us", False, (_of_its(1),)),
              Measure("p99_us", "publish to delivery, 99 %", "us", False, (_of_its(1),))),
             ("probes",)),
    Workload("S-W3", ("workload=churn", "facts=100000", "changes=60000"), BOTH,
             rate("entries replaced, one watches all", _of_its(10)), ("changes",)),
    Workload("S-W5", ("workload=snapshot", "facts=100000"), BOTH,
             (Measure("last_byte", "snapshot of 100,000 facts, last byte", "s", False,
                      (_of_its(1 / 10),)),), ("facts",)),
    _mass_end(1, 100_000, "one client of 100,000 facts ends, the watcher knows all"),
    _mass_end(1_000, 100, "1,000 clients of 100 facts end, the watcher knows all"),
    _memory("facts", 100_000, "memory of a fact of 100 bytes"),
    _memory("subscriptions", 20_000, "memory of a subscription"),
)
