"""WebSocket conformance, family 6: text must be UTF-8, and all of UTF-8 is text."""

import pytest

from support.echo import EchoSocket, text_packet
from support.websocket import TEXT, encode_frame

VALID = {
    "greek": "κόσμε".encode(), "first of two bytes": "\u0080".encode(),
    "first of three bytes": "\u0800".encode(), "first of four bytes": "\U00010000".encode(),
    "last of one byte": b"\x7f", "last of two bytes": "\u07ff".encode(),
    "last of three bytes": "\uffff".encode(), "last of all": "\U0010ffff".encode(),
    "before the surrogates": "\ud7ff".encode(), "after the surrogates": "\ue000".encode(),
    "replacement": "\ufffd".encode(), "byte order mark": "\ufeff".encode(),
    "mixed": "Hello-µ@ßöäüàá-UTF-8!! 🎉".encode(), "NUL": b"\x00",
    **{f"non-character {code:x}": chr(code).encode()
       for plane in range(0, 17) for code in (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF)},
    **{f"non-character {code:x}": chr(code).encode() for code in range(0xFDD0, 0xFDF0, 5)},
}

INVALID = {
    "lone continuation first": b"\x80", "lone continuation last": b"\xbf",
    "two continuations": b"\x80\xbf", "seven continuations": b"\x80\xbf\x80\xbf\x80\xbf\x80",
    **{f"lone start {start:x}": bytes([start, 0x20]) for start in (0xC2, 0xDF, 0xE0, 0xEF, 0xF0,
                                                                  0xF4)},
    **{f"never a byte {byte:x}": bytes([byte])
       for byte in (0xC0, 0xC1, *range(0xF5, 0x100))},
    "one of two missing": b"\xce", "one of three missing": b"\xe2\x82",
    "one of four missing": b"\xf0\x90\x8d", "two of four missing": b"\xf0\x90",
    "overlong slash of two": b"\xc0\xaf", "overlong slash of three": b"\xe0\x80\xaf",
    "overlong slash of four": b"\xf0\x80\x80\xaf",
    "overlong slash of five": b"\xf8\x80\x80\x80\xaf",
    "overlong slash of six": b"\xfc\x80\x80\x80\x80\xaf",
    "overlong last of one": b"\xc1\xbf", "overlong last of two": b"\xe0\x9f\xbf",
    "overlong last of three": b"\xf0\x8f\xbf\xbf", "overlong last of four": b"\xf8\x87\xbf\xbf\xbf",
    "overlong NUL of two": b"\xc0\x80", "overlong NUL of three": b"\xe0\x80\x80",
    "overlong NUL of four": b"\xf0\x80\x80\x80",
    **{f"surrogate {code:x}": chr(code).encode("utf-8", "surrogatepass")
       for code in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF)},
    "pair of surrogates": "\ud800\udc00".encode("utf-8", "surrogatepass"),
    "last pair of surrogates": "\udbff\udfff".encode("utf-8", "surrogatepass"),
    "beyond the last": b"\xf4\x90\x80\x80", "far beyond the last": b"\xf7\xbf\xbf\xbf",
    "five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "in the middle of greek": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
}


def packet_with(data):
    """A packet whose string holds these bytes as they are."""
    return text_packet(body="HERE").replace(b"HERE", data)


@pytest.mark.parametrize("data", VALID.values(), ids=VALID)
def test_valid_utf8_is_accepted(module_server, data):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, packet_with(data))

        assert socket.is_answered()


@pytest.mark.parametrize("data", VALID.values(), ids=VALID)
def test_valid_utf8_may_be_cut_anywhere(module_server, data):
    with EchoSocket.open(module_server) as socket:
        packet = packet_with(data)
        socket.send_fragments(TEXT, [packet[at:at + 1] for at in range(len(packet))])

        assert socket.is_answered()


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID)
def test_invalid_utf8_fails_the_connection(module_server, data):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, packet_with(data))

        assert socket.is_failed(1007)


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID)
def test_invalid_utf8_in_fragments_of_one_byte_fails_the_connection(module_server, data):
    with EchoSocket.open(module_server) as socket:
        packet = packet_with(data)
        socket.send_fragments(TEXT, [packet[at:at + 1] for at in range(len(packet))])

        assert socket.is_failed(1007)


def test_invalid_utf8_fails_before_the_end_of_its_message(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, b'[[0 <M "\xed\xa0\x80', fin=False)

        assert socket.is_failed(1007)


def test_invalid_utf8_fails_before_the_end_of_its_frame(module_server):
    with EchoSocket.open(module_server) as socket:
        frame = encode_frame(TEXT, b'[[0 <M "\xf4\x90\x80\x80' + b"x" * 50)
        socket.send_bytes(frame[:-40])

        assert socket.is_failed(1007)
