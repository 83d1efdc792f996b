"""The workloads, who takes part in each, and what is demanded of ours.

Ratios are ours to the peer's, of medians of one interleaved run. A floor that is missed fails the
comparison; an aim is what the limits allow.
"""

from comparing.contenders import (BARE_SQLITE, BARE_TCP, BEAST, DURABLE, ETCD, JETSTREAM, NATIVE,
                                  NATS, REDIS, REDIS_ALWAYS, REDIS_LOG, REDIS_PATTERNS, SPINNING,
                                  SYNDICATE, TAILS)
from comparing.syndicate_workloads import SYNDICATE_WORKLOADS
from comparing.workload import Gate, Measure, Workload, rate

FAN_OUT = (NATIVE, SYNDICATE, REDIS, NATS, BEAST)
STREAMERS = (*FAN_OUT, BARE_TCP)
PLAIN = (NATIVE, SYNDICATE, REDIS, NATS)
KEEPERS = (NATIVE, SYNDICATE, REDIS)


def _durable(writers, *gates):
    words = ("workload=durable", f"writers={writers}", "milliseconds=2000")
    return Workload(
        f"W6-{writers}", words, (DURABLE, REDIS_ALWAYS, ETCD, BARE_SQLITE),
        (Measure("per_second", f"durable writes, {writers} writers", "/s", gates=gates),
         Measure("p50_us", f"median of a write, {writers} writers", "us", False)))


def _queue(workers):
    return Workload(
        f"W7-{workers}", ("workload=queue", f"workers={workers}", "jobs=50000"), (NATIVE, REDIS),
        rate(f"jobs taken, {workers} workers", Gate(REDIS.name, 0.9, 1.2)), ("jobs",))


def _leased_queue(workers):
    return Workload(
        f"W7-leased-{workers}",
        ("workload=queue", "leases=1", f"workers={workers}", "jobs=50000"), (NATIVE, JETSTREAM),
        rate(f"jobs leased and acknowledged, {workers} workers",
             Gate(JETSTREAM.name, None, 1.0)), ("jobs",))


def _select(topics, *gates):
    return Workload(
        f"W4-{topics}", ("workload=select", f"topics={topics}", "deliveries=300000"), PLAIN,
        rate(f"each to one of {topics:,} subscriptions", *gates), _scaled_of_select(topics))


def _scaled_of_select(topics):
    """How many topics there are is the point, except where they take longer than all the rest."""
    return ("deliveries", "topics") if topics >= 100_000 else ("deliveries",)


def _select_by_wildcard(topics, contenders, *gates):
    words = ("workload=select", "wildcards=1", f"topics={topics}", "deliveries=300000")
    return Workload(
        f"W4-wild-{topics}", words, contenders,
        rate(f"each to one of {topics:,} patterns with a wildcard", *gates),
        _scaled_of_select(topics))


def _tail(what):
    return Measure(what, f"slowest thousandth at half the peak, {TAILS_MEANWHILE[what]}",
                   "times the undisturbed", False, (Gate(None, 5, 2),))


TAILS_MEANWHILE = {
    "checkpoint": "while much is written durably",
    "backup": "while a backup is made",
    "growth": "while facts come by the thousand",
    "snapshot": "while somebody joins late",
}


def _beside(writers_in, what, *gates):
    """A session fact there and back, while 64 clients write durably somewhere."""
    words = ("workload=beside", f"writers_in={writers_in}", "writers=64", "probes=2000")
    return Workload(
        f"W12-{writers_in}", words, (DURABLE,),
        (Measure("p50_us", f"session fact there and back, {what}, median", "us", False, gates),
         Measure("p99_us", "the same, 99 %", "us", False)), ("probes",))


WORKLOADS = (
    Workload("W1a", ("workload=stream", "deliveries=1000000"), STREAMERS,
             rate("messages, 64 a turn", Gate(REDIS.name, 1.3, 3), Gate(NATS.name, 1.0, 1.5)),
             ("deliveries",)),
    Workload("W1b", ("workload=stream", "burst=1", "turns=64", "deliveries=500000"), STREAMERS,
             rate("messages, 1 a frame, 64 a write", Gate(REDIS.name, 0.8, 2)), ("deliveries",)),
    Workload("W1c", ("workload=stream", "burst=1", "deliveries=300000"), STREAMERS,
             rate("messages, one write each", Gate(REDIS.name, 0.9, 1.1)), ("deliveries",)),
    Workload("W1d", ("workload=latency", "probes=5000"), (SPINNING, *STREAMERS),
             (Measure("p50_us", "publish to delivery, median", "us", False,
                      (Gate(REDIS.name, 1.15, 1.0),)),
              Measure("p99_us", "publish to delivery, 99 %", "us", False,
                      (Gate(REDIS.name, 1.3, 1.0),))), ("probes",)),
    Workload("W2-100", ("workload=stream", "subscribers=100", "burst=8", "deliveries=1000000"),
             FAN_OUT, rate("deliveries to 100 connections", Gate(REDIS.name, 1.0, 3)),
             ("deliveries",)),
    Workload("W2-1000", ("workload=stream", "subscribers=1000", "burst=8", "deliveries=1000000"),
             FAN_OUT, rate("deliveries to 1,000 connections", Gate(REDIS.name, 1.0, 2)),
             ("deliveries",)),
    Workload("W3", ("workload=churn", "facts=100000", "changes=400000"), KEEPERS,
             rate("entries replaced, one watches all", Gate(REDIS.name, 1.0, 1.5)), ("changes",)),
    _select(100),
    # At most 1.3 times slower than with 100 subscriptions, and aimed at 1.2.
    _select(100_000, Gate(None, 1 / 1.3, 1 / 1.2, itself_in="W4-100"),
            Gate(REDIS.name, 1.0, 1.5), Gate(NATS.name, 2.0, 3.0)),
    _select(1_000_000, Gate(None, 1 / 1.8, 1 / 1.5, itself_in="W4-100"),
            Gate(REDIS.name, 1.0, 1.5), Gate(NATS.name, 2.0, 3.0)),
    _select_by_wildcard(10_000, (NATIVE, SYNDICATE, REDIS_PATTERNS),
                        Gate(REDIS_PATTERNS.name, 50, 50)),
    _select_by_wildcard(1_000_000, (NATIVE, SYNDICATE, NATS), Gate(NATS.name, 2.0, 3.0)),
    Workload("W5", ("workload=snapshot", "facts=1000000"), KEEPERS,
             (Measure("last_byte", "snapshot of all facts, last byte", "s", False,
                      (Gate(REDIS.name, 1.0, 0.4),)),
              Measure("first_byte", "the same, first byte", "s", False,
                      (Gate(None, 0.020, 0.020),)),
              Measure("others_p99_us", "publish to delivery for others meanwhile, 99 %", "us",
                      False, (Gate(None, 5_000, 5_000),))), ("facts",)),
    _durable(1, Gate(REDIS_ALWAYS.name, 0.65, 1.0), Gate(BARE_SQLITE.name, 0.7, 0.9)),
    _durable(64, Gate(REDIS_ALWAYS.name, 1.0, 1.0), Gate(BARE_SQLITE.name, 0.7, 0.9),
             Gate(ETCD.name, None, 3.0)),
    _durable(512, Gate(REDIS_ALWAYS.name, 1.0, 1.0), Gate(BARE_SQLITE.name, 0.7, 0.9)),
    _queue(8),
    _queue(64),
    _leased_queue(8),
    _leased_queue(64),
    Workload("W8a", ("workload=memory", "of=connections", "count=5000"), (NATIVE, REDIS, NATS),
             (Measure("bytes_each", "memory of a connection with one subscription", "B", False,
                      (Gate(None, 10_240, 4_096),)),), ("count",)),
    Workload("W8b", ("workload=mass_end", "clients=1000", "facts=100"), (NATIVE, ETCD),
             (Measure("seconds", "clients end, the watcher knows all", "s", False,
                      (Gate(ETCD.name, 0.5, 0.25),)),), ("clients",)),
    Workload("W9-facts", ("workload=memory", "of=facts", "count=200000"), KEEPERS,
             (Measure("bytes_each", "memory of a fact of 100 bytes", "B", False,
                      (Gate(REDIS.name, 1.8, 1.3),)),), ("count",)),
    Workload("W9-subscriptions", ("workload=memory", "of=subscriptions", "count=100000"),
             (NATIVE, SYNDICATE, REDIS, NATS),
             (Measure("bytes_each", "memory of a subscription", "B", False,
                      (Gate(None, 400, 250),)),), ("count",)),
    Workload("W10", ("workload=fill", "count=1000000"), (DURABLE, REDIS_LOG),
             (Measure("seconds", "start with 1,000,000 durable entries, until it serves", "s",
                      False, (Gate(REDIS_LOG.name, 1.2, 0.8),)),), ("count",), restarts=True),
    Workload("W11", ("facts=200000", "milliseconds=2000"), (TAILS,),
             (*(_tail(each) for each in TAILS_MEANWHILE),
              Measure("calm_us", "slowest thousandth at half the peak, undisturbed", "us", False)),
             ("facts",)),
    _beside("nowhere", "nobody writes"),
    _beside("another", "64 write durably in another space",
            Gate(None, 1.5, 1.2, itself_in="W12-nowhere")),
    _beside("here", "64 write durably in the same space",
            Gate(None, None, 3, itself_in="W12-nowhere")),
) + SYNDICATE_WORKLOADS
