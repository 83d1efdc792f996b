"""Preserves values for the tests, read and written by an independent library.

A reference inside a value is the embedded sequence that stands on the wire: `#:[0 5]`.
"""

import hashlib
import hmac

from preserves import Embedded, Record, Symbol, canonicalize, encode, parse, stringify

__all__ = ["Embedded", "Record", "Symbol", "canonical", "encode", "is_record", "parse",
           "same_value", "signature", "stringify", "sturdy_reference"]


def canonical(value):
    return bytes(canonicalize(value))


def same_value(one, other):
    return canonical(one) == canonical(other)


def is_record(value, label=None):
    """Whether `value` is a record with that symbol as its label, or with any symbol."""
    if not isinstance(value, Record) or not isinstance(value.key, Symbol):
        return False
    return label is None or value.key.name == label


def signature(key, oid, caveats=()):
    """The signature of a sturdy reference: a chain of HMAC-BLAKE2s, 16 bytes of each."""
    sig = key
    for signed in (oid, *caveats):
        sig = hmac.new(sig, canonical(signed), hashlib.blake2s).digest()[:16]
    return sig


def sturdy_reference(oid, caveats=(), key=b""):
    """The text of a sturdy reference; `oid` and `caveats` are Preserves text."""
    parsed = [parse(caveat) for caveat in caveats]
    sig = signature(key, parse(oid), parsed).hex()
    listed = f" caveats: [{' '.join(caveats)}]" if caveats else ""
    return f'<ref {{oid: {oid} sig: #x"{sig}"{listed}}}>'
