"""A history in which everything holds: a few clients, and a server that is a counter and a set.

Facts are `<n k kind>` with a number that is never used twice. Nothing of the checker is used here.
"""

import json
import random

EVERYTHING, EVEN, ODD = "<n $k $kind>", '<n $k "even">', '<n $k "odd">'
EPOCH = "5c1f0e62b7a94d38"
KINDS = ("even", "odd")


class Client:
    """What one client said and was told so far."""

    def __init__(self, server, name):
        self.name = name
        self.records = [{"client": name}]
        self.number = None  # Of the last message, in a session that may be resumed.
        self._kept = None  # What is told to such a session while it has no connection.
        self.subscriptions = {}  # id -> pattern
        self.is_behind = False
        self.late = {}  # id of a subscription that misses something -> where that begins
        self.held = {}  # id -> fact
        self._server = server
        self._ids = 0
        self.connect()

    def connect(self):
        self.records.append({"told": {"hello": {"epoch": EPOCH}}})
        self._server.clients.append(self)

    def lose_link(self):
        """It goes without a word; what it held goes in one turn."""
        self._server.clients.remove(self)
        self.subscriptions = {}
        self._server.end(self)

    def ask_for_grace(self):
        ident = self.fresh_id()
        self.say({"open": "<ref>", "grace": 30000, "id": ident})
        self.number = 0
        self.hear([{"op": "ok", "id": ident, "space": "main", "epoch": EPOCH, "resume": "t0ken"}])

    def go_away(self):
        self._kept = []

    def come_back(self):
        self.records.append({"told": {"hello": {"epoch": EPOCH}}})
        ident, kept = self.fresh_id(), self._kept
        self.say({"resume": "t0ken", "received": self.number - len(kept), "id": ident})
        self.records.append({"told": [{"op": "ok", "id": ident, "space": "main"}]})
        self.records += kept
        self._kept = None

    def stop_reading(self):
        self.is_behind = True

    def read_on(self):
        """It is told what it has missed."""
        self.is_behind = False
        for ident, after in self.late.items():
            self._server.catch_up(self, ident, after)
        self.late = {}

    def fresh_id(self):
        self._ids += 1
        return self._ids

    def say(self, requests):
        self.records.append({"said": requests})

    def hear(self, events):
        if not events:
            return
        if self.number is not None:
            self.number += 1
            events = [*events, {"op": "turn", "number": self.number}]
        (self.records if self._kept is None else self._kept).append({"told": events})

    def observe(self, pattern, since=None):
        """A subscription: a snapshot, or the net of what was missed since a revision."""
        ident = self.fresh_id()
        request = {"observe": pattern, "id": ident}
        self.say(request if since is None else {**request, "from": since, "epoch": EPOCH})
        self.subscriptions[ident] = pattern
        self._server.subscribe(self, ident, pattern, since)
        return ident


class Server:
    """`log` has for each revision what came, what went and what was said."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        self.clients = []
        self.revision = 40
        self.seq = 90
        self.log = {}
        self.live = {}  # number -> client that holds it, None for what is kept
        self._numbers = 0

    # ---- what clients do ----

    def publish(self, client, count, withdrawals=0):
        """One turn: so many facts come, and so many of its own go."""
        facts = [self.new_fact(client) for _ in range(count)]
        idents = [client.fresh_id() for _ in facts]
        gone = list(client.held)[:withdrawals]
        client.say([{"publish": fact, "id": ident} for fact, ident in zip(facts, idents)] +
                   [{"retract": ident} for ident in gone])
        removed = [client.held.pop(ident) for ident in gone]
        client.held.update(zip(idents, facts))
        answers = self.turn(facts, removed)
        self.tell(facts, removed, "retracted", client,
                  [{"op": "ok", "id": ident, **answers} for ident in idents])

    def put(self, client, turn_id):
        fact, ident = self.new_fact(None), client.fresh_id()
        client.say({"commit": [{"put": fact}], "turn-id": turn_id, "id": ident})
        self._commit(client, ident, [fact], [])
        return fact

    def drop(self, client, fact):
        ident = client.fresh_id()
        client.say({"commit": [{"drop": fact}], "id": ident})
        self._commit(client, ident, [], [fact])

    def _commit(self, client, ident, added, removed):
        answers = self.turn(added, removed)
        self.tell(added, removed, "retracted", client,
                  [{"op": "ok", "id": ident, **answers, "level": "durable", "results": [True]}])

    def send(self, client):
        ident = client.fresh_id()
        message = fact_of(-self.revision)
        client.say({"send": message, "id": ident})
        answers = self.turn([], [], [message])
        self.tell([], [], None, client, [{"op": "ok", "id": ident, **answers, "reached": 1}],
                  [message])

    def query(self, client, pattern):
        ident = client.fresh_id()
        client.say({"query": pattern, "id": ident})
        rows = [change("add", ident, fact_of(number), self.revision)
                for number in self.live if matches(pattern, fact_of(number))]
        client.hear([*rows, {"op": "ok", "id": ident, "rev": self.revision, "seq": self.seq}])

    def end(self, client):
        removed = list(client.held.values())
        client.held = {}
        if removed:
            self.turn([], removed)
            self.tell([], removed, "session-lost", None, [])

    # ---- what comes of it ----

    def new_fact(self, holder):
        self._numbers += 1
        self.live[self._numbers] = holder
        return fact_of(self._numbers)

    def turn(self, added, removed, said=()):
        self.revision += 1
        self.seq += self.random.randint(1, 3)
        self.log[self.revision] = (added, removed, said)
        for fact in removed:
            del self.live[fact["<n>"][0]]
        return {"rev": self.revision, "seq": self.seq}

    def tell(self, added, removed, cause, author, answers, said=()):
        for client in list(self.clients):
            events = self._events(client.subscriptions, self.revision, added, removed, said, cause)
            if client.is_behind:
                events = self._gaps(client, events)
            client.hear(events + (answers if client is author else []))

    def _events(self, subscriptions, revision, added, removed, said, cause):
        def concerned(op, facts):
            return [change(op, ident, fact, revision) for fact in facts
                    for ident, pattern in subscriptions.items() if matches(pattern, fact)]
        return concerned("add", added) + concerned("message", said) + \
            [{**event, "cause": cause} for event in concerned("remove", removed)]

    def _gaps(self, client, events):
        """Each subscription of a client that does not read hears once that it misses something."""
        missed = {event["id"] for event in events} - client.late.keys()
        client.late.update((ident, self.revision - 1) for ident in missed)
        return [{"op": "gap", "id": ident, "after": self.revision - 1} for ident in sorted(missed)]

    def catch_up(self, client, ident, after):
        self._go_on(client, ident, client.subscriptions[ident], after)

    def subscribe(self, client, ident, pattern, since):
        if since is None:
            self.turn([], [])
            client.hear([*(change("add", ident, fact_of(number), self.revision)
                           for number in self.live if matches(pattern, fact_of(number))),
                         {"op": "synced", "id": ident, "rev": self.revision}])
            return
        self._go_on(client, ident, pattern, since)

    def _go_on(self, client, ident, pattern, since):
        self.turn([], [])
        added, removed = self._net_since(since)
        client.hear(self._events({ident: pattern}, self.revision, added, removed, (), "retracted") +
                    [{"op": "synced", "id": ident, "rev": self.revision}])

    def _net_since(self, since):
        """What came and is still there, and what went that had been there."""
        turns = [self.log[revision] for revision in range(since + 1, self.revision + 1)]
        came = [fact for added, _, _ in turns for fact in added]
        return [fact for fact in came if fact["<n>"][0] in self.live], \
            [fact for _, removed, _ in turns for fact in removed if fact not in came]

    def progress(self, client):
        client.hear([{"op": "progress", "rev": self.revision}])


def fact_of(number):
    return {"<n>": [number, KINDS[number % 2]]}


def matches(pattern, fact):
    return pattern == EVERYTHING or fact["<n>"][1] in pattern


def change(op, ident, fact, revision):
    """An event of a subscription; each knows its captures by its pattern, which have one shape."""
    return {"op": op, "id": ident, "fact": fact, "captures": {"k": fact["<n>"][0]}, "rev": revision}


def history(turns=60, seed=1):
    """Eight clients. Dan subscribes again where he was when his link was lost; the session of gus
    outlives its connection; hal does not read for a while. Returns the records by name."""
    server = Server(seed)
    ann, bob, cid, dan, eve, flo, gus, hal = everybody = [
        Client(server, name) for name in ("ann", "bob", "cid", "dan", "eve", "flo", "gus", "hal")]
    gus.ask_for_grace()
    server.publish(ann, 5)
    eve.observe(EVERYTHING)
    flo.observe(EVEN)
    flo.observe(ODD)
    dan.observe(EVEN)
    gus.observe(EVERYTHING)
    hal.observe(ODD)
    server.publish(cid, 4)
    kept = []
    for at in range(turns):
        writer = server.random.choice((ann, bob))
        withdrawals = server.random.randint(0, 4) if len(writer.held) < 30 else 6
        server.publish(writer, server.random.randint(2, 4), withdrawals)
        if at % 5 == 0:
            kept.append(server.put(bob, ["b0b", at]))
        if at % 7 == 3:
            server.drop(ann, kept.pop(0))
        if at % 6 == 1:
            server.send(bob)
            server.query(eve, EVERYTHING)
            server.progress(eve)
        if at == turns // 3:
            last_seen = server.revision
            dan.lose_link()
            cid.lose_link()
            gus.go_away()
            hal.stop_reading()
        if at == turns // 2:
            dan.connect()
            dan.observe(EVEN, since=last_seen)
            gus.come_back()
            hal.read_on()
    return {client.name: with_captures(client) for client in everybody}


def with_captures(client):
    """Whoever asked for the kind was told it among the captures."""
    patterns = {}
    for record in client.records:
        said, told = record.get("said"), record.get("told")
        for request in said if isinstance(said, list) else [said] if said else []:
            for kind in ("observe", "query"):
                if kind in request:
                    patterns[request["id"]] = request[kind]
        for event in told if isinstance(told, list) else []:
            if "captures" in event and patterns[event["id"]] == EVERYTHING:
                event["captures"]["kind"] = event["fact"]["<n>"][1]
    return client.records


def write(records, folder):
    """One file for each client."""
    for name, lines in records.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text)
    return sorted(folder.glob("*.jsonl"))
