"""Names that mean the same on both sides: the recorded server's handles and oids, and ours."""

from support.values import Embedded, Record, is_record, same_value


class Names:
    """A one-to-one renaming of a connection's handles and server oids, recorded to actual.

    It is never changed: `with_…` answers a larger one, or None where that would contradict it.
    """

    def __init__(self, pairs=()):
        self._actual = dict(pairs)
        self._recorded = {actual: recorded for recorded, actual in self._actual.items()}

    def with_pair(self, kind, recorded, actual):
        known, reverse = (kind, recorded), (kind, actual)
        if known in self._actual or reverse in self._recorded:
            return self if self._actual.get(known) == reverse else None
        return Names({**self._actual, known: reverse})

    def without_recorded(self, kind, recorded):
        """Forgets a handle whose assertion has gone, since its number may come again."""
        return Names({name: actual for name, actual in self._actual.items()
                      if name != (kind, recorded)})

    def actual(self, kind, recorded):
        """Our side's number for a recorded one; None if nothing has named it yet."""
        pair = self._actual.get((kind, recorded))
        return None if pair is None else pair[1]

    def with_equal(self, recorded, actual):
        """All renamings beyond this one (mostly none or one) that make two values equal."""
        if isinstance(recorded, Embedded) and isinstance(actual, Embedded):
            yield from self._with_references(recorded.embeddedValue, actual.embeddedValue)
        elif not _holds_references(recorded):
            if same_value(recorded, actual):
                yield self
        elif isinstance(recorded, Record) and isinstance(actual, Record):
            yield from self._with_sequences([recorded.key, *recorded.fields],
                                            [actual.key, *actual.fields])
        elif isinstance(recorded, (list, tuple)) and isinstance(actual, (list, tuple)):
            yield from self._with_sequences(recorded, actual)
        elif isinstance(recorded, dict) and isinstance(actual, dict):
            yield from self._with_bags(list(recorded.items()), list(actual.items()))
        elif isinstance(recorded, frozenset) and isinstance(actual, frozenset):
            yield from self._with_bags(list(recorded), list(actual))

    def _with_references(self, recorded, actual):
        if recorded[0] != 0 or actual[0] != 0:  # The client's own number: it stays as it is.
            if same_value(recorded, actual):
                yield self
            return
        renamed = self.with_pair("oid", recorded[1], actual[1])
        if renamed:
            yield renamed

    def _with_sequences(self, recorded, actual):
        if len(recorded) != len(actual):
            return
        if not recorded:
            yield self
            return
        for renamed in self.with_equal(recorded[0], actual[0]):
            yield from renamed._with_sequences(recorded[1:], actual[1:])

    def _with_bags(self, recorded, actual):
        """Elements in any order."""
        if len(recorded) != len(actual):
            return
        if not recorded:
            yield self
            return
        for at, candidate in enumerate(actual):
            for renamed in self.with_equal(recorded[0], candidate):
                yield from renamed._with_bags(recorded[1:], actual[:at] + actual[at + 1:])


def rename_for_server(value, names):
    """A value of the client's with the recorded server's oids replaced by ours."""
    if isinstance(value, Embedded):
        side, number, *rest = value.embeddedValue
        if side == 1:
            number = _known(names, number)
        return Embedded((side, number, *rest))
    if isinstance(value, Record):
        return Record(value.key, [rename_for_server(part, names) for part in value.fields])
    if isinstance(value, (list, tuple)):
        return tuple(rename_for_server(part, names) for part in value)
    if isinstance(value, dict):
        return {rename_for_server(key, names): rename_for_server(part, names)
                for key, part in value.items()}
    if isinstance(value, frozenset):
        return frozenset(rename_for_server(part, names) for part in value)
    return value


def rename_packet_for_server(packet, names):
    """A client's packet as it must be sent to our server."""
    if not isinstance(packet, (list, tuple)):
        return packet
    return tuple((_known(names, oid), rename_for_server(event, names), *rest)
                 for oid, event, *rest in packet)


def _known(names, number):
    if number == 0:
        return 0  # The gatekeeper has this number on every server.
    actual = names.actual("oid", number)
    assert actual is not None, f"the server has not yet shown what the recording calls {number}"
    return actual


def _holds_references(value):
    if isinstance(value, Embedded):
        return True
    if isinstance(value, Record):
        return any(_holds_references(part) for part in [value.key, *value.fields])
    if isinstance(value, dict):
        return any(_holds_references(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, frozenset)):
        return any(_holds_references(part) for part in value)
    return False


def is_our_own(value):
    """Whether this is one of Avow's own records, or captures that hold one: a replay ignores it."""
    if isinstance(value, (list, tuple)):
        return any(is_our_own(part) for part in value)
    return is_record(value) and value.key.name.startswith("avow-")
