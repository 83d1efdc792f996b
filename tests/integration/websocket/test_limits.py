"""WebSocket conformance, family 9: large messages pass up to the limit, and are refused beyond."""

import pytest

from support.echo import EchoSocket, sized_packet
from support.websocket import BINARY, CONTINUATION, TEXT, encode_frame, encode_message

MESSAGE_BYTES_MAX = 1 << 20
FRAGMENTS_MAX = 1024
SIZES = (64 << 10, 256 << 10, MESSAGE_BYTES_MAX)
KINDS = pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])


@KINDS
@pytest.mark.parametrize("size", SIZES)
def test_a_large_message_in_one_frame_passes(module_server, opcode, size):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, sized_packet(opcode, size))

        assert socket.is_answered(opcode)


@KINDS
@pytest.mark.parametrize("size, fragment", [
    (64 << 10, 64), (64 << 10, 4096), (MESSAGE_BYTES_MAX, 1024), (MESSAGE_BYTES_MAX, 65536)])
def test_a_large_message_in_fragments_passes(module_server, opcode, size, fragment):
    with EchoSocket.open(module_server) as socket:
        socket.send_bytes(encode_message(opcode, sized_packet(opcode, size), fragment))

        assert socket.is_answered(opcode)


@KINDS
@pytest.mark.parametrize("chop", [64, 512, 2048])
def test_a_large_frame_in_small_writes_passes(module_server, opcode, chop):
    with EchoSocket.open(module_server) as socket:
        frame = encode_frame(opcode, sized_packet(opcode, 256 << 10))
        for at in range(0, len(frame), chop):
            socket.send_bytes(frame[at:at + chop])

        assert socket.is_answered(opcode)


@KINDS
@pytest.mark.parametrize("length", [MESSAGE_BYTES_MAX + 1, 1 << 32, (1 << 63) - 1])
def test_a_frame_that_announces_too_much_is_refused_at_once(module_server, opcode, length):
    with EchoSocket.open(module_server) as socket:
        socket.send_bytes(bytes([0x80 | opcode, 0xFF]) + length.to_bytes(8, "big") + b"mask")

        assert socket.is_failed(1009)


@KINDS
def test_fragments_that_become_too_much_are_refused(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, b"x" * (MESSAGE_BYTES_MAX // 2), fin=False)
        announced = (MESSAGE_BYTES_MAX // 2 + 1).to_bytes(8, "big")
        socket.send_bytes(bytes([0x80 | CONTINUATION, 0xFF]) + announced + b"mask")

        assert socket.is_failed(1009)


def test_too_many_fragments_are_refused(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, b" ", fin=False)
        socket.send_bytes(encode_frame(CONTINUATION, b" ", fin=False) * FRAGMENTS_MAX)

        assert socket.receive_close().code in (1002, 1008, 1009)


def test_a_refused_giant_disturbs_nobody(module_server):
    with EchoSocket.open(module_server) as giant, EchoSocket.open(module_server) as other:
        giant.send_bytes(bytes([0x82, 0xFF]) + (1 << 40).to_bytes(8, "big") + b"mask")

        assert giant.is_failed(1009)
        assert other.still_echoes()
