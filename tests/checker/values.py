"""Values in their JSON form (docs/PROTOCOL.md), and the one text by which each is known.

The server writes a value in one form only. What clients write may be another of the same value, and
Preserves text is read by an independent library, so that nothing here is what is being tested.
"""

import json

from checker.library import Embedded, Record, Symbol, parse

EXACT_MAX = 1 << 53
_write = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def key_of(value):
    """The text of a value that the server wrote."""
    text = _write(value)
    return _write(_in_order(value)) if '"$set"' in text or '"$dict"' in text else text


def mentions_references(key):
    """References have another number for each session, so such a value means nothing to others."""
    return '"$ref"' in key or '"$mine"' in key


def normal(value):
    """A value in whatever JSON form a client chose, as the server writes it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= EXACT_MAX else {"$int": str(value)}
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, list):
        return [normal(element) for element in value]
    if value == {"$symbol": "null"}:
        return None
    if len(value) == 1:
        (name, content), = value.items()
        if name in ("$symbol", "$bytes", "$ref", "$mine", "$double"):
            return value
        if name == "$int":
            return normal(int(content))
    return {name: normal(content) for name, content in value.items()}


def from_text(text):
    """The JSON form of Preserves text; raises ValueError where it is none."""
    try:
        return to_json(parse(text))
    except Exception as problem:  # The library has errors of many kinds.
        raise ValueError(f"{text} cannot be read: {problem}") from None


def to_json(value):
    """The JSON form of a value of the library."""
    if isinstance(value, (bool, str, int, float)):
        return normal(value)
    if isinstance(value, Symbol):
        return None if value.name == "null" else {"$symbol": value.name}
    if isinstance(value, Record):
        fields = [to_json(field) for field in value.fields]
        if isinstance(value.key, Symbol):
            return {f"<{value.key.name}>": fields}
        return {"$record": [to_json(value.key), *fields]}
    if isinstance(value, (list, tuple)):
        return [to_json(element) for element in value]
    if isinstance(value, (set, frozenset)):
        return {"$set": [to_json(element) for element in value]}
    if hasattr(value, "items"):
        return _dictionary([(to_json(name), to_json(content)) for name, content in value.items()])
    if isinstance(value, Embedded):
        return {"$mine": to_json(value.embeddedValue)}
    raise ValueError(f"no JSON form is known here for {value!r}")


def _dictionary(entries):
    plain = all(isinstance(name, str) and not name.startswith(("$", "<")) for name, _ in entries)
    return dict(entries) if plain else {"$dict": [list(entry) for entry in entries]}


def _double(value):
    if value != value or value in (float("inf"), float("-inf")):
        return {"$double": str(value).replace("infinity", "inf")}
    if value.is_integer():
        return {"$double": int(value) if abs(value) <= EXACT_MAX else value}
    return value


def _in_order(value):
    """Sets and dictionaries have no order, and whoever writes them may choose one."""
    if isinstance(value, list):
        return [_in_order(element) for element in value]
    if isinstance(value, dict):
        ordered = {name: _in_order(content) for name, content in value.items()}
        for name in ("$set", "$dict"):
            if isinstance(ordered.get(name), list):
                ordered[name] = sorted(ordered[name], key=_write)
        return ordered
    return value
