"""WebSocket conformance, family 2: pings are answered, pongs are ignored."""

import pytest

from support.echo import EchoSocket
from support.websocket import PING, PONG, encode_frame

PAYLOADS = {"none": b"", "text": b"hello", "binary": bytes([0x00, 0xFF, 0xFE, 0xFD, 0x00]),
            "longest": b"\xfe" * 125}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_ping_is_answered_with_its_payload(module_server, payload):
    with EchoSocket.open(module_server) as socket:
        socket.send(PING, payload)

        frame = socket.receive_frame()
        assert (frame.opcode, frame.fin, frame.payload) == (PONG, True, payload)


def test_a_ping_byte_by_byte_is_answered(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.channel.send_bytewise(encode_frame(PING, b"\xfe" * 125))

        assert socket.receive_frame().payload == b"\xfe" * 125


def test_a_ping_that_is_too_long_fails_the_connection(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(PING, b"x" * 126)

        assert socket.is_failed(1002)


@pytest.mark.parametrize("payload", [b"", b"unasked"], ids=["empty", "with payload"])
def test_a_pong_that_nobody_asked_for_is_ignored(module_server, payload):
    with EchoSocket.open(module_server) as socket:
        socket.send(PONG, payload)

        assert socket.still_echoes()


def test_a_ping_between_unasked_pongs_gets_the_one_answer(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(PONG, b"one")
        socket.send(PING, b"two")
        socket.send(PONG, b"three")

        assert socket.receive_frame().payload == b"two"
        assert socket.still_echoes()


@pytest.mark.parametrize("bytewise", [False, True], ids=["in one write", "byte by byte"])
def test_of_many_pings_at_once_the_last_is_answered(module_server, bytewise):
    with EchoSocket.open(module_server) as socket:
        payloads = [b"payload-%d" % number for number in range(10)]
        frames = b"".join(encode_frame(PING, payload) for payload in payloads)
        (socket.channel.send_bytewise if bytewise else socket.send_bytes)(frames)

        answered = []
        while not answered or answered[-1] != payloads[-1]:
            answered.append(socket.receive_frame().payload)
        assert answered == [payload for payload in payloads if payload in answered]
