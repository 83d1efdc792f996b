"""Clients that keep numbered facts, each in order, until they are told to end."""

import threading

from support.deadline import Deadline
from support.json_client import JsonClient


class Writers:
    """`count` clients on threads of their own.

    Commit number I of writer W puts `<left W I>` and `<right W I>`, so that neither is ever there
    without the other, nor without those before it. `answers[W]` has what was answered to W so far.
    """

    def __init__(self, server, count):
        self.answers = [[] for _ in range(count)]
        self._changed = threading.Condition()
        self._ending = False
        self._problem = None
        self._threads = [threading.Thread(target=self._run, args=(server, number))
                         for number in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        with self._changed:
            self._ending = True
        for thread in self._threads:
            thread.join()

    def await_further(self, commits):
        """Waits until each has been answered so many commits more than now."""
        deadline = Deadline(60)
        with self._changed:
            wanted = [len(answers) + commits for answers in self.answers]
            while any(len(answers) < enough for answers, enough in zip(self.answers, wanted)):
                assert self._problem is None, self._problem
                deadline.check("the writers")
                self._changed.wait(deadline.remaining())

    def _run(self, server, number):
        try:
            with JsonClient(server) as client:
                while not self._ending:
                    self._commit(client, number)
        except Exception as problem:  # Told to who waits, whatever it is.
            with self._changed:
                self._problem = problem
                self._changed.notify_all()

    def _commit(self, client, number):
        at = len(self.answers[number]) + 1
        done = client.commit({"put": f"<left {number} {at}>"}, {"put": f"<right {number} {at}>"})
        with self._changed:
            self.answers[number].append(done)
            self._changed.notify_all()
