"""An echo through the server: a packet of a wanted size that ends in a sync, and its answer."""

from support.values import encode, parse
from support.websocket import BINARY, CONTINUATION, TEXT, WebSocket, encode_frame

ANSWER_OID = 7
SYNC = f"[0 <S #:[0 {ANSWER_OID}]>]"
ANSWER = f"[[{ANSWER_OID} <M #t>]]"


def text_packet(size=None, body=""):
    """A turn as text whose message holds `body`, padded to `size` bytes if that is given.

    The message goes to the gatekeeper, which ignores it.
    """
    packet = f'[[0 <M "{body}">] {SYNC}]'.encode()
    if size is None:
        return packet
    assert size >= len(packet), f"a turn with a sync takes at least {len(packet)} bytes"
    return text_packet(body=body + "x" * (size - len(packet)))


def binary_packet(size):
    """The same in binary."""
    def packet(count):
        return bytes(encode(parse(f'[[0 <M "{"x" * count}">] {SYNC}]')))
    overhead = len(packet(size)) - size
    padded = packet(size - overhead)
    # The length of the string is written in fewer bytes where the string is a little shorter.
    padded = packet(2 * size - overhead - len(padded))
    assert len(padded) == size, f"no packet has exactly {size} bytes"
    return padded


def sized_packet(opcode, size):
    return text_packet(size) if opcode == TEXT else binary_packet(size)


class EchoSocket(WebSocket):
    """A WebSocket without a subprotocol, on which a sync proves that the server still listens."""

    @classmethod
    def open(cls, server):
        return cls.connect(server.websocket_address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def send_bytes(self, data):
        self.channel.send(data)

    def send_fragments(self, opcode, pieces, between=b""):
        """One message in the given pieces, with the bytes of other frames `between` them."""
        last = len(pieces) - 1
        frames = [encode_frame(opcode if at == 0 else CONTINUATION, piece, fin=at == last)
                  for at, piece in enumerate(pieces)]
        self.channel.send(between.join(frames))

    def is_answered(self, opcode=TEXT, deadline=None):
        """Whether the next message answers the sync, in the kind of frame that asked."""
        answered_with, payload = self.receive_message(deadline)
        answer = parse(payload.decode()) if answered_with == TEXT else None
        expected = bytes(encode(parse(ANSWER)))
        return answered_with == opcode and \
            (payload == expected if opcode == BINARY else answer == parse(ANSWER))

    def still_echoes(self):
        """Whether a sync sent now is answered."""
        self.send(TEXT, text_packet())
        return self.is_answered()

    def is_failed(self, *codes):
        """Whether the server now ends the connection with one of these codes, answering nothing."""
        closed = self.receive_close()
        assert closed.code in codes, f"the server {closed}, where one of {codes} was due"
        assert self.channel.receive_all() == b""
        return True
