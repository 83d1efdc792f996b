"""Many JSON clients in one thread: each is called back with its events, and none ever waits."""

import itertools
import json
import selectors
import socket
import struct
import time

from support import records
from support.channel import Channel
from support.deadline import as_deadline
from support.json_client import SUBPROTOCOL
from support.websocket import CLOSE, PING, PONG, TEXT, read_response, upgrade_request

UNMASKING = bytes(4)  # A mask of zeros: the payload stands in the frame as it is.


def _head(opcode, length):
    if length <= 125:
        return struct.pack(">BB", 0x80 | opcode, 0x80 | length)
    if length <= 0xFFFF:
        return struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
    return struct.pack(">BBQ", 0x80 | opcode, 0xFF, length)


def _frame_of(opcode, payload):
    return _head(opcode, len(payload)) + UNMASKING + payload


def _frame(message):
    return _frame_of(TEXT, json.dumps(message).encode())


class Caller:
    """One connection. `on_events(caller, events)` is called with the events of each turn.

    With `enters_later` it only knocks: nothing else is done with it before `enter`. What has come
    and is not read yet may be as much as `receive_buffer` bytes, about. What it says and is told is
    judged in the end if `is_recorded`.
    """

    def __init__(self, server, on_events, enters_later=False, receive_buffer=None,
                 is_recorded=False):
        self._socket = socket.socket()
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(30)
        self._socket.connect(server.websocket_address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._channel = Channel(self._socket)
        self._channel.send(
            upgrade_request(server.websocket_address, Sec_WebSocket_Protocol=SUBPROTOCOL))
        self._received = bytearray()
        self._ids = itertools.count(1)
        self._record = records.begin("caller") if is_recorded else records.Record(None)
        self.on_events = on_events
        self.is_over = False
        self.may_be_ended = False  # Whether the server may end the connection by itself.
        if not enters_later:
            self.enter()

    def enter(self):
        """Waits until the server has let it in."""
        response = read_response(self._channel)
        assert response.status == 101, response.body
        self._socket.settimeout(30)
        self._received += response.rest

    def fileno(self):
        return self._socket.fileno()

    def tell(self, request):
        """Sends a request under a fresh id and returns that; nothing is known of its arrival."""
        ident = next(self._ids)
        self._send({**request, "id": ident})
        return ident

    def tell_all(self, requests):
        """Sends several requests as one turn, each under a fresh id."""
        self._send([{**request, "id": next(self._ids)} for request in requests])

    def tell_each(self, requests):
        """Sends several requests, each a turn of its own under a fresh id."""
        self.send_messages([{**each, "id": next(self._ids)} for each in requests])

    def send_messages(self, messages):
        """Sends messages as they are, at once."""
        for each in messages:
            self._record.said(json.dumps(each))
        self._send_bytes(b"".join(map(_frame, messages)))

    def _send(self, message):
        self.send_messages([message])

    def _send_bytes(self, data):
        try:
            self._socket.sendall(data)
        except OSError:
            pass  # The server has ended, which is found out by reading.

    def pump(self, bytes_max=1 << 18):
        """Reads what has come, or waits for something, and calls back."""
        try:
            chunk = self._socket.recv(bytes_max)
        except OSError:
            chunk = b""
        self.is_over = not chunk
        self._received += chunk
        while (message := self._next_message()) is not None:
            self.on_events(self, message)

    def _next_message(self):
        while (frame := self._next_frame()) is not None:
            opcode, payload = frame
            assert opcode != CLOSE or self.may_be_ended, f"the server ends it: {payload}"
            if opcode == PING:
                self._send_bytes(_frame_of(PONG, payload))
            if opcode != TEXT:
                continue
            message = json.loads(payload)
            self._record.told(payload.decode())
            if isinstance(message, list):
                return message
        return None

    def _next_frame(self):
        received = self._received
        if len(received) < 2:
            return None
        assert received[0] & 0x80, "the server sends frames whole"
        length, begin = received[1] & 0x7F, 2
        if length >= 126:
            begin = 4 if length == 126 else 10
            if len(received) < begin:
                return None
            length = int.from_bytes(received[2:begin], "big")
        end = begin + length
        if len(received) < end:
            return None
        frame = received[0] & 15, bytes(received[begin:end])
        del received[:end]
        return frame

    def finish(self):
        """Reads all that still comes, up to the end of the connection."""
        while not self.is_over:
            self.pump()
        self._socket.close()

    def reset(self):
        """Ends the connection by RST, as a process that dies with unread answers does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self):
        """Ends the connection without a word."""
        self._socket.close()


class Crowd:
    """All callers of a test, served as their events come."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._callers = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for caller in list(self._callers):
            self.leave(caller)
        self._selector.close()

    def join(self, caller):
        self._selector.register(caller, selectors.EVENT_READ, caller)
        self._callers.add(caller)
        return caller

    def leave(self, caller, by=Caller.close):
        """Ends a caller's connection: by `Caller.reset`, or as it does by itself."""
        self._callers.discard(caller)
        self._selector.unregister(caller)
        by(caller)

    def serve(self, until, deadline=None):
        """Calls back until `until()` holds, or until every connection has ended."""
        deadline = as_deadline(deadline)
        while self._callers and not until():
            ready = self._selector.select(deadline.remaining())
            deadline.check("an answer to somebody in the crowd")
            for key, _ in ready:
                self._serve(key.data)

    def serve_for(self, seconds):
        """Calls back for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._serve(key.data)

    def _serve(self, caller):
        if caller not in self._callers:
            return
        caller.pump()
        if caller.is_over and caller in self._callers:
            self.leave(caller)
