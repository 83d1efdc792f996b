"""V-C1, V-C4: a server that is killed has kept what it promised, and nothing else.

Many clients change a space in every way, the server is killed at a random moment, and started
again on the same file. Then every client's log is held against what is there: all turns that were
committed, in the order of their numbers, must explain every answer, all that was observed, and
every fact, item and lease that is left.
"""

import random
import subprocess
import threading
from types import SimpleNamespace

from support.crowd import Crowd
from support.kept_model import KeptModel, Mismatch
from support.kept_state import check_kept
from support.onlooker import Onlooker
from support.seats import COUNTER, Seat, fact
from support.seed import count_of, identity_from, random_seed
from support.turns import Turn, ask_all, settle

SEATS = 64
KILLS = count_of("AVOW_TEST_KILLS", 12)
KILLS_OF_A_FILE = 12
MS_MIN, MS_MAX = 10, 500


class Life:
    """One file, and the servers that live and die on it one after another."""

    def __init__(self, serve, avowd, file, rng):
        self._serve = serve
        self._avowd = avowd
        self._file = file
        self._rng = rng
        self._model = KeptModel()
        self._board = SimpleNamespace(round=0, counter=0, leases=[])
        self._server = serve(file)
        self.observed = self.committed = 0
        begin = Turn(identity_from(rng), 1, "begin",
                     [{"slot": COUNTER, "fact": fact("counter", 0)}])
        begin.note(*ask_all(self._server, [begin.request()]))
        self._model.apply(begin)

    def go_through(self, kills):
        for _ in range(kills):
            self._board.round += 1
            seats, onlooker = self._load_and_kill()
            self._come_back()
            self._explain(seats, onlooker)
        self._server.stop()

    def _load_and_kill(self):
        seats = [Seat(index, identity_from(self._rng), random.Random(self._rng.random()),
                      self._board).remember(self._model) for index in range(SEATS)]
        onlooker = Onlooker(self._board)
        with Crowd() as crowd:
            crowd.join(onlooker.sit_down(self._server))
            crowd.serve(onlooker.is_synced)
            for seat in seats:
                crowd.join(seat.sit_down(self._server))
            killing = self._will_kill(onlooker)
            for seat in seats:
                seat.begin()
            crowd.serve(lambda: False, 60)  # Until all connections have ended.
            killing.cancel()
        self._server.kill()
        return seats, onlooker

    def _will_kill(self, onlooker):
        """Half of the kills come by the clock; the others right when a fact has been seen."""
        after_ms = self._rng.uniform(MS_MIN, MS_MAX)
        timer = threading.Timer(after_ms / 1000, self._server.signal, ["KILL"])
        if self._rng.random() < 0.5:
            wanted = self._rng.randint(1, 1_000)
            onlooker.when_seen = lambda facts: facts >= wanted and self._server.signal("KILL")
            timer = threading.Timer(2 * MS_MAX / 1000, self._server.signal, ["KILL"])
        timer.start()
        return timer

    def _come_back(self):
        """Sometimes killed in the middle of that, too."""
        if self._rng.random() < 0.25:
            with subprocess.Popen([self._avowd, "--listen", "127.0.0.1:0", "--data", self._file],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as starting:
                killing = threading.Timer(self._rng.uniform(0, 0.08), starting.kill)
                killing.start()
                starting.wait()
                killing.join()
        self._server = self._serve(self._file)

    def _explain(self, seats, onlooker):
        turns = [turn for seat in seats for turn in seat.turns]
        answered = [turn for turn in turns if turn.level == "durable"]
        settle(self._server, [turn for turn in turns if turn.level != "durable"] +
               self._rng.sample(answered, min(50, len(answered))))
        _check_lost(turns)
        self._replay(turns, onlooker)
        self._model.lose_sessions()
        check_kept(self._server, self._model)
        self.observed += onlooker.facts

    def _replay(self, turns, onlooker):
        unexplained = dict(onlooker.seen)
        committed = [(turn.seq, turn) for turn in turns if turn.is_committed]
        begun, self._board.leases = self._board.leases, []
        for _, what in sorted(begun + committed, key=lambda entry: entry[0]):
            self.committed += 1
            if isinstance(what, int):
                self._model.begin_lease(what)
                continue
            shown = self._model.apply(what)
            if any(shown) and what.rev <= onlooker.last():
                seen = unexplained.pop(what.rev, None)
                if seen != shown:
                    raise Mismatch(f"an observer was shown {seen}, not {shown}; by {what}")
        passing = {key for turn in turns if turn.may_be_lost and not turn.is_committed
                   for key in turn.values()}
        if any(not appeared | said <= passing for appeared, _, said in unexplained.values()):
            raise Mismatch(f"an observer was shown what nobody committed: {unexplained}")


def _check_lost(turns):
    """Only what was answered as `accepted` may be lost, and only from the end."""
    lost = [turn.lost_seq for turn in turns if turn.lost_seq]
    last = max((turn.seq for turn in turns if turn.is_committed), default=0)
    assert not lost or min(lost) > last, f"lost {sorted(lost)[:5]} of {last}"


def test_a_killed_server_has_kept_what_it_promised_and_nothing_else(serve, avowd, tmp_path):
    seed = random_seed()
    rng = random.Random(seed)
    observed = committed = done = 0

    while done < KILLS:
        kills = min(KILLS_OF_A_FILE, KILLS - done)
        life = Life(serve, avowd, str(tmp_path / f"{done}.db"), rng)
        try:
            life.go_through(kills)
        except AssertionError as problem:
            raise AssertionError(f"AVOW_TEST_SEED={seed}: in the file of kill {done} to "
                                 f"{done + kills}: {problem}") from problem
        done += kills
        observed += life.observed
        committed += life.committed

    print(f"{done} kills, {committed} turns committed, {observed} facts observed before a kill")
    assert observed >= 25 * done
