"""V-C5: whoever lost a reply sends the turn again, and it is done once; `outcome` says what is so.

Replies are lost in every way: the connection is cut behind the request, by FIN or by RST; the
reply is never read; it is read and thrown away. Then the turn comes again, twice at once or after
its outcome was asked, before and after the server was killed. At the end all turns that were
committed must explain what is there: a second effect of any would show.
"""

import random
from types import SimpleNamespace

from support.crowd import Caller, Crowd
from support.json_client import JsonClient
from support.kept_model import KeptModel
from support.kept_state import check_kept
from support.seats import COUNTER, SHARED_FACTS, fact
from support.seed import count_of, identity_from, random_seed
from support.turns import Turn, ask_all, settle

SENDERS = 64
LOST_REPLIES = count_of("AVOW_TEST_LOST_REPLIES", 640)
TURNS_OF_A_FILE = 1_280


class Sender:
    """One client, whose turns are drawn at random and whose replies never reach it."""

    def __init__(self, index, rng, board):
        self._index = index
        self._rng = rng
        self._board = board
        self._identity = identity_from(rng)
        self._number = 0

    def draw(self):
        self._number += 1
        draw = self._rng.choice((self._items, self._items, self._take, self._put, self._count))
        return Turn(self._identity, self._number, self._index, **draw())

    def _mark(self):
        return {"slot": fact("at", self._index), "fact": fact("at", self._index, self._number)}

    def _items(self):
        return {"operations": [{"item": fact("job", self._index, self._number, which)}
                               for which in (0, 1)] + [self._mark()]}

    def _take(self):
        return {"operations": [{"take": "<job $c $n $w>"}, self._mark()],
                "options": {"ack": True}}

    def _put(self):
        shared = fact("shared", self._rng.randrange(SHARED_FACTS))
        return {"operations": [{self._rng.choice(("put", "drop")): shared}, self._mark()]}

    def _count(self):
        seen = self._board.counter
        return {"require": [fact("counter", seen)],
                "operations": [{"slot": COUNTER, "fact": fact("counter", seen + 1)}, self._mark()]}


class Loss:
    """Turns on one file, all of whose replies are lost."""

    def __init__(self, serve, file, rng):
        self._serve, self._file, self._rng = serve, file, rng
        self._server = serve(file)
        self._board = SimpleNamespace(counter=0)
        self._senders = [Sender(index, rng, self._board) for index in range(SENDERS)]
        self._begin = Turn(identity_from(rng), 1, "begin",
                           [{"slot": COUNTER, "fact": fact("counter", 0)}])
        self._begin.note(*ask_all(self._server, [self._begin.request()]))
        self._turns = []
        self.counts = {"done": 0, "impossible": 0}

    def go_through(self, count):
        for _ in range(0, count, SENDERS):
            turns = [sender.draw() for sender in self._senders]
            with Crowd() as crowd:
                self._lose_replies(crowd, turns)
                if self._rng.random() < 0.5:
                    self._server.kill()
                    self._server = self._serve(self._file)
                self._find_out(turns)
            self._turns += turns
        self._check()
        self._server.stop()

    def _lose_replies(self, crowd, turns):
        """Each turn is sent; afterwards some are known to be done, of the others nothing is."""
        unread = []
        waiting = set()
        for turn in turns:
            caller = Caller(self._server, _reader(turn, waiting))
            caller.tell(turn.request())
            way = self._rng.choice(("close", "reset", "unread", "thrown away"))
            if way == "thrown away":
                waiting.add(turn.client)
                crowd.join(caller)
            elif way == "unread":
                unread.append(caller)
            else:
                (caller.close if way == "close" else caller.reset)()
        enough = self._rng.randint(0, len(waiting))
        crowd.serve(lambda: len(waiting) <= enough, 60)
        for caller in unread:
            self._rng.choice((caller.close, caller.reset))()

    def _find_out(self, turns):
        """Some come again at once, twice; then all are asked for, and come again."""
        again = self._rng.sample(turns, self._rng.randint(0, len(turns)))
        for turn, answer in zip([*again, *again], ask_all(
                self._server, [turn.request() for turn in [*again, *again]]), strict=True):
            was_known = turn.is_committed
            if answer["op"] == "ok":
                turn.note(answer)
            assert not was_known or answer.get("replayed"), f"{turn} came again: {answer}"
        # A refusal is not the end of a turn: the first sending of it may be under way still.
        for turn in turns:
            turn.refusal = None
        settle(self._server, turns)
        for turn in turns:
            self.counts["done" if turn.is_committed else "impossible"] += 1
            if turn.is_committed and turn.require:
                self._board.counter = turn.operations[0]["fact"]["<counter>"][0]

    def _check(self):
        model = KeptModel()
        committed = [self._begin, *(turn for turn in self._turns if turn.is_committed)]
        for turn in sorted(committed, key=lambda turn: turn.seq):
            model.apply(turn)
        check_kept(self._server, model)


def _reader(turn, waiting):
    """Reads the reply, and remembers nothing of it but when the turn was done."""
    def read(_caller, events):
        for event in events:
            if event["op"] in ("ok", "error"):
                waiting.discard(turn.client)
            if event["op"] == "ok":
                turn.seq, turn.level = event["seq"], event["level"]
    return read


def test_a_turn_whose_reply_was_lost_comes_again_and_is_done_once(serve, tmp_path):
    seed = random_seed()
    rng = random.Random(seed)
    done = impossible = 0

    while done + impossible < LOST_REPLIES:
        loss = Loss(serve, str(tmp_path / f"{done + impossible}.db"), rng)
        try:
            loss.go_through(min(TURNS_OF_A_FILE, LOST_REPLIES - done - impossible))
        except AssertionError as problem:
            raise AssertionError(f"AVOW_TEST_SEED={seed}: {problem}") from problem
        done, impossible = done + loss.counts["done"], impossible + loss.counts["impossible"]

    print(f"{done} turns were done, {impossible} never will be")
    assert done > impossible > 0


def test_a_take_whose_reply_was_lost_gives_the_same_item_again(serve, tmp_path):
    identity = identity_from(random.Random(1))
    file = str(tmp_path / "avow.db")
    server = serve(file)
    take = {"commit": [{"take": "<job $n>"}], "turn-id": [identity, 1]}
    with JsonClient(server) as ann:
        ann.commit({"item": "<job 1>"}, {"item": "<job 2>"})
        first = ann.ask(take)["results"]
        assert ann.ask(take)["results"] == first
    server.kill()
    server = serve(file)

    with JsonClient(server) as ann, JsonClient(server) as bob:
        again = ann.ask(take)

        assert again["results"] == first
        assert again["replayed"] is True
        assert "not-held" not in again
        assert bob.ask({"take": "<job $n>"})["results"][0]["captures"] == {"n": 2}
        assert ann.commit({"ack": first[0]["id"]})["results"] == [True]
    server.stop()
