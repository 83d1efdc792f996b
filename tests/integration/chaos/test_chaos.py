"""Several clients, whose links are lost, cut, slow and late, are told nothing wrong (V-S1 to V-S6).

AVOW_TEST_ANSWERS says how long it goes on. Its seed is printed when it fails, and taken back from
AVOW_TEST_SEED; which of the clients is quicker is up to the machine.
"""

import threading

from support.chaos import ChaosProxy
from support.json_client import JsonClient
from support.seed import count_of, random_seed
from support.troubled import Trouble, Worker

WORKERS = 5
ANSWERS = count_of("AVOW_TEST_ANSWERS", 600)
ANSWERS_PER_TROUBLE = 6


class Answers:
    """Counts the answers of all, and brings trouble at every sixth."""

    def __init__(self, trouble):
        self._trouble = trouble
        self._lock = threading.Lock()
        self._count = 0
        self.are_enough = threading.Event()

    def note(self):
        with self._lock:
            self._count += 1
            if self._count >= ANSWERS:
                self._trouble.release()
                self.are_enough.set()
            elif self._count % ANSWERS_PER_TROUBLE == 0:
                self._trouble.strike()


def test_whoever_loses_links_again_and_again_is_told_nothing_wrong(server, history):
    history.is_complete = True
    seed = random_seed()
    print(f"AVOW_TEST_SEED={seed}")
    with ChaosProxy(server.websocket_address) as proxy, JsonClient(server) as witness:
        witness.observe("<c $worker $number>")
        witness.observe("<k $worker $number>")
        trouble = Trouble(proxy, seed)
        answers = Answers(trouble)
        workers = [Worker(proxy, number, seed, answers.note) for number in range(WORKERS)]
        while not answers.are_enough.wait(0.2) and not any(each.problem for each in workers):
            witness.sync()  # Who reads nothing is slow, and is ended.
        for worker in workers:
            worker.end()
        trouble.release()
        for worker in workers:
            worker.join()
            if worker.problem:
                raise worker.problem

        assert sum(worker.losses for worker in workers) > 0, trouble.done
        while witness.query("<c $worker $number>"):
            witness.next_turn()
        witness.query("<k $worker $number>")
