"""Faults that a server could have, each planted in a history in which everything holds.

A fault is a function that is named by a sentence, changes the records of the clients, and says
which property it offends.
"""

import copy

from checker import breach

FAULTS = []


def fault(property_name):
    """Adds a function to the faults, with the property that it offends."""
    def add(plant):
        FAULTS.append((plant.__name__, property_name, plant))
        return plant
    return add


def deltas(records, op, several=False):
    """The messages of later turns, from the middle on, that tell somebody such an event."""
    found = []
    for at, record in enumerate(records):
        told = record.get("told")
        if isinstance(told, list) and not any(event["op"] == "synced" for event in told):
            events = [event for event in told if event["op"] == op]
            if len(events) > several and all("rev" in event for event in told):
                found.append(at)
    return found[len(found) // 2:]


def first(records, op, several=False):
    """One of these messages, and its first event of that kind."""
    at = deltas(records, op, several)[0]
    return at, next(event for event in records[at]["told"] if event["op"] == op)


def answers(records, key):
    """The answers that have such a key."""
    return [event for record in records if isinstance(record.get("told"), list)
            for event in record["told"] if event["op"] == "ok" and key in event]


def pure(records):
    """Messages that hold changes and nothing else."""
    return [at for at in deltas(records, "add")
            if all(event["op"] in ("add", "remove") for event in records[at]["told"])]


def after_resume(records):
    """Where the resumed subscription begins: the records after it was said."""
    return next(at for at, record in enumerate(records)
                if isinstance(record.get("said"), dict) and "from" in record["said"]) + 1


# ---- what is told ----

@fault(breach.RELIABLE)
def a_turn_is_lost(history):
    del history["eve"][pure(history["eve"])[0]]


@fault(breach.RELIABLE)
def the_only_change_of_a_turn_is_lost(history):
    at = next(at for at in deltas(history["flo"], "add") if len(history["flo"][at]["told"]) == 1)
    del history["flo"][at]


@fault(breach.ATOMIC)
def an_appearance_is_lost(history):
    at, event = first(history["eve"], "add", several=True)
    history["eve"][at]["told"].remove(event)


@fault(breach.ATOMIC)
def a_removal_never_comes(history):
    at, event = first(history["eve"], "remove", several=True)
    history["eve"][at]["told"].remove(event)


@fault(breach.RELIABLE)
def a_removal_comes_to_nobody(history):
    _, event = first(history["eve"], "remove")
    for records in history.values():
        for record in records:
            if isinstance(record.get("told"), list):
                record["told"] = [each for each in record["told"] if each["op"] != "remove" or
                                  each["fact"] != event["fact"]]


@fault(breach.RELIABLE)
def a_message_is_lost(history):
    at, event = first(history["flo"], "message")
    history["flo"][at]["told"].remove(event)


@fault(breach.RELIABLE)
def a_fact_appears_that_nobody_published(history):
    at, event = first(history["eve"], "add")
    invented = copy.deepcopy(event)
    invented["fact"]["<n>"][0] = invented["captures"]["k"] = 4712 + event["fact"]["<n>"][0] % 2
    history["eve"][at]["told"].insert(0, invented)


@fault(breach.RELIABLE)
def a_fact_goes_that_nobody_retracted(history):
    for name in ("eve", "flo"):
        at, event = first(history[name], "add")
        gone = {**copy.deepcopy(event), "op": "remove", "cause": "retracted",
                "rev": event["rev"] + 1}
        history[name].insert(at + 1, {"told": [gone]})


@fault(breach.UNIQUE)
def an_appearance_comes_twice(history):
    at, event = first(history["eve"], "add")
    history["eve"][at]["told"].insert(0, copy.deepcopy(event))


@fault(breach.UNIQUE)
def a_removal_comes_twice(history):
    at, event = first(history["eve"], "remove")
    history["eve"][at]["told"].append(copy.deepcopy(event))


@fault(breach.UNIQUE)
def a_turn_comes_twice(history):
    at = pure(history["eve"])[0]
    history["eve"].insert(at, copy.deepcopy(history["eve"][at]))


@fault(breach.ORDERED)
def two_turns_change_places(history):
    eve = history["eve"]
    at = next(at for at in pure(eve) if at + 1 in pure(eve))
    eve[at], eve[at + 1] = eve[at + 1], eve[at]


@fault(breach.ORDERED)
def a_disappearance_comes_before_an_appearance_of_its_turn(history):
    at = next(at for at in pure(history["eve"])
              if history["eve"][at]["told"][-1]["op"] == "remove")
    history["eve"][at]["told"].reverse()


@fault(breach.ATOMIC)
def a_turn_is_torn(history):
    at, event = first(history["eve"], "add", several=True)
    history["eve"][at]["told"].remove(event)
    history["eve"].insert(at, {"told": [event]})


@fault(breach.ATOMIC)
def a_turn_is_torn_between_two_subscriptions(history):
    flo = history["flo"]
    at = next(at for at in pure(flo) if len({event["id"] for event in flo[at]["told"]}) == 2)
    told = flo[at]["told"]
    ident = told[0]["id"]
    flo[at]["told"] = [event for event in told if event["id"] != ident]
    flo.insert(at, {"told": [event for event in told if event["id"] == ident]})


@fault(breach.ATOMIC)
def two_turns_come_in_one_message(history):
    eve = history["eve"]
    at = next(at for at in pure(eve) if at + 1 in pure(eve))
    eve[at]["told"] += eve.pop(at + 1)["told"]


@fault(breach.ATOMIC)
def a_lost_session_goes_in_two_turns(history):
    for records in history.values():
        at = next((at for at, record in enumerate(records) if isinstance(record.get("told"), list)
                   and any(event.get("cause") == "session-lost" for event in record["told"])), None)
        if at is not None:
            records[at]["told"], late = _parted(records[at]["told"])
            records.insert(at + 1, {"told": late})


def _parted(told):
    """What stays in a message, and what comes half a revision later."""
    late = [event for event in told
            if event["op"] == "remove" and event["fact"]["<n>"][0] in (7, 8)]
    return [event for event in told if event not in late], \
        [{**event, "rev": event["rev"] + 0.5} for event in late]


@fault(breach.RELIABLE)
def a_turn_has_a_wrong_revision(history):
    eve = history["eve"]
    at = deltas(eve, "add")[-1]
    for event in eve[at]["told"]:
        event["rev"] += 1


@fault(breach.FILTER)
def a_fact_is_told_that_the_pattern_does_not_match(history):
    at, event = first(history["dan"], "add")
    event["fact"]["<n>"][1] = "odd"


@fault(breach.FILTER)
def a_fact_is_told_to_the_wrong_subscription(history):
    at, event = first(history["flo"], "add")
    event["id"] = 3 - event["id"]


@fault(breach.FILTER)
def something_else_is_captured(history):
    _, event = first(history["eve"], "add")
    event["captures"]["k"] += 1


# ---- snapshots and queries ----

@fault(breach.UNIQUE)
def a_snapshot_has_a_fact_twice(history):
    told = next(record["told"] for record in history["eve"]
                if isinstance(record.get("told"), list))
    told.insert(0, copy.deepcopy(told[0]))


@fault(breach.UNIQUE)
def a_fact_of_the_snapshot_is_told_again(history):
    eve = history["eve"]
    at = next(at for at, record in enumerate(eve) if isinstance(record.get("told"), list))
    eve.insert(at + 1, {"told": [copy.deepcopy(eve[at]["told"][0])]})


@fault(breach.RELIABLE)
def a_snapshot_lacks_a_fact(history):
    told = next(record["told"] for record in history["eve"]
                if isinstance(record.get("told"), list))
    del told[0]


@fault(breach.ATOMIC)
def a_query_is_no_cut(history):
    at = next(at for at, record in enumerate(history["eve"])
              if isinstance(record.get("said"), dict) and "query" in record["said"])
    del history["eve"][at + 1]["told"][0]


# ---- what is answered ----

@fault(breach.BOOKMARKABLE)
def a_bookmark_lies(history):
    eve = history["eve"]
    at = pure(eve)[0]
    eve.insert(at, {"told": [{"op": "progress", "rev": eve[at]["told"][0]["rev"]}]})


@fault(breach.RELIABLE)
def a_bookmark_stands_for_what_never_comes(history):
    eve = history["eve"]
    at = deltas(eve, "add")[-1]
    last = eve[at]["told"][0]["rev"]
    del eve[at:]
    eve.append({"told": [{"op": "progress", "rev": last}]})


@fault(breach.UNIQUE)
def a_turn_sent_again_is_done_again(history):
    records = history["bob"]
    at = next(at for at, record in enumerate(records) if isinstance(record.get("said"), dict)
              and "turn-id" in record["said"])
    again = [copy.deepcopy(record) for record in records[at:at + 2]]
    again[0]["said"]["id"] = again[1]["told"][0]["id"] = 4711
    again[1]["told"][0].update(seq=4711, rev=4711)
    records += again


@fault(breach.UNIQUE)
def two_turns_have_one_revision(history):
    one, other = answers(history["ann"], "rev")[-1], answers(history["bob"], "rev")[-1]
    one["rev"] = other["rev"]


@fault(breach.ORDERED)
def a_turn_is_done_before_one_that_was_answered_already(history):
    told = answers(history["ann"], "seq")
    for event in told[-4:]:
        event["seq"] = told[0]["seq"]


# ---- resuming ----

@fault(breach.RESUMABLE)
def a_resume_leaves_out_what_came(history):
    told = history["dan"][after_resume(history["dan"])]["told"]
    told.remove(next(event for event in told if event["op"] == "add"))


@fault(breach.RESUMABLE)
def a_resume_leaves_out_one_that_went(history):
    told = history["dan"][after_resume(history["dan"])]["told"]
    told.remove(next(event for event in told if event["op"] == "remove"))


@fault(breach.RESUMABLE)
def a_resume_begins_too_early(history):
    dan = history["dan"]
    at = after_resume(dan)
    again = copy.deepcopy(dan[at - 3]["told"])  # The last before the link was lost.
    for event in again:
        event["id"] = dan[at - 1]["said"]["id"]
    dan[at]["told"] = again + dan[at]["told"]


@fault(breach.RESUMABLE)
def a_resume_tells_again_what_was_there_before(history):
    dan = history["dan"]
    at = after_resume(dan)
    ident = dan[at - 1]["said"]["id"]
    there = {}
    for record in dan[:at - 2]:
        for event in record["told"] if isinstance(record.get("told"), list) else []:
            if event["op"] == "add":
                there[event["fact"]["<n>"][0]] = event
            elif event["op"] == "remove":
                del there[event["fact"]["<n>"][0]]
    again = next(iter(there.values()))
    dan[at]["told"].insert(0, {**again, "id": ident, "rev": dan[at]["told"][0]["rev"]})


@fault(breach.RESUMABLE)
def a_resume_leaves_out_all_that_went(history):
    dan = history["dan"]
    record = dan[after_resume(dan)]
    record["told"] = [event for event in record["told"] if event["op"] != "remove"]


def in_gap(records):
    """Where the gap of a slow client is told, and where it has caught up."""
    begin = next(at for at, record in enumerate(records) if isinstance(record.get("told"), list)
                 and any(event["op"] == "gap" for event in record["told"]))
    end = next(at for at, record in enumerate(records) if at > begin and
               any(event["op"] == "synced" for event in record["told"]))
    return begin, end


@fault(breach.RELIABLE)
def a_gap_is_not_told(history):
    hal = history["hal"]
    del hal[in_gap(hal)[0]]


@fault(breach.RELIABLE)
def a_gap_is_neither_told_nor_made_up_for(history):
    hal = history["hal"]
    begin, end = in_gap(hal)
    del hal[end], hal[begin]


@fault(breach.RESUMABLE)
def what_came_in_a_gap_is_lost(history):
    hal = history["hal"]
    told = hal[in_gap(hal)[1]]["told"]
    told.remove(next(event for event in told if event["op"] == "add"))


@fault(breach.RESUMABLE)
def what_went_in_a_gap_is_lost(history):
    hal = history["hal"]
    told = hal[in_gap(hal)[1]]["told"]
    told.remove(next(event for event in told if event["op"] == "remove"))


@fault(breach.RESUMABLE)
def what_was_told_before_a_gap_is_told_again(history):
    hal = history["hal"]
    begin, end = in_gap(hal)
    before = next(event for record in hal[begin - 1::-1] if isinstance(record.get("told"), list)
                  for event in record["told"] if event["op"] == "add")
    hal[end]["told"].insert(0, {**before, "rev": hal[end]["told"][-1]["rev"]})


@fault(breach.RESUMABLE)
def a_gap_is_told_twice(history):
    hal = history["hal"]
    begin, _ = in_gap(hal)
    hal.insert(begin + 1, copy.deepcopy(hal[begin]))


def after_return(records):
    """Where the resumed session goes on: the records after it was answered."""
    return next(at for at, record in enumerate(records)
                if isinstance(record.get("said"), dict) and "resume" in record["said"]) + 2


@fault(breach.RESUMABLE)
def a_resumed_session_misses_a_turn(history):
    del history["gus"][after_return(history["gus"])]


@fault(breach.RESUMABLE)
def a_resumed_session_is_told_a_turn_again(history):
    gus = history["gus"]
    at = after_return(gus)
    gus.insert(at, copy.deepcopy(gus[at - 4]))
