"""Clients that commit as fast as they can, in threads of their own."""

import threading

from support.json_client import JsonClient


class Storm:
    """Publishes `<storm name n>` for n = 0, 1, … until stopped, `burst` turns in flight.

    It has blown over after `most` turns, since those who read them share a processor with it.
    `committed` maps n to the revision at which it was acknowledged, once the storm is over.
    """

    def __init__(self, server, name, burst=32, most=4000):
        self._server = server
        self._name = name
        self._burst = burst
        self._most = most
        self._stop = threading.Event()
        self._problem = None
        self._raging = threading.Event()
        self._thread = threading.Thread(target=self._guarded)
        self.committed = {}

    def __enter__(self):
        self._thread.start()
        assert self._raging.wait(20), "the storm did not begin"
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if self._problem:
            raise self._problem

    def _guarded(self):
        try:
            self._rage()
        except Exception as problem:  # Raised again by the thread that ends the storm.
            self._problem = problem
            self._raging.set()

    def _rage(self):
        client = JsonClient(self._server)
        number = 0
        while number < self._most and not self._stop.is_set():
            for n in range(number, number + self._burst):
                client.tell({"publish": f"<storm {self._name} {n}>", "id": n + 1})
            self._wait_acknowledged(client, number + self._burst)
            number += self._burst
            self._raging.set()
        self.client = client

    def _wait_acknowledged(self, client, count):
        while len(self.committed) < count:
            for event in client.next_turn():
                if event["op"] == "ok":
                    self.committed[event["id"] - 1] = event["rev"]
                assert event["op"] != "error", event
