"""Plays a recorded conversation against a running server, and compares the answers."""

import select
from dataclasses import dataclass, field

from comparer import Block, Comparer, Mismatch
from names import rename_packet_for_server
from recording import Told, turn_events
from support.deadline import Deadline, Late
from support.syndicate import encode_packet, is_turn, open_wire
from support.values import is_record, parse
from support.websocket import Closed

CUTS = ("packet by packet", "byte by byte", "one write")
FIRST_SYNC_OID = 1_000_000


class Connection:
    """One recorded client's connection to our server, and what it was told since."""

    def __init__(self, server, transport, encoding, cut, unanswered):
        self._encoding = encoding
        self._cut = cut
        self._wire = open_wire(server, transport, encoding)
        self._next_sync = FIRST_SYNC_OID
        self._outgoing = b""
        self.comparer = Comparer(unanswered)
        self.packets = []
        self.ended = False

    def queue(self, packet):
        packet_bytes = encode_packet(rename_packet_for_server(packet, self.comparer.names),
                                     self._encoding)
        bytewise = self._cut == "byte by byte"
        framed = self._wire.fragment(packet_bytes) if bytewise else self._wire.frame(packet_bytes)
        self._outgoing += framed

    def queue_partial(self, data):
        """The beginning of a packet; which packet it is does not matter, since no end follows."""
        self._outgoing += self._wire.beginning(data if self._encoding == "binary" else b"[[0 <A ")

    def flush(self):
        outgoing, self._outgoing = self._outgoing, b""
        if self._cut == "byte by byte":
            self._wire.channel.send_bytewise(outgoing)
        else:
            self._wire.channel.send(outgoing)

    def sync(self, deadline):
        """A round trip by the gatekeeper: afterwards everything sent before has been told."""
        oid = self._next_sync
        self._next_sync += 1
        packet = encode_packet(parse(f"[[0 <S #:[0 {oid}]>]]"), self._encoding)
        self._wire.channel.send(self._wire.frame(packet))
        while not self.ended and not self._read(deadline, oid):
            pass

    def _read(self, deadline, awaited):
        """Takes in one packet; whether it answers the awaited sync."""
        try:
            packet = self._wire.receive(deadline)
        except Closed:
            self.ended = True
            return False
        if not is_turn(packet):
            self.packets.append(packet)
            return False
        mine = [event for event in packet if event[0] < FIRST_SYNC_OID]
        if mine:
            self.packets.append(tuple(mine))
        return any(event[0] == awaited for event in packet)

    def wait_for_more(self, deadline):
        """Waits for one more packet, which is the answer to no sync."""
        if select.select([self._wire.channel], [], [], deadline.remaining())[0]:
            self._read(deadline, None)

    def wait_for_end(self, deadline):
        while not self.ended:
            self._read(deadline, None)

    def hang_up(self):
        self.flush()
        self._wire.close()
        self.ended = True


@dataclass
class Sending:
    """Who has sent what in the block that is being played."""
    queued: list = field(default_factory=list)
    senders: set = field(default_factory=set)


class Replay:
    """One recording against one server, over one transport, in one encoding, cut in one way."""

    def __init__(self, server, recording, transport, encoding, cut):
        self._server = server
        self._recording = recording
        self._manner = (transport, encoding, cut)
        self._connections = {}
        self._unanswered = recording.unanswered()

    def run(self):
        try:
            for block in self._recording.blocks:
                self._play(block)
        finally:
            for connection in self._connections.values():
                if not connection.ended:
                    connection.hang_up()

    def _play(self, block):
        sending = Sending()
        for step in block:
            self._take_step(step, sending)
        self._flush(sending)
        self._compare(block, len(sending.senders) <= 1 or self._manner[2] != "one write")

    def _take_step(self, step, sending):
        if step.kind == "open":
            self._open(step.conn)
        elif step.kind in ("c2s", "partial"):
            self._queue(step, sending)
        elif step.kind == "close":
            self._close(step, sending)

    def _open(self, conn):
        mine = [entity for owner, entity in self._unanswered if owner == conn]
        self._connections[conn] = Connection(self._server, *self._manner, mine)

    def _queue(self, step, sending):
        whole_block = self._manner[2] == "one write"
        if sending.queued and sending.queued[-1] != step.conn and not whole_block:
            self._settle(sending)
        if step.conn not in sending.queued:
            sending.queued.append(step.conn)
        sending.senders.add(step.conn)
        connection = self._connections[step.conn]
        if step.kind == "partial":
            connection.queue_partial(step.partial)
        else:
            connection.queue(step.packet)
        if not whole_block:
            connection.flush()

    def _settle(self, sending):
        """Another connection is about to speak: what was said before must have been heard."""
        self._flush(sending)
        for conn in sending.queued:
            self._connections[conn].sync(Deadline())
        sending.queued.clear()

    def _flush(self, sending):
        for number, conn in enumerate(sending.queued):
            if number:
                self._connections[sending.queued[number - 1]].sync(Deadline())
            self._connections[conn].flush()

    def _close(self, step, sending):
        sending.senders.add(step.conn)
        if step.by == "client":
            self._settle(sending)
            self._connections[step.conn].hang_up()
        else:
            self._flush(sending)
            self._connections[step.conn].wait_for_end(Deadline())

    def _compare(self, block, causes_ordered):
        """Compares once nothing more can come; gives what is missing a second to come."""
        blocks = self._recorded_blocks(block, causes_ordered)
        patience = Deadline(1)
        self._synchronise()
        for conn, connection in self._connections.items():
            self._compare_one(connection, blocks[conn], patience)
            connection.packets.clear()

    def _compare_one(self, connection, recorded, patience):
        while True:
            attempt = connection.comparer.copy()
            try:
                _check_other_packets(connection.packets)
                attempt.compare(recorded, connection.packets)
                connection.comparer = attempt
                return
            except Mismatch:
                if patience.passed() or connection.ended:
                    raise
                self._wait_for_more(connection, patience)

    def _wait_for_more(self, connection, patience):
        try:
            connection.wait_for_more(patience)
        except Late:
            pass  # The comparison that failed is repeated once more, and then tells.

    def _synchronise(self):
        """Two rounds: what all have said is heard after the first, and told after the second."""
        for _ in range(2):
            for connection in self._connections.values():
                if not connection.ended:
                    connection.sync(Deadline())

    def _recorded_blocks(self, block, causes_ordered):
        blocks = {conn: Block([], {}, {}, causes_ordered) for conn in self._connections}
        cause = None
        for step in block:
            if step.kind == "s2c":
                events = turn_events(step.packet)
                blocks[step.conn].told += [Told(event, step.number, cause) for event in events]
            elif step.kind in ("c2s", "close"):
                cause = step.number
                _note_sent(blocks[step.conn], step)
        return blocks


def _note_sent(block, step):
    events = turn_events(step.packet)
    block.targets[step.number] = {event.oid for event in events}
    for event in events:
        if event.kind == "S":
            block.syncs[event.body.embeddedValue[1]] = (event.oid, step.number)


def _check_other_packets(packets):
    """No packet but turns may come, except an error before the server's own close."""
    for packet in packets:
        if not is_turn(packet) and not is_record(packet, "error"):
            raise Mismatch(f"a packet that is no turn came: {packet!r}")
