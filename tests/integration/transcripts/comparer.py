"""Compares what a connection was told with what the recording says, as the vectors' README asks.

Turns are taken apart, handles and server oids renamed, pairs that come to nothing struck out; the
order of events is free where the README says so and nowhere else.
"""

from collections import Counter
from dataclasses import dataclass, replace

from recording import Told
from names import Names, is_our_own
from support.syndicate import events_of, is_turn
from support.values import is_record, same_value, stringify


class Mismatch(AssertionError):
    """The server under test told something else than the recorded one."""


@dataclass
class Block:
    """What the recording says of one connection between two quiet points.

    `syncs` maps the entity that a sync names to (target of the sync, number of its step), `targets`
    the number of a step of this connection's to the oids it spoke to. `causes_ordered` says that
    the causes were sent one after another, so that their effects have an order.
    """
    told: list
    syncs: dict
    targets: dict
    causes_ordered: bool = True


class Side:
    """What lives on one side of the comparison: assertions by handle, and what is ignored."""

    def __init__(self):
        self._ignored = set()
        self._live = {}
        self._same_as = {}

    def copy(self):
        twin = Side()
        twin._ignored = set(self._ignored)
        twin._live = dict(self._live)
        twin._same_as = dict(self._same_as)
        return twin

    def admit(self, told, ignores):
        """The events that count: without those that are to be ignored, and their retractions."""
        return [each for each in told if self._counts(each.event, ignores)]

    def _counts(self, event, ignores):
        if event.kind == "R" and event.handle in self._ignored:
            self._ignored.discard(event.handle)
            return False
        if event.kind in "AM" and ignores(event):
            if event.kind == "A":
                self._ignored.add(event.handle)
            return False
        return True

    def strike(self, told):
        """What is left when pairs that come to nothing are struck out; takes in the rest."""
        left = []
        for each in told:
            each = self._by_first_name(each)
            event = each.event
            partner = self._partner(left, event)
            if partner is None:
                left.append(each)
            else:
                left.remove(partner)
                if event.kind == "A":
                    self._same_as[event.handle] = partner.event.handle
        self._take_in(left)
        return left

    def _by_first_name(self, each):
        """A retraction names the handle that the assertion had before it went and came again."""
        if each.event.kind != "R":
            return each
        handle = self._same_as.pop(each.event.handle, each.event.handle)
        return replace(each, event=replace(each.event, handle=handle))

    def _partner(self, left, event):
        """The earlier event that together with this one comes to nothing."""
        for earlier in left:
            if earlier.event.oid != event.oid:
                continue
            if event.kind == "R" and earlier.event.kind == "A":
                if earlier.event.handle == event.handle:
                    return earlier
            if event.kind == "A" and earlier.event.kind == "R":
                gone = self._live.get(earlier.event.handle)
                if gone is not None and same_value(gone, event.body):
                    return earlier
        return None

    def _take_in(self, told):
        for each in told:
            event = each.event
            if event.kind == "A":
                self._live[event.handle] = event.body
            elif event.kind == "R":
                self._live.pop(event.handle, None)


class Comparer:
    """Compares one connection, block after block. `unanswered` are the client's entities whose
    resolve request the recorded server left waiting, and ours refuses as unsupported."""

    def __init__(self, unanswered=()):
        self.names = Names()
        self._unanswered = set(unanswered)
        self._recorded = Side()
        self._actual = Side()

    def copy(self):
        twin = Comparer(self._unanswered)
        twin.names = self.names
        twin._recorded = self._recorded.copy()
        twin._actual = self._actual.copy()
        return twin

    def compare(self, block, packets):
        """Takes in one block and what came meanwhile; raises Mismatch where they differ."""
        recorded = self._recorded.strike(self._recorded.admit(block.told, lambda event: False))
        told = [Told(event, number) for number, packet in enumerate(packets) if is_turn(packet)
                for event in events_of(packet)]
        actual = self._actual.strike(self._actual.admit(told, self._is_ignored))
        _check_counts(recorded, actual)
        pairs, names = _match(recorded, actual, self.names, block.causes_ordered)
        _check_syncs(pairs, actual, block)
        self.names = _without_dead(names, recorded)

    def _is_ignored(self, event):
        refused = event.oid in self._unanswered and is_record(event.body, "error")
        return is_our_own(event.body) or \
            (refused and stringify(event.body) == "<error unsupported>")


def _check_counts(recorded, actual):
    kinds = Counter((each.event.oid, each.event.kind) for each in recorded)
    found = Counter((each.event.oid, each.event.kind) for each in actual)
    if kinds != found:
        raise Mismatch(f"missing: {dict(kinds - found)}, too much: {dict(found - kinds)}\n"
                       f"{_described(recorded, actual)}")


def _check_syncs(pairs, actual, block):
    """The answer to a sync comes after what the client caused earlier at the same entity."""
    place = {id(each): at for at, each in enumerate(actual)}
    for answer, its_actual in pairs:
        if answer.event.kind != "M" or answer.event.oid not in block.syncs:
            continue
        target, asked_at = block.syncs[answer.event.oid]
        for other, other_actual in pairs:
            earlier = other.cause is not None and other.cause < asked_at and \
                target in block.targets.get(other.cause, ())
            if earlier and place[id(other_actual)] > place[id(its_actual)]:
                raise Mismatch(f"the answer to the sync at {target} overtook {_line(other)}")


def _match(recorded, actual, names, causes_ordered):
    """Pairs of recorded and actual events under one renaming that makes them equal."""
    allowed = _candidates(recorded, actual, causes_ordered)
    search = _Search(recorded, allowed)
    found = search.run(0, names, {}, [])
    if found is None:
        raise Mismatch(f"no renaming makes these equal (stuck at {search.deepest}):\n"
                       f"{_described(recorded, actual)}")
    return found


def _candidates(recorded, actual, causes_ordered):
    """For each recorded event, the actual ones whose place in their entity's order fits."""
    allowed = {}
    for oid in {each.event.oid for each in recorded}:
        ours = [each for each in actual if each.event.oid == oid]
        theirs = [each for each in recorded if each.event.oid == oid]
        start = 0
        for group in _groups(theirs, causes_ordered):
            for each in group:
                allowed[id(each)] = ours[start:start + len(group)]
            start += len(group)
    return allowed


def _groups(told, causes_ordered):
    """Events at one entity, apart by cause; within a group the order is free."""
    groups = []
    for each in told:
        if groups and (not causes_ordered or groups[-1][0].cause == each.cause):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


class _Search:
    """Tries one candidate after another for each recorded event, and goes back where stuck."""

    def __init__(self, recorded, allowed):
        self._recorded = recorded
        self._allowed = allowed
        self._deepest = -1

    @property
    def deepest(self):
        return _line(self._recorded[self._deepest])

    def run(self, at, names, packets, pairs):
        """`packets` maps each recorded packet to the actual one that its events came in."""
        if at == len(self._recorded):
            return pairs, names
        self._deepest = max(self._deepest, at)
        wanted = self._recorded[at]
        for candidate in self._allowed[id(wanted)]:
            if not self._is_free(wanted, candidate, packets, pairs):
                continue
            torn = {**packets, wanted.packet_number: candidate.packet_number}
            for renamed in _equal_events(wanted.event, candidate.event, names):
                found = self.run(at + 1, renamed, torn, [*pairs, (wanted, candidate)])
                if found:
                    return found
        return None

    def _is_free(self, wanted, candidate, packets, pairs):
        if any(taken is candidate for _, taken in pairs):
            return False
        if packets.get(wanted.packet_number, candidate.packet_number) != candidate.packet_number:
            return False  # What one turn caused would be torn apart.
        return wanted.event.kind != "M" or self._is_next_message(wanted, candidate, pairs)

    def _is_next_message(self, wanted, candidate, pairs):
        taken = {id(actual) for _, actual in pairs}
        waiting = [each for each in self._allowed[id(wanted)]
                   if each.event.kind == "M" and id(each) not in taken]
        return waiting[0] is candidate


def _equal_events(recorded, actual, names):
    if recorded.kind != actual.kind:
        return
    if recorded.handle is not None:
        names = names.with_pair("handle", recorded.handle, actual.handle)
        if names is None:
            return
    if recorded.kind == "R":
        yield names
    else:
        yield from names.with_equal(recorded.body, actual.body)


def _without_dead(names, recorded):
    for each in recorded:
        if each.event.kind == "R":
            names = names.without_recorded("handle", each.event.handle)
    return names


def _described(recorded, actual):
    return "\n".join(["recorded:", *map(_line, recorded), "actual:", *map(_line, actual)])


def _line(each):
    event = each.event
    handle = "" if event.handle is None else f" {event.handle}"
    body = "" if event.body is None else f" {stringify(event.body)}"
    return f"  [{event.oid} <{event.kind}{body}{handle}>] in packet {each.packet_number}"
