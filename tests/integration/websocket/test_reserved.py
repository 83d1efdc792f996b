"""WebSocket conformance, families 3 and 4: reserved bits and opcodes fail the connection."""

import pytest

from support.echo import EchoSocket, text_packet
from support.websocket import BINARY, CLOSE, PING, TEXT

KINDS = {"text": TEXT, "binary": BINARY, "ping": PING, "close": CLOSE}
RESERVED_OPCODES = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)


@pytest.mark.parametrize("opcode", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("rsv", range(1, 8))
def test_a_reserved_bit_fails_the_connection(module_server, rsv, opcode):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, b"" if opcode in (PING, CLOSE) else text_packet(), rsv=rsv)

        assert socket.is_failed(1002)


def test_what_came_before_a_reserved_bit_is_still_answered(module_server):
    with EchoSocket.open(module_server) as socket:
        assert socket.still_echoes()

        socket.send(TEXT, text_packet(), rsv=4)

        assert socket.is_failed(1002)


@pytest.mark.parametrize("payload", [b"", b"payload"], ids=["empty", "with payload"])
@pytest.mark.parametrize("opcode", RESERVED_OPCODES)
def test_a_reserved_opcode_fails_the_connection(module_server, opcode, payload):
    with EchoSocket.open(module_server) as socket:
        socket.send(opcode, payload)

        assert socket.is_failed(1002)
