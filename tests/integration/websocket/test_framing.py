"""WebSocket conformance, family 1: frames of every length field, whole and in pieces."""

import pytest

from support.echo import EchoSocket, sized_packet, text_packet
from support.websocket import BINARY, TEXT, encode_frame

SIZES = (40, 125, 126, 127, 128, 1000, 65535, 65536)
KINDS = pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])


@KINDS
@pytest.mark.parametrize("size", SIZES)
def test_a_frame_of_any_length_is_understood(module_server, opcode, size):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, sized_packet(opcode, size))

        assert socket.is_answered(opcode)


@KINDS
@pytest.mark.parametrize("piece", [1, 997])
def test_a_frame_may_come_in_pieces(module_server, opcode, piece):
    with EchoSocket.open(module_server) as socket:
        frame = encode_frame(opcode, sized_packet(opcode, 4000 if piece == 1 else 65536))
        for at in range(0, len(frame), piece):
            socket.send_bytes(frame[at:at + piece])

        assert socket.is_answered(opcode)


@KINDS
def test_an_empty_message_is_no_packet_and_ends_only_its_own_session(module_server, opcode):
    with EchoSocket.open(module_server) as socket, EchoSocket.open(module_server) as other:
        socket.send(opcode, b"")

        socket.receive_close()
        assert other.still_echoes()


def test_several_frames_in_one_write_are_all_answered(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send_bytes(encode_frame(TEXT, text_packet()) * 100)

        assert all(socket.is_answered() for _ in range(100))


@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
def test_an_unmasked_frame_fails_the_connection(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, sized_packet(opcode, 60), masked=False)

        assert socket.is_failed(1002)


@pytest.mark.parametrize("length_bytes", [2, 8])
def test_a_length_that_is_longer_than_needed_fails_the_connection(module_server, length_bytes):
    with EchoSocket.open(module_server) as socket:
        socket.send(TEXT, text_packet(60), length_bytes=length_bytes)

        assert socket.is_failed(1002)


def test_a_length_with_its_highest_bit_set_fails_the_connection(module_server):
    with EchoSocket.open(module_server) as socket:
        socket.send_bytes(bytes([0x81, 0xFF]) + (1 << 63 | 20).to_bytes(8, "big") + b"mask")

        assert socket.is_failed(1002, 1009)
