"""A client of the subprotocol `avow.json.v1`: objects out, turns of events in."""

import itertools
import json

from support import records
from support.deadline import as_deadline
from support.websocket import TEXT, WebSocket

SUBPROTOCOL = "avow.json.v1"


class RequestRefused(AssertionError):
    """A request was answered by an error where success was expected."""


class JsonClient:
    """One connection. Every WebSocket message from the server is one turn: a list of events.

    `turns` keeps all turns received so far, the hello left out. `record` has all that is said and
    told; that of an earlier connection of the same client goes on, if it is handed over.
    """

    def __init__(self, server, record=None, **headers):
        self.socket = WebSocket.connect(server.websocket_address, SUBPROTOCOL, **headers)
        self.record = record or records.begin("json")
        self.turns = []
        self._ids = itertools.count(1)
        self.hello = self._receive(None)[0]["hello"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def fresh_id(self):
        return next(self._ids)

    def tell(self, request):
        """Sends a request, or several in a list as one turn, and waits for nothing."""
        text = json.dumps(request)
        self.record.said(text)
        self._send(text)

    def tell_text(self, text):
        """Sends a text, which may be no request at all."""
        self.record.said_something(text)
        self._send(text)

    def _send(self, text):
        self.socket.send(TEXT, text.encode())

    def next_turn(self, deadline=None):
        """Waits for the next turn."""
        turn = self._receive(deadline)
        self.turns.append(turn)
        return turn

    def until(self, wanted, deadline=None):
        """Waits for the first event from now on for which `wanted(event)` holds; returns it."""
        deadline = as_deadline(deadline)
        while True:
            for event in self.next_turn(deadline):
                if wanted(event):
                    return event

    def ask(self, request, deadline=None):
        """Sends one request under a fresh id and returns the `ok` or `error` that answers it."""
        ident = self.fresh_id()
        self.tell({**request, "id": ident})
        return self.until(lambda event: event["op"] in ("ok", "error") and
                          event.get("id") == ident, deadline)

    def publish(self, fact):
        """Publishes a fact and returns the id under which it is held."""
        answer = self.ask({"publish": fact})
        return _accepted(answer)["id"]

    def retract(self, ident):
        """Retracts, and waits until that has been applied."""
        self.tell({"retract": ident})
        self.sync()

    def observe(self, pattern, **options):
        """Subscribes, and waits until the snapshot is there; returns the id."""
        ident = self.fresh_id()
        self.tell({"observe": pattern, "id": ident, **options})
        self.wait_synced(ident)
        return ident

    def wait_synced(self, ident, deadline=None):
        """Waits for the end of the snapshot of subscription `ident`; returns that event."""
        event = self.until(lambda event: event.get("id") == ident and
                           event["op"] in ("synced", "error"), deadline)
        return _accepted(event)

    def query(self, pattern, **options):
        """The rows (`add` events) that one cut answers."""
        ident = self.fresh_id()
        seen = len(self.turns)
        self.tell({"query": pattern, "id": ident, **options})
        _accepted(self.until(lambda event: event.get("id") == ident and
                             event["op"] in ("ok", "error")))
        return [event for event in self.events(seen)
                if event["op"] == "add" and event["id"] == ident]

    def commit(self, *operations, **options):
        """One commit that must take effect; `turn_id` stands for "turn-id". Returns the `ok`."""
        return _accepted(self.try_commit(*operations, **options))

    def try_commit(self, *operations, **options):
        """One commit; returns the `ok` or `error` that answers it."""
        named = {key.replace("_", "-"): value for key, value in options.items()}
        return self.ask({"commit": list(operations), **named})

    def lease(self, ttl):
        """Begins a lease of so many milliseconds; returns the `ok`."""
        return _accepted(self.ask({"lease": ttl}))

    def sync(self):
        """Waits until everything sent before has been applied and told."""
        return _accepted(self.ask({"sync": True}))

    def events(self, since=0, ident=None, op=None):
        """The events of all turns from number `since` on, if wanted only some."""
        return [event for turn in self.turns[since:] for event in turn
                if ident in (None, event.get("id")) and op in (None, event["op"])]

    def _receive(self, deadline):
        opcode, payload = self.socket.receive_message(deadline)
        assert opcode == TEXT, f"JSON must come in text frames, not opcode {opcode}"
        message = json.loads(payload)
        self.record.told(payload.decode())
        return message if isinstance(message, list) else [message]


def _accepted(event):
    if event["op"] == "error":
        raise RequestRefused(f"the server refused: {event}")
    return event
