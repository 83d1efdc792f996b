"""A client of plain Syndicate, in binary or text, over TCP, a Unix socket or a WebSocket."""

import codecs
import itertools
from dataclasses import dataclass

from preserves import Decoder, Parser

from support import records
from support.channel import Channel
from support.deadline import as_deadline
from support.server import DEVELOPMENT_REFERENCE
from support.values import encode, is_record, parse, stringify
from support.websocket import (BINARY, TEXT, Closed, WebSocket, encode_frame,
                               encode_message)

TRANSPORTS = ("tcp", "unix", "ws")
ENCODINGS = ("binary", "text")


@dataclass
class Event:
    """One event of a turn: kind is A, R, M or S, body what it carries, handle where it has one."""
    oid: int
    kind: str
    body: object = None
    handle: int = None


def events_of(packet):
    """The events of a turn packet, in order."""
    return [_event(oid, body) for oid, body, *_ in packet]


def _event(oid, event):
    kind, fields = event.key.name, event.fields
    if kind == "A":
        return Event(oid, kind, fields[0], fields[1])
    if kind == "R":
        return Event(oid, kind, handle=fields[0])
    return Event(oid, kind, fields[0])


def is_turn(packet):
    return isinstance(packet, (tuple, list))


def encode_packet(packet, encoding):
    """The bytes of a packet as they stand on a stream."""
    if encoding == "binary":
        return bytes(encode(packet))
    return stringify(packet).encode() + b"\n"


class StreamWire:
    """Packets on a byte stream, one after another."""

    def __init__(self, channel, encoding):
        self.channel = channel
        self._encoding = encoding
        self._reader = Decoder() if encoding == "binary" else Parser()
        self._characters = codecs.getincrementaldecoder("utf-8")()

    def frame(self, packet_bytes):
        return packet_bytes

    def fragment(self, packet_bytes):
        return packet_bytes

    def beginning(self, packet_bytes):
        return packet_bytes

    def receive(self, deadline):
        """The next packet; raises Closed at the end of the stream."""
        while (packet := self._reader.try_next()) is None:
            chunk = self.channel.receive(deadline)
            if not chunk:
                raise Closed(reason="end of the stream")
            self._reader.extend(chunk if self._encoding == "binary"
                                else self._characters.decode(chunk))
        return packet

    def close(self):
        self.channel.end_sending()
        self.channel.receive_all()
        self.channel.close()


class WebSocketWire:
    """Packets as WebSocket messages, one each."""

    def __init__(self, address, encoding):
        self._socket = WebSocket.connect(address)
        self.channel = self._socket.channel
        self._encoding = encoding
        self._opcode = BINARY if encoding == "binary" else TEXT

    def frame(self, packet_bytes):
        return encode_frame(self._opcode, packet_bytes)

    def fragment(self, packet_bytes):
        """The packet in fragments of one byte."""
        return encode_message(self._opcode, packet_bytes, fragment_bytes=1)

    def beginning(self, packet_bytes):
        """The beginning of a message whose end does not follow."""
        return encode_frame(self._opcode, packet_bytes, fin=False)

    def receive(self, deadline):
        opcode, payload = self._socket.receive_message(deadline)
        assert opcode == self._opcode, "the answers must come in the kind of frame that was sent"
        return Decoder(payload).next() if self._encoding == "binary" else parse(payload.decode())

    def close(self):
        self._socket.close()


def open_wire(server, transport, encoding):
    if transport == "ws":
        return WebSocketWire(server.websocket_address, encoding)
    channel = Channel.tcp(server.tcp_address) if transport == "tcp" else \
        Channel.unix(server.unix_path)
    return StreamWire(channel, encoding)


class SyndicateClient:
    """One session. `oid` is the server's number of its dataspace once `resolve` has been called.

    Packets are given as text syntax, whatever the encoding on the wire; `turns` keeps the events of
    all turns received so far. What it is told is recorded, as far as it can be judged without
    revisions: that what an entity is asserted comes once, and goes once.
    """

    def __init__(self, server, transport="unix", encoding="text"):
        self.wire = open_wire(server, transport, encoding)
        self._record = records.begin("syndicate")
        self._record.told('{"hello": {}}')
        self._encoding = encoding
        self._handles = itertools.count(1)
        self._oids = itertools.count(1000)
        self.oid = None
        self.turns = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    def say(self, packet_text):
        """Sends one packet."""
        packet = encode_packet(parse(packet_text), self._encoding)
        self.wire.channel.send(self.wire.frame(packet))

    def next_packet(self, deadline=None):
        packet = self.wire.receive(as_deadline(deadline))
        if is_turn(packet):
            self.turns.append(events_of(packet))
            self._record.told_events(self.turns[-1])
        return packet

    def until(self, wanted, deadline=None):
        """Waits for the first event from now on for which `wanted(event)` holds; returns it."""
        deadline = as_deadline(deadline)
        while True:
            packet = self.next_packet(deadline)
            assert is_turn(packet), f"a turn was due, not {stringify(packet)}"
            for event in self.turns[-1]:
                if wanted(event):
                    return event

    def answer_to_resolve(self, reference, deadline=None):
        """What the gatekeeper answers to a resolve request for that reference."""
        entity = next(self._oids)
        self.say(f"[[0 <A <resolve {reference} #:[0 {entity}]> {self.fresh_handle()}>]]")
        return self.until(lambda event: event.oid == entity and event.kind == "A", deadline).body

    def resolve(self, reference=DEVELOPMENT_REFERENCE):
        """Makes the dataspace of that reference this client's; returns the server's number."""
        answer = self.answer_to_resolve(reference)
        assert is_record(answer, "ok"), f"the reference was refused: {stringify(answer)}"
        self.oid = reference_number(answer.fields[0])
        return self.oid

    def fresh_handle(self):
        return next(self._handles)

    def fresh_oid(self):
        return next(self._oids)

    def publish(self, fact, at=None):
        """Asserts at the dataspace, or at the server's entity `at`; returns the handle."""
        handle = self.fresh_handle()
        self.say(f"[[{self._target(at)} <A {fact} {handle}>]]")
        return handle

    def retract(self, handle, at=None):
        self.say(f"[[{self._target(at)} <R {handle}>]]")

    def send(self, message, at=None):
        self.say(f"[[{self._target(at)} <M {message}>]]")

    def observe(self, pattern):
        """Asserts an Observe; returns the number of the client's entity that is told."""
        entity = self.fresh_oid()
        self.publish(f"<Observe {pattern} #:[0 {entity}]>")
        return entity

    def sync(self, at=None, deadline=None):
        """Waits until everything sent before at that entity has been handled, and told."""
        entity = self.fresh_oid()
        self.say(f"[[{self._target(at)} <S #:[0 {entity}]>]]")
        return self.until(lambda event: event.oid == entity and event.kind == "M", deadline)

    def told(self, entity, kind=None):
        """All events at one of the client's entities so far."""
        return [event for turn in self.turns for event in turn
                if event.oid == entity and (kind is None or event.kind == kind)]

    def _target(self, at):
        return self.oid if at is None else at


def reference_number(embedded):
    """The number of a reference that the server exported (`#:[0 n]`)."""
    side, number = embedded.embeddedValue[:2]
    assert side == 0, f"the server must export its own reference, not {stringify(embedded)}"
    return number
