"""A WebSocket client on a bare socket, which can also do what no client should (RFC 6455).

    frame = FIN RSV1-3 opcode(4) | MASK length(7) | length(0, 16 or 64) | mask(32) | payload
"""

import base64
import os
import struct
from dataclasses import dataclass

from support.channel import Channel
from support.deadline import as_deadline

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class Refused(Exception):
    """The server answered the upgrade with something else than 101."""

    def __init__(self, response):
        super().__init__(f"{response.status}: {response.body}")
        self.response = response


class Closed(Exception):
    """The server ended the connection; `code` is None if it said no close code."""

    def __init__(self, code=None, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code = code
        self.reason = reason


@dataclass
class Response:
    status: int
    headers: dict
    body: str
    rest: bytes = b""


@dataclass
class Frame:
    fin: bool
    rsv: int
    opcode: int
    payload: bytes


def upgrade_request(address, path="/", **changes):
    """The bytes of an upgrade request; a header given as None is left out (`Sec_X` is `Sec-X`)."""
    headers = {
        "Host": f"{address[0]}:{address[1]}", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def read_response(channel, deadline=None):
    """The answer to an HTTP request, with its whole body unless the connection is upgraded."""
    deadline = as_deadline(deadline)
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = channel.receive(deadline)
        if not chunk:
            raise Closed(reason=f"in the middle of the response head: {received!r}")
        received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    status_line, *header_lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip()
               for name, value in (line.split(":", 1) for line in header_lines)}
    status = int(status_line.split(" ")[1])
    if status == 101:
        return Response(status, headers, "", rest)
    length = int(headers.get("content-length", "0"))
    while len(rest) < length and (chunk := channel.receive(deadline)):
        rest += chunk
    return Response(status, headers, rest.decode(errors="replace"))


def encode_frame(opcode, payload=b"", fin=True, rsv=0, masked=True, length_bytes=None):
    """One frame; `length_bytes` 2 or 8 forces a longer length field than needed."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask_bit = 0x80 if masked else 0
    if length_bytes == 8 or len(payload) > 0xFFFF:
        head = struct.pack(">BBQ", first, mask_bit | 127, len(payload))
    elif length_bytes == 2 or len(payload) > 125:
        head = struct.pack(">BBH", first, mask_bit | 126, len(payload))
    else:
        head = struct.pack(">BB", first, mask_bit | len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + _masked(payload, mask)


def _masked(payload, mask):
    repeated = mask * (len(payload) // 4 + 1)
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:len(payload)], "big")
    return number.to_bytes(len(payload), "big")


def encode_message(opcode, payload, fragment_bytes=None):
    """A message as one frame, or in fragments of `fragment_bytes` each."""
    if not fragment_bytes or len(payload) <= fragment_bytes:
        return encode_frame(opcode, payload)
    pieces = [payload[at:at + fragment_bytes] for at in range(0, len(payload), fragment_bytes)]
    frames = [encode_frame(opcode if at == 0 else CONTINUATION, piece, fin=at == len(pieces) - 1)
              for at, piece in enumerate(pieces)]
    return b"".join(frames)


class WebSocket:
    """A connection that has been upgraded. It owns its channel."""

    def __init__(self, channel, response):
        self.channel = channel
        self.response = response
        self._received = response.rest

    @classmethod
    def connect(cls, address, subprotocol=None, path="/", **headers):
        channel = Channel.tcp(address)
        if subprotocol is not None:
            headers["Sec_WebSocket_Protocol"] = subprotocol
        channel.send(upgrade_request(address, path, **headers))
        response = read_response(channel)
        if response.status != 101:
            channel.close()
            raise Refused(response)
        return cls(channel, response)

    def send(self, opcode, payload=b"", **options):
        self.channel.send(encode_frame(opcode, payload, **options))

    def send_close(self, code=None, reason=b""):
        self.send(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)

    def receive_frame(self, deadline=None):
        """The next frame; raises Closed at the end of the stream."""
        deadline = as_deadline(deadline)
        head = self._take(2, deadline)
        length = head[1] & 0x7F
        if length == 126:
            length = int.from_bytes(self._take(2, deadline), "big")
        elif length == 127:
            length = int.from_bytes(self._take(8, deadline), "big")
        assert not head[1] & 0x80, "a server must not mask its frames"
        return Frame(bool(head[0] & 0x80), head[0] >> 4 & 7, head[0] & 15,
                     self._take(length, deadline))

    def receive_message(self, deadline=None):
        """Opcode and payload of the next message; answers pings, raises Closed at the end."""
        deadline = as_deadline(deadline)
        opcode, payload = None, b""
        while True:
            frame = self.receive_frame(deadline)
            if frame.opcode == PING:
                self.send(PONG, frame.payload)
            elif frame.opcode == CLOSE:
                raise self._closed_by(frame)
            elif frame.opcode != PONG:
                opcode = frame.opcode if opcode is None else opcode
                payload += frame.payload
                if frame.fin:
                    return opcode, payload

    def receive_close(self, deadline=None):
        """The Closed with which the server ends the connection; what comes before is ignored."""
        deadline = as_deadline(deadline)
        try:
            while True:
                self.receive_message(deadline)
        except Closed as closed:
            return closed

    def close(self):
        """Closes with the closing handshake, and waits until the server has closed too."""
        try:
            self.send_close(1000)
            self.receive_close()
            self.channel.receive_all()
        except OSError:
            pass  # The server was quicker.
        finally:
            self.channel.close()

    def _take(self, count, deadline):
        while len(self._received) < count:
            chunk = self.channel.receive(deadline)
            if not chunk:
                raise Closed(reason="end of the stream, without a close frame")
            self._received += chunk
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    def _closed_by(self, frame):
        if len(frame.payload) < 2:
            return Closed(None)
        return Closed(int.from_bytes(frame.payload[:2], "big"), frame.payload[2:].decode())
