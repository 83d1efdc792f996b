"""Clients that change a space in every way there is, each with one request under way."""

from support.crowd import Caller
from support.turns import Turn, key_of

LEASE_MS = 600_000  # Longer than any test: these leases end by `end` alone.
SHARED_FACTS = 8
EXPECTED_REFUSALS = ("guard-failed", "empty")
COUNTER = {"<slot-of-counter>": []}


def fact(label, *numbers):
    return {f"<{label}>": list(numbers)}


class Seat:
    """One client: it draws a turn, sends it, waits for its answer, and goes on.

    `board` has what all know: the `counter` that was seen last, and the `leases` that were
    answered. `turns` are those of this client, in the order in which they were sent.
    """

    def __init__(self, index, identity, rng, board):
        self.index = index
        self.turns = []
        self._identity = identity
        self._rng = rng
        self._board = board
        self._pairs = []
        self._held = []
        self._leases = []
        self._caller = self._waiting = None
        self._drawings = (
            [self._facts] * 4 + [self._shared] * 2 + [self._slot] * 3 + [self._items] * 3 +
            [self._take] * 5 + [self._ack] * 3 + [self._lease] + [self._attach] * 3 +
            [self._end_lease] + [self._count] * 4 + [self._tell] * 2)

    def remember(self, model):
        """What this client's predecessor has left behind."""
        beginning = key_of(fact("fact", self.index)).rstrip("]}") + ","
        numbers = sorted({int(value.split(",")[1]) for value in model.puts
                          if value.startswith(beginning)})
        self._pairs = [number for number in numbers if key_of(self._fact(number, 1)) in model.puts]
        return self

    def sit_down(self, server):
        """Connects, and says that it is there."""
        self._caller = Caller(server, self._on_events)
        self._caller.tell({"publish": fact("here", self.index)})
        return self._caller

    def begin(self):
        self._go_on()

    # ---- one turn after another ----

    def _on_events(self, _caller, events):
        for event in events:
            if event.get("id") == self._waiting and event["op"] in ("ok", "error"):
                self._note(event)
                self._go_on()

    def _note(self, answer):
        if "lease" in answer:
            self._leases.append(answer["lease"])
            self._board.leases.append((answer["seq"], answer["lease"]))
            return
        turn = self.turns[-1]
        turn.note(answer)
        if turn.refusal is not None:
            assert turn.refusal in EXPECTED_REFUSALS, f"{answer} to {turn}"
        elif not turn.consumes:
            self._held += [result["id"] for result in turn.results if isinstance(result, dict)]

    def _go_on(self):
        drawn = self._rng.choice(self._drawings)() or self._facts()
        if "lease" in drawn:
            self._waiting = self._caller.tell(drawn)
            return
        if self._rng.random() < 0.1:
            drawn.setdefault("options", {})["level"] = "accepted"
        number = len(self.turns) + 1
        self.turns.append(Turn(self._identity, number, self.index, **drawn))
        self._waiting = self._caller.tell(self.turns[-1].request())

    # ---- what a turn may be; None where there is nothing to do it with ----

    def _fact(self, number, which):
        return fact("fact", self.index, number, which)

    def _next(self):
        return self._board.round * 1_000_000 + len(self.turns) + 1

    def _facts(self):
        number = self._next()
        operations = [{"put": self._fact(number, which)} for which in (0, 1)]
        self._pairs.append(number)
        if len(self._pairs) > 3:
            gone = self._pairs.pop(0)
            operations += [{"drop": self._fact(gone, which)} for which in (0, 1)]
        return {"operations": operations}

    def _shared(self):
        verb = self._rng.choice(("put", "drop"))
        values = self._rng.sample(range(SHARED_FACTS), 2)
        return {"operations": [{verb: fact("shared", value)} for value in values]}

    def _slot(self):
        key = fact("place", self.index, self._rng.randrange(3))
        content = {} if self._rng.random() < 0.2 else {"fact": fact("in", self.index, self._next())}
        return {"operations": [{"slot": key, **content}, self._mark("moved")]}

    def _mark(self, label):
        """A second operation, by which half a turn would show."""
        return {"slot": fact(label, self.index), "fact": fact(label, self.index, self._next())}

    def _items(self):
        count = self._rng.randint(1, 3)
        return {"operations": [{"item": fact("job", self.index, self._next(), which)}
                               for which in range(count)] + [self._mark("made")]}

    def _take(self):
        options = {"ack": True} if self._rng.random() < 0.6 else {}
        if self._rng.random() < 0.5:
            options["timeout"] = self._rng.randint(1, 100)
        return {"operations": [{"take": "<job $c $n $w>"}, self._mark("took")], "options": options}

    def _ack(self):
        if not self._held:
            return None
        held, self._held = self._held, []
        return {"operations": [{"ack": ident} for ident in held] + [self._mark("acked")]}

    def _lease(self):
        return {"lease": LEASE_MS} if len(self._leases) < 2 else None

    def _attach(self):
        if not self._leases:
            return None
        lease = self._rng.choice(self._leases)
        shared = fact("shared", self._rng.randrange(SHARED_FACTS))
        return {"operations": [{"lease-to": lease, "fact": shared}, {"renew": lease},
                               {"lease-to": lease, "fact": fact("leased", lease, self._next())}]}

    def _end_lease(self):
        if not self._leases:
            return None
        return {"operations": [{"end": self._leases.pop(0)}, self._mark("ended")]}

    def _count(self):
        """Everybody counts on from what was seen last: one of them wins."""
        seen = self._board.counter + self._rng.choice((0, 0, 0, 1))
        options = {"timeout": self._rng.randint(1, 50)} if self._rng.random() < 0.3 else {}
        return {"require": [fact("counter", seen)], "absent": [fact("counter", seen + 1)],
                "operations": [{"slot": COUNTER, "fact": fact("counter", seen + 1)},
                               self._mark("counted")], "options": options}

    def _tell(self):
        return {"operations": [{"send": fact("ping", self.index, self._next())},
                               self._mark("told")]}
