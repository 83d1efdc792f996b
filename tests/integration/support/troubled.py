"""Clients that work through a chaos proxy, and begin again whenever their link is lost."""

import random
import threading

from support import records
from support.json_client import JsonClient
from support.seed import identity_from
from support.websocket import Closed

LIVE_FACTS = 12
PATIENCE_SECONDS = 60


class Worker:
    """Publishes and retracts `<c worker number>`, keeps and drops `<k worker number>`, and asks.

    `on_answer()` is called with every answer. All that it says and is told is one record.
    """

    def __init__(self, proxy, number, seed, on_answer):
        self.problem = None
        self.losses = 0
        self._proxy = proxy
        self._number = number
        self._rng = random.Random(f"{seed} {number}")
        self._identity = identity_from(self._rng)
        self._on_answer = on_answer
        self._record = records.begin("worker")
        self._facts = 0
        self._turns = 0
        self._kept = []
        self._unanswered = None
        self._is_ending = False
        self._thread = threading.Thread(target=self._guarded)
        self._thread.start()

    def end(self):
        """It ends what it does, and closes its connection."""
        self._is_ending = True

    def join(self):
        self._thread.join()

    def _guarded(self):
        try:
            while not self._is_ending:
                self._connect_and_work()
        except Exception as problem:  # Raised again by the thread that waits for this one.
            self.problem = problem
            self._on_answer()

    def _connect_and_work(self):
        try:
            client = JsonClient(self._proxy, self._record)
            try:
                self._work(client)
                client.socket.close()
            finally:
                client.socket.channel.close()
        except (Closed, OSError):
            self.losses += 1

    def _work(self, client):
        held = []
        client.observe("<c $worker $number>")
        client.observe(f"<k {self._number} $number>")
        if self._unanswered is not None:
            self._commit(client, self._unanswered)
        while not self._is_ending:
            draw = self._rng.random()
            if draw < 0.6:
                self._change(client, held)
            elif draw < 0.85:
                self._keep(client)
            else:
                client.query("<c $worker $number>")
            self._on_answer()

    def _change(self, client, held):
        """One turn: some facts come, and some of the older ones go."""
        fresh = [client.fresh_id() for _ in range(self._rng.randint(1, 3))]
        request = [{"publish": {"<c>": [self._number, self._next()]}, "id": ident}
                   for ident in fresh]
        while len(held) + len(fresh) > LIVE_FACTS:
            request.append({"retract": held.pop(self._rng.randrange(len(held)))})
        held += fresh
        client.tell(request)
        client.until(lambda event: event["op"] == "ok" and event.get("id") == fresh[-1],
                     PATIENCE_SECONDS)

    def _keep(self, client):
        """Keeps a fact or drops one: a commit with a name, so that it can be sent again."""
        self._turns += 1
        if self._kept and self._rng.random() < 0.5:
            operation = {"drop": self._kept.pop(0)}
        else:
            self._kept.append({"<k>": [self._number, self._next()]})
            operation = {"put": self._kept[-1]}
        self._commit(client, {"commit": [operation], "turn-id": [self._identity, self._turns]})

    def _commit(self, client, request):
        self._unanswered = request
        answer = client.ask(request, PATIENCE_SECONDS)
        assert answer["op"] == "ok", answer
        self._unanswered = None

    def _next(self):
        self._facts += 1
        return self._facts


class Trouble:
    """Does something to some link whenever it is asked to; `done` tells what.

    Only one may ask at a time.
    """

    def __init__(self, proxy, seed):
        self.done = []
        self._proxy = proxy
        self._rng = random.Random(seed)
        self._held = None
        self._kinds = (self._delay, self._bytewise, self._slow, self._hold, self._cut, self._cut,
                       self._reset, self._reset_server, self._half_close)

    def strike(self):
        """One more trouble. At most one link is held at a time, so that somebody goes on."""
        self.release()
        links = [link for link in self._proxy.links if not link.is_over]
        if links:
            kind = self._rng.choice(self._kinds)
            self.done.append(kind.__name__.strip("_"))
            kind(self._rng.choice(links), self._rng.choice(("up", "down")))

    def release(self):
        if self._held is not None:
            self._held.change("both", held=False)
            self._held = None

    def _delay(self, link, way):
        link.change(way, delay=self._rng.choice((0, 0.001, 0.005)))

    def _bytewise(self, link, way):
        link.change(way, bytes_each=self._rng.choice((1, 2, 7, 1 << 16)))

    def _slow(self, link, way):
        link.change(way, rate=self._rng.choice((None, 50_000, 500_000)), bytes_each=500)

    def _hold(self, link, way):
        link.change(way, held=True)
        self._held = link

    def _cut(self, link, way):
        link.cut_after(way, self._rng.randint(1, 400))

    def _reset(self, link, way):
        link.reset()

    def _reset_server(self, link, way):
        """The server is told by an RST, the client by a FIN."""
        link.reset("server")
        link.client.close()

    def _half_close(self, link, way):
        link.half_close("server")
