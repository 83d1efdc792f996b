"""A JSON client whose session outlives its connections, as docs/PROTOCOL.md says one does it."""

import json

from support.json_client import JsonClient
from support.server import DEVELOPMENT_REFERENCE
from support.websocket import Closed


class ResumableClient(JsonClient):
    """Opens with a grace; after `lose` or a cut, `resume` goes on where it was.

    `number` is the number of the last message that was taken in, and `unacknowledged` what the
    server has not said that it has.
    """

    def __init__(self, server, grace=20_000):
        super().__init__(server)
        self.number = 0
        self._said = 0
        self.unacknowledged = []
        answer = self.ask({"open": DEVELOPMENT_REFERENCE, "grace": grace})
        self.token = answer.get("resume")
        self.grace = answer.get("grace", 0)

    def acknowledge(self):
        super()._send(json.dumps({"acknowledge": self.number}))

    def lose(self):
        """The connection is reset."""
        self.socket.channel.reset()

    def resume(self, server, **claims):
        """Comes back on a new connection; returns the `ok` or the `error` that answers."""
        before = self.turns, self._ids
        JsonClient.__init__(self, server, self.record)
        self.turns, self._ids = before
        text = json.dumps({"resume": self.token, "received": self.number, "id": 0, **claims})
        self.record.said(text)
        super()._send(text)
        (answer,) = self._receive(None)
        if answer["op"] == "ok":
            self._note_received(answer["received"])
            for text in self.unacknowledged:
                super()._send(text)
        return answer

    def take_until_lost(self, is_enough):
        """Takes in what comes until the connection is lost, or `is_enough()`."""
        try:
            while not is_enough():
                self.next_turn()
        except (Closed, OSError):
            pass

    def _send(self, text):
        """What it says is counted, and kept until the server has it."""
        self._said += 1
        self.unacknowledged.append(text)
        super()._send(text)

    def next_turn(self, deadline=None):
        """The next message that is a turn; its number is noted and left out."""
        while True:
            *events, last = self._receive(deadline)
            if last["op"] == "acknowledge":
                self._note_received(last["received"])
                continue
            if last["op"] != "turn":
                return [*events, last]
            assert last["number"] == self.number + 1, "told twice, or not at all"
            self.number = last["number"]
            self._note_received(last["received"])
            self.turns.append(events)
            return events

    def _note_received(self, received):
        """What is told again says what was true when it was told first: that may be old news."""
        assert received <= self._said
        missing = self._said - received
        del self.unacknowledged[:max(0, len(self.unacknowledged) - missing)]
