"""A packet that cannot be read ends its session with a reason, and disturbs nobody else."""

import json

import pytest

from support.environment import repository
from support.channel import Channel
from support.syndicate import StreamWire, SyndicateClient, open_wire
from support.values import encode
from support.witness import Witness, reason_of_end

VECTORS = json.loads((repository() / "schemas" / "vectors" / "packets.json").read_text())
INVALID = [case for case in VECTORS if not case["valid"]]


def assertion(value_bytes):
    """A binary turn that asserts these bytes at the gatekeeper."""
    return b"\xb5\xb5\xb0\x00\xb4\xb3\x01A" + value_bytes + b"\xb0\x01\x01\x84\x84\x84"


def varint(number):
    encoded = b""
    while number >= 0x80:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


BINARY_CASES = {
    "a tag that does not exist": assertion(b"\xb8"),
    "an end without a beginning": b"\x84",
    "a first byte that begins nothing": b"\x90",
    "a double of four bytes": assertion(b"\x87\x04\x00\x00\x00\x00"),
    "a record without a label": assertion(b"\xb4\x84"),
    "a dictionary with a key alone": assertion(b"\xb7\xb0\x01\x01\x84"),
    "a key twice": assertion(b"\xb7\xb0\x01\x01\x80\xb0\x01\x01\x81\x84"),
    "an element twice": assertion(b"\xb6\x80\x80\x84"),
    "a string that is not UTF-8": assertion(b"\xb1\x02\xc3\x28"),
    "a symbol that is not UTF-8": assertion(b"\xb3\x03\xed\xa0\x80"),
    "a value too deep": assertion(b"\xb5" * 100 + b"\x84" * 100),
    "annotations too deep": assertion(b"\x85" * 100 + b"\x80" * 101),
    "embedded values too deep": assertion(b"\x86" * 100 + b"\x80"),
    "too many nodes": assertion(b"\xb5" + b"\x80" * 100_001 + b"\x84"),
    "an integer too long": assertion(b"\xb0" + varint(600) + b"\x01" * 600),
    "an embedded value that is no reference": assertion(b"\x86\xb0\x01\x05"),
}

TEXT_CASES = {
    "brackets that do not match": "[[0 <A [1} 2>]]",
    "a stray bracket": "]",
    "a semicolon": "[[0 <A ; 2>]]",
    "a record without a label": "[[0 <A <> 2>]]",
    "a dictionary with a key alone": "[[0 <A {a} 2>]]",
    "a key twice": "[[0 <A {a: 1 a: 2} 2>]]",
    "an element twice": "[[0 <A #{1 1} 2>]]",
    "an odd number of hex digits": '[[0 <A #x"123" 2>]]',
    "an unknown hash": "[[0 <A #q 2>]]",
    "a bad escape": r'[[0 <A "\q" 2>]]',
    "half a surrogate pair": r'[[0 <A "\ud800" 2>]]',
    "a value too deep": f"[[0 <A {'[' * 100}{']' * 100} 2>]]",
    "an integer too long": f"[[0 <A {'9' * 2000} 2>]]",
    "too many nodes": f"[[0 <A [{'1 ' * 100_001}] 2>]]",
}


def session_ends(server, transport, encoding, data):
    """Sends bytes as one packet; checks that the session ends for a stated reason."""
    wire = open_wire(server, transport, encoding)
    wire.channel.send(wire.frame(data))
    assert reason_of_end(wire), "the server ended the session without a word"
    wire.channel.close()


@pytest.mark.parametrize("transport", ["tcp", "ws"])
@pytest.mark.parametrize("data", BINARY_CASES.values(), ids=BINARY_CASES)
def test_a_malformed_binary_value_ends_only_its_own_session(module_server, data, transport):
    with Witness(module_server) as witness:
        session_ends(module_server, transport, "binary", data)

        assert witness.still_served()


@pytest.mark.parametrize("transport", ["unix", "ws"])
@pytest.mark.parametrize("text", TEXT_CASES.values(), ids=TEXT_CASES)
def test_a_malformed_text_value_ends_only_its_own_session(module_server, text, transport):
    with Witness(module_server) as witness:
        session_ends(module_server, transport, "text", text.encode() + b"\n")

        assert witness.still_served()


@pytest.mark.parametrize("encoding", ["binary", "text"])
@pytest.mark.parametrize("case", INVALID, ids=lambda case: case["name"])
def test_a_value_that_is_no_packet_ends_only_its_own_session(module_server, case, encoding):
    data = bytes.fromhex(case["binary"]) if encoding == "binary" else case["text"].encode() + b"\n"
    with Witness(module_server) as witness:
        if case["group"] == "references":
            dataspace_hears(module_server, encoding, data)
        else:
            session_ends(module_server, "tcp", encoding, data)

        assert witness.still_served()


def dataspace_hears(server, encoding, data):
    """The cases about references speak to entity 3, which stands for the dataspace."""
    client = SyndicateClient(server, "tcp", encoding)
    client.resolve()
    recorded, ours = ((b"[[3 ", b"[[%d " % client.oid) if encoding == "text" else
                      (b"\xb5\xb5\xb0\x01\x03", b"\xb5\xb5" + bytes(encode(client.oid))))
    assert data.startswith(recorded)
    client.wire.channel.send(data.replace(recorded, ours, 1))
    assert reason_of_end(client.wire)
    client.wire.channel.close()


def test_text_that_is_not_utf8_ends_only_its_own_session(module_server):
    with Witness(module_server) as witness:
        session_ends(module_server, "tcp", "text", b'[[0 <A "\xc3\x28" 1>]]\n')

        assert witness.still_served()


@pytest.mark.parametrize("transport", ["tcp", "unix"])
@pytest.mark.parametrize("announcement", [
    assertion(b"\xb1" + varint((1 << 20) + 1)), assertion(b"\xb2" + varint(1 << 40)),
    assertion(b"\xb3" + varint((1 << 63) - 1)), assertion(b"\xb0" + varint(1 << 80)),
], ids=["a string", "bytes", "a symbol", "an integer"])
def test_a_length_over_the_limit_is_refused_before_its_bytes_come(
        module_server, transport, announcement):
    with Witness(module_server) as witness:
        beginning = announcement[:announcement.rindex(b"\xb0\x01\x01")]

        session_ends(module_server, transport, "binary", beginning)

        assert witness.still_served()


def test_a_packet_that_never_ends_is_refused_at_the_limit(module_server):
    with Witness(module_server) as witness:
        wire = StreamWire(Channel.tcp(module_server.tcp_address), "binary")
        endless = b"\xb5\xb5\xb0\x00\xb4\xb3\x01A\xb5" + b"\xb1\x7f" + b"x" * 127
        try:
            wire.channel.send(endless + (b"\xb1\x7f" + b"x" * 127) * 10_000)
        except OSError:
            pass  # It is refused while it is still being sent, which is as it should be.

        wire.channel.receive_all()
        wire.channel.close()
        assert witness.still_served()
