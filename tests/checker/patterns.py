"""Patterns, as text or in wire form: what they match, and what they capture.

A pattern becomes one function, `match(value, captures)`, which tells whether the value matches and
fills in the captures by name.
"""

from checker.values import from_text, key_of, normal


class UnknownPattern(ValueError):
    """A pattern of a kind that is not understood here, so that nothing is judged by it."""


class Pattern:
    """What a subscription or a query asked for. Equal patterns have an equal `name`."""

    def __init__(self, said, constants=None):
        self.name = key_of([said, constants])
        if isinstance(said, str):
            self._match = _of_text(from_text(said), constants or {}, _Places())
        else:
            self._match = _of_wire(said, _Places())

    def captures_of(self, fact):
        """What it captures of a fact that matches, by name; None for any other."""
        captures = {}
        return captures if self._match(fact, captures) else None


class _Places:
    """Captures without a name go by their place among all."""

    def __init__(self):
        self._count = 0

    def name(self, given=""):
        name = given or str(self._count)
        self._count += 1
        return name


def _of_text(shape, constants, places):
    if isinstance(shape, dict) and len(shape) == 1:
        (name, content), = shape.items()
        if name == "$symbol" and content == "_":
            return lambda value, captures: True
        if name == "$symbol" and content.startswith("$"):
            if content[1:] in constants:
                return _literal(normal(constants[content[1:]]))
            return _capture(places.name(content[1:]), lambda value, captures: True)
        if name.startswith("<"):
            return _record(name, [(at, _of_text(part, constants, places))
                                  for at, part in enumerate(content)])
        if name in ("$record", "$set", "$mine"):
            raise UnknownPattern(f"{name} in a pattern of text")
    if isinstance(shape, list):
        return _sequence([(at, _of_text(part, constants, places))
                          for at, part in enumerate(shape)])
    if isinstance(shape, dict) and ("$dict" in shape or not _is_atom(shape)):
        return _dictionary([(key_of(name), _of_text(part, constants, places))
                            for name, part in _entries(shape)])
    return _literal(shape)


def _of_wire(shape, places):
    if not isinstance(shape, dict) or len(shape) != 1:
        raise UnknownPattern(f"{shape} is no wire pattern")
    (name, content), = shape.items()
    if name == "<_>":
        return lambda value, captures: True
    if name == "<bind>":
        return _capture(places.name(), _of_wire(content[0], places))
    if name == "<lit>":
        return _literal(normal(content[0]))
    if name != "<group>":
        raise UnknownPattern(f"{name} is no wire pattern")
    kind, entries = content
    (kind_name, label), = kind.items()
    parts = [(at, _of_wire(part, places)) for at, part in _entries(entries)]
    if kind_name == "<arr>":
        return _sequence(parts)
    if kind_name == "<dict>":
        return _dictionary([(key_of(at), part) for at, part in parts])
    if "$symbol" not in (label[0] or {"$symbol": "null"}):
        raise UnknownPattern("a record whose label is no symbol")
    return _record(f"<{(label[0] or {'$symbol': 'null'})['$symbol']}>", parts)


def _capture(name, inner):
    def match(value, captures):
        if name in captures and not same(captures[name], value):
            return False
        captures[name] = value
        return inner(value, captures)
    return match


def _literal(literal):
    if isinstance(literal, (str, int, float)) and not isinstance(literal, bool):
        kind = type(literal)
        return lambda value, captures: value == literal and type(value) is kind
    return lambda value, captures: same(value, literal)


def _record(label, parts):
    def match(value, captures):
        if not isinstance(value, dict):
            return False
        fields = value.get(label)
        return fields is not None and _parts_match(fields, parts, captures)
    return match


def _sequence(parts):
    return lambda value, captures: isinstance(value, list) and _parts_match(value, parts, captures)


def _parts_match(fields, parts, captures):
    count = len(fields)
    for at, part in parts:
        if at >= count or not part(fields[at], captures):
            return False
    return True


def _dictionary(parts):
    def match(value, captures):
        if not isinstance(value, dict) or _is_atom(value):
            return False
        entries = {key_of(name): content for name, content in _entries(value)}
        return all(name in entries and part(entries[name], captures) for name, part in parts)
    return match


def same(one, other):
    """Whether two values are equal: 1 and true are not."""
    if isinstance(one, (str, float)) and isinstance(other, (str, float)):
        return one == other
    return key_of(one) == key_of(other)


def _entries(dictionary):
    return dictionary["$dict"] if "$dict" in dictionary else list(dictionary.items())


def _is_atom(value):
    """Whether an object of the JSON form is something else than a dictionary."""
    return "$dict" not in value and any(name.startswith(("$", "<")) for name in value)
