"""WebSocket conformance, family 7: the closing handshake, its codes and its reasons."""

import struct

import pytest

from support.echo import EchoSocket, text_packet
from support.websocket import CLOSE, CONTINUATION, PING, TEXT, encode_frame

GOOD_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
BAD_CODES = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535)


@pytest.mark.parametrize("code", GOOD_CODES)
def test_a_close_with_a_known_code_is_answered_by_a_close(module_server, code):
    with EchoSocket.open(module_server) as socket:
        socket.send_close(code, b"farewell")

        assert socket.is_failed(code, 1000)


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_close_with_a_code_that_must_not_be_sent_is_a_protocol_error(module_server, code):
    with EchoSocket.open(module_server) as socket:
        socket.send_close(code)

        assert socket.is_failed(1002)


def test_a_close_without_a_code_is_answered(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(CLOSE)

        assert socket.is_failed(None, 1000)


def test_a_close_with_half_a_code_is_a_protocol_error(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(CLOSE, b"\x03")

        assert socket.is_failed(1002)


@pytest.mark.parametrize("reason", [b"", b"hello", b"x" * 123], ids=["none", "short", "longest"])
def test_a_reason_of_any_allowed_length_is_accepted(module_server, reason):
    with EchoSocket.open(module_server) as socket:
        socket.send_close(1000, reason)

        assert socket.is_failed(1000)


def test_a_reason_that_is_too_long_is_a_protocol_error(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send_close(1000, b"x" * 124)

        assert socket.is_failed(1002)


def test_a_reason_that_is_not_utf8_is_an_error(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send_close(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")

        assert socket.is_failed(1002, 1007)


@pytest.mark.parametrize("after", [
    encode_frame(TEXT, text_packet()), encode_frame(PING, b"late"),
    encode_frame(CLOSE, struct.pack(">H", 1000)), encode_frame(CONTINUATION, b"late"),
], ids=["a message", "a ping", "a second close", "a continuation"])
def test_what_comes_after_a_close_is_ignored(module_server, after):
    with EchoSocket.open(module_server) as socket:
        socket.send_bytes(encode_frame(CLOSE, struct.pack(">H", 1000)) + after)

        assert socket.is_failed(1000)


def test_a_close_inside_a_message_ends_the_connection(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, text_packet()[:10], fin=False)
        socket.send_close(1000)

        assert socket.is_failed(1000)


def test_a_connection_that_just_ends_disturbs_nobody(module_server):
    with EchoSocket.open(module_server) as other:
        with EchoSocket.open(module_server) as socket:
            socket.send_bytes(encode_frame(TEXT, text_packet())[:9])

        assert other.still_echoes()
