"""A second implementation of WebSocket, Debian's python3-websockets, gets along with the server."""

import asyncio
import json

import pytest
import websockets

from support.echo import ANSWER, sized_packet, text_packet
from support.values import encode, parse
from support.websocket import BINARY

SECONDS_MAX = 20


def converse(server, conversation, **options):
    """Runs `conversation(socket)` on a connection of that library."""
    async def connected():
        async with websockets.connect(server.url, **options) as socket:
            return await conversation(socket)
    return asyncio.run(asyncio.wait_for(connected(), SECONDS_MAX))


def test_text_is_echoed(module_server):
    async def conversation(socket):
        await socket.send(text_packet().decode())
        return await socket.recv()

    assert parse(converse(module_server, conversation)) == parse(ANSWER)


@pytest.mark.parametrize("size", [100, 70_000, 1 << 20])
def test_binary_is_echoed(module_server, size):
    async def conversation(socket):
        await socket.send(sized_packet(BINARY, size))
        return await socket.recv()

    assert converse(module_server, conversation) == bytes(encode(parse(ANSWER)))


def test_fragments_are_echoed(module_server):
    async def conversation(socket):
        packet = text_packet(2000).decode()
        await socket.send([packet[at:at + 100] for at in range(0, len(packet), 100)])
        return await socket.recv()

    assert parse(converse(module_server, conversation)) == parse(ANSWER)


def test_json_is_spoken_when_asked_for(module_server):
    async def conversation(socket):
        hello = json.loads(await socket.recv())
        await socket.send(json.dumps({"sync": True, "id": 1}))
        (answer,) = json.loads(await socket.recv())  # A message is a turn: a list of events.
        return socket.subprotocol, hello, answer

    subprotocol, hello, answer = converse(module_server, conversation,
                                          subprotocols=["avow.json.v1"])

    assert subprotocol == "avow.json.v1"
    assert hello["hello"]["protocol"] == "avow.json.v1"
    assert (answer["op"], answer["id"]) == ("ok", 1)


def test_a_ping_comes_back_and_a_close_is_clean(module_server):
    async def conversation(socket):
        await (await socket.ping(b"are you there"))
        await socket.close(1000, "bye")
        return socket.close_code

    assert converse(module_server, conversation) == 1000


def test_compression_is_offered_in_vain(module_server):
    async def conversation(socket):
        return socket.response_headers.get("Sec-WebSocket-Extensions")

    assert converse(module_server, conversation, compression="deflate") is None
