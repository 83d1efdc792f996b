"""T4: each item ends with exactly one owner, or is there; takers and servers die at any moment.

A taker that dies is a connection that ends with an answer on its way, by FIN or RST: more the
server never sees of a process that was killed. Owner of an item is who consumed it, in one turn
with the take or by acknowledging it afterwards. All turns have names, so what nobody was told is
asked for at the end.
"""

import random
from collections import Counter

from support.crowd import Caller, Crowd
from support.json_client import JsonClient
from support.kept_state import check_items
from support.seats import fact
from support.seed import count_of, identity_from, random_seed
from support.turns import Turn, key_of, settle

TAKERS = 64
ITEMS = count_of("AVOW_TEST_ITEMS", 2_000)
ITEMS_OF_A_COMMIT = 50
COMMITS_UNDER_WAY = 4
ITEMS_OF_A_SERVER = 2_500
DEATHS = 0.02  # Of takers, for each answer.


class Worker:
    """A client that sends turn after turn; its turns with unknown outcome are in `open_turns`."""

    def __init__(self, fair, identity):
        self._fair = fair
        self._identity = identity
        self._number = 0
        self._caller = None
        self._under_way = {}

    def sit_down(self):
        self._caller = self._fair.crowd.join(Caller(self._fair.server, self._on_events))
        self.begin()

    def send(self, operations, **options):
        self._number += 1
        self.send_again(Turn(self._identity, self._number, self._identity, operations,
                             options=options))

    def send_again(self, turn):
        self._under_way[self._caller.tell(turn.request())] = turn

    def die(self, by):
        self._fair.crowd.leave(self._caller, by)
        self.lose_server()

    def lose_server(self):
        """Whatever was under way is open now."""
        self._fair.open_turns += self._under_way.values()
        self._under_way.clear()

    def _on_events(self, _caller, events):
        for event in events:
            turn = self._under_way.pop(event.get("id"), None)
            if turn is not None:
                turn.note(event)
                self._fair.note(turn)
                self.answered(turn)


class Producer(Worker):
    """Brings all items, each of which has a number of its own."""

    def __init__(self, fair, identity):
        super().__init__(fair, identity)
        self._next = 0

    def begin(self):
        mine = [turn for turn in self._fair.open_turns if turn.client == self._identity]
        self._fair.open_turns = [turn for turn in self._fair.open_turns if turn not in mine]
        for turn in mine:
            self.send_again(turn)
        while len(self._under_way) < COMMITS_UNDER_WAY and self._next < ITEMS:
            self.answered(None)

    def answered(self, _turn):
        if self._next >= ITEMS:
            return
        numbers = range(self._next, min(ITEMS, self._next + ITEMS_OF_A_COMMIT))
        self._next += ITEMS_OF_A_COMMIT
        self.send([{"item": fact("job", number)} for number in numbers])


class Taker(Worker):
    """Takes an item and acknowledges it, at once or afterwards; dies at times, and comes again."""

    def begin(self):
        options = {"ack": True} if self._fair.rng.random() < 0.5 else {}
        self.send([{"take": "<job $n>"}], timeout=60_000, **options)
        self._may_die()

    def answered(self, turn):
        assert turn.refusal in (None, "empty"), f"{turn}"
        if turn.refusal or turn.consumes or "ack" in turn.operations[0]:
            self.begin()
        else:
            self.send([{"ack": turn.results[0]["id"]}])
            self._may_die()

    def _may_die(self):
        if self._fair.rng.random() < DEATHS:
            self.die(self._fair.rng.choice((Caller.close, Caller.reset)))
            self._fair.deaths += 1
            self._fair.newcomers.append(self)


class Fair:
    """Where items are brought and taken, by one server after another on the same file."""

    def __init__(self, serve, file, rng):
        self._serve, self._file, self.rng = serve, file, rng
        self.server = serve(file)
        self.crowd = None
        self.deaths = self.kills = 0
        self.open_turns, self.newcomers = [], []
        self.items, self.owners = {}, Counter()
        self._answers_to_kill = None
        self._workers = [Producer(self, identity_from(rng)),
                         *(Taker(self, identity_from(rng)) for _ in range(TAKERS))]

    def note(self, turn):
        """What is known to be done: items that came, and items that got an owner."""
        self._answers_to_kill -= 1
        if not turn.is_committed:
            return
        for operation, result in zip(turn.operations, turn.results, strict=True):
            if "item" in operation:
                self.items[result] = key_of(operation["item"])
            elif "ack" in operation:
                self.owners[operation["ack"]] += 1
            elif turn.consumes:
                self.owners[result["id"]] += 1

    def hold(self, enough):
        """Goes on until so many items have been consumed."""
        while len(self.owners) < enough:
            with Crowd() as self.crowd:
                self._answers_to_kill = self.rng.randint(1, 2 * ITEMS_OF_A_SERVER)
                for worker in self._workers:
                    worker.sit_down()
                while self._answers_to_kill > 0 and len(self.owners) < enough:
                    self.crowd.serve(lambda: self.newcomers or self._answers_to_kill <= 0 or
                                     len(self.owners) >= enough)
                    while self.newcomers:
                        self.newcomers.pop().sit_down()
                self._kill()

    def _kill(self):
        self.server.signal("KILL")
        self.crowd.serve(lambda: False)  # Answers that were sent still count.
        for worker in self._workers:
            worker.lose_server()
        self.newcomers.clear()
        self.server.kill()
        self.kills += 1
        self.server = self._serve(self._file)

    def check(self):
        settle(self.server, self.open_turns)
        self._answers_to_kill = 0
        for turn in self.open_turns:
            self.note(turn)
        doubly = {ident: count for ident, count in self.owners.items() if count > 1}
        assert not doubly, f"items with more than one owner: {doubly}"
        assert set(self.owners) <= set(self.items)
        left = {ident: value for ident, value in sorted(self.items.items())
                if ident not in self.owners}
        with JsonClient(self.server) as client:
            check_items(client, left)
            assert client.ask({"take": "$item"})["code"] == "empty"
        self.server.stop()
        return len(left)


def test_each_item_has_one_owner_or_is_there_whoever_dies(serve, tmp_path):
    seed = random_seed()
    fair = Fair(serve, str(tmp_path / "avow.db"), random.Random(seed))

    try:
        fair.hold(ITEMS * 9 // 10)
        left = fair.check()
    except AssertionError as problem:
        raise AssertionError(f"AVOW_TEST_SEED={seed}: {problem}") from problem

    print(f"{len(fair.items)} items, {len(fair.owners)} with an owner, {left} left; "
          f"{fair.deaths} takers and {fair.kills} servers were killed")
    assert fair.deaths > ITEMS / 100
