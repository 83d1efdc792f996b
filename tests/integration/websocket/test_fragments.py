"""WebSocket conformance, family 5: messages in fragments, and control frames among them."""

import pytest

from support.echo import EchoSocket, sized_packet, text_packet
from support.websocket import BINARY, CONTINUATION, PING, PONG, TEXT, encode_frame

KINDS = pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])


def halves(opcode):
    packet = sized_packet(opcode, 60)
    return [packet[:30], packet[30:]]


@KINDS
def test_a_message_in_two_fragments_is_one_message(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send_fragments(opcode, halves(opcode))

        assert socket.is_answered(opcode)


@KINDS
def test_fragments_may_be_empty(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send_fragments(opcode, [b"", *halves(opcode), b""])

        assert socket.is_answered(opcode)


@KINDS
def test_fragments_of_one_byte_make_a_message(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        packet = sized_packet(opcode, 60)
        socket.send_fragments(opcode, [packet[at:at + 1] for at in range(len(packet))])

        assert socket.is_answered(opcode)


@KINDS
@pytest.mark.parametrize("bytewise", [False, True], ids=["in one write", "byte by byte"])
def test_a_ping_between_fragments_is_answered_before_the_message(module_server, opcode, bytewise):
    with EchoSocket.open(module_server) as socket:
        first, second = halves(opcode)
        frames = encode_frame(opcode, first, fin=False) + encode_frame(PING, b"between") + \
            encode_frame(CONTINUATION, second)
        (socket.channel.send_bytewise if bytewise else socket.send_bytes)(frames)

        frame = socket.receive_frame()
        assert (frame.opcode, frame.payload) == (PONG, b"between")
        assert socket.is_answered(opcode)


def test_pings_and_pongs_between_all_fragments_disturb_nothing(module_server):
    with EchoSocket.open(module_server) as socket:
        packet = text_packet()
        between = encode_frame(PING, b"a") + encode_frame(PONG, b"b")
        socket.send_fragments(TEXT, [packet[:5], packet[5:10], packet[10:]], between)

        assert socket.is_answered()


@pytest.mark.parametrize("opcode", [PING, PONG], ids=["ping", "pong"])
def test_a_fragmented_control_frame_fails_the_connection(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, b"begin", fin=False)

        assert socket.is_failed(1002)


@pytest.mark.parametrize("fin", [True, False], ids=["final", "not final"])
@pytest.mark.parametrize("payload", [b"", b"payload"], ids=["empty", "with payload"])
def test_a_continuation_of_nothing_fails_the_connection(module_server, payload, fin):
    with EchoSocket.open(module_server) as socket:
        socket.send(CONTINUATION, payload, fin=fin)

        assert socket.is_failed(1002)


def test_a_continuation_after_a_whole_message_fails_the_connection(module_server):
    with EchoSocket.open(module_server) as socket:
        assert socket.still_echoes()

        socket.send(CONTINUATION, b"more")

        assert socket.is_failed(1002)


@KINDS
def test_a_new_message_inside_another_fails_the_connection(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, halves(opcode)[0], fin=False)
        socket.send(opcode, sized_packet(opcode, 60))

        assert socket.is_failed(1002)


@KINDS
def test_a_second_message_that_never_begins_fails_the_connection(module_server, opcode):
    with EchoSocket.open(module_server) as socket:
        first, second = halves(opcode)
        socket.send(opcode, first, fin=False)
        socket.send(CONTINUATION, second)
        assert socket.is_answered(opcode)

        socket.send(CONTINUATION, first, fin=False)

        assert socket.is_failed(1002)
