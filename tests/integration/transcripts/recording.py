"""A recorded conversation of `schemas/vectors/transcripts`, cut at its quiet points."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from support.environment import repository
from support.syndicate import Event, events_of, is_turn
from support.values import is_record, parse

FOLDER = repository() / "schemas" / "vectors" / "transcripts"


def recordings():
    """The paths of all recordings."""
    return sorted(Path(FOLDER).glob("*.json"))


@dataclass
class Step:
    """What happened at one place of the recording; `packet` is a value, `partial` bytes."""
    number: int
    conn: int
    kind: str  # open, c2s, s2c, partial, close
    packet: object = None
    partial: bytes = b""
    by: str = ""


@dataclass
class Told:
    """An event that a connection was told: which packet brought it, and which step caused it."""
    event: Event
    packet_number: int
    cause: int = None


@dataclass
class Recording:
    name: str
    blocks: list = field(default_factory=list)  # steps between two quiet points
    ends_with: dict = field(default_factory=dict)

    def unanswered(self):
        """(connection, entity) of each resolve request that the recorded server left waiting."""
        steps = [step for block in self.blocks for step in block]
        answered = {(step.conn, event.oid) for step in steps if step.kind == "s2c"
                    for event in turn_events(step.packet)}
        asked = {(step.conn, entity) for step in steps if step.kind == "c2s"
                 for entity in _resolve_observers(step.packet)}
        return asked - answered


def load(path):
    """Reads one recording."""
    content = json.loads(Path(path).read_text())
    recording = Recording(content["name"], [[]], content["ends_with"])
    for number, raw in enumerate(content["steps"]):
        if raw.get("quiet"):
            recording.blocks.append([])
        else:
            recording.blocks[-1].append(_step(number, raw))
    recording.blocks = [block for block in recording.blocks if block]
    return recording


def turn_events(packet):
    """The events of a packet, none if it is no turn."""
    return events_of(packet) if is_turn(packet) else []


def _step(number, raw):
    if "partial" in raw:
        return Step(number, raw["conn"], "partial", partial=bytes.fromhex(raw["partial"]))
    packet = parse(raw["packet"]) if "packet" in raw else None
    return Step(number, raw["conn"], raw["dir"], packet, by=raw.get("by", ""))


def _resolve_observers(packet):
    return [event.body.fields[1].embeddedValue[1] for event in turn_events(packet)
            if event.kind == "A" and is_record(event.body, "resolve")]
