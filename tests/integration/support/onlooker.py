"""Somebody who observes everything and writes it down, by revision."""

from support.crowd import Caller
from support.turns import key_of

OPS = ("add", "remove", "message")


class Onlooker:
    """`seen` has for each revision what appeared, what went and what was said."""

    def __init__(self, board):
        self.seen = {}
        self.facts = 0
        self.when_seen = lambda facts: None
        self._board = board
        self._is_synced = False

    def sit_down(self, server):
        caller = Caller(server, self._on_events)
        caller.tell({"observe": "$everything"})
        return caller

    def is_synced(self):
        return self._is_synced

    def last(self):
        return max(self.seen, default=0)

    def _on_events(self, _caller, events):
        for event in events:
            if event["op"] == "synced":
                self._is_synced = True
            elif event["op"] in OPS and "<here>" not in event["fact"]:
                self._note(event)
        self.when_seen(self.facts)

    def _note(self, event):
        if event["op"] == "add" and "<counter>" in event["fact"]:
            self._board.counter = event["fact"]["<counter>"][0]
        if not self._is_synced:
            return
        assert event["rev"] >= self.last(), f"what came earlier is told later: {event}"
        shown = self.seen.setdefault(event["rev"], (set(), set(), set()))
        shown[OPS.index(event["op"])].add(key_of(event["fact"]))
        self.facts += event["op"] == "add"
